"""Text -> what is wanted of a plane: the one dialect of all tile routes, and the only parser of it.

Three ways of speaking are understood, and mean the same values: our own short form, the words of OMERO's web gateway
(`c`, `m`, `p`, `maps`), and large_image's `style`. Colours end as #rrggbb, channels and ids in rising order, so that
requests that mean the same are the same.
"""

from collections.abc import Iterable
from itertools import pairwise

from msgspec.structs import replace

from render.colormap import plain_color
from render.errors import BadRequest
from render.intent import ChannelIntent, LabelsIntent
from render.scene import MAX_CHANNELS
from render.scene.surroundings import MAX_LABELS
from render.scene.value import check_count
from tiles.grammar import parse_channel, read_ids, split_channels, write_channel
from tiles.request import read_whole
from tiles.section import AxisIntent, ObliqueIntent, SectionIntent, SlabIntent
from tiles.words import section as words
from tiles.words.omero import read_model, read_omero_channels, read_projection
from tiles.words.style_json import read_style

WORDS = (
    "plane",
    "slab",
    "t",
    "channels",
    "channel",
    "grey",
    "labels",
    "ids",
    "outline",
    "c",
    "m",
    "p",
    "maps",
    "style",
)
"""The parameters of a section."""

NONE = "none"
"""What `channels` says where there is none: labels alone are seen."""

LISTED = ("channel", "labels")
"""What may be given several times."""

SAME = (
    ("channels", "channel", "c", "style"),
    ("grey", "m"),
    ("channels", "channel", "m"),
    ("m", "style"),
    ("slab", "p"),
)
"""Of each of these one at most: they are several ways to say the same."""

Said = dict[str, list[str]]


def read_section(pairs: Iterable[tuple[str, str]]) -> SectionIntent:
    """The SectionIntent that (name, text) pairs spell. BadRequest says which is unknown, wrong or said twice."""
    said: Said = {}
    for name, text in pairs:
        if name not in WORDS:
            raise BadRequest(f"unknown parameter {name!r}; there are: {', '.join(WORDS)}")
        if name in said and name not in LISTED:
            raise BadRequest(f"{name} is given twice")
        said.setdefault(name, []).append(text)
    _check_together(said)
    plane, slab = _place(said)
    channels, grey = _channels(said), _is_grey(said)
    bare = not channels and _is_bare(said)
    if grey and channels:
        channels = (replace(channels[0], color="#ffffff"),)
    return SectionIntent(
        plane=plane,
        slab=slab,
        time=read_whole("t", said["t"][0]) if "t" in said else 0,
        channels=channels,
        bare=bare,
        grey=grey and not channels and not bare,
        labels=_labels(said),
        ids=tuple(sorted(set(read_ids(said["ids"][0])))) if "ids" in said else (),
        outline=_is_on(said, "outline"),
    )


def write_section(intent: SectionIntent) -> list[tuple[str, str]]:
    """The pairs that `read_section` reads as `intent`, in the short form; what is at its default is left out."""
    told = []
    if intent.plane != AxisIntent():
        told.append(("plane", words.write_place(intent.plane)))
    if intent.slab is not None:
        told.append(("slab", words.write_slab(intent.slab)))
    if intent.time:
        told.append(("t", str(intent.time)))
    if intent.channels or intent.bare:
        told.append(("channels", ",".join(map(write_channel, intent.channels)) or NONE))
    if intent.grey:
        told.append(("grey", "true"))
    if intent.labels:
        told.append(("labels", words.write_label_list(intent.labels)))
    if intent.ids:
        told.append(("ids", ",".join(map(str, intent.ids))))
    if intent.outline:
        told.append(("outline", "true"))
    return told


def _check_together(said: Said) -> None:
    for group in SAME:
        both = [name for name in group if name in said]
        if len(both) > 1:
            raise BadRequest(f"{both[0]} and {both[1]} say the same: give one of them")
    if "maps" in said and "c" not in said:
        raise BadRequest("maps says nothing without c")
    for name in ("ids", "outline"):
        if name in said and "labels" not in said:
            raise BadRequest(f"{name} says nothing without labels")


def _place(said: Said) -> tuple[AxisIntent | ObliqueIntent, SlabIntent | None]:
    """The plane, without its position where that of the slab counts, and the slab."""
    plane = words.read_place(said["plane"][0]) if "plane" in said else AxisIntent()
    slab = words.read_slab(said["slab"][0]) if "slab" in said else None
    if "p" in said:
        slab = read_projection(said["p"][0])
    if slab is None or slab.thickness is not None:
        return plane, slab
    if isinstance(plane, ObliqueIntent):
        raise BadRequest("slab: a range of planes is of the array's; an oblique plane has a thickness")
    return AxisIntent(plane.axis), slab


def _is_on(said: Said, name: str) -> bool:
    return name in said and words.read_flag(name, said[name][0])


def _is_grey(said: Said) -> bool:
    return _is_on(said, "grey") or ("m" in said and read_model(said["m"][0]))


def _is_bare(said: Said) -> bool:
    """Whether no channel is to be seen: where channels are said and there is none, or OMERO has all of them off."""
    return said.get("channels") == [NONE] or "c" in said


def _channels(said: Said) -> tuple[ChannelIntent, ...]:
    """What any of the dialects says of channels, in rising order."""
    channels: tuple[ChannelIntent, ...] = ()
    if "style" in said:
        channels = read_style(said["style"][0])
    if "c" in said:
        channels = read_omero_channels(said["c"][0], said["maps"][0] if "maps" in said else None)
    for text in said.get("channels", said.get("channel", [])):
        if not (text == NONE and "channels" in said):
            channels += tuple(map(parse_channel, split_channels(text)))
    check_count("channels", channels, MAX_CHANNELS)
    indices = sorted(channel.index for channel in channels)
    for index, following in pairwise(indices):
        if index == following:
            raise BadRequest(f"channel {index} is said twice")
    return tuple(sorted(map(_plain, channels), key=lambda channel: channel.index))


def _plain(channel: ChannelIntent) -> ChannelIntent:
    return channel if channel.color is None else replace(channel, color=plain_color(channel.color))


def _labels(said: Said) -> tuple[LabelsIntent, ...]:
    labels = tuple(one for text in said.get("labels", []) for one in words.read_label_list(text))
    check_count("labels", labels, MAX_LABELS)
    names = [one.name for one in labels]
    for name in names:
        if names.count(name) > 1:
            raise BadRequest(f"labels {name} are said twice")
    return labels
