"""Drags, wheels and changes by closed form: what is under the hand stays under it, and nothing ever flips."""

import math

import numpy as np
import pytest
from msgspec.structs import replace

from render.errors import BadRequest
from render.geometry import Vec3, add, dot, length, scale, subtract
from render.intent import Intent, resolve
from render.scene import DVR, MIP, Camera, Channel, Orthographic, Perspective, Slice, TransferFunction, View
from tests.arrays import memory_volume
from viewer_bridge import navigate
from viewer_bridge.protocol import Change, Orbit, Reset, SetView

VOLUME = memory_volume(np.arange(2 * 3 * 5 * 7, dtype=np.uint16).reshape(2, 3, 5, 7), spacing=(4.0, 1.0, 2.0))
HALF_ANGLE_OF_HALF = 2 * math.degrees(math.atan(0.5))
"""A field of view in which the picture is as tall as the target is far."""

FACING = Camera((0.0, 0.0, -10.0), (0.0, 0.0, 0.0), (0.0, -1.0, 0.0), Perspective(HALF_ANGLE_OF_HALF))
"""Looks along +z from 10 away; right is +x, down is +y; the picture is 10 tall at the target."""

CAMERAS = {
    "perspective": Camera((3.0, -8.0, 2.0), (1.0, 2.0, -1.0), (0.1, 0.3, 1.0), Perspective(40.0)),
    "orthographic": Camera((3.0, -8.0, 2.0), (1.0, 2.0, -1.0), (0.1, 0.3, 1.0), Orthographic(6.0)),
    "perspective, a region of the picture": Camera(
        (3.0, -8.0, 2.0), (1.0, 2.0, -1.0), (0.1, 0.3, 1.0), Perspective(40.0), (0.0, 0.25, 1.0, 0.75)
    ),
}
WIDE = (1e-6, 1e6)
each_camera = pytest.mark.parametrize("camera", CAMERAS.values(), ids=CAMERAS)


def seen_at(point: Vec3, camera: Camera) -> tuple[float, float]:
    """Where a point is seen: picture heights from the middle, x right and y down. Full-width regions only."""
    offset = subtract(point, camera.position)
    x, y = dot(offset, camera.right), -dot(offset, camera.true_up)
    if isinstance(camera.projection, Perspective):
        tall = 2 * dot(offset, camera.forward) * math.tan(math.radians(camera.projection.fov / 2))
    else:
        tall = camera.projection.height
    _, top, _, bottom = camera.region
    return x / tall / (bottom - top), (y / tall - ((top + bottom) / 2 - 0.5)) / (bottom - top)


def home(size: tuple[int, int] = (70, 50)) -> View:
    return resolve(Intent(size=size), VOLUME.info, VOLUME.statistics)


def test_a_pan_by_one_picture_height_moves_the_target_by_the_height_at_its_depth():
    down = navigate.pan(FACING, 0.0, 1.0)
    assert down.target == pytest.approx((0.0, -10.0, 0.0))
    assert down.position == pytest.approx((0.0, -10.0, -10.0))
    right = navigate.pan(FACING, 1.0, 0.0)
    assert right.target == pytest.approx((-10.0, 0.0, 0.0))


@each_camera
def test_a_pan_moves_what_is_at_the_targets_depth_with_the_hand(camera: Camera):
    x, y = seen_at(camera.target, camera)
    assert seen_at(camera.target, navigate.pan(camera, 0.2, -0.3)) == pytest.approx((x + 0.2, y - 0.3))


@each_camera
def test_two_picture_heights_of_orbit_are_a_full_turn(camera: Camera):
    turned = navigate.orbit(camera, 1.2, 1.6)
    assert turned.position == pytest.approx(camera.position)
    assert turned.up == pytest.approx(camera.true_up)


@each_camera
def test_an_orbit_keeps_the_distance_and_the_target_in_the_middle(camera: Camera):
    turned = navigate.orbit(camera, 0.13, -0.4)
    assert turned.target == camera.target
    distance = length(subtract(camera.position, camera.target))
    assert length(subtract(turned.position, turned.target)) == pytest.approx(distance)


@pytest.mark.parametrize(
    ("drag", "position"),
    [((0.5, 0.0), (-10.0, 0.0, 0.0)), ((0.0, 0.5), (0.0, -10.0, 0.0))],
    ids=["a quarter turn to the right looks from the left", "a quarter turn down looks from above"],
)
def test_the_near_side_of_the_volume_follows_the_hand(drag: tuple[float, float], position: Vec3):
    assert navigate.orbit(FACING, *drag).position == pytest.approx(position, abs=1e-9)


@each_camera
def test_no_drag_is_no_change(camera: Camera):
    assert navigate.orbit(camera, 0.0, 0.0) == camera


