"""Files of medical and general image formats, written by ITK and read as volumes: every voxel where ITK says it is."""

import subprocess
import sys
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from render.errors import DataError, NotFound
from render.volume.info import STRAIGHT
from render.volume.itk_files import load_itk
from render.volume.itk_reader import open_itk_finest
from render.volume.sources import find_volumes, open_volume
from render.volume.volume import Volume
from tests.volumes import gradient

VOXELS = gradient((3, 5, 7), "int16") - 40
SPACING, ORIGIN = (0.5, 1.0, 2.5), (10.0, 20.0, -30.0)
DIRECTIONS = {
    "straight": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    "x and y flipped": [[-1, 0, 0], [0, -1, 0], [0, 0, 1]],
    "coronal": [[1, 0, 0], [0, 0, 1], [0, -1, 0]],
    "all axes swapped, one flipped": [[0, 0, -1], [1, 0, 0], [0, 1, 0]],
}


@pytest.fixture(scope="module")
def itk() -> Any:
    return load_itk()


def make_image(itk: Any, voxels: np.ndarray, direction: Any = DIRECTIONS["straight"], **options: Any) -> Any:
    image = itk.image_from_array(np.ascontiguousarray(voxels), **options)
    dimensions = image.GetImageDimension()
    image.SetSpacing([*SPACING, 0.25][:dimensions])
    image.SetOrigin([*ORIGIN, 0.0][:dimensions])
    matrix = np.eye(dimensions)
    known = min(3, dimensions)
    matrix[:known, :known] = np.array(direction, float)[:known, :known]
    image.SetDirection(itk.matrix_from_array(matrix))
    return image


def voxel_at(volume: Volume, position: Any, **where: int) -> Any:
    """The voxel of the finest level at a world position (x, y, z); it must be a voxel's centre."""
    level = volume.info.levels[0]
    index = (np.array(position)[::-1] - level.origin) / level.spacing
    nearest = index.round().astype(int)
    assert index == pytest.approx(nearest, abs=1e-3)
    z, y, x = (int(n) for n in nearest)
    return volume.read(0, (z, y, x), (z + 1, y + 1, x + 1), **where)[0, 0, 0]


@pytest.mark.parametrize("direction", DIRECTIONS.values(), ids=DIRECTIONS)
@pytest.mark.parametrize("ending", ["nrrd", "nii", "nii.gz", "mha", "mhd"])
def test_every_voxel_is_where_itk_says(tmp_path: Path, itk: Any, ending: str, direction: Any) -> None:
    image = make_image(itk, VOXELS, direction)
    itk.imwrite(image, str(tmp_path / f"head.{ending}"))
    volume = open_volume(str(tmp_path / f"head.{ending}"))
    assert (volume.info.name, volume.info.dtype, volume.info.unit) == ("head", "int16", "millimeter")
    assert volume.info.direction == STRAIGHT
    for k, j, i in product(range(3), range(5), range(7)):
        assert voxel_at(volume, image.TransformIndexToPhysicalPoint([i, j, k])) == VOXELS[k, j, i]


@pytest.mark.parametrize(
    ("dtype", "read", "lossy"),
    [
        ("uint8", "uint8", False),
        ("int8", "int16", False),
        ("uint16", "uint16", False),
        ("int32", "int32", True),
        ("uint32", "uint32", True),
        ("float32", "float32", False),
        ("float64", "float64", True),
    ],
)
def test_voxels_keep_their_type(tmp_path: Path, itk: Any, dtype: str, read: str, lossy: bool) -> None:
    voxels = gradient((3, 5, 7), dtype)
    header = f"NRRD0004\ntype: {dtype.replace('float32', 'float').replace('float64', 'double')}\ndimension: 3\n"
    header += "sizes: 7 5 3\nspacings: 1 2 3\nendian: little\nencoding: raw\n\n"
    (tmp_path / "typed.nrrd").write_bytes(header.encode() + voxels.tobytes())
    volume = open_volume(str(tmp_path / "typed.nrrd"))
    assert volume.info.dtype == read
    assert volume.info.levels[0].spacing == (3, 2, 1)
    assert np.array_equal(volume.read(0, (0, 0, 0), (3, 5, 7)), voxels)
    assert any("float32" in note for note in volume.info.notes) == lossy


