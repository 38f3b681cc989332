"""Values that a user need not say, found in a channel's histogram; pure."""

import numpy as np
from numpy.typing import NDArray

from render.scene import is_drawable
from render.volume.info import Window
from render.volume.stats import Statistics

MEAN_RANGE = 6.0
"""The means along rays lie around the mean of the volume: up to this many times as far above the window's lower end."""

LEAST = 0.01
"""The share of the voxels below the window of minima: what is lower is padding, or broken."""


def otsu(statistics: Statistics, window: Window) -> float:
    """The value that divides what `window` shows of the histogram into two classes with the greatest variance between
    them (Otsu, 1979). Of several that do so, such as those between two peaks with nothing between, their middle.
    """
    centers, width = _centers(statistics), (statistics.maximum - statistics.minimum) / len(statistics.counts)
    shown = (centers >= window[0]) & (centers <= window[1])
    counts, centers = np.array(statistics.counts, np.float64)[shown], centers[shown]
    below = np.cumsum(counts)[:-1]
    above = counts.sum() - below
    moments = np.cumsum(counts * centers)
    several = (below > 0) & (above > 0)
    if not several.any():
        return (window[0] + window[1]) / 2
    below, above, lower = below[several], above[several], moments[:-1][several]
    variance = below * above * (lower / below - (moments[-1] - lower) / above) ** 2
    best = centers[:-1][several][variance >= variance.max() * (1 - 1e-9)] + width / 2
    return float((best[0] + best[-1]) / 2)


def quantile(statistics: Statistics, share: float) -> float:
    """The value below which this share of the voxels that were counted are, as finely as their histogram says."""
    counts = np.array(statistics.counts, np.float64)
    if not counts.any():
        return statistics.minimum + share * (statistics.maximum - statistics.minimum)
    edges = np.linspace(statistics.minimum, statistics.maximum, len(counts) + 1)
    below = np.concatenate([[0.0], np.cumsum(counts) / counts.sum()])
    return float(np.interp(share, below, edges))


def mean_window(statistics: Statistics, window: Window) -> Window:
    """The part of `window` in which the means along rays lie: noise and what is sparse average out to little."""
    low, high = window
    top = low + MEAN_RANGE * (_mean(statistics, window) - low)
    return (low, min(high, top)) if top > low else window


def minimum_window(statistics: Statistics, window: Window) -> Window:
    """Where the minima along rays lie: below the mean of the volume."""
    counts = np.array(statistics.counts, np.float64)
    low = float(_centers(statistics)[np.searchsorted(np.cumsum(counts), LEAST * counts.sum())])
    mean = _mean(statistics, (statistics.minimum, statistics.maximum))
    return (low, mean) if is_drawable(low, mean) else window


def _mean(statistics: Statistics, window: Window) -> float:
    """The mean of the volume's values, clamped to `window`; its upper end where nothing was counted."""
    counts = np.array(statistics.counts, np.float64)
    return float(np.average(np.clip(_centers(statistics), *window), weights=counts)) if counts.any() else window[1]


def _centers(statistics: Statistics) -> NDArray[np.float64]:
    """The values in the middle of the histogram's bins."""
    edges = np.linspace(statistics.minimum, statistics.maximum, len(statistics.counts) + 1)
    return (edges[:-1] + edges[1:]) / 2
