"""The reference behind the door that every renderer has, so that it stands the same tests."""

from functools import partial

import msgspec
import numpy as np
from numpy.typing import NDArray

from render.errors import BadRequest
from render.frame import Frame, Timings
from render.scene import DVR, MIP, Annotations, Iso, Mean, MinIP, Oblique, Quality, Slice, Sum, View
from render.steps import Steps, in_one
from render.volume.labels import label_colors
from render.volume.volume import Volume
from tests.reference.march import march
from tests.reference.projections import Picture, cut, project
from tests.reference.rays import Floats, Rays, chords
from tests.reference.scene import LabelLayer, Layer, Scene

Key = tuple[int, int, int | str, int]
"""The volume's key, a level, a channel's index or the name of labels, a time."""


class ReferenceRenderer:
    """One ray a pixel, and no annotations. Keeps all voxels that it has read."""

    name = "reference"

    def __init__(self) -> None:
        self._voxels: dict[Key, NDArray[np.generic]] = {}

    def staged(self, volume: Volume, view: View, quality: Quality) -> bool:
        return all(key in self._voxels for key in _keys(volume, view, quality))

    def stage(self, volume: Volume, view: View, quality: Quality) -> None:
        volume.info.check(level=quality.level, time=view.time)
        for key in _keys(volume, view, quality):
            if key not in self._voxels:
                self._voxels[key] = _read(volume, key)

    def render(self, volume: Volume, view: View, quality: Quality) -> Frame:
        if quality.samples > 1 or view.annotations != Annotations():
            raise BadRequest("reference draws one ray a pixel and no annotations")
        self.stage(volume, view, quality)
        drawn = msgspec.structs.replace(view, size=quality.drawn_size(view.size))
        scene = self._scene(volume, drawn, quality)
        color, alpha, depths = draw(chords(drawn, scene.level), scene)
        shape = drawn.size[::-1]
        pixels = np.round(np.clip(over(color, alpha, view.background), 0, 1) * 255).astype(np.uint8)
        depth = depths.astype(np.float32).reshape(shape) if quality.depth else None
        return Frame(pixels.reshape(*shape, 4), view, quality, self.name, Timings(0, 0), depth)

    def steps(self, volume: Volume, view: View, quality: Quality) -> Steps[Frame]:
        return in_one(lambda: self.render(volume, view, quality))

    def _scene(self, volume: Volume, view: View, quality: Quality) -> Scene:
        level = volume.info.levels[quality.level]
        voxels = [self._voxels[key] for key in _keys(volume, view, quality)]
        layers = [Layer(channel.transfer, found) for channel, found in zip(view.visible_channels, voxels, strict=False)]
        labels = [
            LabelLayer(each, found, partial(label_colors, own=volume.labels(each.name).metadata.colors))
            for each, found in zip(view.labels, voxels[len(layers) :], strict=True)
        ]
        return Scene(view, level, layers, labels, quality.step * level.voxel_length)

    def close(self) -> None:
        self._voxels.clear()


def draw(rays: Rays, scene: Scene) -> Picture:
    """What the scene's mode shows along each ray."""
    match scene.view.mode:
        case DVR() | Iso() as mode:
            light = march(rays, scene, mode)
            return light.color, light.alpha, light.strongest
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
    names = [*(channel.index for channel in view.visible_channels), *(labels.name for labels in view.labels)]
    return [(volume.key, quality.level, name, view.time) for name in names]


def _read(volume: Volume, key: Key) -> NDArray[np.generic]:
    """A channel's values as float64, NaN where they are none or more than float32 holds; or the ids of labels."""
    _, level, name, time = key
    shape = volume.info.levels[level].shape
    if isinstance(name, str):
        labels = volume.labels(name)
        return labels.aligned.read(level, (0, 0, 0), shape, 0, labels.time(time)).astype(np.uint64)
    numbers = volume.read(level, (0, 0, 0), shape, name, time).astype(np.float64)
    return np.where(np.abs(numbers) <= np.finfo(np.float32).max, numbers, np.nan)
