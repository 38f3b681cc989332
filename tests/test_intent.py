"""From what a user says to a View: cameras that have everything in frame, channels, windows."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from render.errors import BadRequest, NotFound
from render.geometry import dot, subtract
from render.intent import MARGIN, ChannelIntent, Intent, parse_channel, resolve
from render.scene import DVR, MIP, Orthographic, Perspective, Slice
from tests.arrays import memory_volume

RAMP = np.arange(3 * 5 * 7, dtype=np.uint16).reshape(3, 5, 7)


def view_of(intent: Intent, unit: str = "micrometer", shape: tuple[int, int, int] = (30, 50, 70)):  # type: ignore[no-untyped-def]
    volume = memory_volume(np.zeros(shape, np.uint8), spacing=(2.0, 1.0, 0.5), origin=(7.0, -3.0, 100.0), unit=unit)
    return volume.info, resolve(intent, volume.info, volume.statistics)


@given(
    azimuth=st.floats(-400, 400),
    elevation=st.floats(-90, 90),
    size=st.tuples(st.integers(1, 3000), st.integers(1, 3000)),
)
def test_the_whole_volume_is_in_frame_from_every_side(azimuth: float, elevation: float, size: tuple[int, int]) -> None:
    info, view = view_of(Intent(azimuth=azimuth, elevation=elevation, size=size))
    camera = view.camera
    assert isinstance(camera.projection, Perspective)
    tall = math.tan(math.radians(camera.projection.fov / 2))
    reach = 0.0
    for corner in info.box.corners:
        offset = subtract(corner, camera.position)
        depth = dot(offset, camera.forward)
        assert depth > 0
        across = abs(dot(offset, camera.right)) / (depth * tall * size[0] / size[1])
        up = abs(dot(offset, camera.true_up)) / (depth * tall)
        reach = max(reach, across, up)
    # A corner touches the margin exactly: nothing is cut off and nothing is wasted.
    assert reach == pytest.approx(1 / MARGIN, rel=1e-6)


def test_microscopy_is_seen_as_its_images_are() -> None:
    _, view = view_of(Intent(azimuth=0, elevation=0))
    np.testing.assert_allclose(view.camera.forward, (0, 0, 1), atol=1e-12)
    np.testing.assert_allclose(view.camera.right, (1, 0, 0), atol=1e-12)
    np.testing.assert_allclose(view.camera.true_up, (0, -1, 0), atol=1e-12)


def test_a_body_stands_on_its_z_axis() -> None:
    _, view = view_of(Intent(azimuth=0, elevation=0), unit="millimeter")
    np.testing.assert_allclose(view.camera.forward, (0, 1, 0), atol=1e-12)
    np.testing.assert_allclose(view.camera.right, (1, 0, 0), atol=1e-12)
    np.testing.assert_allclose(view.camera.true_up, (0, 0, 1), atol=1e-12)


def test_azimuth_turns_the_camera_to_the_right_and_elevation_raises_it() -> None:
    info, view = view_of(Intent(azimuth=90, elevation=0), unit="millimeter")
    np.testing.assert_allclose(view.camera.forward, (-1, 0, 0), atol=1e-12)
    info, view = view_of(Intent(azimuth=0, elevation=30), unit="millimeter")
    assert view.camera.position[2] > info.box.center[2]
    assert view.camera.forward[2] == pytest.approx(-0.5)


def test_zoom_halves_the_distance() -> None:
    info, near = view_of(Intent(zoom=2))
    _, far = view_of(Intent(zoom=1))
    np.testing.assert_allclose(
        subtract(far.camera.position, info.box.center),
        2 * np.array(subtract(near.camera.position, info.box.center)),
    )


@pytest.mark.parametrize(
    ("axis", "right", "up", "height"),
    [
        # The box is 35 x 50 x 60 (x, y, z) in a picture twice as wide as high.
        pytest.param("z", (1, 0, 0), (0, -1, 0), 50 * MARGIN, id="z: x right, y down"),
        pytest.param("y", (1, 0, 0), (0, 0, 1), 60 * MARGIN, id="y: x right, z up"),
        pytest.param("x", (0, 1, 0), (0, 0, 1), 60 * MARGIN, id="x: y right, z up"),
    ],
)
def test_a_slice_is_faced_with_all_of_it_in_frame(axis: str, right: object, up: object, height: float) -> None:
    info, view = view_of(Intent(mode="slice", axis=axis, size=(800, 400)))
    assert view.mode == Slice(axis, info.box.center["xyz".index(axis)])
    np.testing.assert_allclose(view.camera.right, right, atol=1e-12)
    np.testing.assert_allclose(view.camera.true_up, up, atol=1e-12)
    assert isinstance(view.camera.projection, Orthographic)
    assert view.camera.projection.height == pytest.approx(height)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", ChannelIntent(0)),
        ("1:magenta", ChannelIntent(1, "magenta")),
        ("0:green:100-3500", ChannelIntent(0, "green", (100.0, 3500.0))),
        ("2::-200-600", ChannelIntent(2, None, (-200.0, 600.0))),
        ("2:#ff8000:-200--50.5", ChannelIntent(2, "#ff8000", (-200.0, -50.5))),
        ("3:viridis:1e-3-2.5e3", ChannelIntent(3, "viridis", (0.001, 2500.0))),
    ],
)
def test_a_channel_is_index_colour_and_window(text: str, expected: ChannelIntent) -> None:
    assert parse_channel(text) == expected


@pytest.mark.parametrize("text", ["", "green", "-1", "0:green:100", "0:green:a-b", "0:green:1-2:3", "0:green:nan-1"])
def test_what_is_no_channel_is_refused(text: str) -> None:
    with pytest.raises(BadRequest, match="INDEX"):
        parse_channel(text)


def test_windows_come_from_the_user_then_the_data() -> None:
    volume = memory_volume(np.stack([RAMP, RAMP * 10]))
    view = resolve(Intent(channels=(parse_channel("1:red:5-50"),), mode="mip"), volume.info, volume.statistics)
    assert view.mode == MIP()
    assert [channel.visible for channel in view.channels] == [False, True]
    assert view.channels[1].transfer.window == (5.0, 50.0)
    low, high = view.channels[0].transfer.window
    assert low == pytest.approx(np.percentile(RAMP, 1))
    assert high == pytest.approx(np.percentile(RAMP, 99.8))


@pytest.mark.parametrize(
    ("intent", "error", "complaint"),
    [
        pytest.param(Intent(channels=(ChannelIntent(1),)), NotFound, "no channel 1, it has 1 channel", id="channel"),
        pytest.param(Intent(time=4), NotFound, "no time 4, it has 1 time", id="time"),
        pytest.param(Intent(zoom=0), BadRequest, "zoom 0", id="zoom"),
        pytest.param(Intent(elevation=91), BadRequest, "elevation 91", id="elevation"),
        pytest.param(Intent(azimuth=math.nan), BadRequest, "azimuth nan", id="azimuth"),
        pytest.param(Intent(mode="slice", position=99), BadRequest, "position 99.* on z: it is .* to ", id="position"),
        pytest.param(Intent(background="sky-ish"), BadRequest, "'sky-ish'", id="background"),
        pytest.param(Intent(channels=(ChannelIntent(0, "x-ray-ish"),)), BadRequest, "'x-ray-ish'", id="colour"),
    ],
)
def test_what_the_volume_has_not_is_refused_with_the_numbers(
    intent: Intent, error: type[Exception], complaint: str
) -> None:
    volume = memory_volume(RAMP)
    with pytest.raises(error, match=complaint):
        resolve(intent, volume.info, volume.statistics)


def test_a_size_of_nothing_is_refused_as_it_is_said() -> None:
    with pytest.raises(BadRequest, match="size 0 x 9"):
        Intent(size=(0, 9))


@pytest.mark.parametrize(
    ("shape", "mode"),
    [
        pytest.param((3, 50, 70), DVR(), id="a volume by DVR"),
        pytest.param((1, 50, 70), Slice("z", 7.0), id="a flat image as it is"),
        pytest.param((30, 1, 70), Slice("y", -3.0), id="a plane across y"),
    ],
)
def test_with_no_mode_asked_for_a_flat_image_is_not_tilted(shape: tuple[int, int, int], mode: object) -> None:
    assert view_of(Intent(), shape=shape)[1].mode == mode
    assert view_of(Intent(mode="dvr"), shape=shape)[1].mode == DVR()


def test_a_plane_that_is_said_is_shown_and_never_ignored() -> None:
    assert view_of(Intent(axis="y"))[1].mode == Slice("y", 21.5)
    assert view_of(Intent(position=9.0))[1].mode == Slice("z", 9.0)
    with pytest.raises(BadRequest, match=r"axis z, position 9.0: a plane is for mode slice, not mip"):
        view_of(Intent(mode="mip", position=9.0))
