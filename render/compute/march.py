"""The kernels: DVR, MIP and slice, from rays and fields to packed pixels.

They allocate nothing and know no layout; all numbers come as arrays, so that one compiled kernel serves every camera,
size, volume and transfer function of the same kind (mode, layout, number of channels, shaded or not).
"""

from dataclasses import dataclass
from types import ModuleType
from typing import Any

import drjit as dr

from render.compute.field import Field
from render.compute.packing import CELL
from render.compute.rays import Rays, larger, smaller
from render.compute.shade import lit
from render.compute.tables import ENTRIES

OPAQUE = 1 / 1024
"""A ray ends where less light than this is left, a quarter of a grey level."""


@dataclass(slots=True, eq=False)
class Layer:
    """A visible channel on the device: its field, its transfer table, its window and what a gradient is measured in.

    `low` and `extent` are the window's lower end and width in stored values; `gradient_scale` (x, y, z) turns a slope
    per voxel into a share of the window per smallest voxel length.
    """

    field: Field
    table: Any
    low: Any
    extent: Any
    gradient_scale: list[Any]


def dvr(device: ModuleType, rays: Rays, layers: list[Layer], distances: Any, shaded: bool) -> tuple[Any, ...]:
    """Emission and absorption, front to back: premultiplied red, green, blue, and alpha.

    `distances` (uint8, over cells) is how far each is from what is not empty, in cells. Extinctions of channels add up;
    the colour of a sample is their mean weighted by extinction. The last sample of a ray is as long as what is left.
    """
    Float = device.Float
    span = rays.leave - rays.enter

    def sample(i: Any, light: Any, red: Any, green: Any, blue: Any) -> tuple[Any, ...]:
        share = smaller(span - i, Float(1))
        position = rays.at(rays.enter + i + 0.5 * share)
        extinction, color = _emission(device, layers, position, rays.toward if shaded else None)
        absorbed = 1 - dr.exp2(-extinction * share)
        gain = light * absorbed
        return (i + 1, light - gain, red + gain * color[0], green + gain * color[1], blue + gain * color[2])

    def step(i: Any, *rest: Any) -> tuple[Any, ...]:
        position = rays.at(rays.enter + i + 0.5)
        place, index = layers[0].field.locate(position)
        distance = dr.gather(device.UInt8, distances, index)

        def skip(i: Any, *rest: Any) -> tuple[Any, ...]:
            return (_beyond(device, rays, i, place, Float(distance)), *rest)

        moved: tuple[Any, ...] = dr.if_stmt((i, *rest), distance > 0, skip, sample)
        return moved

    _, light, red, green, blue = dr.while_loop(
        state=(Float(0), dr.select(rays.valid, Float(1), 0), Float(0), Float(0), Float(0)),
        cond=lambda i, light, *_: (i < span) & (light > OPAQUE),
        body=step,
        label="dvr",
    )
    alpha = dr.select(light > OPAQUE, 1 - light, 1)
    return red, green, blue, dr.select(rays.valid, alpha, 0)


def mip(device: ModuleType, rays: Rays, layers: list[Layer]) -> tuple[Any, ...]:
    """The largest value of each channel on the ray, then its colour; colours add up. Opaque inside the cells.

    A cell is skipped where no channel has more to offer than what was found before, or than its window shows.
    """
    Float = device.Float
    span = rays.leave - rays.enter

    def sample(i: Any, *best: Any) -> tuple[Any, ...]:
        share = smaller(span - i, Float(1))
        position = rays.at(rays.enter + i + 0.5 * share)
        values = [layer.field.cell(*position).value() for layer in layers]
        return (i + 1, *(larger(value, most) for value, most in zip(values, best, strict=True)))

    def step(i: Any, *best: Any) -> tuple[Any, ...]:
        place, index = layers[0].field.locate(rays.at(rays.enter + i + 0.5))
        worth = device.Bool(False)
        for layer, most in zip(layers, best, strict=True):
            worth |= (layer.field.highest(index) > most) & (most < layer.low + layer.extent)

        def skip(i: Any, *best: Any) -> tuple[Any, ...]:
            return (_beyond(device, rays, i, place, Float(1)), *best)

        moved: tuple[Any, ...] = dr.if_stmt((i, *best), worth, sample, skip)
        return moved

    _, *best = dr.while_loop(
        state=(Float(0), *(Float(0) + layer.low for layer in layers)),
        cond=lambda i, *_: (i < span) & rays.valid,
        body=step,
        label="mip",
    )
    return _added(device, layers, best, span > 0)


