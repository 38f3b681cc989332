"""From what a user says of a picture (a mode, an angle, a channel in green) to the View that shows it; pure.

The command line, the HTTP query and the Python interface all end in an `Intent`; `resolve` turns it into a View with
what only the volume knows: the window of each channel, the camera that has the whole volume in frame.
"""

import math
import re
from collections.abc import Callable
from typing import Literal

import msgspec

from render.colormap import PALETTE, color_stops, parse_color
from render.errors import BadRequest
from render.geometry import Box, Vec3, add, cross, dot, rotate, scale, subtract
from render.scene import (
    DVR,
    MAX_CHANNELS,
    MIP,
    Axis,
    Camera,
    Channel,
    Orthographic,
    Perspective,
    Slice,
    TransferFunction,
    Value,
    View,
    check_size,
)
from render.volume.info import VolumeInfo, Window
from render.volume.stats import Statistics

ARRAY_AXES: tuple[Axis, ...] = ("z", "y", "x")

MARGIN = 1.08
"""The picture is this much larger than the volume in it."""

FLAT = 0.5
"""A volume whose depth is less than this share of its smaller side is a stack of images, seen from its face."""

DEPTHS = 32
"""Opacity is given for this share of the volume's smallest side: a voxel of opacity 1 is a wall, one of 0.1 a veil."""

SOLID = ((0.0, 0.0), (1.0, 1.0))
"""The opacity curve of grey channels (EM, CT, MR), which fill space: surfaces are seen."""

CLEAR = tuple((i / 8, (i / 8) ** 3) for i in range(9))
"""The opacity curve of coloured channels (fluorescence), sparse in a haze: what is bright is seen through it."""

ANATOMICAL_UNITS = ("millimeter", "centimeter", "meter")


class ChannelIntent(Value, frozen=True):
    """A channel to show; no colour or window means what the metadata or the data say."""

    index: int
    color: str | None = None
    window: Window | None = None


class Intent(Value, frozen=True):
    """What a user says of a picture; every default gives a good picture.

    `mode` "auto" is a slice where an axis or position is said, a slice across its thin axis for an image of one plane,
    and DVR for everything else.
    `azimuth` turns the camera around the volume's up axis, to the right; `elevation` raises it; degrees. `zoom` 2 shows
    things twice as large. `channels` empty: those that the metadata call active. `position` is where a slice cuts
    `axis`, in world units; None: the middle of the volume. In slice mode the camera faces the plane.
    """

    mode: Literal["auto", "dvr", "mip", "slice"] = "auto"
    size: tuple[int, int] = (1024, 1024)
    azimuth: float = 30.0
    elevation: float = 20.0
    zoom: float = 1.0
    channels: tuple[ChannelIntent, ...] = ()
    time: int = 0
    axis: Axis = "z"
    position: float | None = None
    background: str = "black"
    shaded: bool = True

    def __post_init__(self) -> None:
        check_size(self.size)


def parse_channel(text: str) -> ChannelIntent:
    """INDEX[:COLOUR][:LOW-HIGH], such as "0", "1:magenta", "0:green:100-3500", "0::-200-600". BadRequest otherwise."""
    number = r"-?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?"
    match = re.fullmatch(rf"(\d+)(?::([^:]*))?(?::({number})-({number}))?", text.strip())
    if match is None:
        raise BadRequest(f"channel {text!r}: write INDEX[:COLOUR][:LOW-HIGH], such as 0:green:100-3500")
    index, color, low, high = match.groups()
    return ChannelIntent(int(index), color or None, None if low is None else (float(low), float(high)))


def resolve(intent: Intent, info: VolumeInfo, statistics: Callable[[int, int], Statistics]) -> View:
    """The View that `intent` means for a volume; `statistics(channel, time)` is asked only where a window is needed.

    NotFound for a channel or time that the volume has not; BadRequest for values out of range.
    """
    info.check(time=intent.time)
    intent = _with_mode(intent, info)
    red, green, blue, alpha = parse_color(intent.background)
    mode: DVR | MIP | Slice
    if intent.mode == "slice":
        middle = info.box.center["xyz".index(intent.axis)]
        position = middle if intent.position is None else intent.position
        info.check_position(intent.axis, position)
        mode = Slice(intent.axis, position)
        camera = face_plane(info.box, intent.axis, intent.size, intent.zoom)
    else:
        mode = MIP() if intent.mode == "mip" else DVR(intent.shaded)
        camera = orbit(info, intent.size, intent.azimuth, intent.elevation, intent.zoom)
    return View(
        volume=info.name,
        camera=camera,
        channels=_channels(intent, info, statistics),
        mode=mode,
        time=intent.time,
        background=(red, green, blue, alpha),
        size=intent.size,
    )


