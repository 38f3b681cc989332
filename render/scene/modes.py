"""What is done with the values along a ray."""

import math
from typing import Literal

from render.errors import BadRequest
from render.geometry import Vec3, normalize
from render.scene.transfer import LARGEST
from render.scene.value import RGB, Value, check_count, check_direction, check_point, check_share

MAX_ISOSURFACES = 32
MAX_PLANES = 8

Axis = Literal["x", "y", "z"]
Projection = Literal["mip", "minip", "mean", "sum"]


class MIP(Value, frozen=True, tag="mip"):
    """Maximum intensity projection: each channel's largest value on the ray, then its colour; channels add up."""


class MinIP(Value, frozen=True, tag="minip"):
    """Minimum intensity projection: each channel's smallest value on the ray, then its colour; channels add up."""


class Mean(Value, frozen=True, tag="mean"):
    """Each channel's mean value on the ray, then its colour; channels add up."""


class Sum(Value, frozen=True, tag="sum"):
    """low + the integral of max(value - low, 0) over the ray, in unit distances, then its colour; channels add up.

    `low` is the lower end of the channel's window and the length is counted in its `unit_distance`.
    """


class Slice(Value, frozen=True, tag="slice"):
    """The plane across `axis` at the world coordinate `position`, seen by the same camera; channels add up.

    With a `thickness` (world units) what lies within half of it on either side is combined along the ray.
    """

    axis: Axis = "z"
    position: float = 0.0
    thickness: float = 0.0
    projection: Projection = "mip"

    def __post_init__(self) -> None:
        if not math.isfinite(self.position):
            raise BadRequest(f"slice position {self.position}: must be finite")
        _check_thickness(self.thickness)

    @property
    def point(self) -> Vec3:
        x, y, z = self.normal
        return (x * self.position, y * self.position, z * self.position)

    @property
    def normal(self) -> Vec3:
        return (float(self.axis == "x"), float(self.axis == "y"), float(self.axis == "z"))


class Oblique(Value, frozen=True, tag="oblique"):
    """The plane through `point` across `normal`, a world direction of any length; else as a `Slice`."""

    point: Vec3
    normal: Vec3
    thickness: float = 0.0
    projection: Projection = "mip"

    def __post_init__(self) -> None:
        check_point("oblique point", self.point)
        check_direction("oblique normal", self.normal)
        _check_thickness(self.thickness)


Plane = Slice | Oblique


class Isosurface(Value, frozen=True):
    """Where a channel's value is `value`; lit where the mode is shaded.

    `color` None is the channel's colour at that value. `channel` must be a visible one. `opacity` is that of the
    surface itself, whatever angle it is seen at.
    """

    value: float
    channel: int = 0
    color: RGB | None = None
    opacity: float = 1.0

    def __post_init__(self) -> None:
        if not abs(self.value) <= LARGEST:
            raise BadRequest(f"isosurface value {self.value}: must be a number from {-LARGEST:g} to {LARGEST:g}")
        check_share("isosurface opacity", self.opacity)
        if self.color is not None:
            check_share("isosurface color", *self.color)


class DVR(Value, frozen=True, tag="dvr"):
    """Direct volume rendering: emission and absorption, front to back; `shaded` lights it by its gradient.

    `isosurfaces` and `planes` (opaque, unlit) are inside the volume, at their depth.
    """

    shaded: bool = True
    isosurfaces: tuple[Isosurface, ...] = ()
    planes: tuple[Plane, ...] = ()

    def __post_init__(self) -> None:
        _check_surfaces(self.isosurfaces, self.planes)


class Iso(Value, frozen=True, tag="iso"):
    """Isosurfaces, and planes (opaque, unlit) between them, and nothing else.

    Where a clip cuts what a surface encloses (values of the surface's or more) the cut is closed.
    """

    isosurfaces: tuple[Isosurface, ...]
    planes: tuple[Plane, ...] = ()
    shaded: bool = True

    def __post_init__(self) -> None:
        _check_surfaces(self.isosurfaces, self.planes)


Mode = DVR | MIP | MinIP | Mean | Sum | Iso | Slice | Oblique


def unit_normal(plane: Plane) -> Vec3:
    """The plane's normal with length 1."""
    return normalize(plane.normal)


def _check_thickness(thickness: float) -> None:
    if not (math.isfinite(thickness) and thickness >= 0):
        raise BadRequest(f"thickness {thickness}: must be 0 or a positive length")


def _check_surfaces(isosurfaces: tuple[Isosurface, ...], planes: tuple[Plane, ...]) -> None:
    check_count("isosurfaces", isosurfaces, MAX_ISOSURFACES)
    check_count("planes", planes, MAX_PLANES)
    if any(plane.thickness for plane in planes):
        raise BadRequest("a plane inside a volume has no thickness: that is for the modes slice and oblique")
