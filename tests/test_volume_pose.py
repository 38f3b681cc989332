"""Rotated volumes: a picture of one is that of the straight array with everything else turned the other way."""

from dataclasses import replace
from itertools import product

import msgspec
import numpy as np
import pytest

from render.errors import DataError
from render.geometry import Vec3, bounds_of, dot
from render.intent import face_plane, orbit
from render.scene import (
    DVR,
    Camera,
    Channel,
    Clip,
    ClipPlane,
    DirectionalLight,
    Headlight,
    Iso,
    Isosurface,
    Oblique,
    Orthographic,
    Perspective,
    Quality,
    Slice,
    TransferFunction,
    View,
)
from render.volume.info import Direction, VolumeInfo
from render.volume.ome import read_multiscale
from render.volume.orientation import straighten
from render.volume.pose import straight_view
from render.volume.volume import Volume
from tests.arrays import ArrayInMemory, memory_volume
from tests.reference import ReferenceRenderer

SHAPE, SPACING, ORIGIN = (3, 5, 7), (2.0, 1.0, 0.5), (10.0, -4.0, 30.0)
QUARTER: Direction = ((0.0, -1.0, 0.0), (1.0, 0.0, 0.0), (0.0, 0.0, 1.0))
"""A quarter turn about z: what ran along x runs along y, what ran along y runs along -x."""

FACING = Camera((30.0, -4.0, -30.0), (30.0, -4.0, 10.0), (0.0, -1.0, 0.0), Orthographic(20.0))
GREY = TransferFunction((0.0, 1.0), 1.0)


def oblique() -> Direction:
    """A rotation about no axis of the world."""
    q, _ = np.linalg.qr(np.random.default_rng(3).normal(size=(3, 3)))
    q *= np.sign(np.linalg.det(q))
    x, y, z = ((float(a), float(b), float(c)) for a, b, c in q)
    return (x, y, z)


def rotated(voxels: np.ndarray, direction: Direction) -> Volume:
    info = memory_volume(voxels, spacing=SPACING, origin=ORIGIN).info
    return Volume(replace(info, direction=direction), "tczyx", (ArrayInMemory(voxels[None, None]),))


def bright(z: int, y: int, x: int) -> np.ndarray:
    """One bright voxel."""
    voxels = np.zeros(SHAPE, np.float32)
    voxels[z, y, x] = 1
    return voxels


def world(info: VolumeInfo, z: int, y: int, x: int) -> Vec3:
    """Where ITK has a voxel: origin + direction @ (spacing * index)."""
    steps = np.array([x, y, z]) * SPACING[::-1]
    a, b, c = np.array(ORIGIN[::-1]) + np.array(info.direction) @ steps
    return (float(a), float(b), float(c))


def view_of(camera: Camera = FACING, **parts: object) -> View:
    return msgspec.structs.replace(View("memory", camera, (Channel(0, GREY),), size=(80, 80)), **parts)


def drawn(volume: Volume, view: View) -> np.ndarray:
    straight, faces = straight_view(view, volume.info)
    # The reference knows no faces beside planes.
    clip = msgspec.structs.replace(straight.clip, planes=(*straight.clip.planes, *faces))
    straight = msgspec.structs.replace(straight, clip=clip)
    return ReferenceRenderer().render(volume, straight, Quality(step=0.25)).array[..., 0].astype(float)


def test_a_volume_that_is_not_rotated_keeps_its_view() -> None:
    view = view_of()
    straight, faces = straight_view(view, memory_volume(bright(0, 0, 0)).info)
    assert straight is view
    assert faces == ()


