"""A transfer function as a table over its window; numpy only."""

import numpy as np
from numpy.typing import NDArray

from render.colormap import color_table
from render.scene import TransferFunction

ENTRIES = 1024
OPAQUE = 1e4
"""Extinction (in powers of two) of what is fully opaque: no light passes at any step."""


def transfer_table(transfer: TransferFunction, step: float) -> NDArray[np.float32]:
    """(ENTRIES, 4) float32: red, green, blue in 0..1 and the extinction of a sample of world length `step`.

    Entry i is for the value low + i / (ENTRIES - 1) * (high - low). A sample of `step` lets 2 ** -extinction of the
    light pass, so that 1 - 2 ** -extinction is 1 - (1 - a) ** (step / unit_distance); shorter ones scale it.
    """
    x = np.linspace(0, 1, ENTRIES) ** transfer.gamma
    if transfer.inverted:
        x = 1 - x
    points = np.array(transfer.opacity)
    opacity = np.interp(x, points[:, 0], points[:, 1])
    with np.errstate(divide="ignore"):
        extinction = np.minimum(-np.log2(1 - opacity) * (step / transfer.unit_distance), OPAQUE)
    palette = color_table(transfer.colormap, 4 * ENTRIES)
    colors = palette[np.round(x * (4 * ENTRIES - 1)).astype(int)]
    return np.column_stack([colors, extinction]).astype(np.float32)
