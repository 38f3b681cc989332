"""Which lines explain the volume: the edges of its box and its axes."""

from dataclasses import dataclass

from render.geometry import Box, Vec3
from render.scene import RGB, Annotations, Clip

AXIS_COLORS: tuple[RGB, RGB, RGB] = ((0.95, 0.26, 0.21), (0.30, 0.78, 0.31), (0.30, 0.55, 1.0))
"""x red, y green, z blue; a pure blue would be hard to see on black."""

AXIS_WIDTH = 2.0
"""How many times thicker than the box's edges the axes are."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A straight line in the world with a width in pixels of the view; `label` is written beyond its end."""

    start: Vec3
    end: Vec3
    color: RGB
    width: float
    label: str = ""


def box_shown(box: Box, clip: Clip) -> Box | None:
    """The part of `box` within the clip's box, None where nothing is left; clip planes do not cut the box."""
    if clip.box is None:
        return box
    (x0, y0, z0), (x1, y1, z1) = clip.box
    lower = (max(box.lower[0], x0), max(box.lower[1], y0), max(box.lower[2], z0))
    upper = (min(box.upper[0], x1), min(box.upper[1], y1), min(box.upper[2], z1))
    shown = Box(lower, upper)
    return shown if all(length > 0 for length in shown.extent) else None


def plan_segments(annotations: Annotations, box: Box) -> list[Segment]:
    """The lines of `box`: axes lie along the three edges from its lower corner, in place of the box's own."""
    axes = _axes(annotations, box) if annotations.axes else []
    taken = {(axis.start, axis.end) for axis in axes}
    edges = _edges(annotations, box) if annotations.bounding_box else []
    return axes + [edge for edge in edges if (edge.start, edge.end) not in taken]


def _axes(annotations: Annotations, box: Box) -> list[Segment]:
    width = annotations.width * AXIS_WIDTH
    return [Segment(box.lower, _with(box.lower, k, box.upper[k]), AXIS_COLORS[k], width, "XYZ"[k]) for k in range(3)]


def _edges(annotations: Annotations, box: Box) -> list[Segment]:
    """The 12 edges, each from its lower to its upper end."""
    return [
        Segment(corner, _with(corner, k, box.upper[k]), annotations.color, annotations.width)
        for corner in box.corners
        for k in range(3)
        if corner[k] == box.lower[k]
    ]


def _with(point: Vec3, k: int, coordinate: float) -> Vec3:
    """`point` with its coordinate `k` replaced."""
    x, y, z = (coordinate if axis == k else old for axis, old in enumerate(point))
    return (x, y, z)