@pytest.mark.parametrize("place", [(0, 0, 6), (2, 4, 0), (1, 3, 5)])
@pytest.mark.parametrize("direction", [QUARTER, oblique()], ids=["a quarter turn", "oblique"])
def test_a_bright_voxel_appears_where_its_position_projects(direction: Direction, place: tuple[int, int, int]) -> None:
    volume = rotated(bright(*place), direction)
    picture = drawn(volume, view_of(mode=DVR(shaded=False)))
    row, column = (float((np.indices(picture.shape)[axis] * picture).sum() / picture.sum()) for axis in (0, 1))
    # A pixel is a quarter of a unit; columns run along x, rows along y. A voxel at the border is bright up to the
    # face, half a voxel of 2 at most.
    x, y, _ = world(volume.info, *place)
    assert (column, row) == pytest.approx((39.5 + 4 * (x - 30), 39.5 + 4 * (y + 4)), abs=4 * 0.51)


@pytest.mark.parametrize(
    "clip",
    [
        pytest.param(Clip(), id="whole"),
        pytest.param(Clip(((26.2, -3.6, 9.5), (29.7, -1.3, 14.2))), id="in a clip box"),
        pytest.param(Clip(planes=(ClipPlane((28.0, -2.0, 12.0), (1.0, 0.5, 0.2)),)), id="behind a clip plane"),
    ],
)
def test_a_volume_turned_by_a_quarter_is_the_picture_of_its_turned_array(clip: Clip) -> None:
    voxels = np.random.default_rng(4).random(SHAPE).astype(np.float32)
    turned = rotated(voxels, QUARTER)
    # Index x runs along y, and index y along -x from the same first voxel.
    array = np.ascontiguousarray(voxels.transpose(0, 2, 1)[..., ::-1])
    spacing, origin = (2.0, 0.5, 1.0), (10.0, -4.0, 30.0 - 4 * 1.0)
    straight = memory_volume(array, spacing=spacing, origin=origin)
    camera = Camera((55.0, -30.0, -20.0), (28.0, -2.0, 12.0), (0.1, -1.0, 0.2), Perspective(25.0))
    view = view_of(
        camera,
        mode=DVR(shaded=True, isosurfaces=(Isosurface(0.8),)),
        clip=clip,
        lights=(Headlight(), DirectionalLight((1.0, 2.0, 0.5))),
    )
    assert np.abs(drawn(turned, view) - drawn(straight, view)).max() <= 1
    assert drawn(turned, view).max() > 50


@pytest.mark.parametrize(
    "mode",
    [
        pytest.param(Slice("x", 28.3), id="a slice"),
        pytest.param(Slice("y", -2.0, 1.5, "mean"), id="a thick slice"),
        pytest.param(Oblique((28.0, -2.0, 12.0), (1.0, 2.0, -1.0)), id="an oblique plane"),
        pytest.param(Iso((Isosurface(0.9),), (Slice("z", 12.5),)), id="a plane among isosurfaces"),
    ],
)
def test_planes_lie_across_the_world_s_axes_and_not_the_array_s(mode: Slice | Oblique | Iso) -> None:
    voxels = np.random.default_rng(4).random(SHAPE).astype(np.float32)
    turned = rotated(voxels, QUARTER)
    straight = memory_volume(
        np.ascontiguousarray(voxels.transpose(0, 2, 1)[..., ::-1]), spacing=(2.0, 0.5, 1.0), origin=(10.0, -4.0, 26.0)
    )
    camera = Camera((55.0, -30.0, -20.0), (28.0, -2.0, 12.0), (0.1, -1.0, 0.2), Orthographic(9.0))
    view = view_of(camera, mode=mode)
    assert np.abs(drawn(turned, view) - drawn(straight, view)).max() <= 1
    assert drawn(turned, view).max() > 50


def test_a_point_goes_to_the_straight_frame_and_back() -> None:
    info = rotated(bright(0, 0, 0), oblique()).info
    for place in product((0, 2), (0, 4), (0, 6)):
        position = world(info, *place)
        z, y, x = (o + s * n for o, s, n in zip(ORIGIN, SPACING, place, strict=True))
        assert info.pose.to_straight(position) == pytest.approx((x, y, z))
        assert info.pose.to_world((x, y, z)) == pytest.approx(position)


