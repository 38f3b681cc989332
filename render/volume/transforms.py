"""The coordinate transformations of NGFF 0.4 to 0.6, brought down to scale, translation, order and rotation; pure.

What levels may have by the rules, scales and translations, stays as it is written. Anything else is multiplied out to
one matrix, and what a picture can be drawn with is read off that.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
import numpy as np

from render.volume.affines import Affine, Matrix, Transformation, Unreadable, affine
from render.volume.ngff_rules.transformations import is_rotation

PLAIN = ("identity", "scale", "translation")
EXACT = 1e-3
"""How far columns may be from perpendicular: over 500 voxels that is half a voxel."""


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


def _turned(wholes: Sequence[Affine], notes: list[str]) -> Reduced | None:
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


def _whole(leaves: Sequence[Transformation], rank: int, notes: list[str]) -> Affine:
    whole = Affine(np.eye(rank), np.zeros(rank))
    for leaf in leaves:
        try:
            whole = whole.then(affine(leaf, rank))
        except (Unreadable, msgspec.ValidationError) as error:
            notes.append(_left_out(leaf, str(error)))
    return whole


def _left_out(transformation: Transformation, why: str) -> str:
    return f"A transformation of type {transformation.type!r} is not understood and not applied: {why}."
