"""A plane across one axis of a volume, sampled at the pixels of a patch; the hot path of tiles.

Voxels come in bricks (the file's own chunks, decoded) out of a cache that all tiles share. Along the plane values are
interpolated linearly between voxel centres, and averaged where a pixel covers several voxels; across it the nearest
voxel is shown, as it was recorded. In the outer half voxel the edge value holds.
"""

import math
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from render.errors import BadRequest
from render.geometry import Shape3
from render.scene import Axis
from render.volume.cache import ByteCache
from render.volume.info import Level, VolumeInfo
from render.volume.levels import coarsened_length
from render.volume.volume import Volume
from tiles.pyramid import Patch, TileGrid

Array = NDArray[np.generic]
Bricks = ByteCache[Array]

MAX_FOLD = 16
"""Voxels per pixel and axis at most: 4096 x 4096 voxels for a tile, where a pyramid has no level coarse enough."""

MAGNIFIED = 1.5
"""A level is shown up to this much larger than it is before the next finer one is read."""

EXACT = 1e-3
"""Of a voxel: a pixel this near to a voxel's centre shows that voxel."""


@dataclass(frozen=True, slots=True)
class _Layout:
    """How a plane lies in the picture: world axes (0 is x) to the right and along the rows' order, and whether the
    latter runs against its axis, so that z points up as in `render.intent.face_plane`."""

    across: int
    down: int
    upwards: bool


_LAYOUTS: dict[Axis, _Layout] = {"z": _Layout(0, 1, False), "y": _Layout(0, 2, True), "x": _Layout(1, 2, True)}


@dataclass(frozen=True, slots=True)
class Plane:
    """The plane across `axis` at the world coordinate `position`, at one time."""

    axis: Axis
    position: float
    time: int = 0


def plane_grid(info: VolumeInfo, axis: Axis) -> TileGrid:
    """The tiles of every plane across `axis`; the finest pixel is the smaller of the two voxel sides in the plane."""
    layout = _LAYOUTS[axis]
    extent, spacing = info.box.extent, info.levels[0].spacing[::-1]
    return TileGrid(
        (extent[layout.across], extent[layout.down]), pixel=min(spacing[layout.across], spacing[layout.down])
    )


def read_patch(
    volume: Volume, plane: Plane, patch: Patch, channels: tuple[int, ...], bricks: Bricks
) -> NDArray[np.generic]:
    """(channels, height, width) values in the volume's own type, or float32 where longer integers than 16 bits had
    to be interpolated. NotFound, DataError.

    BadRequest for a position outside the volume, and where the pyramid has no level coarse enough for the patch.
    """
    info, layout = volume.info, _LAYOUTS[plane.axis]
    info.check_position(plane.axis, plane.position)
    index = _level(info, plane.axis, patch.pixel)
    level = info.levels[index]
    columns = _along(info, level, layout.across, (patch.left, patch.width, patch.pixel), backwards=False)
    rows = _along(info, level, layout.down, (patch.top, patch.height, patch.pixel), backwards=layout.upwards)
    across = 2 - layout.across
    down = 2 - layout.down
    depth = "zyx".index(plane.axis)
    lower, upper = [0, 0, 0], [0, 0, 0]
    lower[across], upper[across] = columns.start, columns.stop
    lower[down], upper[down] = rows.start, rows.stop
    nearest = int((plane.position - level.origin[depth]) / level.spacing[depth] + 0.5)
    lower[depth] = min(max(nearest, 0), level.shape[depth] - 1)
    upper[depth] = lower[depth] + 1
    boxes = [
        _gather(volume, bricks, (index, channel, plane.time), (tuple(lower), tuple(upper))) for channel in channels
    ]
    # (z, y, x) without the depth is (rows, columns) for every axis: z before y before x.
    return np.stack([_resample(box.squeeze(depth), rows, columns) for box in boxes])


def _level(info: VolumeInfo, axis: Axis, pixel: float) -> int:
    """The coarsest level whose finer side in the plane a pixel can still show."""
    sides = tuple(i for i in range(3) if i != "zyx".index(axis))
    return max(i for i in range(len(info.levels)) if coarsened_length(info, i, sides) <= pixel * MAGNIFIED)


