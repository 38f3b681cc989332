"""Transformations of levels that are no plain scale and translation: where voxels come to lie, by hand."""

import math
from typing import Any

import numpy as np
import pytest

from render.errors import DataError
from render.volume.info import VolumeInfo
from render.volume.ome import read_multiscale
from render.volume.pyramid import ArrayMeta, build_pyramid
from tests.ngff.cases import YX, ZYX, Json, axis, scale, space, translation, under

QUARTER = [[0, -1], [1, 0]]


def sequence(*steps: Json) -> Json:
    return {"type": "sequence", "transformations": list(steps)}


def read(axes: Any, *levels: Json, shape: tuple[int, ...] = (3, 5, 7), **more: Any) -> VolumeInfo:
    """An image of 0.6 whose levels lead to "physical"; each is half as large as the one before."""
    datasets = [
        {
            "path": str(i),
            "coordinateTransformations": [step | {"input": {"path": str(i)}, "output": {"name": "physical"}}],
        }
        for i, step in enumerate(levels)
    ]
    systems = [{"name": "physical", "axes": list(axes)}, *more.pop("systems", [])]
    document = under("0.6rc0", multiscales=[{"coordinateSystems": systems, "datasets": datasets, **more}])
    shapes = [tuple(-(-n // 2**i) for n in shape[: len(axes)]) for i in range(len(levels))]
    arrays = [ArrayMeta(shape, shape, np.dtype("uint16")) for shape in shapes]
    return build_pyramid("sample", read_multiscale(document), arrays).info


def corner(info: VolumeInfo, index: tuple[int, int, int], level: int = 0) -> tuple[float, float, float]:
    """Where the voxel (z, y, x) of a level is in the world (x, y, z), rounded."""
    at = info.levels[level]
    z, y, x = (o + s * i for o, s, i in zip(at.origin, at.spacing, index, strict=True))
    world = info.pose.to_world((x, y, z)) if info.rotated else (x, y, z)
    return tuple(round(number, 6) for number in world)  # type: ignore[return-value]


def test_a_map_of_axes_names_the_axes_of_the_array_in_its_own_order() -> None:
    # Output z is input 2, y is input 0, x is input 1: the array is (y, x, z).
    info = read(ZYX, sequence({"type": "mapAxis", "mapAxis": [2, 0, 1]}, scale(4, 2, 1), translation(30, 20, 10)))
    assert [axis.name for axis in info.axes] == ["y", "x", "z"]
    assert (info.levels[0].shape, info.levels[0].spacing) == ((7, 3, 5), (4, 2, 1))
    assert corner(info, (1, 2, 3)) == (13, 24, 34)
    assert not info.rotated


def test_an_affine_of_scale_and_translation_is_that() -> None:
    info = read(ZYX, {"type": "affine", "affine": [[4, 0, 0, 30], [0, 2, 0, 20], [0, 0, 1, 10]]})
    assert (info.levels[0].spacing, info.levels[0].origin) == ((4, 2, 1), (30, 20, 10))
    assert not any("not applied" in note or "how large" in note for note in info.notes)


def test_by_dimension_scales_some_axes_and_moves_others() -> None:
    parts = [
        {"transformation": scale(4), "inputAxes": [0], "outputAxes": [0]},
        {"transformation": sequence(scale(2, 3), translation(20, 10)), "inputAxes": [1, 2], "outputAxes": [1, 2]},
    ]
    info = read(ZYX, {"type": "byDimension", "transformations": parts})
    assert (info.levels[0].spacing, info.levels[0].origin) == ((4, 2, 3), (0, 20, 10))


def test_a_rotation_turns_every_level_about_the_same_point() -> None:
    # 30 degrees in the plane of y and x: y' = y cos - x sin, x' = y sin + x cos, after voxels of 4, 2 and 1.
    c, s = math.cos(math.pi / 6), math.sin(math.pi / 6)
    turn = {"type": "rotation", "rotation": [[1, 0, 0], [0, c, -s], [0, s, c]]}
    info = read(
        ZYX,
        sequence(scale(4, 2, 1), turn, translation(30, 20, 10)),
        sequence(scale(8, 4, 2), translation(2, 1, 0.5), turn, translation(30, 20, 10)),
    )
    assert info.rotated
    assert [level.spacing for level in info.levels] == [pytest.approx((4, 2, 1)), pytest.approx((8, 4, 2))]
    assert corner(info, (0, 0, 0)) == (10, 20, 30)
    assert corner(info, (1, 2, 3)) == pytest.approx((10 + 4 * s + 3 * c, 20 + 4 * c - 3 * s, 34), abs=1e-5)
    # Voxel (1, 2, 3) of the second level: (8 + 2, 8 + 1, 6 + 0.5) before it is turned.
    assert corner(info, (1, 2, 3), 1) == pytest.approx((10 + 9 * s + 6.5 * c, 20 + 9 * c - 6.5 * s, 40), abs=1e-5)


def test_a_quarter_turn_is_an_order_of_axes_and_a_voxel_order_that_runs_backwards() -> None:
    # y' = -x, x' = y: the array is (x, y), and its second axis runs against the world's.
    info = read(YX, sequence(scale(2, 3), {"type": "rotation", "rotation": QUARTER}), shape=(5, 7))
    assert [axis.name for axis in info.axes] == ["x", "y"]
    assert info.levels[0].spacing[1:] == (3, 2)
    assert info.levels[0].origin[1:] == (-18, 0)
    assert any("read in reverse" in note for note in info.notes)


def test_levels_that_are_turned_into_time_are_refused() -> None:
    turn = {"type": "rotation", "rotation": [[0.6, -0.8, 0], [0.8, 0.6, 0], [0, 0, 1]]}
    with pytest.raises(DataError, match="turned out of space, into the axes t, y, x"):
        read((axis("t", "time"), *YX), sequence(scale(1, 2, 2), turn))


def test_a_shear_is_left_out_and_said() -> None:
    info = read(ZYX, {"type": "affine", "affine": [[4, 0, 0, 0], [0, 2, 0.5, 0], [0, 0, 1, 0]]})
    assert info.levels[0].spacing == (1, 1, 1)
    assert any("no common rotation" in note for note in info.notes)


def test_levels_in_array_indices_are_drawn_in_the_space_that_these_lead_to() -> None:
    indices = [axis("dim_0", "array"), axis("dim_1", "array"), axis("dim_2", "array")]
    onward = {**scale(4, 2, 1), "input": {"name": "physical"}, "output": {"name": "world"}}
    info = read(
        indices,
        {"type": "identity"},
        scale(2, 2, 2),
        systems=[{"name": "world", "axes": list(ZYX)}],
        coordinateTransformations=[onward],
    )
    assert [axis.name for axis in info.axes] == ["z", "y", "x"]
    assert [level.spacing for level in info.levels] == [(4, 2, 1), (8, 4, 2)]


def test_transformations_beyond_the_space_of_the_levels_are_not_applied_and_it_is_said() -> None:
    onward = {**scale(10, 10), "input": {"name": "physical"}, "output": {"name": "world"}}
    info = read(
        YX,
        scale(2, 3),
        shape=(5, 7),
        systems=[{"name": "world", "axes": [space("y"), space("x")]}],
        coordinateTransformations=[onward],
    )
    assert info.levels[0].spacing[1:] == (2, 3)
    assert any("'physical'" in note for note in info.notes)


def test_as_many_numbers_as_axes_of_space_are_theirs() -> None:
    info = read((axis("t", "time"), *YX), scale(2, 3))
    assert info.levels[0].spacing[1:] == (2, 3)
    assert any("2 numbers for 3 axes" in note for note in info.notes)
