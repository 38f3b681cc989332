"""The View as a value: it round-trips through JSON, is a cache key, and refuses what makes no sense."""

import json

import msgspec
import pytest

from render.errors import BadRequest
from render.scene import (
    DVR,
    MIP,
    Camera,
    Channel,
    Isosurface,
    Labels,
    Orthographic,
    Perspective,
    Quality,
    Slice,
    TransferFunction,
    View,
    decode_view,
    encode_view,
)

VIEW = View(
    volume="brain",
    camera=Camera((1.0, -2.0, -30.5), (1.0, 2.0, 3.0), (0.0, -1.0, 0.0), Orthographic(12.5), (0.0, 0.25, 0.5, 1.0)),
    channels=(
        Channel(0, TransferFunction((-200.0, 600.0), 2.5, "viridis", ((0.0, 0.0), (0.5, 0.1), (1.0, 1.0)), 0.7, True)),
        Channel(2, TransferFunction((0.0, 1.0), 1.0, ((0.0, 0.0, 0.0, 0.0), (1.0, 1.0, 0.5, 0.0))), visible=False),
    ),
    mode=Slice("y", 12.25),
    time=3,
    background=(0.1, 0.2, 0.3, 0.0),
    size=(640, 481),
)


@pytest.mark.parametrize("mode", [DVR(), DVR(shaded=False), MIP(), Slice("x", -4.0)], ids=lambda mode: str(mode))
def test_a_view_round_trips_through_json_and_stays_the_same_key(mode: DVR | MIP | Slice) -> None:
    view = msgspec.structs.replace(VIEW, mode=mode)
    again = decode_view(encode_view(view))
    assert again == view
    assert {view: "picture"}[again] == "picture"


@pytest.mark.parametrize(
    ("path", "value", "complaint"),
    [
        pytest.param(["mode", "type"], "fancy", "Invalid value 'fancy' - at `$.mode.type`", id="an unknown mode"),
        pytest.param(["colour"], 1, "unknown field `colour`", id="an unknown key"),
        pytest.param(["camera", "eye"], 1, "unknown field `eye` - at `$.camera`", id="an unknown key of the camera"),
        pytest.param(["size"], [0, 10], "size 0 x 10", id="a size of 0"),
        pytest.param(["size"], [100000, 100000], "size 100000 x 100000", id="a size of 100000"),
        pytest.param(["size"], [16384, 16384], "67108864", id="more pixels than memory should hold"),
        pytest.param(["time"], -1, "time -1", id="a negative time"),
        pytest.param(["background"], [0, 0, 2, 1], "0 to 1", id="a colour beyond 1"),
        pytest.param(["channels", 0, "transfer", "window"], [5, 5], "window 5", id="an empty window"),
        pytest.param(["channels", 0, "transfer", "window"], [None, 5], "Expected `float`", id="a window without a low"),
        pytest.param(["channels", 0, "transfer", "unit_distance"], 0, "unit_distance 0", id="no unit distance"),
        pytest.param(["channels", 0, "transfer", "colormap"], "beige-ish", "'beige-ish'", id="an unknown colour map"),
        pytest.param(["channels", 0, "transfer", "opacity"], [[1, 0], [0, 1]], "rising", id="opacity that runs back"),
        pytest.param(["channels", 1, "index"], 0, "appears twice", id="a channel twice"),
        pytest.param(["camera", "position"], [1, 2, 3], "both", id="an eye on its target"),
        pytest.param(["camera", "up"], [0, 4, 33.5], "line of sight", id="up along the line of sight"),
        pytest.param(["camera", "region"], [0.5, 0, 0.5, 1], "region", id="an empty region"),
        pytest.param(["camera", "projection", "height"], 0, "height 0", id="a picture of no height"),
    ],
)
def test_what_makes_no_sense_is_refused_with_where_it_is(path: list[str | int], value: object, complaint: str) -> None:
    document = json.loads(encode_view(VIEW))
    place = document
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    with pytest.raises(BadRequest, match=complaint.replace("$", r"\$").replace("(", r"\(")):
        decode_view(json.dumps(document))


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b'{"volume": "x"}', b"\xff\xfe", b'{"window": NaN}'])
def test_malformed_json_is_a_bad_request(text: bytes) -> None:
    with pytest.raises(BadRequest, match="view: "):
        decode_view(text)


@pytest.mark.parametrize(
    "window", [(-1e308, 1e308), (0.0, 3.4e38), (0.0, 1e-300)], ids=["beyond doubles", "beyond float32", "of no width"]
)
def test_a_window_that_float32_cannot_tell_apart_is_refused(window: tuple[float, float]) -> None:
    with pytest.raises(BadRequest, match=r"up to 1e\+38, and must be 1e-37 apart"):
        TransferFunction(window, 1.0)


@pytest.mark.parametrize("window", [(float("nan"), 1.0), (0.0, float("inf")), (2.0, 1.0)], ids=str)
def test_a_window_must_be_two_finite_numbers(window: tuple[float, float]) -> None:
    with pytest.raises(BadRequest, match="window"):
        TransferFunction(window, 1.0)


@pytest.mark.parametrize("ids", [(-1,), (3, 2**64)], ids=str)
def test_ids_are_whole_numbers_of_64_bits(ids: tuple[int, ...]) -> None:
    assert Labels("cells", 1.0, ids=(0, 2**64 - 1)).ids[1] == 2**64 - 1
    with pytest.raises(BadRequest, match="must be 0 to 18446744073709551615"):
        Labels("cells", 1.0, ids=ids)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -3e38], ids=str)
def test_an_isosurface_is_at_a_number_that_float32_tells_from_infinity(value: float) -> None:
    with pytest.raises(BadRequest, match="isosurface value"):
        Isosurface(value)


def test_more_channels_than_can_be_drawn_are_refused_but_may_be_there() -> None:
    transfer = TransferFunction((0.0, 1.0), 1.0)
    hidden = tuple(Channel(i, transfer, visible=i < 8) for i in range(9))
    assert len(msgspec.structs.replace(VIEW, channels=hidden).visible_channels) == 8
    with pytest.raises(BadRequest, match="9 visible channels: at most 8"):
        View("x", VIEW.camera, tuple(Channel(i, transfer) for i in range(9)))


def test_the_picture_is_right_handed() -> None:
    camera = Camera((0.0, 0.0, -5.0), (0.0, 0.0, 0.0), (0.0, -1.0, 0.0), Perspective(30.0))
    assert camera.forward == (0, 0, 1)
    assert camera.right == (1, 0, 0)
    assert camera.true_up == (0, -1, 0)


def test_a_draft_is_drawn_smaller_and_never_at_nothing() -> None:
    assert Quality(scale=0.5).drawn_size((801, 600)) == (400, 300)
    assert Quality(scale=0.5).drawn_size((1, 1)) == (1, 1)
