"""Section: all that decides the pixels of a plane's picture, whichever part of it is shown and in which protocol; pure.

Planes lie in the volume's straight frame, in which the array's axes run along x, y and z: a plane across an axis is one
of the array, as it lies in memory, however the volume is turned in the world.
"""

import math
from collections.abc import Callable

from msgspec.structs import replace

from render.errors import BadRequest
from render.geometry import Vec3, add, cross, dot, length, normalize, scale, to_world
from render.intent import ChannelIntent, Intent, LabelsIntent, make_labels, make_visible
from render.scene import MAX_CHANNELS, Axis, Channel, Labels, Projection, Value
from render.volume.info import VolumeInfo
from render.volume.stats import Statistics
from tiles.pyramid import Pyramid

SQUARE = 1e-3
"""The cosine of the angle between the sides of an oblique plane may be this far from 0."""

MAX_PICTURE = 2**31 - 1
"""Pixels along a side of a plane's finest picture: coordinates in URLs and documents are of 32 bits."""


class Plane(Value, frozen=True):
    """A rectangle in the straight frame of a volume, shown as a picture.

    `corner` is the world point at the picture's top left, `right` and `down` are unit vectors along its rows and
    columns, `extent` its (width, height) and `pixel` the side of its finest pixels, in world units.
    """

    corner: Vec3
    right: Vec3
    down: Vec3
    extent: tuple[float, float]
    pixel: float

    @property
    def forward(self) -> Vec3:
        """The unit vector away from who looks at the picture."""
        return cross(self.right, self.down)

    @property
    def pyramid(self) -> Pyramid:
        return Pyramid(self.extent, self.pixel)

    def point(self, x: float, y: float) -> Vec3:
        """Where the point is that lies `x` to the right of and `y` below the corner, in world units."""
        return add(self.corner, add(scale(self.right, x), scale(self.down, y)))


class Section(Value, frozen=True):
    """All that decides the pixels of a plane's picture. Equal sections are equal pictures.

    What lies within half of `thickness` (world units) on either side is combined by `projection`; 0: the plane itself.
    `channels` are those that are shown, added up; `labels` lie over them.
    """

    volume: str
    plane: Plane
    channels: tuple[Channel, ...]
    thickness: float = 0.0
    projection: Projection = "mip"
    time: int = 0
    labels: tuple[Labels, ...] = ()

    def __post_init__(self) -> None:
        if len(self.channels) > MAX_CHANNELS:
            raise BadRequest(f"{len(self.channels)} visible channels: at most {MAX_CHANNELS} at once")


class AxisIntent(Value, frozen=True):
    """The plane across an axis of the array: at a `position` in world units or through the voxels `index` of the finest
    level; neither: the middle.
    """

    axis: Axis = "z"
    position: float | None = None
    index: int | None = None


class ObliqueIntent(Value, frozen=True):
    """The rectangle from the world point `corner` along `right` and `down`, as long as it is wide and high."""

    corner: Vec3
    right: Vec3
    down: Vec3


class SlabIntent(Value, frozen=True):
    """What is combined around a plane: what lies within half a `thickness` of it (world units), or else the voxel
    planes `first` to `last` of the finest level, both included, wherever the plane itself is; None: to the end.
    """

    projection: Projection
    thickness: float | None = None
    first: int = 0
    last: int | None = None


class SectionIntent(Value, frozen=True):
    """What a user says of a plane's picture.

    `channels` empty: those that the metadata call active, or none where it is `bare`. `grey`: the first of them alone,
    in white.
    """

    plane: AxisIntent | ObliqueIntent = AxisIntent()
    slab: SlabIntent | None = None
    time: int = 0
    channels: tuple[ChannelIntent, ...] = ()
    bare: bool = False
    grey: bool = False
    labels: tuple[LabelsIntent, ...] = ()
    ids: tuple[int, ...] = ()
    outline: bool = False


def resolve_section(intent: SectionIntent, info: VolumeInfo, statistics: Callable[[int, int], Statistics]) -> Section:
    """The Section that `intent` means for a volume; `statistics(channel, time)` is asked only where a window is needed.

    NotFound for a channel, time or label image that the volume has not; BadRequest for a plane outside it.
    """
    thickness, projection, place = _slab(intent, info)
    looks = Intent(
        mode="slice",
        time=intent.time,
        channels=intent.channels,
        labels=intent.labels,
        ids=intent.ids,
        outline=intent.outline,
    )
    info.check(time=intent.time)
    if (intent.ids or intent.outline) and not intent.labels:
        raise BadRequest("ids and outline say nothing without labels")
    return Section(
        volume=info.name,
        plane=oblique_plane(info, place) if isinstance(place, ObliqueIntent) else axis_plane(info, place),
        channels=_channels(intent, make_visible(looks, info, statistics)),
        thickness=thickness,
        projection=projection,
        time=intent.time,
        labels=make_labels(looks, info),
    )


