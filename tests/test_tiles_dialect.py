"""The dialect of tiles: what each way to say a plane and its channels means, and what is refused."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from render.errors import BadRequest, NotFound
from render.intent import ChannelIntent, LabelsIntent, Quantile
from tests.arrays import memory_volume
from tests.volumes import gradient
from tiles.section import AxisIntent, ObliqueIntent, SectionIntent, SlabIntent, resolve_section
from tiles.words.dialect import WORDS, read_section, write_section

VOLUME = memory_volume(gradient((3, 2, 4, 5)))

GREEN, MAGENTA = ChannelIntent(0, "#00ff00", (100.0, 3500.0)), ChannelIntent(1, "#ff00ff", (0.0, 900.0))


def read(text: str) -> SectionIntent:
    """Pairs, separated by blanks."""
    return read_section([tuple(word.split("=", 1)) for word in text.split()])  # type: ignore[misc]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("", SectionIntent(), id="nothing"),
        pytest.param("plane=y", SectionIntent(AxisIntent("y")), id="the middle plane across y"),
        pytest.param("plane=z@12.5", SectionIntent(AxisIntent("z", 12.5)), id="a position"),
        pytest.param("plane=x@-3", SectionIntent(AxisIntent("x", -3.0)), id="a position below 0"),
        pytest.param("plane=z:30", SectionIntent(AxisIntent("z", index=30)), id="an index"),
        pytest.param(
            "plane=1,2,3,4,0,0,0,5e1,-.5",
            SectionIntent(ObliqueIntent((1.0, 2.0, 3.0), (4.0, 0.0, 0.0), (0.0, 50.0, -0.5))),
            id="an oblique plane",
        ),
        pytest.param("slab=10", SectionIntent(slab=SlabIntent("mip", 10.0)), id="a thickness"),
        pytest.param("slab=2.5:min", SectionIntent(slab=SlabIntent("minip", 2.5)), id="a thickness of minima"),
        pytest.param("slab=0..20:mean", SectionIntent(slab=SlabIntent("mean", None, 0, 20)), id="a range of planes"),
        pytest.param("slab=3..:sum", SectionIntent(slab=SlabIntent("sum", None, 3, None)), id="planes to the end"),
        pytest.param("t=3", SectionIntent(time=3), id="a time"),
        pytest.param(
            "channels=0:#00FF00:100-3500,1:#FF00FF:0-900", SectionIntent(channels=(GREEN, MAGENTA)), id="channels"
        ),
        pytest.param(
            "channel=0:#00FF00:100-3500 channel=1:#FF00FF:0-900",
            SectionIntent(channels=(GREEN, MAGENTA)),
            id="channels one by one",
        ),
        pytest.param(
            "channels=2:1%-99.8%",
            SectionIntent(channels=(ChannelIntent(2, None, (Quantile(0.01), Quantile(0.998))),)),
            id="a window by shares of the voxels",
        ),
        pytest.param(
            "channels=2:rgb(255,0,0),0",
            SectionIntent(channels=(ChannelIntent(0), ChannelIntent(2, "#ff0000"))),
            id="in any order",
        ),
        pytest.param(
            "channels=1:lime,0 grey=true",
            SectionIntent(channels=(ChannelIntent(0, "#ffffff"),)),
            id="the first in white",
        ),
        pytest.param(
            "plane=y:7 slab=2..5",
            SectionIntent(AxisIntent("y"), SlabIntent("mip", None, 2, 5)),
            id="a range wherever the plane is",
        ),
        pytest.param("slab=all:mean", SectionIntent(slab=SlabIntent("mean", None, 0, None)), id="all planes"),
        pytest.param("plane=z:3 slab=0:mean", SectionIntent(AxisIntent("z", index=3)), id="no thickness at all"),
        pytest.param("slab=10:slice", SectionIntent(), id="a slice of a slab"),
        pytest.param("channels=none", SectionIntent(bare=True), id="no channel"),
        pytest.param(
            "labels=nuclei:0.3,cells ids=17,3,17 outline=true",
            SectionIntent(labels=(LabelsIntent("nuclei", 0.3), LabelsIntent("cells")), ids=(3, 17), outline=True),
            id="labels",
        ),
        pytest.param(
            "c=1|100:3500$00FF00,2|0:900$FF00FF,-3|0:5$0000FF",
            SectionIntent(channels=(GREEN, MAGENTA)),
            id="OMERO's channels, one of them off",
        ),
        pytest.param("c=-1,-2", SectionIntent(bare=True), id="all of OMERO's channels off"),
        pytest.param("c=1$grays.lut", SectionIntent(channels=(ChannelIntent(0, "#ffffff"),)), id="OMERO's grey table"),
        pytest.param(
            'c=1 maps=[{"reverse":{"enabled":true},"quantization":{"family":"polynomial","coefficient":2}}]',
            SectionIntent(channels=(ChannelIntent(0, gamma=2.0, inverted=True),)),
            id="OMERO's older word, and a gamma",
        ),
        pytest.param("c=1$cool.lut", SectionIntent(channels=(ChannelIntent(0, "cool"),)), id="OMERO's lookup table"),
        pytest.param("c=2|5:9r", SectionIntent(channels=(ChannelIntent(1, None, (5.0, 9.0), inverted=True),)), id="r"),
        pytest.param(
            "c=2|5:9$FF0000,1$00FF00 m=g",
            SectionIntent(channels=(ChannelIntent(0, "#ffffff"),)),
            id="OMERO's first, grey",
        ),
        pytest.param("m=g", SectionIntent(grey=True), id="OMERO's grey"),
        pytest.param("m=c p=normal", SectionIntent(), id="OMERO's defaults"),
        pytest.param("p=intmax|0:20", SectionIntent(slab=SlabIntent("mip", None, 0, 20)), id="OMERO's projection"),
        pytest.param("p=intmean", SectionIntent(slab=SlabIntent("mean", None, 0, None)), id="of all planes"),
        pytest.param(
            'c=1,2 maps=[null,{"inverted":{"enabled":"true"}}]',
            SectionIntent(channels=(ChannelIntent(0), ChannelIntent(1, inverted=True))),
            id="OMERO's maps",
        ),
        pytest.param(
            'style={"bands":[{"framedelta":0,"palette":["#000","#00FF00"],"min":100,"max":3500},'
            '{"framedelta":1,"palette":"#FF00FF","min":0,"max":900}]}',
            SectionIntent(channels=(GREEN, MAGENTA)),
            id="large_image's bands",
        ),
        pytest.param(
            'style={"band":2,"min":"min:0.02","max":"max:0.01","palette":["black","red","white"]}',
            SectionIntent(channels=(ChannelIntent(1, "#000000-#ff0000-#ffffff", (Quantile(0.02), Quantile(0.99))),)),
            id="one of large_image's bands",
        ),
        pytest.param(
            'style={"bands":[{"framedelta":1,"band":1,"palette":"matplotlib.Plasma_6","max":9}],"icc":false}',
            SectionIntent(channels=(ChannelIntent(1, "Plasma", (Quantile(0.0), 9.0)),)),
            id="palettable's name, and the least value",
        ),
        pytest.param(
            'style={"palette":[[1,1,1],[0,0,1,1]],"min":"auto:0.25","max":7}',
            SectionIntent(channels=(ChannelIntent(0, "#ffffff-#0000ff", (Quantile(0.25), 7.0)),)),
            id="colours as numbers",
        ),
        pytest.param('style={"icc":false}', SectionIntent(), id="a style that says nothing"),
    ],
)
def test_what_is_said_is_understood(text: str, expected: SectionIntent) -> None:
    assert read(text) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("axis=z", r"unknown parameter 'axis'; there are: plane, slab, t, channels", id="an unknown word"),
        pytest.param("t=1 t=2", "t is given twice", id="twice"),
        pytest.param("t=-1", "t '-1': write a whole number", id="a time below 0"),
        pytest.param("plane=w", "plane 'w': write AXIS, AXIS@POSITION", id="an axis that is none"),
        pytest.param("plane=z@nan", "plane 'z@nan'", id="a position that is no number"),
        pytest.param("plane=1,2,3", "plane '1,2,3'", id="too few numbers"),
        pytest.param("slab=5:max", "slab '5:max': write THICKNESS", id="an unknown projection"),
        pytest.param("channels=green", "channel 'green'", id="a channel without an index"),
        pytest.param("labels=a outline=maybe", "outline 'maybe': must be true or false", id="neither true nor false"),
        pytest.param("channels=0 c=1", "channels and c say the same", id="two dialects"),
        pytest.param('style={"band":1} m=g', "m and style say the same", id="two others"),
        pytest.param("slab=3 p=intmax", "slab and p say the same", id="two projections"),
        pytest.param("c=0", "c: channel '0': write INDEX", id="OMERO counts from 1"),
        pytest.param("c=1,-1", "c '1,-1': a channel is listed twice", id="a channel on and off"),
        pytest.param("maps=[]", "maps says nothing without c", id="maps alone"),
        pytest.param("c=1 maps=[null,null]", "maps: 2 of them for 1 channels in c", id="too many maps"),
        pytest.param("c=1 maps=[3]", "maps: Expected `object", id="maps of numbers"),
        pytest.param("p=intmin", "p 'intmin'", id="an unknown projection of OMERO"),
        pytest.param("style={", "style: Input data was truncated", id="no JSON"),
        pytest.param(
            'style={"bands":[{"min":"lowest"}]}', r"style: min 'lowest': write a number", id="an end that is none"
        ),
        pytest.param(
            'style={"bands":[{"shine":1}]}',
            r"style: Object contains unknown field `shine` - at `\$.bands\[0\]`",
            id="an unknown key",
        ),
        pytest.param(
            'style={"composite":"multiply"}',
            r"style: Invalid enum value 'multiply' - at `\$.composite`",
            id="a composite that is not drawn",
        ),
        pytest.param('style={"bands":[{}],"min":3}', "style: min is said of a band", id="a band beside bands"),
        pytest.param('style={"band":2,"frame":1}', "style: band 2 of frame 1", id="a band of a frame of one"),
        pytest.param('style={"clamp":false}', "style: clamp false", id="holes outside of the window"),
        pytest.param('style={"palette":"nocolour"}', "style: palette 'nocolour'", id="a palette that is none"),
        pytest.param("channels=0:nocolour", "'nocolour' is neither a colour nor", id="a colour that is none"),
        pytest.param("channels=0,0:red", "channel 0 is said twice", id="a channel listed twice"),
        pytest.param("channels=0,1,2,3,4,5,6,7,8", "9 channels: at most 8 at once", id="too many channels"),
        pytest.param("channels=0 channel=1", "channels and channel say the same", id="two ways to list"),
        pytest.param("channels=0 m=g", "channels and m say the same", id="OMERO's model of other channels"),
        pytest.param("labels=a,b,a", "labels a are said twice", id="labels twice"),
        pytest.param("ids=3", "ids says nothing without labels", id="ids of nothing"),
        pytest.param("slab=3..1", "slab '3..1': its last plane is before", id="a range from back to front"),
        pytest.param("slab=-3", "slab '-3': its thickness", id="a thickness below 0"),
        pytest.param("slab=1e999", "slab '1e999': must be a finite number", id="a thickness without end"),
        pytest.param("plane=0,0,0,1,0,0,0,1,0 slab=0..3", "oblique plane has a thickness", id="planes of no axis"),
        pytest.param("p=normal|0:3", "p 'normal|0:3'".replace("|", "[|]"), id="planes of no projection"),
        pytest.param("c=1$nothing.lut", "'nothing' is neither", id="a table that there is not"),
        pytest.param(
            'c=1 maps=[{"quantization":{"family":"exponential"}}]', "maps: Invalid enum", id="a curve that is not drawn"
        ),
        pytest.param('style={"bands":[{},{}]}', "channel 0 is said twice", id="a channel twice"),
    ],
)
def test_what_is_no_plane_is_refused_by_name(text: str, message: str) -> None:
    with pytest.raises(BadRequest, match=message):
        read(text)


@pytest.mark.parametrize(
    "meant",
    [
        pytest.param(
            [
                "channels=0:green:100-3500,1:magenta:0-900",
                "channel=1:#f0f:0-900 channel=0:#008000:100-3500",
                "c=1|100:3500$008000,2|0:900$FF00FF",
                "c=2|0:900$FF00FF,-3,1|100:3500$008000 m=c p=normal",
                'style={"bands":[{"band":1,"palette":"green","min":100,"max":3500},'
                '{"band":2,"palette":["#000","#f0f"],"min":0,"max":900.0}]}',
                'style={"bands":[{"frame":1,"palette":"fuchsia","min":0,"max":900},'
                '{"framedelta":0,"palette":"rgb(0,128,0)","min":100,"max":3500}]}',
            ],
            id="two channels",
        ),
        pytest.param(
            [
                "channels=1:white:2%-99%",
                'style={"band":2,"min":"min:0.02","max":"max:0.01"}',
                'style={"framedelta":1,"min":"auto:0.02","max":"auto:0.01"}',
            ],
            id="shares of the voxels",
        ),
        pytest.param(["slab=0..20:mean", "slab=0..20:mean plane=z:5", "p=intmean|0:20"], id="a projection"),
        pytest.param(["slab=all", "slab=0..:mip", "p=intmax"], id="a projection of all planes"),
        pytest.param(["channels=0:viridis", "c=1$viridis.lut"], id="a map"),
        pytest.param(["grey=true", "m=g"], id="grey"),
        pytest.param(["channels=none", "c=-1,-2", "c=-1 m=g"], id="no channel"),
    ],
)
def test_all_ways_to_say_the_same_are_the_same(meant: list[str]) -> None:
    assert len({read(text) for text in meant}) == 1


NUMBERS = st.floats(-1e6, 1e6)
VECTORS = st.tuples(NUMBERS, NUMBERS, NUMBERS)
ENDS = st.one_of(NUMBERS, st.builds(Quantile, st.sampled_from([0.0, 0.25, 0.5, 1.0])))
CHANNELS = st.builds(
    ChannelIntent,
    st.integers(0, 99),
    st.sampled_from([None, "#00ff00", "#ff8000", "viridis", "imagej:fire", "#000000-#ff0000-#ffffff"]),
    st.one_of(st.none(), st.tuples(ENDS, ENDS)),
    gamma=st.sampled_from([1.0, 0.5]),
    opacity=st.sampled_from([1.0, 0.25]),
    inverted=st.booleans(),
)
LABELS = st.builds(LabelsIntent, st.sampled_from(["cells", "a b", "x:1"]), st.floats(0, 1))
PROJECTIONS = st.sampled_from(["mip", "minip", "mean", "sum"])
AXES = st.sampled_from("xyz")
PLACES = st.one_of(
    st.fixed_dictionaries(
        {
            "plane": st.one_of(
                st.builds(AxisIntent, AXES, NUMBERS),
                st.builds(AxisIntent, AXES, index=st.integers(0, 10**6)),
                st.builds(ObliqueIntent, VECTORS, VECTORS, VECTORS),
            ),
            "slab": st.one_of(st.none(), st.builds(SlabIntent, PROJECTIONS, st.floats(0, 1e6, exclude_min=True))),
        }
    ),
    st.fixed_dictionaries(
        {
            "plane": st.builds(AxisIntent, AXES),
            "slab": st.builds(
                SlabIntent, PROJECTIONS, st.none(), st.integers(0, 99), st.one_of(st.none(), st.integers(99, 999))
            ),
        }
    ),
)
LOOKS = st.one_of(
    st.fixed_dictionaries(
        {
            "channels": st.lists(CHANNELS, min_size=1, max_size=4, unique_by=lambda channel: channel.index).map(
                lambda listed: tuple(sorted(listed, key=lambda channel: channel.index))
            )
        }
    ),
    st.sampled_from([{}, {"grey": True}, {"bare": True}]),
)
OVERLAYS = st.one_of(
    st.just({}),
    st.fixed_dictionaries(
        {
            "labels": st.lists(LABELS, min_size=1, max_size=3, unique_by=lambda one: one.name).map(tuple),
            "ids": st.sets(st.integers(0, 2**64 - 1), max_size=4).map(lambda ids: tuple(sorted(ids))),
            "outline": st.booleans(),
        }
    ),
)


@given(PLACES, LOOKS, OVERLAYS, st.integers(0, 10**6))
def test_what_is_written_is_read_as_it_was(
    place: dict[str, Any], look: dict[str, Any], overlay: dict[str, Any], time: int
) -> None:
    intent = SectionIntent(time=time, **place, **look, **overlay)
    assert read_section(write_section(intent)) == intent


PIECES = st.lists(
    st.sampled_from(
        [
            *"0123456789.,:-|$%@{}[]()eEnr",
            "none",
            "red",
            "all",
            "..",
            "mip",
            "intmax",
            "inverted",
            "gamma=",
            "null",
            "imagej:fire",
            '"bands":',
            '"palette":',
            '"min":',
            "x",
            "1e999",
            "\ud800",
            "é",
            "lut",
        ]
    )
).map("".join)
BANDS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["bands", "band", "frame", "palette", "min", "max", "inverted", "enabled", "icc"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
).map(json.dumps)


@given(st.lists(st.tuples(st.sampled_from([*WORDS, "other"]), st.text() | PIECES | BANDS), max_size=4))
def test_any_text_is_understood_or_refused(pairs: list[tuple[str, str]]) -> None:
    """And what is understood is written so that it is understood again, and means something for a volume or not."""
    try:
        intent = read_section(pairs)
        resolve_section(intent, VOLUME.info, VOLUME.statistics)
    except (BadRequest, NotFound):
        return
    assert read_section(write_section(intent)) == intent


def test_a_window_by_shares_is_found_in_the_data() -> None:
    """Voxels of 0 to 999, each value once: a tenth of them are below 100."""
    volume = memory_volume(gradient((10, 10, 10)))
    section = resolve_section(read("channels=0:white:10%-90%"), volume.info, volume.statistics)
    low, high = section.channels[0].transfer.window
    assert (low, high) == (pytest.approx(100, abs=4), pytest.approx(900, abs=4))


def test_grey_is_the_first_channel_in_white_and_bare_is_none() -> None:
    volume = memory_volume(gradient((3, 2, 4, 5)))
    grey = resolve_section(read("channels=1:red:0-9,2:blue:0-9 grey=true"), volume.info, volume.statistics)
    assert [(one.index, one.transfer.colormap) for one in grey.channels] == [(1, "#ffffff")]
    assert resolve_section(read("channels=none"), volume.info, volume.statistics).channels == ()


def test_what_the_volume_has_not_is_not_found() -> None:
    volume = memory_volume(gradient((2, 4, 5)))
    for text, message in (("channels=3", "no channel 3"), ("t=1", "no time 1"), ("labels=cells", "no labels 'cells'")):
        with pytest.raises(NotFound, match=message):
            resolve_section(read(text), volume.info, volume.statistics)


def test_every_parameter_is_documented() -> None:
    text = (Path(__file__).parents[1] / "docs" / "tiles.md").read_text(encoding="utf-8")
    table = text.split("## What is said of a plane")[1].split("\n## ")[0]
    keys = re.findall(r"^\| (`.+?`) \|", table, re.MULTILINE)
    assert [word for key in keys for word in re.findall(r"`(\w+)`", key)] == list(WORDS)
