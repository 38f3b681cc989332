"""Names in paths: what is the volume, what is said beside it, what is the key below."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from render.errors import BadRequest, NotFound
from tiles.names import split_name, split_path

NAMES = ["ct", "plate/A/1/0", "of people #1", "a;b", "a", "x.zarr/y"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("ct", ("ct", []), id="a name alone"),
        pytest.param("ct;plane=z:3;t=2", ("ct", [("plane", "z:3"), ("t", "2")]), id="a name and more"),
        pytest.param("a;b;t=1", ("a;b", [("t", "1")]), id="a name with a semicolon in it"),
        pytest.param("a;t=1", ("a", [("t", "1")]), id="a name that another begins with"),
        pytest.param("plate/A/1/0;c=1|0:9$FF0000", ("plate/A/1/0", [("c", "1|0:9$FF0000")]), id="a name with slashes"),
        pytest.param("lost;t=1", ("lost", [("t", "1")]), id="a name of nothing"),
        pytest.param("ct;style={\"a\"=1}", ("ct", [("style", '{"a"=1}')]), id="an equals sign in what is said"),
    ],
)  # fmt: skip
def test_a_name_and_what_is_said_beside_it(text: str, expected: object) -> None:
    assert split_name(text, NAMES) == expected


@pytest.mark.parametrize("text", ["ct;t", "ct;", "ct;=3"])
def test_what_is_no_key_and_value_is_refused(text: str) -> None:
    if text == "ct;":
        assert split_name(text, NAMES) == ("ct", [])
        return
    with pytest.raises(BadRequest, match="write NAME;key=value;key=value"):
        split_name(text, NAMES)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        pytest.param("ct.zarr/0/1/2", ("ct", [], "0/1/2"), id="a key"),
        pytest.param("ct;t=1.zarr/.zattrs", ("ct", [("t", "1")], ".zattrs"), id="what is said, and a key"),
        pytest.param("x.zarr/y.zarr/zarr.json", ("x.zarr/y", [], "zarr.json"), id="a name with the suffix in it"),
        pytest.param("ct.zarr/labels/a.zarr/0", ("ct", [], "labels/a.zarr/0"), id="a key with the suffix in it"),
        pytest.param("ct.zarr/", ("ct", [], ""), id="the top"),
    ],
)
def test_a_path_is_a_name_and_a_key_below(path: str, expected: object) -> None:
    assert split_path(path, ".zarr", NAMES) == expected


def test_a_path_of_no_volume_is_not_found_and_told_which_there_are() -> None:
    with pytest.raises(NotFound, match=r"no volume in 'lost.zarr/0': write NAME.zarr/...; there are: ct, plate/A/1/0"):
        split_path("lost.zarr/0", ".zarr", NAMES)


@given(st.text())
def test_any_text_is_taken_apart_or_refused(text: str) -> None:
    for split in (lambda: split_name(text, NAMES), lambda: split_path(text, ".zarr", NAMES)):
        try:
            split()
        except (BadRequest, NotFound):
            continue
