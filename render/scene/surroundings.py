"""What is around the channels of a volume in a picture: labels, clipping, light, and lines that explain it."""

import math
from typing import Literal

from render.errors import BadRequest
from render.geometry import Vec3
from render.scene.value import RGB, Value, check_count, check_direction, check_point, check_share

MAX_LABELS = 4
MAX_CLIP_PLANES = 6
MAX_LIGHTS = 4
MAX_IDS = 4096
LARGEST_ID = 2**64 - 1


class Labels(Value, frozen=True):
    """A label image of the volume: ids in their own colours, nearest neighbour, 0 is nothing.

    `opacity` is per `unit_distance` of world length, as a channel's; in slices it is that of the colour over the
    plane. `ids` are those that are drawn; empty means all. `outline` draws only voxels that touch another id (in a
    slice: within its plane).
    """

    name: str
    unit_distance: float
    opacity: float = 0.5
    ids: tuple[int, ...] = ()
    outline: bool = False

    def __post_init__(self) -> None:
        if not (math.isfinite(self.unit_distance) and self.unit_distance > 0):
            raise BadRequest(f"unit_distance {self.unit_distance}: must be a positive length")
        check_share("labels opacity", self.opacity)
        check_count("ids", self.ids, MAX_IDS)
        if not all(0 <= label <= LARGEST_ID for label in self.ids):
            raise BadRequest(f"ids {min(self.ids)} to {max(self.ids)}: must be 0 to {LARGEST_ID}")


class ClipPlane(Value, frozen=True):
    """Keeps what lies on the side of `point` into which `normal` points."""

    point: Vec3
    normal: Vec3

    def __post_init__(self) -> None:
        check_point("clip point", self.point)
        check_direction("clip normal", self.normal)


class Clip(Value, frozen=True):
    """The part of the world that is drawn: within `box`, (lower, upper) corners, and on the kept side of all `planes`.

    It removes samples and changes nothing else: cut faces show the volume.
    """

    box: tuple[Vec3, Vec3] | None = None
    planes: tuple[ClipPlane, ...] = ()

    def __post_init__(self) -> None:
        check_count("clip planes", self.planes, MAX_CLIP_PLANES)
        if self.box is not None:
            lower, upper = self.box
            check_point("clip box", lower)
            check_point("clip box", upper)
            if not all(a < b for a, b in zip(lower, upper, strict=True)):
                raise BadRequest(f"clip box {lower} to {upper}: each lower number must be less than the upper one")


class Headlight(Value, frozen=True, tag="headlight"):
    """A light at the eye."""

    intensity: float = 1.0
    color: RGB = (1.0, 1.0, 1.0)

    def __post_init__(self) -> None:
        _check_light(self.intensity, self.color)


class DirectionalLight(Value, frozen=True, tag="directional"):
    """A light infinitely far away; `direction` is the world direction in which it shines (ANARI)."""

    direction: Vec3
    intensity: float = 1.0
    color: RGB = (1.0, 1.0, 1.0)

    def __post_init__(self) -> None:
        check_direction("light direction", self.direction)
        _check_light(self.intensity, self.color)


Light = Headlight | DirectionalLight


class Shading(Value, frozen=True):
    """How matter answers to light (Blinn-Phong), where a mode is shaded.

    A sample's colour c becomes c * (ambient + sum of diffuse * max(n.l, 0) * light) + sum of specular * (n.h)^shininess
    * light, n being the normalised gradient turned to the eye. A gradient that crosses the share `floor` of the window
    over the smallest voxel side is half lit, and weaker ones less: noise would glitter. `gradient` is that of the
    trilinear cell, or `central` differences over two voxels, smoother and slower. `depth_cue` 0..1 darkens what is far:
    at the far end of the volume's box that share of the light is gone.
    """

    ambient: float = 0.25
    diffuse: float = 0.75
    specular: float = 0.25
    shininess: float = 16.0
    floor: float = 0.05
    gradient: Literal["analytic", "central"] = "analytic"
    depth_cue: float = 0.0

    def __post_init__(self) -> None:
        check_share("ambient", self.ambient)
        check_share("diffuse", self.diffuse)
        check_share("specular", self.specular)
        check_share("floor", self.floor)
        check_share("depth_cue", self.depth_cue)
        if not 1 <= self.shininess <= 128:
            raise BadRequest(f"shininess {self.shininess}: must be 1 to 128")


class Annotations(Value, frozen=True):
    """Lines drawn with the volume: its box, its axes (x red, y green, z blue), and the length of a bar on the picture.

    `color` is that of the box and the bar, `width` that of lines in pixels.
    """

    bounding_box: bool = False
    axes: bool = False
    scale_bar: bool = False
    color: RGB = (1.0, 1.0, 1.0)
    width: float = 1.5

    def __post_init__(self) -> None:
        check_share("annotations color", *self.color)
        if not 0.5 <= self.width <= 16:
            raise BadRequest(f"annotations width {self.width}: must be 0.5 to 16 pixels")


def _check_light(intensity: float, color: RGB) -> None:
    check_share("light color", *color)
    if not 0 <= intensity <= 10:
        raise BadRequest(f"light intensity {intensity}: must be 0 to 10")
