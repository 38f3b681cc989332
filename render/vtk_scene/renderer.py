"""VtkRenderer: Views to Frames by VTK, in an offscreen window of the thread that opened it."""

import time
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from vtkmodules.vtkCommonCore import vtkVersion

from render.errors import BackendError
from render.frame import Frame, Timings
from render.scene import DVR, Quality, Slice, TransferFunction, View
from render.volume.bricks import read_slabs
from render.volume.cache import ByteCache
from render.volume.info import Level
from render.volume.volume import Volume
from render.vtk_scene.caster import Caster
from render.vtk_scene.fixed_point import fixed_point_caster
from render.vtk_scene.image import Voxels, cells_image, drawable, held, points_image, reach
from render.vtk_scene.opengl import opengl_caster
from render.vtk_scene.window import Window, WindowName


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
class Pass:
    """What is drawn at once: in DVR all channels, in MIP and slices each alone, and then colours add up."""

    fast: bool
    parts: tuple[Part, ...]
    transfers: tuple[TransferFunction, ...]

    @property
    def caster(self) -> tuple[bool, tuple[Part, ...]]:
        """What has to be made new where it changes."""
        return (self.fast, self.parts)


class VtkRenderer:
    """Draws with voxels of at most `budget` bytes; `fast` takes VTK's ray caster on the CPU for what that can draw."""

    def __init__(self, window: WindowName, budget: int, fast: bool) -> None:
        self._window = Window(window)
        self._fast = fast
        self._voxels: ByteCache[Voxels] = ByteCache(budget)
        self._casters: dict[tuple[bool, tuple[Part, ...]], Caster] = {}
        caster = "CPU" if fast else "OpenGL"
        self.name = f"vtk {vtkVersion.GetVTKVersion()} ({self._window.device}, {caster} ray caster)"

    def staged(self, volume: Volume, view: View, quality: Quality) -> bool:
        return all(key in self._voxels for key in _keys(volume, view, quality))

    def stage(self, volume: Volume, view: View, quality: Quality) -> None:
        for key in _keys(volume, view, quality):
            self._read(volume, key)

    def render(self, volume: Volume, view: View, quality: Quality) -> Frame:
        begun = time.perf_counter()
        voxels = {key: self._read(volume, key) for key in _keys(volume, view, quality)}
        level = volume.info.levels[quality.level]
        loaded = time.perf_counter()
        size = quality.drawn_size(view.size)
        drawn = np.zeros((size[1], size[0], 4), np.float32)
        passes = plan_passes(view, voxels, self._fast)
        self._make_casters({each.caster for each in passes}, level, voxels)
        for each in passes:
            caster = self._casters[each.caster]
            caster.dress(view.mode, each.transfers, quality.step * level.voxel_length)
            drawn += caster.draw(self._window, view.camera, level.box, size)
        array = over(np.minimum(drawn, 1), view.background)
        return Frame(array, view, quality, self.name, Timings(loaded - begun, time.perf_counter() - loaded))

    def close(self) -> None:
        for caster in self._casters.values():
            self._window.release(caster.prop)
        self._casters.clear()
        self._window.close()

    def _read(self, volume: Volume, key: VoxelsKey) -> Voxels:
        level = volume.info.levels[key.level]
        nbytes = level.voxels * min(4, np.dtype(volume.info.dtype).itemsize)
        return self._voxels.get(key, nbytes, lambda: drawable(read_level(volume, key)))

    def _make_casters(
        self, wanted: set[tuple[bool, tuple[Part, ...]]], level: Level, voxels: dict[VoxelsKey, Voxels]
    ) -> None:
        """Have these casters and no others: what the others hold on the device would count beside the budget."""
        for key in self._casters.keys() - wanted:
            self._window.release(self._casters.pop(key).prop)
        for fast, parts in wanted - self._casters.keys():
            shown = [held(voxels[part.key], part.bounds) for part in parts]
            if fast:
                self._casters[fast, parts] = fixed_point_caster(points_image(shown[0], level), level.box)
            else:
                self._check_size(level)
                self._casters[fast, parts] = opengl_caster([cells_image(part, level) for part in shown])

    def _check_size(self, level: Level) -> None:
        most = self._window.largest_texture
        if max(level.shape) > most:
            shape = " x ".join(map(str, level.shape))
            raise BackendError(f"level {level.path} is {shape}; OpenGL draws at most {most} voxels along an axis here")


def plan_passes(view: View, voxels: Mapping[VoxelsKey, Voxels], fast: bool) -> list[Pass]:
    """The passes of a picture; `voxels` are those of the visible channels, in their order."""
    parts = [
        (Part(key, reach(shown, channel.transfer.window)), channel.transfer)
        for (key, shown), channel in zip(voxels.items(), view.visible_channels, strict=True)
    ]
    groups = [parts] if isinstance(view.mode, DVR) and parts else [[part] for part in parts]
    return [
        Pass(
            fast=fast and len(group) == 1 and not isinstance(view.mode, Slice),
            parts=tuple(part for part, _ in group),
            transfers=tuple(transfer for _, transfer in group),
        )
        for group in groups
    ]


def read_level(volume: Volume, key: VoxelsKey) -> NDArray[np.generic]:
    """All voxels of one channel and time of a level, (z, y, x). DataError."""
    whole = np.empty(volume.info.levels[key.level].shape, volume.info.dtype)

    def put(first: int, slab: NDArray[np.generic]) -> None:
        whole[first : first + len(slab)] = slab

    read_slabs(volume, key.level, key.channel, key.time, put)
    return whole


def over(drawn: NDArray[np.float32], background: tuple[float, float, float, float]) -> NDArray[np.uint8]:
    """Premultiplied `drawn` (height, width, 4) over a straight background, both in 0..1: straight RGBA, uint8."""
    behind = (1 - drawn[..., 3:]) * np.float32(background[3])
    alpha = drawn[..., 3:] + behind
    color = drawn[..., :3] + behind * np.array(background[:3], np.float32)
    # Where nothing is, not even background, straight colours have no meaning: black.
    color /= np.maximum(alpha, 1e-6)
    straight = np.concatenate([color, alpha], axis=2) * 255 + np.float32(0.5)
    return np.minimum(straight, 255).astype(np.uint8)


def _keys(volume: Volume, view: View, quality: Quality) -> list[VoxelsKey]:
    """What the picture needs, one for each visible channel. NotFound where the volume has no such thing."""
    volume.info.check(level=quality.level, time=view.time)
    keys = []
    for channel in view.visible_channels:
        volume.info.check(channel=channel.index)
        keys.append(VoxelsKey(volume.key, quality.level, channel.index, view.time))
    return keys
