"""Ids in bricks: every one is found again, whatever its type, the shape and the order of slabs; and what is staged."""

from pathlib import Path

import numpy as np
import pytest

from render.compute.label_packing import LabelPacker
from render.compute.layouts import BRICK, CELL
from render.compute.packing import PackedLevel
from render.compute.staging import LabelKey, Staging, label_keys
from render.errors import DataError, NotFound
from render.scene import Camera, Labels, Quality, View
from render.volume.info import Level
from render.volume.levels import device_bytes
from render.volume.sources import open_volume
from tests.volumes import gradient, write_labels, write_ome_zarr


def pack(ids: np.ndarray, cuts: list[int]) -> PackedLevel:
    packer = LabelPacker(ids.shape)
    for first, last in reversed(list(zip(cuts, [*cuts[1:], len(ids)], strict=True))):
        packer.add(first, ids[first:last])
    return packer.finish()


def unpacked(packed: PackedLevel) -> np.ndarray:
    """The ids of all voxels, as a kernel would find them."""
    found = np.empty(packed.shape, np.uint64)
    for place in np.ndindex(*packed.pages.shape):
        block = tuple(slice(p * BRICK, (p + 1) * BRICK) for p in place)
        brick = packed.pool[packed.pages[place]].reshape(packed.layout.brick)
        part = found[block]
        part[...] = packed.ids[brick[tuple(slice(n) for n in part.shape)]]
    return found


def blobs(shape: tuple[int, int, int], ids: list[int]) -> np.ndarray:
    """Blocks of some of `ids`, as large as labels are, in nothing."""
    random = np.random.default_rng(1)
    found = np.zeros(shape, np.uint64)
    for label in ids:
        corner = [int(random.integers(0, n)) for n in shape]
        found[tuple(slice(c, c + 17) for c in corner)] = label
    return found


SHAPES = pytest.mark.parametrize(
    ("shape", "cuts"),
    [
        pytest.param((70, 45, 67), [0], id="one slab"),
        pytest.param((70, 45, 67), [0, 32, 64], id="slabs of one brick, last one first"),
        pytest.param((1, 5, 33), [0], id="a plane"),
        pytest.param((33, 1, 1), [0, 32], id="a column"),
    ],
)


@SHAPES
@pytest.mark.parametrize("largest", [200, 2**40, 2**64 - 1], ids=["small ids", "large ids", "the largest id"])
def test_every_id_is_found(shape: tuple[int, int, int], cuts: list[int], largest: int) -> None:
    ids = blobs(shape, [largest - 3 * k for k in range(40)])
    packed = pack(ids, cuts)
    assert np.array_equal(unpacked(packed), ids)
    assert packed.ids.tolist() == sorted({0, *ids.ravel().tolist()})


@SHAPES
def test_ranges_are_those_of_a_cell_and_the_next_voxels(shape: tuple[int, int, int], cuts: list[int]) -> None:
    ids = blobs(shape, [7, 2**50, 900, 12, 13, 2**63])
    packed = pack(ids, cuts)
    for cell in np.ndindex(packed.low.shape):
        block = ids[tuple(slice(c * CELL, c * CELL + CELL + 1) for c in cell)]
        assert packed.ids[[packed.low[cell], packed.high[cell]]].tolist() == [block.min(), block.max()]


def test_nothing_is_index_0_even_where_every_voxel_has_an_id() -> None:
    packed = pack(np.full((3, 5, 7), 9, np.uint8), [0])
    assert packed.ids.tolist() == [0, 9]
    assert packed.low.min() == 1


def test_ids_less_than_0_are_nothing() -> None:
    ids = np.array([-1, 0, 5, -7], np.int32).reshape(1, 1, 4)
    assert unpacked(pack(ids, [0])).ravel().tolist() == [0, 0, 5, 0]


def test_bricks_of_one_id_share_a_slot_across_slabs() -> None:
    ids = np.full((96, 64, 64), 3, np.uint16)
    ids[32:64] = 8
    assert len(pack(ids, [0, 32, 64]).pool) == 2


def test_more_ids_than_can_be_drawn_are_refused_with_the_numbers() -> None:
    packer = LabelPacker((3, 5, 7), most_ids=100)
    with pytest.raises(DataError, match="105 labels in one level and time: at most 100"):
        packer.add(0, gradient((3, 5, 7), "uint32"))


def test_packed_ids_take_no_more_than_levels_are_chosen_by() -> None:
    shape = (70, 45, 67)
    level = Level("0", shape, shape, (1.0, 1.0, 1.0), (0.0, 0.0, 0.0))
    ids = np.random.default_rng(2).integers(1, 500, shape).astype(np.uint64)
    assert pack(ids, [0, 32, 64]).nbytes <= device_bytes(level, 1)


def test_labels_are_staged_once_on_the_grid_of_the_drawn_level(tmp_path: Path) -> None:
    path = write_ome_zarr(tmp_path / "image.zarr", gradient((2, 1, 6, 10, 14)), "tczyx", levels=2)
    write_labels(path, "cells", gradient((6, 10, 14)))
    volume, staging = open_volume(str(path)), Staging(2**20)
    view = View("image", Camera((0, 0, -9), (0, 0, 0), (0, -1, 0)), (), time=1, labels=(Labels("cells", 1.0),))
    keys = label_keys(volume, view, Quality(1))
    assert keys == [LabelKey(volume.key, 1, "cells", 0)]
    packed = staging.packed(volume, keys[0])
    assert keys[0] in staging
    assert packed.shape == volume.info.levels[1].shape == (3, 5, 7)
    assert np.array_equal(unpacked(packed), gradient((6, 10, 14))[1::2, 1::2, 1::2])
    assert staging.packed(volume, keys[0]) is packed


def test_labels_that_are_not_there_are_not_found_before_a_voxel_is_read(tmp_path: Path) -> None:
    volume = open_volume(str(write_ome_zarr(tmp_path / "image.zarr", gradient((3, 5, 7)))))
    view = View("image", Camera((0, 0, -9), (0, 0, 0), (0, -1, 0)), (), labels=(Labels("cells", 1.0),))
    with pytest.raises(NotFound, match="no labels 'cells'; there are: none"):
        label_keys(volume, view, Quality())
