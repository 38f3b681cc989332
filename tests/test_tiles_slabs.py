"""Slabs and oblique planes: against numpy on the voxels, and ramps that are known everywhere."""

from concurrent.futures import CancelledError

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from render.errors import BadRequest
from render.intent import ChannelIntent
from render.scene import Projection
from tests.arrays import ArrayInMemory, memory_volume
from tests.test_tiles_plane import at, chunked, section, values, whole
from tests.volumes import gradient
from tiles.drawing.bricks import Bricks
from tiles.drawing.draw import draw
from tiles.drawing.plane import read_patch
from tiles.pyramid import Patch
from tiles.section import AxisIntent, ObliqueIntent, SectionIntent, SlabIntent, resolve_section
from tiles.work import Job

NOISE = np.random.default_rng(3).integers(0, 900, (2, 9, 11, 13), np.uint16)


def reduced(axis: int, first: int, last: int, projection: str) -> np.ndarray:
    planes = NOISE[0].take(range(first, last + 1), axis=axis).astype(np.float64)
    plane = {"mip": planes.max, "minip": planes.min, "mean": planes.mean}[projection](axis=axis)
    return plane if axis == 0 else plane[::-1]


@pytest.mark.parametrize("projection", ["mip", "minip", "mean"])
@pytest.mark.parametrize(("name", "axis"), [("z", 0), ("y", 1), ("x", 2)])
@pytest.mark.parametrize("chunks", [(9, 11, 13), (2, 3, 4)])
def test_a_range_of_planes_is_combined_as_numpy_does(
    projection: Projection, name: str, axis: int, chunks: tuple[int, int, int]
) -> None:
    volume = chunked(NOISE, chunks)
    cut = section(volume, AxisIntent(name), SlabIntent(projection, first=3, last=7))  # type: ignore[arg-type]
    assert_allclose(values(volume, cut, whole(cut))[0], reduced(axis, 3, 7, projection), rtol=1e-6)


def test_what_is_half_in_the_slab_counts_half_in_a_mean() -> None:
    """Planes are 2 thick: 3 units around plane 4 hold it and a quarter of each neighbour."""
    volume = memory_volume(NOISE, spacing=(2.0, 1.0, 1.0))
    cut = section(volume, AxisIntent("z", index=4), SlabIntent("mean", 3.0))
    weights = np.array([0.25, 1.0, 0.25])
    assert_allclose(values(volume, cut, whole(cut))[0], np.tensordot(weights, NOISE[0, 3:6], 1) / 1.5, rtol=1e-6)


def test_a_sum_is_the_integral_above_the_window_s_lower_end() -> None:
    volume = memory_volume(NOISE, spacing=(2.0, 1.0, 1.0))
    channels = (ChannelIntent(0, "white", (100, 1000)),)
    intent = SectionIntent(AxisIntent("z"), SlabIntent("sum", first=1, last=5), channels=channels)
    cut = resolve_section(intent, volume.info, volume.statistics)
    unit = cut.channels[0].transfer.unit_distance
    expected = 100 + np.maximum(NOISE[0, 1:6].astype(float) - 100, 0).sum(axis=0) * 2.0 / unit
    assert_allclose(values(volume, cut, whole(cut))[0], expected, rtol=1e-5)


def test_a_slab_beyond_the_volume_ends_with_it() -> None:
    volume = memory_volume(NOISE)
    cut = section(volume, at("z", 7.0), SlabIntent("mip", 6.0))
    assert_array_equal(values(volume, cut, whole(cut))[0], NOISE[0, 4:].max(axis=0))


def test_nothing_but_the_slab_is_read_and_each_brick_once() -> None:
    source = ArrayInMemory(NOISE[None])
    volume, cache = chunked(NOISE, (3, 11, 13), source), Bricks(2**24)
    for _ in range(2):
        cut = section(volume, AxisIntent("z"), SlabIntent("mip", first=3, last=5))
        values(volume, cut, whole(cut), cache)
    assert [read[2] for read in source.reads] == [slice(3, 6)]


def test_who_no_longer_waits_for_a_slab_ends_it_between_two_bricks() -> None:
    job = Job()

    class Leaving(ArrayInMemory):
        def read(self, selection: tuple[slice | int, ...]) -> np.ndarray:
            if len(self.reads) == 2:
                job.abandon()
            return super().read(selection)

    source = Leaving(NOISE[None])
    volume = chunked(NOISE, (1, 11, 13), source)
    cut = section(volume, AxisIntent("z"), SlabIntent("mip", first=0, last=8))
    with pytest.raises(CancelledError):
        read_patch(volume, cut, whole(cut), Bricks(2**24), job)
    assert len(source.reads) == 3


SPACING, ORIGIN = (2.0, 0.5, 1.0), (-3.0, 10.0, 5.0)


def ramp() -> np.ndarray:
    """The value is x + 10 y + 100 z of the world."""
    z, y, x = (np.arange(n) * s + o for n, s, o in zip((9, 40, 20), SPACING, ORIGIN, strict=True))
    return (x + 10 * y[:, None] + 100 * z[:, None, None]).astype(np.float32)


