"""Which cells a ray may skip: what transfer functions leave empty, and how far the rest is; numpy only."""

import numpy as np
from numpy.typing import NDArray

REACH = 15
"""Distances are exact up to this many cells; a longer jump takes several."""

Distances = NDArray[np.uint8]


def occupancy(
    low: NDArray[np.generic], high: NDArray[np.generic], window: tuple[float, float], active: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Whether any value between `low` and `high` falls on an active entry of a table that spans `window`.

    `low` and `high` (z, y, x) are stored values, `window` too; `active` says it of each entry. Conservative: a range
    is widened to whole entries.
    """
    # Entries are few and cells many: with a look-up for each possible value two takes replace the arithmetic.
    counts = np.concatenate([[0], np.cumsum(active)]).astype(np.int32)
    last = len(active) - 1
    scale = last / (window[1] - window[0])
    if low.dtype.kind == "u":
        values = np.arange(2 ** (8 * low.dtype.itemsize), dtype=np.float64)
        entry = np.clip((values - window[0]) * scale, 0, last)
        below = counts[np.floor(entry).astype(np.int32)]
        above = counts[np.ceil(entry).astype(np.int32) + 1]
        return np.asarray(above[high] > below[low])
    first = np.floor(np.clip((low.astype(np.float32) - window[0]) * scale, 0, last)).astype(np.int32)
    final = np.ceil(np.clip((high.astype(np.float32) - window[0]) * scale, 0, last)).astype(np.int32)
    return np.asarray(counts[final + 1] > counts[first])


def distances(occupied: NDArray[np.bool_]) -> Distances:
    """The Chebyshev distance in cells, (z, y, x), to the nearest occupied cell: 0 there, `REACH` at most.

    The set of cells at distance k or less is the occupied set dilated k times, 64 cells a word: 10 ms for 128^3 cells,
    where a minimum over shifted bytes takes 150.
    """
    depth, height, width = occupied.shape
    padded = np.pad(occupied, ((0, 0), (0, 0), (0, -width % 64)))
    near = np.packbits(padded, axis=2, bitorder="little").view(np.uint64)
    found = np.zeros(padded.shape, np.uint8)
    for _ in range(REACH):
        far = np.unpackbits(np.invert(near).view(np.uint8), axis=2, bitorder="little")
        if not far[..., :width].any():
            break
        found += far
        near = _dilated(near)
    return np.ascontiguousarray(found[:depth, :height, :width])


def _dilated(words: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The set grown by one cell along every axis; words hold 64 cells along x, the lowest bit first."""
    one, last = np.uint64(1), np.uint64(63)
    along_x: NDArray[np.uint64] = words | (words << one) | (words >> one)
    along_x[..., 1:] |= words[..., :-1] >> last
    along_x[..., :-1] |= words[..., 1:] << last
    along_y = along_x.copy()
    along_y[:, 1:] |= along_x[:, :-1]
    along_y[:, :-1] |= along_x[:, 1:]
    along_z = along_y.copy()
    along_z[1:] |= along_y[:-1]
    along_z[:-1] |= along_y[1:]
    return along_z
