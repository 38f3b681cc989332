"""A TransferFunction -> VTK's colour and opacity functions."""

import numpy as np
from numpy.typing import NDArray
from vtkmodules.vtkCommonDataModel import vtkPiecewiseFunction
from vtkmodules.vtkRenderingCore import vtkColorTransferFunction

from render.colormap import color_table
from render.scene import TransferFunction

FINEST = 1024
"""Points of a function over its window, at most."""

TEXTURE = 16384
"""Entries of the texture that VTK makes of a function over all of the data's values, at most on common devices."""


def color_function(transfer: TransferFunction, values: tuple[float, float]) -> vtkColorTransferFunction:
    """Colour over the window, clamped outside; `values` are the smallest and the largest of the data."""
    at = _positions(transfer, values)
    palette = color_table(transfer.colormap, 4 * FINEST)
    known = np.linspace(0, 1, len(palette))
    colors = np.stack([np.interp(at, known, palette[:, k]) for k in range(3)], axis=1)
    function = vtkColorTransferFunction()
    function.BuildFunctionFromTable(*transfer.window, len(at), colors.reshape(-1).tolist())
    return function


def opacity_function(transfer: TransferFunction, values: tuple[float, float]) -> vtkPiecewiseFunction:
    """Opacity per unit distance over the window, clamped outside; `values` as for the colours."""
    points = np.array(transfer.opacity)
    opacities = np.interp(_positions(transfer, values), points[:, 0], points[:, 1])
    function = vtkPiecewiseFunction()
    function.BuildFunctionFromTable(*transfer.window, len(opacities), opacities.tolist())
    return function


def opaque(transfer: TransferFunction) -> vtkPiecewiseFunction:
    """Fully opaque whatever the value."""
    function = vtkPiecewiseFunction()
    for value in transfer.window:
        function.AddPoint(value, 1.0)
    return function


def _positions(transfer: TransferFunction, values: tuple[float, float]) -> NDArray[np.float64]:
    """Evenly spaced places in the window, 0..1 after gamma and inversion; no closer than VTK's texture resolves."""
    low, high = transfer.window
    share = (high - low) / max(values[1] - values[0], high - low)
    # VTK rounds the entries that it wants up to a power of two, and warns where the texture has fewer.
    x = np.linspace(0, 1, max(2, min(FINEST, int(share * 0.99 * TEXTURE)))) ** transfer.gamma
    return 1 - x if transfer.inverted else x
