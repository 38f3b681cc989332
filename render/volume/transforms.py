"""The coordinate transformations of NGFF 0.4 to 0.6, brought down to scale, translation, order and rotation; pure.

What levels may have by the rules, scales and translations, stays as it is written. Anything else is multiplied out to
one matrix, and what a picture can be drawn with is read off that.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import msgspec
import numpy as np
from numpy.typing import NDArray

from render.volume.ngff_rules.transformations import is_rotation

PLAIN = ("identity", "scale", "translation")
EXACT = 1e-3
"""How far columns may be from perpendicular: over 500 voxels that is half a voxel."""

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
class Step:
    """One scale or translation, a number for each axis, to be applied after those before it."""

    kind: str
    numbers: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Reduced:
    """`steps` for each level, in the order of the array's axes, of which axis i leads to axis `order[i]` of the output.

    `turn` is the rotation that follows, a matrix over those axes; None where there is none. With it the translations
    are those of the frame in which the array is straight, turned about the first voxel of the finest level.
    """

    steps: tuple[tuple[Step, ...], ...]
    order: tuple[int, ...]
    turn: Matrix | None = None


@dataclass(frozen=True, slots=True)
class _Affine:
    matrix: Matrix
    offset: Matrix

    def then(self, other: "_Affine") -> "_Affine":
        return _Affine(other.matrix @ self.matrix, other.matrix @ self.offset + other.offset)


class _Unreadable(Exception):
    """Why a transformation cannot be applied."""


def reduce_levels(levels: Sequence[Sequence[Transformation]], rank: int, notes: list[str]) -> Reduced:
    """What the transformations of every level come down to, for arrays of `rank` axes.

    What cannot be drawn, a shear or a field of displacements, is left out and said in `notes`.
    """
    flat = [_leaves(level, notes) for level in levels]
    straight = tuple(range(rank))
    if all(leaf.type in PLAIN for leaves in flat for leaf in leaves):
        return Reduced(tuple(_steps(leaves, notes) for leaves in flat), straight)
    wholes = [_whole(leaves, rank, notes) for leaves in flat]
    orders = [_order(whole.matrix) for whole in wholes]
    sized = [
        any(leaf.type not in ("identity", "translation", "rotation", "mapAxis") for leaf in leaves) for leaves in flat
    ]
    if orders[0] is not None and all(order == orders[0] for order in orders):
        order = orders[0]
        steps = [
            _written(whole.matrix[order, straight], whole.offset[list(order)], scaled)
            for whole, scaled in zip(wholes, sized, strict=True)
        ]
        return Reduced(tuple(steps), order)
    return _turned(wholes, notes) or Reduced(tuple(_steps(leaves, notes) for leaves in flat), straight)


def _turned(wholes: Sequence[_Affine], notes: list[str]) -> Reduced | None:
    """Levels that are all turned alike; None where they are sheared or turned differently."""
    sizes = [np.linalg.norm(whole.matrix, axis=0) for whole in wholes]
    if any(size.min() <= 0 for size in sizes):
        turns = []
    else:
        turns = [whole.matrix / size for whole, size in zip(wholes, sizes, strict=True)]
    if not turns or not all(is_rotation(turn) and np.abs(turn - turns[0]).max() <= EXACT for turn in turns):
        notes.append("The transformations of the levels are no common rotation: they are not applied.")
        return None
    turn = turns[0]
    pivot = wholes[int(np.argmin([size.prod() for size in sizes]))].offset
    steps = [
        _written(size, pivot + turn.T @ (whole.offset - pivot), True) for whole, size in zip(wholes, sizes, strict=True)
    ]
    return Reduced(tuple(steps), tuple(range(len(turn))), turn)


def _leaves(transformations: Sequence[Transformation], notes: list[str]) -> list[Transformation]:
    """The transformations of sequences one after the other."""
    leaves: list[Transformation] = []
    for transformation in transformations:
        if transformation.type != "sequence":
            leaves.append(transformation)
            continue
        try:
            inner = msgspec.convert(transformation.transformations, list[Transformation])
        except msgspec.ValidationError as error:
            notes.append(_left_out(transformation, str(error)))
            continue
        leaves += _leaves(inner, notes)
    return leaves


def plain_steps(transformations: Sequence[Transformation], notes: list[str]) -> tuple[Step, ...]:
    """The scales and translations alone; anything else is left out and said in `notes`."""
    return _steps(_leaves(transformations, notes), notes)


def _steps(leaves: Sequence[Transformation], notes: list[str]) -> tuple[Step, ...]:
    steps = []
    for leaf in leaves:
        numbers = {"scale": leaf.scale, "translation": leaf.translation}.get(leaf.type)
        if numbers is not None:
            steps.append(Step(leaf.type, tuple(numbers)))
        elif leaf.type != "identity":
            notes.append(_left_out(leaf, "it is no scale or translation with a list of numbers"))
    return tuple(steps)


def _written(sizes: Matrix, offset: Matrix, scaled: bool) -> tuple[Step, ...]:
    """Steps for a scale, where it says something, and a translation, where there is one."""
    scale = [Step("scale", tuple(map(float, sizes)))] if scaled or np.any(sizes != 1) else []
    return (*scale, Step("translation", tuple(map(float, offset)))) if np.any(offset) else tuple(scale)


def _order(matrix: Matrix) -> tuple[int, ...] | None:
    """For each input the one output that it leads to; None where axes are mixed."""
    order = tuple(int(row) for row in np.abs(matrix).argmax(axis=0))
    rest = matrix.copy()
    rest[order, range(len(order))] = 0
    return None if np.any(rest) or len(set(order)) < len(order) else order


def _whole(leaves: Sequence[Transformation], rank: int, notes: list[str]) -> _Affine:
    whole = _Affine(np.eye(rank), np.zeros(rank))
    for leaf in leaves:
        try:
            whole = whole.then(_affine(leaf, rank))
        except (_Unreadable, msgspec.ValidationError) as error:
            notes.append(_left_out(leaf, str(error)))
    return whole


def _affine(leaf: Transformation, rank: int) -> _Affine:
    """One transformation as a matrix and an offset over `rank` axes."""
    if leaf.type not in AFFINES:
        raise _Unreadable("such transformations are not drawn")
    return AFFINES[leaf.type](leaf, rank)


def _rotation(leaf: Transformation, rank: int) -> _Affine:
    matrix = _grid(leaf.rotation, rank, rank)
    if not is_rotation(matrix):
        raise _Unreadable("it is no rotation")
    return _Affine(matrix, np.zeros(rank))


def _matrix(leaf: Transformation, rank: int) -> _Affine:
    matrix = _grid(leaf.affine, rank, rank + 1)
    return _Affine(matrix[:, :-1], matrix[:, -1])


def _map_axis(leaf: Transformation, rank: int) -> _Affine:
    sources = msgspec.convert(leaf.mapAxis, list[int])
    if sorted(sources) != list(range(rank)):
        raise _Unreadable(f"{sources} is no order of {rank} axes")
    return _Affine(np.eye(rank)[sources], np.zeros(rank))


def _sequence(leaf: Transformation, rank: int) -> _Affine:
    whole = _Affine(np.eye(rank), np.zeros(rank))
    for inner in msgspec.convert(leaf.transformations, list[Transformation]):
        whole = whole.then(_affine(inner, rank))
    return whole


def _by_dimension(leaf: Transformation, rank: int) -> _Affine:
    matrix, offset = np.eye(rank), np.zeros(rank)
    for part in msgspec.convert(leaf.transformations, list[_Part]):
        rows, columns = part.outputAxes, part.inputAxes
        if len(rows) != len(columns) or not all(0 <= axis < rank for axis in (*rows, *columns)):
            raise _Unreadable(f"it leads from axes {columns} to {rows}, and there are {rank}")
        inner = _affine(part.transformation, len(rows))
        matrix[rows] = 0
        matrix[np.ix_(rows, columns)] = inner.matrix
        offset[rows] = inner.offset
    return _Affine(matrix, offset)


def _vector(numbers: object, rank: int) -> Matrix:
    """A number for each axis."""
    return _checked([msgspec.convert(numbers, list[float])], (1, rank)).reshape(rank)


def _grid(numbers: object, rows: int, columns: int) -> Matrix:
    return _checked(msgspec.convert(numbers, list[list[float]]), (rows, columns))


def _checked(rows: list[list[float]], shape: tuple[int, int]) -> Matrix:
    if len(rows) != shape[0] or any(len(row) != shape[1] for row in rows):
        raise _Unreadable(f"it has not {shape[0]} x {shape[1]} numbers")
    array = np.array(rows, np.float64)
    if not np.isfinite(array).all():
        raise _Unreadable("its numbers are not finite")
    return array


def _left_out(transformation: Transformation, why: str) -> str:
    return f"A transformation of type {transformation.type!r} is not understood and not applied: {why}."


AFFINES: dict[str, Callable[[Transformation, int], _Affine]] = {
    "identity": lambda leaf, rank: _Affine(np.eye(rank), np.zeros(rank)),
    "scale": lambda leaf, rank: _Affine(np.diag(_vector(leaf.scale, rank)), np.zeros(rank)),
    "translation": lambda leaf, rank: _Affine(np.eye(rank), _vector(leaf.translation, rank)),
    "rotation": _rotation,
    "affine": _matrix,
    "mapAxis": _map_axis,
    "byDimension": _by_dimension,
    "sequence": _sequence,
}
