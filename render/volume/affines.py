"""One coordinate transformation of NGFF as a matrix and an offset; pure."""

from collections.abc import Callable
from dataclasses import dataclass

import msgspec
import numpy as np
from numpy.typing import NDArray

from render.volume.ngff_rules.transformations import is_rotation

Matrix = NDArray[np.float64]


class Transformation(msgspec.Struct):
    """A transformation as it is written; what only some types have is looked at where it is used."""

    type: str
    scale: list[float] | None = None
    translation: list[float] | None = None
    transformations: list[object] = []
    mapAxis: object = None
    affine: object = None
    rotation: object = None
    input: object = None
    output: object = None

    @property
    def source(self) -> str | None:
        """The name of the coordinate system that it leads from; up to 0.6.dev3 that was `input` itself."""
        return _name(self.input)

    @property
    def target(self) -> str | None:
        """The name of the coordinate system that it leads to."""
        return _name(self.output)


def _name(end: object) -> str | None:
    name = end.get("name") if isinstance(end, dict) else end
    return name if isinstance(name, str) else None


class _Part(msgspec.Struct):
    """What a byDimension is made of."""

    transformation: Transformation
    inputAxes: list[int]
    outputAxes: list[int]


@dataclass(frozen=True, slots=True)
class Affine:
    """Coordinates c become matrix @ c + offset."""

    matrix: Matrix
    offset: Matrix

    def then(self, other: "Affine") -> "Affine":
        return Affine(other.matrix @ self.matrix, other.matrix @ self.offset + other.offset)


class Unreadable(Exception):
    """Why a transformation cannot be applied; its readers leave it out and say so."""


def affine(leaf: Transformation, rank: int) -> Affine:
    """A transformation over `rank` axes. Unreadable, or msgspec's ValidationError, where it is none."""
    if leaf.type not in AFFINES:
        raise Unreadable("such transformations are not drawn")
    return AFFINES[leaf.type](leaf, rank)


def _rotation(leaf: Transformation, rank: int) -> Affine:
    matrix = _grid(leaf.rotation, rank, rank)
    if not is_rotation(matrix):
        raise Unreadable("it is no rotation")
    return Affine(matrix, np.zeros(rank))


def _matrix(leaf: Transformation, rank: int) -> Affine:
    matrix = _grid(leaf.affine, rank, rank + 1)
    return Affine(matrix[:, :-1], matrix[:, -1])


def _map_axis(leaf: Transformation, rank: int) -> Affine:
    sources = msgspec.convert(leaf.mapAxis, list[int])
    if sorted(sources) != list(range(rank)):
        raise Unreadable(f"{sources} is no order of {rank} axes")
    return Affine(np.eye(rank)[sources], np.zeros(rank))


def _sequence(leaf: Transformation, rank: int) -> Affine:
    whole = Affine(np.eye(rank), np.zeros(rank))
    for inner in msgspec.convert(leaf.transformations, list[Transformation]):
        whole = whole.then(affine(inner, rank))
    return whole


def _by_dimension(leaf: Transformation, rank: int) -> Affine:
    matrix, offset = np.eye(rank), np.zeros(rank)
    for part in msgspec.convert(leaf.transformations, list[_Part]):
        rows, columns = part.outputAxes, part.inputAxes
        if len(rows) != len(columns) or not all(0 <= axis < rank for axis in (*rows, *columns)):
            raise Unreadable(f"it leads from axes {columns} to {rows}, and there are {rank}")
        inner = affine(part.transformation, len(rows))
        matrix[rows] = 0
        matrix[np.ix_(rows, columns)] = inner.matrix
        offset[rows] = inner.offset
    return Affine(matrix, offset)


def _vector(numbers: object, rank: int) -> Matrix:
    """A number for each axis."""
    return _checked([msgspec.convert(numbers, list[float])], (1, rank)).reshape(rank)


def _grid(numbers: object, rows: int, columns: int) -> Matrix:
    return _checked(msgspec.convert(numbers, list[list[float]]), (rows, columns))


def _checked(rows: list[list[float]], shape: tuple[int, int]) -> Matrix:
    if len(rows) != shape[0] or any(len(row) != shape[1] for row in rows):
        raise Unreadable(f"it has not {shape[0]} x {shape[1]} numbers")
    array = np.array(rows, np.float64)
    if not np.isfinite(array).all():
        raise Unreadable("its numbers are not finite")
    return array


AFFINES: dict[str, Callable[[Transformation, int], Affine]] = {
    "identity": lambda leaf, rank: Affine(np.eye(rank), np.zeros(rank)),
    "scale": lambda leaf, rank: Affine(np.diag(_vector(leaf.scale, rank)), np.zeros(rank)),
    "translation": lambda leaf, rank: Affine(np.eye(rank), _vector(leaf.translation, rank)),
    "rotation": _rotation,
    "affine": _matrix,
    "mapAxis": _map_axis,
    "byDimension": _by_dimension,
    "sequence": _sequence,
}
