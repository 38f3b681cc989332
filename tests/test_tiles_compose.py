"""Channels to colours, by numbers worked out by hand."""

import numpy as np
import pytest
from msgspec.structs import replace
from numpy.testing import assert_array_equal

from render.scene import TransferFunction
from tiles.drawing.compose import compose

GRAY = TransferFunction(window=(0.0, 100.0), unit_distance=1.0)
NUMBERS = ["u1", "i1", "u2", "i2", "u4", "i4", "f4", "f8"]


@pytest.mark.parametrize("dtype", NUMBERS)
def test_a_value_is_placed_in_the_window_and_clamped_outside(dtype: str) -> None:
    values = np.array([[[0, 20, 40, 100, 127]]], dtype)
    assert_array_equal(compose(values, (GRAY,))[0, :, 0], [0, 51, 102, 255, 255])


@pytest.mark.parametrize("dtype", ["i1", "i2", "i4", "f4"])
def test_negative_values_have_their_place(dtype: str) -> None:
    transfer = replace(GRAY, window=(-100.0, -50.0))
    assert_array_equal(
        compose(np.array([[[-128, -100, -90, -50, 3]]], dtype), (transfer,))[0, :, 1], [0, 0, 51, 255, 255]
    )


def test_gamma_comes_before_inversion() -> None:
    transfer = replace(GRAY, gamma=2.0, inverted=True)
    # 1 - 0.2 ** 2 = 0.96, and 0.96 * 255 = 244.8
    assert compose(np.array([[[20]]], np.uint8), (transfer,))[0, 0, 0] == 245


def test_nan_counts_as_the_lowest_value_and_infinity_as_the_highest() -> None:
    values = np.array([[[np.nan, np.inf, -np.inf]]], np.float32)
    assert_array_equal(compose(values, (GRAY,))[0, :, 2], [0, 255, 0])


def test_every_pixel_is_opaque_and_has_its_own_colour() -> None:
    values = np.array([[[0, 100], [20, 40]], [[100, 0], [40, 20]]], np.uint16)
    shown = compose(values, (replace(GRAY, colormap="#ff0000"), replace(GRAY, colormap="#0000ff")))
    assert_array_equal(shown, [[[0, 0, 255, 255], [255, 0, 0, 255]], [[51, 0, 102, 255], [102, 0, 51, 255]]])


def test_overlapping_colours_add_up_and_stop_at_white() -> None:
    values = np.array([[[60, 40]], [[60, 20]]], np.uint16)
    shown = compose(values, (replace(GRAY, colormap="#ffff00"), replace(GRAY, colormap="#00ffff")))
    assert_array_equal(shown, [[[153, 255, 153, 255], [102, 153, 51, 255]]])


def test_the_sum_of_overlapping_channels_is_rounded_once() -> None:
    """Four times 0.3 of a grey level is one grey level, and would be none if each were rounded."""
    faint = replace(GRAY, window=(0.0, 255.0))
    values = np.full((4, 1, 1), 0.3125, np.float32)
    assert compose(values, (faint,) * 4)[0, 0, 0] == 1


def test_no_channel_is_black() -> None:
    assert_array_equal(compose(np.zeros((0, 1, 2), np.uint16), ()), [[[0, 0, 0, 255]] * 2])


def test_named_colour_maps_are_followed() -> None:
    first, last = compose(np.array([[[0, 100]]], np.uint8), (replace(GRAY, colormap="viridis"),))[0]
    assert_array_equal(first[:3], [68, 1, 84])
    assert_array_equal(last[:3], [253, 231, 37])
