"""The scale bar: how long it is, what it says, where it stands."""

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from render.annotate import Overlay, scale_bar
from render.annotate.lengths import describe_length, round_down
from render.scene import Annotations, Camera, Orthographic, Perspective, View

SIZE = (600, 400)
FLAT = Camera((10.0, 20.0, -50.0), (10.0, 20.0, 30.0), (0.0, -1.0, 0.0), Orthographic(200.0))


def view_of(camera: Camera, size: tuple[int, int] = SIZE, color: tuple[float, float, float] = (1.0, 1.0, 1.0)) -> View:
    return View("bar", camera, (), size=size, annotations=Annotations(scale_bar=True, color=color))


def over(background: float, overlay: Overlay, size: tuple[int, int]) -> NDArray[np.float64]:
    """A grey picture (height, width, 3) with the overlay over it."""
    picture = np.full((size[1], size[0], 3), background)
    height, width = overlay.pixels.shape[:2]
    part = picture[overlay.top : overlay.top + height, overlay.left : overlay.left + width]
    alpha = overlay.pixels[..., 3:].astype(np.float64)
    part[:] = part * (1 - alpha) + overlay.pixels[..., :3] * alpha
    return picture


def bar_pixels(picture: NDArray[np.float64]) -> float:
    """The length in pixels of the bar, white on black: the lowest row that is white, with its antialiased ends."""
    white = picture[..., 0]
    row = np.flatnonzero(white.max(axis=1) > 0.99)[-1]
    return float(white[row].sum())


@pytest.mark.parametrize(
    ("length", "unit", "label"),
    [
        (74.0, "micrometer", "50 µm"),
        (0.074, "millimeter", "50 µm"),
        (0.3, "micrometer", "200 nm"),
        (2500.0, "nanometer", "2 µm"),
        (1.0, "micrometer", "1 µm"),
        (0.9999, "micrometer", "500 nm"),
        (7.5, "centimeter", "50 mm"),
        (0.0011, "meter", "1 mm"),
        (2.5e4, "kilometer", "20000 km"),
        (74.0, "angstrom", "50 Å"),
        (0.25, "inch", "0.2 in"),
        (74.0, "pixel", "50 pixel"),
        (74.0, "", "50"),
        (0.06, "", "0.05"),
        (74.0, "one\ntwo of something that goes on", "50 one two of something th…"),
    ],
)
def test_a_length_is_written_as_people_write_it(length: float, unit: str, label: str) -> None:
    assert describe_length(round_down(length), unit) == label


@given(st.floats(1e-12, 1e12))
def test_a_round_length_is_more_than_two_fifths_of_what_it_may_be(length: float) -> None:
    assert 0.4 * length * (1 - 1e-12) <= round_down(length).value <= length


def test_none_asked_for_is_an_empty_overlay() -> None:
    view = msgspec.structs.replace(view_of(FLAT), annotations=Annotations())
    assert scale_bar(view, "micrometer", SIZE).pixels.size == 0


def test_the_bar_is_as_long_as_it_says_in_an_orthographic_picture() -> None:
    # 600 pixels are 300 units: a quarter is 75, the bar 50 units.
    picture = over(0.0, scale_bar(view_of(FLAT), "micrometer", SIZE), SIZE)
    assert bar_pixels(picture) == pytest.approx(100.0, abs=0.01)


def test_the_bar_is_as_long_as_it_says_at_the_target_of_a_perspective_picture() -> None:
    # 90 degrees at a distance of 80: 400 pixels are 160 units, 600 are 240, a quarter is 60, the bar 50 units.
    camera = msgspec.structs.replace(FLAT, projection=Perspective(90.0))
    picture = over(0.0, scale_bar(view_of(camera), "micrometer", SIZE), SIZE)
    assert bar_pixels(picture) == pytest.approx(125.0, abs=0.01)


def test_it_stands_in_the_lower_right_corner_with_its_label_above() -> None:
    picture = over(0.0, scale_bar(view_of(FLAT), "micrometer", SIZE), SIZE)
    rows, columns = np.nonzero(picture[..., 0] > 0.5)
    assert columns.min() > 450
    assert 570 < columns.max() < 599
    assert 370 < rows.max() < 399
    wide = [(picture[row, :, 0] > 0.5).sum() for row in range(rows.min(), rows.max() + 1)]
    assert 0 < max(wide[:8]) < 60, "the label"
    assert wide[-1] == 100, "the bar"


@pytest.mark.parametrize(
    ("color", "background"),
    [((1.0, 1.0, 1.0), 1.0), ((0.0, 0.0, 0.0), 0.0), ((1.0, 1.0, 0.0), 1.0)],
    ids=["white on white", "black on black", "yellow on white"],
)
def test_it_can_be_read_on_its_own_colour(color: tuple[float, float, float], background: float) -> None:
    picture = over(background, scale_bar(view_of(FLAT, color=color), "micrometer", SIZE), SIZE)
    assert np.abs(picture - background).max() > 0.7


@pytest.mark.parametrize("projection", [Perspective(40.0), Orthographic(77.0)], ids=["perspective", "orthographic"])
def test_regions_are_the_whole_bit_for_bit(projection: Perspective | Orthographic) -> None:
    width, height = 301, 199
    camera = msgspec.structs.replace(FLAT, projection=projection)
    whole = over(0.4, scale_bar(view_of(camera, (width, height)), "micrometer", (width, height)), (width, height))
    stitched = np.empty_like(whole)
    for left, right in ((0, 100), (100, 263), (263, 264), (264, 301)):
        for top, bottom in ((0, 185), (185, 199)):
            region = (left / width, top / height, right / width, bottom / height)
            size = (right - left, bottom - top)
            part = scale_bar(view_of(msgspec.structs.replace(camera, region=region), size), "micrometer", size)
            stitched[top:bottom, left:right] = over(0.4, part, size)
    np.testing.assert_array_equal(stitched, whole)


@pytest.mark.parametrize("size", [(1, 1), (3, 40), (60, 40), (150, 100)], ids=str)
def test_a_draft_has_a_bar_that_fits(size: tuple[int, int]) -> None:
    overlay = scale_bar(view_of(FLAT), "micrometer", size)
    height, width = overlay.pixels.shape[:2]
    assert 0 <= overlay.left <= overlay.left + width <= max(size[0], overlay.left)
    assert 0 <= overlay.top <= overlay.top + height <= max(size[1], overlay.top)
    assert ((overlay.pixels >= 0) & (overlay.pixels <= 1)).all()


def test_a_draft_has_the_bar_of_the_final_picture_at_its_scale() -> None:
    draft = over(0.0, scale_bar(view_of(FLAT), "micrometer", (300, 200)), (300, 200))
    assert bar_pixels(draft) == pytest.approx(50.0, abs=0.01)
