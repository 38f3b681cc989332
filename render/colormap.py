"""Colour names and colour maps by name -> tables of RGB in 0..1."""

from functools import lru_cache

import cmap
import numpy as np
from numpy.typing import NDArray

from render.errors import BadRequest

Stop = tuple[float, float, float, float]
"""A gradient stop: position in 0..1, then red, green, blue in 0..1."""


PALETTE = ("#00ff00", "#ff00ff", "#00ffff", "#ffff00", "#ff0000", "#4080ff", "#ff8000", "#ffffff")
"""Colours of channels whose metadata name none, where there are several."""


def parse_color(text: str) -> tuple[float, float, float, float]:
    """A CSS name or #rgb, #rrggbb, #rrggbbaa -> straight RGBA in 0..1. BadRequest where it is no colour."""
    try:
        red, green, blue, alpha = cmap.Color(text).rgba
    except (ValueError, TypeError) as error:
        raise BadRequest(f"{text!r} is no colour: use a CSS name or #rrggbb") from error
    return (red, green, blue, alpha)


@lru_cache(maxsize=256)
def color_stops(name: str) -> tuple[Stop, ...]:
    """The gradient that `name` means: a colour is the ramp from black to it, anything else a map of `cmap`.

    A colour goes first, so that "green" is a fluorescence channel and not a map of that name; colours with hyphens
    between them, "black-red-white", are the ramp through all of them.
    """
    colors = [_color_or_none(one) for one in name.split("-")]
    if len(colors) > 1 and all(colors):
        last = len(colors) - 1
        return tuple((i / last, *color[:3]) for i, color in enumerate(colors) if color)
    try:
        red, green, blue, _ = parse_color(name)
    except BadRequest:
        pass
    else:
        return ((0.0, 0.0, 0.0, 0.0), (1.0, red, green, blue))
    try:
        found = cmap.Colormap(name)
    except (ValueError, TypeError, KeyError) as error:
        raise BadRequest(
            f"{name!r} is neither a colour nor a colour map, such as 'green', '#ff8000', 'viridis'"
        ) from error
    table = found(np.linspace(0, 1, 256))
    return tuple((i / 255, float(r), float(g), float(b)) for i, (r, g, b, _a) in enumerate(table))


def _color_or_none(text: str) -> tuple[float, float, float, float] | None:
    try:
        return parse_color(text)
    except BadRequest:
        return None


def color_table(colormap: str | tuple[Stop, ...], length: int) -> NDArray[np.float32]:
    """(length, 3) float32 RGB in 0..1, sampled at i / (length - 1), linear between stops, clamped outside."""
    stops = np.array(color_stops(colormap) if isinstance(colormap, str) else colormap, dtype=np.float64)
    at = np.linspace(0, 1, length)
    return np.stack([np.interp(at, stops[:, 0], stops[:, k]) for k in (1, 2, 3)], axis=1).astype(np.float32)
