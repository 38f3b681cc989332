"""What is found wrong with a document, and the walk through it that finds it; pure."""

import re
from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

Weight = Literal["must", "should", "note"]
"""must: a rule of the specification or of its schema is broken. should: a recommendation that its strict schemas
enforce. note: any other recommendation, and rules that cases break which the NGFF project itself calls valid."""

DEEPEST = 64
"""How deep a document may be nested: ten is usual, and a walk that recurses would otherwise run out of stack."""


@dataclass(frozen=True, slots=True)
class Finding:
    """`place` is a JSON path ("$.ome.multiscales[0].axes"); `node` the Zarr group or array it is in, "" the top one.

    `found` says what is there and what was expected, `rule` quotes the specification.
    """

    weight: Weight
    place: str
    found: str
    rule: str
    node: str = ""

    def __str__(self) -> str:
        where = f"{self.node}: {self.place}" if self.node else self.place
        return f'{where}: {self.found} ["{self.rule}"]'


@dataclass(frozen=True, slots=True)
class Part:
    """A value within a document and where it is; what is wrong with it joins `findings`, which all parts share."""

    value: object
    place: str
    findings: list[Finding]

    def breaks(self, rule: str, found: str, weight: Weight = "must") -> None:
        """Put down that this part breaks `rule`."""
        self.findings.append(Finding(weight, self.place, found, rule))

    def has(self, key: str) -> bool:
        return isinstance(self.value, dict) and key in self.value

    def at(self, key: str) -> "Part":
        """The part under `key` of an object; None is its value where there is none."""
        value = self.value.get(key) if isinstance(self.value, dict) else None
        place = f"{self.place}.{key}" if re.fullmatch(r"[\w-]+", key) else f"{self.place}[{key!r}]"
        return replace(self, value=value, place=place)

    def need(self, key: str, rule: str, weight: Weight = "must") -> "Part | None":
        """The part under `key`; where it is missing that breaks `rule`."""
        if not self.has(key):
            self.breaks(rule, f"there is no {key!r}", weight)
            return None
        return self.at(key)

    def items(self) -> Iterator["Part"]:
        """The items of a list; none of anything else."""
        for index, value in enumerate(self.value if isinstance(self.value, list) else []):
            yield replace(self, value=value, place=f"{self.place}[{index}]")

    def is_object(self, rule: str) -> bool:
        return self._is(isinstance(self.value, dict), "an object", rule)

    def is_list(self, rule: str, least: int = 0) -> bool:
        """Whether it is a list of `least` items or more."""
        if not self._is(isinstance(self.value, list), "a list", rule):
            return False
        count = len(self.listed)
        if count < least:
            self.breaks(rule, f"it has {count} items and must have {least} at least")
        return count >= least

    def is_text(self, rule: str) -> bool:
        return self._is(isinstance(self.value, str), "a string", rule)

    def is_number(self, rule: str) -> bool:
        return self._is(is_number(self.value), "a number", rule)

    def is_integer(self, rule: str, least: int | None = None) -> bool:
        """Whether it is a whole number, of `least` or more."""
        value = self.value
        fits = is_integer(value) and isinstance(value, int | float) and (least is None or value >= least)
        return self._is(fits, "a whole number" + ("" if least is None else f" of {least} or more"), rule)

    def integers(self, rule: str, count: int = 0) -> list[int] | None:
        """The items of a list of `count` or more whole numbers from 0 on; None where it is something else."""
        if not self.is_list(rule, count):
            return None
        fits = [item.is_integer(rule, 0) for item in self.items()]
        return [int(value) for value in self.listed if isinstance(value, int | float)] if all(fits) else None

    def is_numbers(self, rule: str, least: int = 1) -> bool:
        """Whether it is a list of `least` numbers or more; says the place of the first that is none."""
        return self.is_list(rule, least) and all(item.is_number(rule) for item in self.items())

    def are_unique(self, values: Sequence[Hashable], what: str, rule: str) -> None:
        """Put down the values that there are more than once."""
        for value, count in Counter(values).items():
            if count > 1:
                self.breaks(rule, f"{what} {brief(value)} is there {count} times")

    @property
    def listed(self) -> list[object]:
        return self.value if isinstance(self.value, list) else []

    def _is(self, fits: bool, expected: str, rule: str) -> bool:
        if not fits:
            self.breaks(rule, f"it is {brief(self.value)} and must be {expected}")
        return fits


def is_number(value: object) -> bool:
    """As JSON has it: true is none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_integer(value: object) -> bool:
    """As JSON Schema has it: 1.0 is one."""
    return is_number(value) and (isinstance(value, int) or (isinstance(value, float) and value.is_integer()))


def brief(value: object) -> str:
    """A value in a few words."""
    if isinstance(value, dict):
        return f"an object of {len(value)}"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    return "nothing" if value is None else repr(value)[:60]


def too_deep(value: object, deepest: int = DEEPEST) -> bool:
    """Whether lists and objects are nested in each other more than `deepest` times."""
    level = [value]
    for _ in range(deepest + 1):
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
    return bool(level)
