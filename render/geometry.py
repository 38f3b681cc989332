"""World space and array space; the one place where array order (z, y, x) becomes world order (x, y, z).

A voxel's value sits at its centre: voxel (0, 0, 0) at `origin`, and the volume's box ("cells") reaches half a voxel
beyond the outer centres: [origin - spacing/2, origin + (n - 1/2) * spacing] (NGFF 0.6, "Coordinate convention").
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

Vec3 = tuple[float, float, float]
"""World coordinates or a world direction, (x, y, z), in the volume's length unit."""

Shape3 = tuple[int, int, int]
"""An array shape or index, (z, y, x)."""

Spacing3 = tuple[float, float, float]
"""Spacing or origin along the array's axes, (z, y, x), in the volume's length unit."""


def to_world(zyx: tuple[float, float, float]) -> Vec3:
    """(z, y, x) -> (x, y, z)."""
    return (float(zyx[2]), float(zyx[1]), float(zyx[0]))


@dataclass(frozen=True, slots=True)
class Box:
    """An axis-aligned box in world space, from `lower` to `upper`, (x, y, z)."""

    lower: Vec3
    upper: Vec3

    @property
    def center(self) -> Vec3:
        return scale(add(self.lower, self.upper), 0.5)

    @property
    def extent(self) -> Vec3:
        return subtract(self.upper, self.lower)

    @property
    def diagonal(self) -> float:
        return length(self.extent)

    @property
    def corners(self) -> list[Vec3]:
        xs, ys, zs = zip(self.lower, self.upper, strict=True)
        return list(product(xs, ys, zs))


def cells_box(shape: Shape3, spacing: Spacing3, origin: Spacing3) -> Box:
    """The world box of all voxels' cells, half a voxel beyond the outer centres."""
    lower = tuple(o - s / 2 for o, s in zip(origin, spacing, strict=True))
    upper = tuple(o + (n - 0.5) * s for n, s, o in zip(shape, spacing, origin, strict=True))
    return Box(to_world(lower), to_world(upper))  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Pose:
    """A rotation of a volume about `pivot`: between the world and the frame in which the array's axes are straight.

    `rows` are those of the rotation's matrix, in the order x, y, z: world = pivot + rows @ (straight - pivot).
    """

    rows: tuple[Vec3, Vec3, Vec3]
    pivot: Vec3

    def to_world(self, point: Vec3) -> Vec3:
        """A point of the straight frame in the world."""
        x, y, z = (dot(row, subtract(point, self.pivot)) for row in self.rows)
        return add(self.pivot, (x, y, z))

    def to_straight(self, point: Vec3) -> Vec3:
        """A point of the world in the straight frame."""
        return add(self.pivot, self.straightened(subtract(point, self.pivot)))

    def straightened(self, direction: Vec3) -> Vec3:
        """A direction of the world in the straight frame."""
        x, y, z = (dot(column, direction) for column in zip(*self.rows, strict=True))
        return (x, y, z)


def bounds_of(points: Sequence[Vec3]) -> Box:
    """The smallest box that holds all of `points`."""
    xs, ys, zs = zip(*points, strict=True)
    return Box((min(xs), min(ys), min(zs)), (max(xs), max(ys), max(zs)))


def add(a: Vec3, b: Vec3) -> Vec3:
    return (a[0] + b[0], a[1] + b[1], a[2] + b[2])


def subtract(a: Vec3, b: Vec3) -> Vec3:
    return (a[0] - b[0], a[1] - b[1], a[2] - b[2])


def scale(a: Vec3, factor: float) -> Vec3:
    return (a[0] * factor, a[1] * factor, a[2] * factor)


def dot(a: Vec3, b: Vec3) -> float:
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def cross(a: Vec3, b: Vec3) -> Vec3:
    return (a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0])


def length(a: Vec3) -> float:
    return math.sqrt(dot(a, a))


def normalize(a: Vec3) -> Vec3:
    """`a` with length 1; ZeroDivisionError for the zero vector, which `Camera` refuses."""
    return scale(a, 1 / length(a))


def rotate(a: Vec3, axis: Vec3, degrees: float) -> Vec3:
    """`a` turned around the unit vector `axis` by the right-hand rule (Rodrigues' formula)."""
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    turned = add(scale(a, cosine), scale(cross(axis, a), sine))
    return add(turned, scale(axis, dot(axis, a) * (1 - cosine)))
