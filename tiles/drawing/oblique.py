"""The values of a patch of an oblique plane or slab: trilinear interpolation at every pixel.

Pixels are sampled in blocks, each out of the smallest box of voxels that holds it: a tilted block of 128 pixels lies in
a box that fits a processor's cache, one of 4096 in half of the volume; smaller ones cost more calls than they save.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from render.geometry import Box, Shape3
from render.scene import Channel
from render.volume.info import Level
from render.volume.volume import Volume
from tiles.drawing.bricks import Array, Bricks, Source, Wanted
from tiles.drawing.taps import BEYOND
from tiles.pyramid import Patch
from tiles.section import Section
from tiles.work import Job

BLOCK = 128
"""Pixels along the side of what is sampled at once."""


def sample_oblique(
    volume: Volume, index: int, section: Section, patch: Patch, bricks: Bricks, job: Job
) -> tuple[Array, NDArray[np.bool_]]:
    """(channels, height, width) float32 values, 0 outside the volume, and which pixels are inside."""
    level = volume.info.levels[index]
    fold = max(1, round(max(patch.pixel) / level.voxel_length))
    fine = _finer(patch, fold)
    values = np.zeros((len(section.channels), fine.height, fine.width), np.float32)
    inside = np.zeros((fine.height, fine.width), np.bool_)
    for rows, columns in blocks(fine.height, fine.width):
        job.check()
        block = replace(
            fine,
            left=fine.left + columns.start,
            top=fine.top + rows.start,
            width=columns.stop - columns.start,
            height=rows.stop - rows.start,
        )
        inside[rows, columns] = _sample(volume, index, section, block, bricks, values[:, rows, columns])
    return _folded(values, inside, fold)


def blocks(height: int, width: int) -> Iterator[tuple[slice, slice]]:
    """Blocks of `BLOCK` pixels."""
    for top in range(0, height, BLOCK):
        for left in range(0, width, BLOCK):
            yield slice(top, min(top + BLOCK, height)), slice(left, min(left + BLOCK, width))


def places(section: Section, level: Level, patch: Patch, offset: float = 0.0) -> tuple[NDArray[np.float64], ...]:
    """Where the pixels' middles are, (z, y, x) each (height, width), in voxels of `level`, `offset` further forward."""
    plane = section.plane
    x = (np.arange(patch.width) + (patch.left + 0.5)) * patch.pixel[0]
    y = (np.arange(patch.height) + (patch.top + 0.5)) * patch.pixel[1]
    found = []
    for axis in (2, 1, 0):
        start = plane.corner[axis] + offset * plane.forward[axis]
        world = (start + plane.down[axis] * y)[:, None] + plane.right[axis] * x
        found.append((world - level.origin[2 - axis]) / level.spacing[2 - axis])
    return tuple(found)


def within(at: tuple[NDArray[np.float64], ...], level: Level, box: Box) -> NDArray[np.bool_]:
    """Which places, in voxels of `level`, are in the volume, whose box is that of its finest level."""
    inside = np.ones(at[0].shape, np.bool_)
    for axis, place in enumerate(at):
        low, high = ((edge[2 - axis] - level.origin[axis]) / level.spacing[axis] for edge in (box.lower, box.upper))
        inside &= (place >= low - BEYOND) & (place <= high + BEYOND)
    return inside


def _finer(patch: Patch, fold: int) -> Patch:
    """The same part of the picture in pixels of which `fold` x `fold` make one."""
    return Patch(
        patch.left * fold,
        patch.top * fold,
        patch.width * fold,
        patch.height * fold,
        (patch.pixel[0] / fold, patch.pixel[1] / fold),
    )


def _folded(values: Array, inside: NDArray[np.bool_], fold: int) -> tuple[Array, NDArray[np.bool_]]:
    """The means of `fold` x `fold` pixels, of those that are inside."""
    if fold == 1:
        return values, inside
    height, width = inside.shape[0] // fold, inside.shape[1] // fold
    shape = (height, fold, width, fold)
    count = inside.reshape(shape).sum(axis=(1, 3))
    total = values.reshape(-1, *shape).sum(axis=(2, 4), dtype=np.float32)
    return total / np.maximum(count, 1).astype(np.float32), count > 0


def _sample(
    volume: Volume, index: int, section: Section, block: Patch, bricks: Bricks, values: Array
) -> NDArray[np.bool_]:
    """Fills `values` (channels, height, width) and says which pixels are inside."""
    level = volume.info.levels[index]
    offsets = _offsets(section, level)
    states = [_Projected(section, channel, len(offsets)) for channel in section.channels]
    everywhere = np.zeros(values.shape[1:], np.bool_)
    for offset in offsets:
        at = places(section, level, block, offset)
        inside = within(at, level, volume.info.box)
        if not inside.any():
            continue
        everywhere |= inside
        corners = _Corners.around(at, inside, level)
        near = _near_plane(section, level, offset)
        for channel, state in zip(section.channels, states, strict=True):
            source = Source(volume, index, channel.index, section.time)
            state.add(corners.interpolate(bricks.box(source, corners.lower, corners.upper, near)), inside)
    for target, state in zip(values, states, strict=True):
        if state.value is not None:
            target[everywhere] = state.result()[everywhere]
    return everywhere


