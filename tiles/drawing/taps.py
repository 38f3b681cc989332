"""Where the pixels along one axis of a patch take their values, and taking them; pure.

Values are interpolated linearly between voxel centres, and averaged where a pixel covers several voxels. In the outer
half voxel the edge value holds.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.generic]

EXACT = 1e-3
"""Of a voxel: a pixel this near to a voxel's centre shows that voxel."""

BEYOND = 1e-6
"""Of a voxel or a pixel: what is outside by less is on the edge."""


@dataclass(frozen=True, slots=True)
class Line:
    """`count` pixels of world size `pixel`, from pixel `first` on, beginning at the world coordinate `edge` and running
    in the `direction` +1 or -1 of an axis, on which voxel 0 of `length` is at `origin` and the next `spacing` on. The
    volume reaches from `bounds[0]` to `bounds[1]`; a coarse level may end before or behind that.
    """

    edge: float
    direction: float
    first: float
    count: int
    pixel: float
    origin: float
    spacing: float
    length: int
    bounds: tuple[float, float]

    @property
    def fold(self) -> int:
        """Samples a pixel."""
        return max(1, round(self.pixel / self.spacing))

    def samples(self, fold: int) -> NDArray[np.float64]:
        """Where the samples of all pixels are, in voxels; the same bits for a pixel of any line of the picture."""
        return np.asarray((self.world(fold) - self.origin) / self.spacing)

    def world(self, fold: int) -> NDArray[np.float64]:
        """Where the samples of all pixels are in the world."""
        steps = (np.arange(self.count * fold) + (self.first * fold + 0.5)) / fold
        return np.asarray(self.edge + self.direction * self.pixel * steps)


@dataclass(frozen=True, slots=True, eq=False)
class Taps:
    """`fold` samples for each pixel, sample i at voxel `near[i]` (counted from `start`) and `weight[i]` of the way to
    the next; voxels `start` to `stop` are read. `run` is set where the samples are the voxels themselves, one after the
    other, and `inside` says which pixels are in the volume, where not all are.
    """

    start: int
    stop: int
    near: NDArray[np.intp]
    weight: NDArray[np.float32] | None
    fold: int
    run: slice | None
    inside: NDArray[np.bool_] | None


# A tile's taps are some 3 KiB, and those of a row or a column of tiles are the same.
@lru_cache(maxsize=2048)
def linear_taps(line: Line) -> Taps:
    """Taps of values."""
    return _linear(line)


# A whole picture's may be hundreds of KiB.
def taps(line: Line) -> Taps:
    """Taps of values; those of tiles are remembered."""
    return linear_taps(line) if line.count * line.fold <= 2048 else _linear(line)


def _linear(line: Line) -> Taps:
    fold = line.fold
    places = line.samples(fold)
    at = np.clip(places, 0, line.length - 1)
    at = np.where(np.abs(at - np.rint(at)) < EXACT, np.rint(at), at)
    near = np.floor(at).astype(np.intp)
    weight = (at - near).astype(np.float32)
    start, stop = int(near.min()), int(np.ceil(at.max())) + 1
    between = bool(weight.any())
    return Taps(
        start,
        stop,
        near - start,
        weight if between else None,
        fold,
        None if between or fold > 1 else _run(near - start),
        _inside(line),
    )


def nearest_taps(line: Line) -> Taps:
    """Taps of ids, which cannot be averaged: of the voxel at the middle of each pixel."""
    near = np.floor(np.clip(line.samples(1) + 0.5, 0, line.length - 0.5)).astype(np.intp)
    start, stop = int(near.min()), int(near.max()) + 1
    return Taps(start, stop, near - start, None, 1, _run(near - start), _inside(line))


def _inside(line: Line) -> NDArray[np.bool_] | None:
    """Which pixels the volume covers, at least in part."""
    middle, low, high = line.world(1), *line.bounds
    reach = line.pixel * (0.5 - BEYOND) + line.spacing * BEYOND
    inside = (middle > low - reach) & (middle < high + reach)
    return None if inside.all() else inside


def _run(near: NDArray[np.intp]) -> slice | None:
    """The voxels as a slice, where they follow each other up or down."""
    steps = np.diff(near)
    if (steps == 1).all():
        return slice(int(near[0]), int(near[-1]) + 1)
    if (steps == -1).all():
        return slice(int(near[0]), int(near[-1]) - 1 if near[-1] else None, -1)
    return None


def take(block: Array, rows: Taps, columns: Taps) -> Array:
    """(height, width) pixels out of the voxels that the taps reach, rounded where the type is a short integer."""
    sampled = _along(_along(block, rows, 0), columns, 1)
    # The largest of 32 and 64 bits is no float32: what that is rounded to does not fit the type any more.
    if block.dtype.kind in "iu" and block.dtype.itemsize <= 2 and sampled.dtype.kind == "f":
        return np.rint(sampled).astype(block.dtype)
    return sampled


def _along(block: Array, taps: Taps, axis: int) -> Array:
    if taps.run is not None:
        return block[taps.run] if axis == 0 else block[:, taps.run]
    near = block.take(taps.near, axis=axis)
    if taps.weight is not None:
        last = block.shape[axis] - 1
        far = block.take(np.minimum(taps.near + 1, last), axis=axis).astype(np.float32)
        weight = taps.weight[:, None] if axis == 0 else taps.weight
        near = near.astype(np.float32) * (1 - weight) + far * weight
    if taps.fold == 1:
        return near
    shape = list(near.shape)
    shape[axis : axis + 1] = [shape[axis] // taps.fold, taps.fold]
    folded: Array = near.reshape(shape).mean(axis=axis + 1, dtype=np.float32)
    return folded
