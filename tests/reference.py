"""A renderer in float64 numpy, slow and obvious: what the others are measured against.

Each pixel's ray is walked from face to face of the volume's box in equal intervals of about `step` (world units), one
sample in the middle of each. No skipping, no early end, no tables: colour and opacity are evaluated at every sample.
A perspective ray begins at the eye; an orthographic one has no beginning. Unshaded only.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec
import numpy as np
from numpy.typing import NDArray

from render.colormap import color_stops
from render.frame import Frame, Timings
from render.scene import DVR, MIP, Camera, Perspective, Quality, Slice, TransferFunction, View
from render.volume.info import Level
from render.volume.volume import Volume

Floats = NDArray[np.float64]

OPAQUE = 1 - 1e-6
"""Opacities are held below 1, where the extinction would be infinite."""


class ReferenceRenderer:
    """The marcher behind the door that every renderer has, so that it stands the same tests."""

    name = "reference"

    def __init__(self) -> None:
        self._voxels: dict[tuple[int, int, int, int], Floats] = {}

    def staged(self, volume: Volume, view: View, quality: Quality) -> bool:
        return all(key in self._voxels for key in self._keys(volume, view, quality))

    def stage(self, volume: Volume, view: View, quality: Quality) -> None:
        volume.info.check(level=quality.level, time=view.time)
        for key in self._keys(volume, view, quality):
            if key not in self._voxels:
                _, level, channel, time = key
                whole = volume.read(level, (0, 0, 0), volume.info.levels[level].shape, channel, time)
                self._voxels[key] = whole.astype(np.float64)

    def render(self, volume: Volume, view: View, quality: Quality) -> Frame:
        self.stage(volume, view, quality)
        level = volume.info.levels[quality.level]
        voxels = [self._voxels[key] for key in self._keys(volume, view, quality)]
        transfers = [channel.transfer for channel in view.visible_channels]
        drawn = msgspec.structs.replace(view, size=quality.drawn_size(view.size))
        picture = _draw(drawn, level, list(zip(transfers, voxels, strict=True)), quality.step * level.voxel_length)
        return Frame(np.round(picture * 255).astype(np.uint8), view, quality, self.name, Timings(0, 0))

    def close(self) -> None:
        self._voxels.clear()

    def _keys(self, volume: Volume, view: View, quality: Quality) -> list[tuple[int, int, int, int]]:
        return [(volume.key, quality.level, channel.index, view.time) for channel in view.visible_channels]


Layer = tuple[TransferFunction, Floats]


def _draw(view: View, level: Level, layers: list[Layer], step: float) -> Floats:
    """(height, width, 4) straight RGBA in 0..1, row 0 on top; `step` is the distance of samples in world units."""
    starts, directions = pixel_rays(view.camera, view.size)
    near, far = box_chords(level, (starts, directions))
    if isinstance(view.camera.projection, Perspective):
        near = np.maximum(near, 0)
    rays = Rays(starts, directions, near, far)
    match view.mode:
        case DVR():
            color, alpha = _march(rays, level, layers, step)
        case MIP():
            color, alpha = _added(layers, _largest(rays, level, layers, step), far > near)
        case Slice():
            color, alpha = _added(layers, *_cut(rays, level, layers, view.mode))
    background = np.array(view.background)
    through = (1 - alpha) * background[3]
    covered = alpha + through
    premultiplied = color + through[:, None] * background[:3]
    straight = np.where(covered[:, None] > 0, premultiplied / np.maximum(covered, 1e-12)[:, None], background[:3])
    return np.concatenate([straight, covered[:, None]], axis=1).reshape(view.size[1], view.size[0], 4)


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
    nonzero = np.where(np.abs(directions) < 1e-12, 1e-12, directions)
    lower = (np.array(level.box.lower) - starts) / nonzero
    upper = (np.array(level.box.upper) - starts) / nonzero
    near = np.minimum(lower, upper).max(axis=1)
    far = np.maximum(lower, upper).min(axis=1)
    return near, far


def sample(voxels: Floats, level: Level, points: Floats) -> Floats:
    """Trilinear values of a (z, y, x) array at world points (n, 3); beyond the outer centres the edge value holds."""
    zyx = (points[:, ::-1] - np.array(level.origin)) / np.array(level.spacing)
    zyx = np.clip(zyx, 0, np.array(level.shape) - 1)
    lower = np.minimum(np.floor(zyx).astype(int), np.maximum(np.array(level.shape) - 2, 0))
    upper = np.minimum(lower + 1, np.array(level.shape) - 1)
    share = zyx - lower
    total = np.zeros(len(points))
    for corner in np.ndindex(2, 2, 2):
        index = tuple(np.where(corner[axis], upper[:, axis], lower[:, axis]) for axis in range(3))
        weight = np.prod([share[:, a] if corner[a] else 1 - share[:, a] for a in range(3)], axis=0)
        total += weight * voxels[index]
    return total


def place(transfer: TransferFunction, values: Floats) -> Floats:
    """Where values stand in the window, 0..1, after gamma and inversion."""
    low, high = transfer.window
    x = np.clip((values - low) / (high - low), 0, 1) ** transfer.gamma
    return 1 - x if transfer.inverted else x


def color_at(transfer: TransferFunction, values: Floats) -> Floats:
    """(n, 3) RGB in 0..1."""
    colormap = transfer.colormap
    stops = np.array(color_stops(colormap) if isinstance(colormap, str) else colormap)
    x = place(transfer, values)
    return np.stack([np.interp(x, stops[:, 0], stops[:, k]) for k in (1, 2, 3)], axis=1)


def extinction_at(transfer: TransferFunction, values: Floats) -> Floats:
    """Per world length: 1 - exp(-extinction * unit_distance) is the opacity curve's value."""
    points = np.array(transfer.opacity)
    opacity = np.interp(place(transfer, values), points[:, 0], points[:, 1])
    return -np.log1p(-np.minimum(opacity, OPAQUE)) / transfer.unit_distance


