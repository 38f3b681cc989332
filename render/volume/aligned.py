"""A label image on the grid of another image: the nearest id at every voxel centre, 0 outside; reads what it needs."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from render.geometry import Shape3
from render.volume.info import Level

Array = NDArray[np.generic]

COARSER = 1.5
"""Ids are taken from a label level at most this much coarser than the image's level, where there is one."""

TIE = 1e-6
"""Of two ids as near as each other the further one on is taken, in spite of roundings this large, in voxels."""

READ_VOXELS = 2**24
"""Label voxels that are read at once, unless one plane of the image needs more."""


def nearest_level(levels: tuple[Level, ...], level: Level) -> int:
    """The index of the coarsest of the label's `levels` (finest first) that is not much coarser than `level`."""
    fit = [
        index
        for index, label in enumerate(levels)
        if all(a <= COARSER * b for a, b in zip(label.spacing, level.spacing, strict=True))
    ]
    return max(fit, default=0)


def nearest_voxels(label: Level, level: Level, axis: int) -> NDArray[np.int64]:
    """For each voxel of the image's `level` along `axis` of (z, y, x) the one of `label` it lies in; -1 outside."""
    centers = level.origin[axis] + level.spacing[axis] * np.arange(level.shape[axis])
    places = np.floor((centers - label.origin[axis]) / label.spacing[axis] + (0.5 + TIE)).astype(np.int64)
    return np.where((places >= 0) & (places < label.shape[axis]), places, -1)


@dataclass(frozen=True, slots=True, eq=False)
class AlignedSource:
    """An `ArraySource` (t, z, y, x) of `label`'s ids on the grid of `level`.

    `read_label(lower, upper, time)` gives the ids of a (z, y, x) box of `label`.
    """

    label: Level
    level: Level
    times: int
    dtype: np.dtype[np.generic]
    read_label: Callable[[Shape3, Shape3, int], Array]

    @property
    def shape(self) -> tuple[int, ...]:
        return (self.times, *self.level.shape)

    @property
    def chunks(self) -> tuple[int, ...]:
        return (1, *aligned_level(self.label, self.level).chunks)

    def read(self, selection: tuple[slice | int, ...]) -> Array:
        """The ids of `selection`: a time and a slice with both ends for each of z, y, x. DataError."""
        time, *spans = selection
        z, y, x = (nearest_voxels(self.label, self.level, axis)[span] for axis, span in enumerate(spans))
        found = np.zeros((len(z), len(y), len(x)), self.dtype)
        inside = [np.flatnonzero(places >= 0) for places in (z, y, x)]
        if isinstance(time, int) and all(part.size for part in inside):
            for part in _parts(z[inside[0]], y[inside[1]], x[inside[2]]):
                rows = inside[0][part]
                found[np.ix_(rows, *inside[1:])] = self._taken((z[rows], y[inside[1]], x[inside[2]]), time)
        return found

    def _taken(self, places: tuple[NDArray[np.int64], ...], time: int) -> Array:
        """The ids at the cross product of `places`, which rise along each axis."""
        lower = tuple(int(along[0]) for along in places)
        upper = tuple(int(along[-1]) + 1 for along in places)
        block = self.read_label(lower, upper, time)  # type: ignore[arg-type]
        for axis, (along, first) in enumerate(zip(places, lower, strict=True)):
            if len(along) != block.shape[axis] or along[-1] - first != len(along) - 1:
                block = np.take(block, along - first, axis)
        return block


def aligned_level(label: Level, level: Level) -> Level:
    """The image's `level` with chunks about as large in the world as those of `label`, from which it is read."""
    z, y, x = (
        max(1, min(n, math.floor(chunk * coarse / fine)))
        for n, chunk, coarse, fine in zip(level.shape, label.chunks, label.spacing, level.spacing, strict=True)
    )
    return replace(level, chunks=(z, y, x))


def _parts(z: NDArray[np.int64], y: NDArray[np.int64], x: NDArray[np.int64]) -> Iterator[slice]:
    """Runs of image planes for which `READ_VOXELS` label voxels are enough; a plane at least."""
    plane = int(y[-1] - y[0] + 1) * int(x[-1] - x[0] + 1)
    most = max(1, READ_VOXELS // plane)
    first = 0
    while first < len(z):
        last = max(first + 1, int(np.searchsorted(z, z[first] + most)))
        yield slice(first, last)
        first = last
