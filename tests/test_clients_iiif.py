"""iiif-validator, the IIIF consortium's own judge of image servers, on a served volume that is its test picture.

All its tests of what level 2 requires are run, and of the optional ones those of what is served: not GIF, TIFF,
JPEG 2000, PDF and rotations by other than quarter turns. Its test of WebP calls what Python 3 has not, and in 3.0 its
test of enlarging takes ^max for max.
"""

import ctypes.util
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from render.backends.null import NullRenderer
from render.engine import Engine
from render.volume.catalogue import Catalogue
from render.volume.info import ChannelInfo
from render.volume.volume import Volume
from tests.arrays import ArrayInMemory, memory_volume
from tests.streaming import running
from voxelcast.app import make_app
from voxelcast.settings import Settings

if ctypes.util.find_library("magic") is None:
    pytest.skip("iiif-validator needs libmagic: ./setup-system.sh --dev", allow_module_level=True)

from iiif_validator import validator

SQUARE = 100
"""Pixels of one colour along a side of the validator's picture of 1000 x 1000."""

NAME = "validator-picture"
"""With a hyphen, which id_escaped asks for as %2D."""


def open_picture(_: str, name: str) -> Volume:
    """The picture as three channels of one plane, each a red, green or blue that is as bright as its voxels say."""
    columns = np.array(validator.ValidationInfo().colorInfo, np.uint8)
    picture = columns.transpose(2, 1, 0).repeat(SQUARE, axis=1).repeat(SQUARE, axis=2)
    info = memory_volume(picture[:, None], spacing=(2.0, 0.5, 0.5), name=name).info
    channels = tuple(ChannelInfo(color, color, (0.0, 255.0)) for color in ("red", "lime", "blue"))
    return Volume(replace(info, channels=channels), "tczyx", (ArrayInMemory(picture[None, :, None]),))


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """Where the validator finds it: HOST:PORT."""
    with (
        Engine(NullRenderer) as engine,
        running(make_app(Settings(), engine, Catalogue({NAME: ""}, open_picture))) as url,
    ):
        yield url.removeprefix("http://")


OPTIONAL = {
    "2.0": ("linkheader_canonical", "linkheader_profile", "rot_mirror", "rot_mirror_180", "size_up"),
    "3.0": ("linkheader_canonical", "linkheader_profile", "rot_mirror", "rot_mirror_180"),
}


def chosen(version: str) -> list[str]:
    """The validator's tests of what level 2 requires, and of what is served beyond."""
    tests: dict[str, Any] = validator.TestSuite(validator.ValidationInfo()).list_tests(version)
    return [name for name, test in tests.items() if test["level"] <= 2 or name in OPTIONAL[version]]


@pytest.mark.parametrize(
    ("version", "name"),
    [pytest.param(version, name, id=f"{version} {name}") for version in OPTIONAL for name in chosen(version)],
)
def test_the_validator_is_content(server: str, version: str, name: str) -> None:
    result = validator.ImageAPI(NAME, server, f"iiif/{version[0]}", "http", "", version, debug=False)
    validator.TestSuite(validator.ValidationInfo()).run_test(name, result)
    assert result.exception is None, f"{result.exception}, of {result.urls}"
