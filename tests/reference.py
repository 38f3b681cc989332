"""A renderer in float64 numpy, slow and obvious: what the others are measured against.

Each pixel's ray is walked from face to face of the volume's box in equal intervals of about `step` (world units), one
sample in the middle of each. No skipping, no early end, no tables: colour and opacity are evaluated at every sample.
A perspective ray begins at the eye; an orthographic one has no beginning. Unshaded only.
"""

import math

import numpy as np
from numpy.typing import NDArray

from render.colormap import color_stops
from render.scene import DVR, MIP, Camera, Channel, Perspective, Slice, TransferFunction, View
from render.volume.info import Level
from render.volume.volume import Volume

Floats = NDArray[np.float64]

OPAQUE = 1 - 1e-6
"""Opacities are held below 1, where the extinction would be infinite."""


def render_reference(volume: Volume, view: View, step: float, level: int = 0) -> Floats:
    """(height, width, 4) straight RGBA in 0..1, row 0 on top; `step` is the distance of samples in world units."""
    shown = volume.info.levels[level]
    starts, directions = pixel_rays(view.camera, view.size)
    near, far = box_chords(shown, (starts, directions))
    if isinstance(view.camera.projection, Perspective):
        near = np.maximum(near, 0)
    if isinstance(view.mode, Slice):
        color, alpha = _cut(volume, view, level, (starts, directions, near, far))
    else:
        color, alpha = _march(volume, view, level, (starts, directions, near, far), step)
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


Rays = tuple[Floats, Floats, Floats, Floats]
Layer = tuple[Channel, Floats]


def _layers(volume: Volume, view: View, level: int) -> list[Layer]:
    shape = volume.info.levels[level].shape
    return [
        (channel, volume.read(level, (0, 0, 0), shape, channel.index, view.time).astype(np.float64))
        for channel in view.visible_channels
    ]


def _march(volume: Volume, view: View, level: int, rays: Rays, step: float) -> tuple[Floats, Floats]:
    """Premultiplied colour (pixels, 3) and alpha (pixels,)."""
    starts, directions, near, far = rays
    layers = _layers(volume, view, level)
    chord = np.maximum(far - near, 0)
    counts = np.ceil(chord / step - 1e-9).astype(int)
    lengths = chord / np.maximum(counts, 1)
    color, through = np.zeros((len(near), 3)), np.ones(len(near))
    largest = [np.full(len(near), -np.inf) for _ in layers]
    for k in range(int(counts.max(initial=0))):
        hit = np.flatnonzero(k < counts)
        points = starts[hit] + (near[hit] + (k + 0.5) * lengths[hit])[:, None] * directions[hit]
        values = [sample(voxels, volume.info.levels[level], points) for _, voxels in layers]
        if isinstance(view.mode, MIP):
            for most, value in zip(largest, values, strict=True):
                most[hit] = np.maximum(most[hit], value)
            continue
        emitted, alpha = _interval(layers, values, lengths[hit])
        color[hit] += through[hit, None] * emitted
        through[hit] *= 1 - alpha
    if isinstance(view.mode, DVR):
        return color, 1 - through
    return _sum_of_colors(layers, largest, counts > 0)


def _interval(layers: list[Layer], values: list[Floats], lengths: Floats) -> tuple[Floats, Floats]:
    """What one interval emits (premultiplied) and its alpha: extinctions add, colour is their weighted mean."""
    extinctions = [extinction_at(channel.transfer, v) for (channel, _), v in zip(layers, values, strict=True)]
    colors = [color_at(channel.transfer, v) for (channel, _), v in zip(layers, values, strict=True)]
    total = sum(extinctions, np.zeros(len(lengths)))
    weighted = sum((e[:, None] * c for e, c in zip(extinctions, colors, strict=True)), np.zeros((len(lengths), 3)))
    alpha = -np.expm1(-total * lengths)
    return alpha[:, None] * weighted / np.maximum(total, 1e-300)[:, None], alpha


def _sum_of_colors(layers: list[Layer], values: list[Floats], hit: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    colors = [color_at(channel.transfer, v) for (channel, _), v in zip(layers, values, strict=True)]
    hit = hit & bool(layers)
    added = np.minimum(sum(colors, np.zeros((len(hit), 3))), 1)
    return np.where(hit[:, None], added, 0), hit.astype(np.float64)


def _cut(volume: Volume, view: View, level: int, rays: Rays) -> tuple[Floats, Floats]:
    starts, directions, near, far = rays
    assert isinstance(view.mode, Slice)
    axis = "xyz".index(view.mode.axis)
    along = directions[:, axis]
    distance = (view.mode.position - starts[:, axis]) / np.where(np.abs(along) < 1e-12, np.nan, along)
    hit = (distance >= near) & (distance <= far)
    points = starts + np.where(hit, distance, 0)[:, None] * directions
    layers = _layers(volume, view, level)
    values = [sample(voxels, volume.info.levels[level], points) for _, voxels in layers]
    return _sum_of_colors(layers, values, hit)
