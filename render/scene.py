"""What a picture shows: frozen values that are domain type, JSON and cache key at once.

Nothing here has a default that only a volume could supply (a window, a camera): `render.intent` fills those in from
what the user said and what the volume is. A `View` decides every pixel; a `Quality` decides how much work that gets.
Decoding is strict: an unknown key or a wrong value is an error that says where.
"""

import math
from typing import Literal

import msgspec

from render.colormap import Stop, color_stops
from render.errors import BadRequest
from render.geometry import Vec3, cross, length, normalize, subtract

MAX_SIDE = 16384
MAX_PIXELS = 2**26
MAX_CHANNELS = 4

LARGEST, NARROWEST = 1e38, 1e-37
"""Bounds of a window's ends and width: renderers count in float32, where what is beyond is infinite or nothing."""

AMBIENT, DIFFUSE, SPECULAR, SHININESS = 0.25, 0.75, 0.25, 16
"""What `DVR.shaded` means: Blinn-Phong with a lamp at the eye."""

Axis = Literal["x", "y", "z"]


class Value(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A frozen value that refuses unknown keys."""


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


class TransferFunction(Value, frozen=True):
    """From a voxel's value to colour and opacity (post-classification, piecewise linear, clamped outside the window).

    x = clamp((value - low) / (high - low)) ** gamma (1 - x where `inverted`); colour is `colormap` at x; opacity is
    the curve `opacity` at x, per `unit_distance` of world length: a sample of length h has 1 - (1 - a) ** (h / unit).
    `colormap` is a name (a CSS colour means black to that colour, else a map of `cmap`) or stops (x, r, g, b).
    `opacity` is points (x, a) with x rising in 0..1; it acts in DVR only.
    """

    window: tuple[float, float]
    unit_distance: float
    colormap: str | tuple[Stop, ...] = "white"
    opacity: tuple[tuple[float, float], ...] = ((0.0, 0.0), (1.0, 1.0))
    gamma: float = 1.0
    inverted: bool = False

    def __post_init__(self) -> None:
        low, high = self.window
        if not (math.isfinite(low) and math.isfinite(high) and low < high):
            raise BadRequest(f"window {low} to {high}: must be two finite numbers, the lower first")
        if not is_drawable(low, high):
            raise BadRequest(
                f"window {low} to {high}: numbers may be up to {LARGEST:g}, and must be {NARROWEST:g} apart at least"
            )
        if not (math.isfinite(self.unit_distance) and self.unit_distance > 0):
            raise BadRequest(f"unit_distance {self.unit_distance}: must be a positive length")
        if not 0.01 <= self.gamma <= 100:
            raise BadRequest(f"gamma {self.gamma}: must be 0.01 to 100")
        _check_points("opacity", self.opacity)
        if isinstance(self.colormap, str):
            color_stops(self.colormap)
        else:
            _check_points("colormap", self.colormap)


class Channel(Value, frozen=True):
    """One channel of the volume and how it looks."""

    index: int
    transfer: TransferFunction
    visible: bool = True


class DVR(Value, frozen=True, tag="dvr"):
    """Direct volume rendering: emission and absorption, front to back; `shaded` lights it by its gradient."""

    shaded: bool = True


class MIP(Value, frozen=True, tag="mip"):
    """Maximum intensity projection: each channel's largest value on the ray, then its colour; channels add up."""


class Slice(Value, frozen=True, tag="slice"):
    """The plane across `axis` at the world coordinate `position`, seen by the same camera; channels add up."""

    axis: Axis = "z"
    position: float = 0.0

    def __post_init__(self) -> None:
        if not math.isfinite(self.position):
            raise BadRequest(f"slice position {self.position}: must be finite")


class View(Value, frozen=True):
    """All that decides the pixels of a picture. Round-trips through JSON; equal views are equal pictures.

    `volume` is a served name; `time` an index; `background` straight RGBA in 0..1; `size` (width, height) in pixels.
    """

    volume: str
    camera: Camera
    channels: tuple[Channel, ...]
    mode: DVR | MIP | Slice = DVR()
    time: int = 0
    background: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 1.0)
    size: tuple[int, int] = (1024, 1024)

    def __post_init__(self) -> None:
        check_size(self.size)
        if not all(0 <= x <= 1 for x in self.background):
            raise BadRequest(f"background {self.background}: red, green, blue, alpha must be 0 to 1")
        if self.time < 0:
            raise BadRequest(f"time {self.time}: must be 0 or more")
        indices = [channel.index for channel in self.channels]
        if len(set(indices)) < len(indices):
            raise BadRequest(f"channels {indices}: an index appears twice")
        if len(self.visible_channels) > MAX_CHANNELS:
            raise BadRequest(f"{len(self.visible_channels)} channels are visible: at most {MAX_CHANNELS} at once")

    @property
    def visible_channels(self) -> tuple[Channel, ...]:
        return tuple(channel for channel in self.channels if channel.visible)


class Quality(Value, frozen=True):
    """How much work a picture gets, a rung of the ladder from draft to final.

    `level` is the pyramid level drawn (0 is the finest); `step` the sampling distance in voxels of that level's
    smallest spacing; `scale` the share of the view's width and height that is drawn.
    """

    level: int = 0
    step: float = 1.0
    scale: float = 1.0

    def drawn_size(self, size: tuple[int, int]) -> tuple[int, int]:
        """(width, height) in pixels that a view of `size` is drawn at."""
        return (max(1, round(size[0] * self.scale)), max(1, round(size[1] * self.scale)))


def encode_view(view: View) -> bytes:
    """`view` as indented JSON."""
    return msgspec.json.format(msgspec.json.encode(view), indent=2)


def decode_view(text: bytes | str) -> View:
    """A View from JSON. BadRequest says where the text is wrong, such as "Invalid value 'fancy' - at `$.mode.type`"."""
    try:
        return msgspec.json.decode(text, type=View)
    except msgspec.DecodeError as error:
        raise BadRequest(f"view: {error}") from error


def is_drawable(low: float, high: float) -> bool:
    """Whether a renderer can tell the ends of this window apart."""
    return low >= -LARGEST and high <= LARGEST and high - low >= NARROWEST


def check_size(size: tuple[int, int]) -> None:
    """BadRequest for a picture of no pixels, or of too many."""
    width, height = size
    if not (1 <= width <= MAX_SIDE and 1 <= height <= MAX_SIDE and width * height <= MAX_PIXELS):
        raise BadRequest(f"size {width} x {height}: each side must be 1 to {MAX_SIDE}, all pixels at most {MAX_PIXELS}")


def _check_points(name: str, points: tuple[tuple[float, ...], ...]) -> None:
    xs = [point[0] for point in points]
    if not points or xs != sorted(xs) or not all(0 <= value <= 1 for point in points for value in point):
        raise BadRequest(f"{name} {points}: needs points with x rising, all numbers 0 to 1")
