"""One case, and the small pieces that documents are made of."""

from copy import deepcopy
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True)
class Case:
    """A document; `wrong` is where it breaks a rule, "" where the NGFF project calls it valid.

    `reads` is what our reader does with it: "read", "noted: ..." with words of the note, "refused: ..." with words of
    the DataError. `strict`: only the strict schemas find it wrong, or it is valid under them too.
    """

    name: str
    document: Json
    wrong: str = ""
    reads: str = "read"
    strict: bool = False


def space(name: str, unit: str | None = "micrometer") -> Json:
    return {"name": name, "type": "space"} | ({"unit": unit} if unit else {})


def axis(name: str, kind: str | None = None, unit: str | None = None) -> Json:
    return {"name": name} | ({"type": kind} if kind else {}) | ({"unit": unit} if unit else {})


YX = (space("y"), space("x"))
ZYX = (space("z"), *YX)


def scale(*numbers: object) -> Json:
    return {"type": "scale", "scale": list(numbers)}


def translation(*numbers: object) -> Json:
    return {"type": "translation", "translation": list(numbers)}


def under(version: str, **document: Any) -> Json:
    """A document's attributes: under "ome" since 0.5."""
    return document if version == "0.4" else {"ome": {"version": version, **document}}


def root(version: str) -> str:
    return "$" if version == "0.4" else "$.ome"


def without(document: Json, *path: str | int) -> Json:
    """A copy without the entry at `path`."""
    changed = deepcopy(document)
    holder: Any = changed
    for key in path[:-1]:
        holder = holder[key]
    del holder[path[-1]]
    return changed


def replaced(document: Json, value: object, *path: str | int) -> Json:
    """A copy with `value` at `path`."""
    changed = deepcopy(document)
    holder: Any = changed
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = value
    return changed
