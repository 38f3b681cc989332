"""Cameras that have all of a volume in frame; pure."""

import math

from render.errors import BadRequest
from render.geometry import Box, Vec3, add, cross, dot, normalize, rotate, scale, subtract
from render.scene import Axis, Camera, Orthographic, Perspective
from render.volume.info import VolumeInfo

MARGIN = 1.08
"""The picture is this much larger than the volume in it."""

FLAT = 0.5
"""A volume whose depth is less than this share of its smaller side is a stack of images, seen from its face."""

ANATOMICAL_UNITS = ("millimeter", "centimeter", "meter")

NORMALS: dict[Axis, Vec3] = {"x": (1.0, 0.0, 0.0), "y": (0.0, 1.0, 0.0), "z": (0.0, 0.0, 1.0)}

LOOKS: dict[Axis, tuple[Vec3, Vec3]] = {
    "x": ((-1, 0, 0), (0, 0, 1)),
    "y": ((0, 1, 0), (0, 0, 1)),
    "z": ((0, 0, 1), (0, -1, 0)),
}
"""Forward and up of a camera that faces planes across an axis."""


def orbit(
    info: VolumeInfo,
    size: tuple[int, int],
    azimuth: float = 30.0,
    elevation: float = 20.0,
    zoom: float = 1.0,
    orthographic: bool = False,
) -> Camera:
    """A camera at these angles with all of the volume's box in frame (at zoom 1)."""
    _check_zoom(zoom)
    if not (math.isfinite(azimuth) and -90 <= elevation <= 90):
        raise BadRequest(f"azimuth {azimuth}, elevation {elevation}: write degrees, the elevation -90 to 90")
    right, up, front = stand(info)
    right = rotate(right, up, azimuth)
    front = rotate(rotate(front, up, azimuth), right, -elevation)
    up = rotate(up, right, -elevation)
    if orthographic:
        return _parallel(info.bounds, scale(front, -1), up, size, zoom)
    projection = Perspective()
    distance = _fitting_distance(info, (right, up, front), projection.fov, size) / zoom
    return Camera(add(info.bounds.center, scale(front, distance)), info.bounds.center, up, projection)


def face_plane(info: VolumeInfo, normal: Vec3, size: tuple[int, int], zoom: float = 1.0) -> Camera:
    """An orthographic camera that faces the planes across `normal` with the whole volume in frame.

    z: x to the right, y down, as images are shown; y: x right, z up; x: y right, z up. Another normal is looked at as
    the axis is to which it is nearest.
    """
    _check_zoom(zoom)
    nearest: Axis = max(NORMALS, key=lambda axis: abs(dot(NORMALS[axis], normal)))
    forward, up = LOOKS[nearest]
    return _parallel(info.bounds, scale(normalize(normal), math.copysign(1.0, dot(forward, normal))), up, size, zoom)


def stand(info: VolumeInfo) -> tuple[Vec3, Vec3, Vec3]:
    """The volume's own right, up and front (towards the camera at azimuth and elevation 0).

    A body, or what is measured in millimetres, stands on its z axis and is looked at along +y, which is from its front
    where the file says how it lies. Everything else is seen as its images are shown: x right, y down, z away.
    """
    across, down, depth = info.bounds.extent
    if (info.anatomical or info.unit in ANATOMICAL_UNITS) and depth >= FLAT * min(across, down):
        return ((1, 0, 0), (0, 0, 1), (0, -1, 0))
    return ((1, 0, 0), (0, -1, 0), (0, 0, -1))


def _parallel(box: Box, forward: Vec3, up: Vec3, size: tuple[int, int], zoom: float) -> Camera:
    """An orthographic camera on the box's middle with all of its corners in frame."""
    right = normalize(cross(forward, up))
    across, tall = (_reach(box, direction) for direction in (right, cross(right, forward)))
    height = max(tall, across * size[1] / size[0]) * MARGIN / zoom
    return Camera(subtract(box.center, scale(forward, box.diagonal)), box.center, up, Orthographic(height))


def _reach(box: Box, direction: Vec3) -> float:
    """The length of the box along a unit vector."""
    return sum(abs(extent * share) for extent, share in zip(box.extent, direction, strict=True))


def _fitting_distance(info: VolumeInfo, frame: tuple[Vec3, Vec3, Vec3], fov: float, size: tuple[int, int]) -> float:
    """The least distance from the centre at which every corner is inside the picture's pyramid."""
    right, up, front = frame
    tall = math.tan(math.radians(fov) / 2) / MARGIN
    wide = tall * size[0] / size[1]
    offsets = [subtract(corner, info.bounds.center) for corner in info.corners]
    return max(
        dot(offset, front) + max(abs(dot(offset, right)) / wide, abs(dot(offset, up)) / tall) for offset in offsets
    )


def _check_zoom(zoom: float) -> None:
    if not 0.001 <= zoom <= 1000:
        raise BadRequest(f"zoom {zoom}: must be 0.001 to 1000")
