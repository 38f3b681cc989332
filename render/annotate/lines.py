"""A straight line of the world as the pixels that it covers: antialiased, with round ends, at its depth.

A pixel is covered by what a box one pixel wide, centred on it and turned along the line, shares with the line: wholly
inside, and not at all from half a pixel beyond its edge on. A line looks at the pixels of its own strip only.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from render.annotate.picture import Floats, Picture
from render.annotate.segments import Segment

NEAREST = 1e-6
"""Lines end at this share of their length before the eye: at the eye they would be infinitely far to the side."""


@dataclass(frozen=True, slots=True, eq=False)
class Marks:
    """(n,) pixels (row * width + column) that something covers, each once, how far away, and how much, 0..1."""

    pixel: NDArray[np.int64]
    distance: Floats
    coverage: Floats


NO_MARKS = Marks(np.empty(0, np.int64), np.empty(0), np.empty(0))


@dataclass(frozen=True, slots=True)
class Stroke:
    """A line on the whole picture: from its nearer to its farther end, each (x, y) in pixels, and half its width.

    `near` and `far` are how far forward of the camera's position the ends are, in world units.
    """

    start: tuple[float, float]
    stop: tuple[float, float]
    near: float
    far: float
    half: float


def draw_segment(picture: Picture, segment: Segment) -> Marks:
    """What `segment` covers: nothing where all of it is behind the eye."""
    stroke = _stroke(picture, segment)
    return _cover(picture, stroke) if stroke else NO_MARKS


def nearest(start: Floats, end: Floats) -> float:
    """How far forward of a perspective camera a line must be to be drawn."""
    return NEAREST * float(np.abs(end - start).sum())


def _stroke(picture: Picture, segment: Segment) -> Stroke | None:
    ends = picture.from_eye(np.array((segment.start, segment.end), np.float64))
    # The nearer end first: of a line seen end on, that is what shows.
    near, far = ends if ends[0, 2] <= ends[1, 2] else ends[::-1]
    if picture.perspective:
        limit = nearest(near, far)
        if far[2] <= limit:
            return None
        if near[2] < limit:
            near = near + (far - near) * ((limit - near[2]) / (far[2] - near[2]))
    (x0, y0), (x1, y1) = picture.project(np.stack((near, far))).tolist()
    return Stroke((x0, y0), (x1, y1), float(near[2]), float(far[2]), segment.width * picture.scale / 2)


def _cover(picture: Picture, stroke: Stroke) -> Marks:
    column, row = _strip(picture, stroke)
    x, y = picture.centers(column, row)
    from_x, from_y = x - stroke.start[0], y - stroke.start[1]
    across, down = stroke.stop[0] - stroke.start[0], stroke.stop[1] - stroke.start[1]
    # A line seen end on is its nearer end: any direction will do.
    length = math.hypot(across, down) or 1.0
    unit_x, unit_y = across / length, down / length
    along = np.clip(from_x * unit_x + from_y * unit_y, 0.0, math.hypot(across, down))
    aside_x, aside_y = from_x - along * unit_x, from_y - along * unit_y
    aside = np.sqrt(aside_x * aside_x + aside_y * aside_y)
    coverage = np.minimum(stroke.half + 0.5 - aside, min(1.0, 2 * stroke.half))
    hit = coverage > 0
    share = along[hit] / length
    if picture.perspective:
        forward = stroke.near * stroke.far / (stroke.far + share * (stroke.near - stroke.far))
    else:
        forward = stroke.near + share * (stroke.far - stroke.near)
    pixel = (row[hit] * picture.width + column[hit]).astype(np.int64)
    return Marks(pixel, picture.distance(forward, x[hit], y[hit]), coverage[hit])


def _strip(picture: Picture, stroke: Stroke) -> tuple[Floats, Floats]:
    """Columns and rows of the pixels that a stroke may touch: for each step of its longer side a few across it."""
    ahead = (stroke.stop[0] - stroke.start[0], stroke.stop[1] - stroke.start[1])
    main = 0 if abs(ahead[0]) >= abs(ahead[1]) else 1
    side = 1 - main
    limits = (picture.width, picture.height)
    slope = ahead[side] / ahead[main] if ahead[main] else 0.0
    reach = stroke.half + 0.5
    wide = reach * math.hypot(1, slope)
    low, high = sorted((stroke.start[main], stroke.stop[main]))

    first = picture.first[main] + 0.5
    begin, stop = (min(max(end - first, -1.0), limits[main]) for end in (low - reach, high + reach))
    steps = np.arange(max(math.ceil(begin), 0), min(math.floor(stop) + 1, limits[main]), dtype=np.float64)
    middle = stroke.start[side] + slope * (np.clip(steps + first, low, high) - stroke.start[main])
    lowest = np.ceil(middle - wide - (picture.first[side] + 0.5))
    steps_across = np.arange(math.floor(2 * wide) + 1, dtype=np.float64)
    across = lowest[:, None] + steps_across
    inside = (across >= 0) & (across < limits[side])
    along = np.asarray(np.broadcast_to(steps[:, None], across.shape)[inside])
    aside = np.asarray(across[inside])
    return (along, aside) if main == 0 else (aside, along)
