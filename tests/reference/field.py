"""A level's voxels as a field in space: trilinear values, their gradients, and the labels that are nearest.

Points are (n, 3) in world x, y, z. Beyond the outer voxel centres the edge value holds. NaN is no value: a point next
to which a voxel of any weight is NaN has none.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from render.volume.info import Level
from tests.reference.rays import Floats

Ids = NDArray[np.uint64]


@dataclass(frozen=True)
class Cells:
    """The trilinear cells around n points: values (8, n) of the corners in the order of np.ndindex(2, 2, 2) over
    z, y, x, and `share` (n, 3) of the upper corner along z, y, x."""

    corners: Floats
    share: Floats

    def value(self) -> Floats:
        """(n,) interpolated: along x, then y, then z."""
        values = list(self.corners)
        for axis in (2, 1, 0):
            share = self.share[:, axis]
            values = [
                np.where(share == 0, lower, np.where(share == 1, upper, lower + share * (upper - lower)))
                for lower, upper in zip(values[::2], values[1::2], strict=True)
            ]
        return values[0]

    def slopes(self) -> Floats:
        """(n, 3) derivatives of the interpolation along x, y, z per voxel; 0 where a corner has no value."""
        slopes = np.zeros((3, len(self.share)))
        for corner, values in zip(np.ndindex(2, 2, 2), self.corners, strict=True):
            for axis in range(3):
                weight = np.prod([self._weight(other, corner[other]) for other in range(3) if other != axis], axis=0)
                slopes[2 - axis] += (2 * corner[axis] - 1) * weight * values
        return np.nan_to_num(slopes.T)

    def _weight(self, axis: int, upper: int) -> Floats:
        return self.share[:, axis] if upper else 1 - self.share[:, axis]


def cells(voxels: NDArray[np.generic], level: Level, points: Floats) -> Cells:
    """The cells of a (z, y, x) array around world points."""
    zyx = np.clip(voxel_positions(level, points), 0, np.array(level.shape) - 1)
    lower = np.minimum(np.floor(zyx).astype(int), np.maximum(np.array(level.shape) - 2, 0))
    upper = np.minimum(lower + 1, np.array(level.shape) - 1)
    corners = [
        voxels[tuple(np.where(corner[axis], upper[:, axis], lower[:, axis]) for axis in range(3))]
        for corner in np.ndindex(2, 2, 2)
    ]
    return Cells(np.stack(corners), zyx - lower)


def voxel_positions(level: Level, points: Floats) -> Floats:
    """(n, 3) in voxels along z, y, x, 0 at the centre of the first."""
    return (points[:, ::-1] - np.array(level.origin)) / np.array(level.spacing)


def sample(voxels: Floats, level: Level, points: Floats) -> Floats:
    """Trilinear values (n,) of a (z, y, x) array."""
    return cells(voxels, level, points).value()


def analytic_gradient(voxels: Floats, level: Level, points: Floats) -> Floats:
    """(n, 3) per world length along x, y, z: the derivative of the trilinear cell, also beyond the outer centres."""
    return cells(voxels, level, points).slopes() / np.array(level.spacing[::-1])


def central_gradient(voxels: Floats, level: Level, points: Floats) -> Floats:
    """(n, 3) per world length along x, y, z: half the difference of the values one voxel on either side."""
    slopes = []
    for axis in range(3):
        voxel = np.eye(3)[axis] * level.spacing[2 - axis]
        difference = sample(voxels, level, points + voxel) - sample(voxels, level, points - voxel)
        slopes.append(difference / 2 / level.spacing[2 - axis])
    return np.nan_to_num(np.stack(slopes, axis=1))


def nearest(ids: Ids, level: Level, points: Floats) -> Ids:
    """The ids (n,) of the voxels in which points are."""
    index = np.floor(voxel_positions(level, points) + 0.5).astype(int)
    inside = np.clip(index, 0, np.array(level.shape) - 1)
    return ids[tuple(inside.T)]


def label_gradient(ids: Ids, level: Level, points: Floats) -> Floats:
    """(n, 3) per world length: the gradient of the interpolation of 1 where a voxel has the id at the point, else 0."""
    around = cells(ids, level, points)
    same = around.corners == nearest(ids, level, points)
    return Cells(same.astype(np.float64), around.share).slopes() / np.array(level.spacing[::-1])


def outlines(ids: Ids, axes: tuple[int, ...]) -> NDArray[np.bool_]:
    """(z, y, x): which voxels have a neighbour with another id along one of `axes` (0 is z)."""
    found = np.zeros(ids.shape, bool)
    for axis in axes:
        lines = np.moveaxis(ids, axis, 0)
        edge = np.moveaxis(found, axis, 0)
        differs = lines[1:] != lines[:-1]
        edge[1:] |= differs
        edge[:-1] |= differs
    return found