def _near_plane(section: Section, level: Level, offset: float) -> Wanted:
    """Whether a brick has voxels that are interpolated on the plane `offset` further forward.

    The box around a tilted block of pixels has bricks in its corners that the plane never comes near: half of all.
    """
    plane = section.plane
    normal = [plane.forward[2 - axis] * level.spacing[axis] for axis in range(3)]
    point = [
        (plane.corner[2 - axis] + offset * plane.forward[2 - axis] - level.origin[axis]) / level.spacing[axis]
        for axis in range(3)
    ]

    def near(start: Shape3, stop: Shape3) -> bool:
        # Voxels count as far as the next ones on either side, for which they are interpolated, and all that is
        # clamped to the outer ones.
        away = sum(n * ((a + b - 1) / 2 - p) for n, a, b, p in zip(normal, start, stop, point, strict=True))
        return abs(away) <= sum(abs(n) * ((b - a - 1) / 2 + 1) for n, a, b in zip(normal, start, stop, strict=True))

    return near


def _offsets(section: Section, level: Level) -> list[float]:
    """Ways forward from the plane at which a slab is sampled, a voxel apart at most.

    Extremes are looked for from face to face, means and sums are made of the middles of equal layers.
    """
    count = max(1, math.ceil(section.thickness / level.voxel_length - 1e-6))
    if section.thickness and section.projection in ("mip", "minip"):
        return [(i / count - 0.5) * section.thickness for i in range(count + 1)]
    return [((i + 0.5) / count - 0.5) * section.thickness for i in range(count)]


class _Projected:
    """What the samples of one channel through a slab come to."""

    def __init__(self, section: Section, channel: Channel, count: int) -> None:
        self._projection = section.projection if count > 1 or section.projection == "sum" else "mip"
        self._thick = section.thickness > 0
        self._low = np.float32(channel.transfer.window[0])
        self._length = np.float32(section.thickness / count / channel.transfer.unit_distance)
        self.value: NDArray[np.float32] | None = None
        self._count: NDArray[np.float32] | None = None

    def add(self, sample: NDArray[np.float32], inside: NDArray[np.bool_]) -> None:
        worth = {
            "mip": lambda: np.where(inside, sample, -np.inf),
            "minip": lambda: np.where(inside, sample, np.inf),
            "mean": lambda: np.where(inside, sample, 0),
            "sum": lambda: np.where(inside, np.maximum(sample - self._low, 0), 0),
        }[self._projection if self._thick else "mip"]().astype(np.float32)
        if self.value is None or self._count is None:
            self.value, self._count = worth, inside.astype(np.float32)
            return
        self._count += inside
        join = {"mip": np.fmax, "minip": np.fmin}.get(self._projection, np.add)
        self.value = join(self.value, worth)

    def result(self) -> NDArray[np.float32]:
        assert self.value is not None
        assert self._count is not None
        if self._thick and self._projection == "mean":
            return np.asarray(self.value / np.maximum(self._count, 1))
        if self._thick and self._projection == "sum":
            return np.asarray(self._low + self.value * self._length)
        return self.value


@dataclass(frozen=True, slots=True, eq=False)
class _Corners:
    """Where samples lie between voxels: `first` is the flat index of the lowest of the eight around each in the box
    from `lower` to `upper`, `steps` those to the next along z, y, x, and `shares` how far each is on the way there.
    """

    lower: tuple[int, int, int]
    upper: tuple[int, int, int]
    first: NDArray[np.intp]
    steps: tuple[int, int, int]
    shares: tuple[NDArray[np.float32], ...]

    @classmethod
    def around(cls, at: tuple[NDArray[np.float64], ...], inside: NDArray[np.bool_], level: Level) -> "_Corners":
        lower, upper, bases, shares = [], [], [], []
        for place, length in zip(at, level.shape, strict=True):
            held = np.clip(place, 0, length - 1)
            base = np.minimum(held.astype(np.intp), max(0, length - 2))
            among = base[inside]
            low, high = int(among.min()), int(among.max())
            base = np.clip(base, low, high)
            lower.append(low)
            upper.append(min(high + 2, length))
            bases.append(base - low)
            shares.append(np.clip(held - base, 0, 1).astype(np.float32))
        extent = [b - a for a, b in zip(lower, upper, strict=True)]
        strides = (extent[1] * extent[2], extent[2], 1)
        first = bases[0] * strides[0] + bases[1] * strides[1] + bases[2]
        steps = tuple(stride if n > 1 else 0 for stride, n in zip(strides, extent, strict=True))
        return cls(tuple(lower), tuple(upper), first, steps, tuple(shares))  # type: ignore[arg-type]

    def interpolate(self, box: Array) -> NDArray[np.float32]:
        flat = np.ascontiguousarray(box).reshape(-1)
        z, y, x = self.shares
        down, over, on = self.steps

        def along_x(first: NDArray[np.intp]) -> NDArray[np.float32]:
            a = flat.take(first).astype(np.float32)
            return np.asarray(a + (flat.take(first + on).astype(np.float32) - a) * x)

        def along_y(first: NDArray[np.intp]) -> NDArray[np.float32]:
            a = along_x(first)
            return np.asarray(a + (along_x(first + over) - a) * y)

        near = along_y(self.first)
        return np.asarray(near + (along_y(self.first + down) - near) * z)
