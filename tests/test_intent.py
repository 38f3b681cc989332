"""From what a user says to a View: cameras that have everything in frame, channels, windows."""

import dataclasses
import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from render.errors import BadRequest, NotFound
from render.geometry import Box, dot, subtract
from render.intent import MARGIN, ChannelIntent, Intent, IsoIntent, LabelsIntent, PlaneIntent, resolve
from render.intent.automatic import otsu
from render.scene import (
    DVR,
    MIP,
    Annotations,
    Clip,
    ClipPlane,
    DirectionalLight,
    Headlight,
    Iso,
    Isosurface,
    MinIP,
    Oblique,
    Orthographic,
    Perspective,
    Slice,
    Sum,
)
from render.volume.info import VolumeInfo
from render.volume.stats import Statistics
from render.volume.volume import Volume
from tests.arrays import memory_volume

RAMP = np.arange(3 * 5 * 7, dtype=np.uint16).reshape(3, 5, 7)


def of(volume: Volume) -> tuple[VolumeInfo, Callable[[int, int], Statistics]]:
    return volume.info, volume.statistics


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


def test_windows_come_from_the_user_then_the_data() -> None:
    volume = memory_volume(np.stack([RAMP, RAMP * 10]))
    view = resolve(Intent(channels=(ChannelIntent(1, "red", (5.0, 50.0)),), mode="mip"), volume.info, volume.statistics)
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
    assert view_of(Intent(axis="z"))[1].mode == Slice("z", 36.0)
    assert view_of(Intent(position=9.0))[1].mode == Slice("z", 9.0)


@pytest.mark.parametrize(
    ("intent", "complaint"),
    [
        pytest.param(Intent(mode="mip", position=9.0), "position is for mode slice, not mip", id="a position"),
        pytest.param(Intent(mode="mean", isos=(IsoIntent(1.0),)), "iso is for mode dvr or iso, not mean", id="iso"),
        pytest.param(Intent(axis="x", planes=(PlaneIntent("z", 9.0),)), "plane is for mode dvr or iso", id="plane"),
        pytest.param(Intent(mode="sum", depth_cue=0.5), "depth_cue is for mode dvr or iso, not sum", id="depth_cue"),
        pytest.param(Intent(lights=("headlight",), shaded=False), "say nothing where shaded is false", id="light"),
        pytest.param(Intent(ids=(3,)), "ids says nothing without labels", id="ids"),
        pytest.param(Intent(point=(9.0, 9.0, 110.0)), "point says nothing without normal", id="point"),
        pytest.param(Intent(axis="x", projection="mean"), "projection says nothing without thickness", id="projection"),
        pytest.param(Intent(axis="y", normal=(0.0, 1.0, 1.0)), "normal: .* not both", id="normal and axis"),
        pytest.param(Intent(normal=(0.0, 0.0, 0.0)), "normal .* not all 0", id="no direction"),
        pytest.param(
            Intent(normal=(0.0, 0.0, 1.0), point=(0.0, 0.0, 300.0)), "passes the volume at a distance of 234", id="far"
        ),
        pytest.param(Intent(planes=(PlaneIntent("z", 99.0),)), "position 99.0 on z: it is 6 to 66", id="plane outside"),
        pytest.param(Intent(isos=(IsoIntent(1.0, channel=3),)), "isosurface of channel 3", id="iso of no channel"),
        pytest.param(Intent(clip=(0.0, 0.0, 0.0, 1.0, 0.0, 1.0)), "clip box", id="an empty box"),
    ],
)
def test_what_means_nothing_is_refused_by_name(intent: Intent, complaint: str) -> None:
    with pytest.raises(BadRequest, match=complaint):
        view_of(intent)


def test_labels_are_those_of_the_volume() -> None:
    with pytest.raises(NotFound, match="no labels 'nuclei'; there are: none"):
        view_of(Intent(labels=(LabelsIntent("nuclei"),)))


