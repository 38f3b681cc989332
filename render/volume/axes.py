"""Which axis of a file is which, and in what unit its lengths are; pure."""

from collections.abc import Sequence

from render.errors import DataError
from render.volume.info import AxisInfo

KINDS = {"t": "time", "c": "channel", "z": "space", "y": "space", "x": "space"}
IMPLICIT = "tczyx"
"""What the axes are where nothing names them, as in NGFF 0.1 and 0.2; of fewer dimensions the last ones."""

METRES = {
    "angstrom": 1e-10,
    "picometer": 1e-12,
    "nanometer": 1e-9,
    "micrometer": 1e-6,
    "millimeter": 1e-3,
    "centimeter": 1e-2,
    "decimeter": 1e-1,
    "meter": 1.0,
    "kilometer": 1e3,
    "inch": 0.0254,
    "foot": 0.3048,
    "yard": 0.9144,
    "mile": 1609.344,
}
SHORT = {
    "å": "angstrom",
    "pm": "picometer",
    "nm": "nanometer",
    "um": "micrometer",
    "µm": "micrometer",
    "μm": "micrometer",
    "micron": "micrometer",
    "mm": "millimeter",
    "cm": "centimeter",
    "dm": "decimeter",
    "m": "meter",
    "km": "kilometer",
    "s": "second",
    "sec": "second",
    "ms": "millisecond",
    "min": "minute",
    "h": "hour",
}


def unit_name(text: str) -> str:
    """The full name of a unit written short, in plural or in British; anything else as it is written."""
    name = text.strip().lower().replace("metre", "meter")
    for candidate in (name, name.removesuffix("s")):
        if candidate in SHORT:
            return SHORT[candidate]
        if candidate in METRES:
            return candidate
    return text.strip()


def implicit_axes(dimensions: int, notes: list[str]) -> tuple[AxisInfo, ...]:
    """The axes of an image that names none. DataError beyond five dimensions."""
    if not 1 <= dimensions <= len(IMPLICIT):
        raise DataError(f"its axes have no names and there are {dimensions} of them: at most {len(IMPLICIT)} are known")
    letters = IMPLICIT[-dimensions:]
    notes.append(f"The axes have no names: {', '.join(letters)} is assumed.")
    return tuple(AxisInfo(letter, KINDS[letter], "") for letter in letters)


def axis_roles(axes: Sequence[AxisInfo], notes: list[str]) -> str:
    """For each axis its letter of "tczyx", or "?" for one that is read at index 0.

    The type decides where there is one, the name where there is none; among space axes the name says which, and those
    with other names fill what is left of z, y, x from the last axis on. DataError where no axis is of space.
    """
    kinds = [axis.type if axis.type in KINDS.values() else _kind_by_name(axis) for axis in axes]
    roles = ["?"] * len(axes)
    for letter, kind in KINDS.items():
        named = [i for i, axis in enumerate(axes) if kinds[i] == kind and axis.name.lower() == letter]
        if named:
            roles[named[0]] = letter
    for letter in reversed(KINDS):
        others = [i for i, role in enumerate(roles) if role == "?" and kinds[i] == KINDS[letter]]
        if letter not in roles and others:
            roles[others[-1]] = letter
            notes.append(f"Axis {axes[others[-1]].name!r} is shown as {letter}.")
    if "space" not in kinds:
        raise DataError(f"none of its axes is a space axis: {', '.join(axis.name for axis in axes)}")
    return "".join(roles)


def _kind_by_name(axis: AxisInfo) -> str:
    """A type that NGFF does not know is the file's own, whatever the axis is called."""
    return "" if axis.type else KINDS.get(axis.name.lower(), "")


def length_unit(axes: Sequence[AxisInfo], roles: str, notes: list[str]) -> tuple[str, dict[str, float]]:
    """The unit of all lengths, and for each of z, y, x what its numbers are multiplied with to be in that unit.

    Where the axes differ it is the finest of their units; an axis without a unit is taken to have that of the others.
    """
    units = {role: unit_name(axis.unit) for axis, role in zip(axes, roles, strict=True) if role in "zyx"}
    given = {unit for unit in units.values() if unit}
    unknown = sorted(given - METRES.keys())
    if unknown:
        notes.append(f"The unit {', '.join(map(repr, unknown))} is not a length that is known: kept as it is written.")
    if not given:
        notes.append("Lengths have no unit.")
        return "", dict.fromkeys(units, 1.0)
    silent = sorted(role for role, unit in units.items() if not unit)
    finest = min(given, key=lambda unit: (METRES.get(unit, float("inf")), unit))
    if silent:
        notes.append(f"Axis {', '.join(silent)} has no unit: {finest} is assumed.")
    if len(given) > 1 and unknown:
        notes.append(f"The units {', '.join(sorted(given))} cannot be compared: all numbers are taken as {finest}.")
        return finest, dict.fromkeys(units, 1.0)
    if len(given) > 1:
        notes.append(f"Lengths are in {', '.join(sorted(given))}: all are converted to {finest}.")
    return finest, {role: METRES[unit] / METRES[finest] if unit in METRES else 1.0 for role, unit in units.items()}
