"""Values that a user need not say, found in a channel's histogram; pure."""

import numpy as np
from numpy.typing import NDArray

from render.volume.info import Window
from render.volume.stats import Statistics

MEAN_RANGE = 4.0
"""The means along rays lie around the mean of the volume: up to this many times as far above the window's lower end."""


def otsu(statistics: Statistics) -> float:
    """The value that divides the histogram into two classes with the greatest variance between them (Otsu, 1979).

    Of a histogram in which several values do so, such as two peaks with nothing between, their middle.
    """
    counts = np.array(statistics.counts, np.float64)
    edges = np.linspace(statistics.minimum, statistics.maximum, len(counts) + 1)
    below = np.cumsum(counts)[:-1]
    above = counts.sum() - below
    moments = np.cumsum(counts * _centers(statistics))
    several = (below > 0) & (above > 0)
    if not several.any():
        return (statistics.minimum + statistics.maximum) / 2
    below, above, lower = below[several], above[several], moments[:-1][several]
    variance = below * above * (lower / below - (moments[-1] - lower) / above) ** 2
    best = edges[1:-1][several][variance >= variance.max() * (1 - 1e-9)]
    return float((best[0] + best[-1]) / 2)


def mean_window(statistics: Statistics, window: Window) -> Window:
    """The part of `window` in which the means along rays lie: noise and what is sparse average out to little."""
    low, high = window
    counts = np.array(statistics.counts, np.float64)
    mean = np.average(np.clip(_centers(statistics), low, high), weights=counts) if counts.any() else high
    top = low + MEAN_RANGE * (float(mean) - low)
    return (low, min(high, top)) if top > low else window


def _centers(statistics: Statistics) -> NDArray[np.float64]:
    edges = np.linspace(statistics.minimum, statistics.maximum, len(statistics.counts) + 1)
    return (edges[:-1] + edges[1:]) / 2
