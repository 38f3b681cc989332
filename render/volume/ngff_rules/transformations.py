"""The rules for the transformations of 0.6, whatever they lead from and to; pure.

Every check takes the number of axes that go in and that must come out, None where it is not known, and gives back the
number that comes out.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from render.volume.ngff_rules.finding import Part

Rank = int | None
Check = Callable[[Part, Rank, Rank], Rank]

TYPE = "[Coordinate transformations] MUST contain the field `type` (string)."
KNOWN = "The following transformations are supported"
FIELDS = "[They] MUST contain any other fields required by the given `type`"
MAP_AXIS = (
    "The length of the array MUST equal the number of dimensions in both the input and output coordinate systems. Each "
    "integer in the array MUST be a valid zero-based index into the input coordinate system's axes. Each index MUST "
    "appear exactly once in the array."
)
PROJECT = "projectAxis: `droppedInputs` and `createdOutputs`, the indices of the axes to drop and of zeros to insert"
VECTOR = "Input and output dimensionality MUST be identical and MUST equal the length of the `{}` array (N)."
AFFINE = "the outer array MUST be length `M` and the inner arrays MUST be length `N+1`."
ROTATION = (
    "Rotations are stored as `NxN` matrices, and MUST have determinant equal to one, with orthonormal rows and columns."
)
PATH = "stored either with JSON or as a Zarr array at a location in this container (`path`)"
SEQUENCE = "sequence: **transformations** a non-empty array of transformations."
BIJECTION = "bijection: **forward** The forward transformation. **inverse** The inverse transformation."
FIELD = "displacements, coordinates: **path** The location of the coordinate array in this (or another) container."
INTERPOLATION = "interpolation: one of nearest, linear, cubic"
BY_DIMENSION = (
    "`transformations` MUST be an array of wrapped transformations. Each item MUST contain `inputAxes`, `outputAxes` "
    "and `transformation` fields. The values of `inputAxes` and `outputAxes` are arrays of integers."
)
ONCE = (
    "Every axis index in the parent byDimension's `output` coordinate system MUST appear in exactly one child "
    "transformation's `outputAxes` array."
)
EXACT = 1e-3
"""Rotations are written with few digits: 0.7071 misses orthonormality by 2e-5."""


def check_transformation(part: Part, rank: Rank, out: Rank) -> Rank:
    """One transformation and those in it."""
    if not part.is_object(KNOWN):
        return None
    kind = part.need("type", TYPE)
    if kind is None or not kind.is_text(TYPE):
        return None
    check = CHECKS.get(str(kind.value))
    if check is None:
        kind.breaks(KNOWN, f"it is {kind.value!r} and must be one of {', '.join(CHECKS)}")
        return None
    return check(part, rank, out)


def _identity(part: Part, rank: Rank, out: Rank) -> Rank:
    return rank


def _map_axis(part: Part, rank: Rank, out: Rank) -> Rank:
    order = part.need("mapAxis", FIELDS)
    indices = None if order is None else order.integers(MAP_AXIS, 1)
    if order is None or indices is None:
        return rank
    if sorted(indices) != list(range(len(indices) if rank is None else rank)):
        order.breaks(MAP_AXIS, f"it is {indices}, and there are {'as many' if rank is None else rank} axes")
    return rank


def _project_axis(part: Part, rank: Rank, out: Rank) -> Rank:
    if not (part.has("droppedInputs") or part.has("createdOutputs")):
        part.breaks(PROJECT, "there is neither 'droppedInputs' nor 'createdOutputs'")
        return out
    dropped = _indices(part, "droppedInputs", rank)
    created = _indices(part, "createdOutputs", out)
    if rank is None:
        return out
    left = rank - dropped + created
    if out is not None and left != out:
        part.breaks(PROJECT, f"{rank} axes without {dropped} and with {created} are {left}, and there are {out}")
    return left


def _indices(part: Part, key: str, axes: Rank) -> int:
    """How many axes `key` lists; 0 where it is not there."""
    if not part.has(key):
        return 0
    listed = part.at(key)
    indices = listed.integers(PROJECT, 1) or []
    listed.are_unique(indices, "the index", PROJECT)
    if axes is not None and any(index >= axes for index in indices):
        listed.breaks(PROJECT, f"it is {indices}, and there are {axes} axes")
    return len(indices)


def _vector(part: Part, rank: Rank, out: Rank) -> Rank:
    kind = str(part.at("type").value)
    numbers = part.need(kind, FIELDS)
    if numbers is None or not numbers.is_numbers(VECTOR.format(kind)):
        return rank
    if rank is not None and len(numbers.listed) != rank:
        numbers.breaks(VECTOR.format(kind), f"it has {len(numbers.listed)} numbers, and there are {rank} axes")
    return rank


def _affine(part: Part, rank: Rank, out: Rank) -> Rank:
    matrix = _matrix(part, "affine", AFFINE)
    if matrix is None:
        return out
    rows, columns = len(matrix), len(matrix[0])
    if (rank is not None and columns != rank + 1) or (out is not None and rows != out):
        part.at("affine").breaks(AFFINE, f"it is {rows} x {columns}, from {rank} axes to {out}")
    return rows


def _rotation(part: Part, rank: Rank, out: Rank) -> Rank:
    matrix = _matrix(part, "rotation", ROTATION)
    if matrix is None:
        return rank
    rows, columns = len(matrix), len(matrix[0])
    if rows != columns or (rank is not None and rows != rank):
        part.at("rotation").breaks(ROTATION, f"it is {rows} x {columns}, and there are {rank} axes")
    elif not is_rotation(np.array(matrix, float)):
        part.at("rotation").breaks(ROTATION, f"it is no rotation: {matrix}")
    return rank


def is_rotation(matrix: NDArray[np.float64]) -> bool:
    """Whether rows and columns are orthonormal and the determinant 1."""
    return bool(
        np.isfinite(matrix).all()
        and np.abs(matrix @ matrix.T - np.eye(len(matrix))).max() <= EXACT
        and np.linalg.det(matrix) > 0
    )


def _matrix(part: Part, key: str, rule: str) -> list[list[float]] | None:
    """The matrix under `key`; None where it is in an array at `path`, or none."""
    if not part.has(key):
        path = part.need("path", PATH)
        if path is not None:
            path.is_text(PATH)
        return None
    matrix = part.at(key)
    if not matrix.is_list(rule, 1) or not all(row.is_numbers(rule) for row in matrix.items()):
        return None
    lengths = {len(row.listed) for row in matrix.items()}
    if len(lengths) > 1:
        matrix.breaks(rule, f"its rows have {', '.join(map(str, sorted(lengths)))} numbers")
        return None
    return [[x for x in row.listed if isinstance(x, int | float)] for row in matrix.items()]


def _sequence(part: Part, rank: Rank, out: Rank) -> Rank:
    inner = part.need("transformations", FIELDS)
    if inner is None or not inner.is_list(SEQUENCE, 1):
        return out
    count = len(inner.listed)
    for index, step in enumerate(inner.items()):
        rank = check_transformation(step, rank, out if index == count - 1 else None)
    return rank


def _bijection(part: Part, rank: Rank, out: Rank) -> Rank:
    for key, pair in (("forward", (rank, out)), ("inverse", (out, rank))):
        inner = part.need(key, BIJECTION)
        if inner is not None:
            check_transformation(inner, *pair)
    return out


def _field(part: Part, rank: Rank, out: Rank) -> Rank:
    path = part.need("path", FIELD)
    if path is not None:
        path.is_text(FIELD)
    if part.has("interpolation") and part.at("interpolation").value not in ("nearest", "linear", "cubic"):
        part.at("interpolation").breaks(INTERPOLATION, f"it is {part.at('interpolation').value!r}")
    return out


def _by_dimension(part: Part, rank: Rank, out: Rank) -> Rank:
    inner = part.need("transformations", FIELDS)
    if inner is None or not inner.is_list(BY_DIMENSION, 1):
        return out
    out = rank if out is None else out
    covered: list[int] = []
    for item in inner.items():
        if not item.is_object(BY_DIMENSION):
            continue
        sizes = [_axes(item, key, axes) for key, axes in (("inputAxes", rank), ("outputAxes", out))]
        wrapped = item.need("transformation", BY_DIMENSION)
        if wrapped is not None:
            check_transformation(wrapped, *(None if size is None else len(size) for size in sizes))
        covered += sizes[1] or []
    inner.are_unique(covered, "the output axis", ONCE)
    if out is not None and len(set(covered)) < out:
        # A note only: the valid case multiscales_transform_additional_transforms leaves one of three out.
        inner.breaks(ONCE, f"output axes {sorted(set(range(out)) - set(covered))} are left out", "note")
    return out


def _axes(item: Part, key: str, count: Rank) -> list[int] | None:
    axes = item.need(key, BY_DIMENSION)
    indices = None if axes is None else axes.integers(BY_DIMENSION)
    if axes is None or indices is None:
        return None
    if count is not None and any(index >= count for index in indices):
        axes.breaks(BY_DIMENSION, f"it is {indices}, and there are {count} axes")
    return indices


CHECKS: dict[str, Check] = {
    "identity": _identity,
    "mapAxis": _map_axis,
    "projectAxis": _project_axis,
    "translation": _vector,
    "scale": _vector,
    "affine": _affine,
    "rotation": _rotation,
    "sequence": _sequence,
    "displacements": _field,
    "coordinates": _field,
    "bijection": _bijection,
    "byDimension": _by_dimension,
}
