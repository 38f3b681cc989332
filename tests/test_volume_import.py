"""Importing: what is written reads back with every voxel in its place, and appears only when it is whole."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zarr

from render.errors import BadRequest, DataError, NotFound
from render.volume.itk_files import load_itk
from render.volume.ngff_writer import import_volume
from render.volume.sources import open_volume
from tests.test_volume_itk import DIRECTIONS, make_image, voxel_at, write_dicom_series
from tests.volumes import gradient, write_ome_zarr

VOXELS = gradient((3, 5, 7), "int16") - 40


@pytest.fixture(scope="module")
def itk() -> Any:
    return load_itk()


@pytest.mark.parametrize("ngff", ["0.4", "0.5"])
@pytest.mark.parametrize("ending", ["nrrd", "nii.gz", "mha"])
def test_a_flipped_file_is_imported_with_every_voxel_in_its_place(
    tmp_path: Path, itk: Any, ending: str, ngff: str
) -> None:
    image = make_image(itk, VOXELS, DIRECTIONS["all axes swapped, one flipped"])
    itk.imwrite(image, str(tmp_path / f"head.{ending}"))
    import_volume(str(tmp_path / f"head.{ending}"), tmp_path / "head.ome.zarr", ngff)
    volume = open_volume(str(tmp_path / "head.ome.zarr"))
    assert (volume.info.unit, volume.info.dtype) == ("millimeter", "int16")
    assert volume.info.anatomical == (ending != "mha")
    for k, j, i in [(0, 0, 0), (2, 4, 6), (1, 3, 2), (0, 4, 0)]:
        assert voxel_at(volume, image.TransformIndexToPhysicalPoint([i, j, k])) == VOXELS[k, j, i]


def test_a_tiff_and_a_dicom_series_are_imported(tmp_path: Path, itk: Any) -> None:
    itk.imwrite(make_image(itk, VOXELS), str(tmp_path / "pages.tif"))
    write_dicom_series(itk, tmp_path / "CT", VOXELS, "1.2.3.4")
    for source in ("pages.tif", "CT"):
        import_volume(str(tmp_path / source), tmp_path / f"{source}.zarr")
        volume = open_volume(str(tmp_path / f"{source}.zarr"))
        assert np.array_equal(volume.read(0, (0, 0, 0), (3, 5, 7)), VOXELS)
        assert volume.info.levels == open_volume(str(tmp_path / source)).info.levels


def test_an_oblique_direction_is_kept(tmp_path: Path, itk: Any) -> None:
    turn = np.radians(20)
    oblique = [[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, 1]]
    itk.imwrite(make_image(itk, VOXELS, oblique), str(tmp_path / "head.nrrd"))
    import_volume(str(tmp_path / "head.nrrd"), tmp_path / "head.zarr")
    kept = zarr.open_group(str(tmp_path / "head.zarr"), mode="r").attrs["voxelcast"]
    assert np.array(kept["direction"]) == pytest.approx(np.array(oblique))
    info = open_volume(str(tmp_path / "head.zarr")).info
    assert np.array(info.direction) == pytest.approx(np.array(oblique))


@pytest.mark.parametrize("ngff", ["0.4", "0.5"])
def test_time_channels_colours_and_windows_are_kept(tmp_path: Path, ngff: str) -> None:
    voxels = gradient((2, 3, 4, 5, 7))
    channels = [
        {"label": "GFP", "color": "00FF00", "window": {"start": 3, "end": 90}, "active": False},
        {"label": "RFP", "color": "FF0000", "inverted": True},
        {"label": "far"},
    ]
    source = write_ome_zarr(
        tmp_path / "in.zarr",
        voxels,
        "tczyx",
        spacing=(3, 1, 0.5),
        origin=(10, 20, 30),
        omero={"channels": channels},
        ngff="0.4",
    )
    import_volume(str(source), tmp_path / "out.zarr", ngff)
    volume = open_volume(str(tmp_path / "out.zarr"))
    assert [axis.name for axis in volume.info.axes] == ["t", "c", "z", "y", "x"]
    assert (volume.info.times, volume.info.unit) == (2, "micrometer")
    assert volume.info.levels[0].spacing == (3, 1, 0.5)
    assert volume.info.levels[0].origin == (10, 20, 30)
    gfp, rfp, far = volume.info.channels
    assert (gfp.label, gfp.color, gfp.window, gfp.active, gfp.inverted) == ("GFP", "#00ff00", (3, 90), False, False)
    assert (rfp.label, rfp.color, rfp.inverted) == ("RFP", "#ff0000", True)
    # The auto window lies within the channel's own voxels: 140 to 279 of the first time.
    assert rfp.window is not None
    assert 140 <= rfp.window[0] < rfp.window[1] <= 279
    assert far.color == "#00ffff"
    for time in range(2):
        for channel in range(3):
            found = volume.read(0, (0, 0, 0), (4, 5, 7), channel, time)
            assert np.array_equal(found, voxels[time, channel])


@pytest.mark.parametrize(("ngff", "zarr_format"), [("0.4", 2), ("0.5", 3)])
def test_levels_are_means_over_blocks_in_chunks_and_shards(tmp_path: Path, ngff: str, zarr_format: int) -> None:
    # Larger than a block (256) and than the parts in which a block is shrunk, and odd, along x.
    voxels = np.random.default_rng(2).integers(0, 4096, (5, 130, 531)).astype("uint16")
    source = write_ome_zarr(tmp_path / "in.zarr", voxels, spacing=(4, 1, 1))
    calls: list[tuple[int, int]] = []
    import_volume(str(source), tmp_path / "out.zarr", ngff, lambda done, total: calls.append((done, total)))

    group = zarr.open_group(str(tmp_path / "out.zarr"), mode="r")
    arrays = [group[str(level)] for level in range(4)]
    assert [array.shape for array in arrays] == [(5, 130, 531), (5, 65, 266), (5, 33, 133), (3, 17, 67)]
    assert arrays[0].metadata.zarr_format == zarr_format
    assert arrays[0].chunks == (5, 64, 64)
    assert arrays[0].shards == ((5, 192, 256) if zarr_format == 3 else None)
    whole = np.pad(voxels, ((0, 0), (0, 0), (0, 1)), mode="edge").astype(float)
    means = whole.reshape(5, 65, 2, 266, 2).mean(axis=(2, 4))
    assert np.array_equal(arrays[1][...], np.rint(means))
    assert open_volume(str(tmp_path / "out.zarr")).info.levels[3].origin == (2, 3.5, 3.5)
    # Along x 531 voxels are three blocks, 266 are two, and 133, 67 and 34 are one each.
    assert calls[0] == (1, 8)
    assert calls[-1] == (8, 8)


def test_a_target_that_exists_is_not_touched(tmp_path: Path) -> None:
    source = write_ome_zarr(tmp_path / "in.zarr", VOXELS)
    (tmp_path / "out.zarr").mkdir()
    (tmp_path / "out.zarr" / "mine.txt").write_text("keep")
    with pytest.raises(BadRequest, match="it exists already"):
        import_volume(str(source), tmp_path / "out.zarr")
    assert [file.name for file in (tmp_path / "out.zarr").iterdir()] == ["mine.txt"]


def test_a_source_that_breaks_in_the_middle_leaves_nothing_behind(tmp_path: Path) -> None:
    source = write_ome_zarr(tmp_path / "in.zarr", gradient((3, 300, 7)), chunks=(3, 64, 7))
    chunk = source / "0" / "c" / "0" / "4" / "0"
    chunk.write_bytes(chunk.read_bytes()[:10])
    with pytest.raises(DataError, match="in: level '0'"):
        import_volume(str(source), tmp_path / "out.zarr")
    assert [entry.name for entry in tmp_path.iterdir()] == ["in.zarr"]


def test_what_cannot_be_done_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    source = str(write_ome_zarr(tmp_path / "in.zarr", VOXELS))
    with pytest.raises(BadRequest, match=r"NGFF '0.3' cannot be written: 0.4 or 0.5"):
        import_volume(source, tmp_path / "out.zarr", "0.3")
    with pytest.raises(NotFound, match="no folder to put it in"):
        import_volume(source, tmp_path / "nowhere" / "out.zarr")
    with pytest.raises(NotFound, match="there is nothing there"):
        import_volume(str(tmp_path / "gone.nrrd"), tmp_path / "out.zarr")


def test_axes_along_a_body_say_so_as_rfc_4_has_it(tmp_path: Path, itk: Any) -> None:
    itk.imwrite(make_image(itk, VOXELS), str(tmp_path / "head.nii"))
    import_volume(str(tmp_path / "head.nii"), tmp_path / "head.zarr")
    metadata = json.loads((tmp_path / "head.zarr" / "zarr.json").read_text())
    axes = metadata["attributes"]["ome"]["multiscales"][0]["axes"]
    assert [axis["orientation"]["value"] for axis in axes] == [
        "inferior-to-superior",
        "anterior-to-posterior",
        "right-to-left",
    ]
