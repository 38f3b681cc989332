"""From a pixel and a distance to what lies there."""

import math
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace

from render.errors import BackendError, BadRequest
from render.frame import Frame, Timings
from render.intent import Intent, LabelsIntent, resolve
from render.pick import NOTHING, ChannelValue, LabelId, pick, pixel_view, world_position
from render.scene import Camera, Orthographic, Perspective, Quality, View
from render.volume.sources import open_volume
from tests.arrays import memory_volume
from tests.volumes import write_labels, write_ome_zarr

VALUES = np.arange(3 * 5 * 7, dtype=np.uint16).reshape(3, 5, 7)
VOLUME = memory_volume(VALUES, spacing=(2.0, 1.0, 0.5), origin=(7.0, -3.0, 100.0))
VIEW = resolve(Intent(size=(40, 30)), VOLUME.info, VOLUME.statistics)


def seen(projection: Perspective | Orthographic, region: tuple[float, float, float, float] = (0, 0, 1, 1)) -> View:
    """From x 0, y 0, z -10 along +z, with x to the right and y down."""
    camera = Camera((0.0, 0.0, -10.0), (0.0, 0.0, 0.0), (0.0, -1.0, 0.0), projection, region)
    return replace(VIEW, camera=camera)


def drawn(view: View, distance: float | None) -> Frame:
    """The picture of one pixel whose depth is `distance`."""
    depth = None if distance is None else np.full((1, 1), distance, np.float32)
    return Frame(np.zeros((1, 1, 4), np.uint8), view, Quality(depth=True), "fake", Timings(0.0, 0.0), depth)


def test_a_pixel_of_a_perspective_picture_lies_on_its_ray() -> None:
    view = seen(Perspective(90.0))
    # Half a picture height is as far as the picture is deep: the middle of pixel (24, 9) is 4.5 of 15 to the right
    # and 5.5 of 15 up.
    direction = np.array((4.5 / 15, -5.5 / 15, 1))
    expected = np.array((0, 0, -10)) + 3 * direction / np.linalg.norm(direction)
    assert world_position(view, 24, 9, 3.0) == pytest.approx(tuple(expected))


def test_a_pixel_of_an_orthographic_picture_lies_before_the_camera_s_plane() -> None:
    view = seen(Orthographic(6.0))
    assert world_position(view, 24, 9, 3.0) == pytest.approx((4.5 * 0.2, -5.5 * 0.2, -7.0))


@pytest.mark.parametrize("projection", [Perspective(50.0), Orthographic(6.0)])
def test_a_tile_s_pixel_is_that_of_the_whole(projection: Perspective | Orthographic) -> None:
    whole = seen(projection)
    tile = replace(seen(projection, (0.5, 0.2, 0.75, 0.6)), size=(10, 12))
    assert world_position(tile, 3, 4, 2.5) == pytest.approx(world_position(whole, 23, 10, 2.5))
    assert pixel_view(tile, 3, 4).camera.region == pytest.approx(pixel_view(whole, 23, 10).camera.region)


def test_the_view_of_a_pixel_sees_what_the_pixel_sees() -> None:
    for x, y in [(0, 0), (39, 29), (7, 22)]:
        one = pixel_view(VIEW, x, y)
        assert one.size == (1, 1)
        assert world_position(one, 0, 0, 5.0) == pytest.approx(world_position(VIEW, x, y, 5.0))


@pytest.mark.parametrize("pixel", [(40, 0), (0, 30), (-1, 3)])
def test_a_pixel_outside_the_picture_is_refused(pixel: tuple[int, int]) -> None:
    with pytest.raises(BadRequest, match=f"pixel {pixel[0]}, {pixel[1]}: the picture has 40 x 30"):
        pixel_view(VIEW, *pixel)


def test_a_pick_has_the_place_and_the_value_there() -> None:
    camera = Camera((102.0, -1.0, -20.0), (102.0, -1.0, 0.0), (0.0, -1.0, 0.0), Orthographic(30.0))
    view = replace(VIEW, camera=camera)
    # The middle of pixel (20, 15) is half a pixel, 0.5, to the right and below of the camera's axis.
    found = pick(VOLUME, view, (20, 15), drawn(view, 29.0))
    assert found.position == pytest.approx((102.5, -0.5, 9.0))
    assert found.values == (ChannelValue(0, pytest.approx(35 * 1 + 7 * 2.5 + 5)),)
    assert found.labels == ()
    assert pick(VOLUME, view, (20, 15), drawn(view, math.nan)) == NOTHING


def test_a_pick_has_the_id_of_each_label_image_that_is_shown(tmp_path: Path) -> None:
    path = write_ome_zarr(tmp_path / "cells.ome.zarr", VALUES, spacing=(2, 1, 0.5))
    ids = np.zeros((3, 5, 7), np.uint32)
    ids[1, 2, 3] = 4_000_000_017
    write_labels(path, "cells", ids, spacing=(2, 1, 0.5))
    volume = open_volume(str(path))
    camera = Camera((1.5, 2.0, -20.0), (1.5, 2.0, 0.0), (0.0, -1.0, 0.0), Orthographic(3.0))
    view = resolve(Intent(labels=(LabelsIntent("cells"),), size=(3, 3)), volume.info, volume.statistics)
    view = replace(view, camera=camera)
    assert pick(volume, view, (1, 1), drawn(view, 22.0)).labels == (LabelId("cells", 4_000_000_017),)
    assert pick(volume, view, (2, 1), drawn(view, 22.0)).labels == (LabelId("cells", 0),)


def test_a_renderer_that_drew_no_depth_is_told_from_nothing_there() -> None:
    with pytest.raises(BackendError, match="fake: drew no depth"):
        pick(VOLUME, VIEW, (20, 15), drawn(VIEW, None))