def _with_mode(intent: Intent, info: VolumeInfo) -> Intent:
    """`intent` with the mode that "auto" means for this volume. BadRequest where a plane is said of another mode."""
    plane = intent.position is not None or intent.axis != Intent().axis
    if plane and intent.mode in ("dvr", "mip"):
        raise BadRequest(
            f"axis {intent.axis}, position {intent.position}: a plane is for mode slice, not {intent.mode}"
        )
    if intent.mode != "auto":
        return intent
    if plane:
        return msgspec.structs.replace(intent, mode="slice")
    thin: list[Axis] = [axis for axis, n in zip(ARRAY_AXES, info.levels[0].shape, strict=True) if n == 1]
    if thin:
        return msgspec.structs.replace(intent, mode="slice", axis=thin[0])
    return msgspec.structs.replace(intent, mode="dvr")


def orbit(
    info: VolumeInfo, size: tuple[int, int], azimuth: float = 30.0, elevation: float = 20.0, zoom: float = 1.0
) -> Camera:
    """A perspective camera at these angles with all of the volume's box in frame (at zoom 1)."""
    _check_zoom(zoom)
    if not (math.isfinite(azimuth) and -90 <= elevation <= 90):
        raise BadRequest(f"azimuth {azimuth}, elevation {elevation}: write degrees, the elevation -90 to 90")
    right, up, front = stand(info)
    right = rotate(right, up, azimuth)
    front = rotate(rotate(front, up, azimuth), right, -elevation)
    up = rotate(up, right, -elevation)
    projection = Perspective()
    distance = _fitting_distance(info.box, (right, up, front), projection.fov, size) / zoom
    return Camera(add(info.box.center, scale(front, distance)), info.box.center, up, projection)


def face_plane(box: Box, axis: Axis, size: tuple[int, int], zoom: float = 1.0) -> Camera:
    """An orthographic camera that faces the planes across `axis` with the whole of them in frame.

    z: x to the right, y down, as images are shown; y: x right, z up; x: y right, z up.
    """
    _check_zoom(zoom)
    looks: dict[Axis, tuple[Vec3, Vec3]] = {
        "z": ((0, 0, 1), (0, -1, 0)),
        "y": ((0, 1, 0), (0, 0, 1)),
        "x": ((-1, 0, 0), (0, 0, 1)),
    }
    forward, up = looks[axis]
    right = cross(forward, up)
    across, tall = (abs(dot(box.extent, direction)) for direction in (right, up))
    height = max(tall, across * size[1] / size[0]) * MARGIN / zoom
    position = subtract(box.center, scale(forward, box.diagonal))
    return Camera(position, box.center, up, Orthographic(height))


def stand(info: VolumeInfo) -> tuple[Vec3, Vec3, Vec3]:
    """The volume's own right, up and front (towards the camera at azimuth and elevation 0).

    A body, or what is measured in millimetres, stands on its z axis and is looked at along +y, which is from its front
    where the file says how it lies. Everything else is seen as its images are shown: x right, y down, z away.
    """
    across, down, depth = info.box.extent
    if (info.anatomical or info.unit in ANATOMICAL_UNITS) and depth >= FLAT * min(across, down):
        return ((1, 0, 0), (0, 0, 1), (0, -1, 0))
    return ((1, 0, 0), (0, -1, 0), (0, 0, -1))


def _fitting_distance(box: Box, frame: tuple[Vec3, Vec3, Vec3], fov: float, size: tuple[int, int]) -> float:
    """The least distance from the centre at which every corner is inside the picture's pyramid."""
    right, up, front = frame
    tall = math.tan(math.radians(fov) / 2) / MARGIN
    wide = tall * size[0] / size[1]
    offsets = [subtract(corner, box.center) for corner in box.corners]
    return max(
        dot(offset, front) + max(abs(dot(offset, right)) / wide, abs(dot(offset, up)) / tall) for offset in offsets
    )


def _channels(intent: Intent, info: VolumeInfo, statistics: Callable[[int, int], Statistics]) -> tuple[Channel, ...]:
    """Every channel of the volume; visible are those asked for, or else the active ones, `MAX_CHANNELS` at most."""
    asked = {channel.index: channel for channel in intent.channels}
    for index in asked:
        info.check(channel=index)
    active = [i for i, channel in enumerate(info.channels) if channel.active] or [0]
    visible = set(asked or active[:MAX_CHANNELS])
    return tuple(
        Channel(
            index,
            _transfer(asked.get(index, ChannelIntent(index)), info, lambda index: statistics(index, intent.time)),
            visible=index in visible,
        )
        for index in range(len(info.channels))
    )


def _transfer(asked: ChannelIntent, info: VolumeInfo, statistics: Callable[[int], Statistics]) -> TransferFunction:
    channel = info.channels[asked.index]
    several = len(info.channels) > 1
    color = asked.color or channel.color or (PALETTE[asked.index % len(PALETTE)] if several else "white")
    return TransferFunction(
        window=asked.window or channel.window or statistics(asked.index).window,
        unit_distance=min(info.box.extent) / DEPTHS,
        colormap=color,
        opacity=SOLID if _is_grey(color) else CLEAR,
        inverted=channel.inverted,
    )


def _is_grey(colormap: str) -> bool:
    return all(red == green == blue for _, red, green, blue in color_stops(colormap))


def _check_zoom(zoom: float) -> None:
    if not 0.001 <= zoom <= 1000:
        raise BadRequest(f"zoom {zoom}: must be 0.001 to 1000")
