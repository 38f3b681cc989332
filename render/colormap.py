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


MAX_COLORS = 256
"""Colours of a ramp."""


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
    colors = _colors(name)
    if len(colors) == 1:
        colors = [(0.0, 0.0, 0.0), *colors]
    if colors:
        return tuple((i / (len(colors) - 1), *color) for i, color in enumerate(colors))
    try:
        found = cmap.Colormap(name)
    except (ValueError, TypeError, KeyError) as error:
        raise BadRequest(
            f"{name!r} is neither a colour nor a colour map, such as 'green', '#ff8000', 'viridis'"
        ) from error
    table = found(np.linspace(0, 1, 256))
    return tuple((i / 255, float(r), float(g), float(b)) for i, (r, g, b, _a) in enumerate(table))


def plain_color(name: str) -> str:
    """The one name for what `name` means: colours are #rrggbb, a map keeps its name. BadRequest where it is neither."""
    color_stops(name)
    colors = ["#" + "".join(f"{round(255 * share):02x}" for share in color) for color in _colors(name)]
    if len(colors) == 2 and colors[0] == "#000000":
        return colors[1]
    return "-".join(colors) or name


def _colors(name: str) -> list[tuple[float, float, float]]:
    """The colour that `name` is, or those with hyphens between them; none where it is something else."""
    several = [_color_or_none(one) for one in name.split("-", MAX_COLORS)]
    return [color[:3] for color in several if color is not None] if None not in several else []


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
