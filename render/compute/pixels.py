"""From what rays saw to pixels: on the device for pictures, with numpy for the few pixels that lines touch."""

from collections.abc import Sequence
from typing import Any

import drjit as dr
import numpy as np
from numpy.typing import NDArray

from render.annotate import Overlay
from render.compute.device import Var, Vec, larger, smaller
from render.compute.march import NOWHERE, Picture
from render.compute.rays import Rays

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]
RGBA = tuple[float, float, float, float]


def pixel_words(color: Sequence[Var], background: Var, kind: Any) -> Var:
    """Premultiplied `color` over the straight `background`: a word of type `kind` of straight RGBA for each."""
    back = [dr.gather(type(color[3]), background, k) for k in range(4)]
    behind = (1 - color[3]) * back[3]
    alpha = color[3] + behind
    inverse = dr.select(alpha > 0, 1 / alpha, 0)
    word = _byte(kind, alpha) << 24
    for k in range(3):
        word |= _byte(kind, (color[k] + behind * back[k]) * inverse) << (8 * k)
    return word


def write_depth(rays: Rays, picture: Picture, out: Var) -> None:
    """Put the world distance of what is seen into `out`, NaN for nothing."""
    depth = picture.depth if picture.depth is not None else rays.span * 0 + NOWHERE
    dr.scatter(out, dr.select(depth >= 0, rays.distance(depth), float("nan")), rays.pixel, rays.valid)


def _byte(words: Any, share: Var) -> Var:
    bounded = larger(smaller(share, type(share)(1)), type(share)(0))
    return words(dr.int32_array_t(words)(bounded * 255 + 0.5))


def add_to(sums: Vec, rays: Rays, picture: Picture, skipped: Var) -> None:
    """Add what rays saw to `sums`, of which their first pixel is number `skipped`."""
    for total, part in zip(sums, [*picture.color, picture.alpha], strict=True):
        # No two rays of a picture share a pixel.
        mode = dr.ReduceMode.NoConflicts
        dr.scatter_reduce(dr.ReduceOp.Add, total, part, rays.pixel + skipped, rays.valid, mode)


def over_background(color: Floats, background: RGBA) -> Bytes:
    """(n, 4) premultiplied colours over a straight background: straight uint8."""
    behind = (1 - color[:, 3:]) * background[3]
    alpha = color[:, 3:] + behind
    straight = (color[:, :3] + behind * np.array(background[:3], np.float32)) / np.maximum(alpha, 1e-12)
    return np.asarray(np.clip(np.column_stack([straight, alpha]), 0, 1) * 255 + 0.5, np.uint8)


def put_overlay(array: Bytes, overlay: Overlay) -> None:
    """Draw an overlay on top of a picture (height, width, 4), straight uint8, in place."""
    height, width = overlay.pixels.shape[:2]
    part = array[overlay.top : overlay.top + height, overlay.left : overlay.left + width]
    below = part.astype(np.float32) / 255
    cover = overlay.pixels[..., 3:]
    premultiplied = overlay.pixels[..., :3] * cover + below[..., :3] * below[..., 3:] * (1 - cover)
    alpha = cover + below[..., 3:] * (1 - cover)
    straight = premultiplied / np.maximum(alpha, 1e-12)
    part[...] = np.concatenate([straight, alpha], axis=2) * 255 + 0.5
