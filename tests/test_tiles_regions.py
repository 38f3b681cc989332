"""Regions at any size, stacks and frames: the arithmetic under OMERO and large_image."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from render.errors import BadRequest, NotFound
from tests.arrays import memory_volume
from tests.stacks import SHAPE, stack
from tiles.large_image.frames import lay_out, quads
from tiles.pyramid import Pyramid
from tiles.regions import Region, fitted, scaled, whole
from tiles.section import AxisIntent, ObliqueIntent, SectionIntent
from tiles.stacks import Place, Stack, placed, stack_of

PYRAMID = Pyramid((61.3, 20.2), 0.1)
SIDES = st.integers(1, 5000)


@given(st.integers(0, 4), st.integers(0, 30), st.integers(0, 9), st.integers(1, 7), st.integers(1, 3))
def test_an_exact_halving_of_a_region_is_the_pyramids_own(
    halvings: int, left: int, top: int, width: int, height: int
) -> None:
    scale = 2**halvings
    region = Region(left * scale, top * scale, (left + width) * scale, (top + height) * scale)
    patch = scaled(PYRAMID, region, (width, height))
    assert (patch.left, patch.top, patch.width, patch.height) == (left, top, width, height)
    assert patch.pixel == (0.1 * scale, 0.1 * scale)


@given(SIDES, SIDES, st.none() | SIDES, st.none() | SIDES)
def test_a_fitted_picture_fills_its_box_on_one_side_and_keeps_its_proportions(
    width: int, height: int, wide: int | None, high: int | None
) -> None:
    fit = fitted(Region(0, 0, width, height), wide, high)
    assert wide is None or fit[0] <= max(1, wide)
    assert high is None or fit[1] <= max(1, high)
    if wide is None and high is None:
        assert fit == (width, height)
    else:
        assert wide == fit[0] or high == fit[1]
    # To a pixel, which on a thin side may be much.
    assert abs(fit[0] * height - fit[1] * width) <= max(width, height)


def test_the_whole_is_every_pixel_of_the_plane() -> None:
    assert whole(PYRAMID) == Region(0, 0, 613, 202)
    with pytest.raises(NotFound, match=r"region 613,0 to 620,5: the picture is 613 x 202 pixels"):
        Region(613, 0, 620, 5).clipped((613, 202))


@given(st.integers(1, 5), st.integers(1, 5), st.integers(1, 5))
def test_frames_count_channels_first_and_times_last(planes: int, times: int, channels: int) -> None:
    counted = Stack("a", planes, times, channels, 1.0)
    places = [Place(z, t, c) for t in range(times) for z in range(planes) for c in range(channels)]
    assert [counted.frame(place) for place in places] == list(range(counted.frames))
    assert [counted.place(frame) for frame in range(counted.frames)] == places
    with pytest.raises(NotFound):
        counted.place(counted.frames)


@pytest.mark.parametrize(
    ("intent", "planes", "times", "step"),
    [
        pytest.param(SectionIntent(), 3, 2, 4.0, id="across z"),
        pytest.param(SectionIntent(AxisIntent("x")), 56, 2, 1.0, id="across x"),
        pytest.param(SectionIntent(AxisIntent("y", index=3)), 1, 2, 2.0, id="a plane that is placed"),
        pytest.param(SectionIntent(AxisIntent("y", position=3.0)), 1, 2, 2.0, id="a plane at a position"),
        pytest.param(SectionIntent(ObliqueIntent((0, 0, 0), (5, 5, 0), (0, 0, 5))), 1, 2, 1.0, id="an oblique plane"),
        pytest.param(SectionIntent(time=1), 3, 1, 4.0, id="a time that is said"),
    ],
)
def test_a_stack_has_what_is_still_to_be_chosen(intent: SectionIntent, planes: int, times: int, step: float) -> None:
    info = memory_volume(stack(), spacing=(4.0, 2.0, 1.0)).info
    counted = stack_of(intent, info)
    assert counted == Stack("memory", planes, times, SHAPE[1], step)
    last = placed(intent, counted, Place(planes - 1, times - 1))
    assert last.time == (intent.time or times - 1)
    with pytest.raises(NotFound, match=f"no z {planes}, it has {planes}"):
        placed(intent, counted, Place(planes))


@given(st.integers(1, 400), st.integers(1, 3000), st.integers(1, 3000), st.integers(1, 3))
def test_frames_in_a_picture_do_not_overlap(count: int, width: int, height: int, pictures: int) -> None:
    bounds = {"maxTextureSize": 1024, "maxTextures": pictures, "alignment": 16, "maxFrameSize": 1024}
    try:
        sheets = lay_out(count, (width, height), bounds | {"maxTotalTexturePixels": 2**30})
    except BadRequest:
        # The least cell is 16 wide, and as many times 16 tall as its frame is taller than wide: too few of these fit.
        assert 64 * (64 // math.ceil(height / width)) * pictures < count
        return
    found = quads(range(count), (width, height), sheets)
    assert found["quadsToIdx"][-1] + 1 == sheets.pictures <= pictures
    places = set()
    for quad, picture in zip(found["quads"], found["quadsToIdx"], strict=True):
        crop = quad["crop"]
        assert 0 <= crop["left"] <= crop["right"] <= sheets.across * sheets.width <= 1024
        assert 0 <= crop["top"] <= crop["bottom"] <= sheets.down * sheets.height <= 1024
        assert crop["right"] - crop["left"] <= sheets.width
        assert crop["bottom"] - crop["top"] <= sheets.height
        places.add((picture, crop["left"], crop["bottom"]))
    assert len(places) == count
