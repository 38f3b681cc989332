"""Chunks of the Zarr v2 view: voxels of any level, those that the volume has not itself included, as Blosc chunks.

A level that is added is made of the one below it, cell by cell: the means of 2 x 2 x 2 voxels, of labels one of them.
Cells are kept in a cache for each step down, so that each is made once and memory stays bounded however large the
volume is: the chunk that is the whole of the coarsest level reads all of the finest, and holds a few cells of each.
"""

import math
import time
from dataclasses import replace

import numcodecs
import numpy as np
from numpy.typing import NDArray

from render.errors import DataError
from render.geometry import Shape3
from render.volume.cache import ByteCache
from render.volume.coarser import shrink
from render.volume.info import Level
from render.volume.volume import Volume
from tiles.drawing.bricks import Array, Bricks, Source, gather
from tiles.work import Job
from tiles.zarr.plan import BLOSC, PLANE_CHUNK, VOLUME_CHUNK, Plan

LEVELS = 24
"""Levels that are added at most: the sides of an array are less than 2^30."""

LEAST = 2**22


class Chunks:
    """`capacity` bytes of added levels are kept: half of the first step down, a quarter of the second, and so on."""

    def __init__(self, bricks: Bricks, capacity: int = 2**27) -> None:
        self._bricks = bricks
        # One for each step: a computation of a cache must not ask the same cache.
        self._cells: list[ByteCache[Array]] = [ByteCache(max(capacity >> (i + 1), LEAST)) for i in range(LEVELS)]

    def encoded(self, volume: Volume, plan: Plan, level: int, index: tuple[int, ...], job: Job) -> tuple[bytes, float]:
        """A chunk as the file of Zarr v2 has it, padded with 0 to its full size, and how long its voxels took.

        DataError where the volume cannot be read, or an id does not fit into 32 bits.
        """
        started = time.perf_counter()
        chunk = plan.levels[level].chunk
        place = dict(zip(plan.letters, index, strict=True))
        lower, upper = _box(plan.levels[level].level.shape, chunk, tuple(place.get(axis, 0) for axis in "zyx"))
        source = Source(volume, level, plan.channels[place.get("c", 0)], plan.times[place.get("t", 0)])
        voxels = self._voxels(source, plan, lower, upper, job)
        took = time.perf_counter() - started
        whole = np.zeros(chunk, np.dtype(plan.dtype).newbyteorder("<"))
        whole[tuple(slice(b - a) for a, b in zip(lower, upper, strict=True))] = _converted(voxels, plan)
        codec = numcodecs.Blosc(**{key: value for key, value in BLOSC.items() if key != "id"})
        return bytes(codec.encode(whole)), took

    def _voxels(self, source: Source, plan: Plan, lower: Shape3, upper: Shape3, job: Job) -> Array:
        """The voxels of a box of a level of the plan, in the volume's own type."""
        job.check()
        planned = plan.levels[source.level]
        if planned.factors is None:
            return self._bricks.box(source, lower, upper)
        level = _in_cells(planned.level)
        return gather(level, source.dtype, (lower, upper), lambda a, b: self._cell(source, plan, a, b, job))

    def _cell(self, source: Source, plan: Plan, start: Shape3, stop: Shape3, job: Job) -> Array:
        cache = self._cells[source.level - len(source.volume.info.levels)]
        key = (source.volume.key, source.level, source.channel, source.time, start)
        nbytes = math.prod(b - a for a, b in zip(start, stop, strict=True)) * source.dtype.itemsize
        return cache.get(key, nbytes, lambda: self._shrunk(source, plan, start, stop, job))

    def _shrunk(self, source: Source, plan: Plan, start: Shape3, stop: Shape3, job: Job) -> Array:
        factors = plan.levels[source.level].factors
        assert factors is not None
        below = replace(source, level=source.level - 1)
        shape = plan.levels[below.level].level.shape
        z, y, x = (a * k for a, k in zip(start, factors, strict=True))
        d, h, w = (min(b * k, n) for b, k, n in zip(stop, factors, shape, strict=True))
        block = self._voxels(below, plan, (z, y, x), (d, h, w), job)
        return block[tuple(slice(None, None, k) for k in factors)].copy() if plan.labels else shrink(block, factors)


def _box(shape: Shape3, chunk: Shape3, index: tuple[int, ...]) -> tuple[Shape3, Shape3]:
    """The voxels of the chunk at `index` (z, y, x): lower <= i < upper."""
    z, y, x = (i * c for i, c in zip(index, chunk, strict=True))
    d, h, w = (min((i + 1) * c, n) for i, c, n in zip(index, chunk, shape, strict=True))
    return (z, y, x), (d, h, w)


def _in_cells(level: Level) -> Level:
    """The level with the cells it is made in for chunks."""
    sides = PLANE_CHUNK if level.shape[0] == 1 else VOLUME_CHUNK
    z, y, x = (min(c, n) for c, n in zip(sides, level.shape, strict=True))
    return replace(level, chunks=(z, y, x))


def _converted(voxels: Array, plan: Plan) -> NDArray[np.generic]:
    """`voxels` as they are sent; what does not fit becomes the least or the largest, an id is refused."""
    target = np.dtype(plan.dtype)
    if target.kind not in "iu" or voxels.dtype.itemsize <= target.itemsize:
        with np.errstate(over="ignore"):  # a float64 beyond float32 is infinite there
            return np.asarray(voxels, target)
    limits = np.iinfo(target.name)
    held = np.clip(voxels, limits.min, limits.max)
    if plan.labels and not np.array_equal(held, voxels):
        raise DataError(f"{plan.info.name}: its id {voxels[held != voxels].flat[0]} does not fit into {plan.dtype}")
    return np.asarray(held, target)
