"""What a place in a volume looks like to a ray: channels through their tables, labels in their colours, lit."""

from dataclasses import dataclass, field
from types import ModuleType

import drjit as dr

from render.compute.device import Var, Vec, dot3, larger, smaller
from render.compute.field import Cell, Field, Spot
from render.compute.shade import Lighting
from render.compute.tables import GRADIENT_ENTRIES, OPAQUE

STEEPEST = 1e15
"""No gradient counts for more, in shares of the window."""


@dataclass(slots=True, eq=False)
class Layer:
    """A visible channel on the device, its numbers in stored values.

    `table` (see `tables`) spans `extent` from `low` on, and `last` is the index of its last entry; `zero` is the lower
    end of the window; `unit` is the length of a sample in unit distances. `gradient_scale`
    (x, y, z) turns a slope per voxel into a share of the window per smallest voxel side; `gradient_table` is over such
    shares of 0 to 1 / `gradient_extent`, None where gradients do not change the opacity. `words` are what a projection
    looks up by cell, in 254 steps over `rank_extent` from `rank_low` on, of which `slack` are not seen.
    """

    field: Field
    table: Var
    low: Var
    extent: Var
    last: Var
    zero: Var
    unit: Var
    gradient_scale: Vec
    gradient_table: Var | None
    gradient_extent: Var
    words: Var | None = None
    rank_low: Var | None = None
    rank_extent: Var | None = None
    slack: Var | None = None

    def look(self, device: ModuleType, value: Var) -> tuple[Vec, Var]:
        """The colour of a value and its extinction over a sample of full length; both 0 for NaN."""
        share = larger(smaller((value - self.low) / self.extent, device.Float(1)), device.Float(0))
        entry = device.UInt32(device.Int32(share * self.last + 0.5))
        *color, extinction = dr.gather(device.Array4f, self.table, entry)
        if self.field.bounded:
            return color, extinction
        known = ~dr.isnan(value)
        return [dr.select(known, part, 0) for part in color], dr.select(known, extinction, 0)


@dataclass(slots=True, eq=False)
class LabelLayer:
    """A label image on the device, on the grid of the channels.

    By index of an id `table` is (n, 4) straight red, green, blue and alpha, 0 for what is not shown. `opacity` is that
    of all, and `unit` the length of a sample in unit distances. `outline`: only voxels that touch others are shown.
    """

    field: Field
    table: Var
    opacity: Var
    unit: Var
    outline: bool
    words: Var | None = None


