"""From a View's camera and clip to the numbers of its rays; numpy only.

What depends on where the camera is is computed here in double precision, relative to the level's origin and from a
plane just before the volume: a float32 ray that starts at a far eye is wrong by several grey levels.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from render.errors import BadRequest
from render.geometry import Vec3, add, dot, normalize, scale, subtract, to_world
from render.scene import Camera, Orthographic
from render.volume.info import Level

HALF_SPACES = 14
"""The faces of a clip box, six clip planes and the faces of a slab."""

HalfSpace = tuple[Vec3, Vec3]
"""(point, normal) in world space: what is on the side into which the normal points."""


@dataclass(frozen=True, slots=True)
class Jitter:
    """Where one of several pictures of a view takes its samples, beside those of the first, which is not moved.

    `offset` (x, y) is in pixels, `phase` 0..1 the share of a step that the samples of every ray are nearer to the eye.
    """

    offset: tuple[float, float] = (0.0, 0.0)
    phase: float = 0.0


@dataclass(frozen=True, slots=True)
class Framing:
    """Which rays through what: a camera's picture of `size` (width, height), a level, and samples `step` apart.

    `rows` are those of the picture that are traced, first and last plus one. `half_spaces` bound what is drawn.
    """

    camera: Camera
    size: tuple[int, int]
    rows: tuple[int, int]
    level: Level
    step: float
    half_spaces: Sequence[HalfSpace] = ()
    jitter: Jitter = Jitter()


@dataclass(frozen=True, slots=True)
class RayPlan:
    """Rays as the numbers that the kernel reads (see `trace_rays`); (width, height) pixels of them.

    `first` are the (column, row) of the first in the whole picture, `numbers` are the same for all its parts: that
    makes parts equal the whole bit for bit. `bounds` (n, 4) are the `plane_numbers` of half spaces.
    """

    width: int
    height: int
    first: tuple[int, int]
    numbers: NDArray[np.float32]
    bounds: NDArray[np.float32]


def plan_rays(framing: Framing) -> RayPlan:
    """The rays of a picture's rows."""
    camera, level = framing.camera, framing.level
    width, height = framing.size
    left, top, right, bottom = camera.region
    whole_width, whole_height = _whole(width / (right - left)), _whole(height / (bottom - top))
    aspect = whole_width / whole_height
    eye = subtract(camera.position, to_world(level.origin))
    ahead = dot(subtract(level.box.center, camera.position), camera.forward) - 0.51 * level.box.diagonal
    if isinstance(camera.projection, Orthographic):
        tall, spread = camera.projection.height / 2, 0.0
    else:
        spread = math.tan(math.radians(camera.projection.fov) / 2)
        ahead = max(0.0, ahead)
        tall = spread * ahead
    spacing = to_world(level.spacing)
    offset, phase = framing.jitter.offset, framing.jitter.phase
    column, row = _whole(left * whole_width), _whole(top * whole_height)
    numbers = [
        *_plane(add(eye, scale(camera.forward, ahead)), camera, (tall * aspect, tall)),
        *_plane(camera.forward, camera, (spread * aspect, spread)),
        *(1 / s for s in spacing),
        *(framing.step / s for s in spacing),
        *(n - 0.5 for n in to_world(level.shape)),
        column % 1 + 0.5 + offset[0],
        row % 1 + 0.5 + offset[1],
        1 / whole_width,
        1 / whole_height,
        ahead,
        phase,
        framing.step,
    ]
    bounds = _half_spaces(framing.half_spaces, level)
    first = (int(column), int(row) + framing.rows[0])
    return RayPlan(width, framing.rows[1] - framing.rows[0], first, np.array(numbers, np.float32), bounds)


def _whole(pixels: float) -> float:
    """A number of pixels, free of the rounding of a region's share: a region must see what the whole picture sees."""
    return float(round(pixels)) if abs(pixels - round(pixels)) < 1e-3 else pixels


def _plane(middle: Vec3, camera: Camera, half: tuple[float, float]) -> tuple[float, ...]:
    """A plane across the line of sight: its top left corner, and its whole extent to the right and down."""
    across, tall = scale(camera.right, half[0]), scale(camera.true_up, half[1])
    corner = add(subtract(middle, across), tall)
    return (*corner, *scale(across, 2), *scale(tall, -2))


def plane_numbers(plane: HalfSpace, level: Level) -> tuple[float, float, float, float]:
    """(a, b, c, d): a x + b y + c z + d is how far a position in voxels is from a plane, in smallest voxel sides."""
    point, normal = plane[0], scale(normalize(plane[1]), 1 / level.voxel_length)
    away = dot(normal, subtract(to_world(level.origin), point))
    a, b, c = (n * s for n, s in zip(normal, to_world(level.spacing), strict=True))
    return (a, b, c, away)


def _half_spaces(given: Sequence[HalfSpace], level: Level) -> NDArray[np.float32]:
    if len(given) > HALF_SPACES:
        raise BadRequest(f"{len(given)} clip planes and faces: at most {HALF_SPACES} at once")
    return np.array([plane_numbers(each, level) for each in given], np.float32).reshape(-1, 4)