@pytest.mark.parametrize(
    ("intent", "mode"),
    [
        (Intent(mode="minip"), MinIP()),
        (Intent(mode="sum"), Sum()),
        (Intent(position=10.0, thickness=4.0, projection="mean"), Slice("z", 10.0, 4.0, "mean")),
        (Intent(isos=(IsoIntent(3.0, "red", 0.5),)), Iso((Isosurface(3.0, 0, (1.0, 0.0, 0.0), 0.5),))),
        (Intent(mode="dvr", isos=(IsoIntent(3.0),)), DVR(isosurfaces=(Isosurface(3.0, color=(1.0, 1.0, 1.0)),))),
        (Intent(planes=(PlaneIntent("y", 2.0),), shaded=False), DVR(shaded=False, planes=(Slice("y", 2.0),))),
    ],
)
def test_words_become_the_mode_that_they_mean(intent: Intent, mode: object) -> None:
    assert view_of(intent)[1].mode == mode


def test_surroundings_reach_the_view() -> None:
    clip_plane = (1.0, 2.0, 3.0, 0.0, 0.0, -1.0)
    view = view_of(
        Intent(
            clip=(0.0, 1.0, 2.0, 3.0, 4.0, 5.0),
            clip_planes=(clip_plane,),
            lights=((0.0, 1.0, 0.0), "headlight"),
            depth_cue=0.5,
            scale_bar=True,
        )
    )[1]
    assert view.clip == Clip(((0.0, 1.0, 2.0), (3.0, 4.0, 5.0)), (ClipPlane((1.0, 2.0, 3.0), (0.0, 0.0, -1.0)),))
    assert view.lights == (DirectionalLight((0.0, 1.0, 0.0)), Headlight())
    assert (view.shading.depth_cue, view.annotations) == (0.5, Annotations(scale_bar=True))


def test_an_oblique_slice_goes_through_the_middle_and_is_faced_as_the_nearest_axis() -> None:
    info, view = view_of(Intent(normal=(0.0, 2.0, -3.0)))
    assert view.mode == Oblique(info.box.center, (0.0, 2.0, -3.0))
    np.testing.assert_allclose(view.camera.forward, np.array((0, -2, 3)) / math.sqrt(13), atol=1e-12)
    np.testing.assert_allclose(view.camera.right, (1, 0, 0), atol=1e-12)
    assert isinstance(view.camera.projection, Orthographic)
    # The box is 35 x 50 x 60: seen along the plane's normal it is 3/sqrt(13) of y and 2/sqrt(13) of z tall.
    assert view.camera.projection.height == pytest.approx((3 * 50 + 2 * 60) / math.sqrt(13) * MARGIN)


def test_an_orthographic_camera_has_the_whole_volume_in_frame() -> None:
    info, view = view_of(Intent(orthographic=True, azimuth=40, elevation=-25, size=(300, 700)))
    offsets = [subtract(corner, view.camera.position) for corner in info.box.corners]
    across = max(abs(dot(offset, view.camera.right)) for offset in offsets)
    up = max(abs(dot(offset, view.camera.true_up)) for offset in offsets)
    assert max(across * 700 / 300, up) == pytest.approx(view.camera.projection.height / 2 / MARGIN)
    assert min(dot(offset, view.camera.forward) for offset in offsets) > 0


def test_a_channel_may_be_fainter_bent_and_inverted() -> None:
    view = view_of(Intent(channels=(ChannelIntent(0, gamma=2.0, opacity=0.5, inverted=True),)))[1]
    transfer = view.channels[0].transfer
    assert (transfer.gamma, transfer.inverted, transfer.opacity) == (2.0, True, ((0.0, 0.0), (1.0, 0.5)))


