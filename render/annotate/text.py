"""Antialiased words as masks of coverage, in Pillow's own scalable font.

That font has the letters of English only: what units need beyond those, µ and Å, is put together from its parts.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from render.errors import BackendError

FINE = 4
"""Words are drawn this many times larger and averaged: places and outlines are then exact to a quarter of a pixel."""

SMALLEST = 2.0
"""Smaller letters are drawn at this size: they say nothing, and have no parts."""

PLAIN = str.maketrans("µÅ", "uA")


@dataclass(frozen=True, slots=True, eq=False)
class Word:
    """`ink` and `outline` (that includes the ink) are shares (h, w) of pixels, 0..1, from pixel (`left`, `top`) on."""

    left: int
    top: int
    ink: NDArray[np.float32]
    outline: NDArray[np.float32]


@lru_cache(maxsize=8)
def draw_word(text: str, size: float, center: tuple[float, float], outline: float = 0.0) -> Word:
    """`text` in letters of `size` pixels, its capitals centred on `center` (x, y), with an outline of that width.

    Kept, since the label of a scale bar is the same in every frame and takes 1 ms: not to be written to.
    """
    font, edge = _font(size), round(outline * FINE)
    left, _, right, _ = _bounds(font, text.translate(PLAIN))
    _, cap, _, _ = _bounds(font, "X")
    _, top, _, bottom = _bounds(font, "()°p")
    x, y = round(center[0] * FINE - (left + right) / 2), round(center[1] * FINE - cap / 2)
    # Two thirds of a letter's height above the highest is room for the ring of an Å.
    first = ((x + left - edge) // FINE - 1, (y + top + 2 * cap // 3 - edge) // FINE - 1)
    last = ((x + right + edge) // FINE + 2, (y + bottom + edge) // FINE + 2)
    at = (x - first[0] * FINE, y - first[1] * FINE)
    shape = (last[0] - first[0], last[1] - first[1])
    ink = _coverage(text, font, shape, at, 0)
    return Word(*first, ink, _coverage(text, font, shape, at, edge) if edge else ink)


def word_width(text: str, size: float) -> float:
    """The width in pixels of what `draw_word` inks."""
    left, _, right, _ = _bounds(_font(size), text.translate(PLAIN))
    return (right - left) / FINE


def _coverage(
    text: str, font: ImageFont.FreeTypeFont, shape: tuple[int, int], at: tuple[int, int], edge: int
) -> NDArray[np.float32]:
    """Shares of (width, height) pixels under `text` that begins at the fine pixel `at` of its base line."""
    image = Image.new("L", (shape[0] * FINE, shape[1] * FINE))
    pen, plain = ImageDraw.Draw(image), text.translate(PLAIN)
    pen.text(at, plain, fill=255, font=font, anchor="ls", stroke_width=edge)
    for place, letter in enumerate(text):
        x = at[0] + round(font.getlength(plain[:place]))
        if letter == "µ":
            left, top, _, _ = _bounds(font, "u")
            stem_left, _, stem_right, _ = _bounds(font, "i")
            _, _, _, bottom = _bounds(font, "p")
            tail = (x + left, at[1] + top / 2, x + left + stem_right - stem_left - 1, at[1] + bottom - 1)
            pen.rectangle((tail[0] - edge, tail[1] - edge, tail[2] + edge, tail[3] + edge), fill=255)
        elif letter == "Å":
            left, top, right, _ = _bounds(font, "A")
            ring_left, _, ring_right, ring_bottom = _bounds(font, "°")
            ring = (x + (left + right - ring_left - ring_right) / 2, at[1] + top - ring_bottom)
            pen.text(ring, "°", fill=255, font=font, anchor="ls", stroke_width=edge)
    fine = np.asarray(image, np.float32).reshape(shape[1], FINE, shape[0], FINE)
    return np.asarray(fine.mean(axis=(1, 3)) / np.float32(255))


def _bounds(font: ImageFont.FreeTypeFont, text: str) -> tuple[int, int, int, int]:
    """What is inked, (left, top, right, bottom) from where the base line begins, in fine pixels."""
    mask, (x, y) = font.getmask2(text, "L", anchor="ls")
    left, top, right, bottom = mask.getbbox() or (0, 0, 0, 0)
    return (left + x, top + y, right + x, bottom + y)


@lru_cache(maxsize=16)
def _font(size: float) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(max(SMALLEST, size) * FINE)
    if not isinstance(font, ImageFont.FreeTypeFont):
        raise BackendError("letters: this Pillow is built without FreeType; pip's wheels of pillow have it")
    return font
