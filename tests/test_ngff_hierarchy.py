"""Whole stores against the rules, and the command that says so."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zarr

from render.errors import NotFound
from render.volume.ngff_rules import Finding, check_hierarchy
from render.volume.sources import find_volumes, open_store
from tests.ngff import CASES, Case
from tests.ngff.images import image_cases
from tests.volumes import gradient, write_labels, write_ome_zarr
from voxelcast.cli import main

VOXELS = gradient((4, 6, 10))
DATA = Path(__file__).parents[2] / "shared" / "data"


def wrong(path: Path) -> list[Finding]:
    with open_store(str(path)) as store:
        return [finding for finding in check_hierarchy(store) if finding.weight == "must"]


@pytest.fixture(params=["0.4", "0.5"])
def image(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """An image of two levels with a label image, as the rules want it."""
    names = {"dimension_names": ["z", "y", "x"]} if request.param == "0.5" else {}
    path = write_ome_zarr(tmp_path / "image.zarr", VOXELS, ngff=request.param, levels=2, **names)
    described = {"colors": [{"label-value": 1, "rgba": [255, 0, 0, 255]}]}
    write_labels(path, "cells", VOXELS, ngff=request.param, levels=2, described=described, **names)
    return path


def attributes(path: Path) -> tuple[Path, dict[str, Any], dict[str, Any]]:
    """The file, all that is in it, and its NGFF metadata."""
    if (path / "zarr.json").exists():
        whole = json.loads((path / "zarr.json").read_text())
        return path / "zarr.json", whole, whole["attributes"]["ome"]
    whole = json.loads((path / ".zattrs").read_text())
    return path / ".zattrs", whole, whole


def edit(path: Path, value: object, *keys: str | int) -> None:
    file, whole, holder = attributes(path)
    inner: Any = holder
    for key in keys[:-1]:
        inner = inner[key]
    inner[keys[-1]] = value
    file.write_text(json.dumps(whole))


def test_an_image_with_labels_is_right(image: Path) -> None:
    assert wrong(image) == []


def test_what_is_wrong_below_an_image_is_found_there(image: Path) -> None:
    edit(image / "labels" / "cells", [], "image-label", "colors")
    (found,) = wrong(image)
    assert (found.node, found.found) == ("labels/cells", "it has 0 items and must have 1 at least")


def test_levels_that_are_in_part_not_there_are_errors(image: Path) -> None:
    edit(image, "9", "multiscales", 0, "datasets", 1, "path")
    assert [finding.found for finding in wrong(image)] == ["there is no array '9'"]


def test_an_image_without_any_array_is_an_error(image: Path) -> None:
    shutil.rmtree(image / "0")
    shutil.rmtree(image / "1")
    assert [finding.found for finding in wrong(image)] == ["there is no array '0'", "there is no array '1'"]


def test_levels_from_coarse_to_fine_are_errors(image: Path) -> None:
    edit(image, "1", "multiscales", 0, "datasets", 0, "path")
    edit(image, "0", "multiscales", 0, "datasets", 1, "path")
    assert [finding.found for finding in wrong(image)] == ["they have [30, 240] voxels"]


def test_arrays_of_other_dimensions_than_the_axes_are_errors(image: Path) -> None:
    _, _, holder = attributes(image)
    edit(image, holder["multiscales"][0]["axes"][1:], "multiscales", 0, "axes")
    assert "the array has 3 dimensions, there are 2 axes" in [finding.found for finding in wrong(image)]


def test_scales_of_other_dimensions_than_the_array_are_errors(image: Path) -> None:
    edit(image, [1, 1], "multiscales", 0, "datasets", 0, "coordinateTransformations", 0, "scale")
    assert [finding.found for finding in wrong(image)] == ["it has 2 numbers, the array has 3 dimensions"]


def test_labels_of_other_levels_than_the_image_are_errors(image: Path) -> None:
    _, _, holder = attributes(image)
    edit(image / "labels" / "cells", holder["multiscales"][0]["datasets"][:1], "multiscales", 0, "datasets")
    assert [finding.found for finding in wrong(image)] == ["it has 1 levels, the image 2"]


def test_labels_that_are_no_integers_are_errors(tmp_path: Path) -> None:
    path = write_ome_zarr(tmp_path / "image.zarr", VOXELS, ngff="0.4")
    write_labels(path, "cells", VOXELS.astype(np.float32), ngff="0.4", described={"colors": [{"label-value": 1}]})
    assert [(finding.node, finding.found) for finding in wrong(path)] == [("labels/cells", "the array is of float32")]


@pytest.mark.parametrize(
    ("names", "said"),
    [(["x", "y", "z"], "they are x, y, z, the axes z, y, x"), (None, "the array has no dimension_names")],
    ids=["in another order", "none"],
)
def test_dimension_names_that_are_not_the_axes_are_errors(tmp_path: Path, names: list[str] | None, said: str) -> None:
    path = write_ome_zarr(tmp_path / "image.zarr", VOXELS, dimension_names=names)
    assert [finding.found for finding in wrong(path)] == [said]


def test_a_plate_is_walked_down_to_its_images(tmp_path: Path) -> None:
    path = tmp_path / "plate.zarr"
    plate = {"columns": [{"name": "1"}], "rows": [{"name": "A"}]}
    wells = [{"path": "A/1", "rowIndex": 0, "columnIndex": 0}]
    zarr.create_group(str(path)).attrs["ome"] = {"version": "0.5", "plate": plate | {"wells": wells}}
    zarr.create_group(str(path / "A" / "1")).attrs["ome"] = {"version": "0.6rc0", "well": {"images": [{"path": "0"}]}}
    write_ome_zarr(path / "A" / "1" / "0", VOXELS, dimension_names=["z", "y", "x"])
    edit(path / "A" / "1" / "0", "space", "multiscales", 0, "axes")
    assert [(finding.node, finding.place) for finding in wrong(path)] == [
        ("A/1", "$"),
        ("A/1/0", "$.ome.multiscales[0].axes"),
    ]


def test_a_scene_holds_the_images_that_it_places_and_they_are_checked(tmp_path: Path) -> None:
    path = tmp_path / "scene.zarr"
    steps = [
        {"type": "identity", "input": {"path": tile, "name": "physical"}, "output": {"name": "world"}}
        for tile in ("left", "right")
    ]
    axes = [{"name": name, "type": "space", "unit": "micrometer"} for name in "zyx"]
    scene = {"coordinateSystems": [{"name": "world", "axes": axes}], "coordinateTransformations": steps}
    zarr.create_group(str(path)).attrs["ome"] = {"version": "0.6rc0", "scene": scene}
    for tile in ("left", "right"):
        write_ome_zarr(path / tile, VOXELS, dimension_names=["z", "y", "x"])
    assert list(find_volumes(str(path))) == ["scene/left", "scene/right"]
    found = "it is of version 0.5, and the groups above are of 0.6rc0"
    assert [(finding.node, finding.found) for finding in wrong(path)] == [("left", found), ("right", found)]


@pytest.mark.parametrize("series", [["b", "a"], None], ids=["listed", "numbered"])
def test_a_bioformats2raw_container_is_walked(tmp_path: Path, series: list[str] | None) -> None:
    path = tmp_path / "raw.zarr"
    zarr.create_group(str(path), zarr_format=2).attrs["bioformats2raw.layout"] = 3
    ome = zarr.create_group(str(path / "OME"), zarr_format=2)
    if series is not None:
        ome.attrs["series"] = series
    for name in series or ["0", "1"]:
        edit(write_ome_zarr(path / name, VOXELS, ngff="0.4"), "space", "multiscales", 0, "axes")
    assert [finding.node for finding in wrong(path)] == (series or ["0", "1"])


ZARR = [case for case in CASES if case.name.startswith("0.6rc0/") and "ome" in case.document and not case.strict]


@pytest.mark.parametrize("case", ZARR, ids=lambda case: case.name)
def test_metadata_without_arrays_are_judged_as_the_project_judges_them(case: Case, tmp_path: Path) -> None:
    whole = {"zarr_format": 3, "node_type": "group", "attributes": case.document}
    (tmp_path / "zarr.json").write_text(json.dumps(whole))
    expected = bool(case.wrong) and not case.name.endswith("invalid_multiscale_transform_input_output")
    assert bool(wrong(tmp_path)) == expected


def drafted(value: Any) -> Any:
    """The same document with text for `input` and `output`, as the project's own stores of 0.6rc0 have it."""
    if isinstance(value, list):
        return [drafted(item) for item in value]
    if not isinstance(value, dict):
        return value
    ends = {key: next(iter(value[key].values())) for key in ("input", "output") if isinstance(value.get(key), dict)}
    return {key: drafted(inner) for key, inner in value.items()} | ends


