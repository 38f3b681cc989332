"""One parameter's text <-> its value: what queries, the command line and Python share."""

import re

from render.colormap import parse_color
from render.errors import BadRequest
from render.geometry import Vec3
from render.intent import ChannelIntent, End, IsoIntent, LabelsIntent, LightIntent, PlaneIntent, Quantile, Six
from render.scene import Axis

NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
END = rf"{NUMBER}%?"
CHANNEL = re.compile(
    # "0:100-300" is a window, no colour; and "-200-600" would be one, for `int` reads "-2" as hexadecimal. A map may
    # have the name of its collection before it, as imagej:fire has.
    rf"(\d{{1,6}})(?::(?!inverted|{END}-{END}(?::|$))([^:=]*(?::(?!inverted)[A-Za-z_]\w*(?=:|$))?))?"
    rf"(?::({END})-({END}))?"
    rf"((?::(?:gamma={NUMBER}|opacity={NUMBER}|inverted))*)"
)


def parse_channel(text: str) -> ChannelIntent:
    """INDEX[:COLOUR][:LOW-HIGH], then any of :gamma=G, :opacity=A and :inverted; such as "0:green:100-3500".

    LOW and HIGH are values of the volume, or with % the values below which so much of it lies: "0:1%-99.8%".

    BadRequest where it is not that.
    """
    match = CHANNEL.fullmatch(text.strip())
    options = [option.partition("=") for option in match[5].split(":")[1:]] if match else []
    said = {name: value for name, _, value in options}
    if match is None or len(said) < len(options):
        raise BadRequest(
            f"channel {text!r}: write INDEX[:COLOUR][:LOW-HIGH], such as 0:green:100-3500, and after it at most once "
            "each gamma=2, opacity=0.5, inverted, with colons between them"
        )
    index, color, low, high, _ = match.groups()
    return ChannelIntent(
        int(index),
        color or None,
        None if low is None else (_read_end(low), _read_end(high)),
        gamma=float(said.get("gamma", 1)),
        opacity=float(said.get("opacity", 1)),
        inverted="inverted" in said,
    )


def write_channel(channel: ChannelIntent) -> str:
    """As `parse_channel` reads it."""
    window = "" if channel.window is None else "-".join(map(_write_end, channel.window))
    words = [str(channel.index), channel.color or "", window]
    while not words[-1]:
        words.pop()
    options = [
        f"gamma={channel.gamma!r}" if channel.gamma != 1 else "",
        f"opacity={channel.opacity!r}" if channel.opacity != 1 else "",
        "inverted" if channel.inverted else "",
    ]
    return ":".join([*words, *filter(None, options)])


def split_channels(text: str) -> list[str]:
    """What `parse_channel` reads, of several with commas between them; a colour may have its own, as rgb(255,0,0)."""
    return re.split(r",(?![^()]*\))", text)


def _read_end(text: str) -> End:
    return Quantile(float(text[:-1]) / 100) if text.endswith("%") else float(text)


def _write_end(end: End) -> str:
    return f"{100 * end.share!r}%" if isinstance(end, Quantile) else repr(end)


def parse_iso(text: str) -> IsoIntent:
    """VALUE[:COLOUR[:OPACITY[:CHANNEL]]], such as "300", "300:gold:0.5", "300::1:2"."""
    match = re.fullmatch(rf"({NUMBER})(?::([^:]*))?(?::({NUMBER})?)?(?::(\d{{1,6}}))?", text.strip())
    if match is None:
        raise BadRequest(f"iso {text!r}: write VALUE[:COLOUR[:OPACITY[:CHANNEL]]], such as 300:gold:0.5")
    value, color, opacity, channel = match.groups()
    if color:
        parse_color(color)
    return IsoIntent(float(value), color or None, float(opacity or 1), None if channel is None else int(channel))


def write_iso(iso: IsoIntent) -> str:
    """As `parse_iso` reads it."""
    channel = "" if iso.channel is None else f":{iso.channel}"
    return f"{iso.value!r}:{iso.color or ''}:{iso.opacity!r}{channel}"


def parse_plane(text: str) -> PlaneIntent:
    """AXIS@POSITION, such as z@12.5."""
    match = re.fullmatch(rf"([xyz])@({NUMBER})", text.strip())
    if match is None:
        raise BadRequest(f"plane {text!r}: write AXIS@POSITION, such as z@12.5")
    axes: dict[str, Axis] = {"x": "x", "y": "y", "z": "z"}
    return PlaneIntent(axes[match[1]], float(match[2]))


def write_plane(plane: PlaneIntent) -> str:
    """As `parse_plane` reads it."""
    return f"{plane.axis}@{plane.position!r}"


def parse_labels(text: str) -> LabelsIntent:
    """NAME[:OPACITY], such as "nuclei:0.3"."""
    match = re.fullmatch(rf"(.+?)(?::({NUMBER}))?", text.strip())
    if match is None:
        raise BadRequest(f"labels {text!r}: write NAME[:OPACITY], such as nuclei:0.3")
    return LabelsIntent(match[1]) if match[2] is None else LabelsIntent(match[1], float(match[2]))


def write_labels(labels: LabelsIntent) -> str:
    """As `parse_labels` reads it."""
    return f"{labels.name}:{labels.opacity!r}"


def parse_light(text: str) -> LightIntent:
    """ "headlight", or the direction in which a light shines, x,y,z."""
    return "headlight" if text.strip() == "headlight" else read_vector("light", text)


def write_light(light: LightIntent) -> str:
    """As `parse_light` reads it."""
    return light if isinstance(light, str) else write_numbers(light)


def read_vector(name: str, text: str) -> Vec3:
    """Three numbers with commas between them."""
    x, y, z = _read_numbers(name, text, "x,y,z")
    return (x, y, z)


def read_six(name: str, text: str) -> Six:
    """Six numbers with commas between them."""
    a, b, c, d, e, f = _read_numbers(name, text, "x,y,z,x,y,z")
    return (a, b, c, d, e, f)


def write_numbers(numbers: tuple[float, ...]) -> str:
    """With commas between them and all their digits."""
    return ",".join(repr(number) for number in numbers)


def read_ids(text: str) -> tuple[int, ...]:
    """Whole numbers with commas between them."""
    words = text.split(",")
    if not all(re.fullmatch(r"\s*\d{1,20}\s*", word) for word in words):
        raise BadRequest(f"ids {text!r}: write whole numbers with commas between them, such as 3,17,42")
    return tuple(int(word) for word in words)


def read_size(text: str) -> tuple[int, int]:
    """WIDTHxHEIGHT in pixels, such as 800x600."""
    match = re.fullmatch(r"(\d{1,6})x(\d{1,6})", text.strip())
    if match is None:
        raise BadRequest(f"size {text!r}: write WIDTHxHEIGHT, such as 800x600")
    return (int(match[1]), int(match[2]))


def write_size(size: tuple[int, int]) -> str:
    """As `read_size` reads it."""
    return f"{size[0]}x{size[1]}"


def _read_numbers(name: str, text: str, form: str) -> list[float]:
    words = [word.strip() for word in text.split(",")]
    if len(words) != form.count(",") + 1 or not all(re.fullmatch(NUMBER, word) for word in words):
        raise BadRequest(f"{name} {text!r}: write {form}, {form.count(',') + 1} numbers with commas between them")
    return [float(word) for word in words]
