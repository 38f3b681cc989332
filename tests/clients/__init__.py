"""The programs in JavaScript that people open volumes with, as they were published: `install.sh` fetched them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from aiohttp import web

from tests.streaming import running

FOLDER = Path(__file__).parents[2] / ".venv" / "clients"


def files_of(package: str) -> Path:
    """The folder of what npm's package holds, such as "openseadragon"."""
    folder = FOLDER / package
    if not folder.is_dir():
        pytest.skip(f"{package} is not installed: make .venv/.installed-clients")
    return folder


@contextmanager
def static(folder: Path) -> Iterator[str]:
    """The files of `folder` on an origin of their own, so that what they fetch from Voxelcast needs CORS: its URL."""
    app = web.Application()
    app.router.add_static("/", folder)
    with running(app) as url:
        yield url