@pytest.mark.parametrize("case", image_cases("0.6rc0"), ids=lambda case: case.name)
def test_stores_may_name_the_ends_of_transformations_as_drafts_did(case: Case, tmp_path: Path) -> None:
    whole = {"zarr_format": 3, "node_type": "group", "attributes": drafted(case.document)}
    (tmp_path / "zarr.json").write_text(json.dumps(whole))
    assert bool(wrong(tmp_path)) == bool(case.wrong)


@pytest.mark.parametrize(
    "text",
    [
        '{"zarr_format": 3, "node_type": "group", "attributes": {"ome": {"plate": {"field_count": 0,}}}}',
        "{",
        "[]",
        "3",
        "",
    ],
    ids=["a comma too many", "an open brace", "a list", "a number", "nothing"],
)
def test_broken_json_is_not_valid_and_no_crash(tmp_path: Path, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "zarr.json").write_text(text)
    assert main(["check", str(tmp_path), "--json"]) == 1
    said = json.loads(capsys.readouterr().out)
    assert (said["valid"], len(said["errors"])) == (False, 1)


def test_the_command_says_what_and_where(image: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(image)]) == 0
    assert re.search(r"image.zarr: valid, 0 errors, \d+ warnings$", capsys.readouterr().out.strip())
    edit(image, "space", "multiscales", 0, "axes")
    assert main(["check", str(image)]) == 1
    error = capsys.readouterr().out.splitlines()[0]
    assert re.match(r"error: \$(\.ome)?\.multiscales\[0\]\.axes: it is 'space' and must be a list", error)