def slice_plane(device: ModuleType, rays: Rays, layers: list[Layer], plane: Any, axis: int) -> tuple[Any, ...]:
    """Where each ray crosses `plane` (voxels along `axis`, 0 is x): colours add up, opaque inside the cells."""
    Float = device.Float
    slope = rays.direction[axis]
    t = (dr.gather(Float, plane, 0) - rays.origin[axis]) / dr.select(dr.abs(slope) < 1e-9, 1e-9, slope)
    # A plane on a face of the cells is entered and left at once, in numbers that may differ in their last digit.
    inside = rays.valid & (t >= rays.enter - 1e-3) & (t <= rays.leave + 1e-3) & (rays.leave > rays.enter)
    position = rays.at(dr.select(inside, t, rays.enter))
    values = [layer.field.cell(*position).value() for layer in layers]
    return _added(device, layers, values, inside)


def write_pixels(device: ModuleType, rays: Rays, color: tuple[Any, ...], background: Any, out: Any) -> None:
    """Put premultiplied `color` over the straight `background` into `out`, one word of straight RGBA a pixel."""
    Float = device.Float
    back = [dr.gather(Float, background, k) for k in range(4)]
    behind = (1 - color[3]) * back[3]
    alpha = color[3] + behind
    inverse = dr.select(alpha > 0, 1 / alpha, 0)
    word = _byte(device, alpha) << 24
    for k in range(3):
        word |= _byte(device, (color[k] + behind * back[k]) * inverse) << (8 * k)
    dr.scatter(out, word, rays.pixel, rays.valid)


def _byte(device: ModuleType, share: Any) -> Any:
    bounded = larger(smaller(share, device.Float(1)), device.Float(0))
    return device.UInt32(device.Int32(bounded * 255 + 0.5))


def _beyond(device: ModuleType, rays: Rays, i: Any, place: list[Any], reach: Any) -> Any:
    """The first sample after `i` that leaves the cells less than `reach` away from the one at `place`, (x, y, z)."""
    position = rays.at(rays.enter + i + 0.5)
    exit_at = device.Float(1e30)
    for p, d, cell in zip(position, rays.direction, place, strict=True):
        face = (device.Float(cell) + dr.select(d > 0, reach, 1 - reach)) * CELL
        exit_at = smaller(exit_at, dr.select(dr.abs(d) < 1e-9, 1e30, (face - p) / d))
    return larger(dr.ceil(i + exit_at), i + 1)


def _entry(device: ModuleType, layer: Layer, value: Any) -> Any:
    """The index in the layer's table of a stored value."""
    share = larger(smaller((value - layer.low) / layer.extent, device.Float(1)), device.Float(0))
    return device.UInt32(device.Int32(share * (ENTRIES - 1) + 0.5))


def _emission(
    device: ModuleType, layers: list[Layer], position: list[Any], toward: list[Any] | None
) -> tuple[Any, list[Any]]:
    """The extinction of a sample of full length and its colour."""
    extinctions, colors = [], []
    for layer in layers:
        cell = layer.field.cell(*position)
        *color, extinction = dr.gather(device.Array4f, layer.table, _entry(device, layer, cell.value()))
        if toward is not None:
            color = lit(color, [g * s for g, s in zip(cell.gradient(), layer.gradient_scale, strict=True)], toward)
        extinctions.append(extinction)
        colors.append(color)
    if len(layers) == 1:
        return extinctions[0], colors[0]
    total = sum(extinctions)
    weight = dr.select(total > 0, 1 / total, 0)
    mixed = [sum(e * color[k] for e, color in zip(extinctions, colors, strict=True)) * weight for k in range(3)]
    return total, mixed


def _added(device: ModuleType, layers: list[Layer], values: list[Any], inside: Any) -> tuple[Any, ...]:
    """The sum of the channels' colours, 1 at most, opaque where `inside` and nothing elsewhere."""
    colors = [
        dr.gather(device.Array4f, layer.table, _entry(device, layer, value))
        for layer, value in zip(layers, values, strict=True)
    ]
    sums = [smaller(sum(color[k] for color in colors), device.Float(1)) for k in range(3)]
    red, green, blue, alpha = (dr.select(inside, part, 0) for part in (*sums, device.Float(1)))
    return red, green, blue, alpha
