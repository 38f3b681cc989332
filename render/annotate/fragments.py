"""The lines and letters of a view's scene as the fragments of pixels that they cover, for a renderer to mix in."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from render.annotate.letters import draw_label
from render.annotate.lines import NO_MARKS, Marks, draw_segment
from render.annotate.picture import Floats, Picture, plan_picture
from render.annotate.segments import box_shown, plan_segments
from render.geometry import Box
from render.scene import View

JOINED = 4.0
"""Fragments of one colour that are less than this many line widths apart in depth are one: a corner of the box must
not be bolder than its edges, and an edge that runs away from the eye is soon far behind it."""


@dataclass(frozen=True, slots=True, eq=False)
class Fragments:
    """What lines cover of a picture's pixels, sorted by pixel, then by distance; nothing behind a full cover.

    `pixel` (n,) is row * width + column of the drawn picture; `distance` (n,) the world distance along the pixel's ray
    from the eye, or from the plane through the camera's position across the line of sight (orthographic, where it may
    be negative); `color` (n, 4) straight red, green, blue and the share of the pixel that is covered, 0..1.
    A pixel has at most 15 (12 lines, 3 letters), a picture about as many as its lines have pixels of length times their
    width + 1: 12,000 for a box that fills 1024 x 1024 pixels with lines of width 1.5.
    """

    pixel: NDArray[np.uint32]
    distance: NDArray[np.float64]
    color: NDArray[np.float32]


def fragments(view: View, box: Box, size: tuple[int, int]) -> Fragments:
    """Of the picture of `size` (width, height) drawn of `view.camera.region`; `box` is that of the volume's cells.

    Coverage and distance depend on places in the whole picture only, so regions equal the whole bit for bit.
    """
    picture = plan_picture(view, size)
    shown = box_shown(box, view.clip)
    segments = plan_segments(view.annotations, shown) if shown else []
    colors = list(dict.fromkeys(segment.color for segment in segments))
    drawn = [
        _Inked.of_marks(marks, colors.index(segment.color))
        for segment in segments
        for marks in (draw_segment(picture, segment), draw_label(picture, segment))
    ]
    settled = _settle(
        picture,
        _Inked.join([_Inked.of_marks(NO_MARKS, 0), *drawn]),
        JOINED * max(1.0, view.annotations.width * picture.scale),
    )
    color = np.take(np.array([(*color, 1.0) for color in colors], np.float32).reshape(-1, 4), settled.ink, axis=0)
    color[:, 3] = settled.coverage
    return Fragments(settled.pixel.astype(np.uint32), settled.distance, color)


@dataclass(frozen=True, slots=True, eq=False)
class _Inked:
    """Marks (n,) of several things, `ink` being the number of each one's colour."""

    pixel: NDArray[np.int64]
    distance: Floats
    coverage: Floats
    ink: NDArray[np.intp]

    @classmethod
    def of_marks(cls, marks: Marks, ink: int) -> "_Inked":
        return cls(marks.pixel, marks.distance, marks.coverage, np.full(len(marks.pixel), ink, np.intp))

    @classmethod
    def join(cls, parts: Sequence["_Inked"]) -> "_Inked":
        """All of them sorted by pixel, those of one pixel in the order of `parts`."""
        pixel = np.concatenate([part.pixel for part in parts])
        order = np.argsort(pixel, kind="stable")
        return cls(
            pixel[order],
            np.concatenate([part.distance for part in parts])[order],
            np.concatenate([part.coverage for part in parts])[order],
            np.concatenate([part.ink for part in parts])[order],
        )

    def __getitem__(self, chosen: NDArray[np.intp] | NDArray[np.bool_]) -> "_Inked":
        return _Inked(self.pixel[chosen], self.distance[chosen], self.coverage[chosen], self.ink[chosen])


def _settle(picture: Picture, marks: _Inked, joined: float) -> _Inked:
    """One of those of a colour in a pixel that are within `joined` pixels in depth, and none behind a full cover."""
    same = marks.pixel[1:] == marks.pixel[:-1]
    shared = np.concatenate((same, [False]))[: len(marks.pixel)]
    shared[1:] |= same
    if not shared.any():
        return marks
    # One pixel in ten has more than one: sorting and comparing only those takes half the time.
    crowd = marks[shared]
    crowd = crowd[np.lexsort((crowd.distance, crowd.pixel))]
    starts = np.flatnonzero(
        (np.diff(crowd.pixel, prepend=-1) != 0)
        | (np.diff(crowd.ink, prepend=-1) != 0)
        | (np.diff(crowd.distance, prepend=0.0) > joined * picture.pixel_length(crowd.distance))
    )
    strongest = np.maximum.reduceat(crowd.coverage, starts)
    crowd = replace(crowd[starts], coverage=strongest)
    return _Inked.join([marks[~shared], crowd[_unhidden(crowd.pixel, crowd.coverage)]])


def _unhidden(pixel: NDArray[np.int64], coverage: Floats) -> NDArray[np.bool_]:
    """Which of the sorted marks have no full cover before them in their pixel."""
    full = np.cumsum(coverage >= 1)
    before = np.concatenate(([0], full[:-1]))
    first = np.flatnonzero(np.diff(pixel, prepend=-1))
    return np.asarray(before == np.repeat(before[first], np.diff(first, append=len(pixel))))
