"""docs/rendering.md against the code: its pictures are those of the example, and its snippets mean something."""

import re
import runpy
from pathlib import Path

import msgspec
import pytest

from render.scene import Mode, OpacityCurve, TransferFunction, View

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "docs" / "rendering.md").read_text()
PICTURES = runpy.run_path(str(ROOT / "examples" / "gallery.py"))["PICTURES"]


def snippets(keys: str) -> list[str]:
    """What stands in backquotes and begins with one of `keys`, alternatives of a regular expression."""
    found = re.findall(rf'`("(?:{keys})": [^`]+)`', TEXT)
    assert found
    return sorted(set(found))


def test_every_picture_is_shown_once_and_is_there() -> None:
    shown = re.findall(r"!\[\]\(pictures/([\w-]+)\.jpg\)", TEXT)
    assert sorted(shown) == sorted([*PICTURES, "dvr-borders"])
    assert sorted(path.stem for path in (ROOT / "docs" / "pictures").iterdir()) == sorted(shown)


@pytest.mark.parametrize("snippet", sorted(set(re.findall(r'`(\{"type": "(?:dvr|m|s|o|iso)[^`]*\})`', TEXT))))
def test_a_mode_is_one(snippet: str) -> None:
    msgspec.json.decode(snippet, type=Mode)


@pytest.mark.parametrize("snippet", snippets("clip|lights|shading|annotations|labels"))
def test_a_key_of_a_view_is_one(snippet: str) -> None:
    fields = msgspec.json.decode("{" + snippet + "}")
    types = {field.name: field.type for field in msgspec.structs.fields(View)}
    for name, value in fields.items():
        msgspec.convert(value, types[name])


@pytest.mark.parametrize("snippet", snippets("opacity|window|gradient_opacity"))
def test_a_key_of_a_transfer_function_is_one(snippet: str) -> None:
    fields = {"window": [0.0, 1.0], "unit_distance": 1.0} | msgspec.json.decode("{" + snippet + "}")
    msgspec.convert(fields, TransferFunction)


def test_the_opacity_curve_is_one() -> None:
    (example,) = re.findall(r"```json\n(.*?)```", TEXT, re.DOTALL)
    msgspec.json.decode(example, type=OpacityCurve)
