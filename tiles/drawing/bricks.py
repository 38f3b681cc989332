"""The shared cache of decoded bricks, and what planes read out of it: boxes, and bricks flattened across a slab.

A brick is a chunk of the file, decoded. Of a slab, bricks are flattened along one axis into bricks of one plane, kept
in a cache of their own, so that the tiles over one brick and a viewer that comes back don't do it again.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from render.geometry import Shape3
from render.scene import Projection
from render.volume.cache import ByteCache
from render.volume.info import Level
from render.volume.volume import Volume
from tiles.work import Job

Array = NDArray[np.generic]


Wanted = Callable[[Shape3, Shape3], bool]
"""Whether the brick from one corner to another, (z, y, x), is needed."""


@dataclass(frozen=True, slots=True)
class Source:
    """One level, channel and time of a volume, or of a label image's own pyramid."""

    volume: Volume
    level: int
    channel: int = 0
    time: int = 0

    @property
    def shape(self) -> Level:
        return self.volume.info.levels[self.level]

    @property
    def dtype(self) -> np.dtype[np.generic]:
        return np.dtype(self.volume.info.dtype).newbyteorder("=")


@dataclass(frozen=True, slots=True)
class Flat:
    """How planes `first` to `last` of an axis (0 is z) become one.

    `weights` are what counts of the first and the last one: a plane that is half in the slab counts half in a mean.
    `low` and `unit` are those of a "sum": low + the integral of max(value - low, 0), lengths counted in units of `unit`
    planes. "front" takes the first value that is not 0, `backwards` from the last plane on.
    """

    axis: int
    first: int
    last: int
    projection: Projection | str
    weights: tuple[float, float] = (1.0, 1.0)
    low: float = 0.0
    unit: float = 1.0
    backwards: bool = False


