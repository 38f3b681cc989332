"""Renderers draw a rotated volume where it lies: as its array, turned by hand, is drawn."""

from collections.abc import Iterator
from dataclasses import replace

import msgspec
import numpy as np
import pytest

from render.backends.base import Renderer
from render.backends.compute import open_compute
from render.backends.vtk import open_vtk
from render.scene import (
    DVR,
    MIP,
    Camera,
    Channel,
    Clip,
    ClipPlane,
    DirectionalLight,
    Mode,
    Oblique,
    Perspective,
    Quality,
    Slice,
    TransferFunction,
    View,
)
from render.volume.volume import Volume
from tests.arrays import ArrayInMemory, memory_volume

VOXELS = np.random.default_rng(4).random((3, 5, 7)).astype(np.float32)

CAMERA = Camera((55.0, -30.0, -20.0), (28.0, -2.0, 12.0), (0.1, -1.0, 0.2), Perspective(25.0))
BOX = ((26.2, -3.6, 9.5), (29.7, -1.3, 14.2))
PLANE = ClipPlane((28.0, -2.0, 12.0), (1.0, 0.5, 0.2))


@pytest.fixture(scope="module", params=["compute", "vtk"])
def renderer(request: pytest.FixtureRequest) -> Iterator[Renderer]:
    opened = open_compute("llvm", 2**26) if request.param == "compute" else open_vtk(2**26, "accurate")
    yield opened
    opened.close()


def turned() -> Volume:
    """Turned about z by a quarter: its x axis runs along y, its y axis along -x."""
    info = memory_volume(VOXELS, spacing=(2.0, 1.0, 0.5), origin=(10.0, -4.0, 30.0)).info
    direction = ((0.0, -1.0, 0.0), (1.0, 0.0, 0.0), (0.0, 0.0, 1.0))
    return Volume(replace(info, direction=direction), "tczyx", (ArrayInMemory(VOXELS[None, None]),))


def turned_by_hand() -> Volume:
    array = np.ascontiguousarray(VOXELS.transpose(0, 2, 1)[..., ::-1])
    return memory_volume(array, spacing=(2.0, 0.5, 1.0), origin=(10.0, -4.0, 30.0 - 4 * 1.0))


@pytest.mark.parametrize(
    ("mode", "clip"),
    [
        pytest.param(MIP(), Clip(), id="mip"),
        pytest.param(DVR(), Clip(), id="shaded by a lamp in the world"),
        pytest.param(DVR(), Clip(BOX), id="in a clip box"),
        pytest.param(DVR(), Clip(planes=(PLANE,)), id="behind a clip plane"),
        pytest.param(Slice("x", 28.3), Clip(), id="a slice across the world's x"),
        pytest.param(Oblique((28.0, -2.0, 12.0), (1.0, 2.0, -1.0), 1.5, "mean"), Clip(), id="a thick oblique plane"),
    ],
)
def test_a_rotated_volume_is_drawn_as_its_turned_array(renderer: Renderer, mode: Mode, clip: Clip) -> None:
    channel = Channel(0, TransferFunction((0.0, 1.0), 2.0))
    view = View("memory", CAMERA, (channel,), mode, size=(60, 50), lights=(DirectionalLight((1.0, 2.0, 0.5)),))
    view = msgspec.structs.replace(view, clip=clip)
    pictures = [renderer.render(volume, view, Quality(step=0.05)).array for volume in (turned(), turned_by_hand())]
    found, expected = (picture[..., 0].astype(int) for picture in pictures)
    # Samples lie on the same lattice; what differs is the rounding of positions in float32, at edges most.
    assert np.mean(np.abs(found - expected)) < 0.1
    assert np.sort(np.abs(found - expected).ravel())[-30] <= 2
    assert expected.max() > 50
