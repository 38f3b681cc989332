"""Histogram and auto window of a channel, from a bounded number of voxels."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from render.volume.info import VolumeInfo, Window

BINS = 256
MAX_VOXELS = 2**24
"""Voxels looked at at most (0.3 s and 128 MiB); a larger level is seen in slabs spread evenly over z."""

LOW_PERCENTILE, HIGH_PERCENTILE = 1.0, 99.8


@dataclass(frozen=True, slots=True)
class Statistics:
    """`counts` are the numbers of voxels in 256 equal bins from `minimum` to `maximum`; `window` is the auto window."""

    minimum: float
    maximum: float
    counts: tuple[int, ...]
    window: Window


def measure(
    read: Callable[..., NDArray[np.generic]], level: int, info: VolumeInfo, channel: int, time: int
) -> Statistics:
    """The statistics of one channel on one level, read with `Volume.read`."""
    depth, height, width = info.levels[level].shape
    thickness = max(1, min(info.levels[level].chunks[0], MAX_VOXELS // (height * width)))
    slabs = -(-depth // thickness)
    seen = max(1, min(slabs, MAX_VOXELS // (thickness * height * width)))
    parts = []
    for slab in np.linspace(0, slabs - 1, seen).round().astype(int):
        first = int(slab) * thickness
        last = min(first + thickness, depth)
        parts.append(read(level, (first, 0, 0), (last, height, width), channel, time).ravel())
    return summarize(np.concatenate(parts))


def summarize(values: NDArray[np.generic]) -> Statistics:
    """The statistics of a flat array of any real dtype; NaN and infinities do not count."""
    finite = values[np.isfinite(values)].astype(np.float64) if values.dtype.kind == "f" else values
    if finite.size == 0:
        return Statistics(0.0, 1.0, (0,) * BINS, (0.0, 1.0))
    minimum, maximum = float(finite.min()), float(finite.max())
    if minimum == maximum:
        return Statistics(minimum, minimum + 1, (finite.size,) + (0,) * (BINS - 1), (minimum, minimum + 1))
    counts, _ = np.histogram(finite, bins=BINS, range=(minimum, maximum))
    low, high = (float(x) for x in np.percentile(finite, (LOW_PERCENTILE, HIGH_PERCENTILE)))
    window = (low, high) if low < high else (minimum, maximum)
    return Statistics(minimum, maximum, tuple(int(n) for n in counts), window)
