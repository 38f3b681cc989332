"""What the lenient reader does with the NGFF project's cases: read, read with a note, or refused; each on purpose.

"read" may come with notes of things that are no fault, such as windows chosen from the data.
"""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from render.errors import DataError
from render.volume.labels import read_label_metadata
from render.volume.ngff_rules import check_ngff
from render.volume.ome import read_multiscale
from render.volume.pyramid import ArrayMeta, build_pyramid
from render.volume.sources import find_volumes
from tests.ngff import CASES, Case
from tests.ngff.mutations import Change, changed

GROUPS = [case for case in CASES if {"plate", "well"} & set(case.name.split("/"))]
LABELS = [case for case in CASES if "label" in case.name.split("/")]
IMAGES = [case for case in CASES if case not in GROUPS and case not in LABELS and "/scene/scene" not in case.name]
SCENES = [case for case in CASES if "scene" in case.document.get("ome", {})]


def read(document: object) -> str:
    """What reading an image comes to, with arrays of the number of axes that its metadata want."""
    try:
        multiscale = read_multiscale(document)  # type: ignore[arg-type]
        shape = tuple(range(3, 3 + (len(multiscale.axes) or 2)))
        meta = ArrayMeta(shape, shape, np.dtype("uint16"))
        info = build_pyramid("sample", multiscale, [meta] * len(multiscale.datasets)).info
    except DataError as error:
        return f"refused: {error}"
    return "noted: " + " ".join(info.notes)


def holds(case: Case, said: str) -> bool:
    verdict, _, words = case.reads.partition(": ")
    return said.startswith("noted" if verdict == "read" else verdict) and words in said


@pytest.mark.parametrize("case", [case for case in IMAGES if case not in SCENES], ids=lambda case: case.name)
def test_images_are_read_or_refused_as_the_table_says(case: Case) -> None:
    said = read(case.document)
    assert holds(case, said), said
    assert case.wrong or not said.startswith("refused"), said


@pytest.mark.parametrize("case", SCENES, ids=lambda case: case.name)
def test_a_scene_is_no_image_and_says_so(case: Case) -> None:
    assert read(case.document) == 'refused: it is no OME-Zarr image: its attributes have no "multiscales"'


@pytest.mark.parametrize("case", LABELS, ids=lambda case: case.name)
def test_labels_are_read_without_what_is_wrong_in_them(case: Case) -> None:
    found = read_label_metadata(case.document)
    assert set(found.colors) | set(found.properties) <= {1}
    assert case.wrong or found.colors == {1: (0, 0, 0, 0)}


@pytest.mark.parametrize("case", GROUPS, ids=lambda case: case.name)
def test_plates_and_wells_hold_what_they_list_or_say_that_they_hold_none(case: Case, tmp_path: Path) -> None:
    listed = write_listed(tmp_path / "sample.zarr", case.document)
    if case.reads == "read":
        assert list(find_volumes(str(tmp_path / "sample.zarr"))) == [f"sample/{path}" for path in listed]
    else:
        with pytest.raises(DataError, match="it is a container of images and holds none"):
            find_volumes(str(tmp_path / "sample.zarr"))


def write_listed(path: Path, document: dict[str, object]) -> list[str]:
    """A group with these attributes and the wells and fields that it lists, each with one; where the images are."""
    holder = document.get("ome", document)
    assert isinstance(holder, dict)
    write_group(path, document)
    if "well" in holder:
        return list(dict.fromkeys(image["path"] for image in holder["well"]["images"]))
    wells = [well["path"] for well in holder["plate"].get("wells", []) if "path" in well]
    for well in dict.fromkeys(wells):
        write_group(
            path / well,
            {"well": {"images": [{"path": "0"}]}}
            if holder is document
            else {"ome": {"version": holder["version"], "well": {"images": [{"path": "0"}]}}},
        )
    return [f"{well}/0" for well in dict.fromkeys(wells)]


def write_group(path: Path, attributes: dict[str, object]) -> None:
    """By hand: zarr-python would not write metadata of some of these cases."""
    path.mkdir(parents=True)
    if "ome" in attributes:
        (path / "zarr.json").write_text(json.dumps({"zarr_format": 3, "node_type": "group", "attributes": attributes}))
    else:
        (path / ".zgroup").write_text('{"zarr_format": 2}')
        (path / ".zattrs").write_text(json.dumps(attributes))


DOCUMENTS = [case.document for case in CASES if not case.wrong]


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(DOCUMENTS), st.lists(st.builds(Change, st.integers(0, 99), st.integers(0, 99)), max_size=4))
def test_whatever_a_document_says_it_is_judged_and_read_or_refused(document: object, changes: list[Change]) -> None:
    mutated = changed(document, changes)
    for finding in check_ngff(mutated):
        assert finding.place.startswith("$")
    if isinstance(mutated, dict):
        read(mutated)
        read_label_metadata(mutated)
    assert mutated == changed(document, changes), "a document is not changed by looking at it"


def test_a_document_nested_without_end_is_refused() -> None:
    nested: dict[str, object] = {"type": "sequence", "transformations": []}
    for _ in range(300):
        nested = {"type": "sequence", "transformations": [nested]}
    level = {"path": "0", "coordinateTransformations": [nested]}
    document = {"ome": {"version": "0.6rc0", "multiscales": [{"datasets": [level]}]}}
    assert read(document).startswith("refused: its metadata are nested more than 64 times")
    assert [finding.found for finding in check_ngff(document)] == ["it is nested more than 64 times: it is not read"]
