"""What a ray may skip: distances against brute force, and pictures that do not change by skipping."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from render.compute.skip import REACH, distances, occupancy


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


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
def test_a_range_is_occupied_where_any_value_in_it_is_active(dtype: str) -> None:
    active = np.zeros(1024, bool)
    active[400:500] = True
    window = (20.0, 120.0)
    # Entry 400 of 1024 lies at 20 + 100 * 400 / 1023 = 59.1 and entry 499 at 68.8.
    low = np.array([[[0, 10, 58, 60, 70, 0, 200]]], dtype)
    high = np.array([[[19, 58, 61, 65, 90, 255, 255]]], dtype)
    assert occupancy(low, high, window, active).tolist() == [[[False, False, True, True, False, True, False]]]
