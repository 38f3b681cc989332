"""One value of each channel for a ray: the modes mip, minip, mean, sum, slice and oblique."""

import numpy as np

from render.scene import Oblique, Projection, Slice
from tests.reference.light import Light
from tests.reference.rays import Floats, Rays
from tests.reference.scene import Scene, added

Picture = tuple[Floats, Floats, Floats]
"""Premultiplied colours (n, 3), alphas (n,), depths (n,) with NaN for none."""


def project(rays: Rays, scene: Scene, projection: Projection) -> Picture:
    """Channels' colours added up, and the labels on the chord over them."""
    match projection:
        case "mip" | "minip":
            values, depths = _extreme(rays, scene, np.greater if projection == "mip" else np.less)
        case "mean" | "sum":
            values, depths = _mean(rays, scene), np.full(len(rays.near), np.nan)
    if projection == "sum":
        values = _sums(rays, scene)
    color, alpha = added(scene.layers, values) if values else (np.zeros((len(rays.near), 3)), np.zeros(len(rays.near)))
    over = _labels(rays, scene)
    return (
        over.color + over.through[:, None] * color,
        over.alpha + over.through * alpha,
        np.where(alpha > 0, depths, np.nan),
    )


def cut(rays: Rays, scene: Scene, plane: Slice | Oblique) -> Picture:
    """A plane; with a thickness what lies within half of it on either side, projected."""
    at = rays.crossing(plane)
    if plane.thickness > 0:
        color, alpha, _ = project(rays.within(plane, plane.thickness), scene, plane.projection)
    else:
        hit = ~np.isnan(at)
        color, alpha = scene.on_plane(rays.at(np.where(hit, at, 0), np.arange(len(at))), plane)
        color, alpha = np.where(hit[:, None], color, 0), np.where(hit, alpha, 0)
    return color, alpha, np.where(alpha > 0, at, np.nan)


def _extreme(rays: Rays, scene: Scene, beats: np.ufunc) -> tuple[list[Floats], Floats]:
    """The extreme values (n,), NaN where there is none, and where the first channel has its one first."""
    best = [np.full(len(rays.near), np.nan) for _ in scene.layers]
    depths = np.full(len(rays.near), np.nan)
    for which, begins, ends in rays.intervals(scene.step):
        # The ends too: a value that still rises where the ray leaves is largest there.
        for places in (begins, (begins + ends) / 2, ends):
            for index, values in enumerate(scene.values(rays.at(places, which))):
                held = best[index][which]
                better = np.isnan(held) | beats(values, held)
                best[index][which] = np.where(better, values, held)
                if index == 0:
                    depths[which] = np.where(better & ~np.isnan(values), places, depths[which])
    return best, depths


def _integrals(rays: Rays, scene: Scene, floors: list[float]) -> list[tuple[Floats, Floats]]:
    """For each channel: the integral (n,) of max(value, floor) over the ray, and over which length there are values."""
    totals = [(np.zeros(len(rays.near)), np.zeros(len(rays.near))) for _ in scene.layers]
    for which, begins, ends in rays.intervals(scene.step):
        found = scene.values(rays.at((begins + ends) / 2, which))
        for (integral, length), values, floor in zip(totals, found, floors, strict=True):
            there = np.where(np.isnan(values), 0, ends - begins)
            integral[which] += np.where(there > 0, np.maximum(values, floor), 0) * there
            length[which] += there
    return totals


def _mean(rays: Rays, scene: Scene) -> list[Floats]:
    return [
        np.where(length > 0, integral / np.where(length > 0, length, 1), np.nan)
        for integral, length in _integrals(rays, scene, [-np.inf] * len(scene.layers))
    ]


def _sums(rays: Rays, scene: Scene) -> list[Floats]:
    lows = [layer.transfer.window[0] for layer in scene.layers]
    units = [layer.transfer.unit_distance for layer in scene.layers]
    return [
        np.where(length > 0, low + (integral - low * length) / unit, np.nan)
        for (integral, length), low, unit in zip(_integrals(rays, scene, lows), lows, units, strict=True)
    ]


def _labels(rays: Rays, scene: Scene) -> Light:
    """The labels' own emission and absorption along the chord."""
    light = Light(len(rays.near))
    for which, begins, ends in rays.intervals(scene.step if scene.labels else np.inf):
        middles = (begins + ends) / 2
        total, weighted = scene.label_emission(rays.at(middles, which), rays.directions[which])
        color = weighted / np.where(total > 0, total, 1)[:, None]
        light.add(which, (middles, color, -np.expm1(-total * (ends - begins))))
    return light