def test_components_are_channels(tmp_path: Path, itk: Any) -> None:
    voxels = gradient((3, 5, 7, 2), "float32")
    itk.imwrite(make_image(itk, voxels, is_vector=True), str(tmp_path / "vector.nrrd"))
    volume = open_volume(str(tmp_path / "vector.nrrd"))
    assert [axis.name for axis in volume.info.axes] == ["c", "z", "y", "x"]
    for channel in range(2):
        assert np.array_equal(volume.read(0, (0, 0, 0), (3, 5, 7), channel), voxels[..., channel])


def test_red_green_and_blue_are_channels_of_their_colours(tmp_path: Path, itk: Any) -> None:
    voxels = gradient((3, 5, 7, 3), "uint8")
    itk.imwrite(make_image(itk, voxels, is_vector=True), str(tmp_path / "rgb.mha"))
    image = itk.image_from_array(voxels[0], ttype=itk.Image[itk.RGBPixel[itk.UC], 2])
    itk.imwrite(image, str(tmp_path / "rgb.tif"))
    volume = open_volume(str(tmp_path / "rgb.tif"))
    found = [(c.label, c.color, c.window) for c in volume.info.channels]
    assert found == [("red", "#ff0000", (0, 255)), ("green", "#00ff00", (0, 255)), ("blue", "#0000ff", (0, 255))]
    assert np.array_equal(volume.read(0, (0, 0, 0), (1, 5, 7), 1)[0], voxels[0, :, :, 1])


def test_the_fourth_dimension_is_time(tmp_path: Path, itk: Any) -> None:
    voxels = gradient((2, 3, 5, 7), "float32")
    itk.imwrite(make_image(itk, voxels, DIRECTIONS["coronal"]), str(tmp_path / "bold.nii.gz"))
    volume = open_volume(str(tmp_path / "bold.nii.gz"))
    assert (volume.info.times, volume.info.time_step, volume.info.time_unit) == (2, 0.25, "second")
    image = make_image(itk, voxels[1], DIRECTIONS["coronal"])
    for k, j, i in [(0, 0, 0), (2, 4, 6), (1, 3, 2)]:
        assert voxel_at(volume, image.TransformIndexToPhysicalPoint([i, j, k]), time=1) == voxels[1, k, j, i]


def test_an_oblique_volume_keeps_its_voxels_and_its_rotation(tmp_path: Path, itk: Any) -> None:
    turn = np.radians(20)
    oblique = [[-np.cos(turn), -np.sin(turn), 0], [-np.sin(turn), np.cos(turn), 0], [0, 0, 1]]
    image = make_image(itk, VOXELS, oblique)
    itk.imwrite(image, str(tmp_path / "oblique.nrrd"))
    volume = open_volume(str(tmp_path / "oblique.nrrd"))
    info = volume.info
    # x is flipped, so the first voxel drawn is the last of its row: origin + rotation @ 0 is where ITK has that.
    assert info.levels[0].origin[::-1] == pytest.approx(tuple(image.TransformIndexToPhysicalPoint([6, 0, 0])))
    rotated = np.array(info.direction) @ (np.array([3, 2, 1]) * SPACING) + info.levels[0].origin[::-1]
    assert rotated == pytest.approx(np.array(image.TransformIndexToPhysicalPoint([3, 2, 1])))
    for k, j, i in product(range(3), range(5), range(7)):
        x, y, z = image.TransformIndexToPhysicalPoint([i, j, k])
        assert volume.at((x, y, z)) == pytest.approx(VOXELS[k, j, i])


