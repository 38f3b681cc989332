"""VtkRenderer: Views to Frames by VTK, in an offscreen window of the thread that opened it."""

import time
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray
from vtkmodules.vtkCommonCore import vtkVersion

from render.errors import BackendError
from render.frame import Frame, Timings
from render.scene import Quality, View
from render.steps import Steps, finish, timed
from render.volume.bricks import read_slabs
from render.volume.cache import ByteCache
from render.volume.info import Level
from render.volume.levels import device_bytes
from render.volume.volume import Volume
from render.vtk_scene.aim import Shift
from render.vtk_scene.caster import Caster
from render.vtk_scene.fixed_point import fixed_point_caster
from render.vtk_scene.image import Voxels, cells_image, drawn_type, measured, points_image, within
from render.vtk_scene.limits import check_drawn, check_numbers
from render.vtk_scene.opengl import opengl_caster
from render.vtk_scene.place import centered, straight
from render.vtk_scene.plan import CasterKey, Look, Style, VoxelsKey, plan_passes, plan_style, voxels_keys
from render.vtk_scene.window import Window, WindowName


@dataclass(slots=True)
class Held:
    """A caster, about what it takes on the device, and what it was dressed with last."""

    caster: Caster
    nbytes: int
    look: Look | None = None

    def dressed(self, look: Look) -> Caster:
        """The caster with this look."""
        if look != self.look:
            self.caster.dress(look)
            self.look = look
        return self.caster


class VtkRenderer:
    """Keeps at most `budget` bytes of voxels as they were read, and as much again as VTK draws them.

    `fast` takes VTK's ray caster on the CPU for what it can draw: MIP, and DVR of one channel in the usual light.
    """

    def __init__(self, window: WindowName, budget: int, fast: bool) -> None:
        self._window = Window(window)
        self._fast = fast
        self._voxels: ByteCache[Voxels] = ByteCache(budget)
        self._budget = budget
        self._held: dict[CasterKey, Held] = {}
        caster = "CPU" if fast else "OpenGL"
        self.name = f"vtk {vtkVersion.GetVTKVersion()} ({self._window.device}, {caster} ray caster)"

    def staged(self, volume: Volume, view: View, quality: Quality) -> bool:
        return all(key in self._voxels for key in voxels_keys(volume, view, quality))

    def stage(self, volume: Volume, view: View, quality: Quality) -> None:
        check_drawn(view, quality)
        check_numbers(volume.info.dtype, view)
        for key in voxels_keys(volume, view, quality):
            self._read(volume, key)

    def render(self, volume: Volume, view: View, quality: Quality) -> Frame:
        return finish(self.steps(volume, view, quality))

    def steps(self, volume: Volume, view: View, quality: Quality) -> Steps[Frame]:
        # A ray through every pixel is a step: VTK draws a picture of them in one go.
        begun = time.perf_counter()
        check_drawn(view, quality)
        check_numbers(volume.info.dtype, view)
        keys = voxels_keys(volume, view, quality)
        level = volume.info.levels[quality.level]
        level, seen = centered(level, straight(level, view, volume.info))
        style = plan_style(seen, level, quality.step)
        voxels = {key: self._read(volume, key) for key in keys}
        loaded = time.perf_counter() - begun
        array, seconds = yield from timed(self._draw(seen, quality, level, style, voxels))
        return Frame(array, view, quality, self.name, Timings(loaded, seconds))

    def _draw(
        self, seen: View, quality: Quality, level: Level, style: Style, voxels: Mapping[VoxelsKey, Voxels]
    ) -> Steps[NDArray[np.uint8]]:
        passes = plan_passes(seen, voxels, self._fast)
        size = quality.drawn_size(seen.size)
        drawn = np.zeros((size[1], size[0], 4), np.float32)
        shifts = sample_shifts(quality.samples, size)
        for k, (each, shift) in enumerate(product(passes, shifts)):
            if k > 0:
                yield
            # Anew each time: the picture that came in between has had the window, and perhaps the room.
            self._hold([one.caster for one in passes], level, voxels)
            self._window.resize(size)
            caster = self._held[each.caster].dressed(Look(style, each.transfers))
            drawn += caster.draw(self._window, seen.camera, level.box, shift) / np.float32(len(shifts))
        return over(np.minimum(drawn, 1), seen.background)

    def close(self) -> None:
        self._make_room(self._budget, {})
        self._window.close()

    def _read(self, volume: Volume, key: VoxelsKey) -> Voxels:
        level = volume.info.levels[key.level]
        nbytes = level.voxels * drawn_type(volume.info.dtype).itemsize
        return self._voxels.get(key, nbytes, lambda: measured(read_level(volume, key)))

    def _hold(self, wanted: Sequence[CasterKey], level: Level, voxels: Mapping[VoxelsKey, Voxels]) -> None:
        """Have these casters; those that were used least recently go where the budget does not hold all."""
        for key in wanted:
            held = self._held.pop(key, None)
            if held is None:
                nbytes = device_bytes(level, len(key.parts))
                self._make_room(nbytes, wanted)
                held = Held(self._make(key, level, voxels), nbytes)
            self._held[key] = held

    def _make_room(self, nbytes: int, wanted: Container[CasterKey]) -> None:
        """Let go of casters that are not `wanted`, oldest first, until `nbytes` more fit the budget."""
        for key in [key for key in self._held if key not in wanted]:
            if sum(held.nbytes for held in self._held.values()) + nbytes <= self._budget:
                return
            self._window.release(self._held.pop(key).caster.prop)

    def _make(self, key: CasterKey, level: Level, voxels: Mapping[VoxelsKey, Voxels]) -> Caster:
        shown = [within(voxels[part.key], part.bounds) for part in key.parts]
        if key.fast:
            return fixed_point_caster(points_image(shown[0], level), level.box)
        self._check_size(level)
        return opengl_caster([cells_image(part, level) for part in shown], level)

    def _check_size(self, level: Level) -> None:
        most = self._window.largest_texture
        if max(level.shape) > most:
            shape = " x ".join(map(str, level.shape))
            raise BackendError(f"level {level.path} is {shape}; OpenGL draws at most {most} voxels along an axis here")


