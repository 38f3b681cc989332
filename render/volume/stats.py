"""Histogram and auto window of a channel, from a bounded number of voxels."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from render.geometry import Shape3
from render.scene import LARGEST, NARROWEST, is_drawable
from render.volume.info import Level, VolumeInfo, Window

BINS = 256
"""Bins of a histogram at most."""

MAX_VOXELS = 2**24
"""Voxels looked at at most (0.5 s and 128 MiB); of a larger level, blocks of chunks spread evenly over it are seen."""

LOW_PERCENTILE, HIGH_PERCENTILE = 1.0, 99.8

BACKGROUND = 0.01
"""Where more than this share of the voxels have the very lowest value, that is no measurement: what was masked, padded
or never stored. It has no part in the window, or the window of a sparse volume would show nothing but its noise."""


@dataclass(frozen=True, slots=True)
class Statistics:
    """`counts` are the numbers of voxels in equal bins from `minimum` to `maximum`, `BINS` at most.

    A bin of integers is for equally many of them, or the counts would look like a comb; the last may reach beyond
    `maximum`. `window` is the auto window.
    """

    minimum: float
    maximum: float
    counts: tuple[int, ...]
    window: Window


def measure(
    read: Callable[..., NDArray[np.generic]], level: int, info: VolumeInfo, channel: int, time: int
) -> Statistics:
    """The statistics of one channel on one level, read with `Volume.read`."""
    parts = [read(level, lower, upper, channel, time).ravel() for lower, upper in _sample(info.levels[level])]
    return summarize(np.concatenate(parts))


def _sample(level: Level) -> Iterator[tuple[Shape3, Shape3]]:
    """Boxes of at most `MAX_VOXELS` in all: the whole level, or some of its chunks."""
    if level.voxels <= MAX_VOXELS:
        yield (0, 0, 0), level.shape
        return
    # A plane at a time of a chunk that is too large by itself: it is decoded whole, but not kept.
    depth, height, width = level.chunks
    rows = min(height, max(1, MAX_VOXELS // width))
    block = (min(depth, max(1, MAX_VOXELS // (rows * width))), rows, min(width, MAX_VOXELS))
    grid = [-(-n // b) for n, b in zip(level.shape, block, strict=True)]
    count = max(1, MAX_VOXELS // math.prod(block))
    for place in np.linspace(0, math.prod(grid) - 1, min(count, math.prod(grid))).round().astype(int):
        z, y, x = (int(i) * b for i, b in zip(np.unravel_index(place, grid), block, strict=True))
        upper = [min(a + b, n) for a, b, n in zip((z, y, x), block, level.shape, strict=True)]
        yield (z, y, x), (upper[0], upper[1], upper[2])


def summarize(values: NDArray[np.generic]) -> Statistics:
    """The statistics of a flat array of any real dtype; NaN, infinities and what no window can show do not count."""
    finite: NDArray[Any] = values
    if values.dtype.kind == "f":
        numbers = values.astype(np.float64)
        finite = numbers[(numbers >= -LARGEST) & (numbers <= LARGEST)]
    if finite.size == 0:
        return Statistics(0.0, 1.0, (0,) * BINS, (0.0, 1.0))
    minimum, maximum = float(finite.min()), float(finite.max())
    if maximum - minimum < NARROWEST:
        # One more than a large number may be the same number.
        top = minimum + max(1.0, abs(minimum) / 1000)
        return Statistics(minimum, top, (finite.size,) + (0,) * (BINS - 1), (minimum, top))
    counts, _ = np.histogram(finite, *_bins(finite.dtype, minimum, maximum))
    above = finite[finite > minimum]
    measured = above if above.size < (1 - BACKGROUND) * finite.size else finite
    low, high = (float(x) for x in np.percentile(measured, (LOW_PERCENTILE, HIGH_PERCENTILE)))
    window = (low, high) if is_drawable(low, high) else (minimum, maximum)
    return Statistics(minimum, maximum, tuple(int(n) for n in counts), window)


def _bins(dtype: np.dtype[Any], minimum: float, maximum: float) -> tuple[int, tuple[float, float]]:
    """How many bins, and from where to where."""
    if dtype.kind == "f":
        return BINS, (minimum, maximum)
    values = int(maximum) - int(minimum) + 1
    width = -(-values // BINS)
    bins = -(-values // width)
    return bins, (minimum - 0.5, minimum - 0.5 + bins * width)
