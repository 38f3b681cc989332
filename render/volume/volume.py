"""Volume: an open pyramid, read as (z, y, x) boxes whatever the file's own axis order is; and its label images."""

import itertools
import math
import threading
from collections.abc import Callable
from dataclasses import replace
from itertools import product
from typing import Protocol

import dask.array
import numpy as np
from numpy.typing import NDArray

from render.errors import DataError, NotFound
from render.geometry import Pose, Shape3, Vec3
from render.volume.aligned import AlignedSource, aligned_level, nearest_level
from render.volume.info import ChannelInfo, Level, VolumeInfo
from render.volume.labels import LabelMetadata, label_colors
from render.volume.stats import Statistics, measure

Array = NDArray[np.generic]

SLACK = 1e-3
"""Positions that are nearer to each other than this, in voxels, are one: pictures tell no less apart."""

COLOR_TABLE = 2**16
"""Colours of ids below this are looked up (1 MiB for a label image), others worked out."""

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
    `open_labels` opens a label image by its name.
    """

    def __init__(
        self,
        info: VolumeInfo,
        roles: str,
        sources: tuple[ArraySource, ...],
        close: Callable[[], None] = lambda: None,
        open_labels: Callable[[str], "LabelImage"] | None = None,
    ) -> None:
        self.info = info
        self.key = next(_serial)
        """Distinguishes this opening from every other in the process: the first part of cache keys."""
        self.close = close
        self._roles = roles
        self._sources = sources
        self._statistics: dict[tuple[int, int], Statistics] = {}
        self._measuring = threading.Lock()
        self._open_labels = open_labels
        self._labels: dict[str, LabelImage] = {}
        self._opening = threading.Lock()

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

    def with_levels(self, levels: tuple[Level, ...]) -> "Volume":
        """The same voxels, elsewhere in the world."""
        return Volume(replace(self.info, levels=levels), self._roles, self._sources, self.close)

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

    def at(self, position: Vec3, channel: int = 0, time: int = 0, level: int = 0) -> float | None:
        """The value at a world position: trilinear, the edge value in the outer half voxel.

        None outside the volume and where a voxel that counts is NaN or infinite. NotFound, DataError.
        """
        self.info.check(level=level, channel=channel, time=time)
        place = voxel_place(self.info.levels[level], self.info.pose, position)
        if place is None:
            return None
        held = [min(max(p, 0.0), n - 1.0) for p, n in zip(place, self.info.levels[level].shape, strict=True)]
        # At a voxel's centre what is beside it does not count, as in pictures.
        held = [float(round(p)) if abs(p - round(p)) < SLACK else p for p in held]
        z, y, x = (math.floor(p) for p in held)
        upper = [min(p + 2, n) for p, n in zip((z, y, x), self.info.levels[level].shape, strict=True)]
        block = self.read(level, (z, y, x), (upper[0], upper[1], upper[2]), channel, time).astype(np.float64)
        shares = [(1 - p % 1, p % 1)[:n] for p, n in zip(held, block.shape, strict=True)]
        weights = np.array([math.prod(corner) for corner in product(*shares)])
        counting = weights > 0
        value = float(weights[counting] @ block.ravel()[counting])
        return value if math.isfinite(value) else None

    def has_open_labels(self, name: str) -> bool:
        """Whether `labels(name)` answers at once."""
        return name in self._labels

    def labels(self, name: str) -> "LabelImage":
        """The label image `name`, opened on first use. NotFound, with the names there are, DataError."""
        if self._open_labels is None or name not in self.info.labels:
            there = ", ".join(self.info.labels) or "none"
            raise NotFound(f"{self.info.name}: no labels {name!r}; there are: {there}")
        with self._opening:
            if name not in self._labels:
                self._labels[name] = self._open_labels(name)
            return self._labels[name]


class LabelImage:
    """A pyramid of ids, which lies in the world as the `image` does that it belongs to; 0 is nothing.

    `ids` is the pyramid as the file has it; `aligned` gives its ids on the levels of the image instead: at each voxel
    centre the nearest id, 0 outside. Types are the file's, whole numbers; ids less than 0 mean nothing.
    """

    def __init__(self, ids: Volume, metadata: LabelMetadata, image: VolumeInfo) -> None:
        if np.dtype(ids.info.dtype).kind not in "iu":
            raise DataError(f"{ids.info.name}: labels are whole numbers, and these are {ids.info.dtype}")
        self.ids = ids
        self.metadata = metadata
        self._pose = image.pose
        self.aligned = _aligned(ids, image)
        self._table: NDArray[np.float32] | None = None

    @property
    def info(self) -> VolumeInfo:
        """The label image's own levels, type and times."""
        return self.ids.info

    def colors(self, ids: NDArray[np.uint64]) -> NDArray[np.float32]:
        """(..., 4) straight RGBA in 0..1 of an array of ids, as `label_colors`."""
        if ids.size and int(ids.max()) < COLOR_TABLE:
            if self._table is None:
                self._table = label_colors(np.arange(COLOR_TABLE, dtype=np.uint64), self.metadata.colors)
            return np.asarray(self._table.take(ids.astype(np.intp), axis=0))
        different, place = np.unique(ids, return_inverse=True)
        return np.asarray(label_colors(different, self.metadata.colors).take(place.reshape(ids.shape), axis=0))

    def time(self, time: int) -> int:
        """The label image's time at the image's `time`: what has only one holds for all. NotFound."""
        if self.info.times == 1:
            return 0
        self.info.check(time=time)
        return time

    def at(self, position: Vec3, time: int = 0) -> int:
        """The id at a world position, of the finest level; 0 outside. NotFound, DataError."""
        place = voxel_place(self.info.levels[0], self._pose, position)
        if place is None:
            return 0
        z, y, x = (min(math.floor(p + 0.5), n - 1) for p, n in zip(place, self.info.levels[0].shape, strict=True))
        return max(0, int(self.ids.read(0, (z, y, x), (z + 1, y + 1, x + 1), 0, self.time(time))[0, 0, 0]))