def sample_shifts(samples: int, size: tuple[int, int]) -> list[Shift]:
    """Where in its pixel each of so many rays goes: the first through the middle, the others spread evenly over it."""
    # The R2 sequence, of the plastic number: each next point falls into the largest gap.
    steps = (0.7548776662466927, 0.5698402909980532)
    return [
        (((0.5 + k * steps[0]) % 1 - 0.5) / size[0], ((0.5 + k * steps[1]) % 1 - 0.5) / size[1]) for k in range(samples)
    ]


def read_level(volume: Volume, key: VoxelsKey) -> NDArray[np.generic]:
    """All voxels of one channel and time of a level, (z, y, x), in a type that VTK draws. DataError."""
    whole = np.empty(volume.info.levels[key.level].shape, drawn_type(volume.info.dtype))

    def put(first: int, slab: NDArray[np.generic]) -> None:
        # What float32 cannot hold becomes infinite, and then the largest number there is.
        with np.errstate(over="ignore"):
            whole[first : first + len(slab)] = slab

    read_slabs(volume, key.level, key.channel, key.time, put)
    return whole


def over(drawn: NDArray[np.float32], background: tuple[float, float, float, float]) -> NDArray[np.uint8]:
    """Premultiplied `drawn` (height, width, 4) over a straight background, both in 0..1: straight RGBA, uint8."""
    straight = np.empty(drawn.shape, np.uint8)
    # Row by row: no second picture in floats is made, which for 2^26 pixels is 1 GiB, and a row stays in the cache.
    for row, out in zip(drawn, straight, strict=True):
        behind = (1 - row[:, 3:]) * np.float32(background[3])
        alpha = row[:, 3:] + behind
        color = row[:, :3] + behind * np.array(background[:3], np.float32)
        # Where nothing is, not even background, straight colours have no meaning: black.
        color /= np.maximum(alpha, 1e-6)
        out[:, :3] = np.minimum(color * 255 + np.float32(0.5), 255)
        out[:, 3:] = alpha * 255 + np.float32(0.5)
    return straight
