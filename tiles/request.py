"""Text -> what is wanted: the one dialect of query strings and of the command line, and the only parser of it.

Every parameter is named and written as on the command line: `mode=mip&size=800x600&channel=0:green:100-3500`.
Whatever is unknown, given twice or out of place is a BadRequest that names it; nothing is ignored.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypedDict, Unpack, get_args

import msgspec

from render.errors import BadRequest
from render.geometry import Vec3
from render.intent import (
    ONE_OF,
    ChannelIntent,
    Intent,
    IsoIntent,
    LabelsIntent,
    LightIntent,
    ModeName,
    PlaneIntent,
    Six,
)
from render.scene import Axis, Projection
from tiles import grammar

PICTURE = tuple(ONE_OF.get(name, name) for name in Intent.__struct_fields__)
"""The parameters of a picture."""


@dataclass(frozen=True, slots=True)
class _Spelling:
    """How a parameter is more than a word or a number: text to value and back; `field` lists what is repeated."""

    read: Callable[[str], Any]
    write: Callable[[Any], str]
    field: str = ""


SPELLINGS = {
    "channel": _Spelling(grammar.parse_channel, grammar.write_channel, "channels"),
    "iso": _Spelling(grammar.parse_iso, grammar.write_iso, "isos"),
    "plane": _Spelling(grammar.parse_plane, grammar.write_plane, "planes"),
    "labels": _Spelling(grammar.parse_labels, grammar.write_labels, "labels"),
    "clip_plane": _Spelling(partial(grammar.read_six, "clip_plane"), grammar.write_numbers, "clip_planes"),
    "light": _Spelling(grammar.parse_light, grammar.write_light, "lights"),
    "size": _Spelling(grammar.read_size, grammar.write_size),
    "normal": _Spelling(partial(grammar.read_vector, "normal"), grammar.write_numbers),
    "point": _Spelling(partial(grammar.read_vector, "point"), grammar.write_numbers),
    "ids": _Spelling(grammar.read_ids, grammar.write_numbers),
    "clip": _Spelling(partial(grammar.read_six, "clip"), grammar.write_numbers),
}

CHOICES: dict[str, tuple[str, ...]] = {
    "mode": get_args(ModeName),
    "axis": get_args(Axis),
    "projection": get_args(Projection),
}
"""What may be said of those parameters that are a choice of words."""


class Wish(TypedDict, total=False):
    """The fields of an `Intent` as keywords of a call; what stands in a list may also be written as in a query."""

    mode: ModeName
    size: tuple[int, int]
    azimuth: float
    elevation: float
    zoom: float
    orthographic: bool
    channels: Sequence[int | str | ChannelIntent]
    time: int
    axis: Axis | None
    position: float | None
    normal: Vec3 | None
    point: Vec3 | None
    thickness: float
    projection: Projection
    isos: Sequence[float | str | IsoIntent]
    planes: Sequence[str | PlaneIntent]
    labels: Sequence[str | LabelsIntent]
    ids: Sequence[int]
    outline: bool
    clip: Six | None
    clip_planes: Sequence[Six]
    shaded: bool
    lights: Sequence[LightIntent]
    depth_cue: float
    bounding_box: bool
    axes: bool
    scale_bar: bool
    background: str


def make_intent(**wish: Unpack[Wish]) -> Intent:
    """The Intent that keywords mean. BadRequest says which is unknown or wrong."""
    said: dict[str, Any] = dict(wish)
    for spelling in SPELLINGS.values():
        if spelling.field in said:
            listed = said[spelling.field]
            said[spelling.field] = [spelling.read(str(x)) if isinstance(x, int | float | str) else x for x in listed]
    return _convert(said, strict=True)


def read_intent(parameters: Iterable[tuple[str, str]]) -> Intent:
    """The Intent that (name, text) pairs spell."""
    said: dict[str, Any] = {}
    for name, text in _one_by_one(list(parameters)):
        if name not in PICTURE:
            raise BadRequest(f"unknown parameter {name!r}; there are: {', '.join(PICTURE)}")
        spelling = SPELLINGS.get(name)
        if spelling is not None and spelling.field:
            said.setdefault(spelling.field, []).append(spelling.read(text))
        elif name in said:
            raise BadRequest(f"{name} is given twice")
        else:
            said[name] = text if spelling is None else spelling.read(text)
    return _convert(said, strict=False)


def _one_by_one(parameters: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """With what `channels` lists, as the tile routes have it, said by `channel`."""
    names = [name for name, _ in parameters]
    if "channels" not in names:
        return parameters
    if names.count("channels") > 1 or "channel" in names:
        raise BadRequest("channels and channel say the same: give one of them, and channels once")
    listed = grammar.split_channels(parameters[names.index("channels")][1])
    return [pair for pair in parameters if pair[0] != "channels"] + [("channel", one) for one in listed]


def write_intent(intent: Intent) -> list[tuple[str, str]]:
    """The parameters that `read_intent` reads as `intent`; what is at its default is left out."""
    default = Intent()
    told = []
    for name in PICTURE:
        spelling = SPELLINGS.get(name)
        field = spelling.field if spelling and spelling.field else name
        value = getattr(intent, field)
        if spelling is not None and spelling.field:
            told += [(name, spelling.write(one)) for one in value]
        elif value != getattr(default, field):
            told.append((name, _write(value) if spelling is None else spelling.write(value)))
    return told


def take(parameters: Iterable[tuple[str, str]], own: Sequence[str]) -> tuple[dict[str, str], list[tuple[str, str]]]:
    """Those of `parameters` whose name is in `own`, and the others. BadRequest where one of `own` is given twice."""
    said: dict[str, str] = {}
    others = []
    for name, text in parameters:
        if name not in own:
            others.append((name, text))
        elif name in said:
            raise BadRequest(f"{name} is given twice")
        else:
            said[name] = text
    return said, others


def read_whole(name: str, text: str) -> int:
    """A whole number, 0 or more."""
    if not re.fullmatch(r"\d{1,9}", text.strip()):
        raise BadRequest(f"{name} {text!r}: write a whole number, 0 or more")
    return int(text)


def _write(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _convert(said: Mapping[str, object], *, strict: bool) -> Intent:
    """Without `strict`, numbers and booleans may be text."""
    for name, choices in CHOICES.items():
        if said.get(name, choices[0]) not in choices:
            raise BadRequest(f"{name} {said[name]!r}: must be one of {', '.join(choices)}")
    try:
        return msgspec.convert(said, Intent, strict=strict)
    except msgspec.ValidationError as error:
        raise BadRequest(str(error).replace("`$.", "`")) from error
