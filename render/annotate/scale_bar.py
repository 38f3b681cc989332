"""The bar that tells how long things are on a picture, in its lower right corner."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from render.annotate.lengths import describe_length, round_down
from render.annotate.letters import letter_size
from render.annotate.picture import Picture, plan_picture
from render.annotate.text import draw_word, word_width
from render.geometry import length, subtract
from render.scene import RGB, Camera, View

LONGEST = 0.25
"""The bar is at most this share of the picture's width, and at least two fifths of that."""

MARGIN, THICKNESS, OUTLINE = 1.2, 0.2, 0.1
"""In letter sizes: from the picture's edge to the bar, the bar's own, and the width of the outline."""

LIFT = 0.75
"""How far above the bar the middle of the label is, in letter sizes."""

OUTLINE_OPACITY = 0.75

DARK = 0.4
"""Ink whose brightest component is less has a light outline."""


@dataclass(frozen=True, slots=True, eq=False)
class Overlay:
    """`pixels` (h, w, 4) float32, straight RGBA in 0..1, to be put over the drawn picture from (`left`, `top`) on."""

    left: int
    top: int
    pixels: NDArray[np.float32]


def scale_bar(view: View, unit: str, size: tuple[int, int]) -> Overlay:
    """The bar on the picture of `size` (width, height) drawn of `view.camera.region`; empty where none falls on it.

    Its length is true at the depth of the camera's target, in orthographic projection everywhere. `unit` is the
    volume's (NGFF's names); "" leaves a bare number.
    """
    if not view.annotations.scale_bar:
        return Overlay(0, 0, np.zeros((0, 0, 4), np.float32))
    picture = plan_picture(view, size)
    across = _world_width(picture, view.camera)
    bar = round_down(LONGEST * across)
    return _cropped(picture, _draw(picture, bar.value / across, describe_length(bar, unit), view.annotations.color))


def _world_width(picture: Picture, camera: Camera) -> float:
    """The world length of the whole picture's width at the depth of the target."""
    return 2 * picture.half[0] * (length(subtract(camera.target, camera.position)) if picture.perspective else 1)


def _draw(picture: Picture, share: float, label: str, color: RGB) -> Overlay:
    """The bar, `share` of the picture's width long, under its label, placed in the whole picture."""
    letters = letter_size(picture)
    edge = OUTLINE * letters
    right, bottom = (float(round(side - MARGIN * letters)) for side in picture.whole)
    half = share * picture.whole[0] / 2
    middle = right - max(half, word_width(label, letters) / 2)
    top = bottom - max(1, round(THICKNESS * letters))
    word = draw_word(label, letters, (middle, top - LIFT * letters), edge)

    left = min(word.left, math.floor(middle - half - edge))
    columns = np.arange(left, max(word.left + word.ink.shape[1], math.ceil(middle + half + edge)))
    rows = np.arange(word.top, max(word.top + len(word.ink), math.ceil(bottom + edge)))
    ink = np.outer(_share(rows, top, bottom), _share(columns, middle - half, middle + half))
    outline = np.outer(
        _share(rows, top - edge, bottom + edge), _share(columns, middle - half - edge, middle + half + edge)
    )
    across = slice(word.left - left, word.left - left + word.ink.shape[1])
    np.maximum(ink[: len(word.ink), across], word.ink, out=ink[: len(word.ink), across])
    np.maximum(outline[: len(word.ink), across], word.outline, out=outline[: len(word.ink), across])
    return Overlay(left, word.top, _inked(ink, outline, color))


def _share(pixels: NDArray[np.int64], begin: float, end: float) -> NDArray[np.float64]:
    """How much of each pixel of a row or column is between `begin` and `end`."""
    return np.asarray(np.clip(np.minimum(pixels + 1, end) - np.maximum(pixels, begin), 0.0, 1.0))


def _inked(ink: NDArray[np.float64], outline: NDArray[np.float64], color: RGB) -> NDArray[np.float32]:
    """Straight RGBA of ink over an outline that is dark, or light around dark ink."""
    shade = 1.0 if max(color) < DARK else 0.0
    behind = (1 - ink) * outline * OUTLINE_OPACITY
    alpha = ink + behind
    mixed = ink[..., None] * np.array(color) + (behind * shade)[..., None]
    straight = mixed / np.maximum(alpha, np.finfo(np.float32).tiny)[..., None]
    return np.concatenate((straight, alpha[..., None]), axis=-1).astype(np.float32)


def _cropped(picture: Picture, overlay: Overlay) -> Overlay:
    """What falls on the drawn region of an overlay of the whole picture, in the region's pixels."""
    left, top = (round(at - first) for at, first in zip((overlay.left, overlay.top), picture.first, strict=True))
    height, width = overlay.pixels.shape[:2]
    columns = slice(max(0, -left), max(0, min(width, picture.width - left)))
    rows = slice(max(0, -top), max(0, min(height, picture.height - top)))
    return Overlay(max(0, left), max(0, top), overlay.pixels[rows, columns])
