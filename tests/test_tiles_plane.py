"""Planes through volumes: which voxel a pixel shows, worked out by hand from the pixel-centre rule."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from numpy.typing import NDArray

from render.errors import BadRequest, DataError, NotFound
from render.scene import Axis
from render.volume.cache import ByteCache
from render.volume.volume import Array, Volume
from tests.arrays import ArrayInMemory, memory_volume
from tests.volumes import gradient
from tiles.plane import Bricks, Plane, plane_grid, read_patch
from tiles.pyramid import Patch

VOXELS = gradient((2, 3, 5, 7))


def bricks() -> Bricks:
    return ByteCache(2**24)


def chunked(array: NDArray[np.generic], chunks: tuple[int, int, int], source: ArrayInMemory | None = None) -> Volume:
    """A volume of (c, z, y, x) voxels whose chunks are smaller than it is."""
    info = memory_volume(array).info
    level = replace(info.levels[0], chunks=chunks)
    return Volume(replace(info, levels=(level,)), "tczyx", (source or ArrayInMemory(array[None]),))


def whole(volume: Volume, axis: Axis, zoom: int) -> Patch:
    grid = plane_grid(volume.info, axis)
    width, height = grid.size(zoom)
    return Patch(0, 0, width, height, grid.tile(zoom, 0, 0).pixel)


@pytest.mark.parametrize(
    ("axis", "position", "expected"),
    [
        pytest.param("z", 2.0, VOXELS[:, 2], id="z shows x to the right and y down"),
        pytest.param("y", 3.0, VOXELS[:, ::-1, 3, :], id="y shows x to the right and z up"),
        pytest.param("x", 6.0, VOXELS[:, ::-1, :, 6], id="x shows y to the right and z up"),
        pytest.param("z", 1.4, VOXELS[:, 1], id="between two voxels the nearer one is shown"),
        pytest.param("z", -0.5, VOXELS[:, 0], id="the lower face belongs to the first voxel"),
        pytest.param("z", 2.5, VOXELS[:, 2], id="the upper face belongs to the last voxel"),
    ],
)
@pytest.mark.parametrize("chunks", [(3, 5, 7), (2, 2, 3), (1, 5, 1)])
def test_at_the_finest_zoom_a_plane_is_the_voxels(
    axis: Axis, position: float, expected: NDArray[np.generic], chunks: tuple[int, int, int]
) -> None:
    volume = chunked(VOXELS, chunks)
    shown = read_patch(volume, Plane(axis, position), whole(volume, axis, 0), (0, 1), bricks())
    assert shown.dtype == VOXELS.dtype
    assert_array_equal(shown, expected)


def test_channels_come_in_the_order_asked_for() -> None:
    volume = chunked(VOXELS, (2, 2, 3))
    assert_array_equal(read_patch(volume, Plane("z", 0), whole(volume, "z", 0), (1,), bricks()), VOXELS[1:, 0])


def test_an_anisotropic_plane_has_square_pixels_and_is_interpolated_between_voxel_centres() -> None:
    """Voxels of z at 0, 2, 4 and so a box from -1 to 5: six pixels of 1, from the top at z = 4.5, 3.5 ... -0.5."""
    column = np.array([10.0, 20.0, 40.0], np.float32)
    volume = memory_volume(np.broadcast_to(column[:, None, None], (3, 5, 7)).copy(), spacing=(2.0, 1.0, 1.0))
    shown = read_patch(volume, Plane("y", 2.0), whole(volume, "y", 0), (0,), bricks())
    assert shown.shape == (1, 6, 7)
    assert_array_equal(shown[0, :, 3], [40.0, 35.0, 25.0, 17.5, 12.5, 10.0])


def test_interpolated_integers_are_rounded() -> None:
    volume = memory_volume(np.broadcast_to(np.uint8([10, 21, 41])[:, None, None], (3, 5, 7)).copy(), spacing=(2, 1, 1))
    shown = read_patch(volume, Plane("x", 0.0), whole(volume, "x", 0), (0,), bricks())
    assert shown.dtype == np.uint8
    assert_array_equal(shown[0, :, 0], [41, 36, 26, 18, 13, 10])


@pytest.mark.parametrize("dtype", [np.uint32, np.int32, np.uint64, np.int64], ids=lambda dtype: dtype.__name__)
def test_the_largest_number_of_a_type_stays_the_largest_between_voxels(dtype: type[np.integer]) -> None:
    most = np.iinfo(dtype).max
    voxels = np.full((3, 5, 7), most, dtype)
    voxels[:, :, :3] = 0
    volume = memory_volume(voxels, spacing=(1.0, 1.0, 1.3))
    shown = read_patch(volume, Plane("z", 1.0), whole(volume, "z", 0), (0,), bricks())
    assert (shown[0, 0, 0], float(shown[0, 0, -1])) == (0, pytest.approx(most))


def test_where_no_level_is_coarse_enough_a_pixel_is_the_mean_of_its_voxels() -> None:
    array = gradient((1, 1, 300, 600)).astype(np.float32)
    volume = memory_volume(array)
    shown = read_patch(volume, Plane("z", 0.0), whole(volume, "z", 1), (0,), bricks())
    assert_array_equal(shown[0], array[0, 0].reshape(150, 2, 300, 2).mean(axis=(1, 3)))


def test_a_plane_that_no_tile_can_hold_is_refused_with_the_numbers() -> None:
    source = ArrayInMemory(np.zeros((1, 1, 1, 3, 300_000), np.uint8))
    volume = chunked(source.array[0], (1, 3, 1000), source)
    with pytest.raises(BadRequest, match=r"covers 2048 voxels of '0', the coarsest level, and at most 16"):
        read_patch(volume, Plane("z", 0.0), whole(volume, "z", 0), (0,), bricks())
    assert source.reads == []


def test_each_zoom_reads_the_level_that_it_shows() -> None:
    fine, coarse = np.zeros((3, 600, 520), np.uint8), np.full((3, 300, 260), 100, np.uint8)
    volume = memory_volume(fine, coarse)
    values = [read_patch(volume, Plane("z", 0.0), whole(volume, "z", zoom), (0,), bricks()).max() for zoom in range(3)]
    assert values == [100, 100, 0]


def test_a_plane_along_z_is_as_fine_as_x_where_only_x_and_y_are_halved() -> None:
    fine, coarse = np.zeros((5, 4, 28), np.uint8), np.full((5, 2, 14), 100, np.uint8)
    volume = memory_volume(fine, coarse)
    assert read_patch(volume, Plane("y", 0.0), whole(volume, "y", 0), (0,), bricks()).max() == 0


def test_levels_show_the_same_point_at_the_same_place() -> None:
    """A ramp in y and x, averaged into a level that is half as fine: wherever both are read, they agree."""
    y, x = np.mgrid[0:600, 0:520].astype(np.float32)
    fine = (2 * y + x)[None]
    coarse = fine.reshape(1, 300, 2, 260, 2).mean(axis=(2, 4))
    plane, patch = Plane("z", 0.0), Patch(3, 5, 200, 150, pixel=2.0)
    finest = read_patch(memory_volume(fine), plane, patch, (0,), bricks())
    halved = read_patch(memory_volume(fine, coarse), plane, patch, (0,), bricks())
    assert_array_equal(finest, halved)


@settings(max_examples=30, deadline=None)
@given(
    shape=st.tuples(st.integers(1, 9), st.integers(1, 400), st.integers(1, 700)),
    spacing=st.tuples(*[st.floats(0.3, 3.0)] * 3),
    chunks=st.tuples(st.integers(1, 4), st.integers(30, 200), st.integers(30, 200)),
    axis=st.sampled_from(["x", "y", "z"]),
    data=st.data(),
)
def test_stitched_tiles_equal_the_whole_plane(
    shape: tuple[int, int, int],
    spacing: tuple[float, float, float],
    chunks: tuple[int, int, int],
    axis: Axis,
    data: st.DataObject,
) -> None:
    array = np.random.default_rng(1).integers(0, 65536, shape, np.uint16)
    info = memory_volume(array, spacing=spacing, origin=(1.0, -20.0, 3.0)).info
    level = replace(info.levels[0], chunks=chunks)
    volume = Volume(replace(info, levels=(level,)), "tczyx", (ArrayInMemory(array[None, None]),))
    grid, cache = plane_grid(info, axis), bricks()
    plane = Plane(axis, info.box.center["xyz".index(axis)])
    zoom = data.draw(st.integers(0, grid.max_zoom))
    columns, rows = grid.tiles(zoom)
    stitched = np.block(
        [
            [read_patch(volume, plane, grid.tile(zoom, x, y), (0,), cache)[0] for x in range(columns)]
            for y in range(rows)
        ]
    )
    assert_array_equal(stitched, read_patch(volume, plane, whole(volume, axis, zoom), (0,), cache)[0])


def test_tiles_of_the_same_bricks_read_them_once() -> None:
    source = ArrayInMemory(VOXELS[None])
    volume, cache = chunked(VOXELS, (2, 2, 3), source), bricks()
    read_patch(volume, Plane("z", 0.0), whole(volume, "z", 0), (0,), cache)
    assert len(source.reads) == 3 * 3
    read_patch(volume, Plane("z", 1.0), whole(volume, "z", 0), (0,), cache)
    assert len(source.reads) == 3 * 3


class BrokenOnce(ArrayInMemory):
    def read(self, selection: tuple[slice | int, ...]) -> Array:
        block = super().read(selection)
        if len(self.reads) == 1:
            raise DataError("level 0: chunk 0/0/0 is broken")
        return block


def test_a_broken_brick_is_an_error_and_is_not_kept() -> None:
    volume, cache = chunked(VOXELS, (3, 5, 7), BrokenOnce(VOXELS[None])), bricks()
    with pytest.raises(DataError, match="chunk 0/0/0"):
        read_patch(volume, Plane("z", 0.0), whole(volume, "z", 0), (0,), cache)
    assert cache.nbytes == 0
    shown = read_patch(volume, Plane("z", 0.0), whole(volume, "z", 0), (0,), cache)
    assert_array_equal(shown[0], VOXELS[0, 0])


@pytest.mark.parametrize("position", [-0.6, 2.6])
def test_a_position_outside_the_volume_is_refused_with_the_numbers(position: float) -> None:
    volume = chunked(VOXELS, (3, 5, 7))
    with pytest.raises(BadRequest, match=rf"position {position} on z: it is -0.5 to 2.5"):
        read_patch(volume, Plane("z", position), whole(volume, "z", 0), (0,), bricks())


def test_a_time_that_is_not_there_is_not_found() -> None:
    volume = chunked(VOXELS, (3, 5, 7))
    with pytest.raises(NotFound, match="no time 1"):
        read_patch(volume, Plane("z", 0.0, time=1), whole(volume, "z", 0), (0,), bricks())
