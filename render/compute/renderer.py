"""ComputeRenderer: Views to Frames on one Dr.Jit device. Importing this imports Dr.Jit: see `backends.compute`."""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any, TypeVar

import drjit as dr
import numpy as np
from numpy.typing import NDArray

from render.compute.field import Field, scalar
from render.compute.march import Layer, dvr, mip, slice_plane, write_pixels
from render.compute.rays import Rays, plan_rays, trace_rays
from render.compute.skip import distances, occupancy
from render.compute.staging import LevelKey, Staging, level_keys
from render.compute.tables import transfer_table
from render.errors import BackendError, BadRequest
from render.frame import Frame, Timings
from render.geometry import to_world
from render.scene import DVR, MIP, Quality, Slice, TransferFunction, View
from render.volume.info import Level
from render.volume.volume import Volume

T = TypeVar("T")

TABLES, DISTANCES = 64, 8
"""Transfer tables (16 KiB each) and distances to what is not empty (a byte for 64 voxels) that are kept."""


class Recent:
    """The values used last, at most `limit` of them."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._values: OrderedDict[Hashable, Any] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        if key not in self._values:
            self._values[key] = make()
            if len(self._values) > self._limit:
                self._values.popitem(last=False)
        self._values.move_to_end(key)
        value: T = self._values[key]
        return value


class ComputeRenderer:
    """Draws on the Dr.Jit backend `device` (`drjit.llvm` or `drjit.cuda`) with voxels of at most `budget` bytes."""

    def __init__(self, device: ModuleType, name: str, budget: int) -> None:
        self.name = name
        self._device = device
        self._staging = Staging(budget)
        self._fields: dict[LevelKey, Field] = {}
        self._tables = Recent(TABLES)
        self._known_distances = Recent(DISTANCES)

    def staged(self, volume: Volume, view: View, quality: Quality) -> bool:
        return all(key in self._staging for key in level_keys(volume, view, quality))

    def stage(self, volume: Volume, view: View, quality: Quality) -> None:
        for key in level_keys(volume, view, quality):
            self._staging.packed(volume, key)

    def render(self, volume: Volume, view: View, quality: Quality) -> Frame:
        begun = time.perf_counter()
        keys = level_keys(volume, view, quality)
        fields = [self._field(volume, key) for key in keys]
        loaded = time.perf_counter()
        with _device_errors(self.name):
            array = (
                self._draw(volume.info.levels[quality.level], view, quality, dict(zip(keys, fields, strict=True)))
                if fields
                else _blank(view, quality)
            )
        timings = Timings(loaded - begun, time.perf_counter() - loaded)
        return Frame(array, view, quality, self.name, timings)

    def close(self) -> None:
        self._fields.clear()
        self._tables, self._known_distances = Recent(TABLES), Recent(DISTANCES)
        dr.flush_malloc_cache()

    def _field(self, volume: Volume, key: LevelKey) -> Field:
        packed = self._staging.packed(volume, key)
        for old in [k for k in self._fields if k != key and k not in self._staging]:
            del self._fields[old]
        field = self._fields.get(key)
        # A level that went and came back is another object: the old one must not stay in memory beside it.
        if field is None or field.packed is not packed:
            with _device_errors(self.name):
                field = self._fields[key] = Field(self._device, packed)
        return field

    def _draw(self, level: Level, view: View, quality: Quality, fields: dict[LevelKey, Field]) -> NDArray[np.uint8]:
        device = self._device
        step = quality.step * level.voxel_length
        width, height = quality.drawn_size(view.size)
        rays = trace_rays(device, plan_rays(view.camera, (width, height), level, step))
        layers = [
            self._layer(field, channel.transfer, level, step)
            for field, channel in zip(fields.values(), view.visible_channels, strict=True)
        ]
        color = self._color(rays, layers, view, level, fields)
        out = dr.empty(device.UInt32, width * height)
        write_pixels(device, rays, color, device.Float(np.array(view.background, np.float32)), out)
        # Without an explicit eval the conversion to numpy would hold the GIL for the whole frame.
        dr.eval(out)
        pixels: NDArray[np.uint8] = out.numpy().view(np.uint8).reshape(height, width, 4)
        return pixels

    def _color(
        self, rays: Rays, layers: list[Layer], view: View, level: Level, fields: dict[LevelKey, Field]
    ) -> tuple[Any, ...]:
        match view.mode:
            case Slice(axis=axis, position=position):
                k = "xyz".index(axis)
                plane = (position - to_world(level.origin)[k]) / to_world(level.spacing)[k]
                return slice_plane(self._device, rays, layers, self._device.Float(np.array([plane], np.float32)), k)
            case MIP():
                return mip(self._device, rays, layers)
            case DVR(shaded=shaded):
                return dvr(self._device, rays, layers, self._distances(view, fields), shaded)
            case mode:
                raise BadRequest(f"{self.name} draws no {mode.__struct_config__.tag}")

    def _layer(self, field: Field, transfer: TransferFunction, level: Level, step: float) -> Layer:
        device = self._device
        low, high = transfer.window
        extent = high - low
        smallest = level.voxel_length
        scales = [smallest / (spacing * extent) for spacing in to_world(level.spacing)]
        return Layer(
            field,
            self._tables.get((transfer, step), lambda: device.Float(transfer_table(transfer, step).reshape(-1))),
            scalar(device.Float, low + field.packed.offset),
            scalar(device.Float, extent),
            [scalar(device.Float, factor) for factor in scales],
        )

    def _distances(self, view: View, fields: dict[LevelKey, Field]) -> Any:
        """How far each cell is from one to which some channel's transfer function gives opacity."""
        transfers = [channel.transfer for channel in view.visible_channels]
        key = (*fields, *((t.window, t.opacity, t.gamma, t.inverted) for t in transfers))

        def find() -> Any:
            packed = [field.packed for field in fields.values()]
            occupied: NDArray[np.bool_] = np.zeros(packed[0].low.shape, bool)
            for level, transfer in zip(packed, transfers, strict=True):
                low, high = (bound + level.offset for bound in transfer.window)
                active = transfer_table(transfer, 1.0)[:, 3] > 0
                occupied |= occupancy(level.low, level.high, (low, high), active)
            return self._device.UInt8(distances(occupied).reshape(-1))

        return self._known_distances.get(key, find)


@contextmanager
def _device_errors(name: str) -> Iterator[None]:
    """Dr.Jit says with a RuntimeError that a device has no memory left, or is lost."""
    try:
        yield
    except RuntimeError as error:
        raise BackendError(f"{name}: {str(error).strip().splitlines()[0]}") from error


def _blank(view: View, quality: Quality) -> NDArray[np.uint8]:
    width, height = quality.drawn_size(view.size)
    color = np.round(np.array(view.background) * 255).astype(np.uint8)
    return np.broadcast_to(color, (height, width, 4)).copy()
