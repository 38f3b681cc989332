"""The reference behind the door that every renderer has, so that it stands the same tests."""

import msgspec
import numpy as np
from numpy.typing import NDArray

from render.errors import BadRequest
from render.frame import Frame, Timings
from render.scene import DVR, MIP, Annotations, Iso, Mean, MinIP, Oblique, Quality, Slice, Sum, View
from render.volume.volume import Volume
from tests.reference.march import march
from tests.reference.projections import Picture, cut, project
from tests.reference.rays import Floats, Rays, chords
from tests.reference.scene import Layer, Scene

Key = tuple[int, int, int, int]


class ReferenceRenderer:
    """One ray a pixel, and no annotations. Keeps all voxels that it has read."""

    name = "reference"

    def __init__(self) -> None:
        self._voxels: dict[Key, Floats] = {}

    def staged(self, volume: Volume, view: View, quality: Quality) -> bool:
        return all(key in self._voxels for key in _keys(volume, view, quality))

    def stage(self, volume: Volume, view: View, quality: Quality) -> None:
        volume.info.check(level=quality.level, time=view.time)
        for key in _keys(volume, view, quality):
            if key not in self._voxels:
                _, level, channel, time = key
                whole = volume.read(level, (0, 0, 0), volume.info.levels[level].shape, channel, time)
                self._voxels[key] = _numbers(whole)

    def render(self, volume: Volume, view: View, quality: Quality) -> Frame:
        if quality.samples > 1 or view.annotations != Annotations():
            raise BadRequest("reference draws one ray a pixel and no annotations")
        self.stage(volume, view, quality)
        level = volume.info.levels[quality.level]
        drawn = msgspec.structs.replace(view, size=quality.drawn_size(view.size))
        layers = [
            Layer(channel.transfer, self._voxels[key])
            for channel, key in zip(view.visible_channels, _keys(volume, view, quality), strict=True)
        ]
        scene = Scene(drawn, level, layers, [], quality.step * level.voxel_length)
        color, alpha, depths = draw(chords(drawn, level), scene)
        shape = drawn.size[::-1]
        pixels = np.round(np.clip(over(color, alpha, view.background), 0, 1) * 255).astype(np.uint8)
        depth = depths.astype(np.float32).reshape(shape) if quality.depth else None
        return Frame(pixels.reshape(*shape, 4), view, quality, self.name, Timings(0, 0), depth)

    def close(self) -> None:
        self._voxels.clear()


def draw(rays: Rays, scene: Scene) -> Picture:
    """What the scene's mode shows along each ray."""
    match scene.view.mode:
        case DVR() as mode:
            light = march(rays, scene, mode)
            return light.color, light.alpha, light.strongest
        case Iso() as mode:
            light = march(rays, scene, mode)
            return light.color, light.alpha, light.first_surface
        case MIP():
            return project(rays, scene, "mip")
        case MinIP():
            return project(rays, scene, "minip")
        case Mean():
            return project(rays, scene, "mean")
        case Sum():
            return project(rays, scene, "sum")
        case Slice() | Oblique() as plane:
            return cut(rays, scene, plane)


def over(color: Floats, alpha: Floats, background: tuple[float, float, float, float]) -> Floats:
    """Premultiplied `color` (n, 3) with `alpha` (n,) over a straight background: straight RGBA (n, 4)."""
    behind = (1 - alpha) * background[3]
    covered = alpha + behind
    premultiplied = color + behind[:, None] * np.array(background[:3])
    straight = np.where(covered[:, None] > 0, premultiplied / np.maximum(covered, 1e-12)[:, None], background[:3])
    return np.concatenate([straight, covered[:, None]], axis=1)


def _keys(volume: Volume, view: View, quality: Quality) -> list[Key]:
    return [(volume.key, quality.level, channel.index, view.time) for channel in view.visible_channels]


def _numbers(voxels: NDArray[np.generic]) -> Floats:
    """float64, NaN where a voxel is no number or more than float32 holds: it is drawn as nothing."""
    numbers = voxels.astype(np.float64)
    return np.where(np.abs(numbers) <= np.finfo(np.float32).max, numbers, np.nan)
