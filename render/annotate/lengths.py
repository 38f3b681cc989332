"""Lengths as people write them: round numbers with the symbols of NGFF's units."""

import math
from dataclasses import dataclass

POWERS = {
    "femtometer": -15,
    "picometer": -12,
    "nanometer": -9,
    "micrometer": -6,
    "millimeter": -3,
    "centimeter": -2,
    "decimeter": -1,
    "meter": 0,
    "hectometer": 2,
    "kilometer": 3,
}
"""Metric units as powers of ten of a metre."""

METRIC_SYMBOLS = {-15: "fm", -12: "pm", -9: "nm", -6: "µm", -3: "mm", 0: "m", 3: "km"}

OTHER_SYMBOLS = {"angstrom": "Å", "inch": "in", "foot": "ft", "yard": "yd", "mile": "mi"}

LONGEST_WORD = 24


@dataclass(frozen=True, slots=True)
class RoundLength:
    """`digit` * 10 ** `power`, the digit being 1, 2 or 5."""

    digit: int
    power: int

    @property
    def value(self) -> float:
        return float(f"{self.digit}e{self.power}")


def round_down(length: float) -> RoundLength:
    """The largest round length that is not longer than `length` (> 0): at least two fifths of it."""
    power = math.floor(math.log10(length))
    candidates = [RoundLength(digit, power + up) for up in (-1, 0, 1) for digit in (1, 2, 5)]
    return max((round_ for round_ in candidates if round_.value <= length), key=lambda round_: round_.value)


def describe_length(length: RoundLength, unit: str) -> str:
    """ "50 µm" of 0.05 millimeter: metric units with a prefix that leaves 1 to 500; other units as they are."""
    if unit not in POWERS:
        return f"{length.value:g} {OTHER_SYMBOLS.get(unit) or _word(unit)}".strip()
    power = length.power + POWERS[unit]
    prefix = min(max(power // 3 * 3, min(METRIC_SYMBOLS)), max(METRIC_SYMBOLS))
    return f"{float(f'{length.digit}e{power - prefix}'):g} {METRIC_SYMBOLS[prefix]}"


def _word(unit: str) -> str:
    """What a file calls its unit, on one line and no longer than a picture is wide."""
    line = " ".join(unit.split())
    return line if len(line) <= LONGEST_WORD else f"{line[: LONGEST_WORD - 1]}…"
