"""Isosurfaces: between which isovalues a value is, where a ray leaves that interval, and what it sees there."""

from dataclasses import dataclass
from types import ModuleType

import drjit as dr

from render.compute.device import FAR, Var, Vec
from render.compute.emission import Layer, Matter
from render.compute.rays import Rays

BISECTIONS = 8
"""A root is known to 1/256 of a step."""


@dataclass(slots=True, eq=False)
class Isosurfaces:
    """Those of one channel: `values` rising (stored ones), between two infinities; `looks` (n, 4) straight RGBA.

    `last` is the index of the highest; `stored` the values on the host.
    """

    layer: Layer
    values: Var
    looks: Var
    last: Var
    stored: tuple[float, ...]


def bound(each: Isosurfaces, index: Var) -> Var:
    return dr.gather(type(each.layer.low), each.values, index)


def side_of(each: Isosurfaces, index: Var, value: Var) -> tuple[Var, Var]:
    """Whether a value is above the isovalues that it was between, and whether below."""
    return value >= bound(each, index + 1), value < bound(each, index)


def crossing_of(rays: Rays, each: Isosurfaces, index: Var, stretch: tuple[Var, Var]) -> tuple[Var, Var]:
    """Where a value leaves the interval that it was in, FAR away where it does not, and whether upwards."""
    begin, end = stretch
    up, down = side_of(each, index, each.layer.field.at(rays.at(end)).value())
    level = bound(each, dr.select(up, index + 1, index))
    for _ in range(BISECTIONS):
        middle = 0.5 * (begin + end)
        passed = (each.layer.field.at(rays.at(middle)).value() >= level) == up
        begin, end = dr.select(passed, begin, middle), dr.select(passed, middle, end)
    return dr.select(up | down, end, FAR), up


def surface_look(matter: Matter, each: Isosurfaces, surface: Var, position: Vec, normal: Vec | None) -> tuple[Vec, Var]:
    """The colour and opacity of a surface, lit by the channel's gradient, or as what has this unit normal."""
    *color, alpha = dr.gather(matter.device.Array4f, each.looks, surface)
    if matter.lighting is None:
        return color, alpha
    if normal is not None:
        return matter.lighting.lit(color, normal, matter.device.Float(1), position), alpha
    gradient = matter.gradient(each.layer, each.layer.field.at(position), position)
    return matter.lighting.lit_by_gradient(color, gradient, position), alpha


def index_at(device: ModuleType, rays: Rays, each: Isosurfaces, t: Var) -> Var:
    """How many isovalues the value at `t` is not below."""
    value = each.layer.field.at(rays.at(t)).value()
    (index,) = dr.while_loop(
        state=(device.UInt32(0),),
        cond=lambda index: value >= bound(each, index + 1),
        body=lambda index: (index + 1,),
        label="isovalues",
    )
    return index
