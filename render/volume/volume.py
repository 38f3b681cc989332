"""Volume: an open pyramid, read as (z, y, x) boxes whatever the file's own axis order is."""

import itertools
import threading
from collections.abc import Callable
from typing import Protocol

import dask.array
import numpy as np
from numpy.typing import NDArray

from render.geometry import Shape3
from render.volume.info import VolumeInfo
from render.volume.stats import Statistics, measure

Array = NDArray[np.generic]
_serial = itertools.count()


class ArraySource(Protocol):
    """One level's array in the file's own axis order; `read` raises DataError where the store does not hold up."""

    @property
    def shape(self) -> tuple[int, ...]: ...
    @property
    def chunks(self) -> tuple[int, ...]: ...
    @property
    def dtype(self) -> np.dtype[np.generic]: ...
    def read(self, selection: tuple[slice | int, ...]) -> Array: ...


class Volume:
    """An open volume; safe to read from several threads.

    `roles` spells what each axis of the file is, in the file's order: letters of "tczyx", each at most once, and "?"
    for an axis that is none of these, which is read at index 0. `sources` has one array for each level of `info`.
    """

    def __init__(
        self,
        info: VolumeInfo,
        roles: str,
        sources: tuple[ArraySource, ...],
        close: Callable[[], None] = lambda: None,
    ) -> None:
        self.info = info
        self.key = next(_serial)
        """Distinguishes this opening from every other in the process: the first part of cache keys."""
        self.close = close
        self._roles = roles
        self._sources = sources
        self._statistics: dict[tuple[int, int], Statistics] = {}
        self._measuring = threading.Lock()

    def read(self, level: int, lower: Shape3, upper: Shape3, channel: int = 0, time: int = 0) -> Array:
        """The voxels lower <= (z, y, x) < upper of one level, channel and time: a (z, y, x) array, native byte order.

        Absent axes have length 1. The box must lie inside the level. NotFound for a level, channel or time that is
        not there, DataError where the store cannot be read.
        """
        self.info.check(level=level, channel=channel, time=time)
        spans: dict[str, slice | int] = {"t": time, "c": channel, "?": 0}
        spans |= {axis: slice(a, b) for axis, a, b in zip("zyx", lower, upper, strict=True)}
        block = self._sources[level].read(tuple(spans[role] for role in self._roles))
        present = [role for role in self._roles if role in "zyx"]
        block = block.transpose([present.index(axis) for axis in "zyx" if axis in present])
        block = np.expand_dims(block, [i for i, axis in enumerate("zyx") if axis not in present])
        return np.asarray(block, dtype=block.dtype.newbyteorder("="))

    def dask(self, level: int = 0) -> dask.array.Array:
        """A whole level as a lazy array in the file's own axis order; its blocks are the file's chunks."""
        self.info.check(level=level)
        source = self._sources[level]
        lazy: dask.array.Array = dask.array.from_array(  # type: ignore[no-untyped-call]
            _Indexable(source), chunks=source.chunks, asarray=False
        )
        return lazy

    def statistics(self, channel: int = 0, time: int = 0) -> Statistics:
        """Histogram and auto window of one channel, measured once on the coarsest level."""
        self.info.check(channel=channel, time=time)
        # One at a time: a measurement takes hundreds of MiB, and who waits mostly waits for this one.
        with self._measuring:
            if (channel, time) not in self._statistics:
                coarsest = len(self.info.levels) - 1
                self._statistics[channel, time] = measure(self.read, coarsest, self.info, channel, time)
            return self._statistics[channel, time]


class _Indexable:
    """What dask wants of an array: shape, dtype, ndim and [slices]."""

    def __init__(self, source: ArraySource) -> None:
        self.shape, self.dtype, self.ndim = source.shape, source.dtype, len(source.shape)
        self._source = source

    def __getitem__(self, selection: tuple[slice | int, ...]) -> Array:
        return self._source.read(selection)
