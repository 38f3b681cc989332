"""From a View and the fields of its volume to what kernels read: tables, codes of cells, surfaces.

What is costly to make is kept for the next picture. Nothing here keeps a field alive.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import ModuleType

import drjit as dr
import numpy as np
from numpy.typing import NDArray

from render.compute import skip
from render.compute.device import Var, floats, scalar
from render.compute.emission import LabelLayer, Layer
from render.compute.field import Field
from render.compute.framing import HalfSpace, plane_numbers
from render.compute.isosurfaces import Isosurfaces
from render.compute.recent import Recent
from render.compute.surfaces import Sheet, Surfaces
from render.compute.tables import gradient_table, transfer_table
from render.geometry import normalize, to_world
from render.scene import DVR, Iso, Isosurface, Labels, Plane, TransferFunction
from render.volume.info import Level
from render.volume.labels import RGBA, label_colors

TABLE_BYTES = 64 * 2**20
"""What tables may take: 16 KiB for a transfer function as a rule, 16 bytes for each id of labels."""

CELL_BYTES = 32 * 2**20
"""What is kept about cells may take beside the last: 4 bytes for 64 voxels, for each transfer function."""

SLACK = 0.5
"""Half a step of a projection over the window is half a grey level, but where gamma spreads out the dark end."""

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class LabelsOnDevice:
    """A label image that is drawn: how, on which field, and the colours that the file gives its ids."""

    labels: Labels
    field: Field
    colors: Mapping[int, RGBA]


@dataclass(frozen=True, slots=True)
class Sampling:
    """How far apart samples are, as a world length and in smallest voxel sides."""

    length: float
    voxels: float

    @property
    def longest_stride(self) -> int:
        """How many samples may become one where matter is smooth: what a cell knows reaches a voxel beyond it."""
        return 4 if self.voxels <= 0.5 else 2 if self.voxels <= 1 else 1


class Preparation:
    """Makes what the kernels of one device read, and remembers it."""

    def __init__(self, device: ModuleType) -> None:
        self.device = device
        self._tables = Recent(TABLE_BYTES, lambda made: 4 * dr.width(made))
        self._codes = Recent(CELL_BYTES, lambda made: made.nbytes)
        self._words = Recent(CELL_BYTES, lambda made: 4 * dr.width(made))

    def clear(self) -> None:
        for kept in (self._tables, self._codes, self._words):
            kept.clear()

    def layer(self, field: Field, transfer: TransferFunction, level: Level, sampling: Sampling) -> Layer:
        """A channel and how it is sampled."""
        device = self.device
        low, high = transfer.window
        first, last = transfer.domain
        smallest = level.voxel_length
        table = self._table(transfer, sampling.length)
        steepest = max([point[0] for point in transfer.gradient_opacity], default=1.0) or 1.0
        gradients = (
            self._tables.get((transfer, "gradient"), lambda: floats(device, gradient_table(transfer, steepest)))
            if transfer.gradient_opacity
            else None
        )
        return Layer(
            field=field,
            table=table,
            low=scalar(device.Float, first + field.packed.offset),
            extent=scalar(device.Float, last - first),
            last=scalar(device.Float, dr.width(table) // 4 - 1),
            zero=scalar(device.Float, low + field.packed.offset),
            unit=scalar(device.Float, sampling.length / transfer.unit_distance),
            gradient_scale=[
                scalar(device.Float, smallest / (spacing * (high - low))) for spacing in to_world(level.spacing)
            ],
            gradient_table=gradients,
            gradient_extent=scalar(device.Float, transfer.unit_distance / smallest / steepest),
        )

    def label_layer(self, drawn: LabelsOnDevice, sampling: Sampling) -> LabelLayer:
        """A label image and how it is sampled."""
        labels = drawn.labels
        table = self._tables.get(
            (drawn.field.serial, labels.name, labels.ids), lambda: floats(self.device, _shown(drawn))
        )
        opacity, unit = labels.opacity, sampling.length / labels.unit_distance
        return LabelLayer(
            drawn.field,
            table,
            scalar(self.device.Float, opacity),
            scalar(self.device.Float, unit),
            labels.outline,
        )

    def emission_words(
        self, channels: list[tuple[Field, TransferFunction]], labels: list[LabelsOnDevice], sampling: Sampling
    ) -> Var:
        """What a march through emission looks up: the slot is that of the first channel, or of the first labels."""
        key = ("emission", sampling, *_names(channels), *map(_seen, labels))
        first = channels[0][0] if channels else labels[0].field

        def make() -> Var:
            return first.words(skip.with_distances(self._emission(channels, labels, sampling)))

        return self._words.get(key, make)

    def surface_words(
        self,
        channels: list[tuple[Field, TransferFunction]],
        labels: list[LabelsOnDevice],
        sampling: Sampling,
        surfaces: list[tuple[Field, tuple[float, ...]]],
        first: Field,
    ) -> Var:
        """The same with surfaces, of stored values."""
        crossed = [(field.serial, values) for field, values in surfaces]
        named = [_seen(one) for one in labels]
        key = ("surfaces", sampling, first.serial, *_names(channels), *crossed, *named)

        def make() -> Var:
            occupied: Mask = np.zeros(first.packed.low.shape, bool)
            if channels or labels:
                occupied |= self._emission(channels, labels, sampling) < skip.EMPTY
            for field, values in surfaces:
                occupied |= skip.crossed(field.packed, values)
            codes = np.where(occupied, np.uint8(skip.ROUGH), np.uint8(skip.EMPTY))
            return first.words(skip.with_distances(codes))

        return self._words.get(key, make)

    def ranked(self, layer: Layer, transfer: TransferFunction, largest: bool, exact: bool) -> Layer:
        """A channel with what a projection looks up.

        Where it is to be `exact`, values beyond the window count too, and the least difference.
        """
        packed, Float = layer.field.packed, self.device.Float
        low, high = skip.reach(packed) if exact else (bound + packed.offset for bound in transfer.window)
        slack = 0.0 if exact or transfer.gamma < 1 else SLACK
        key = ("projection", layer.field.serial, low, high, largest)
        words = self._words.get(key, lambda: layer.field.words(skip.ranks(packed, (low, high), largest)))
        bounds = (scalar(Float, low), scalar(Float, high - low))
        return replace(layer, words=words, rank_low=bounds[0], rank_extent=bounds[1], slack=scalar(Float, slack))

    def surfaces(
        self, mode: DVR | Iso, layers: dict[int, tuple[Layer, TransferFunction]], level: Level, emitting: bool
    ) -> Surfaces:
        """A mode's isosurfaces and planes; `layers` by the index of their channel."""
        by_channel: dict[int, list[Isosurface]] = {}
        for surface in mode.isosurfaces:
            by_channel.setdefault(surface.channel, []).append(surface)
        isosurfaces = [self._isosurfaces(*layers[index], found) for index, found in by_channel.items()]
        sheets = [self.sheet(plane, level) for plane in mode.planes]
        return Surfaces(isosurfaces, sheets, emitting, isinstance(mode, Iso))

    def crossed(self, surfaces: Surfaces) -> list[tuple[Field, tuple[float, ...]]]:
        """The stored values of isosurfaces, with the fields in which they are."""
        return [(each.layer.field, each.stored) for each in surfaces.isosurfaces]

    def sheet(self, plane: Plane, level: Level) -> Sheet:
        return Sheet(
            floats(self.device, plane_numbers(half_space(plane), level)), floats(self.device, normalize(plane.normal))
        )

    def _isosurfaces(self, layer: Layer, transfer: TransferFunction, surfaces: list[Isosurface]) -> Isosurfaces:
        surfaces = sorted(surfaces, key=lambda surface: surface.value)
        looks = [(*_color(surface, transfer), surface.opacity) for surface in surfaces]
        values = [surface.value + layer.field.packed.offset for surface in surfaces]
        return Isosurfaces(
            layer,
            floats(self.device, [-np.inf, *values, np.inf]),
            floats(self.device, looks),
            scalar(self.device.UInt32, len(surfaces) - 1),
            tuple(values),
        )

    def _table(self, transfer: TransferFunction, step: float) -> Var:
        return self._tables.get((transfer, step), lambda: floats(self.device, transfer_table(transfer, step)))

    def _emission(
        self, channels: list[tuple[Field, TransferFunction]], labels: list[LabelsOnDevice], sampling: Sampling
    ) -> skip.Codes:
        """The smallest code of all in each cell: one that has to be sampled often is, whatever others say."""
        codes = [self._channel_codes(field, transfer, sampling) for field, transfer in channels]
        codes += [
            skip.label_codes(drawn.field.packed, _shown(drawn)[:, 3] * drawn.labels.opacity > 0) for drawn in labels
        ]
        least = codes[0]
        for more in codes[1:]:
            least = np.minimum(least, more)
        return skip.as_rough_as_before(least)

    def _channel_codes(self, field: Field, transfer: TransferFunction, sampling: Sampling) -> skip.Codes:
        low, high = (bound + field.packed.offset for bound in transfer.domain)
        cells = self._codes.get((field.serial, transfer.domain), lambda: skip.bins(field.packed, (low, high)))
        # What a gradient makes of an opacity is not known by cell, nor where in it a hole is.
        stride = 1 if transfer.gradient_opacity or field.packed.holes else sampling.longest_stride
        found = self._codes.get(
            (transfer, sampling.length, stride),
            lambda: skip.emission_codes(transfer_table(transfer, sampling.length), stride),
        )
        return np.asarray(found.take(cells))


