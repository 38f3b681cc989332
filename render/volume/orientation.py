"""Direction cosines of medical files: turned into flips and swaps of axes where they are that, kept where not; pure.

A file's index axes (i, j, k) may run along the world's axes in any order and backwards: that is undone on the array,
without loss, so that array axes (z, y, x) run along world axes. What remains is a rotation, small or oblique.
"""

from dataclasses import dataclass
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from render.geometry import Vec3
from render.volume.info import STRAIGHT, Direction

TOLERANCE = 1e-3
"""Cosines this close to 0 or 1 are: over 500 voxels that is half a voxel."""


@dataclass(frozen=True, slots=True)
class Straightened:
    """What to do to an array, and where it then is.

    Index axis `order[w]` of the file runs along world axis w (0 is x), backwards where `flipped[w]`; after undoing
    both, the voxel (i, j, k) is at origin + direction @ (spacing * (i, j, k)), all in the order x, y, z. Of a `sheared`
    file, whose index axes are not perpendicular, `direction` is the nearest rotation.
    """

    order: tuple[int, int, int]
    flipped: tuple[bool, bool, bool]
    spacing: Vec3
    origin: Vec3
    direction: Direction
    sheared: bool


def straighten(direction: NDArray[np.float64], spacing: Vec3, origin: Vec3, size: tuple[int, int, int]) -> Straightened:
    """The order and flips that bring the axes of a (3, 3) `direction` nearest to the world's.

    Columns of `direction` are unit vectors of the index axes; `spacing` and `size` are by index axis (i, j, k).
    """
    order = max(permutations(range(3)), key=lambda axes: sum(abs(direction[w, axes[w]]) for w in range(3)))
    flipped = [bool(direction[w, order[w]] < 0) for w in range(3)]
    signs = np.where(flipped, -1.0, 1.0)
    turned = direction[:, list(order)] * signs
    u, _, vt = np.linalg.svd(turned)
    sheared = bool(np.abs(u @ vt - turned).max() > TOLERANCE)
    turned = u @ vt
    if np.linalg.det(turned) < 0:
        # What is left has to be a rotation, or pictures would be mirrored: the axis that is least along its own is read
        # the other way.
        least = int(np.argmin(np.diag(turned)))
        flipped[least], turned[:, least] = not flipped[least], -turned[:, least]
    steps = np.array([spacing[axis] for axis in order])
    # A flipped axis starts at what was its last voxel.
    last = np.array(
        [(size[axis] - 1) * spacing[axis] if flip else 0.0 for axis, flip in zip(order, flipped, strict=True)]
    )
    start = np.array(origin) - turned @ last
    straight = np.abs(turned - np.eye(3)).max() <= TOLERANCE
    return Straightened(
        (order[0], order[1], order[2]),
        (flipped[0], flipped[1], flipped[2]),
        _vector(steps),
        _vector(start),
        STRAIGHT if straight else (_vector(turned[0]), _vector(turned[1]), _vector(turned[2])),
        sheared,
    )


def turned_direction(turn: NDArray[np.float64], roles: str) -> Direction:
    """A rotation over the axes `roles` ("czyx", "xyz") as one of the world; axes of space that are not there stay."""
    matrix = np.eye(3)
    known = [(w, roles.find(letter)) for w, letter in enumerate("xyz") if letter in roles]
    for row, i in known:
        for column, j in known:
            matrix[row, column] = turn[i, j]
    return (_vector(matrix[0]), _vector(matrix[1]), _vector(matrix[2]))


def _vector(values: NDArray[np.float64]) -> Vec3:
    return (float(values[0]), float(values[1]), float(values[2]))
