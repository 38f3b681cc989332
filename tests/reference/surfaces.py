"""What has no thickness: isosurfaces where a value is crossed, the caps of what a clip cuts, planes inside a volume."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from render.scene import DVR, Iso, Isosurface
from tests.reference.field import sample
from tests.reference.light import Hits
from tests.reference.looks import color_at
from tests.reference.rays import Floats, Ints, Rays
from tests.reference.scene import Layer, Scene

BISECTIONS = 24
"""Of a step: a ten millionth of it is left."""


@dataclass(frozen=True)
class Stretch:
    """Part of the chords of the rays `which` (m,), between the distances `begins` and `ends` (m,)."""

    which: Ints
    begins: Floats
    ends: Floats


def surfaces(rays: Rays, scene: Scene, mode: DVR | Iso, stretch: Stretch) -> list[Hits]:
    """What is met on a stretch in which a value is crossed once at most, each surface's own, in no order."""
    met = [_crossed(rays, scene, surface, stretch) for surface in mode.isosurfaces]
    for plane in mode.planes:
        at = rays.crossing(plane)[stretch.which]
        # A plane at the end of the chord belongs to the last stretch; one between two belongs to the later.
        last = stretch.ends >= rays.far[stretch.which] - 1e-9
        here = (at >= stretch.begins) & ((at < stretch.ends) | last)
        at = np.where(here, at, np.nan)
        color, alpha = scene.on_plane(rays.at(np.where(here, at, 0), stretch.which), plane)
        met.append((np.where(alpha > 0, at, np.nan), color / np.where(alpha > 0, alpha, 1)[:, None], alpha))
    return met


def caps(rays: Rays, scene: Scene, mode: Iso) -> Iterator[Hits]:
    """Where a clip cuts what a surface encloses, the highest surface first: the innermost of those inside each other.

    Lit as a surface across the clip's normal.
    """
    which = np.arange(len(rays.near))
    cut = ~np.isnan(rays.cuts[:, 0]) & (rays.near < rays.far)
    at = np.where(cut, rays.near, 0)
    points = rays.at(at, which)
    for surface in sorted(mode.isosurfaces, key=lambda surface: -surface.value):
        layer = _layer(scene, surface)
        colors = np.broadcast_to(_color(layer, surface), points.shape)
        if scene.shaded:
            normals = np.where(cut[:, None], rays.cuts, 0)
            colors = scene.lit(colors, points, rays.directions, normals, cut.astype(np.float64))
        inside = cut & (sample(layer.voxels, scene.level, points) >= surface.value)
        yield np.where(inside, at, np.nan), colors, np.full(len(which), surface.opacity)


def _crossed(rays: Rays, scene: Scene, surface: Isosurface, stretch: Stretch) -> Hits:
    """Where a channel's value crosses the surface's on a stretch, in either direction, found by bisection."""
    layer = _layer(scene, surface)

    def inside(distances: Floats, which: Ints) -> Floats:
        """1 or 0, NaN where there is no value."""
        values = sample(layer.voxels, scene.level, rays.at(distances, which))
        return np.where(np.isnan(values), np.nan, values >= surface.value)

    before, after = inside(stretch.begins, stretch.which), inside(stretch.ends, stretch.which)
    hit = np.flatnonzero(np.abs(before - after) == 1)
    which, first, last = stretch.which[hit], stretch.begins[hit], stretch.ends[hit]
    for _ in range(BISECTIONS):
        middle = (first + last) / 2
        later = inside(middle, which) == before[hit]
        first, last = np.where(later, middle, first), np.where(later, last, middle)
    points = rays.at(last, which)
    lit = scene.lit_by_gradient(
        np.broadcast_to(_color(layer, surface), points.shape),
        points,
        rays.directions[which],
        scene.gradient(layer, points),
        layer.transfer.window,
    )
    distances, colors = np.full(len(before), np.nan), np.zeros((len(before), 3))
    distances[hit], colors[hit] = last, lit
    return distances, colors, np.full(len(before), surface.opacity)


def _layer(scene: Scene, surface: Isosurface) -> Layer:
    indices = [channel.index for channel in scene.view.visible_channels]
    return scene.layers[indices.index(surface.channel)]


def _color(layer: Layer, surface: Isosurface) -> Floats:
    if surface.color is not None:
        return np.array(surface.color)
    return color_at(layer.transfer, np.array([surface.value]))[0]
