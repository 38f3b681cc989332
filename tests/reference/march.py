"""Emission and absorption front to back, with surfaces at their depth: the modes dvr and iso."""

import numpy as np

from render.scene import DVR, Iso
from tests.reference.light import Hits, Light
from tests.reference.rays import Rays
from tests.reference.scene import Scene
from tests.reference.surfaces import Stretch, caps, surfaces


def march(rays: Rays, scene: Scene, mode: DVR | Iso) -> Light:
    """Volume, isosurfaces and planes; in `iso` there is no volume but that of labels, and cuts are closed.

    Each interval is one sample, taken in its middle; a surface within it divides it into pieces of that sample.
    """
    light = Light(len(rays.near))
    if isinstance(mode, Iso):
        everywhere = np.arange(len(rays.near))
        for hits in caps(rays, scene, mode):
            light.add(everywhere, hits)
    emission = scene.emission if isinstance(mode, DVR) else scene.label_emission
    for which, begins, ends in rays.intervals(scene.step):
        middles = (begins + ends) / 2
        total, weighted = emission(rays.at(middles, which), rays.directions[which])
        color = weighted / np.where(total > 0, total, 1)[:, None]
        reached = begins
        for hits in _in_order(surfaces(rays, scene, mode, Stretch(which, begins, ends))):
            until = np.where(np.isnan(hits[0]), reached, hits[0])
            light.add(which, (middles, color, -np.expm1(-total * (until - reached))))
            light.add(which, hits)
            reached = until
        light.add(which, (middles, color, -np.expm1(-total * (ends - reached))))
    return light


def _in_order(found: list[Hits]) -> list[Hits]:
    """The same hits, rearranged so that each ray meets those of the first entry first."""
    if not found:
        return []
    distances, colors, opacities = (np.stack(parts) for parts in zip(*found, strict=True))
    order = np.argsort(distances, axis=0, kind="stable")
    distances, opacities = (np.take_along_axis(part, order, axis=0) for part in (distances, opacities))
    colors = np.take_along_axis(colors, order[..., None], axis=0)
    return list(zip(distances, colors, opacities, strict=True))
