"""The dialect of query strings and of the command line."""

from typing import get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from render.errors import BadRequest
from render.intent import ChannelIntent, Intent, IsoIntent, LabelsIntent, PlaneIntent, Quantile
from tiles.grammar import parse_channel
from tiles.request import PICTURE, SPELLINGS, Wish, make_intent, read_intent, write_intent

SAID = [
    ("mode", "slice"),
    ("size", "800x600"),
    ("azimuth", "-30.5"),
    ("elevation", "10"),
    ("zoom", "1.2"),
    ("orthographic", "true"),
    ("channel", "0:green:100-3500"),
    ("channel", "2:gamma=0.5:opacity=0.25:inverted"),
    ("time", "2"),
    ("axis", "x"),
    ("position", "12.5"),
    ("normal", "1,-2,0.5"),
    ("point", "3,4,5"),
    ("thickness", "2.5"),
    ("projection", "mean"),
    ("iso", "300"),
    ("iso", "-1.5e3:gold:0.5:2"),
    ("plane", "z@-12.5"),
    ("labels", "nuclei"),
    ("labels", "cells/all:0.3"),
    ("ids", "3,18446744073709551615"),
    ("outline", "true"),
    ("clip", "0,1,2,3,4,5"),
    ("clip_plane", "1,2,3,0,0,-1"),
    ("clip_plane", "3,2,1,0,1,0"),
    ("shaded", "false"),
    ("light", "headlight"),
    ("light", "0,1,-1"),
    ("depth_cue", "0.4"),
    ("bounding_box", "true"),
    ("axes", "true"),
    ("scale_bar", "true"),
    ("background", "white"),
]
MEANT = Intent(
    mode="slice",
    size=(800, 600),
    azimuth=-30.5,
    elevation=10.0,
    zoom=1.2,
    orthographic=True,
    channels=(
        ChannelIntent(0, "green", (100.0, 3500.0)),
        ChannelIntent(2, gamma=0.5, opacity=0.25, inverted=True),
    ),
    time=2,
    axis="x",
    position=12.5,
    normal=(1.0, -2.0, 0.5),
    point=(3.0, 4.0, 5.0),
    thickness=2.5,
    projection="mean",
    isos=(IsoIntent(300.0), IsoIntent(-1500.0, "gold", 0.5, 2)),
    planes=(PlaneIntent("z", -12.5),),
    labels=(LabelsIntent("nuclei"), LabelsIntent("cells/all", 0.3)),
    ids=(3, 2**64 - 1),
    outline=True,
    clip=(0.0, 1.0, 2.0, 3.0, 4.0, 5.0),
    clip_planes=((1.0, 2.0, 3.0, 0.0, 0.0, -1.0), (3.0, 2.0, 1.0, 0.0, 1.0, 0.0)),
    shaded=False,
    lights=("headlight", (0.0, 1.0, -1.0)),
    depth_cue=0.4,
    bounding_box=True,
    axes=True,
    scale_bar=True,
    background="white",
)


def test_every_parameter_reaches_the_intent() -> None:
    assert {name for name, _ in SAID} == set(PICTURE)
    assert read_intent(SAID) == MEANT


def test_every_field_is_written_as_it_is_read() -> None:
    assert [name for name, _ in write_intent(MEANT)] == [name for name, _ in SAID]
    assert read_intent(write_intent(MEANT)) == MEANT


def test_what_is_listed_may_be_said_in_python_as_in_a_query() -> None:
    assert make_intent(
        channels=[0, "1:red"],
        isos=[300, "900:ivory"],
        planes=["z@5"],
        labels=["nuclei:0.3"],
        clip_planes=[(0, 0, 5, 0, 0, 1)],
        lights=["headlight", (0, 1, 1)],
    ) == read_intent(
        [
            ("channel", "0"),
            ("channel", "1:red"),
            ("iso", "300"),
            ("iso", "900:ivory"),
            ("plane", "z@5"),
            ("labels", "nuclei:0.3"),
            ("clip_plane", "0,0,5,0,0,1"),
            ("light", "headlight"),
            ("light", "0,1,1"),
        ]
    )


