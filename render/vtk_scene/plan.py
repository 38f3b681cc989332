"""Which voxels a picture needs, and in which passes VTK draws it."""

from collections.abc import Mapping
from dataclasses import dataclass

from render.scene import (
    DVR,
    MIP,
    Channel,
    Clip,
    ClipPlane,
    Headlight,
    Iso,
    Light,
    Mean,
    Mode,
    Oblique,
    Quality,
    Shading,
    Slice,
    Sum,
    TransferFunction,
    View,
)
from render.volume.info import Level
from render.volume.volume import Volume
from render.vtk_scene.image import Voxels, reach
from render.vtk_scene.limits import cutting
from render.vtk_scene.place import clip_planes, slab


@dataclass(frozen=True, slots=True)
class VoxelsKey:
    """One channel and time of a level of an open volume."""

    volume: int
    level: int
    channel: int
    time: int


@dataclass(frozen=True, slots=True)
class Part:
    """Voxels with their values held between two bounds."""

    key: VoxelsKey
    bounds: tuple[float, float]


@dataclass(frozen=True, slots=True)
class CasterKey:
    """What has to change for a caster to be made anew."""

    fast: bool
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Style:
    """How all channels are drawn: `planes` cut the volume, `step` is the distance of samples in world units."""

    mode: Mode
    planes: tuple[ClipPlane, ...]
    shading: Shading
    lights: tuple[Light, ...]
    step: float


@dataclass(frozen=True, slots=True)
class Look:
    """What a caster is dressed with; one transfer function for each of its channels."""

    style: Style
    transfers: tuple[TransferFunction, ...]


@dataclass(frozen=True, slots=True)
class Pass:
    """What is drawn at once: in DVR all channels, else each alone, and then colours add up."""

    caster: CasterKey
    transfers: tuple[TransferFunction, ...]


def shown_channels(view: View) -> tuple[Channel, ...]:
    """The channels whose voxels are drawn: the visible ones, of isosurfaces those that have one."""
    if isinstance(view.mode, Iso):
        cut = {surface.channel for surface in view.mode.isosurfaces}
        return tuple(channel for channel in view.visible_channels if channel.index in cut)
    return view.visible_channels


def voxels_keys(volume: Volume, view: View, quality: Quality) -> list[VoxelsKey]:
    """What the picture needs, one for each shown channel. NotFound where the volume has no such thing."""
    volume.info.check(level=quality.level, time=view.time)
    for channel in view.visible_channels:
        volume.info.check(channel=channel.index)
    return [VoxelsKey(volume.key, quality.level, channel.index, view.time) for channel in shown_channels(view)]


def plan_style(view: View, level: Level, step: float) -> Style:
    """How to draw this view, in the world of `level`, with samples `step` voxels apart. BadRequest."""
    mode, planes = view.mode, clip_planes(view.clip)
    if isinstance(mode, Slice | Oblique) and mode.thickness > 0:
        mode, faces = slab(mode)
        planes = (*planes, *faces)
    return Style(mode, cutting(planes, level.box), view.shading, view.lights, step * level.voxel_length)


def plan_passes(view: View, voxels: Mapping[VoxelsKey, Voxels], fast: bool) -> list[Pass]:
    """The passes of a picture; `voxels` are those of the shown channels, in their order."""
    parts = [
        (Part(key, _bounds(view.mode, channel.transfer, shown)), channel.transfer)
        for (key, shown), channel in zip(voxels.items(), shown_channels(view), strict=True)
    ]
    groups = [parts] if isinstance(view.mode, DVR) and parts else [[part] for part in parts]
    fast = fast and len(parts) == len(groups) and _is_plain(view) and not any(v.holes for v in voxels.values())
    return [
        Pass(CasterKey(fast, tuple(part for part, _ in group)), tuple(transfer for _, transfer in group))
        for group in groups
    ]


def _is_plain(view: View) -> bool:
    """Whether the ray caster on the CPU draws it: lit by one white lamp at the eye, and nothing else than that."""
    if not isinstance(view.mode, DVR | MIP) or view.clip != Clip():
        return False
    if isinstance(view.mode, MIP):
        return True
    bare = not any(channel.transfer.gradient_opacity for channel in view.visible_channels)
    lit_plainly = view.lights == (Headlight(),) and view.shading == Shading()
    return bare and (lit_plainly or not view.mode.shaded)


def _bounds(mode: Mode, transfer: TransferFunction, voxels: Voxels) -> tuple[float, float]:
    """The values that voxels are held between."""
    projection = slab(mode)[0] if isinstance(mode, Slice | Oblique) and mode.thickness > 0 else mode
    if isinstance(projection, Mean | Sum):
        return voxels.values  # all of a value counts
    values = list(transfer.domain)
    if isinstance(mode, Iso):
        values += [surface.value for surface in mode.isosurfaces]
    return reach(voxels, (min(values), max(values)))
