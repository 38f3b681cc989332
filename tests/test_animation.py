"""Movies from keyframe to keyframe, by closed form: where the camera is, what is mixed, how fast the way is gone."""

import itertools
import math

import msgspec
import numpy as np
import pytest
from msgspec.structs import replace

from render.animation import Animation, Keyframe, decode_animation, view_at, views, within
from render.errors import BadRequest
from render.geometry import Box, Vec3, add, length, rotate, scale, subtract
from render.scene import (
    DVR,
    MIP,
    Camera,
    Channel,
    Clip,
    ClipPlane,
    DirectionalLight,
    Headlight,
    Isosurface,
    Labels,
    OpacityCurve,
    Orthographic,
    Perspective,
    Slice,
    TransferFunction,
    View,
)

TARGET = (3.0, -5.0, 7.0)
CAMERA = Camera((3.0, -5.0, -13.0), TARGET, (0.0, -1.0, 0.0))
CHANNEL = Channel(0, TransferFunction((100.0, 900.0), 2.0))
VIEW = View("cells", CAMERA, (CHANNEL,), size=(90, 70))
BOX = Box((0.0, -10.0, 0.0), (6.0, 10.0, 20.0))


def movie(*seen: View, seconds: float = 2.0, **options: object) -> Animation:
    """The first at the beginning, the others after `seconds` each."""
    steps = [0.0, *[seconds] * (len(seen) - 1)]
    return Animation(tuple(map(Keyframe, seen, steps)), **{"easing": "linear", **options})  # type: ignore[arg-type]


def about(camera: Camera, axis: Vec3, degrees: float) -> Camera:
    """The camera gone around its target."""
    offset = rotate(subtract(camera.position, camera.target), axis, degrees)
    return replace(camera, position=add(camera.target, offset), up=rotate(camera.up, axis, degrees))


def seen_by(camera: Camera) -> View:
    return replace(VIEW, camera=camera)


def numbers(camera: Camera) -> np.ndarray:
    return np.array([camera.position, camera.target, camera.true_up])


def halfway(a: View, b: View) -> View:
    return view_at(movie(a, b), 1.0)


@pytest.mark.parametrize("axis", [(0.0, -1.0, 0.0), (1.0, 0.0, 0.0), (0.6, 0.0, 0.8)])
@pytest.mark.parametrize("degrees", [90.0, -130.0, 179.0])
def test_a_turn_goes_by_equal_angles_and_keeps_its_distance(axis: Vec3, degrees: float) -> None:
    animation = movie(VIEW, seen_by(about(CAMERA, axis, degrees)))
    for share in (0.25, 0.5, 0.8):
        camera = view_at(animation, 2 * share).camera
        assert np.allclose(numbers(camera), numbers(about(CAMERA, axis, degrees * share)))
        assert length(subtract(camera.position, TARGET)) == pytest.approx(20.0)


def test_a_roll_turns_up_and_nothing_else() -> None:
    rolled = halfway(VIEW, seen_by(replace(CAMERA, up=(1.0, 0.0, 0.0)))).camera
    assert rolled.up == pytest.approx((math.sqrt(0.5), -math.sqrt(0.5), 0.0))
    assert rolled.position == pytest.approx(CAMERA.position)


def test_half_a_turn_goes_to_the_right() -> None:
    for angle in (0.0, 37.0, 180.0):
        start = about(CAMERA, CAMERA.up, angle)
        right = halfway(seen_by(start), seen_by(about(start, CAMERA.up, 180.0))).camera
        assert np.allclose(numbers(right), numbers(about(start, CAMERA.up, 90.0)))


def test_a_zoom_goes_by_equal_factors() -> None:
    near = replace(CAMERA, position=add(TARGET, (0.0, 0.0, -5.0)))
    assert halfway(VIEW, seen_by(near)).camera.position == pytest.approx(add(TARGET, (0.0, 0.0, -10.0)))
    flat = [replace(CAMERA, projection=Orthographic(height)) for height in (12.0, 3.0)]
    assert halfway(*map(seen_by, flat)).camera.projection == Orthographic(6.0)


def test_what_a_zoom_keeps_in_its_place_stays_there_all_along() -> None:
    point = (4.0, -5.5, 7.0)

    def closer(factor: float) -> Camera:
        target = add(point, scale(subtract(TARGET, point), factor))
        return Camera(add(target, (0.0, 0.0, -20.0 * factor)), target, CAMERA.up)

    animation = movie(seen_by(closer(1.0)), seen_by(closer(1 / 8)))
    for share in (0.1, 0.5, 0.9):
        assert np.allclose(numbers(view_at(animation, 2 * share).camera), numbers(closer(8**-share)))


