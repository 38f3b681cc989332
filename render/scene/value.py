"""What every value of a scene is made of, and the checks that several share."""

import math

import msgspec

from render.errors import BadRequest
from render.geometry import Vec3, length

Points = tuple[tuple[float, float], ...]
"""A piecewise linear curve: (x, y) with x rising."""

RGB = tuple[float, float, float]
"""Red, green, blue in 0..1."""


class Value(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A frozen value that refuses unknown keys."""


def check_share(name: str, *numbers: float) -> None:
    """BadRequest for a number that is not 0 to 1."""
    if not all(0 <= number <= 1 for number in numbers):
        raise BadRequest(f"{name} {', '.join(map(str, numbers))}: must be 0 to 1")


def check_direction(name: str, direction: Vec3) -> None:
    """BadRequest for a vector that has no direction."""
    if not all(math.isfinite(x) for x in direction) or length(direction) < 1e-30:
        raise BadRequest(f"{name} {direction}: must be finite numbers, not all 0")


def check_point(name: str, point: Vec3) -> None:
    """BadRequest for a point at infinity."""
    if not all(math.isfinite(x) for x in point):
        raise BadRequest(f"{name} {point}: must be finite numbers")


def check_count(name: str, values: tuple[object, ...], most: int) -> None:
    """BadRequest for more values than are drawn at once."""
    if len(values) > most:
        raise BadRequest(f"{len(values)} {name}: at most {most} at once")
