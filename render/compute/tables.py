"""Transfer functions as tables over their domain; numpy only."""

import numpy as np
from numpy.typing import NDArray

from render.colormap import color_table
from render.scene import OpacityCurve, Points, TransferFunction

ENTRIES = 1024
MOST_ENTRIES = 2**16
GRADIENT_ENTRIES = 256
OPAQUE = 1e4
"""Extinction (in powers of two) of what is fully opaque: no light passes at any step."""

Table = NDArray[np.float32]


def transfer_table(transfer: TransferFunction, step: float) -> Table:
    """(n, 4) float32: red, green, blue in 0..1 and the extinction of a sample of world length `step`.

    Entry i is for the value low + i / (n - 1) * (high - low) of the transfer function's domain. A sample of `step` lets
    2 ** -extinction of the light pass, so that 1 - 2 ** -extinction is 1 - (1 - a) ** (step / unit_distance). The
    window has `ENTRIES` entries where the domain is no more than 64 times as wide.
    """
    low, high = transfer.window
    first, last = transfer.domain
    entries = int(min(MOST_ENTRIES, np.ceil(ENTRIES * min((last - first) / (high - low), MOST_ENTRIES))))
    values = np.linspace(first, last, entries)
    x = np.clip((values - low) / (high - low), 0, 1) ** transfer.gamma
    if transfer.inverted:
        x = 1 - x
    curve = transfer.opacity
    points, at = (curve.points, values) if isinstance(curve, OpacityCurve) else (curve, x)
    with np.errstate(divide="ignore"):
        extinction = np.minimum(-np.log2(1 - _curve(points, at)) * (step / transfer.unit_distance), OPAQUE)
    palette = color_table(transfer.colormap, 4 * ENTRIES)
    colors = palette[np.round(x * (4 * ENTRIES - 1)).astype(int)]
    return np.column_stack([colors, extinction]).astype(np.float32)


def gradient_table(transfer: TransferFunction, steepest: float) -> Table:
    """(GRADIENT_ENTRIES,) float32: the share of the extinction that is left at gradients of 0 to `steepest`."""
    steepness = np.linspace(0, steepest, GRADIENT_ENTRIES)
    return _curve(transfer.gradient_opacity, steepness).astype(np.float32)


def _curve(points: Points, at: NDArray[np.float64]) -> NDArray[np.float64]:
    xs, ys = zip(*points, strict=True)
    return np.asarray(np.interp(at, xs, ys))