def test_where_the_picture_keeps_its_height_the_target_moves_evenly() -> None:
    aside = replace(CAMERA, position=(11.0, -5.0, -13.0), target=(11.0, -5.0, 7.0))
    assert view_at(movie(VIEW, seen_by(aside)), 0.5).camera.target == pytest.approx((5.0, -5.0, 7.0))


def test_a_wider_angle_shows_the_target_as_large_from_nearer() -> None:
    wide = replace(CAMERA, projection=Perspective(90.0), position=add(TARGET, (0.0, 0.0, -20 * math.tan(math.pi / 12))))
    camera = halfway(VIEW, seen_by(wide)).camera
    assert camera.projection == Perspective(60.0)
    assert camera.picture_height == pytest.approx(CAMERA.picture_height)


def test_a_kind_of_projection_holds_until_the_next_which_shows_the_target_as_large() -> None:
    flat = replace(CAMERA, projection=Orthographic(CAMERA.picture_height / 4))
    animation = movie(VIEW, seen_by(flat))
    assert view_at(animation, 1.0).camera.position == pytest.approx(add(TARGET, (0.0, 0.0, -10.0)))
    assert view_at(animation, 1.999999).camera.picture_height == pytest.approx(flat.picture_height, rel=1e-5)
    assert view_at(animation, 2.0).camera == flat


def test_what_is_continuous_is_mixed() -> None:
    curve = OpacityCurve(((100.0, 0.0), (300.0, 0.4)))
    a = replace(
        VIEW,
        mode=DVR(isosurfaces=(Isosurface(300.0, opacity=0.2),), planes=(Slice("x", 1.0),)),
        channels=(Channel(0, TransferFunction((100.0, 900.0), 2.0, opacity=curve, gamma=0.5)),),
        background=(0.0, 0.0, 0.0, 1.0),
        labels=(Labels("nuclei", 2.0, 0.0), Labels("walls", 2.0, 1.0)),
        clip=Clip(((0, 0, 0), (4, 6, 8)), (ClipPlane((0.0, 0.0, 0.0), (3.0, 0.0, 0.0)),)),
        lights=(DirectionalLight((0.0, 0.0, 2.0), 1.0),),
        time=2,
    )
    b = replace(
        a,
        mode=DVR(isosurfaces=(Isosurface(500.0, opacity=1.0),), planes=(Slice("x", 4.0),)),
        channels=(
            Channel(
                0,
                TransferFunction((200.0, 500.0), 8.0, opacity=OpacityCurve(((200.0, 0.2), (700.0, 1.0))), gamma=2.0),
            ),
        ),
        background=(1.0, 0.5, 0.0, 1.0),
        labels=(Labels("walls", 2.0, 0.5), Labels("nuclei", 2.0, 1.0)),
        clip=Clip(((2, 0, 0), (4, 6, 9)), (ClipPlane((0.0, 2.0, 0.0), (0.0, 1.0, 0.0)),)),
        lights=(DirectionalLight((1.0, 0.0, 0.0), 3.0),),
        time=9,
    )
    mixed = view_at(movie(a, b), 0.5)
    transfer = mixed.channels[0].transfer
    assert transfer.window == (125.0, 800.0)
    assert transfer.opacity == OpacityCurve(((125.0, 0.05), (400.0, 0.55)))
    assert (transfer.gamma, transfer.unit_distance) == pytest.approx((0.5**0.5, 8**0.5))
    assert mixed.mode == DVR(isosurfaces=(Isosurface(350.0, opacity=0.4),), planes=(Slice("x", 1.75),))
    assert mixed.background == (0.25, 0.125, 0.0, 1.0)
    assert [(one.name, one.opacity) for one in mixed.labels] == [("nuclei", 0.25), ("walls", 0.875)]
    assert mixed.clip.box == ((0.5, 0, 0), (4, 6, 8.25))
    assert mixed.clip.planes[0].point == (0.0, 0.5, 0.0)
    eighth = math.pi / 8
    assert mixed.clip.planes[0].normal == pytest.approx((math.cos(eighth), math.sin(eighth), 0.0))
    assert mixed.lights[0].direction == pytest.approx((math.sin(eighth), 0.0, math.cos(eighth)))
    assert mixed.lights[0].intensity == 1.5
    assert mixed.time == 4


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"mode": MIP()}, id="another mode"),
        pytest.param({"mode": DVR(shaded=False)}, id="another switch"),
        pytest.param({"mode": DVR(planes=(Slice("x", 2.0),))}, id="a plane more"),
        pytest.param({"channels": (replace(CHANNEL, visible=False),)}, id="a channel hidden"),
        pytest.param({"channels": (CHANNEL, replace(CHANNEL, index=1))}, id="a channel more"),
        pytest.param(
            {"channels": (replace(CHANNEL, transfer=replace(CHANNEL.transfer, colormap="red")),)}, id="another colour"
        ),
        pytest.param(
            {"channels": (replace(CHANNEL, transfer=replace(CHANNEL.transfer, opacity=((0.5, 1.0),))),)},
            id="a curve of other points",
        ),
        pytest.param({"labels": (Labels("walls", 2.0),)}, id="labels more"),
        pytest.param({"lights": (DirectionalLight((0.0, 0.0, 1.0)),)}, id="another kind of light"),
        pytest.param({"lights": (Headlight(), Headlight())}, id="a light more"),
        pytest.param({"clip": Clip(((0, 0, 0), (4, 6, 8)))}, id="a clip box"),
    ],
)
def test_what_has_nothing_between_switches_at_the_keyframe(changes: dict[str, object]) -> None:
    animation = movie(VIEW, replace(VIEW, **changes))
    before, at = view_at(animation, 1.999), view_at(animation, 2.0)
    for name, value in changes.items():
        assert getattr(before, name) == getattr(VIEW, name)
        assert getattr(at, name) == value