def test_nothing_flips_on_the_way_over_every_pole():
    camera = CAMERAS["perspective"]
    for _ in range(1000):
        turned = navigate.orbit(camera, 0.003, 0.02)
        assert dot(turned.right, camera.right) > math.cos(math.radians(4))
        assert dot(turned.forward, camera.forward) > math.cos(math.radians(4))
        camera = turned
    assert length(camera.up) == pytest.approx(1.0)
    assert dot(camera.up, camera.forward) == pytest.approx(0.0, abs=1e-9)


@each_camera
def test_zooming_keeps_the_point_under_the_cursor_and_makes_things_larger(camera: Camera):
    height = navigate.picture_height(camera)
    point = add(camera.target, add(scale(camera.right, 0.3 * height), scale(camera.true_up, 0.2 * height)))
    cursor = seen_at(point, camera)
    middle = seen_at(camera.target, camera)
    zoomed = navigate.zoom(camera, 4.0, (cursor[0] - middle[0], cursor[1] - middle[1]), WIDE)
    assert navigate.picture_height(zoomed) == pytest.approx(height / 4)
    assert seen_at(point, zoomed) == pytest.approx(cursor)


def test_zooming_in_a_perspective_never_reaches_the_target():
    camera = FACING
    for _ in range(50):
        camera = navigate.zoom(camera, 3.0, (0.0, 0.0), (0.5, 100.0))
    assert camera.forward == FACING.forward
    assert navigate.picture_height(camera) == pytest.approx(0.5)
    assert camera.position == pytest.approx((0.0, 0.0, -0.5))


def test_a_camera_beyond_a_bound_can_only_come_back():
    assert navigate.zoom(FACING, 1 / 2, (0.0, 0.0), (1.0, 4.0)) == FACING
    back = navigate.zoom(FACING, 1.25, (0.0, 0.0), (1.0, 4.0))
    assert navigate.picture_height(back) == pytest.approx(8.0)


def test_the_bounds_are_four_voxels_and_twenty_diagonals():
    diagonal = math.sqrt(14**2 + 5**2 + 12**2)
    assert navigate.height_bounds(VOLUME.info) == pytest.approx((4.0, 20 * diagonal))


def test_a_slice_is_faced_and_the_volume_is_seen_from_an_angle_again():
    view = home()
    sliced = navigate.apply(Change(1, mode=Slice("y", 2.0)), view, view, VOLUME.info)
    assert sliced.camera.forward == pytest.approx((0.0, 1.0, 0.0))
    assert isinstance(sliced.camera.projection, Orthographic)
    moved = replace(sliced, camera=navigate.pan(sliced.camera, 0.1, 0.0))
    next_plane = navigate.apply(Change(2, mode=Slice("y", 3.0)), moved, view, VOLUME.info)
    assert next_plane.camera == moved.camera
    assert navigate.apply(Change(3, mode=MIP()), next_plane, view, VOLUME.info).camera == view.camera


def test_a_change_of_mode_keeps_the_camera_of_the_volume():
    view = navigate.apply(Orbit(1, 0.2, 0.1), home(), home(), VOLUME.info)
    assert navigate.apply(Change(2, mode=MIP()), view, view, VOLUME.info).camera == view.camera


def test_a_change_with_a_camera_uses_that():
    changed = navigate.apply(Change(1, mode=Slice("z", 0.0), camera=FACING), home(), home(), VOLUME.info)
    assert changed.camera == FACING


def test_a_change_of_one_channel_leaves_the_others():
    view = home()
    red = Channel(1, TransferFunction((3.0, 9.0), 1.0, "red"), visible=False)
    changed = navigate.apply(Change(1, channels=(red,), time=0), view, view, VOLUME.info)
    assert changed == replace(view, channels=(view.channels[0], red))


def test_a_reset_of_the_camera_keeps_how_things_look():
    view = replace(navigate.apply(Orbit(1, 0.4, 0.1), home(), home(), VOLUME.info), mode=MIP())
    assert navigate.apply(Reset(2), view, home(), VOLUME.info) == replace(home(), mode=MIP())


def test_a_reset_of_the_view_keeps_the_size_and_fits_the_volume_into_it():
    view = replace(home(), mode=Slice("z", 0.0), size=(30, 90))
    assert navigate.apply(Reset(1, "view"), view, home(), VOLUME.info) == home((30, 90))


def test_a_whole_view_is_taken_as_it_is():
    view = replace(home(), mode=DVR(shaded=False), background=(1.0, 0.5, 0.0, 1.0))
    assert navigate.apply(SetView(1, view), home(), home(), VOLUME.info) == view


def test_a_change_that_makes_no_view_is_a_bad_request():
    with pytest.raises(BadRequest, match="time -1: must be 0 or more"):
        navigate.apply(Change(1, time=-1), home(), home(), VOLUME.info)
