"""The `omero` metadata of an image: labels, colours and windows of its channels; pure.

They are transitional in NGFF and often missing or partial, so nothing here is an error: what cannot be used is left
out and said in the notes.
"""

import math
import re
from collections.abc import Mapping

from render.colormap import parse_color
from render.errors import BadRequest
from render.scene import is_drawable
from render.volume.info import ChannelInfo, Window


def read_channels(omero: object, notes: list[str]) -> tuple[ChannelInfo, ...]:
    """The channels that `omero` lists; there may be fewer or more of them than the image has."""
    listed = omero.get("channels") if isinstance(omero, Mapping) else None
    if not isinstance(listed, list):
        return ()
    channels = tuple(_channel(index, entry, notes) for index, entry in enumerate(listed))
    return _greyscale(channels) if _is_greyscale(omero) else channels


def _channel(index: int, entry: object, notes: list[str]) -> ChannelInfo:
    found = entry if isinstance(entry, Mapping) else {}
    label = found.get("label")
    return ChannelInfo(
        label=str(label) if label not in (None, "") else f"channel {index}",
        color=_color(index, found.get("color"), notes),
        window=_window(index, found.get("window"), notes),
        active=found.get("active") is not False,
        inverted=found.get("inverted") is True,
    )


def _color(index: int, text: object, notes: list[str]) -> str | None:
    """ "#rrggbb" out of RRGGBB, RRGGBBAA (the alpha is left out), with or without #, or a CSS name."""
    if text in (None, ""):
        return None
    if not isinstance(text, str):
        notes.append(f"The colour {text!r} of channel {index} is not understood and not used.")
        return None
    name = text
    if re.fullmatch(r"[0-9a-fA-F]{3}|[0-9a-fA-F]{6}|[0-9a-fA-F]{8}", name):
        name = "#" + name
    try:
        red, green, blue, _ = parse_color(name)
    except BadRequest:
        notes.append(f"The colour {text!r} of channel {index} is not understood and not used.")
        return None
    return "#" + "".join(f"{round(x * 255):02x}" for x in (red, green, blue))


def _window(index: int, found: object, notes: list[str]) -> Window | None:
    if not isinstance(found, Mapping):
        return None
    start, end = found.get("start"), found.get("end")
    if not (isinstance(start, int | float) and isinstance(end, int | float)):
        return None
    if not (math.isfinite(start) and math.isfinite(end) and start < end):
        notes.append(f"The window {start} to {end} of channel {index} is empty: it is chosen from the data instead.")
        return None
    if not is_drawable(start, end):
        notes.append(
            f"The window {start} to {end} of channel {index} tells nothing: it is chosen from the data instead."
        )
        return None
    return (float(start), float(end))


def _is_greyscale(omero: object) -> bool:
    rendering = omero.get("rdefs") if isinstance(omero, Mapping) else None
    return isinstance(rendering, Mapping) and rendering.get("model") == "greyscale"


def _greyscale(channels: tuple[ChannelInfo, ...]) -> tuple[ChannelInfo, ...]:
    """As OMERO shows the model "greyscale": one channel, the first active, in white whatever its colour."""
    first = next((i for i, channel in enumerate(channels) if channel.active), 0)
    return tuple(
        ChannelInfo(channel.label, "#ffffff", channel.window, i == first, channel.inverted)
        for i, channel in enumerate(channels)
    )
