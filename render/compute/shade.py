"""How a sample's colour answers to light: Blinn-Phong with a lamp at the eye."""

from typing import Any

import drjit as dr

from render.scene import Shading

MATTER = Shading()
SMOOTH = MATTER.floor
"""A gradient that crosses this share of the window over a voxel is half lit: weaker ones are noise, which would glitter
if it were lit at random."""


def lit(color: list[Any], gradient: list[Any], toward: list[Any]) -> list[Any]:
    """`color` under a lamp at the eye.

    `gradient` is (x, y, z) in shares of the window per voxel's length in world space, `toward` the unit direction of
    sight. Both sides of a surface are lit alike. The half vector of a lamp at the eye is the direction to the eye.
    """
    squared = sum(g * g for g in gradient)
    weight = squared / (squared + SMOOTH * SMOOTH)
    along = sum(g * t for g, t in zip(gradient, toward, strict=True))
    facing = dr.abs(along) * dr.rsqrt(squared + 1e-12)
    shine = facing
    for _ in range(int(MATTER.shininess).bit_length() - 1):
        shine = shine * shine
    light = 1 + weight * (MATTER.ambient + MATTER.diffuse * facing - 1)
    return [c * light + weight * MATTER.specular * shine for c in color]
