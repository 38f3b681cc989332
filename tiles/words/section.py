"""What is said of a section, one parameter's text <-> its value; pure."""

import math
import re

from render.errors import BadRequest
from render.geometry import Vec3
from render.intent import LabelsIntent
from render.scene import Axis, Projection
from tiles.grammar import NUMBER, parse_labels, write_labels, write_numbers
from tiles.section import AxisIntent, ObliqueIntent, SlabIntent

PLACE = re.compile(rf"([xyz])(?:@({NUMBER})|:(\d{{1,9}}))?")
SLAB = re.compile(rf"(?:(\d{{1,9}})\.\.(\d{{1,9}})?|({NUMBER})|all)(?::(\w+))?")

AXES: dict[str, Axis] = {"x": "x", "y": "y", "z": "z"}
PROJECTIONS: dict[str, Projection | None] = {
    "mip": "mip",
    "minip": "minip",
    "min": "minip",
    "mean": "mean",
    "sum": "sum",
    "slice": None,
}
"""What a slab shows of its depth; None: nothing but the plane in its middle."""

PLACE_FORM = "AXIS, AXIS@POSITION, AXIS:INDEX, or corner, right and down as nine numbers, such as z:30"
SLAB_FORM = "THICKNESS, FIRST..LAST, FIRST.. or all, and after it :mip, :minip, :mean or :sum, such as 10:mip"


def read_place(text: str) -> AxisIntent | ObliqueIntent:
    """ "z", "z@12.5" (position), "z:30" (index), or the nine numbers of a corner, right and down. BadRequest."""
    text = text.strip()
    match = PLACE.fullmatch(text)
    if match is not None:
        axis, position, index = match.groups()
        return AxisIntent(
            AXES[axis], _finite("plane", position) if position else None, None if index is None else int(index)
        )
    words = [word.strip() for word in text.split(",")]
    if len(words) != 9 or not all(re.fullmatch(NUMBER, word) for word in words):
        raise BadRequest(f"plane {text!r}: write {PLACE_FORM}")
    numbers = [_finite("plane", word) for word in words]
    corner, right, down = (_vector(numbers[i : i + 3]) for i in (0, 3, 6))
    return ObliqueIntent(corner, right, down)


def write_place(place: AxisIntent | ObliqueIntent) -> str:
    """As `read_place` reads it."""
    if isinstance(place, ObliqueIntent):
        return write_numbers((*place.corner, *place.right, *place.down))
    if place.index is not None:
        return f"{place.axis}:{place.index}"
    return place.axis if place.position is None else f"{place.axis}@{place.position!r}"


def read_slab(text: str) -> SlabIntent | None:
    """ "10", "10:mean" (thickness), "0..20:mip", "5..", "all:sum" (planes); None where that is the plane itself."""
    match = SLAB.fullmatch(text.strip())
    if match is None or match[4] not in (None, *PROJECTIONS):
        raise BadRequest(f"slab {text!r}: write {SLAB_FORM}")
    first, last, thickness, word = match.groups()
    projection = PROJECTIONS[word or "mip"]
    if thickness is None:
        return _planes(text, int(first or 0), None if last is None else int(last), projection)
    length = _finite("slab", thickness)
    if length < 0:
        raise BadRequest(f"slab {text!r}: its thickness must be 0 or more")
    return SlabIntent(projection, length) if length and projection else None


def _planes(text: str, first: int, last: int | None, projection: Projection | None) -> SlabIntent:
    if last is not None and last < first:
        raise BadRequest(f"slab {text!r}: its last plane is before the first")
    if projection is None:
        raise BadRequest(f"slab {text!r}: a slice is one plane: write plane=AXIS:INDEX")
    return SlabIntent(projection, None, first, last)


def write_slab(slab: SlabIntent) -> str:
    """As `read_slab` reads it."""
    if slab.thickness is not None:
        return f"{slab.thickness!r}:{slab.projection}"
    return f"{slab.first}..{'' if slab.last is None else slab.last}:{slab.projection}"


def read_label_list(text: str) -> tuple[LabelsIntent, ...]:
    """What `parse_labels` reads, with commas between: such as "nuclei:0.3,cells"."""
    return tuple(parse_labels(word) for word in text.split(","))


def write_label_list(labels: tuple[LabelsIntent, ...]) -> str:
    """As `read_label_list` reads it."""
    return ",".join(write_labels(one) for one in labels)


def read_flag(name: str, text: str) -> bool:
    """ "true" or "false"."""
    if text.strip() not in ("true", "false"):
        raise BadRequest(f"{name} {text!r}: must be true or false")
    return text.strip() == "true"


def _finite(name: str, text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise BadRequest(f"{name} {text!r}: must be a finite number")
    return number


def _vector(numbers: list[float]) -> Vec3:
    x, y, z = numbers
    return (x, y, z)