def test_nothing_said_is_the_default() -> None:
    assert read_intent([]) == Intent()


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        pytest.param(
            [("colour", "red")], "unknown parameter 'colour'; there are: mode, size", id="an unknown parameter"
        ),
        pytest.param([("size", "1x1"), ("size", "2x2")], "size is given twice", id="a parameter given twice"),
        pytest.param([("size", "800")], "size '800': write WIDTHxHEIGHT", id="a size of one number"),
        pytest.param([("size", "-1x5")], "size '-1x5'", id="a negative size"),
        pytest.param([("mode", "fancy")], "mode 'fancy': must be one of auto, dvr, mip, minip", id="an unknown mode"),
        pytest.param([("projection", "max")], "projection 'max': must be one of mip", id="an unknown projection"),
        pytest.param([("iso", "high")], "iso 'high': write VALUE", id="an isosurface of no value"),
        pytest.param([("iso", "3:nocolour")], "'nocolour' is no colour", id="an isosurface of no colour"),
        pytest.param([("plane", "12.5")], "plane '12.5': write AXIS@POSITION", id="a plane across no axis"),
        pytest.param([("normal", "1,2")], "normal '1,2': write x,y,z, 3 numbers", id="a direction of two numbers"),
        pytest.param([("clip", "1,2,3,4,5,nan")], "clip '1,2,3,4,5,nan': write x,y,z,x,y,z", id="a box of no number"),
        pytest.param([("clip_plane", "1,2,3")], "clip_plane '1,2,3'", id="a clip plane without a direction"),
        pytest.param([("ids", "3;4")], "ids '3;4': write whole numbers", id="ids that are no numbers"),
        pytest.param([("light", "sun")], "light 'sun': write x,y,z", id="an unknown light"),
        pytest.param([("time", "1.5")], "`int`.* - at `time`", id="a time between two"),
        pytest.param([("azimuth", "left")], "`float`.* - at `azimuth`", id="an angle that is no number"),
        pytest.param([("channel", "0:green:9")], "write INDEX", id="half a window"),
        pytest.param([("shaded", "maybe")], "`shaded`", id="a switch that is neither on nor off"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(parameters: list[tuple[str, str]], message: str) -> None:
    with pytest.raises(BadRequest, match=message):
        read_intent(parameters)


def test_channels_may_be_listed_as_tiles_have_them() -> None:
    listed = read_intent([("channels", "0:rgb(255,0,0):100-3500,2"), ("mode", "mip")])
    assert listed == read_intent([("mode", "mip"), ("channel", "0:rgb(255,0,0):100-3500"), ("channel", "2")])
    for wrong in ([("channels", "0"), ("channel", "1")], [("channels", "0"), ("channels", "1")]):
        with pytest.raises(BadRequest, match="channels and channel say the same"):
            read_intent(wrong)


numbers = st.floats(allow_nan=False, allow_infinity=False)
channels = st.builds(
    ChannelIntent,
    st.integers(0, 99),
    st.none() | st.sampled_from(["green", "#ff8000", "viridis"]),
    st.none() | st.tuples(numbers, numbers),
    gamma=numbers,
    opacity=numbers,
    inverted=st.booleans(),
)


@given(
    st.builds(
        Intent,
        mode=st.sampled_from(["dvr", "mip", "slice"]),
        size=st.tuples(st.integers(1, 4096), st.integers(1, 4096)),
        azimuth=st.floats(allow_nan=False),
        channels=st.lists(channels, max_size=3).map(tuple),
        normal=st.none() | st.tuples(numbers, numbers, numbers),
        isos=st.lists(
            st.builds(
                IsoIntent, numbers, st.none() | st.just("gold"), numbers.map(abs), st.none() | st.integers(0, 999)
            ),
            max_size=2,
        ).map(tuple),
        position=st.none() | st.floats(allow_nan=False),
        clip=st.none() | st.tuples(*[numbers] * 6),
    )
)
def test_what_is_written_is_read_back(intent: Intent) -> None:
    assert read_intent(write_intent(intent)) == intent


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", ChannelIntent(0)),
        ("1:magenta", ChannelIntent(1, "magenta")),
        ("0:green:100-3500", ChannelIntent(0, "green", (100.0, 3500.0))),
        ("2::-200-600", ChannelIntent(2, None, (-200.0, 600.0))),
        ("2:#ff8000:-200--50.5", ChannelIntent(2, "#ff8000", (-200.0, -50.5))),
        ("0:100-3500", ChannelIntent(0, None, (100.0, 3500.0))),
        ("2:-200-600:gamma=2", ChannelIntent(2, None, (-200.0, 600.0), gamma=2.0)),
        ("3:viridis:1e-3-2.5e3", ChannelIntent(3, "viridis", (0.001, 2500.0))),
        ("0:inverted", ChannelIntent(0, inverted=True)),
        ("0:green:gamma=0.5", ChannelIntent(0, "green", gamma=0.5)),
        ("0:imagej:fire:1-2", ChannelIntent(0, "imagej:fire", (1.0, 2.0))),
        ("0:black-red-white:gamma=2", ChannelIntent(0, "black-red-white", gamma=2.0)),
        ("0:2%-98%", ChannelIntent(0, None, (Quantile(0.02), Quantile(0.98)))),
        ("0::1-2:opacity=0.1:gamma=2", ChannelIntent(0, None, (1.0, 2.0), gamma=2.0, opacity=0.1)),
    ],
)
def test_a_channel_is_index_colour_window_and_options(text: str, expected: ChannelIntent) -> None:
    assert parse_channel(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "green",
        "-1",
        "0:green:100",
        "0:green:a-b",
        "0:green:1-2:3",
        "0:green:nan-1",
        "0:gamma=2:green",
        "0:gamma=1:gamma=2",
        "0:shiny=1",
    ],
)
def test_what_is_no_channel_is_refused(text: str) -> None:
    with pytest.raises(BadRequest, match="INDEX"):
        parse_channel(text)


def test_keywords_mean_what_a_query_means() -> None:
    said = make_intent(mode="mip", size=(80, 60), channels=[0, "1:magenta:100-3500", ChannelIntent(2, "red")])
    query = [
        ("mode", "mip"),
        ("size", "80x60"),
        ("channel", "0"),
        ("channel", "1:magenta:100-3500"),
        ("channel", "2:red"),
    ]
    assert said == read_intent(query)


def test_a_wrong_keyword_is_refused_by_name() -> None:
    with pytest.raises(BadRequest, match="colour"):
        make_intent(colour="red")
    with pytest.raises(BadRequest, match="`azimuth`"):
        make_intent(azimuth="30")


def test_keywords_are_the_fields_of_an_intent() -> None:
    """But for what is listed, which may be any sequence and written shorter, they have the same types."""
    wished, meant = get_type_hints(Wish), get_type_hints(Intent)
    assert list(wished) == list(meant)
    listed = {spelling.field for spelling in SPELLINGS.values() if spelling.field}
    assert {name for name in wished if wished[name] != meant[name]} == listed | {"ids"}
