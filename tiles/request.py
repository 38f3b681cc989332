"""Text -> what is wanted: the one dialect of query strings and of the command line, and the only parser of it.

Every parameter is named and written as on the command line: `mode=mip&size=800x600&channel=0:green:100-3500`.
Whatever is unknown, given twice or out of place is a BadRequest that names it; nothing is ignored.
"""

import re
from collections.abc import Iterable

import msgspec

from render.errors import BadRequest
from render.intent import Intent, parse_channel

PICTURE = (
    "mode",
    "size",
    "azimuth",
    "elevation",
    "zoom",
    "channel",
    "time",
    "axis",
    "position",
    "background",
    "shaded",
)
"""The parameters of a picture; `channel` may be repeated."""

TILE = ("axis", "position", "time", "channel")
"""The parameters of a tile."""


def read_intent(parameters: Iterable[tuple[str, str]], known: tuple[str, ...] = PICTURE) -> Intent:
    """The Intent that (name, value) pairs spell."""
    said: dict[str, object] = {}
    channels = []
    for name, text in parameters:
        if name not in known:
            raise BadRequest(f"unknown parameter {name!r}; there are: {', '.join(known)}")
        if name == "channel":
            channels.append(parse_channel(text))
        elif name in said:
            raise BadRequest(f"{name} is given twice")
        else:
            said[name] = read_size(text) if name == "size" else text
    return make_intent(said | {"channels": tuple(channels)})


def make_intent(said: dict[str, object]) -> Intent:
    """An Intent from its fields; numbers and booleans may be text."""
    try:
        return msgspec.convert(said, Intent, strict=False)
    except msgspec.ValidationError as error:
        raise BadRequest(str(error).replace("`$.", "`")) from error


def read_tile_intent(parameters: Iterable[tuple[str, str]]) -> Intent:
    """The plane, time and channels of a tile, as an Intent in slice mode."""
    return msgspec.structs.replace(read_intent(parameters, TILE), mode="slice")


def read_size(text: str) -> tuple[int, int]:
    """WIDTHxHEIGHT in pixels, such as 800x600."""
    match = re.fullmatch(r"(\d{1,6})x(\d{1,6})", text.strip())
    if match is None:
        raise BadRequest(f"size {text!r}: write WIDTHxHEIGHT, such as 800x600")
    return (int(match[1]), int(match[2]))
