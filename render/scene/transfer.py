"""From a voxel's value to colour and opacity."""

import math

from render.colormap import Stop, color_stops
from render.errors import BadRequest
from render.scene.value import Points, Value

LARGEST, NARROWEST = 1e38, 1e-37
"""Bounds of a window's ends and width: renderers count in float32, where what is beyond is infinite or nothing."""


class OpacityCurve(Value, frozen=True):
    """Opacity over the volume's own values, wherever the window is.

    `points` are (value, opacity) with values rising, linear in between, clamped outside.
    """

    points: Points

    def __post_init__(self) -> None:
        values = [value for value, _ in self.points]
        if not values or not all(abs(value) <= LARGEST for value in values) or values != sorted(values):
            raise BadRequest(f"opacity {self.points}: needs points with finite values rising")
        if not all(0 <= opacity <= 1 for _, opacity in self.points):
            raise BadRequest(f"opacity {self.points}: opacities must be 0 to 1")


class TransferFunction(Value, frozen=True):
    """From a voxel's value to colour and opacity (post-classification, piecewise linear, clamped outside the window).

    x = clamp((value - low) / (high - low)) ** gamma (1 - x where `inverted`); colour is `colormap` at x; opacity is
    the curve `opacity` at x, per `unit_distance` of world length: a sample of length h has 1 - (1 - a) ** (h / unit).
    `colormap` is a name (a CSS colour means black to that colour, else a map of `cmap`) or stops (x, r, g, b).
    `opacity` is points (x, a) with x rising in 0..1, or an `OpacityCurve` over values; it acts in DVR only.
    `gradient_opacity` scales the extinction by the curve (g, share) at g = |gradient| * unit_distance / (high - low):
    how much of the window the value crosses over a unit distance. Empty: no scaling.
    """

    window: tuple[float, float]
    unit_distance: float
    colormap: str | tuple[Stop, ...] = "white"
    opacity: Points | OpacityCurve = ((0.0, 0.0), (1.0, 1.0))
    gamma: float = 1.0
    inverted: bool = False
    gradient_opacity: Points = ()

    def __post_init__(self) -> None:
        low, high = self.window
        if not (math.isfinite(low) and math.isfinite(high) and low < high):
            raise BadRequest(f"window {low} to {high}: must be two finite numbers, the lower first")
        if not is_drawable(low, high):
            raise BadRequest(
                f"window {low} to {high}: numbers may be up to {LARGEST:g}, and must be {NARROWEST:g} apart at least"
            )
        if not (math.isfinite(self.unit_distance) and self.unit_distance > 0):
            raise BadRequest(f"unit_distance {self.unit_distance}: must be a positive length")
        if not 0.01 <= self.gamma <= 100:
            raise BadRequest(f"gamma {self.gamma}: must be 0.01 to 100")
        if not isinstance(self.opacity, OpacityCurve):
            _check_points("opacity", self.opacity)
        if self.gradient_opacity:
            _check_gradient_opacity(self.gradient_opacity)
        if isinstance(self.colormap, str):
            color_stops(self.colormap)
        else:
            _check_points("colormap", self.colormap)

    @property
    def domain(self) -> tuple[float, float]:
        """The values between which colour or opacity change: the window, and more where the opacity curve has more."""
        if not isinstance(self.opacity, OpacityCurve):
            return self.window
        values = [value for value, _ in self.opacity.points]
        return (min(self.window[0], values[0]), max(self.window[1], values[-1]))


class Channel(Value, frozen=True):
    """One channel of the volume and how it looks."""

    index: int
    transfer: TransferFunction
    visible: bool = True


def is_drawable(low: float, high: float) -> bool:
    """Whether a renderer can tell the ends of this window apart."""
    return low >= -LARGEST and high <= LARGEST and high - low >= NARROWEST


def _check_points(name: str, points: tuple[tuple[float, ...], ...]) -> None:
    xs = [point[0] for point in points]
    if not points or xs != sorted(xs) or not all(0 <= value <= 1 for point in points for value in point):
        raise BadRequest(f"{name} {points}: needs points with x rising, all numbers 0 to 1")


def _check_gradient_opacity(points: Points) -> None:
    xs = [x for x, _ in points]
    if xs != sorted(xs) or not all(0 <= x <= LARGEST and 0 <= share <= 1 for x, share in points):
        raise BadRequest(f"gradient_opacity {points}: needs points with x rising from 0 or more and shares 0 to 1")
