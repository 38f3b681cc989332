"""The values of a patch of a section: channels of a plane, sampled at the patch's pixels; the hot path of tiles.

Along a plane of the array values are interpolated linearly and averaged where a pixel covers several voxels; across it
the nearest voxel is shown, as it was recorded. An oblique plane is interpolated along all three axes.
"""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from render.errors import BadRequest
from render.geometry import Box, to_world
from render.scene import Channel
from render.volume.info import Level, VolumeInfo
from render.volume.levels import coarsened_length
from render.volume.volume import Volume
from tiles.drawing.bricks import Array, Bricks, Flat, Source
from tiles.drawing.oblique import sample_oblique
from tiles.drawing.taps import Line, Taps, take, taps
from tiles.pyramid import Patch
from tiles.section import Plane, Section
from tiles.work import Job

MAGNIFIED = 1.5
"""A level is shown up to this much larger than it is before the next finer one is read."""

MAX_VOXELS = 2**28
"""Voxels that one patch may cover, where a pyramid has no level coarse enough: 16,384 x 16,384, some seconds."""

BAND = 2**22
"""Voxels of a plane that are sampled at once: 16 MiB of float32."""

Space = tuple[Level, Box]
"""A level, and the box of the whole volume."""

Inside = NDArray[np.bool_] | None
"""(height, width), which pixels are in the volume; None: all."""


@dataclass(frozen=True, slots=True)
class Lay:
    """How a plane lies along the array's axes: world axes (0 is x) along the rows and down the columns, with the
    directions in which they run, and the world axis `depth` across it, on which the plane is at `position`.
    """

    across: int
    right: float
    down: int
    below: float
    depth: int
    position: float


def lay_of(plane: Plane) -> Lay | None:
    """How the plane lies, or None where it is oblique."""
    across = [i for i in range(3) if abs(plane.right[i]) == 1]
    down = [i for i in range(3) if abs(plane.down[i]) == 1]
    if not (across and down):
        return None
    depth = 3 - across[0] - down[0]
    return Lay(across[0], plane.right[across[0]], down[0], plane.down[down[0]], depth, plane.corner[depth])


def choose_level(info: VolumeInfo, plane: Plane, pixel: float) -> int:
    """The coarsest level whose finer side in the plane a pixel can still show."""
    lay = lay_of(plane)
    sides = (0, 1, 2) if lay is None else (2 - lay.across, 2 - lay.down)
    return max(i for i in range(len(info.levels)) if coarsened_length(info, i, sides) <= pixel * MAGNIFIED)


def bands(info: VolumeInfo, section: Section, patch: Patch) -> list[Patch]:
    """`patch` in strips that are sampled one at a time. BadRequest where it covers too many voxels."""
    level = info.levels[choose_level(info, section.plane, min(patch.pixel))]
    folds = [max(1.0, pixel / level.voxel_length) for pixel in patch.pixel]
    planes = 1.0
    if lay_of(section.plane) is None:
        planes = max(1.0, section.thickness / level.voxel_length)
    row = patch.width * folds[0] * folds[1] * planes
    if row * patch.height > MAX_VOXELS:
        raise BadRequest(
            f"{info.name}: {patch.width} x {patch.height} pixels of {max(patch.pixel):g} cover "
            f"{row * patch.height:.3g} voxels of {level.path!r}, the coarsest level that can be shown, and at most "
            f"{MAX_VOXELS:.3g} are averaged: ask for less at once, or write coarser levels"
        )
    rows = max(1, int(BAND / row))
    return [
        replace(patch, top=patch.top + first, height=min(rows, patch.height - first))
        for first in range(0, patch.height, rows)
    ]


def read_patch(volume: Volume, section: Section, patch: Patch, bricks: Bricks, job: Job) -> tuple[Array, Inside]:
    """(channels, height, width) values in the volume's own type, or float32 where that cannot hold them, and which of
    the pixels are in the volume. DataError, CancelledError.
    """
    info = volume.info
    index = choose_level(info, section.plane, min(patch.pixel))
    lay = lay_of(section.plane)
    if lay is None:
        return sample_oblique(volume, index, section, patch, bricks, job)
    level = info.levels[index]
    rows = taps(row_line(lay, section.plane, (level, info.box), patch))
    columns = taps(column_line(lay, section.plane, (level, info.box), patch))
    lower, upper = box_of(lay, rows, columns)
    sampled = []
    for channel in section.channels:
        flat = _flat(section, lay, level, channel)
        source = Source(volume, index, channel.index, section.time)
        sampled.append(take(upright(bricks.flat_box(source, flat, lower, upper, job), lay), rows, columns))
    values = np.stack(sampled) if sampled else np.empty((0, patch.height, patch.width), np.uint8)
    return values, inside_of(rows, columns)