def test_what_names_a_surface_or_a_plane_is_not_mixed() -> None:
    two = (CHANNEL, replace(CHANNEL, index=1))
    a = replace(VIEW, channels=two, mode=DVR(isosurfaces=(Isosurface(300.0, 0),), planes=(Slice("x", 2.0),)))
    b = replace(a, mode=DVR(isosurfaces=(Isosurface(9.0, 1),), planes=(Slice("y", 3.0),)))
    assert halfway(a, b).mode == a.mode


def test_a_clip_box_comes_in_from_outside() -> None:
    whole, cut = VIEW, replace(VIEW, clip=Clip(((0.0, -10.0, 0.0), (3.0, 10.0, 20.0))))
    animation = within(movie(whole, whole, cut, whole), BOX)
    boxes = [keyframe.view.clip.box for keyframe in animation.keyframes]
    assert (boxes[0], boxes[2]) == (None, cut.clip.box)
    assert boxes[1] == boxes[3] == ((-0.006, -10.02, -0.02), (6.006, 10.02, 20.02))
    assert view_at(animation, 3.0).clip.box[1][0] == pytest.approx(4.503)  # type: ignore[index]


def angle(animation: Animation, seconds: float) -> float:
    """Degrees that the camera has turned to the right."""
    x, _, z = view_at(animation, seconds).camera.forward
    return math.degrees(math.atan2(-x, z)) % 360


def test_two_keyframes_are_left_and_reached_gently() -> None:
    animation = movie(VIEW, seen_by(about(CAMERA, CAMERA.up, 80.0)), easing="smooth")
    for share in (0.0, 0.25, 0.5, 0.75):
        assert angle(animation, 2 * share) == pytest.approx(80 * (3 * share**2 - 2 * share**3))


def test_a_full_turn_passes_its_keyframes_at_full_speed() -> None:
    quarters = [seen_by(about(CAMERA, CAMERA.up, 90.0 * i)) for i in range(5)]
    linear, smooth = movie(*quarters), movie(*quarters, easing="smooth")
    for seconds in (0.4, 2.5, 3.0, 5.9, 7.9):
        assert angle(linear, seconds) == pytest.approx(45 * seconds)
    for seconds in (2.5, 3.0, 4.0, 5.9):
        assert angle(smooth, seconds) == pytest.approx(45 * seconds)
    # From rest to full speed: 2 s ^ 2 - s ^ 3 of the first quarter.
    assert angle(smooth, 1.0) == pytest.approx(90 * (2 * 0.25 - 0.125))


def test_a_keyframe_is_passed_at_the_speed_of_the_slower_way_and_by_how_straight_it_is() -> None:
    start, up, right = CAMERA, CAMERA.up, CAMERA.right
    middle = about(start, up, 60.0)
    slow = about(middle, up, 20.0)
    animation = movie(seen_by(start), seen_by(middle), seen_by(slow), easing="smooth")
    # 60 degrees in 2 s, then 20 in 2: a third of the speed of the first way.
    step = 1e-4
    assert (angle(animation, 2.0) - angle(animation, 2.0 - step)) / step == pytest.approx(10.0, rel=1e-2)
    assert (angle(animation, 2.0 + step) - angle(animation, 2.0)) / step == pytest.approx(10.0, rel=1e-2)
    aside = movie(seen_by(start), seen_by(middle), seen_by(about(middle, right, 30.0)), easing="smooth")
    assert angle(aside, 2.0) - angle(aside, 2.0 - step) < 1e-4 + 10 * step
    back = movie(seen_by(start), seen_by(middle), seen_by(start), easing="smooth")
    assert (angle(back, 2.0) - angle(back, 2.0 - step)) / step == pytest.approx(0.0, abs=0.1)


