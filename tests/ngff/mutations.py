"""Changes to a document that turn a valid one into one that nobody meant."""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

VALUES: tuple[object, ...] = (
    *(None, True, 0, -1, 3, 10**400, 0.5, float("nan"), float("inf"), 1e308),
    *("", "x", "../..", "\x00", "scale", "rotation", "byDimension", "sequence", "array", "space"),
    *([], [0], [[0]], [1, [2, 3]], [None], ["0", 0], {}, {"name": "x"}),
    {"type": "rotation", "rotation": [1, [2, 3]]},
    [{"type": "affine", "affine": [[1, 2], 3]}],
)


@dataclass(frozen=True)
class Change:
    """Which place of a document is changed, and what it becomes; both numbers count round."""

    place: int
    value: int


def changed(document: object, changes: list[Change]) -> object:
    """A copy with the changes one after the other: a value replaced, or, where that is the last of VALUES, removed."""
    document = deepcopy(document)
    for change in changes:
        places = list(_places(document))
        if not places:
            return document
        holder, key = places[change.place % len(places)]
        index = change.value % (len(VALUES) + 1)
        if index == len(VALUES):
            del holder[key]
        else:
            holder[key] = deepcopy(VALUES[index])
    return document


def _places(value: object) -> Iterator[tuple[Any, Any]]:
    if isinstance(value, dict | list):
        for key in list(value) if isinstance(value, dict) else range(len(value)):
            yield value, key
            yield from _places(value[key])
