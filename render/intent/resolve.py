"""From an Intent to the View that it means for a volume; pure."""

from collections.abc import Callable

import msgspec
from msgspec.structs import replace

from render.colormap import parse_color
from render.errors import BadRequest
from render.geometry import Vec3, dot, normalize, subtract
from render.intent.appearance import make_channels, opacity_length, surface_color
from render.intent.automatic import otsu
from render.intent.cameras import NORMALS, face_plane, orbit
from render.intent.check import check_labels
from render.intent.words import ONE_OF, Intent, IsoIntent
from render.scene import (
    DVR,
    MIP,
    Annotations,
    Axis,
    Channel,
    Clip,
    ClipPlane,
    DirectionalLight,
    Headlight,
    Iso,
    Isosurface,
    Labels,
    Light,
    Mean,
    MinIP,
    Mode,
    Oblique,
    Plane,
    Shading,
    Slice,
    Sum,
    View,
)
from render.volume.info import VolumeInfo
from render.volume.stats import Statistics

ARRAY_AXES: tuple[Axis, ...] = ("z", "y", "x")

PROJECTIONS: dict[str, Mode] = {"mip": MIP(), "minip": MinIP(), "mean": Mean(), "sum": Sum()}

PLANE = ("axis", "position", "normal", "point", "thickness", "projection")
"""What is said of a slice."""

SOLIDS = ("dvr", "iso")
PLACES = dict.fromkeys(PLANE, ("slice",)) | dict.fromkeys(("isos", "planes", "lights", "depth_cue"), SOLIDS)
"""The modes in which a word means something; the others mean something in all."""

AskStatistics = Callable[[int, int], Statistics]


def resolve(intent: Intent, info: VolumeInfo, statistics: AskStatistics) -> View:
    """The View that `intent` means for a volume.

    `statistics(channel, time)` is asked only where a window or an isovalue is needed. NotFound for a channel, time or
    label image that the volume has not; BadRequest for values out of range or out of place.
    """
    info.check(time=intent.time)
    intent = replace(intent, **_auto(intent, info))
    _check_places(intent)
    plane = _slice(intent, info) if intent.mode == "slice" else None
    camera = (
        orbit(info, intent.size, intent.azimuth, intent.elevation, intent.zoom, intent.orthographic)
        if plane is None
        else face_plane(info, plane.normal, intent.size, intent.zoom)
    )
    view = View(
        volume=info.name,
        camera=camera,
        channels=make_channels(intent, info, statistics, camera.forward),
        time=intent.time,
        background=parse_color(intent.background),
        size=intent.size,
        labels=make_labels(intent, info),
        clip=_clip(intent),
        lights=tuple(_light(light) for light in intent.lights) or (Headlight(),),
        shading=Shading(depth_cue=intent.depth_cue),
        annotations=Annotations(intent.bounding_box, intent.axes, intent.scale_bar),
    )
    return replace(view, mode=plane or _mode(intent, info, view, statistics))


def _auto(intent: Intent, info: VolumeInfo) -> dict[str, object]:
    """The mode and axis that "auto" means."""
    if intent.mode != "auto":
        return {}
    said = _said(intent)
    if said & set(PLANE):
        return {"mode": "slice"}
    if "isos" in said:
        return {"mode": "iso"}
    thin = [axis for axis, n in zip(ARRAY_AXES, info.levels[0].shape, strict=True) if n == 1]
    return {"mode": "slice", "axis": thin[0]} if thin and "planes" not in said else {"mode": "dvr"}


def _said(intent: Intent) -> set[str]:
    """The fields that are not at their default."""
    default = msgspec.structs.asdict(Intent())
    return {name for name, value in msgspec.structs.asdict(intent).items() if value != default[name]}


def _check_places(intent: Intent) -> None:
    """BadRequest, with its name, for what means nothing beside the rest."""
    said = _said(intent)
    for name in PLACES:
        if name in said and intent.mode not in PLACES[name]:
            modes = " or ".join(PLACES[name])
            raise BadRequest(f"{ONE_OF.get(name, name)} is for mode {modes}, not {intent.mode}")
    for name, others in (("ids", "labels"), ("outline", "labels"), ("point", "normal"), ("projection", "thickness")):
        if name in said and others not in said:
            raise BadRequest(f"{name} says nothing without {others}")
    if "normal" in said and said & {"axis", "position"}:
        raise BadRequest("normal: a plane is across a normal or across an axis, at a point or a position, not both")
    if not intent.shaded and said & {"lights", "depth_cue"}:
        raise BadRequest("light and depth_cue say nothing where shaded is false")


def _slice(intent: Intent, info: VolumeInfo) -> Plane:
    if intent.normal is not None:
        oblique = Oblique(intent.point or info.bounds.center, intent.normal, intent.thickness, intent.projection)
        _check_cuts(oblique, info)
        return oblique
    axis = intent.axis or "z"
    position = dot(info.bounds.center, NORMALS[axis]) if intent.position is None else intent.position
    info.check_position(axis, position)
    return Slice(axis, position, intent.thickness, intent.projection)


def _check_cuts(plane: Oblique, info: VolumeInfo) -> None:
    """BadRequest where all of the volume is on one side of the plane."""
    distances = [_distance(corner, plane.point, plane.normal) for corner in info.corners]
    if not min(distances) <= 0 <= max(distances):
        raise BadRequest(
            f"{info.name}: the plane through {plane.point} across {plane.normal} passes the volume at a distance of "
            f"{min(map(abs, distances)):g}: it lies within {info.bounds.lower} to {info.bounds.upper}"
        )


def _distance(point: Vec3, on_plane: Vec3, normal: Vec3) -> float:
    return dot(subtract(point, on_plane), normalize(normal))


def _mode(intent: Intent, info: VolumeInfo, view: View, statistics: AskStatistics) -> Mode:
    if intent.mode in PROJECTIONS:
        return PROJECTIONS[intent.mode]
    for plane in intent.planes:
        info.check_position(plane.axis, plane.position)
    planes = tuple(Slice(plane.axis, plane.position) for plane in intent.planes)
    shown = view.visible_channels
    surfaces = tuple(_surface(iso, shown) for iso in intent.isos)
    if intent.mode == "dvr":
        return DVR(intent.shaded, surfaces, planes)

    def found(channel: Channel) -> IsoIntent:
        value = otsu(statistics(channel.index, intent.time), channel.transfer.window)
        return IsoIntent(value, channel=channel.index)

    return Iso(surfaces or tuple(_surface(found(channel), shown) for channel in shown), planes, intent.shaded)


def _surface(iso: IsoIntent, shown: tuple[Channel, ...]) -> Isosurface:
    index = shown[0].index if iso.channel is None else iso.channel
    channel = next((channel for channel in shown if channel.index == index), shown[0])
    color = surface_color(channel.transfer) if iso.color is None else parse_color(iso.color)[:3]
    return Isosurface(iso.value, index, color, iso.opacity)


def make_labels(intent: Intent, info: VolumeInfo) -> tuple[Labels, ...]:
    """The label images that are shown. NotFound for one that is not there."""
    for one in intent.labels:
        check_labels(one.name, info)
    unit = opacity_length(info)
    return tuple(Labels(one.name, unit, one.opacity, intent.ids, intent.outline) for one in intent.labels)


def _clip(intent: Intent) -> Clip:
    box = None if intent.clip is None else (intent.clip[:3], intent.clip[3:])
    return Clip(box, tuple(ClipPlane(six[:3], six[3:]) for six in intent.clip_planes))


def _light(light: str | Vec3) -> Light:
    return Headlight() if isinstance(light, str) else DirectionalLight(light)