@pytest.mark.parametrize("easing", ["smooth", "linear"])
def test_time_only_goes_on(easing: str) -> None:
    away = replace(CAMERA, position=(9.0, 20.0, -40.0), target=(0.0, 1.0, 2.0), up=(1.0, 0.2, 0.0))
    seen = [seen_by(one) for one in (CAMERA, about(CAMERA, CAMERA.up, 75.0), away, CAMERA)]
    marked = [replace(view, background=(i / 3, 0.0, 0.0, 1.0)) for i, view in enumerate(seen)]
    shades = [view.background[0] for view in views(movie(*marked, easing=easing), 200)]
    assert all(a <= b for a, b in itertools.pairwise(shades))
    assert (shades[0], shades[-1]) == (0.0, 1.0)


def test_a_movie_begins_with_its_first_view_rests_on_it_cuts_and_ends_with_the_last() -> None:
    red, blue = (replace(VIEW, background=color) for color in ((1.0, 0, 0, 1.0), (0, 0, 1.0, 1.0)))
    animation = Animation(
        (Keyframe(VIEW, 1.0), Keyframe(red, 0.0), Keyframe(blue, 2.0)), size=(65, 48), fps=10, easing="smooth"
    )
    assert (animation.times, animation.seconds, animation.frames) == ((1.0, 1.0, 3.0), 3.0, 30)
    shown = views(animation, animation.frames)
    assert {view.size for view in shown} == {(64, 48)}
    assert [view.background for view in shown[:10]] == [VIEW.background] * 10
    assert view_at(animation, 1.0).background == red.background
    assert 0 < shown[10].background[2] < shown[11].background[2] < shown[-1].background[2]
    assert shown[-1].background == blue.background
    assert view_at(animation, -1.0) == shown[0]
    assert view_at(animation, 99.0) == shown[-1]


def test_an_animation_is_its_json() -> None:
    animation = movie(VIEW, seen_by(about(CAMERA, CAMERA.up, 30.0)), size=(64, 48), fps=12)
    assert decode_animation(msgspec.json.encode(animation)) == animation


@pytest.mark.parametrize(
    ("make", "message"),
    [
        pytest.param(lambda: movie(VIEW), "1 keyframes: a movie has 2 to 64", id="one keyframe"),
        pytest.param(lambda: movie(*[VIEW] * 65), "65 keyframes", id="too many"),
        pytest.param(lambda: movie(VIEW, replace(VIEW, volume="ct")), "of the volumes cells, ct", id="two volumes"),
        pytest.param(lambda: movie(VIEW, VIEW, fps=0), "fps 0: must be 1 to 60", id="no pictures"),
        pytest.param(lambda: movie(VIEW, VIEW, size=(4098, 64)), "size 4098 x 64", id="too wide"),
        pytest.param(lambda: movie(VIEW, VIEW, size=(64, 15)), "a side of a movie is 16 to 4096", id="too low"),
        pytest.param(lambda: movie(VIEW, VIEW, seconds=0.0), "0 seconds: a movie lasts more than 0", id="no time"),
        pytest.param(lambda: movie(VIEW, VIEW, VIEW, seconds=151.0), "302 seconds: .* at most 300", id="too long"),
        pytest.param(lambda: movie(VIEW, VIEW, seconds=100.0, fps=60), "are 6000 frames: at most 3600", id="frames"),
        pytest.param(lambda: Keyframe(VIEW, -1.0), "keyframe after -1.0 seconds", id="back in time"),
        pytest.param(lambda: Keyframe(VIEW, math.nan), "keyframe after nan seconds", id="at no time"),
        pytest.param(lambda: decode_animation('{"keyframes": [], "speed": 1}'), "unknown field `speed`", id="a key"),
        pytest.param(
            lambda: decode_animation(msgspec.json.encode(movie(VIEW, VIEW)).replace(b'"time":0', b'"time":"a"')),
            r"Expected `int`, got `str` - at `\$.keyframes\[0\].view.time`",
            id="a wrong value",
        ),
    ],
)
def test_what_is_no_movie_is_refused_with_the_numbers(make: object, message: str) -> None:
    with pytest.raises(BadRequest, match=message):
        make()  # type: ignore[operator]
