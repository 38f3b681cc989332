"""Rays through the pixels of a picture, and the part of each that is drawn: its chord."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from render.geometry import Box
from render.scene import Camera, Clip, Perspective, Plane, View, unit_normal
from render.volume.info import Level

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

PARALLEL = 1e-12
"""What a ray along a plane divides by instead of nothing."""


@dataclass(frozen=True)
class Rays:
    """n rays with the distances (n,) at which their chords begin and end; far <= near is a miss.

    `starts` and unit `directions` are (n, 3) in world x, y, z. `cuts` (n, 3) is the unit normal of the clip by which a
    chord begins, and NaN where it begins otherwise: at the volume's own box or at the eye.
    """

    starts: Floats
    directions: Floats
    near: Floats
    far: Floats
    cuts: Floats

    def at(self, distances: Floats, which: Ints) -> Floats:
        """Points (m, 3) at `distances` (m,) along the rays `which` (m,)."""
        return self.starts[which] + distances[:, None] * self.directions[which]

    def intervals(self, step: float) -> Iterator[tuple[Ints, Floats, Floats]]:
        """From front to back: which rays still run, and where their next intervals begin and end.

        Each chord is divided into equal intervals of at most `step`. One begins where the one before ends, to the last
        digit: a surface there would be in neither.
        """
        chord = np.maximum(self.far - self.near, 0)
        counts = np.ceil(chord / step - 1e-9).astype(int)
        lengths = chord / np.maximum(counts, 1)
        for k in range(int(counts.max(initial=0))):
            running = np.flatnonzero(k < counts)
            yield running, (self.near + k * lengths)[running], (self.near + (k + 1) * lengths)[running]

    def crossing(self, plane: Plane) -> Floats:
        """The distance at which each ray crosses a plane within its chord, NaN where it does not."""
        normal, point = np.array(unit_normal(plane)), np.array(plane.point)
        slope = self.directions @ normal
        distance = ((point - self.starts) @ normal) / np.where(np.abs(slope) < PARALLEL, np.nan, slope)
        hit = (distance >= self.near) & (distance <= self.far) & (self.near < self.far)
        return np.where(hit, distance, np.nan)

    def within(self, plane: Plane, thickness: float) -> "Rays":
        """The same rays with chords that end half a `thickness` on either side of a plane."""
        normal = np.array(unit_normal(plane))
        middle = normal @ np.array(plane.point)
        near, far = self.near, self.far
        for side in (-1, 1):
            first, last = _half_space(self.starts, self.directions, side * normal, side * middle - thickness / 2)
            near, far = np.maximum(near, first), np.minimum(far, last)
        return Rays(self.starts, self.directions, near, far, self.cuts)


def chords(view: View, level: Level) -> Rays:
    """One ray through each pixel's centre, row by row, with its chord inside the level's box and the clip.

    A perspective chord begins at the eye at the earliest; an orthographic ray has no beginning.
    """
    starts, directions = pixel_rays(view.camera, view.size)
    near, far = box_chords(level, (starts, directions))
    cuts = np.full(starts.shape, np.nan)
    for normal, offset in _half_spaces(view.clip):
        first, last = _half_space(starts, directions, normal, offset)
        later = first > near
        cuts[later] = normal
        near, far = np.maximum(near, first), np.minimum(far, last)
    if isinstance(view.camera.projection, Perspective):
        cuts[near < 0] = np.nan
        near = np.maximum(near, 0)
    return Rays(starts, directions, near, far, cuts)


def pixel_rays(camera: Camera, size: tuple[int, int]) -> tuple[Floats, Floats]:
    """Starts and unit directions, (pixels, 3) in world x, y, z: one ray through the centre of each pixel."""
    width, height = size
    left, top, right, bottom = camera.region
    aspect = (width / (right - left)) / (height / (bottom - top))
    u = 2 * (left + (right - left) * (np.arange(width) + 0.5) / width) - 1
    v = 1 - 2 * (top + (bottom - top) * (np.arange(height) + 0.5) / height)
    v, u = (grid.reshape(-1, 1) for grid in np.meshgrid(v, u, indexing="ij"))
    forward, across, up = (np.array(axis) for axis in (camera.forward, camera.right, camera.true_up))
    position = np.array(camera.position)
    if isinstance(camera.projection, Perspective):
        half = math.tan(math.radians(camera.projection.fov) / 2)
        directions = forward + half * (aspect * u * across + v * up)
        starts = np.broadcast_to(position, directions.shape)
    else:
        half = camera.projection.height / 2
        starts = position + half * (aspect * u * across + v * up)
        directions = np.broadcast_to(forward, starts.shape)
    return starts, directions / np.linalg.norm(directions, axis=1, keepdims=True)


def box_chords(level: Level, rays: tuple[Floats, Floats]) -> tuple[Floats, Floats]:
    """Distances along each ray at which it enters and leaves the level's box; far <= near is a miss."""
    starts, directions = rays
    near, far = np.full(len(starts), -np.inf), np.full(len(starts), np.inf)
    for normal, offset in _faces(level.box):
        first, last = _half_space(starts, directions, normal, offset)
        near, far = np.maximum(near, first), np.minimum(far, last)
    return near, far


def _half_spaces(clip: Clip) -> Iterator[tuple[Floats, float]]:
    """(unit normal, offset) of every half space `point . normal >= offset` in which a clip keeps what there is."""
    if clip.box is not None:
        yield from _faces(Box(*clip.box))
    for plane in clip.planes:
        normal = np.array(plane.normal) / np.linalg.norm(plane.normal)
        yield normal, float(normal @ np.array(plane.point))


def _faces(box: Box) -> Iterator[tuple[Floats, float]]:
    for axis in range(3):
        normal = np.eye(3)[axis]
        yield normal, box.lower[axis]
        yield -normal, -box.upper[axis]


def _half_space(starts: Floats, directions: Floats, normal: Floats, offset: float) -> tuple[Floats, Floats]:
    """Between which distances each ray is in the half space `point . normal >= offset`; infinite where unbounded."""
    slope = directions @ normal
    outside = offset - starts @ normal
    parallel = np.abs(slope) < PARALLEL
    at = outside / np.where(parallel, 1.0, slope)
    first = np.where(parallel, np.where(outside > 0, np.inf, -np.inf), np.where(slope > 0, at, -np.inf))
    last = np.where(parallel | (slope > 0), np.inf, at)
    return first, last
