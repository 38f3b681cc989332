"""Text -> what is wanted: the one dialect of query strings and of the command line, and the only parser of it.

Every parameter is named and written as on the command line: `mode=mip&size=800x600&channel=0:green:100-3500`.
Whatever is unknown, given twice or out of place is a BadRequest that names it; nothing is ignored.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Literal, TypedDict, Unpack, get_args, get_type_hints

import msgspec

from render.errors import BadRequest
from render.intent import ChannelIntent, Intent, parse_channel
from render.scene import Axis

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


CHOICES: dict[str, tuple[str, ...]] = {name: get_args(get_type_hints(Intent)[name]) for name in ("mode", "axis")}
"""What may be said of those parameters that are a choice of words."""


class Wish(TypedDict, total=False):
    """The fields of an `Intent` as keywords of a call; a channel is also its number, or "0:green:100-3500"."""

    mode: Literal["auto", "dvr", "mip", "slice"]
    size: tuple[int, int]
    azimuth: float
    elevation: float
    zoom: float
    channels: Sequence[int | str | ChannelIntent]
    time: int
    axis: Axis
    position: float | None
    background: str
    shaded: bool


def make_intent(**wish: Unpack[Wish]) -> Intent:
    """The Intent that keywords mean. BadRequest says which is unknown or wrong."""
    channels = [parse_channel(str(one)) if isinstance(one, int | str) else one for one in wish.get("channels", ())]
    return _convert({**wish, "channels": channels}, strict=True)


def read_intent(parameters: Iterable[tuple[str, str]], known: tuple[str, ...] = PICTURE) -> Intent:
    """The Intent that (name, text) pairs spell."""
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
    return _convert(said | {"channels": channels}, strict=False)


def write_intent(intent: Intent) -> list[tuple[str, str]]:
    """The parameters that `read_intent` reads as `intent`; what is at its default is left out."""
    default = Intent()
    said = [(name, getattr(intent, name)) for name in PICTURE if name != "channel"]
    told = [(name, _write(value)) for name, value in said if value != getattr(default, name)]
    return told + [("channel", write_channel(channel)) for channel in intent.channels]


def read_tile_intent(parameters: Iterable[tuple[str, str]]) -> Intent:
    """The plane, time and channels of a tile, as an Intent in slice mode."""
    return msgspec.structs.replace(read_intent(parameters, TILE), mode="slice")


def read_size(text: str) -> tuple[int, int]:
    """WIDTHxHEIGHT in pixels, such as 800x600."""
    match = re.fullmatch(r"(\d{1,6})x(\d{1,6})", text.strip())
    if match is None:
        raise BadRequest(f"size {text!r}: write WIDTHxHEIGHT, such as 800x600")
    return (int(match[1]), int(match[2]))


def write_channel(channel: ChannelIntent) -> str:
    """INDEX:COLOUR:LOW-HIGH, as `parse_channel` reads it."""
    window = "" if channel.window is None else f":{channel.window[0]!r}-{channel.window[1]!r}"
    color = channel.color or ""
    return f"{channel.index}:{color}{window}" if color or window else str(channel.index)


def _write(value: object) -> str:
    if isinstance(value, tuple):
        return "x".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def _convert(said: dict[str, object], *, strict: bool) -> Intent:
    """Without `strict`, numbers and booleans may be text."""
    for name, choices in CHOICES.items():
        if said.get(name, choices[0]) not in choices:
            raise BadRequest(f"{name} {said[name]!r}: must be one of {', '.join(choices)}")
    try:
        return msgspec.convert(said, Intent, strict=strict)
    except msgspec.ValidationError as error:
        raise BadRequest(str(error).replace("`$.", "`")) from error
