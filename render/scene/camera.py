"""Where a picture is taken from."""

import math

from render.errors import BadRequest
from render.geometry import Vec3, cross, length, normalize, subtract
from render.scene.value import Value


class Perspective(Value, frozen=True, tag="perspective"):
    """A pinhole; `fov` is the full vertical angle of the whole picture, in degrees, 1 to 170."""

    fov: float = 30.0

    def __post_init__(self) -> None:
        if not 1 <= self.fov <= 170:
            raise BadRequest(f"fov {self.fov}: must be 1 to 170 degrees")


class Orthographic(Value, frozen=True, tag="orthographic"):
    """Parallel rays; `height` is the full height of the whole picture in world units."""

    height: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.height) and self.height > 0):
            raise BadRequest(f"height {self.height}: must be a positive number")


class Camera(Value, frozen=True):
    """Where the picture is taken from. Right-handed: image right is forward x up; row 0 is on top.

    `region` is the part of the whole picture that is drawn, (left, top, right, bottom) in 0..1 with (0, 0) at the top
    left: stitched regions equal the whole picture, so tiling is a property of the camera (OSPRay's imageStart/End).
    """

    position: Vec3
    target: Vec3
    up: Vec3
    projection: Perspective | Orthographic = Perspective()
    region: tuple[float, float, float, float] = (0.0, 0.0, 1.0, 1.0)

    def __post_init__(self) -> None:
        if not all(math.isfinite(x) for x in (*self.position, *self.target, *self.up)):
            raise BadRequest(f"camera: position {self.position}, target {self.target}, up {self.up} must be finite")
        forward = subtract(self.target, self.position)
        if length(forward) == 0:
            raise BadRequest(f"camera: position and target are both {self.position}")
        if length(self.up) == 0 or length(cross(normalize(forward), normalize(self.up))) < 1e-6:
            raise BadRequest(f"camera: up {self.up} is zero or lies along the line of sight {forward}")
        left, top, right, bottom = self.region
        if not (0 <= left < right <= 1 and 0 <= top < bottom <= 1):
            raise BadRequest(f"camera: region {self.region} must be left < right, top < bottom in 0..1")

    @property
    def forward(self) -> Vec3:
        return normalize(subtract(self.target, self.position))

    @property
    def right(self) -> Vec3:
        return normalize(cross(self.forward, self.up))

    @property
    def true_up(self) -> Vec3:
        """The unit vector of image up: `up` made perpendicular to the line of sight."""
        return cross(self.right, self.forward)

    @property
    def picture_height(self) -> float:
        """World height of the whole picture at the target's depth."""
        if isinstance(self.projection, Perspective):
            distance = length(subtract(self.target, self.position))
            return 2 * distance * math.tan(math.radians(self.projection.fov) / 2)
        return self.projection.height