def test_the_command_says_it_in_json(image: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edit(image, 3, "multiscales", 0, "datasets", 0, "path")
    assert main(["check", "--json", str(image)]) == 1
    said = json.loads(capsys.readouterr().out)
    assert said["valid"] is False
    (error,) = said["errors"]
    assert error["path"].endswith("multiscales[0].datasets[0].path")
    assert {"node", "found", "rule", "weight"} <= set(error)


def test_strict_counts_recommendations(image: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--strict", str(image)]) == 1
    assert "there is no 'metadata'" in capsys.readouterr().out


def test_a_file_of_attributes_is_checked_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "attributes.json"
    file.write_text(json.dumps({"well": {"images": [{"path": "0"}], "version": "0.4"}}))
    assert main(["check", str(file)]) == 0
    file.write_text('{"well": {"images": [],}}')
    assert main(["check", str(file)]) == 1
    assert "it is no JSON" in capsys.readouterr().out


def test_what_is_no_zarr_is_asked_for_wrongly(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "scan.nrrd").write_bytes(b"NRRD0004")
    assert main(["check", str(tmp_path / "scan.nrrd")]) == 2
    assert main(["check", str(tmp_path / "missing.zarr")]) == 1
    assert "there is nothing there" in capsys.readouterr().err


def test_a_store_without_a_top_group_is_not_found(tmp_path: Path) -> None:
    (tmp_path / ".zattrs").write_text("{}")
    with pytest.raises(NotFound):
        wrong(tmp_path)


@pytest.mark.skipif(not DATA.is_dir(), reason=f"the real volumes are not there: {DATA}")
def test_real_stores_are_valid() -> None:
    stores = sorted((*DATA.glob("*.ome.zarr"), *DATA.glob("*.ozx")))
    assert {store.name: wrong(store) for store in stores} == {store.name: [] for store in stores}
