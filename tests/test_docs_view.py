"""docs/view.md against the code: every key, its default, and the example."""

import re
from pathlib import Path

import msgspec
import pytest

from render import scene
from render.animation import Animation, Keyframe
from render.intent import Intent
from render.scene import View, decode_view
from tiles.request import PICTURE, SPELLINGS, read_intent

TEXT = (Path(__file__).parents[1] / "docs" / "view.md").read_text()
STRUCTS = [*(getattr(scene, name) for name in msgspec.json.schema(View)["$defs"]), Animation, Keyframe]
TAGGED = [struct for struct in STRUCTS if struct.__struct_config__.tag]


def section(title: str) -> str:
    found = re.search(rf"^## {title}$(.*?)(?=^## |\Z)", TEXT, re.MULTILINE | re.DOTALL)
    assert found is not None, f"docs/view.md has no section {title!r}"
    return found[1]


def rows(title: str) -> list[tuple[str, str]]:
    """(key, default) of the table in a section, as they are written."""
    return re.findall(r"^\| `(\w+)` \| (.+?) \|", section(title), re.MULTILINE)


@pytest.mark.parametrize("struct", STRUCTS, ids=lambda struct: struct.__name__)
def test_every_key_and_default_is_documented(struct: type[msgspec.Struct]) -> None:
    fields = msgspec.structs.fields(struct)
    documented = rows(struct.__name__)
    assert [key for key, _ in documented] == [field.encode_name for field in fields]
    for field, (_, default) in zip(fields, documented, strict=True):
        if field.required:
            assert default == "-"
        else:
            assert msgspec.json.decode(default.strip("`"), type=field.type) == field.default


@pytest.mark.parametrize("struct", TAGGED, ids=lambda struct: struct.__name__)
def test_every_tag_is_documented(struct: type[msgspec.Struct]) -> None:
    assert f'`{{"type": "{struct.__struct_config__.tag}"' in section(struct.__name__)


def test_there_is_no_section_of_a_struct_that_is_gone() -> None:
    sections = set(re.findall(r"^## (\w+)$", TEXT, re.MULTILINE))
    assert sections == {struct.__name__ for struct in STRUCTS}


def test_the_example_is_a_view_in_which_nothing_is_left_out() -> None:
    (example,) = re.findall(r"```json\n(.*?)```", TEXT, re.DOTALL)
    assert msgspec.json.decode(msgspec.json.encode(decode_view(example))) == msgspec.json.decode(example)


def test_every_parameter_and_default_of_a_query_is_documented() -> None:
    documented = rows("Asking for a view in words")
    assert [name for name, _ in documented] == list(PICTURE)
    said = [(name, default.strip("`")) for name, default in documented if default.startswith("`")]
    words = {name: words for name, words in documented if not words.startswith("`")}
    assert words.keys() == {name for name in PICTURE if default_of(name) in (None, ())} - {"light"}
    assert read_intent(one for one in said if one[0] != "light") == Intent()


def default_of(parameter: str) -> object:
    """The default of the field of an Intent that a parameter fills."""
    spelling = SPELLINGS.get(parameter)
    return getattr(Intent(), spelling.field if spelling and spelling.field else parameter)