def _channels(intent: SectionIntent, visible: tuple[Channel, ...]) -> tuple[Channel, ...]:
    if intent.bare:
        return ()
    if not intent.grey:
        return visible
    return tuple(replace(one, transfer=replace(one.transfer, colormap="white")) for one in visible[:1])


def axis_plane(info: VolumeInfo, place: AxisIntent) -> Plane:
    """The whole plane across an axis; z: x to the right, y down; y: x right, z up; x: y right, z up.

    The finest pixel is the smaller of the two voxel sides in the plane. BadRequest outside the volume.
    """
    axis = "xyz".index(place.axis)
    lower, upper = info.box.lower, info.box.upper
    spacing = to_world(info.levels[0].spacing)
    across = 1 if axis == 0 else 0
    down = 1 if axis == 2 else 2
    corner = list(lower)
    corner[axis] = _position(info, place)
    if down == 2:
        corner[2] = upper[2]
    direction = 1.0 if down == 1 else -1.0
    return Plane(
        corner=(corner[0], corner[1], corner[2]),
        right=_unit(across, 1.0),
        down=_unit(down, direction),
        extent=(upper[across] - lower[across], upper[down] - lower[down]),
        pixel=min(spacing[across], spacing[down]),
    )


def oblique_plane(info: VolumeInfo, place: ObliqueIntent) -> Plane:
    """The rectangle that `place` gives in the world; its finest pixels are as large as the smallest voxel side.

    BadRequest where its sides are not at a right angle, or it has more pixels than can be counted.
    """
    pose = info.pose
    right, down = pose.straightened(place.right), pose.straightened(place.down)
    width, height = length(right), length(down)
    if not (0 < width < math.inf and 0 < height < math.inf):
        raise BadRequest(f"plane: its sides {place.right} and {place.down} must be finite and not 0")
    cosine = dot(right, down) / (width * height)
    if abs(cosine) > SQUARE:
        angle = math.degrees(math.acos(max(-1.0, min(1.0, cosine))))
        raise BadRequest(f"plane: its sides {place.right} and {place.down} are at {angle:.4g} degrees: must be at 90")
    pixel = info.levels[0].voxel_length
    if max(width, height) / pixel > MAX_PICTURE:
        raise BadRequest(f"plane: {width:g} x {height:g} in pixels of {pixel:g} is too large")
    across = normalize(right)
    # Exactly at a right angle, so that pixels are squares and what lies before and behind is so at the same place.
    straight = normalize(add(down, scale(across, -dot(down, across))))
    return Plane(pose.to_straight(place.corner), across, straight, (width, height), pixel)


def _unit(axis: int, sign: float) -> Vec3:
    x, y, z = (sign if i == axis else 0.0 for i in range(3))
    return (x, y, z)


def _position(info: VolumeInfo, place: AxisIntent) -> float:
    """The world coordinate of the plane in the straight frame."""
    axis = "xyz".index(place.axis)
    low, high = info.box.lower[axis], info.box.upper[axis]
    if place.index is not None:
        count = info.levels[0].shape[2 - axis]
        if not 0 <= place.index < count:
            raise BadRequest(f"{info.name}: plane {place.index} across {place.axis}: it has {count} (0 to {count - 1})")
        return _center(info, axis, place.index)
    if place.position is None:
        return (low + high) / 2
    if not low <= place.position <= high:
        raise BadRequest(f"{info.name}: position {place.position} on {place.axis}: it is {low:g} to {high:g}")
    return place.position


def _center(info: VolumeInfo, axis: int, index: float) -> float:
    level = info.levels[0]
    return level.origin[2 - axis] + index * level.spacing[2 - axis]


def _slab(intent: SectionIntent, info: VolumeInfo) -> tuple[float, Projection, AxisIntent | ObliqueIntent]:
    """Thickness, projection, and the plane in the middle of what is combined."""
    slab, place = intent.slab, intent.plane
    if slab is None:
        return 0.0, "mip", place
    if slab.thickness is not None:
        if not (math.isfinite(slab.thickness) and slab.thickness >= 0):
            raise BadRequest(f"slab {slab.thickness}: its thickness must be 0 or a positive length")
        return slab.thickness, slab.projection, place
    if isinstance(place, ObliqueIntent):
        raise BadRequest("slab: a range of planes is of the array's; an oblique plane has a thickness")
    axis = "xyz".index(place.axis)
    count, side = info.levels[0].shape[2 - axis], info.levels[0].spacing[2 - axis]
    last = count - 1 if slab.last is None else slab.last
    if not 0 <= slab.first <= last < count:
        raise BadRequest(
            f"{info.name}: planes {slab.first} to {last} across {place.axis}: it has {count} (0 to {count - 1})"
        )
    middle = _center(info, axis, (slab.first + last) / 2)
    return (last - slab.first + 1) * side, slab.projection, AxisIntent(place.axis, position=middle)
