"""The lines of box and axes as fragments: what they cover and how far away they are, by hand and by closed forms.

The flat camera looks along z with one pixel to a world unit: world x and y are then columns and rows.
"""

import math

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from render.annotate import Fragments, fragments
from render.geometry import Box, Vec3, cells_box, length, subtract
from render.scene import (
    Annotations,
    Camera,
    Clip,
    ClipPlane,
    Orthographic,
    Perspective,
    View,
)

BOX = cells_box((3, 5, 7), (8.0, 5.0, 3.0), (-4.0, 2.5, 7.0))
NO_CLIP = Clip()
FLAT_BOX = Box((6.5, 4.5, 2.0), (30.5, 17.5, 21.0))


def view_of(camera: Camera, size: tuple[int, int], annotations: Annotations, clip: Clip = NO_CLIP) -> View:
    return View("box", camera, (), size=size, annotations=annotations, clip=clip)


def flat_view(annotations: Annotations, clip: Clip = NO_CLIP) -> View:
    camera = Camera((20.0, 12.0, -10.0), (20.0, 12.0, 0.0), (0.0, -1.0, 0.0), Orthographic(24.0))
    return view_of(camera, (40, 24), annotations, clip)


def at(found: Fragments, column: int, row: int, width: int) -> tuple[list[float], list[list[float]]]:
    """Distances and colours of a pixel's fragments."""
    chosen = found.pixel == row * width + column
    return found.distance[chosen].tolist(), found.color[chosen].tolist()


