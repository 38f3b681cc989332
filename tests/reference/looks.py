"""What a value looks like: colour, extinction, and how matter answers to light."""

import numpy as np

from render.colormap import color_stops
from render.scene import Headlight, Light, OpacityCurve, Shading, TransferFunction
from tests.reference.rays import Floats

OPAQUE = 1e6
"""The extinction over a unit distance of what is fully opaque: no light passes, at any step."""


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


def extinction_at(transfer: TransferFunction, values: Floats, gradients: Floats) -> Floats:
    """Per world length: 1 - exp(-extinction * unit_distance) is the opacity; 0 where there is no value.

    `gradients` (n, 3) are per world length; they matter where the transfer function has a `gradient_opacity`.
    """
    curve = transfer.opacity
    if isinstance(curve, OpacityCurve):
        points, x = np.array(curve.points), values
    else:
        points, x = np.array(curve), place(transfer, values)
    opacity = np.interp(x, points[:, 0], points[:, 1])
    extinction = absorption(opacity, transfer.unit_distance)
    if transfer.gradient_opacity:
        low, high = transfer.window
        steepness = np.linalg.norm(gradients, axis=1) * transfer.unit_distance / (high - low)
        shares = np.array(transfer.gradient_opacity)
        extinction = extinction * np.interp(steepness, shares[:, 0], shares[:, 1])
    return np.where(np.isnan(values), 0, extinction)


def absorption(opacity: Floats, unit_distance: float) -> Floats:
    """The extinction per world length of what has `opacity` over a unit distance."""
    solid = opacity >= 1
    return np.where(solid, OPAQUE, -np.log1p(-np.where(solid, 0, opacity))) / unit_distance


def facing(gradients: Floats, floor: float) -> tuple[Floats, Floats]:
    """Unit normals (n, 3) of gradients, and the weights (n,) with which light counts there.

    `gradients` are in shares of the window per smallest voxel side: one of `floor` has the weight 1/2.
    """
    squared = (gradients**2).sum(axis=1)
    seen = squared > 0
    normals = gradients / np.sqrt(np.where(seen, squared, 1))[:, None]
    return normals, np.where(seen, squared / np.where(seen, squared + floor**2, 1), 0)


def lit(
    colors: Floats, normals: Floats, weights: Floats, toward: Floats, light: tuple[Shading, tuple[Light, ...]]
) -> Floats:
    """Blinn-Phong: (n, 3) colours of what has unit `normals`, seen along the unit directions `toward`.

    `weights` 0..1 say how much of the light's answer there is; at 0 the colour stays as it is.
    """
    shading, lights = light
    eye = -toward
    normals = np.where((normals * eye).sum(axis=1, keepdims=True) < 0, -normals, normals)
    diffuse, specular = np.zeros_like(colors), np.zeros_like(colors)
    for source in lights:
        strength = source.intensity * np.array(source.color)
        if isinstance(source, Headlight):
            to_light = eye
        else:
            to_light = np.broadcast_to(-np.array(source.direction) / np.linalg.norm(source.direction), eye.shape)
        half = to_light + eye
        half = half / np.maximum(np.linalg.norm(half, axis=1, keepdims=True), 1e-12)
        diffuse += np.maximum((normals * to_light).sum(axis=1), 0)[:, None] * strength
        shine = np.maximum((normals * half).sum(axis=1), 0) ** shading.shininess
        specular += shine[:, None] * strength
    weight = weights[:, None]
    answer = shading.ambient + shading.diffuse * diffuse
    return colors * (1 + weight * (answer - 1)) + weight * shading.specular * specular