def voxel_place(level: Level, pose: Pose, position: Vec3) -> tuple[float, float, float] | None:
    """Where in `level` a world position is, (z, y, x) in voxels, 0 at the centre of the first one; None outside.

    What is outside by less than `SLACK` is on the face: a slice may lie there, and depths are rounded.
    """
    x, y, z = pose.to_straight(position)
    place = tuple((p - o) / s for p, o, s in zip((z, y, x), level.origin, level.spacing, strict=True))
    z, y, x = (min(max(p, -0.5), n - 0.5) for p, n in zip(place, level.shape, strict=True))
    beyond = max(abs(p - held) for p, held in zip(place, (z, y, x), strict=True))
    return (z, y, x) if beyond <= SLACK else None


def _aligned(ids: Volume, image: VolumeInfo) -> Volume:
    """`ids` on the levels of `image`."""
    dtype = np.dtype(ids.info.dtype)
    levels, sources = [], []
    for level in image.levels:
        nearest = nearest_level(ids.info.levels, level)
        label = ids.info.levels[nearest]

        def read(lower: Shape3, upper: Shape3, time: int, nearest: int = nearest) -> Array:
            return ids.read(nearest, lower, upper, 0, time)

        levels.append(aligned_level(label, level))
        sources.append(AlignedSource(label, level, ids.info.times, dtype, read))
    info = replace(ids.info, levels=tuple(levels), channels=(ChannelInfo(ids.info.name),), direction=image.direction)
    return Volume(info, "tzyx", tuple(sources))


class _Indexable:
    """What dask wants of an array: shape, dtype, ndim and [slices]."""

    def __init__(self, source: ArraySource) -> None:
        self.shape, self.dtype, self.ndim = source.shape, source.dtype, len(source.shape)
        self._source = source

    def __getitem__(self, selection: tuple[slice | int, ...]) -> Array:
        return self._source.read(selection)