def rays(camera: Camera, size: tuple[int, int], pixel: NDArray[np.uint32]) -> NDArray[np.float64]:
    """World directions (n, 3) of length 1 through the centres of a perspective picture's pixels."""
    assert isinstance(camera.projection, Perspective)
    width, height = size
    tall = math.tan(math.radians(camera.projection.fov) / 2)
    right = ((pixel % width + 0.5) / width * 2 - 1) * tall * width / height
    up = (1 - (pixel // width + 0.5) / height * 2) * tall
    toward = np.array(camera.forward) + np.outer(right, camera.right) + np.outer(up, camera.true_up)
    return np.asarray(toward / np.linalg.norm(toward, axis=1)[:, None])


def to_nearest_edge(points: NDArray[np.float64], box: Box) -> NDArray[np.float64]:
    """How far (n, 3) points are from the 12 edges of a box."""
    nearest = np.full(len(points), np.inf)
    for corner in box.corners:
        for k in range(3):
            along = np.array(corner)[None].repeat(len(points), 0)
            along[:, k] = np.clip(points[:, k], box.lower[k], box.upper[k])
            nearest = np.minimum(nearest, np.linalg.norm(points - along, axis=1))
    return nearest


def test_nothing_asked_for_is_nothing_drawn() -> None:
    found = fragments(flat_view(Annotations()), FLAT_BOX, (40, 24))
    assert (len(found.pixel), len(found.distance), found.color.shape) == (0, 0, (0, 4))


def test_a_line_two_wide_through_pixel_centres_covers_them_and_half_of_their_neighbours() -> None:
    found = fragments(flat_view(Annotations(bounding_box=True, color=(1.0, 0.5, 0.0), width=2.0)), FLAT_BOX, (40, 24))
    assert at(found, 15, 4, 40) == ([12.0], [[1.0, 0.5, 0.0, 1.0]])
    for row in (3, 5):
        assert at(found, 15, row, 40) == ([12.0, 31.0], [[1.0, 0.5, 0.0, 0.5]] * 2), "the front edge, then the back one"
    for row in (2, 6, 12):
        assert at(found, 15, row, 40) == ([], [])
    assert at(found, 6, 12, 40)[1] == at(found, 30, 12, 40)[1] == [[1.0, 0.5, 0.0, 1.0]]


def test_a_line_thinner_than_a_pixel_covers_its_share() -> None:
    found = fragments(flat_view(Annotations(bounding_box=True, width=0.5)), FLAT_BOX, (40, 24))
    assert [color[3] for color in at(found, 15, 4, 40)[1]] == [0.5, 0.5]
    assert at(found, 15, 3, 40) == ([], [])


def test_ends_are_round_and_reach_half_the_width_beyond() -> None:
    found = fragments(flat_view(Annotations(bounding_box=True, width=4.0)), FLAT_BOX, (40, 24))
    assert [at(found, column, 4, 40)[1][:1] for column in (3, 4, 5)] == [[], [[1, 1, 1, 0.5]], [[1, 1, 1, 1]]]
    # From the corner (6.5, 4.5) to the pixels' centres (5.5, 2.5) and (4.5, 2.5).
    assert at(found, 5, 2, 40)[1][0][3] == pytest.approx(2.5 - math.sqrt(5), abs=1e-7)
    assert at(found, 4, 2, 40) == ([], [])


@pytest.mark.parametrize("corner", BOX.corners, ids=str)
@pytest.mark.parametrize("projection", [Perspective(40.0), Orthographic(60.0)], ids=["perspective", "orthographic"])
def test_a_corner_is_one_fragment_at_its_distance_from_the_eye(
    corner: Vec3, projection: Perspective | Orthographic
) -> None:
    camera = Camera((95.0, -30.0, 30.0), corner, (0.0, 0.1, 1.0), projection)
    found = fragments(view_of(camera, (161, 121), Annotations(bounding_box=True)), BOX, (161, 121))
    distances, colors = at(found, 80, 60, 161)
    assert distances == [pytest.approx(length(subtract(corner, camera.position)), rel=1e-12)]
    assert colors == [[1.0, 1.0, 1.0, 1.0]]
    around = [at(found, 80 + x, 60 + y, 161)[0] for x in (-1, 0, 1) for y in (-1, 0, 1)]
    assert max(map(len, around)) == 1, "three edges of one colour that meet are not mixed with each other"


@pytest.mark.parametrize(
    "camera",
    [
        Camera((70.0, -55.0, 48.0), BOX.center, (0.0, 0.1, 1.0)),
        Camera((18.0, 10.0, 5.0), (40.0, 15.0, 3.0), (0.0, 0.0, 1.0), Perspective(100.0)),
        Camera((5.0, -0.5, -9.0), BOX.center, (0.0, 0.0, 1.0), Perspective(90.0)),
    ],
    ids=["outside", "inside the box", "beside a corner"],
)
def test_every_fragment_lies_on_an_edge(camera: Camera) -> None:
    size = (161, 120)
    found = fragments(view_of(camera, size, Annotations(bounding_box=True, width=1.0)), BOX, size)
    assert len(found.pixel) > 100
    toward = rays(camera, size, found.pixel)
    points = np.array(camera.position) + found.distance[:, None] * toward
    assert isinstance(camera.projection, Perspective)
    forward = found.distance * (toward @ camera.forward)
    pixel = forward * 2 * math.tan(math.radians(camera.projection.fov) / 2) / size[1]
    assert (found.distance > 0).all()
    # Half the line and half a pixel: where edges meet the nearest stands for all, up to two pixels before the others.
    assert np.quantile(to_nearest_edge(points, BOX) / pixel, 0.95) <= 1.001
    assert (to_nearest_edge(points, BOX) / pixel).max() <= 3


def test_lines_beside_the_eye_reach_the_rim_and_those_behind_it_are_not_drawn() -> None:
    ahead = Camera((5.0, 10.0, 4.0), (60.0, 10.0, 4.0), (0.0, 0.0, 1.0), Perspective(30.0))
    narrow = Box((-100.0, 6.0, 0.0), (200.0, 14.0, 8.0))
    found = fragments(view_of(ahead, (60, 60), Annotations(bounding_box=True)), narrow, (60, 60))
    columns, rows = found.pixel % 60, found.pixel // 60
    for corner in ((0, 0), (59, 0), (0, 59), (59, 59)):
        assert corner in set(zip(columns.tolist(), rows.tolist(), strict=True))
    assert found.distance.max() == pytest.approx(195.0, rel=0.01), "the far face, and not the one 105 behind"
    behind = msgspec.structs.replace(ahead, target=(500.0, 10.0, 4.0), position=(201.0, 10.0, 4.0))
    assert not len(fragments(view_of(behind, (60, 60), Annotations(bounding_box=True)), narrow, (60, 60)).pixel)


def test_an_edge_seen_end_on_is_a_dot_at_its_nearer_end() -> None:
    found = fragments(flat_view(Annotations(axes=True, width=2.0)), FLAT_BOX, (40, 24))
    distances, colors = at(found, 6, 4, 40)
    assert distances == [12.0]
    assert colors[0][3] == 1.0


def test_axes_take_the_place_of_the_edges_they_lie_on_and_are_twice_as_thick() -> None:
    found = fragments(flat_view(Annotations(bounding_box=True, axes=True, width=2.0)), FLAT_BOX, (40, 24))
    _, [x_axis] = at(found, 15, 4, 40)
    _, [y_axis] = at(found, 6, 12, 40)
    assert (np.argmax(x_axis[:3]), np.argmax(y_axis[:3])) == (0, 1)
    assert [at(found, 15, row, 40)[1][0][3] for row in (2, 3, 5, 6)] == [0.5, 1.0, 1.0, 0.5]
    assert at(found, 15, 17, 40)[1] == [[1.0, 1.0, 1.0, 1.0]]


def test_the_z_axis_is_blue() -> None:
    camera = Camera((20.0, -30.0, 6.0), (20.0, 0.0, 6.0), (0.0, 0.0, 1.0), Orthographic(24.0))
    found = fragments(view_of(camera, (40, 24), Annotations(axes=True)), FLAT_BOX, (40, 24))
    _, [color] = at(found, 6, 12, 40)
    assert np.argmax(color[:3]) == 2


def test_letters_stand_beyond_the_ends_of_the_axes_at_their_depth() -> None:
    box = Box((20.5, 30.5, 2.0), (150.5, 100.5, 9.0))
    camera = Camera((100.0, 75.0, -10.0), (100.0, 75.0, 0.0), (0.0, -1.0, 0.0), Orthographic(150.0))
    found = fragments(view_of(camera, (200, 150), Annotations(axes=True)), box, (200, 150))
    columns, rows = found.pixel % 200, found.pixel // 200
    x, y = columns > 153, rows > 103
    assert found.color[x, 3].sum() > 10
    assert set(found.distance[x]) == {12.0}
    assert abs(np.average(rows[x], weights=found.color[x, 3]) + 0.5 - 30.5) < 1
    assert (np.argmax(found.color[x, :3], axis=1) == 0).all()
    assert abs(np.average(columns[y], weights=found.color[y, 3]) + 0.5 - 20.5) < 1
    assert (np.argmax(found.color[y, :3], axis=1) == 1).all()


def test_the_box_is_that_of_what_the_clip_box_leaves() -> None:
    clip = Clip(((10.5, -50.0, 4.0), (50.0, 10.5, 50.0)), (ClipPlane((0.0, 0.0, 5.0), (0.0, 0.0, 1.0)),))
    clipped = fragments(flat_view(Annotations(bounding_box=True), clip), FLAT_BOX, (40, 24))
    smaller = Box((10.5, 4.5, 4.0), (30.5, 10.5, 21.0))
    expected = fragments(flat_view(Annotations(bounding_box=True)), smaller, (40, 24))
    np.testing.assert_array_equal(clipped.pixel, expected.pixel)
    np.testing.assert_array_equal(clipped.distance, expected.distance)


def test_a_clip_box_that_leaves_nothing_has_no_lines() -> None:
    view = flat_view(Annotations(bounding_box=True, axes=True), Clip(((50.0, 0.0, 0.0), (60.0, 1.0, 1.0))))
    assert not len(fragments(view, FLAT_BOX, (40, 24)).pixel)


@pytest.mark.parametrize(
    "camera",
    [
        Camera((70.0, -55.0, 48.0), BOX.center, (0.0, 0.1, 1.0)),
        Camera((70.0, -55.0, 48.0), BOX.center, (0.0, 0.1, 1.0), Orthographic(40.0)),
        Camera((18.0, 10.0, 5.0), (40.0, 15.0, 3.0), (0.0, 0.0, 1.0), Perspective(100.0)),
    ],
    ids=["perspective", "orthographic", "inside the box"],
)
def test_regions_are_the_whole_bit_for_bit(camera: Camera) -> None:
    width, height = 161, 119
    lines = Annotations(bounding_box=True, axes=True)
    whole = fragments(view_of(camera, (width, height), lines), BOX, (width, height))
    pixels, distances, colors = [], [], []
    for left, right in ((0, 37), (37, 38), (38, 161)):
        for top, bottom in ((0, 64), (64, 119)):
            region = (left / width, top / height, right / width, bottom / height)
            size = (right - left, bottom - top)
            part = fragments(view_of(msgspec.structs.replace(camera, region=region), size, lines), BOX, size)
            pixels.append((part.pixel // size[0] + top) * width + part.pixel % size[0] + left)
            distances.append(part.distance)
            colors.append(part.color)
    order = np.argsort(np.concatenate(pixels), kind="stable")
    np.testing.assert_array_equal(np.concatenate(pixels)[order], whole.pixel)
    np.testing.assert_array_equal(np.concatenate(distances)[order], whole.distance)
    np.testing.assert_array_equal(np.concatenate(colors)[order], whole.color)


def test_fragments_are_sorted_and_none_is_behind_a_full_cover() -> None:
    camera = Camera((70.0, -55.0, 48.0), BOX.center, (0.0, 0.1, 1.0))
    found = fragments(
        view_of(camera, (160, 120), Annotations(bounding_box=True, axes=True, width=6.0)), BOX, (160, 120)
    )
    pixel = found.pixel.astype(np.int64)
    next_of_pixel = np.diff(pixel) == 0
    assert (np.diff(pixel) >= 0).all()
    assert next_of_pixel.any()
    assert (np.diff(found.distance)[next_of_pixel] >= 0).all()
    assert (found.color[:-1, 3][next_of_pixel] < 1).all()


def test_a_draft_of_half_the_size_has_lines_of_half_the_width() -> None:
    view = view_of(Camera((70.0, -55.0, 48.0), BOX.center, (0.0, 0.1, 1.0)), (400, 300), Annotations(bounding_box=True))
    final, draft = (fragments(view, BOX, size).color[:, 3].sum() for size in ((400, 300), (200, 150)))
    assert draft == pytest.approx(final / 4, rel=0.03)