@dataclass(slots=True, eq=False)
class Matter:
    """Everything in a volume that is drawn, and the light on it; None where nothing is lit.

    `emitting` are those of the channels (`layers`) that a ray sees between surfaces. `scale` is a slope's of an
    indicator, from per voxel to per smallest voxel side.
    """

    device: ModuleType
    layers: list[Layer]
    emitting: list[Layer]
    labels: list[LabelLayer]
    lighting: Lighting | None
    scale: Vec
    fields: list[Field] = field(init=False)

    def __post_init__(self) -> None:
        self.fields = [layer.field for layer in self.layers] + [labels.field for labels in self.labels]

    def emission(self, position: Vec, spot: Spot, slot: Var) -> tuple[Var, Vec]:
        """The extinction of a sample of full length and its colour; `slot` is that of the first field at `spot`.

        Extinctions add up, and the colour is their mean weighted by extinction.
        """
        found = [self._channel(layer, position, spot, slot) for layer in self.emitting]
        found += [self._label(labels, position) for labels in self.labels]
        if len(found) == 1:
            return found[0]
        total = sum(extinction for extinction, _ in found)
        weight = dr.select(total > 0, 1 / total, 0)
        return total, [sum(e * color[k] for e, color in found) * weight for k in range(3)]

    def values(self, position: Vec) -> list[Var]:
        """The value of each channel."""
        return [layer.field.at(position).value() for layer in self.layers]

    def added(self, values: list[Var], known: list[Var]) -> tuple[Vec, Var]:
        """The colours of values added up, 1 at most, and 1 where any is `known`."""
        zero, one = self.device.Float(0), self.device.Float(1)
        color, alpha = [zero, zero, zero], zero
        for layer, value, there in zip(self.layers, values, known, strict=True):
            part, _ = layer.look(self.device, value)
            color = [c + dr.select(there, p, 0) for c, p in zip(color, part, strict=True)]
            alpha = dr.select(there, one, alpha)
        return [smaller(c, one) for c in color], alpha

    def on_plane(self, position: Vec, normal: Vec) -> tuple[Vec, Var]:
        """Premultiplied colour and alpha of a thin plane: channels added up, labels over them."""
        values = self.values(position)
        color, alpha = self.added(values, [~dr.isnan(value) for value in values])
        for labels in self.labels:
            voxel = labels.field.nearest(position)
            index = labels.field.index_at(voxel)
            *tint, own = dr.gather(self.device.Array4f, labels.table, index)
            cover = own * labels.opacity
            if labels.outline:
                cover = dr.select(self._edge(labels, voxel, index, _across(normal)), cover, 0)
            color = [cover * tint[k] + (1 - cover) * color[k] for k in range(3)]
            alpha = cover + (1 - cover) * alpha
        return color, alpha

    def gradient(self, layer: Layer, cell: Cell, position: Vec) -> Vec:
        """A channel's gradient in shares of the window per smallest voxel side."""
        slopes = cell.gradient()
        if self.lighting is not None and self.lighting.central:
            slopes = [self._central(layer.field, position, k) for k in range(3)]
        shares = [slope * s for slope, s in zip(slopes, layer.gradient_scale, strict=True)]
        if not layer.field.floating:
            return shares
        # The square of what float32 holds is infinite.
        steepest = self.device.Float(STEEPEST)
        return [larger(smaller(share, steepest), -steepest) for share in shares]

    def _channel(self, layer: Layer, position: Vec, spot: Spot, slot: Var) -> tuple[Var, Vec]:
        cell = layer.field.cell(spot, slot if layer is self.layers[0] else layer.field.slot(spot.lower))
        color, extinction = layer.look(self.device, cell.value())
        if self.lighting is None and layer.gradient_table is None:
            return extinction, color
        gradient = self.gradient(layer, cell, position)
        if layer.gradient_table is not None:
            steepness = dr.sqrt(dot3(gradient, gradient)) * layer.gradient_extent
            entry = smaller(steepness, self.device.Float(1)) * (GRADIENT_ENTRIES - 1) + 0.5
            extinction = extinction * dr.gather(self.device.Float, layer.gradient_table, self.device.UInt32(entry))
        if self.lighting is not None:
            color = self.lighting.lit_by_gradient(color, gradient, position)
        return extinction, color

    def _label(self, labels: LabelLayer, position: Vec) -> tuple[Var, Vec]:
        voxel = labels.field.nearest(position)
        index = labels.field.index_at(voxel)
        *color, own = dr.gather(self.device.Array4f, labels.table, index)
        opacity = own * labels.opacity
        extinction = dr.select(opacity < 1, -dr.log2(1 - opacity) * labels.unit, OPAQUE)
        if labels.outline:
            every = [self.device.Bool(True)] * 3
            extinction = dr.select(self._edge(labels, voxel, index, every), extinction, 0)
        if self.lighting is None:
            return extinction, color
        spot = labels.field.spot(position)
        around = [labels.field.index_at(corner) for corner in spot.corners]
        corners = [dr.select(other == index, self.device.Float(1), 0) for other in around]
        slopes = Cell(corners, spot.shares, bounded=True).gradient()
        gradient = [slope * s for slope, s in zip(slopes, self.scale, strict=True)]
        return extinction, self.lighting.lit_by_gradient(color, gradient, position)

    def _edge(self, labels: LabelLayer, voxel: Vec, index: Var, axes: list[Var]) -> Var:
        """Whether a neighbour along one of the chosen `axes` (x, y, z) has another id."""
        edge = self.device.Bool(False)
        for k, chosen in enumerate(axes):
            for step in (-1, 1):
                beside = [v + step if axis == k else v for axis, v in enumerate(voxel)]
                edge |= chosen & (labels.field.index_at(beside) != index)
        return edge

    def _central(self, field: Field, position: Vec, axis: int) -> Var:
        """Half the difference of the values a voxel on either side; 0 where one is NaN."""
        ends = [[p + step if k == axis else p for k, p in enumerate(position)] for step in (-1, 1)]
        before, after = (field.at(end).value() for end in ends)
        slope = (after - before) * 0.5
        return slope if field.bounded else dr.select(dr.isnan(slope), 0, slope)


def _across(normal: Vec) -> list[Var]:
    """Which axes lie within a plane: all but the first that its world normal is most aligned with."""
    x, y, z = (dr.abs(part) for part in normal)
    along_x = (x >= y) & (x >= z)
    along_y = ~along_x & (y >= z)
    return [~along_x, ~along_y, along_x | along_y]
