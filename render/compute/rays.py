"""From a View's camera to the rays of its pixels.

What depends on where the camera is is computed here in double precision, relative to the level's origin and from a
plane just before the volume: a float32 ray that starts at a far eye is wrong by several grey levels.
"""

import math
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import drjit as dr
import numpy as np
from numpy.typing import NDArray

from render.geometry import Vec3, add, dot, scale, subtract, to_world
from render.scene import Camera, Orthographic
from render.volume.info import Level

TILE = 4
"""Rays are traced in squares of TILE x TILE pixels, which is 20 % faster than in rows."""


@dataclass(frozen=True, slots=True)
class RayPlan:
    """The rays of a picture of `width` x `height` pixels, as the numbers that the kernel reads (see `trace_rays`)."""

    width: int
    height: int
    numbers: NDArray[np.float32]


def plan_rays(camera: Camera, size: tuple[int, int], level: Level, step: float) -> RayPlan:
    """Rays through the cells of `level` with samples of world length `step`; `size` is (width, height)."""
    width, height = size
    left, top, right, bottom = camera.region
    whole_width, whole_height = _whole(width / (right - left)), _whole(height / (bottom - top))
    aspect = whole_width / whole_height
    origin = to_world(level.origin)
    eye = subtract(camera.position, origin)
    to_center = dot(subtract(level.box.center, camera.position), camera.forward)
    ahead = to_center - 0.51 * level.box.diagonal
    if isinstance(camera.projection, Orthographic):
        tall, spread = camera.projection.height / 2, 0.0
    else:
        spread = math.tan(math.radians(camera.projection.fov) / 2)
        ahead = max(0.0, ahead)
        tall = spread * ahead
    spacing = to_world(level.spacing)
    numbers = [
        *_plane(add(eye, scale(camera.forward, ahead)), camera, (tall * aspect, tall)),
        *_plane(camera.forward, camera, (spread * aspect, spread)),
        *(1 / s for s in spacing),
        *(step / s for s in spacing),
        *(n - 0.5 for n in to_world(level.shape)),
        _whole(left * whole_width),
        _whole(top * whole_height),
        1 / whole_width,
        1 / whole_height,
    ]
    return RayPlan(width, height, np.array(numbers, np.float32))


def _whole(pixels: float) -> float:
    """A number of pixels, free of the rounding of a region's share: a region must see what the whole picture sees."""
    return float(round(pixels)) if abs(pixels - round(pixels)) < 1e-3 else pixels


def _plane(middle: Vec3, camera: Camera, half: tuple[float, float]) -> tuple[float, ...]:
    """A plane across the line of sight: its top left corner, and its whole extent to the right and down."""
    across, tall = scale(camera.right, half[0]), scale(camera.true_up, half[1])
    corner = add(subtract(middle, across), tall)
    return (*corner, *scale(across, 2), *scale(tall, -2))


@dataclass(slots=True, eq=False)
class Rays:
    """Rays in voxels, (x, y, z): origin + t * direction with t in samples, inside the cells from `enter` to `leave`.

    `toward` is the direction in world space, of length 1; `pixel` the index in the picture where `valid`.
    """

    origin: list[Any]
    direction: list[Any]
    toward: list[Any]
    enter: Any
    leave: Any
    pixel: Any
    valid: Any

    def at(self, t: Any) -> list[Any]:
        """The position at `t`, in voxels."""
        return [o + t * d for o, d in zip(self.origin, self.direction, strict=True)]


def trace_rays(device: ModuleType, plan: RayPlan) -> Rays:
    """One ray for each pixel, in squares of `TILE`."""
    numbers = device.Float(plan.numbers)
    values = iter([dr.gather(device.Float, numbers, i) for i in range(len(plan.numbers))])

    def vector() -> list[Any]:
        return [next(values) for _ in range(3)]

    corner, across, down = vector(), vector(), vector()
    toward_corner, toward_across, toward_down = vector(), vector(), vector()
    per_voxel, step, end = vector(), vector(), vector()
    first_column, first_row, per_column, per_row = (next(values) for _ in range(4))

    column, row, valid, pixel = _pixels(device, plan)
    u = (device.Float(column) + (first_column + 0.5)) * per_column
    v = (device.Float(row) + (first_row + 0.5)) * per_row
    origin = [(corner[k] + u * across[k] + v * down[k]) * per_voxel[k] for k in range(3)]
    toward = [toward_corner[k] + u * toward_across[k] + v * toward_down[k] for k in range(3)]
    length = dr.sqrt(toward[0] * toward[0] + toward[1] * toward[1] + toward[2] * toward[2])
    toward = [d / length for d in toward]
    direction = [toward[k] * step[k] for k in range(3)]
    enter, leave = device.Float(0), device.Float(1e30)
    for k in range(3):
        # A ray along a face divides by a number that is nearly nothing rather than by nothing.
        slope = dr.rcp(dr.select(dr.abs(direction[k]) < 1e-9, 1e-9, direction[k]))
        one, other = (-0.5 - origin[k]) * slope, (end[k] - origin[k]) * slope
        enter = larger(enter, smaller(one, other))
        leave = smaller(leave, larger(one, other))
    return Rays(origin, direction, toward, enter, leave, pixel, valid)


def _pixels(device: ModuleType, plan: RayPlan) -> tuple[Any, Any, Any, Any]:
    """Column, row, whether it is inside the picture, and the index of each ray's pixel."""
    sizes = device.UInt32(np.array([plan.width, plan.height, -(-plan.width // TILE)], np.uint32))
    width, height, tiles = (dr.gather(device.UInt32, sizes, i) for i in range(3))
    count = -(-plan.width // TILE) * -(-plan.height // TILE) * TILE * TILE
    index = dr.arange(device.UInt32, count)
    square, within = index // (TILE * TILE), index % (TILE * TILE)
    squares_down = square // tiles
    column = (square - squares_down * tiles) * TILE + within % TILE
    row = squares_down * TILE + within // TILE
    return column, row, (column < width) & (row < height), row * width + column


def smaller(a: Any, b: Any) -> Any:
    """The minimum as a select: dr.minimum aborts the process on LLVM 15 and 16."""
    return dr.select(a < b, a, b)


def larger(a: Any, b: Any) -> Any:
    """The maximum as a select."""
    return dr.select(a > b, a, b)
