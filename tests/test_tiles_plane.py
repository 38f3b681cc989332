"""Planes through volumes: which voxel a pixel shows, worked out by hand from the pixel-centre rule."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from numpy.typing import NDArray

from render.errors import BadRequest, DataError, NotFound
from render.intent import ChannelIntent
from render.scene import Axis
from render.volume.volume import Array, Volume
from tests.arrays import ArrayInMemory, memory_volume
from tests.volumes import gradient
from tiles.drawing.bricks import Bricks
from tiles.drawing.plane import MAX_VOXELS, bands, read_patch
from tiles.pyramid import Patch
from tiles.section import AxisIntent, ObliqueIntent, Section, SectionIntent, SlabIntent, resolve_section
from tiles.work import Job

VOXELS = gradient((2, 3, 5, 7))


def chunked(array: NDArray[np.generic], chunks: tuple[int, int, int], source: ArrayInMemory | None = None) -> Volume:
    """A volume of (c, z, y, x) voxels whose chunks are smaller than it is."""
    info = memory_volume(array).info
    level = replace(info.levels[0], chunks=chunks)
    return Volume(replace(info, levels=(level,)), "tczyx", (source or ArrayInMemory(array[None]),))


def section(
    volume: Volume, plane: AxisIntent | ObliqueIntent, slab: SlabIntent | None = None, channels: int = 1, time: int = 0
) -> Section:
    listed = tuple(ChannelIntent(index, "white", (0, 1000)) for index in range(channels))
    return resolve_section(SectionIntent(plane, slab, time, listed), volume.info, volume.statistics)


def at(axis: Axis, position: float) -> AxisIntent:
    return AxisIntent(axis, position)


def whole(section: Section, halvings: int = 0) -> Patch:
    pyramid = section.plane.pyramid
    return pyramid.patch(halvings, 0, 0, *pyramid.size(halvings))


def values(volume: Volume, section: Section, patch: Patch, bricks: Bricks | None = None) -> Array:
    """(channels, height, width), where all of it is in the volume."""
    found, inside = read_patch(volume, section, patch, bricks or Bricks(2**24), Job())
    assert inside is None or inside.all()
    return found


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
def test_at_the_finest_size_a_plane_is_the_voxels(
    axis: Axis, position: float, expected: NDArray[np.generic], chunks: tuple[int, int, int]
) -> None:
    volume = chunked(VOXELS, chunks)
    cut = section(volume, at(axis, position), channels=2)
    shown = values(volume, cut, whole(cut))
    assert shown.dtype == VOXELS.dtype
    assert_array_equal(shown, expected)


def test_a_plane_can_be_chosen_by_its_index_and_is_the_middle_one_where_nothing_is_said() -> None:
    volume = memory_volume(VOXELS, spacing=(2.0, 1.0, 1.0), origin=(10.0, 0.0, 0.0))
    chosen, middle = section(volume, AxisIntent("z", index=2)), section(volume, AxisIntent())
    assert (chosen.plane.corner[2], middle.plane.corner[2]) == (14.0, 12.0)
    assert_array_equal(values(volume, chosen, whole(chosen))[0], VOXELS[0, 2])


def test_channels_come_in_the_order_of_the_section() -> None:
    volume = chunked(VOXELS, (2, 2, 3))
    listed = (ChannelIntent(1, "white", (0, 1)),)
    cut = resolve_section(SectionIntent(at("z", 0.0), channels=listed), volume.info, volume.statistics)
    assert_array_equal(values(volume, cut, whole(cut)), VOXELS[1:, 0])


def test_an_anisotropic_plane_has_square_pixels_and_is_interpolated_between_voxel_centres() -> None:
    """Voxels of z at 0, 2, 4 and so a box from -1 to 5: six pixels of 1, from the top at z = 4.5, 3.5 ... -0.5."""
    column = np.array([10.0, 20.0, 40.0], np.float32)
    volume = memory_volume(np.broadcast_to(column[:, None, None], (3, 5, 7)).copy(), spacing=(2.0, 1.0, 1.0))
    cut = section(volume, at("y", 2.0))
    shown = values(volume, cut, whole(cut))
    assert shown.shape == (1, 6, 7)
    assert_array_equal(shown[0, :, 3], [40.0, 35.0, 25.0, 17.5, 12.5, 10.0])


def test_interpolated_integers_are_rounded() -> None:
    volume = memory_volume(np.broadcast_to(np.uint8([10, 21, 41])[:, None, None], (3, 5, 7)).copy(), spacing=(2, 1, 1))
    cut = section(volume, at("x", 0.0))
    shown = values(volume, cut, whole(cut))
    assert shown.dtype == np.uint8
    assert_array_equal(shown[0, :, 0], [41, 36, 26, 18, 13, 10])


@pytest.mark.parametrize("dtype", [np.uint32, np.int32, np.uint64, np.int64], ids=lambda dtype: dtype.__name__)
def test_the_largest_number_of_a_type_stays_the_largest_between_voxels(dtype: type[np.integer]) -> None:
    most = np.iinfo(dtype).max
    voxels = np.full((3, 5, 7), most, dtype)
    voxels[:, :, :3] = 0
    volume = memory_volume(voxels, spacing=(1.0, 1.0, 1.3))
    cut = section(volume, at("z", 1.0))
    shown = values(volume, cut, whole(cut))
    assert (shown[0, 0, 0], float(shown[0, 0, -1])) == (0, pytest.approx(most))


@pytest.mark.parametrize("halvings", [1, 2])
def test_where_no_level_is_coarse_enough_a_pixel_is_the_mean_of_its_voxels(halvings: int) -> None:
    array = gradient((1, 1, 304, 600)).astype(np.float32)
    volume = memory_volume(array)
    cut = section(volume, at("z", 0.0))
    n = 2**halvings
    expected = array[0, 0].reshape(304 // n, n, 600 // n, n).mean(axis=(1, 3))
    assert_array_equal(values(volume, cut, whole(cut, halvings))[0], expected)


def test_a_patch_of_more_voxels_than_can_be_averaged_is_refused_with_the_numbers() -> None:
    source = ArrayInMemory(np.broadcast_to(np.uint8(0), (1, 1, 1, 40_000, 40_000)))
    volume = chunked(source.array[0], (1, 1000, 1000), source)
    cut = section(volume, at("z", 0.0))
    with pytest.raises(BadRequest, match=r"157 x 157 pixels of 256 cover 1.62e\+09 voxels of '0'.*at most 2.68e\+08"):
        bands(volume.info, cut, whole(cut, 8))


def test_a_large_patch_is_read_in_strips_that_are_no_different() -> None:
    volume = memory_volume(np.random.default_rng(1).integers(0, 255, (1, 1, 3000, 5000), np.uint8))
    cut = section(volume, at("z", 0.0))
    patch = whole(cut, 2)
    strips = bands(volume.info, cut, patch)
    assert len(strips) > 2
    joined = np.concatenate([values(volume, cut, strip) for strip in strips], axis=1)
    assert_array_equal(joined, values(volume, cut, patch))
    assert MAX_VOXELS > 3000 * 5000


def test_each_size_reads_the_level_that_it_shows() -> None:
    fine, coarse = np.zeros((3, 600, 520), np.uint8), np.full((3, 300, 260), 100, np.uint8)
    volume = memory_volume(fine, coarse)
    cut = section(volume, at("z", 0.0))
    assert [values(volume, cut, whole(cut, halvings)).max() for halvings in range(3)] == [0, 100, 100]


def test_a_plane_along_z_is_as_fine_as_x_where_only_x_and_y_are_halved() -> None:
    fine, coarse = np.zeros((5, 4, 28), np.uint8), np.full((5, 2, 14), 100, np.uint8)
    volume = memory_volume(fine, coarse)
    cut = section(volume, at("y", 0.0))
    assert values(volume, cut, whole(cut)).max() == 0


PLANES = [
    pytest.param(AxisIntent("z", 0.0), id="along an axis"),
    pytest.param(ObliqueIntent((10.0, 20.0, -0.4), (300.0, 0.0, 0.5), (0.0, 300.0, 0.0)), id="tilted"),
]


@pytest.mark.parametrize("plane", PLANES)
def test_levels_show_the_same_point_at_the_same_place(plane: AxisIntent | ObliqueIntent) -> None:
    """A ramp in y and x, averaged into a level that is half as fine: wherever both are read, they agree."""
    y, x = np.mgrid[0:600, 0:520].astype(np.float32)
    fine = np.stack([2 * y + x] * 2)
    coarse = fine.reshape(2, 300, 2, 260, 2).mean(axis=(2, 4))
    patch = Patch(3, 5, 140, 130, pixel=(2.0, 2.0))
    one, two = memory_volume(fine), memory_volume(fine, coarse)
    finest, halved = (values(volume, section(volume, plane), patch) for volume in (one, two))
    np.testing.assert_allclose(finest, halved, atol=0.01)


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
    cache = Bricks(2**24)
    slab = data.draw(st.sampled_from([None, SlabIntent("mip", 2.5), SlabIntent("mean", 4.0)]))
    cut = section(volume, AxisIntent(axis), slab)
    pyramid, tile = cut.plane.pyramid, data.draw(st.sampled_from([64, 100, 256]))
    zoom = data.draw(st.integers(0, pyramid.max_zoom(tile)))
    halvings = pyramid.max_zoom(tile) - zoom
    columns, rows = pyramid.tiles(halvings, tile)
    stitched = np.block(
        [[values(volume, cut, pyramid.tile(zoom, x, y, tile), cache)[0] for x in range(columns)] for y in range(rows)]
    )
    assert_array_equal(stitched, values(volume, cut, whole(cut, halvings), cache)[0])


def test_tiles_of_the_same_bricks_read_them_once() -> None:
    source = ArrayInMemory(VOXELS[None])
    volume, cache = chunked(VOXELS, (2, 2, 3), source), Bricks(2**24)
    for position in (0.0, 1.0):
        cut = section(volume, at("z", position))
        values(volume, cut, whole(cut), cache)
        assert len(source.reads) == 3 * 3


class BrokenOnce(ArrayInMemory):
    def read(self, selection: tuple[slice | int, ...]) -> Array:
        block = super().read(selection)
        if len(self.reads) == 1:
            raise DataError("level 0: chunk 0/0/0 is broken")
        return block


def test_a_broken_brick_is_an_error_and_is_not_kept() -> None:
    volume, cache = chunked(VOXELS, (3, 5, 7), BrokenOnce(VOXELS[None])), Bricks(2**24)
    cut = section(volume, at("z", 0.0))
    with pytest.raises(DataError, match="chunk 0/0/0"):
        values(volume, cut, whole(cut), cache)
    assert cache.nbytes == 0
    assert_array_equal(values(volume, cut, whole(cut), cache)[0], VOXELS[0, 0])


@pytest.mark.parametrize(
    ("plane", "message"),
    [
        pytest.param(AxisIntent("z", -0.6), "position -0.6 on z: it is -0.5 to 2.5", id="below the volume"),
        pytest.param(AxisIntent("z", 2.6), "position 2.6 on z: it is -0.5 to 2.5", id="above the volume"),
        pytest.param(AxisIntent("y", index=5), "plane 5 across y: it has 5", id="an index beyond the last"),
    ],
)
def test_a_plane_outside_the_volume_is_refused_with_the_numbers(plane: AxisIntent, message: str) -> None:
    with pytest.raises(BadRequest, match=message):
        section(chunked(VOXELS, (3, 5, 7)), plane)


def test_a_time_that_is_not_there_is_not_found() -> None:
    with pytest.raises(NotFound, match="no time 1"):
        section(chunked(VOXELS, (3, 5, 7)), at("z", 0.0), time=1)
