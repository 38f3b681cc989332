"""The words of OMERO's web gateway for how a plane looks (`c`, `m`, `p`, `maps`) -> intents; pure.

`c=1|100:3500$FF00FF,-2|...` counts channels from 1; one with a minus or not listed is off. Where OMERO.web leaves out
what it cannot read, here it is a BadRequest.
"""

import re
from typing import Literal

import msgspec

from render.errors import BadRequest
from render.intent import ChannelIntent
from render.scene import Projection
from tiles.grammar import NUMBER
from tiles.section import SlabIntent

CHANNEL = re.compile(rf"(-?\d{{1,6}})(?:\|(?:({NUMBER}):({NUMBER})(-?r)?)?)?(?:\$(.+))?")
CHANNEL_FORM = "INDEX|LOW:HIGH$COLOUR from 1 on, such as 1|100:3500$FF00FF,-2|0:255$cool.lut"

PROJECTION = re.compile(r"(normal|int(?:max|mean|sum))(?:\|(\d{1,9}):(\d{1,9}))?")
PROJECTIONS: dict[str, Projection] = {"intmax": "mip", "intmean": "mean", "intsum": "sum"}

TABLES = {
    "grays": "white",
    "cyan_hot": "black-cyan-white",
    "magenta_hot": "black-magenta-white",
    "yellow_hot": "black-yellow-white",
    "fire": "imagej:fire",
    "hilo": "imagej:HiLo",
}
"""OMERO's tables (ImageJ's) that go by another name here, or under whose name there is another map."""


class _Switch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Clients write booleans as text, too."""

    enabled: bool | Literal["true", "false"] = False


class _Quantization(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    family: Literal["linear", "polynomial"] = "linear"
    coefficient: float = 1.0

    @property
    def gamma(self) -> float:
        return self.coefficient if self.family == "polynomial" else 1.0


class _Map(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What happens to a channel's values; `reverse` is the older name of `inverted`."""

    inverted: _Switch | bool | None = None
    reverse: _Switch | bool | None = None
    quantization: _Quantization = _Quantization()

    @property
    def is_inverted(self) -> bool:
        switch = self.reverse if self.inverted is None else self.inverted
        return switch is True or (isinstance(switch, _Switch) and switch.enabled in (True, "true"))


def read_omero_channels(c: str, maps: str | None) -> tuple[ChannelIntent, ...]:
    """The channels that are on, of those in `c`; `maps` (JSON) are theirs in the same order. BadRequest."""
    entries = [entry.strip() for entry in c.split(",")]
    looks = _read_maps(maps)
    if len(looks) > len(entries):
        raise BadRequest(f"maps: {len(looks)} of them for {len(entries)} channels in c")
    looks += [_Map()] * (len(entries) - len(looks))
    indices = [abs(int(_matched(entry)[1])) for entry in entries]
    if len(set(indices)) < len(indices):
        raise BadRequest(f"c {c!r}: a channel is listed twice")
    return tuple(
        _channel(_matched(entry), look) for entry, look in zip(entries, looks, strict=True) if not entry.startswith("-")
    )


def read_model(m: str) -> bool:
    """Whether `m` is "g" (greyscale), not "c" (colour)."""
    if m not in ("c", "g"):
        raise BadRequest(f"m {m!r}: must be c (colour) or g (greyscale)")
    return m == "g"


def read_projection(p: str) -> SlabIntent | None:
    """ "normal": none, or "intmax", "intmean", "intsum" of all planes or of |FIRST:LAST, both included."""
    match = PROJECTION.fullmatch(p.strip())
    if match is None or (match[1] == "normal" and match[2]):
        raise BadRequest(f"p {p!r}: write normal, or intmax, intmean or intsum and planes, such as intmax|0:20")
    word, first, last = match.groups()
    if word == "normal":
        return None
    if first is not None and int(last) < int(first):
        raise BadRequest(f"p {p!r}: its last plane is before the first")
    return SlabIntent(PROJECTIONS[word], None, int(first or 0), None if last is None else int(last))


def _matched(entry: str) -> re.Match[str]:
    match = CHANNEL.fullmatch(entry)
    if match is None or int(match[1]) == 0:
        raise BadRequest(f"c: channel {entry!r}: write {CHANNEL_FORM}")
    return match


def _channel(match: re.Match[str], look: _Map) -> ChannelIntent:
    index, low, high, reverse, color = match.groups()
    return ChannelIntent(
        int(index) - 1,
        None if color is None else _read_color(color),
        None if low is None else (float(low), float(high)),
        gamma=look.quantization.gamma,
        inverted=look.is_inverted or reverse == "r",
    )


def _read_color(text: str) -> str:
    if text.endswith(".lut"):
        name = text.removesuffix(".lut")
        return TABLES.get(name, name)
    if not re.fullmatch(r"(?:[0-9a-fA-F]{3}){1,2}|[0-9a-fA-F]{8}", text):
        raise BadRequest(
            f"c: colour {text!r}: write six hexadecimal digits, such as FF00FF, or a table, such as cool.lut"
        )
    return f"#{text}"


def _read_maps(text: str | None) -> list[_Map]:
    if text is None:
        return []
    try:
        # Text of a URL may hold what is no character, of which JSON says another error.
        found = msgspec.json.decode(text.encode(errors="replace"), type=list[_Map | None])
    except msgspec.DecodeError as error:
        raise BadRequest(f"maps: {error}") from error
    return [one or _Map() for one in found]