def column_line(lay: Lay, plane: Plane, space: Space, patch: Patch) -> Line:
    """The pixels from left to right."""
    return _line(plane, space, (lay.across, lay.right), (patch.left, patch.width, patch.pixel[0]))


def row_line(lay: Lay, plane: Plane, space: Space, patch: Patch) -> Line:
    """The pixels from top to bottom."""
    return _line(plane, space, (lay.down, lay.below), (patch.top, patch.height, patch.pixel[1]))


def _line(plane: Plane, space: Space, axis: tuple[int, float], pixels: tuple[float, int, float]) -> Line:
    (level, box), (world, direction), (first, count, pixel) = space, axis, pixels
    origin, spacing = to_world(level.origin)[world], to_world(level.spacing)[world]
    bounds = (box.lower[world], box.upper[world])
    return Line(plane.corner[world], direction, first, count, pixel, origin, spacing, level.shape[2 - world], bounds)


def box_of(lay: Lay, rows: Taps, columns: Taps) -> tuple[tuple[int, int, int], tuple[int, int, int]]:
    """The corners, (z, y, x), of the voxels that the taps reach, of a volume that is one voxel deep."""
    lower, upper = [0, 0, 0], [1, 1, 1]
    for axis, along in ((lay.across, columns), (lay.down, rows)):
        lower[2 - axis], upper[2 - axis] = along.start, along.stop
    return (lower[0], lower[1], lower[2]), (upper[0], upper[1], upper[2])


def upright(box: Array, lay: Lay) -> Array:
    """(z, y, x) with one voxel of depth -> (rows, columns)."""
    flat = box.squeeze(2 - lay.depth)
    return flat if lay.down > lay.across else flat.T


def inside_of(rows: Taps, columns: Taps) -> Inside:
    """Which pixels are in the volume."""
    if rows.inside is None and columns.inside is None:
        return None
    along = [
        np.ones(len(taps.near) // taps.fold, np.bool_) if taps.inside is None else taps.inside
        for taps in (rows, columns)
    ]
    return np.asarray(np.logical_and.outer(along[0], along[1]))


def nearest_plane(level: Level, lay: Lay) -> int:
    """The voxels of `level` that a plane goes through."""
    axis = 2 - lay.depth
    place = (lay.position - level.origin[axis]) / level.spacing[axis]
    return min(max(math.floor(place + 0.5), 0), level.shape[axis] - 1)


def middle_planes(level: Level, lay: Lay, thickness: float) -> tuple[int, int]:
    """The first and last voxels of `level` with middles within half of `thickness` of the plane; or the nearest."""
    axis = 2 - lay.depth
    place, half = (lay.position - level.origin[axis]) / level.spacing[axis], thickness / level.spacing[axis] / 2
    first, last = math.ceil(place - half - 1e-6), math.floor(place + half + 1e-6)
    first, last = max(0, first), min(level.shape[axis] - 1, last)
    nearest = nearest_plane(level, lay)
    return (first, last) if first <= last else (nearest, nearest)


def _covered_planes(level: Level, lay: Lay, thickness: float) -> tuple[int, int, tuple[float, float]]:
    """The first and last voxels of `level` that the slab touches, and the shares of these two in it."""
    axis = 2 - lay.depth
    count = level.shape[axis]
    place, half = (lay.position - level.origin[axis]) / level.spacing[axis], thickness / level.spacing[axis] / 2
    # Voxel k reaches from k to k + 1 here.
    low, high = max(0.0, place - half + 0.5), min(float(count), place + half + 0.5)
    first = min(count - 1, math.floor(low + 1e-6))
    last = max(first, math.ceil(high - 1e-6) - 1)
    if first == last:
        return first, last, (high - low, high - low)
    return first, last, (first + 1 - low, high - last)


def _flat(section: Section, lay: Lay, level: Level, channel: Channel) -> Flat:
    axis = 2 - lay.depth
    if section.thickness == 0:
        nearest = nearest_plane(level, lay)
        return Flat(axis, nearest, nearest, "mip")
    if section.projection in ("mip", "minip"):
        return Flat(axis, *middle_planes(level, lay, section.thickness), section.projection)
    first, last, weights = _covered_planes(level, lay, section.thickness)
    if section.projection == "mean":
        return Flat(axis, first, last, "mean", weights)
    transfer = channel.transfer
    unit = transfer.unit_distance / level.spacing[axis]
    return Flat(axis, first, last, "sum", weights, transfer.window[0], unit)