@dataclass(frozen=True)
class Rays:
    """Rays (n, 3) with the distances (n,) at which they enter and leave the box; far <= near is a miss."""

    starts: Floats
    directions: Floats
    near: Floats
    far: Floats

    def at(self, distances: Floats, which: NDArray[np.intp]) -> Floats:
        return self.starts[which] + distances[which, None] * self.directions[which]


def _intervals(rays: Rays, step: float) -> Iterator[tuple[NDArray[np.intp], Floats, Floats]]:
    """From front to back: which rays still run, the middles of their next intervals, and those intervals' lengths."""
    chord = np.maximum(rays.far - rays.near, 0)
    counts = np.ceil(chord / step - 1e-9).astype(int)
    lengths = chord / np.maximum(counts, 1)
    for k in range(int(counts.max(initial=0))):
        running = np.flatnonzero(k < counts)
        yield running, rays.at(rays.near + (k + 0.5) * lengths, running), lengths[running]


def _march(rays: Rays, level: Level, layers: list[Layer], step: float) -> tuple[Floats, Floats]:
    """Premultiplied colour (n, 3) and alpha (n,): extinctions add, colour is their weighted mean."""
    color, through = np.zeros((len(rays.near), 3)), np.ones(len(rays.near))
    for running, points, lengths in _intervals(rays, step):
        total, weighted = np.zeros(len(running)), np.zeros((len(running), 3))
        for transfer, voxels in layers:
            values = sample(voxels, level, points)
            extinction = extinction_at(transfer, values)
            total += extinction
            weighted += extinction[:, None] * color_at(transfer, values)
        alpha = -np.expm1(-total * lengths)
        color[running] += (through[running] * alpha / np.maximum(total, 1e-300))[:, None] * weighted
        through[running] *= 1 - alpha
    return color, 1 - through


def _largest(rays: Rays, level: Level, layers: list[Layer], step: float) -> list[Floats]:
    largest = [np.full(len(rays.near), -np.inf) for _ in layers]
    for running, points, _ in _intervals(rays, step):
        for most, (_, voxels) in zip(largest, layers, strict=True):
            most[running] = np.maximum(most[running], sample(voxels, level, points))
    return largest


def _cut(rays: Rays, level: Level, layers: list[Layer], plane: Slice) -> tuple[list[Floats], NDArray[np.bool_]]:
    """The values where rays cross the plane, and whether they do so in the box."""
    axis = "xyz".index(plane.axis)
    along = rays.directions[:, axis]
    distance = (plane.position - rays.starts[:, axis]) / np.where(np.abs(along) < 1e-12, np.nan, along)
    hit = (distance >= rays.near) & (distance <= rays.far)
    points = rays.at(np.where(hit, distance, 0), np.arange(len(hit)))
    return [sample(voxels, level, points) for _, voxels in layers], hit


def _added(layers: list[Layer], values: list[Floats], hit: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """The sum of the channels' colours (n, 3), 1 at most, opaque where `hit`."""
    shown = hit & bool(layers)
    total = np.zeros((len(hit), 3))
    for (transfer, _), value in zip(layers, values, strict=True):
        total += color_at(transfer, value)
    return np.where(shown[:, None], np.minimum(total, 1), 0), shown.astype(np.float64)