class Bricks:
    """Two caches, `capacity` bytes together: three quarters for bricks, a quarter for flattened ones. Thread-safe."""

    def __init__(self, capacity: int) -> None:
        self._bricks: ByteCache[Array] = ByteCache(capacity * 3 // 4)
        self._flat: ByteCache[Array] = ByteCache(capacity // 4)

    @property
    def nbytes(self) -> int:
        return self._bricks.nbytes + self._flat.nbytes

    def box(self, source: Source, lower: Shape3, upper: Shape3, wanted: Wanted | None = None) -> Array:
        """The voxels lower <= (z, y, x) < upper, native byte order, not to be written to. DataError.

        What lies in bricks that are not `wanted` is not read, and may be anything.
        """
        return gather(source.shape, source.dtype, (lower, upper), lambda a, b: self._brick(source, a, b), wanted)

    def flat_box(self, source: Source, flat: Flat, lower: Shape3, upper: Shape3, job: Job) -> Array:
        """As `box`, of the volume that is left when `flat` has made its planes one: there is 1 along that axis.

        float32 for "mean" and "sum", the volume's own type for the others. `lower` and `upper` must be 0 and 1 there.
        """
        if flat.first == flat.last and flat.projection != "sum":
            shifted = [list(corner) for corner in (lower, upper)]
            for corner in shifted:
                corner[flat.axis] += flat.first
            return self.box(source, tuple(shifted[0]), tuple(shifted[1]))  # type: ignore[arg-type]
        dtype = np.dtype(np.float32) if flat.projection in ("mean", "sum") else source.dtype
        level = _flattened(source.shape, flat.axis)
        return gather(level, dtype, (lower, upper), lambda a, b: self._flat_brick(source, flat, a, b, job))

    def _brick(self, source: Source, start: Shape3, stop: Shape3) -> Array:
        volume, level, channel, time = source.volume, source.level, source.channel, source.time
        return self._bricks.get(
            (volume.key, level, channel, time, start),
            _nbytes(start, stop, source.dtype),
            lambda: volume.read(level, start, stop, channel, time),
        )

    def _flat_brick(self, source: Source, flat: Flat, start: Shape3, stop: Shape3, job: Job) -> Array:
        key = (source.volume.key, source.level, source.channel, source.time, flat, start)
        dtype = np.dtype(np.float32) if flat.projection in ("mean", "sum") else source.dtype
        return self._flat.get(key, _nbytes(start, stop, dtype), lambda: self._flatten(source, flat, start, stop, job))

    def _flatten(self, source: Source, flat: Flat, start: Shape3, stop: Shape3, job: Job) -> Array:
        """One layer of bricks at a time: memory is that of a brick and of what it becomes."""
        whole: NDArray[Any] | None = None
        side = source.shape.chunks[flat.axis]
        layers = range(flat.first // side * side, flat.last + 1, side)
        for layer in reversed(layers) if flat.backwards else layers:
            job.check()
            lower, upper = list(start), list(stop)
            lower[flat.axis], upper[flat.axis] = layer, min(layer + side, source.shape.shape[flat.axis])
            brick = self._brick(source, tuple(lower), tuple(upper))  # type: ignore[arg-type]
            first, last = max(flat.first, layer), min(flat.last, upper[flat.axis] - 1)
            inside = [slice(None)] * 3
            inside[flat.axis] = slice(first - layer, last + 1 - layer)
            part = _fold(brick[tuple(inside)], flat, _weights(flat, first, last))
            whole = part if whole is None else _JOINED[flat.projection](whole, part)
        assert whole is not None
        if flat.projection == "mean":
            whole = np.asarray(whole / np.float32(_weights(flat, flat.first, flat.last).sum()), np.float32)
        elif flat.projection == "sum":
            whole = np.asarray(whole / np.float32(flat.unit) + np.float32(flat.low), np.float32)
        return whole


def _weights(flat: Flat, first: int, last: int) -> NDArray[np.float32]:
    """What counts of the planes `first` to `last`."""
    weights = np.ones(last - first + 1, np.float32)
    if first == flat.first:
        weights[0] = flat.weights[0]
    if last == flat.last:
        weights[-1] = flat.weights[1]
    return weights


def _fold(planes: Array, flat: Flat, weights: NDArray[np.float32]) -> Array:
    """Several planes as one, of length 1 along the axis."""
    axis = flat.axis
    match flat.projection:
        case "mip":
            return np.asarray(np.fmax.reduce(planes, axis=axis, keepdims=True))
        case "minip":
            return np.asarray(np.fmin.reduce(planes, axis=axis, keepdims=True))
        case "front":
            taken = np.flip(planes, axis) if flat.backwards else planes
            first = np.argmax(taken != 0, axis=axis, keepdims=True)
            return np.take_along_axis(taken, first, axis)
    values = planes.astype(np.float32)
    if flat.projection == "sum":
        values = np.maximum(values - np.float32(flat.low), 0)
    return np.tensordot(values, weights, (axis, 0)).reshape([1 if i == axis else n for i, n in enumerate(planes.shape)])


_JOINED: dict[str, Callable[[Array, Array], Array]] = {
    "mip": np.fmax,
    "minip": np.fmin,
    "mean": np.add,
    "sum": np.add,
    "front": lambda before, after: np.where(before != 0, before, after),
}


def _flattened(level: Level, axis: int) -> Level:
    shape, chunks = list(level.shape), list(level.chunks)
    shape[axis] = chunks[axis] = 1
    return replace(level, shape=(shape[0], shape[1], shape[2]), chunks=(chunks[0], chunks[1], chunks[2]))


def _nbytes(start: Shape3, stop: Shape3, dtype: np.dtype[np.generic]) -> int:
    return math.prod(b - a for a, b in zip(start, stop, strict=True)) * dtype.itemsize


def gather(
    level: Level,
    dtype: np.dtype[np.generic],
    box: tuple[Shape3, Shape3],
    brick: Callable[[Shape3, Shape3], Array],
    wanted: Wanted | None = None,
) -> Array:
    """The voxels of `box` = (lower, upper) out of bricks: a view where one brick has them all, else a copy."""
    lower, upper = box
    chunks = level.chunks
    ranges = [range(a // c, -(-b // c)) for a, b, c in zip(lower, upper, chunks, strict=True)]
    if all(len(along) == 1 for along in ranges):
        start, stop = _cell(level, tuple(along[0] for along in ranges))
        inside = tuple(slice(a - s, b - s) for a, b, s in zip(lower, upper, start, strict=True))
        return brick(start, stop)[inside]
    whole = np.empty([b - a for a, b in zip(lower, upper, strict=True)], dtype)
    for index in product(*ranges):
        start, stop = _cell(level, index)
        if wanted is not None and not wanted(start, stop):
            continue
        first = [max(a, s) for a, s in zip(lower, start, strict=True)]
        last = [min(b, s) for b, s in zip(upper, stop, strict=True)]
        target = tuple(slice(f - a, e - a) for f, e, a in zip(first, last, lower, strict=True))
        inside = tuple(slice(f - s, e - s) for f, e, s in zip(first, last, start, strict=True))
        whole[target] = brick(start, stop)[inside]
    return whole


def _cell(level: Level, index: tuple[int, ...]) -> tuple[Shape3, Shape3]:
    """Where a brick begins and ends."""
    start = tuple(i * c for i, c in zip(index, level.chunks, strict=True))
    stop = tuple(min(s + c, n) for s, c, n in zip(start, level.chunks, level.shape, strict=True))
    return start, stop  # type: ignore[return-value]
