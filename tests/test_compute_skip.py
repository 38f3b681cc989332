"""What a ray may skip: distances against brute force, and pictures that do not change by skipping."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from render.compute.layouts import layout_of
from render.compute.packing import PackedLevel
from render.compute.skip import (
    EMPTY,
    REACH,
    ROUGH,
    SMOOTH,
    SMOOTHER,
    bins,
    crossed,
    distances,
    emission_codes,
    label_codes,
    ranks,
)
from render.compute.tables import transfer_table
from render.scene import TransferFunction


@given(
    shape=st.tuples(st.integers(1, 7), st.integers(1, 20), st.integers(1, 9)),
    seed=st.integers(0, 1000),
    share=st.sampled_from([0.0, 0.01, 0.2, 1.0]),
)
def test_distances_are_chebyshev_distances(shape: tuple[int, int, int], seed: int, share: float) -> None:
    occupied = np.random.default_rng(seed).random(shape) < share
    found = distances(occupied)
    there = np.argwhere(occupied)
    for cell in np.ndindex(shape):
        expected = np.abs(there - cell).max(axis=1).min() if len(there) else REACH
        assert found[cell] == min(expected, REACH)


def cells(low: list[float], high: list[float], dtype: str) -> PackedLevel:
    """A level of which only the ranges of its cells matter."""
    ranges = [np.array([[values]], dtype) for values in (low, high)]
    nothing = np.zeros((1, 1, 1), np.uint32)
    return PackedLevel((4, 4, 4 * len(low)), layout_of(dtype, lean=False), 0.0, nothing, nothing, *ranges)


def codes(transfer: TransferFunction, level: PackedLevel) -> list[int]:
    found = emission_codes(transfer_table(transfer, 1.0))
    return found[bins(level, transfer.domain)].ravel().tolist()


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
def test_a_cell_is_empty_where_nothing_between_its_values_is_seen(dtype: str) -> None:
    # Opaque at 40 to 50 of 0 to 100.
    curve = ((0.0, 0.0), (0.4, 0.0), (0.4, 1.0), (0.5, 1.0), (0.5, 0.0), (1.0, 0.0))
    transfer = TransferFunction((20.0, 120.0), 1.0, opacity=curve)
    level = cells([0, 10, 58, 61, 72, 0, 200], [19, 58, 62, 65, 90, 255, 255], dtype)
    assert [code == EMPTY for code in codes(transfer, level)] == [True, True, False, False, True, False, True]


def test_a_cell_of_nan_is_empty() -> None:
    level = cells([np.inf, 0.0], [-np.inf, 1.0], "float32")
    always = TransferFunction((0.0, 1.0), 1.0, opacity=((0.0, 0.5), (1.0, 0.5)))
    assert codes(always, level) == [EMPTY, ROUGH]
    assert ranks(level, (0.0, 1.0), largest=True).ravel().tolist() == [0, 255]


def test_a_cell_is_smooth_where_neither_opacity_nor_colour_change() -> None:
    level = cells([10, 40, 50, 10], [25, 50, 90, 10], "uint8")
    steep = TransferFunction(
        (0.0, 100.0), 1.0, colormap=((0, 1, 1, 1), (1, 1, 1, 1)), opacity=((0, 0.2), (0.45, 0.2), (0.46, 0.9))
    )
    assert codes(steep, level) == [SMOOTHER, ROUGH, SMOOTHER, SMOOTHER]
    colored = TransferFunction((0.0, 100.0), 1.0, colormap="white", opacity=((0, 0.5), (1, 0.5)))
    assert codes(colored, level) == [SMOOTH, SMOOTH, ROUGH, SMOOTHER]


def test_a_cell_of_labels_counts_where_one_that_is_shown_may_be_in_it() -> None:
    level = cells([0, 1, 1, 3], [0, 1, 3, 3], "uint32")
    shown = np.array([False, True, False, False])
    assert label_codes(level, shown).ravel().tolist() == [EMPTY, ROUGH, ROUGH, EMPTY]


def test_a_surface_is_in_a_cell_whose_values_are_on_both_sides() -> None:
    level = cells([0, 5, 6], [4, 7, 9], "uint8")
    assert crossed(level, (5.5, 8.0)).ravel().tolist() == [False, True, True]
