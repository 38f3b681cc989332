"""The dialect of query strings and of the command line."""

import pytest

from render.errors import BadRequest
from render.intent import ChannelIntent, Intent
from tiles.request import read_intent, read_tile_intent


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
        pytest.param([("mode", "fancy")], "'fancy' - at `mode`", id="an unknown mode"),
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
