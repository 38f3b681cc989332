"""A whole server inside a test: the real application on volumes in memory, drawn by the null renderer."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from aiohttp import TCPConnector
from aiohttp.test_utils import TestClient, TestServer

from render.backends.base import Renderer
from render.backends.null import NullRenderer
from render.engine import Engine
from render.errors import DataError
from render.volume.catalogue import Catalogue
from render.volume.volume import Array, Volume
from tests.arrays import ArrayInMemory, memory_volume
from tests.volumes import gradient
from voxelcast.app import make_app
from voxelcast.settings import Settings

VOXELS = gradient((2, 3, 300, 600))
"""Two channels; the largest zoom of z is 2 and has 3 x 2 tiles."""

SOURCES = {"two": "", "plate/A/1/0": "", "of people #1": "", "broken": "", "lost": ""}


class Broken(ArrayInMemory):
    def read(self, selection: tuple[slice | int, ...]) -> Array:
        raise DataError("level 0: chunk 0/0/0 is 7 bytes and should be 64")


def open_volume(source: str, name: str) -> Volume:
    if name == "lost":
        raise DataError("lost: no multiscales")
    if name == "broken":
        info = memory_volume(VOXELS, name=name).info
        return Volume(info, "tczyx", (Broken(VOXELS[None]),))
    return memory_volume(VOXELS, VOXELS[..., ::2, ::2].copy(), name=name)


def serve(
    scenario: Callable[[TestClient], Awaitable[None]],
    settings: Settings = Settings(),  # noqa: B008 - it is frozen
    open_renderer: Callable[[], Renderer] = NullRenderer,
    opener: Callable[[str, str], Volume] = open_volume,
    sources: Mapping[str, str] = SOURCES,
) -> None:
    """Run `scenario` against a server of the volumes in `sources`."""

    async def run() -> None:
        with Engine(open_renderer) as engine:
            app = make_app(settings, engine, Catalogue(sources, opener))
            server = TestServer(app, handler_cancellation=True)
            async with TestClient(server, connector=TCPConnector(limit=0)) as client:
                await scenario(client)

    asyncio.run(run())
