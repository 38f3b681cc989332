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

    Separable: along an axis, the distance is the least over k of max(k, the distance k cells away).
    """
    found = np.where(occupied, 0, REACH).astype(np.uint8)
    for axis in range(3):
        lines = np.moveaxis(found, axis, 0)
        nearest = lines.copy()
        for k in range(1, min(REACH, len(lines))):
            np.minimum(nearest[k:], np.maximum(lines[:-k], k), out=nearest[k:])
            np.minimum(nearest[:-k], np.maximum(lines[k:], k), out=nearest[:-k])
        found = np.moveaxis(nearest, 0, axis)
    return np.ascontiguousarray(found)
