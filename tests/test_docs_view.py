"""docs/view.md against the code: every key, its default, and the example."""

import re
from pathlib import Path

import msgspec
import pytest

from render.intent import Intent
from render.scene import (
    DVR,
    MIP,
    Camera,
    Channel,
    Orthographic,
    Perspective,
    Slice,
    TransferFunction,
    View,
    decode_view,
)
from tiles.request import PICTURE, read_intent

TEXT = (Path(__file__).parents[1] / "docs" / "view.md").read_text()
STRUCTS = (View, Camera, Perspective, Orthographic, DVR, MIP, Slice, Channel, TransferFunction)


def section(title: str) -> str:
    found = re.search(rf"^## {title}$(.*?)(?=^## |\Z)", TEXT, re.MULTILINE | re.DOTALL)
    assert found is not None, f"docs/view.md has no section {title!r}"
    return found[1]


def rows(title: str) -> list[tuple[str, str]]:
    """(key, default) of the table in a section, as they are written."""
    return re.findall(r"^\| `(\w+)` \| (.+?) \|", section(title), re.MULTILINE)


@pytest.mark.parametrize("struct", STRUCTS, ids=lambda struct: struct.__name__)
def test_every_key_and_default_is_documented(struct: type[msgspec.Struct]) -> None:
    said = [
        (field.encode_name, "-" if field.required else f"`{msgspec.json.encode(field.default).decode()}`")
        for field in msgspec.structs.fields(struct)
    ]
    assert [(key, default.replace(" ", "")) for key, default in rows(struct.__name__)] == said


@pytest.mark.parametrize("struct", [Perspective, Orthographic, DVR, MIP, Slice], ids=lambda struct: struct.__name__)
def test_every_tag_is_documented(struct: type[msgspec.Struct]) -> None:
    assert f'`{{"type": "{struct.__struct_config__.tag}"' in section(struct.__name__)


def test_there_is_no_struct_that_is_not_documented() -> None:
    """Whatever a View's fields are made of has its section."""
    named = set(msgspec.json.schema(View)["$defs"])
    assert named == {struct.__name__ for struct in STRUCTS}


def test_the_example_is_a_view_in_which_nothing_is_left_out() -> None:
    (example,) = re.findall(r"```json\n(.*?)```", TEXT, re.DOTALL)
    assert msgspec.json.decode(msgspec.json.encode(decode_view(example))) == msgspec.json.decode(example)


def test_every_parameter_and_default_of_a_query_is_documented() -> None:
    documented = rows("Asking for a view in words")
    assert [name for name, _ in documented] == list(PICTURE)
    said = {name: default.strip("`") for name, default in documented if default.startswith("`")}
    assert said.keys() == set(PICTURE) - {"channel", "position"}
    assert read_intent(said.items()) == Intent()