SIDES = st.tuples(*[st.floats(-1, 1)] * 3).filter(lambda v: np.linalg.norm(v) > 0.1)


@settings(max_examples=60, deadline=None)
@given(one=SIDES, other=SIDES, size=st.floats(2, 8))
def test_an_oblique_plane_of_a_ramp_is_the_ramp_wherever_it_is(
    one: tuple[float, float, float], other: tuple[float, float, float], size: float
) -> None:
    volume = memory_volume(ramp(), spacing=SPACING, origin=ORIGIN)
    right = np.array(one) / np.linalg.norm(one)
    down = np.cross(right, other)
    # Across a plane of the array the nearest voxel is shown.
    assume(np.linalg.norm(down) > 0.05 and max(map(abs, one)) < 0.999 * np.linalg.norm(one))
    down = down / np.linalg.norm(down)
    center = np.array(volume.info.box.center)
    corner = center - (right + down) * size / 2
    place = ObliqueIntent(tuple(corner), tuple(right * size), tuple(down * size))
    cut = section(volume, place)
    patch = whole(cut)
    found, inside = read_patch(volume, cut, patch, Bricks(2**24), Job())
    i, j = np.meshgrid(np.arange(patch.width) + 0.5, np.arange(patch.height) + 0.5)
    world = corner + (i[..., None] * right + j[..., None] * down) * cut.plane.pixel
    within = np.ones(i.shape, bool)
    for axis in range(3):
        low = np.array(ORIGIN)[2 - axis]
        high = low + (np.array((9, 40, 20)) - 1)[2 - axis] * np.array(SPACING)[2 - axis]
        # In the outer half voxel the edge value holds.
        within &= (world[..., axis] >= low) & (world[..., axis] <= high)
    expected = world @ [1.0, 10.0, 100.0]
    assert within.any()
    everywhere = np.ones_like(within) if inside is None else inside
    assert everywhere[within].all()
    assert_allclose(found[0][within], expected[within], atol=0.02)


def test_an_oblique_plane_is_clear_outside_the_volume() -> None:
    volume = memory_volume(gradient((4, 6, 8)))
    intent = SectionIntent(ObliqueIntent((-2.0, 1.0, -0.4), (6.0, 0.0, 0.6), (0.0, 3.0, 0.0)))
    cut = resolve_section(intent, volume.info, volume.statistics)
    pixels = draw(volume, cut, whole(cut), Bricks(2**24), Job())
    # 1.5 units of x before the volume's face are to the left of it.
    assert_array_equal(pixels[0, :, 3] > 0, [False, False, True, True, True, True, True][: pixels.shape[1]])


def test_sides_that_are_not_at_a_right_angle_are_refused_with_the_angle() -> None:
    with pytest.raises(BadRequest, match="are at 45 degrees: must be at 90"):
        section(memory_volume(NOISE), ObliqueIntent((0, 0, 0), (1, 0, 0), (1, 1, 0)))


@pytest.mark.parametrize("projection", [None, "mip", "mean", "minip"])
def test_oblique_tiles_fit_together_bit_for_bit(projection: Projection | None) -> None:
    volume = chunked(NOISE, (2, 5, 4))
    slab = None if projection is None else SlabIntent(projection, 2.5)
    cut = section(volume, ObliqueIntent((-1.0, -2.0, 1.0), (14.0, 3.0, 2.0), (-3.0, 14.0, 0.0)), slab)
    patch = Patch(0, 0, 150, 130, (0.1, 0.1))
    pixels = draw(volume, cut, patch, Bricks(2**24), Job())
    parts = [
        [
            draw(volume, cut, Patch(x, y, min(37, 150 - x), min(41, 130 - y), (0.1, 0.1)), Bricks(2**24), Job())
            for x in range(0, 150, 37)
        ]
        for y in range(0, 130, 41)
    ]
    assert_array_equal(np.concatenate([np.concatenate(row, axis=1) for row in parts]), pixels)
    assert 0 < (pixels[..., 3] > 0).mean() < 1


def test_an_oblique_slab_of_voxels_it_lies_along_is_nearly_the_array_s_own() -> None:
    """A plane tilted by nothing to speak of, so that it is interpolated along all axes."""
    smooth = np.add.outer(np.arange(9.0) ** 2, np.arange(20.0))[:, :, None] + np.zeros(15)
    volume = memory_volume(smooth.astype(np.float32))
    oblique = ObliqueIntent((-0.5, -0.5, 4.0), (15.0, 1e-9, 0.0), (-1e-9, 20.0, 0.0))
    for projection in ("mip", "minip", "mean"):
        cut = section(volume, oblique, SlabIntent(projection, 5.0))
        direct = section(volume, AxisIntent("z", 4.0), SlabIntent(projection, 5.0))
        patch = whole(direct)
        assert_allclose(values(volume, cut, patch)[0], values(volume, direct, patch)[0], atol=0.6)