@dataclass(frozen=True, slots=True, eq=False)
class _Taps:
    """Where pixels along one axis take their values: `fold` samples for each, sample i at voxel `near[i]` (counted from
    `start`) and `weight[i]` of the way to the next; voxels `start` to `stop` are read."""

    start: int
    stop: int
    near: NDArray[np.intp]
    weight: NDArray[np.float32]
    fold: int


def _along(info: VolumeInfo, level: Level, axis: int, span: tuple[int, int, float], *, backwards: bool) -> _Taps:
    """Taps of the pixels `span` = (first, count, world size) along world axis 0, 1, 2."""
    first, count, pixel = span
    origin, spacing, length = level.origin[2 - axis], level.spacing[2 - axis], level.shape[2 - axis]
    step = pixel / spacing
    fold = max(1, round(step))
    if fold > MAX_FOLD:
        raise BadRequest(
            f"{info.name}: a pixel of {pixel:g} covers {fold} voxels of {level.path!r}, the coarsest level, and at "
            f"most {MAX_FOLD} are averaged: ask for a larger zoom, or write coarser levels"
        )
    edge = (info.box.upper if backwards else info.box.lower)[axis]
    direction = -1 if backwards else 1
    samples = (np.arange(count * fold) + 0.5) / fold + first
    at = np.clip((edge + direction * pixel * samples - origin) / spacing, 0, length - 1)
    at = np.where(np.abs(at - np.rint(at)) < EXACT, np.rint(at), at)
    near = np.floor(at).astype(np.intp)
    weight = (at - near).astype(np.float32)
    start, last = int(near.min()), int(np.ceil(at.max()))
    return _Taps(start, last + 1, near - start, weight, fold)


def _resample(block: Array, rows: _Taps, columns: _Taps) -> Array:
    """(height, width) pixels out of the voxels that the taps reach, rounded where the type is a short integer."""
    sampled = _sample(_sample(block, rows, 0), columns, 1)
    # The largest of 32 and 64 bits is no float32: what that is rounded to does not fit the type any more.
    if block.dtype.kind in "iu" and block.dtype.itemsize <= 2 and sampled.dtype.kind == "f":
        return np.rint(sampled).astype(block.dtype)
    return sampled


def _sample(block: Array, taps: _Taps, axis: int) -> Array:
    near = block.take(taps.near, axis=axis)
    if taps.weight.any():
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


def _gather(
    volume: Volume, bricks: Bricks, which: tuple[int, int, int], box: tuple[tuple[int, ...], tuple[int, ...]]
) -> Array:
    """The voxels of `box` = (lower, upper) in (z, y, x) out of bricks; `which` is (level, channel, time)."""
    lower, upper = box
    level = volume.info.levels[which[0]]
    whole = np.empty([b - a for a, b in zip(lower, upper, strict=True)], np.dtype(volume.info.dtype).newbyteorder("="))
    for index in product(*(range(a // c, -(-b // c)) for a, b, c in zip(lower, upper, level.chunks, strict=True))):
        start = tuple(i * c for i, c in zip(index, level.chunks, strict=True))
        stop = tuple(min(s + c, n) for s, c, n in zip(start, level.chunks, level.shape, strict=True))
        brick = _brick(volume, bricks, which, (start, stop))  # type: ignore[arg-type]
        first = [max(a, s) for a, s in zip(lower, start, strict=True)]
        last = [min(b, s) for b, s in zip(upper, stop, strict=True)]
        target = tuple(slice(f - a, e - a) for f, e, a in zip(first, last, lower, strict=True))
        source = tuple(slice(f - s, e - s) for f, e, s in zip(first, last, start, strict=True))
        whole[target] = brick[source]
    return whole


def _brick(volume: Volume, bricks: Bricks, which: tuple[int, int, int], box: tuple[Shape3, Shape3]) -> Array:
    start, stop = box
    level, channel, time = which
    nbytes = math.prod(b - a for a, b in zip(start, stop, strict=True)) * np.dtype(volume.info.dtype).itemsize
    return bricks.get(
        (volume.key, level, channel, time, start), nbytes, lambda: volume.read(level, start, stop, channel, time)
    )
