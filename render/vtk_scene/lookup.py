"""A TransferFunction -> VTK's colour and opacity functions."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from vtkmodules.vtkCommonDataModel import vtkPiecewiseFunction
from vtkmodules.vtkRenderingCore import vtkColorTransferFunction

from render.colormap import color_table
from render.scene import RGB, Isosurface, OpacityCurve, TransferFunction

FINEST = 1024
"""Points of a function over its window, at most."""

TEXTURE = 16384
"""Entries of the texture that VTK makes of a function over all of the data's values, at most on common devices."""

Floats = NDArray[np.float64]


def color_function(transfer: TransferFunction, values: tuple[float, float]) -> vtkColorTransferFunction:
    """Colour over the window, clamped outside; `values` are the smallest and the largest of the data."""
    colors = colors_at(transfer, np.linspace(0, 1, _points(transfer.window, values)))
    function = vtkColorTransferFunction()
    function.BuildFunctionFromTable(*transfer.window, len(colors), colors.reshape(-1).tolist())
    return function


def colors_at(transfer: TransferFunction, shares: NDArray[np.floating]) -> Floats:
    """RGB in 0..1 at places in the window, 0..1: one more axis, of three."""
    palette = color_table(transfer.colormap, 4 * FINEST)
    known = np.linspace(0, 1, len(palette))
    at = _placed(transfer, shares)
    return np.stack([np.interp(at, known, palette[:, k]) for k in range(3)], axis=-1)


def opacity_function(transfer: TransferFunction, values: tuple[float, float]) -> vtkPiecewiseFunction:
    """Opacity per unit distance over the values where it changes, clamped outside; `values` as for the colours."""
    curve = transfer.opacity
    if isinstance(curve, OpacityCurve):
        ends = (curve.points[0][0], max(curve.points[-1][0], np.nextafter(curve.points[0][0], np.inf)))
        at, points = np.linspace(*ends, _points(ends, values)), np.array(curve.points)
    else:
        ends = transfer.window
        at, points = _placed(transfer, np.linspace(0, 1, _points(ends, values))), np.array(curve)
    opacities = np.interp(at, points[:, 0], points[:, 1])
    function = vtkPiecewiseFunction()
    function.BuildFunctionFromTable(*ends, len(opacities), opacities.tolist())
    return function


def opaque(transfer: TransferFunction) -> vtkPiecewiseFunction:
    """Fully opaque whatever the value."""
    function = vtkPiecewiseFunction()
    for value in transfer.window:
        function.AddPoint(value, 1.0)
    return function


def surface_colors(surfaces: Sequence[Isosurface], transfer: TransferFunction) -> vtkColorTransferFunction:
    """Each surface's colour at its value and around."""
    function = vtkColorTransferFunction()
    for surface, (lower, upper) in _territories(surfaces):
        color = surface.color or _color_of(transfer, surface.value)
        function.AddRGBPoint(lower, *color)
        function.AddRGBPoint(upper, *color)
    return function


def surface_opacities(surfaces: Sequence[Isosurface]) -> vtkPiecewiseFunction:
    """Each surface's opacity at its value and around."""
    function = vtkPiecewiseFunction()
    for surface, (lower, upper) in _territories(surfaces):
        function.AddPoint(lower, surface.opacity)
        function.AddPoint(upper, surface.opacity)
    return function


def _color_of(transfer: TransferFunction, value: float) -> RGB:
    low, high = transfer.window
    share = np.clip((value - low) / (high - low), 0, 1)
    red, green, blue = colors_at(transfer, np.array(share)).tolist()
    return (red, green, blue)


def _territories(surfaces: Sequence[Isosurface]) -> list[tuple[Isosurface, tuple[float, float]]]:
    """Surfaces by rising value, each with the values nearer to it than to others, but for a third between two."""
    ordered = sorted(surfaces, key=lambda surface: surface.value)
    gaps = [upper.value - lower.value for lower, upper in pairwise(ordered)]
    return [
        (surface, (surface.value - before / 3, surface.value + after / 3))
        for surface, before, after in zip(ordered, [1.0, *gaps], [*gaps, 1.0], strict=True)
    ]


def _points(ends: tuple[float, float], values: tuple[float, float]) -> int:
    """How many points a function between `ends` gets; no closer than VTK's texture resolves."""
    share = (ends[1] - ends[0]) / max(values[1] - values[0], ends[1] - ends[0])
    # VTK rounds the entries that it wants up to a power of two, and warns where the texture has fewer.
    return max(2, min(FINEST, int(share * 0.99 * TEXTURE)))


def _placed(transfer: TransferFunction, shares: NDArray[np.floating]) -> NDArray[np.floating]:
    """Places in the window after gamma and inversion."""
    placed: NDArray[np.floating] = shares**transfer.gamma
    return 1 - placed if transfer.inverted else placed