def test_a_tiff_has_pages_as_far_apart_as_its_pixels(tmp_path: Path, itk: Any) -> None:
    itk.imwrite(make_image(itk, VOXELS), str(tmp_path / "pages.tif"))
    volume = open_volume(str(tmp_path / "pages.tif"))
    assert volume.info.levels[0].spacing == pytest.approx((0.5, 1.0, 0.5))
    assert np.array_equal(volume.read(0, (0, 0, 0), (3, 5, 7)), VOXELS)
    assert any("pages" in note for note in volume.info.notes)


def write_dicom_series(itk: Any, folder: Path, voxels: np.ndarray, uid: str) -> Any:
    """One file for each plane; file names in the reverse of the order in space."""
    folder.mkdir(exist_ok=True)
    image = make_image(itk, voxels)
    for index, plane in enumerate(voxels):
        slice_image = make_image(itk, plane[None])
        slice_image.SetOrigin([*ORIGIN[:2], ORIGIN[2] + index * SPACING[2]])
        dictionary = slice_image.GetMetaDataDictionary()
        dictionary.Set("0020|000e", itk.MetaDataObject[str].New(MetaDataObjectValue=uid))
        dictionary.Set("0008|0060", itk.MetaDataObject[str].New(MetaDataObjectValue="CT"))
        header = itk.GDCMImageIO.New()
        header.KeepOriginalUIDOn()
        writer = itk.ImageFileWriter[type(slice_image)].New(slice_image)
        writer.SetImageIO(header)
        writer.SetFileName(str(folder / f"{uid}.{len(voxels) - index}.dcm"))
        writer.Update()
    return image


def test_a_folder_of_dicom_files_is_one_volume(tmp_path: Path, itk: Any) -> None:
    image = write_dicom_series(itk, tmp_path / "CT", VOXELS, "1.2.3.4")
    volume = open_volume(str(tmp_path / "CT"))
    assert (volume.info.name, volume.info.anatomical, volume.info.dtype) == ("CT", True, "int16")
    for k, j, i in product(range(3), range(5), range(7)):
        assert voxel_at(volume, image.TransformIndexToPhysicalPoint([i, j, k])) == VOXELS[k, j, i]
    assert find_volumes(str(tmp_path)) == {"CT": str(tmp_path / "CT")}


def test_of_several_dicom_series_the_longest_is_shown_and_it_is_said(tmp_path: Path, itk: Any) -> None:
    write_dicom_series(itk, tmp_path, VOXELS[:2], "1.2.3.4")
    write_dicom_series(itk, tmp_path, VOXELS + 1, "1.2.3.5")
    volume = open_volume(str(tmp_path), "body")
    assert np.array_equal(volume.read(0, (0, 0, 0), (3, 5, 7)), VOXELS + 1)
    assert any("2 series" in note for note in volume.info.notes)


def test_a_dicom_series_in_colour_has_three_channels(tmp_path: Path, itk: Any) -> None:
    voxels = gradient((3, 5, 7, 3), "uint8")
    for index, plane in enumerate(voxels):
        image = itk.image_from_array(plane[None], ttype=itk.Image[itk.RGBPixel[itk.UC], 3])
        image.SetOrigin([0, 0, float(index)])
        header = itk.GDCMImageIO.New()
        dictionary = image.GetMetaDataDictionary()
        dictionary.Set("0020|000e", itk.MetaDataObject[str].New(MetaDataObjectValue="1.2.3.4"))
        header.KeepOriginalUIDOn()
        writer = itk.ImageFileWriter[type(image)].New(image)
        writer.SetImageIO(header)
        writer.SetFileName(str(tmp_path / f"{index}.dcm"))
        writer.Update()
    volume = open_volume(str(tmp_path))
    assert [channel.label for channel in volume.info.channels] == ["red", "green", "blue"]
    assert np.array_equal(volume.read(0, (0, 0, 0), (3, 5, 7), 2), voxels[..., 2])