def test_the_isovalue_found_lies_between_the_two_classes_of_values() -> None:
    values = np.concatenate([np.repeat(np.arange(10, 20), 50), np.repeat(np.arange(200, 220), 5)]).astype(np.uint8)
    volume = memory_volume(values.reshape(3, 10, 20))
    view = resolve(Intent(mode="iso"), volume.info, volume.statistics)
    assert isinstance(view.mode, Iso)
    (surface,) = view.mode.isosurfaces
    # Any value in the gap divides them as well: their middle is taken.
    assert surface.value == pytest.approx((19.5 + 199.5) / 2, abs=1)
    assert surface.color == (1.0, 1.0, 1.0)


def test_the_isovalue_found_is_one_that_the_window_shows() -> None:
    counts = (90, 0, 0, 50, 0, 0, 0, 10, 0, 0)
    statistics = Statistics(0.0, 10.0, counts, (0.0, 10.0))
    assert otsu(statistics, (0.0, 10.0)) == pytest.approx(2.0)
    assert otsu(statistics, (2.0, 9.0)) == pytest.approx(5.5)
    assert otsu(Statistics(0.0, 1.0, (0, 0, 0), (0.0, 1.0)), (0.0, 1.0)) == 0.5


def test_each_visible_channel_has_an_isosurface_in_its_colour() -> None:
    volume = memory_volume(np.stack([RAMP, RAMP * 10, RAMP]))
    view = resolve(Intent(mode="iso", channels=(ChannelIntent(1, "red"), ChannelIntent(2, "viridis"))), *of(volume))
    assert isinstance(view.mode, Iso)
    assert [(one.channel, one.color) for one in view.mode.isosurfaces] == [(1, (1.0, 0.0, 0.0)), (2, None)]


def test_minima_are_shown_below_the_mean() -> None:
    volume = memory_volume(RAMP)
    (channel,) = resolve(Intent(mode="minip"), *of(volume)).channels
    assert channel.transfer.window == pytest.approx((1, 52), abs=1.5)
    said = Intent(mode="minip", channels=(ChannelIntent(0, window=(3.0, 9.0)),))
    assert resolve(said, *of(volume)).channels[0].transfer.window == (3.0, 9.0)


def test_a_sum_is_counted_in_the_length_of_a_ray_and_shown_where_sums_lie() -> None:
    info, view = view_of(Intent(mode="sum", azimuth=0, elevation=0))
    assert view.channels[0].transfer.unit_distance == pytest.approx(info.box.extent[2])
    volume = memory_volume(np.arange(3 * 5 * 7, dtype=np.uint16).reshape(3, 5, 7) ** 2)
    mip, total = (resolve(Intent(mode=mode), volume.info, volume.statistics) for mode in ("mip", "sum"))
    low, high = mip.channels[0].transfer.window
    assert total.channels[0].transfer.window[0] == low
    assert total.channels[0].transfer.window[1] == pytest.approx(high, rel=0.3)


def test_a_rotated_volume_is_in_frame_where_it_lies_in_the_world() -> None:
    straight = memory_volume(np.zeros((30, 50, 70), np.uint8), spacing=(2.0, 1.0, 0.5), origin=(7.0, -3.0, 100.0))
    # A quarter turn about z: the array's x runs along the world's y, and its y along -x.
    info = dataclasses.replace(straight.info, direction=((0.0, -1.0, 0.0), (1.0, 0.0, 0.0), (0.0, 0.0, 1.0)))
    # About the first voxel's centre at x 100, y -3.
    assert info.bounds == Box((50.5, -3.25, 6.0), (100.5, 31.75, 66.0))
    view = resolve(Intent(azimuth=0, elevation=0, size=(100, 100)), info, straight.statistics)
    assert view.camera.target == pytest.approx(info.bounds.center)
    plane = resolve(Intent(mode="slice", axis="x", size=(100, 100)), info, straight.statistics)
    assert plane.mode == Slice("x", 75.5)
    assert plane.camera.projection == Orthographic(60 * MARGIN)
    assert resolve(Intent(normal=(1.0, 1.0, 0.0)), info, straight.statistics).mode == Oblique(
        info.bounds.center, (1.0, 1.0, 0.0)
    )