def half_space(plane: Plane) -> HalfSpace:
    return (plane.point, plane.normal)


def _names(channels: list[tuple[Field, TransferFunction]]) -> list[tuple[int, TransferFunction]]:
    return [(field.serial, transfer) for field, transfer in channels]


def _color(surface: Isosurface, transfer: TransferFunction) -> tuple[float, ...]:
    """A surface's own colour, or that of its value."""
    if surface.color is not None:
        return surface.color
    table = transfer_table(transfer, 1.0)
    first, last = transfer.domain
    place = min(max((surface.value - first) / (last - first), 0.0), 1.0)
    return tuple(float(part) for part in table[round(place * (len(table) - 1)), :3])


def _seen(drawn: LabelsOnDevice) -> tuple[int, tuple[int, ...], bool]:
    """What decides where labels are seen."""
    return (drawn.field.serial, drawn.labels.ids, drawn.labels.opacity > 0)


def _shown(drawn: LabelsOnDevice) -> NDArray[np.float32]:
    """(n, 4) by index of an id: its straight colour, alpha 0 where it is not shown."""
    ids = drawn.field.packed.ids
    colors = label_colors(ids, drawn.colors)
    if drawn.labels.ids:
        colors[~np.isin(ids, np.array(drawn.labels.ids, np.uint64)), 3] = 0
    colors[ids == 0, 3] = 0
    return colors