def test_pages_of_an_ome_tiff_are_said_to_be_one_stack(tmp_path: Path, itk: Any) -> None:
    itk.imwrite(make_image(itk, VOXELS), str(tmp_path / "cells.ome.tif"))
    info = open_volume(str(tmp_path / "cells.ome.tif")).info
    assert info.name == "cells"
    assert any("one stack in z" in note for note in info.notes)


def test_coarser_levels_are_means_and_stay_in_place(tmp_path: Path, itk: Any) -> None:
    voxels = np.random.default_rng(1).integers(0, 1000, (20, 70, 131)).astype("uint16")
    itk.imwrite(make_image(itk, voxels), str(tmp_path / "large.nrrd"))
    levels = open_volume(str(tmp_path / "large.nrrd")).info.levels
    # Spacing 2.5, 1, 0.5: first x alone, then y and x, until all sides are 64 or less.
    assert [level.shape for level in levels] == [(20, 70, 131), (20, 70, 66), (20, 35, 33)]
    assert levels[2].spacing == (2.5, 2, 2)
    assert levels[2].origin == (-30, 20.5, 10.75)
    coarse = open_volume(str(tmp_path / "large.nrrd")).read(2, (7, 3, 5), (8, 4, 6))
    # Of the six voxels that it covers along x the last pair is whole: x 20 to 24.
    pairs = voxels[7, 6:8, 20:24].reshape(2, 2, 2).mean(axis=2).round()
    assert coarse[0, 0, 0] == pairs.mean().round()


def test_a_file_read_by_regions_is_the_same_as_one_read_whole(tmp_path: Path, itk: Any) -> None:
    voxels = gradient((5, 300, 290), "uint16")
    itk.imwrite(make_image(itk, voxels, DIRECTIONS["x and y flipped"]), str(tmp_path / "large.mha"), compression=False)
    whole = open_volume(str(tmp_path / "large.mha"))
    regions = open_itk_finest(tmp_path / "large.mha", "large", "large")
    assert len(regions.info.levels) == 1
    box = ((1, 250, 3), (4, 300, 280))
    assert np.array_equal(regions.read(0, *box), whole.read(0, *box))
    assert np.array_equal(regions.read(0, *box), voxels[:, ::-1, ::-1][1:4, 250:300, 3:280])


@pytest.mark.parametrize("ending", ["nrrd", "nii", "nii.gz", "mha", "tif"])
def test_a_file_cut_short_is_an_error_of_one_line(tmp_path: Path, itk: Any, ending: str) -> None:
    path = tmp_path / f"cut.{ending}"
    itk.imwrite(make_image(itk, VOXELS), str(path), compression=False)
    path.write_bytes(path.read_bytes()[:-150])
    with pytest.raises(DataError, match=r"^head: ") as caught:
        open_volume(str(path), "head").read(0, (0, 0, 0), (3, 5, 7))
    assert "\n" not in str(caught.value)
    assert str(tmp_path) not in str(caught.value)


@pytest.mark.parametrize("name", ["notes.txt", "wrong.nrrd", "wrong.nii", "wrong.dcm", "wrong.tif"])
def test_a_file_of_no_known_format_is_an_error_of_one_line(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"this is no image at all\n" * 40)
    with pytest.raises(DataError, match=r"^head: it cannot be read: ") as caught:
        open_volume(str(tmp_path / name), "head")
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="there is nothing there"):
        open_volume(str(tmp_path / "gone.nrrd"))


def test_python_ends_well_though_the_last_warning_was_an_error() -> None:
    """SWIG, under ITK, ended it with a segmentation fault."""
    program = """
import warnings
from render.volume.itk_files import load_itk
load_itk()
warnings.simplefilter("error")
try:
    warnings.warn("the last")
except UserWarning:
    pass
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
