"""Rays on the device: where they begin, which way they go, and between where there is something to draw."""

from dataclasses import dataclass
from types import ModuleType

import drjit as dr
import numpy as np

from render.compute.device import FAR, PARALLEL, Var, Vec, aligned, choose, dot3, floats, larger, scalar, smaller
from render.compute.framing import RayPlan

TILE = 4
"""Rays are traced in squares of TILE x TILE pixels, which is 20 % faster than in rows."""


@dataclass(slots=True, eq=False)
class Rays:
    """Rays in voxels, (x, y, z): origin + t * direction, t in samples, inside what is drawn from `enter` to `leave`.

    `inverse` is 1 / direction; `toward` the direction in world space, of length 1; `start` the world distance of t = 0
    from the eye, or from the camera's plane where rays are parallel, and `length` that of a sample; `cut` the normal
    of the half space that is entered last, in world space, nothing where that is the volume's box. Samples end
    `phase` before whole numbers. `pixel` is the index in the picture where `valid`.
    """

    origin: Vec
    direction: Vec
    inverse: Vec
    toward: Vec
    enter: Var
    leave: Var
    start: Var
    length: Var
    phase: Var
    cut: Vec
    pixel: Var
    valid: Var

    @property
    def span(self) -> Var:
        return self.leave - self.enter

    def at(self, t: Var) -> Vec:
        """The position `t` samples behind where the ray enters, in voxels."""
        t = self.enter + t
        return [o + t * d for o, d in zip(self.origin, self.direction, strict=True)]

    def distance(self, t: Var) -> Var:
        """The world distance from the eye of the position at `t`."""
        return self.start + (self.enter + t) * self.length

    def crossing(self, plane: Var) -> Var:
        """Where a ray crosses a plane of four `plane_numbers`: samples behind where it enters, far away if nowhere."""
        a, b, c, d = (dr.gather(type(self.enter), plane, k) for k in range(4))
        slope = dot3([a, b, c], self.direction)
        t = -(dot3([a, b, c], self.origin) + d) / dr.select(dr.abs(slope) < PARALLEL, PARALLEL, slope)
        return dr.select(dr.abs(slope) < PARALLEL, FAR, t - self.enter)

    def between(self, near: Var, far: Var) -> "Rays":
        """The same rays between two world distances from the eye."""
        enter = larger(self.enter, (near - self.start) / self.length)
        leave = smaller(self.leave, (far - self.start) / self.length)
        nothing = [part * 0 for part in self.cut]
        cut = choose(enter > self.enter, nothing, self.cut)
        bounds = (enter, leave, self.start, self.length, self.phase, cut)
        return Rays(self.origin, self.direction, self.inverse, self.toward, *bounds, self.pixel, self.valid)


def trace_rays(device: ModuleType, plan: RayPlan, pixels: Var | None = None) -> Rays:
    """One ray for each pixel, in squares of `TILE`; or one for each index (row * width + column) in `pixels`."""
    numbers = floats(device, plan.numbers)
    values = iter([dr.gather(device.Float, numbers, i) for i in range(len(plan.numbers))])

    def vector() -> Vec:
        return [next(values) for _ in range(3)]

    corner, across, down = vector(), vector(), vector()
    toward_corner, toward_across, toward_down = vector(), vector(), vector()
    per_voxel, step, end = vector(), vector(), vector()
    right, below, per_column, per_row, ahead, phase, length = (next(values) for _ in range(7))

    column, row, valid, pixel = _pixels(device, plan, pixels)
    u = (device.Float(column) + right) * per_column
    v = (device.Float(row) + below) * per_row
    origin = [(corner[k] + u * across[k] + v * down[k]) * per_voxel[k] for k in range(3)]
    toward = [toward_corner[k] + u * toward_across[k] + v * toward_down[k] for k in range(3)]
    stretch = dr.sqrt(dot3(toward, toward))
    toward = [d / stretch for d in toward]
    # A ray along a face divides by a number that is nearly nothing rather than by nothing.
    slopes = [toward[k] * step[k] for k in range(3)]
    direction = [dr.select(dr.abs(d) < PARALLEL, PARALLEL, d) for d in slopes]
    inverse = [1 / d for d in direction]
    enter, leave = device.Float(0), device.Float(FAR)
    for k in range(3):
        one, other = (-0.5 - origin[k]) * inverse[k], (end[k] - origin[k]) * inverse[k]
        enter = larger(enter, smaller(one, other))
        leave = smaller(leave, larger(one, other))
    enter, leave, cut = _within(device, plan, (enter, leave), (origin, direction))
    # A normal in voxels is one in world space times the voxels' sides.
    cut = [c * p for c, p in zip(cut, per_voxel, strict=True)]
    return Rays(origin, direction, inverse, toward, enter, leave, ahead * stretch, length, phase, cut, pixel, valid)


