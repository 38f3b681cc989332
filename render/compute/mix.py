"""Lines at their depth: the rays of the pixels that they touch, cut where they are met, and put together; numpy only.

Few pixels have a line in them: those are drawn a second time, a piece of ray between two lines at a time.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from render.annotate import Fragments

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Pieces:
    """Rays in pieces, front to back within a pixel: between two world distances from the eye, the ends at infinity.

    `pixels` are those that have lines, each once; the pieces of the k-th begin at `first[k]`.
    """

    fragments: Fragments
    pixels: NDArray[np.uint32]
    counts: NDArray[np.intp]
    pixel: NDArray[np.uint32]
    near: Floats
    far: Floats

    @property
    def first(self) -> NDArray[np.intp]:
        """Where each pixel's pieces begin."""
        return np.cumsum(self.counts + 1) - (self.counts + 1)


def cut_rays(fragments: Fragments) -> Pieces:
    """The pieces between lines: one more than there are lines in a pixel."""
    pixels, starts, counts = np.unique(fragments.pixel, return_index=True, return_counts=True)
    number = len(fragments.pixel) + len(pixels)
    near, far = np.full(number, -np.inf, np.float32), np.full(number, np.inf, np.float32)
    # The place of a fragment among the pieces: as many pieces more as there were pixels before, and its own.
    place = np.arange(len(fragments.pixel)) + np.repeat(np.arange(len(pixels)), counts)
    far[place] = fragments.distance
    near[place + 1] = fragments.distance
    del starts
    return Pieces(fragments, pixels, counts, np.repeat(pixels, counts + 1), near, far)


def mix(pieces: Pieces, colors: Floats) -> Floats:
    """(pixels, 4) premultiplied: the pieces' `colors` (n, 4), premultiplied too, with the lines between them."""
    seen = np.zeros((len(pieces.pixels), 4), np.float32)
    lines = _premultiplied(pieces.fragments)
    piece, line = pieces.first, np.cumsum(pieces.counts) - pieces.counts
    for k in range(int(pieces.counts.max(initial=0)) + 1):
        there = np.flatnonzero(pieces.counts >= k)
        seen[there] = _behind(seen[there], colors[piece[there] + k])
        there = there[pieces.counts[there] > k]
        seen[there] = _behind(seen[there], lines[line[there] + k])
    return seen


def mix_projection(pieces: Pieces, colors: Floats, entry: Floats) -> Floats:
    """The same for a picture without depth: `colors` (pixels, 4) and where its rays enter it, in world distances.

    A line in front is over it. One inside or behind adds what light it has more than the picture.
    """
    lines = _premultiplied(pieces.fragments)
    owner = np.repeat(np.arange(len(pieces.pixels)), pieces.counts)
    in_front = pieces.fragments.distance <= entry[owner]
    inside = colors.copy()
    np.maximum.at(inside, owner[~in_front], lines[~in_front])
    seen, line = np.zeros_like(colors), np.cumsum(pieces.counts) - pieces.counts
    for k in range(int(pieces.counts.max(initial=0))):
        there = np.flatnonzero(pieces.counts > k)
        there = there[in_front[line[there] + k]]
        seen[there] = _behind(seen[there], lines[line[there] + k])
    return _behind(seen, inside)


def _premultiplied(fragments: Fragments) -> Floats:
    color = fragments.color.copy()
    color[:, :3] *= color[:, 3:]
    return color


def _behind(seen: Floats, more: Floats) -> Floats:
    """Premultiplied colours with others behind them."""
    return seen + (1 - seen[:, 3:]) * more
