"""ComputeRenderer: Views to Frames on one Dr.Jit device. Importing this imports Dr.Jit: see `backends.compute`."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

import drjit as dr

from render.compute.drawing import Voxels
from render.compute.field import Field
from render.compute.launch import Shown
from render.compute.picture import Painter
from render.compute.prepare import LabelsOnDevice
from render.compute.staging import LabelKey, LevelKey, Staging, label_keys, level_keys
from render.errors import BackendError, BadRequest
from render.frame import Frame, Timings
from render.scene import MAX_SAMPLES, Quality, View
from render.steps import Steps, finish, timed
from render.volume.pose import straight_view
from render.volume.volume import Volume

Key = LevelKey | LabelKey


class ComputeRenderer:
    """Draws on the Dr.Jit backend `device` (`drjit.llvm` or `drjit.cuda`) with voxels of at most `budget` bytes.

    `lean` keeps voxels of 8 and 16 bits in a quarter and half of the memory, for a third more time.
    """

    def __init__(self, device: ModuleType, name: str, budget: int, lean: bool = False) -> None:
        self.name = name
        self._device = device
        self._staging = Staging(budget, lean)
        self._fields: dict[Key, Field] = {}
        self._painter = Painter(device)

    def staged(self, volume: Volume, view: View, quality: Quality) -> bool:
        # Asked where nobody may wait: labels that are not open yet are not staged either.
        channels = all(key in self._staging for key in level_keys(volume, view, quality))
        opened = all(volume.has_open_labels(labels.name) for labels in view.labels)
        return channels and opened and all(key in self._staging for key in label_keys(volume, view, quality))

    def stage(self, volume: Volume, view: View, quality: Quality) -> None:
        for key in _keys(volume, view, quality):
            self._staging.packed(volume, key)

    def render(self, volume: Volume, view: View, quality: Quality) -> Frame:
        return finish(self.steps(volume, view, quality))

    def steps(self, volume: Volume, view: View, quality: Quality) -> Steps[Frame]:
        begun = time.perf_counter()
        if not 1 <= quality.samples <= MAX_SAMPLES:
            raise BadRequest(f"{quality.samples} samples a pixel: 1 to {MAX_SAMPLES}")
        channels = [self._field(volume, key) for key in level_keys(volume, view, quality)]
        labels = [
            LabelsOnDevice(labels, self._field(volume, key), volume.labels(labels.name).metadata.colors)
            for labels, key in zip(view.labels, label_keys(volume, view, quality), strict=True)
        ]
        loaded = time.perf_counter() - begun
        straight, box_faces = straight_view(view, volume.info)
        shown = Shown(straight, box_faces, volume.info, quality, Voxels(channels, labels), volume.key, view)
        with _device_errors(self.name):
            (array, depth), seconds = yield from timed(self._painter.steps(shown))
        return Frame(array, view, quality, self.name, Timings(loaded, seconds), depth)

    def close(self) -> None:
        self._fields.clear()
        self._painter.clear()
        dr.flush_malloc_cache()

    def _field(self, volume: Volume, key: Key) -> Field:
        packed = self._staging.packed(volume, key)
        for old in [k for k in self._fields if k != key and k not in self._staging]:
            del self._fields[old]
        field = self._fields.get(key)
        # A level that went and came back is another object: the old one must not stay in memory beside it.
        if field is None or field.packed is not packed:
            with _device_errors(self.name):
                field = self._fields[key] = Field(self._device, packed)
        return field


def _keys(volume: Volume, view: View, quality: Quality) -> list[Key]:
    return [*level_keys(volume, view, quality), *label_keys(volume, view, quality)]


@contextmanager
def _device_errors(name: str) -> Iterator[None]:
    """Dr.Jit says with a RuntimeError that a device has no memory left, or is lost."""
    try:
        yield
    except RuntimeError as error:
        raise BackendError(f"{name}: {str(error).strip().splitlines()[0]}") from error
