"""The letters at the ends of the axes: words that face the eye, at the depth of what they name."""

import math

import numpy as np

from render.annotate.lines import NO_MARKS, Marks, nearest
from render.annotate.picture import Floats, Picture
from render.annotate.segments import Segment
from render.annotate.text import draw_word

SHARE, SMALLEST, LARGEST = 0.024, 14.0, 64.0
"""The size of letters as a share of the picture's shorter side, and its bounds in pixels of the view."""

GAP = 0.9
"""How far beyond the end of a line the middle of its letter is, in letter sizes."""


def letter_size(picture: Picture) -> float:
    """The size in drawn pixels of letters on the picture."""
    return min(max(SHARE * min(picture.whole), SMALLEST * picture.scale), LARGEST * picture.scale)


def draw_label(picture: Picture, segment: Segment) -> Marks:
    """What a segment's label covers, beyond its end: nothing where it has none, where its end is not before the
    eye, and where the line is shorter than a letter: seen end on it has no direction."""
    if not segment.label:
        return NO_MARKS
    start, end = picture.from_eye(np.array((segment.start, segment.end), np.float64))
    if picture.perspective and end[2] <= nearest(start, end):
        return NO_MARKS
    size = letter_size(picture)
    x, y = _ahead(picture, start, end)
    length = math.hypot(x, y)
    if length < size:
        return NO_MARKS
    end_x, end_y = picture.project(end[None])[0].tolist()
    beyond = GAP * size / length
    word = draw_word(segment.label, size, (end_x + x * beyond, end_y + y * beyond))
    left, top = (round(at - first) for at, first in zip((word.left, word.top), picture.first, strict=True))
    row, column = np.nonzero(word.ink)
    coverage = word.ink[row, column].astype(np.float64)
    row, column = row + top, column + left
    inside = (row >= 0) & (row < picture.height) & (column >= 0) & (column < picture.width)
    row, column = row[inside], column[inside]
    distance = picture.distance(np.full(len(row), end[2]), *picture.centers(column, row))
    return Marks(row * picture.width + column, distance, coverage[inside])


def _ahead(picture: Picture, start: Floats, end: Floats) -> tuple[float, float]:
    """The line on the picture, in pixels to the right and down, if all of it were as near as its end."""
    ahead = end - start
    on_plane = (ahead[:2] - end[:2] / end[2] * ahead[2]) / end[2] if picture.perspective else ahead[:2]
    x, y = (on_plane / picture.half * picture.whole / 2).tolist()
    return (x, y)
