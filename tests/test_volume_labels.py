"""Label images: ids on the image's grid wherever their own lies, their colours, and the id at a position."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zarr

from render.errors import DataError, NotFound
from render.volume.labels import DARKEST, LUMINANCE, label_colors, read_label_metadata
from render.volume.sources import open_volume
from render.volume.volume import Volume
from tests.volumes import gradient, write_labels, write_ome_zarr

SHAPE = (6, 10, 14)
SPACING, ORIGIN = (2.0, 1.0, 0.5), (10.0, -4.0, 30.0)
COLORS = [{"label-value": 3, "rgba": [255, 0, 51, 255]}, {"label-value": 5, "rgba": [0, 255, 0, 0]}]
IDS = gradient(SHAPE, "uint32")
"""A different id in each voxel; 0 in the first."""


def image_with(tmp_path: Path, ids: np.ndarray, axes: str = "zyx", **options: Any) -> Volume:
    """A volume of `SHAPE`, in two levels, with the label image "cells"."""
    path = write_ome_zarr(tmp_path / "image.zarr", gradient(SHAPE), spacing=SPACING, origin=ORIGIN, levels=2)
    write_labels(path, "cells", ids, axes, **({"spacing": SPACING, "origin": ORIGIN} | options))
    return open_volume(str(path))


def whole(volume: Volume, level: int = 0, time: int = 0) -> np.ndarray:
    return volume.read(level, (0, 0, 0), volume.info.levels[level].shape, 0, time)


@pytest.mark.parametrize("ngff", ["0.4", "0.5"])
def test_a_label_image_has_its_own_pyramid_colours_and_properties(tmp_path: Path, ngff: str) -> None:
    path = write_ome_zarr(tmp_path / "image.zarr", gradient(SHAPE), ngff=ngff)
    described = {"colors": COLORS, "properties": [{"label-value": 5, "class": "nucleus"}]}
    write_labels(path, "cells", IDS, ngff=ngff, levels=2, described=described)
    write_labels(path, "organs", IDS[::2, ::2, ::2], ngff=ngff, spacing=(2, 2, 2))
    volume = open_volume(str(path))
    cells = volume.labels("cells")
    assert volume.info.labels == ("cells", "organs")
    assert [level.shape for level in cells.info.levels] == [(6, 10, 14), (3, 5, 7)]
    assert cells.metadata.colors == {3: (1, 0, 0.2, 1), 5: (0, 1, 0, 0)}
    assert cells.metadata.properties == {5: {"class": "nucleus"}}
    assert volume.labels("organs").info.levels[0].spacing == (2, 2, 2)


def test_labels_that_are_not_there_are_not_found_and_the_others_are_named(tmp_path: Path) -> None:
    volume = image_with(tmp_path, IDS)
    with pytest.raises(NotFound, match="image: no labels 'organs'; there are: cells"):
        volume.labels("organs")


def test_labels_are_whole_numbers(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="labels are whole numbers, and these are float32"):
        image_with(tmp_path, IDS.astype(np.float32)).labels("cells")


def test_on_the_image_s_own_grid_ids_are_read_as_they_are(tmp_path: Path) -> None:
    aligned = image_with(tmp_path, IDS).labels("cells").aligned
    assert np.array_equal(whole(aligned), IDS)
    box = aligned.read(0, (1, 2, 3), (4, 9, 13))
    assert np.array_equal(box, IDS[1:4, 2:9, 3:13])


def test_labels_of_half_the_resolution_hold_for_all_voxels_that_they_cover(tmp_path: Path) -> None:
    coarse = gradient((3, 5, 7), "uint8")
    origin = [o + s / 2 for o, s in zip(ORIGIN, SPACING, strict=True)]
    aligned = image_with(tmp_path, coarse, spacing=(4, 2, 1), origin=origin).labels("cells").aligned
    assert np.array_equal(whole(aligned), coarse.repeat(2, 0).repeat(2, 1).repeat(2, 2))
    assert np.array_equal(whole(aligned, 1), coarse)


def test_labels_of_a_part_of_the_image_are_nothing_elsewhere(tmp_path: Path) -> None:
    # One voxel in along z, two along y and three along x, and beyond the image's end along x.
    origin = (12.0, -2.0, 31.5)
    ids = gradient((2, 3, 20), "int64") + 1
    aligned = image_with(tmp_path, ids, origin=origin).labels("cells").aligned
    expected = np.zeros(SHAPE, np.int64)
    expected[1:3, 2:5, 3:] = ids[..., :11]
    assert np.array_equal(whole(aligned), expected)
    assert not aligned.read(0, (4, 0, 0), (6, 10, 14)).any()


def test_a_coarser_level_takes_its_ids_from_the_label_level_like_it(tmp_path: Path) -> None:
    labels = image_with(tmp_path, IDS, levels=2, chunks=(2, 3, 4)).labels("cells")
    assert np.array_equal(whole(labels.aligned, 1), whole(labels.ids, 1))


def test_a_coarser_level_than_all_labels_takes_every_second_id(tmp_path: Path) -> None:
    aligned = image_with(tmp_path, IDS).labels("cells").aligned
    # Its voxels' centres lie between two ids: the further one is as near.
    assert np.array_equal(whole(aligned, 1), IDS[1::2, 1::2, 1::2])


def test_labels_in_another_unit_lie_where_they_say(tmp_path: Path) -> None:
    nanometers = {"spacing": [s * 1000 for s in SPACING], "origin": [o * 1000 for o in ORIGIN], "unit": "nanometer"}
    assert np.array_equal(whole(image_with(tmp_path, IDS, **nanometers).labels("cells").aligned), IDS)


@pytest.mark.parametrize(("ids", "factor"), [(IDS, 1), (IDS[::2, ::2, ::2], 2)], ids=["its shape", "half its shape"])
def test_labels_without_a_scale_cover_the_image(tmp_path: Path, ids: np.ndarray, factor: int) -> None:
    volume = image_with(tmp_path, ids)
    group = zarr.open_group(str(tmp_path / "image.zarr/labels/cells"), mode="a")
    ome: Any = group.attrs["ome"]
    del ome["multiscales"][0]["datasets"][0]["coordinateTransformations"]
    group.attrs["ome"] = ome
    expected = ids.repeat(factor, 0).repeat(factor, 1).repeat(factor, 2)
    assert np.array_equal(whole(volume.labels("cells").aligned), expected)


def test_labels_of_one_time_hold_for_all_and_those_of_several_for_theirs(tmp_path: Path) -> None:
    path = write_ome_zarr(tmp_path / "image.zarr", gradient((3, 2, *SHAPE)), "tczyx")
    write_labels(path, "still", IDS)
    write_labels(path, "moving", np.stack([IDS, IDS + 1, IDS + 2])[:, None], "tczyx")
    volume = open_volume(str(path))
    still, moving = volume.labels("still"), volume.labels("moving")
    assert (still.time(2), moving.time(2)) == (0, 2)
    assert np.array_equal(whole(moving.aligned, 0, 2), IDS + 2)
    with pytest.raises(NotFound, match="no time 3, it has 3 times"):
        moving.time(3)


@pytest.mark.parametrize(
    ("position", "expected"),
    [
        pytest.param((30.0, -4.0, 12.0), 140, id="a voxel's centre"),
        pytest.param((30.2, -3.6, 12.9), 140, id="beside it"),
        pytest.param((30.3, -3.4, 13.1), 140 + 140 + 14 + 1, id="nearer to the next along each axis"),
        pytest.param((36.74, 5.49, 20.99), 839, id="the outer corner of the last voxel"),
        pytest.param((36.75, 5.5, 21.0), 839, id="the faces at the end"),
        pytest.param((30.0, -4.5 - 1e-6, 12.0), 140, id="a face, rounded"),
        pytest.param((36.76, 5.0, 20.0), 0, id="outside"),
    ],
)
def test_the_id_at_a_position_is_the_nearest_one_s(
    tmp_path: Path, position: tuple[float, float, float], expected: int
) -> None:
    assert image_with(tmp_path, IDS).labels("cells").at(position) == expected


@pytest.mark.parametrize(
    ("position", "expected"),
    [
        pytest.param((30.0, -4.0, 10.0), 0, id="a voxel's centre"),
        pytest.param((30.25, -3.5, 11.0), 0.5 + 7 + 70, id="the middle of eight"),
        pytest.param((29.8, -4.4, 9.1), 0, id="the half voxel of the border"),
        pytest.param((36.7, 5.0, 20.5), 839, id="the border at the end"),
        pytest.param((29.7, -4.0, 10.0), None, id="outside"),
        pytest.param((29.8, -4.4, 9.0 - 1e-6), 0, id="a face, rounded"),
        pytest.param((36.75, 5.0, 20.5), 839, id="the face at the end"),
        pytest.param((33.0, 0.0, 14.1), None, id="beside a hole"),
        pytest.param((33.0, 0.0, 12.0 + 1e-6), 140 + 56 + 6, id="at a centre beside a hole"),
    ],
)
def test_the_value_at_a_position_is_trilinear(
    tmp_path: Path, position: tuple[float, float, float], expected: float | None
) -> None:
    voxels = gradient(SHAPE, "float32")
    voxels[2, 4, 6] = np.nan
    path = write_ome_zarr(tmp_path / "image.zarr", voxels, spacing=SPACING, origin=ORIGIN)
    found = open_volume(str(path)).at(position)
    assert found == (None if expected is None else pytest.approx(expected))


@pytest.mark.parametrize(
    "described",
    [
        {},
        {"colors": []},
        {"colors": None, "properties": 7},
        {"colors": [{"rgba": [1, 2, 3, 4]}, {"label-value": 1}, {"label-value": 2, "rgba": [1, 2]}, 5]},
        {"colors": [{"label-value": "a", "rgba": [1, 2, 3]}, {"label-value": 1.5, "rgba": [0, 0, 300]}]},
        {"colors": [{"label-value": float("nan"), "rgba": [1, 2, 3]}, {"label-value": -1, "rgba": [1, 2, 3]}]},
    ],
    ids=str,
)
def test_colours_that_make_no_sense_are_left_out(described: dict[str, Any]) -> None:
    assert read_label_metadata({"image-label": described}).colors == {}
    assert read_label_metadata({"ome": {"image-label": described}}).properties == {}


def test_three_numbers_are_an_opaque_colour() -> None:
    described = {"colors": [{"label-value": 7, "rgba": [255, 51, 0]}]}
    assert read_label_metadata({"image-label": described}).colors == {7: (1, 0.2, 0, 1)}


def test_an_id_has_the_file_s_colour_or_else_always_the_same_one() -> None:
    ids = np.array([0, 1, 7, 2**63 + 5, 2**64 - 1], np.uint64)
    colors = label_colors(ids, {7: (0.1, 0.2, 0.3, 0.4), 9: (1, 1, 1, 1)})
    assert colors[2] == pytest.approx([0.1, 0.2, 0.3, 0.4])
    assert not colors[0].any()
    # Worked out by hand: 1 / golden ratio of a turn is hue 0.618, a blue.
    red, green, blue, alpha = colors[1]
    assert (alpha, blue) == (1, 1)
    assert red < green < blue
    assert np.array_equal(label_colors(ids[::-1], {})[1], label_colors(ids, {})[3])


def test_colours_of_many_ids_are_light_saturated_and_far_apart() -> None:
    colors = label_colors(np.arange(1, 5000, dtype=np.uint64), {})[:, :3]
    assert (colors @ LUMINANCE).min() > DARKEST - 1e-6
    assert (colors.max(axis=1) - colors.min(axis=1)).min() > 0.4
    few = colors[:12]
    apart = np.abs(few[:, None] - few[None]).sum(axis=2) + np.eye(12) * 9
    assert apart.min() > 0.1


def test_real_labels_lie_on_their_image(shared_data: Path) -> None:
    volume = open_volume(str(shared_data / "ct_aorta.v05.ome.zarr"))
    organs = volume.labels("organs")
    assert set(organs.metadata.colors) <= {int(i) for i in np.unique(whole(organs.ids))}
    assert np.array_equal(whole(organs.aligned, 1), whole(organs.ids, 1))


def test_ids_of_real_neurons_keep_all_their_digits(shared_data: Path) -> None:
    neurons = open_volume(str(shared_data / "fib25.v05.ome.zarr")).labels("neurons")
    ids = np.unique(whole(neurons.ids, 2))
    assert {114488, 2150} <= set(neurons.metadata.colors)
    assert len(ids) > 10