def _within(device: ModuleType, plan: RayPlan, span: tuple[Var, Var], ray: tuple[Vec, Vec]) -> tuple[Var, Var, Vec]:
    """Where a ray enters and leaves what is in all half spaces too, and the normal of the one entered last, in voxels.

    A loop over them, and not its turns written out: a kernel is the same for any number of them.
    """
    # One more than there are, so that the array is never empty.
    numbers = floats(device, np.append(plan.bounds.reshape(-1), np.zeros(4, np.float32)))
    count = scalar(device.UInt32, len(plan.bounds))

    def narrow(k: Var, enter: Var, leave: Var, *cut: Var) -> tuple[Var, ...]:
        *bound, away = (dr.gather(device.Float, numbers, 4 * k + part) for part in range(4))
        enter, leave, entered = _bounded((enter, leave), ray, bound, away)
        return (k + 1, enter, leave, *choose(entered, bound, list(cut)))

    zero = device.Float(0)
    _, enter, leave, *cut = dr.while_loop(
        state=(device.UInt32(0), *span, zero, zero, zero),
        cond=lambda k, *_: k < count,
        body=narrow,
        label="half spaces",
    )
    return enter, leave, cut


def _bounded(span: tuple[Var, Var], ray: tuple[Vec, Vec], bound: Vec, away: Var) -> tuple[Var, Var, Var]:
    """Where a ray enters and leaves what is also on the inner side of a plane, and whether that is where it enters."""
    (enter, leave), (origin, direction) = span, ray
    slope, height = dot3(bound, direction), dot3(bound, origin) + away
    parallel = dr.abs(slope) < PARALLEL
    t = -height / dr.select(parallel, 1, slope)
    t = dr.select(parallel, dr.select(height < 0, FAR, -FAR), t)
    entered = (parallel | (slope > 0)) & (t > enter)
    leave = dr.select(~parallel & (slope < 0), smaller(leave, t), leave)
    return dr.select(entered, t, enter), leave, entered


def _pixels(device: ModuleType, plan: RayPlan, chosen: Var | None) -> tuple[Var, Var, Var, Var]:
    """Each ray's column and row in the whole picture, whether it is inside the plan's, and the index of its pixel."""
    sizes = device.UInt32(aligned(np.array([plan.width, plan.height, -(-plan.width // TILE), *plan.first], np.uint32)))
    width, height, tiles, left, top = (dr.gather(device.UInt32, sizes, i) for i in range(5))
    if chosen is not None:
        row = chosen // width
        return chosen - row * width + left, row + top, device.Bool(True), chosen
    count = -(-plan.width // TILE) * -(-plan.height // TILE) * TILE * TILE
    index = dr.arange(device.UInt32, count)
    square, within = index // (TILE * TILE), index % (TILE * TILE)
    squares_down = square // tiles
    column = (square - squares_down * tiles) * TILE + within % TILE
    row = squares_down * TILE + within // TILE
    return column + left, row + top, (column < width) & (row < height), row * width + column
