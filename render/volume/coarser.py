"""The next coarser level of a pyramid: which axes are halved, where it is, and its voxels; pure.

An axis is halved while its spacing is within 1.5 times the finest, so that flat stacks become cubic before they become
coarse in z. A voxel of the new level is the mean of those it covers; the last of an odd axis covers what there is.
"""

import math

import numpy as np
from numpy.typing import NDArray

from render.geometry import Shape3, Spacing3
from render.volume.info import Level

NEAR_FINEST = 1.5
SMALLEST = 64
"""A level whose sides are all at most this is the coarsest."""


def next_factors(level: Level) -> Shape3:
    """By how much each axis (z, y, x) is to be shrunk, 1 or 2; (1, 1, 1) where the level is the coarsest needed."""
    if max(level.shape) <= SMALLEST:
        return (1, 1, 1)
    finest = min(s for s, n in zip(level.spacing, level.shape, strict=True) if n > 1)
    z, y, x = (2 if n > 1 and s <= NEAR_FINEST * finest else 1 for s, n in zip(level.spacing, level.shape, strict=True))
    return (z, y, x)


def next_level(level: Level, factors: Shape3, path: str) -> Level:
    """The level that covers `factors` voxels of `level` with each of its own; centres by the pixel-centre rule."""
    shape = [-(-n // k) for n, k in zip(level.shape, factors, strict=True)]
    spacing = [s * k for s, k in zip(level.spacing, factors, strict=True)]
    origin = [o + (k - 1) * s / 2 for o, s, k in zip(level.origin, level.spacing, factors, strict=True)]
    chunks = [min(c, n) for c, n in zip(level.chunks, shape, strict=True)]
    return Level(path, _three(shape), _three(chunks), _spacing(spacing), _spacing(origin))


def pyramid_levels(finest: Level) -> list[tuple[Level, Shape3]]:
    """All levels from `finest` on, each with the factors that lead to it from the one before."""
    levels: list[tuple[Level, Shape3]] = [(finest, (1, 1, 1))]
    while math.prod(factors := next_factors(levels[-1][0])) > 1:
        levels.append((next_level(levels[-1][0], factors, str(len(levels))), factors))
    return levels


def shrink(block: NDArray[np.generic], factors: Shape3) -> NDArray[np.generic]:
    """Means over `factors` voxels of the last three axes (z, y, x), in the block's dtype, rounded to nearest even.

    `block` starts at a multiple of `factors`.
    """
    # Sums of 8 voxels of 16 bits are exact in float32, which is twice as quick.
    exact = np.float32 if block.dtype.itemsize <= 2 else np.float64
    mean: NDArray[np.floating] = block.astype(exact)
    for axis, factor in zip((-3, -2, -1), factors, strict=True):
        if factor == 2:
            mean = _halve(mean, axis)
    return (np.rint(mean) if block.dtype.kind in "iu" else mean).astype(block.dtype)


def _halve(values: NDArray[np.floating], axis: int) -> NDArray[np.floating]:
    moved = np.moveaxis(values, axis, 0)
    pairs = len(moved) // 2
    mean = np.empty((len(moved) - pairs, *moved.shape[1:]), values.dtype)
    np.add(moved[0 : 2 * pairs : 2], moved[1 : 2 * pairs : 2], out=mean[:pairs])
    mean[:pairs] *= 0.5
    mean[pairs:] = moved[2 * pairs :]
    return np.moveaxis(mean, 0, axis)


def _three(values: list[int]) -> Shape3:
    return (values[0], values[1], values[2])


def _spacing(values: list[float]) -> Spacing3:
    return (values[0], values[1], values[2])
