"""The dialect of query strings and of the command line."""

from typing import get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from render.errors import BadRequest
from render.intent import ChannelIntent, Intent
from tiles.request import Wish, make_intent, read_intent, read_tile_intent, write_intent


def test_every_parameter_reaches_the_intent() -> None:
    said = {
        "mode": "slice",
        "size": "800x600",
        "azimuth": "-30.5",
        "elevation": "10",
        "zoom": "1.2",
        "time": "2",
        "axis": "x",
        "position": "12.5",
        "background": "white",
        "shaded": "false",
    }
    channels = [("channel", "0:green:100-3500"), ("channel", "2")]
    assert read_intent([*said.items(), *channels]) == Intent(
        mode="slice",
        size=(800, 600),
        azimuth=-30.5,
        elevation=10.0,
        zoom=1.2,
        channels=(ChannelIntent(0, "green", (100.0, 3500.0)), ChannelIntent(2)),
        time=2,
        axis="x",
        position=12.5,
        background="white",
        shaded=False,
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
        pytest.param([("mode", "fancy")], "mode 'fancy': must be one of auto, dvr, mip, slice", id="an unknown mode"),
        pytest.param([("time", "1.5")], "`int`.* - at `time`", id="a time between two"),
        pytest.param([("azimuth", "left")], "`float`.* - at `azimuth`", id="an angle that is no number"),
        pytest.param([("channel", "0:green:9")], "write INDEX", id="half a window"),
        pytest.param([("shaded", "maybe")], "`shaded`", id="a switch that is neither on nor off"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(parameters: list[tuple[str, str]], message: str) -> None:
    with pytest.raises(BadRequest, match=message):
        read_intent(parameters)


def test_a_tile_takes_only_what_a_tile_has() -> None:
    assert read_tile_intent([("axis", "y"), ("position", "3")]) == Intent(mode="slice", axis="y", position=3.0)
    with pytest.raises(BadRequest, match="unknown parameter 'azimuth'; there are: axis, position, time, channel"):
        read_tile_intent([("azimuth", "30")])


channels = st.builds(
    ChannelIntent,
    st.integers(0, 99),
    st.none() | st.sampled_from(["green", "#ff8000", "viridis"]),
    st.none() | st.tuples(*[st.floats(allow_nan=False, allow_infinity=False)] * 2),
)


@given(
    st.builds(
        Intent,
        mode=st.sampled_from(["dvr", "mip", "slice"]),
        size=st.tuples(st.integers(1, 4096), st.integers(1, 4096)),
        azimuth=st.floats(allow_nan=False),
        zoom=st.floats(allow_nan=False),
        channels=st.lists(channels, max_size=3).map(tuple),
        time=st.integers(0, 1000),
        axis=st.sampled_from(["x", "y", "z"]),
        position=st.none() | st.floats(allow_nan=False),
        background=st.sampled_from(["black", "#fff"]),
        shaded=st.booleans(),
    )
)
def test_what_is_written_is_read_back(intent: Intent) -> None:
    assert read_intent(write_intent(intent)) == intent


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
    """But for channels, which may be written shorter, they have the same types."""
    wished, meant = get_type_hints(Wish), get_type_hints(Intent)
    assert wished.keys() == meant.keys()
    assert {name for name in wished if wished[name] != meant[name]} == {"channels"}