def test_a_rotated_volume_is_where_its_corners_are() -> None:
    info = rotated(bright(0, 0, 0), QUARTER).info
    # 3.5 along x from half a voxel before the first, 5 along y, 6 along z; then a quarter turn about the first voxel.
    assert info.bounds.lower == pytest.approx((30 - 4.5, -4 - 0.25, 9))
    assert info.bounds.upper == pytest.approx((30 + 0.5, -4 + 3.25, 15))
    assert info.box.extent == pytest.approx((3.5, 5, 6))


@pytest.mark.parametrize("kind", ["orbit", "orthographic orbit", "facing x"])
def test_all_of_a_rotated_volume_is_in_frame(kind: str) -> None:
    info = rotated(bright(0, 0, 0), oblique()).info
    camera = {
        "orbit": orbit(info, (300, 200)),
        "orthographic orbit": orbit(info, (300, 200), orthographic=True),
        "facing x": face_plane(info, (1.0, 0.0, 0.0), (300, 200)),
    }[kind]
    shares = []
    for corner in info.corners:
        offset = tuple(a - b for a, b in zip(corner, camera.position, strict=True))
        depth = dot(offset, camera.forward)
        half = (
            depth * np.tan(np.radians(camera.projection.fov) / 2)
            if isinstance(camera.projection, Perspective)
            else camera.projection.height / 2
        )
        shares += [abs(dot(offset, camera.right)) / half / 1.5, abs(dot(offset, camera.true_up)) / half]
    assert 0.6 < max(shares) <= 1


def test_a_position_on_an_axis_is_checked_in_the_world() -> None:
    info = rotated(bright(0, 0, 0), QUARTER).info
    info.check_position("x", 26.0)
    info.check_position("y", -0.8)


def test_values_are_found_at_world_positions() -> None:
    voxels = np.arange(105, dtype=np.float32).reshape(SHAPE)
    volume = rotated(voxels, oblique())
    for place in product(range(3), range(5), range(7)):
        assert volume.at(world(volume.info, *place)) == pytest.approx(voxels[place], abs=1e-3)


def test_what_remains_of_a_direction_is_always_a_rotation() -> None:
    # A mirror across the plane x + y + z = 0, which no order and flips of axes bring near to straight.
    mirror = np.eye(3) - 2 / 3 * np.ones((3, 3))
    straight = straighten(mirror, (0.5, 1.0, 2.0), (10.0, 20.0, 30.0), (7, 5, 3))
    turned = np.array(straight.direction)
    assert np.linalg.det(turned) == pytest.approx(1)
    for index in product(range(7), range(5), range(3)):
        expected = np.array([10.0, 20.0, 30.0]) + mirror @ (np.array([0.5, 1.0, 2.0]) * index)
        along = [
            (7, 5, 3)[axis] - 1 - index[axis] if flip else index[axis]
            for axis, flip in zip(straight.order, straight.flipped, strict=True)
        ]
        assert straight.origin + turned @ (np.array(straight.spacing) * along) == pytest.approx(expected)


def test_a_sheared_direction_becomes_the_nearest_rotation_and_says_so() -> None:
    sheared = np.array([[1.0, 0.2, 0.0], [0.0, np.sqrt(0.96), 0.0], [0.0, 0.0, 1.0]])
    straight = straighten(sheared, (1.0, 1.0, 1.0), (0.0, 0.0, 0.0), (7, 5, 3))
    turned = np.array(straight.direction)
    assert straight.sheared
    assert turned @ turned.T == pytest.approx(np.eye(3))


def test_a_stored_direction_that_is_no_rotation_is_refused() -> None:
    attributes = {
        "multiscales": [{"datasets": [{"path": "0"}]}],
        "voxelcast": {"direction": [[2, 0, 0], [0, 1, 0], [0, 0, 1]]},
    }
    with pytest.raises(DataError, match=r"direction is no rotation: \(\(2"):
        read_multiscale(attributes)


def test_bounds_hold_all_points() -> None:
    bounds = bounds_of([(1.0, 5.0, -2.0), (0.0, 7.0, 3.0)])
    assert (bounds.lower, bounds.upper) == ((0, 5, -2), (1, 7, 3))
