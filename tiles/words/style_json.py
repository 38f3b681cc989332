"""large_image's `style` (JSON) -> channels; pure.

A band is a channel: its number from 1 on, or the number of a frame of which the channels are counted from 0. What can't
be drawn so (other ways to combine bands, functions, gaps) is a BadRequest; alpha in colours is left out, as everywhere.
"""

import re
from typing import Literal

import msgspec

from render.colormap import color_stops, parse_color
from render.errors import BadRequest
from render.intent import ChannelIntent, End, Quantile
from tiles.grammar import NUMBER

END = re.compile(rf"(auto|min|max|full)(?::({NUMBER}))?")

Number = float | int
Color = str | list[Number]
"""A name or #rrggbb, or red, green, blue (and alpha) in 0..1."""


class _Band(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The words of large_image 1.35; those of a type with one value are for what is drawn anyway."""

    band: int | None = None
    frame: int | None = None
    framedelta: int | None = None
    palette: str | list[Color] = "white"
    min: Number | str | None = "auto"
    max: Number | str | None = "auto"
    composite: Literal["lighten"] = "lighten"
    scheme: Literal["linear"] = "linear"
    clamp: bool | Literal["true"] = True
    nodata: None = None
    dtype: Literal["uint8"] | None = None
    axis: None = None
    icc: bool | str | None = None


class _Style(_Band, frozen=True):
    """One band, or `bands` with what is said of all of them."""

    bands: list[_Band] | None = None


OF_ALL = ("bands", "composite", "dtype", "axis", "icc")
"""What may be said beside `bands`."""


def read_style(text: str) -> tuple[ChannelIntent, ...]:
    """The channels that the bands are; none for {}. BadRequest."""
    try:
        # Text of a URL may hold what is no character, of which JSON says another error.
        style = msgspec.json.decode(text.encode(errors="replace"), type=_Style)
    except msgspec.DecodeError as error:
        raise BadRequest(f"style: {error}") from error
    if style == _Style(icc=style.icc):
        return ()
    if style.bands is None:
        return (_channel(style),)
    for name in _Band.__struct_fields__:
        if name not in OF_ALL and getattr(style, name) != getattr(_Style(), name):
            raise BadRequest(f"style: {name} is said of a band, and not beside bands")
    return tuple(_channel(band) for band in style.bands)


def _channel(band: _Band) -> ChannelIntent:
    if band.clamp is False:
        raise BadRequest("style: clamp false: values outside of the window have the colours of its ends")
    window = (_read_end("min", band.min, Quantile(0.0)), _read_end("max", band.max, Quantile(1.0)))
    return ChannelIntent(_index(band), _read_palette(band.palette), window)


def _index(band: _Band) -> int:
    """The channel, from 0."""
    number = None if band.band == -1 else band.band
    frame = band.framedelta if band.frame is None else band.frame
    if number is not None and number < 1:
        raise BadRequest(f"style: band {number}: bands are counted from 1")
    if frame is None:
        return 0 if number is None else number - 1
    if frame < 0:
        raise BadRequest(f"style: frame {frame}: frames are counted from 0")
    if number not in (None, 1):
        raise BadRequest(f"style: band {number} of frame {frame}: a frame is one channel, whose only band is 1")
    return frame


def _read_end(name: str, said: Number | str | None, extreme: Quantile) -> End:
    """A number, "min", "max" or "auto" (the extreme of the values), or these and what share of the values is beyond."""
    if isinstance(said, float | int):
        return float(said)
    match = END.fullmatch("auto" if said is None else said)
    if match is None:
        raise BadRequest(
            f'style: {name} {said!r}: write a number, "auto", "min", "max", or with a share, "{name}:0.02"'
        )
    word, share = match.groups()
    if word == "full":
        if name == "max":
            raise BadRequest("style: max 'full': write the number that is meant")
        return 0.0
    quantile = {"auto": extreme, "min": Quantile(0.0), "max": Quantile(1.0)}[word]
    return Quantile(abs(quantile.share - float(share))) if share else quantile


def _read_palette(said: str | list[Color]) -> str:
    """A name as `color_stops` knows it."""
    if isinstance(said, str):
        return _read_name(said)
    if len(said) < 2:
        raise BadRequest(f"style: palette {said}: write two colours or more, or one without a list")
    return "-".join(_read_color(color) for color in said)


def _read_color(said: Color) -> str:
    """#rrggbb."""
    rgb = parse_color(said)[:3] if isinstance(said, str) else tuple(said)[:3]
    if len(rgb) < 3 or not all(0 <= share <= 1 for share in rgb):
        raise BadRequest(f"style: colour {said}: write a name, #rrggbb, or three numbers from 0 to 1")
    return "#" + "".join(f"{round(255 * share):02x}" for share in rgb)


def _read_name(said: str) -> str:
    """A colour or a map; of palettable's names, such as matplotlib.Plasma_6, the last word, if need be without its
    number."""
    last = said.rpartition(".")[2]
    for name in (said, last, re.sub(r"_\d+$", "", last)):
        try:
            color_stops(name)
        except BadRequest:
            continue
        return name
    raise BadRequest(f"style: palette {said!r} is neither a colour nor a colour map, such as '#ff8000' or 'viridis'")
