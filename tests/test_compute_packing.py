"""Voxels in bricks: every voxel and neighbour is found again, whatever the dtype, shape and order of slabs."""

from itertools import product

import numpy as np
import pytest

from render.compute.layouts import BRICK, CELL, F32, U8
from render.compute.packing import PackedLevel, Packer
from render.compute.staging import LevelKey, Staging
from render.compute.stored import to_stored
from render.volume.info import Level
from render.volume.levels import bytes_per_voxel, device_bytes
from tests.arrays import memory_volume


def pack(voxels: np.ndarray, cuts: list[int], lean: bool = False) -> PackedLevel:
    packer = Packer(voxels.shape, voxels.dtype.name, lean=lean)
    spans = list(zip(cuts, [*cuts[1:], len(voxels)], strict=True))
    for first, last in reversed(spans):
        packer.add(first, voxels[first:last])
    return packer.finish()


def corner(packed: PackedLevel, cell: tuple[int, int, int], offset: tuple[int, int, int]) -> float:
    """The value that a kernel would find at `offset` (z, y, x) of 0 or 1 from the cell's lower voxel."""
    z, y, x = cell
    dz, dy, dx = offset
    k, j, i = (n % BRICK for n in cell)
    if packed.layout.values_a_word > 1:
        values = packed.pool[packed.pages[z // BRICK, y // BRICK, x // BRICK]].view(packed.layout.stored)
        return float(values[((k + dz) * (BRICK + 1) + j + dy) * (BRICK + 1) + i + dx])
    brick = packed.pool[packed.pages[z // BRICK, y // BRICK, x // BRICK]].reshape(packed.layout.brick)
    if packed.layout.name == U8.name:
        return (int(brick[k + dz, j, i]) >> (8 * dx + 16 * dy)) & 0xFF
    if packed.layout.name == F32.name:
        return float(brick[k + dz, j + dy, i + dx : i + dx + 1].view(np.float32)[0])
    return (int(brick[k + dz, j + dy, i]) >> (16 * dx)) & 0xFFFF


@pytest.mark.parametrize("lean", [False, True], ids=["fast", "lean"])
@pytest.mark.parametrize("dtype", ["uint8", "int8", "uint16", "int16", "float32", "float64"])
@pytest.mark.parametrize(
    ("shape", "cuts"),
    [
        pytest.param((70, 45, 67), [0], id="one slab"),
        pytest.param((70, 45, 67), [0, 32, 64], id="slabs of one brick, last one first"),
        pytest.param((1, 5, 33), [0], id="a plane"),
        pytest.param((33, 1, 1), [0, 32], id="a column"),
    ],
)
def test_every_corner_of_every_cell_is_found(
    dtype: str, shape: tuple[int, int, int], cuts: list[int], lean: bool
) -> None:
    random = np.random.default_rng(1)
    voxels = (random.normal(size=shape) * 100).astype(dtype)
    voxels[:40, :32, :32] = 7  # a brick and a bit of one value, which share a slot where they may
    packed = pack(voxels, cuts, lean)
    stored = to_stored(voxels)
    last = [max(n - 2, 0) for n in shape]
    cells = [tuple(last), *(tuple(random.integers(0, np.array(last) + 1)) for _ in range(200))]
    for cell in cells:
        for offset in product(*(range(min(2, n)) for n in shape)):
            at = tuple(c + o for c, o in zip(cell, offset, strict=True))
            assert corner(packed, cell, offset) == stored[at]


@pytest.mark.parametrize("lean", [False, True], ids=["fast", "lean"])
@pytest.mark.parametrize("dtype", ["uint8", "int16", "float32"])
@pytest.mark.parametrize(
    "shape",
    [
        pytest.param((1, 700, 1030), id="an image"),
        pytest.param((3, 500, 333), id="a few planes"),
        pytest.param((32, 65, 97), id="just a brick thick"),
        pytest.param((33, 65, 97), id="a plane more than a brick"),
        pytest.param((70, 1, 45), id="a single row"),
        pytest.param((96, 128, 160), id="whole bricks"),
    ],
)
def test_a_packed_level_takes_no_more_than_levels_are_chosen_by(
    dtype: str, shape: tuple[int, int, int], lean: bool
) -> None:
    voxels = np.random.default_rng(3).integers(0, 120, shape).astype(dtype)
    level = Level("0", shape, shape, (1.0, 1.0, 1.0), (0.0, 0.0, 0.0))
    assert pack(voxels, [0], lean).nbytes <= device_bytes(level, 1, bytes_per_voxel(dtype, lean))


@pytest.mark.parametrize(
    ("dtype", "lean", "bytes_a_voxel"),
    [
        pytest.param("uint8", False, 4.16, id="u8"),
        pytest.param("uint16", False, 4.32, id="u16"),
        pytest.param("float32", False, 4.51, id="f32"),
        pytest.param("int8", True, 1.13, id="u8-lean"),
        pytest.param("int16", True, 2.26, id="u16-lean"),
    ],
)
def test_whole_bricks_take_what_the_layouts_say(dtype: str, lean: bool, bytes_a_voxel: float) -> None:
    voxels = np.random.default_rng(6).integers(0, 120, (64, 96, 128)).astype(dtype)
    assert pack(voxels, [0, 32], lean).nbytes / voxels.size == pytest.approx(bytes_a_voxel, abs=0.005)


def test_an_image_takes_twice_a_volume_s_share_and_no_more() -> None:
    assert device_bytes(Level("0", (1, 4096, 4096), (1, 1, 1), (1.0, 1.0, 1.0), (0.0, 0.0, 0.0)), 1) < 10 * 4096**2


@pytest.mark.parametrize("cuts", [[0], [0, 32, 64]], ids=["one slab", "three slabs"])
def test_the_range_of_a_cell_includes_the_next_voxel_on_every_side(cuts: list[int]) -> None:
    voxels = np.random.default_rng(2).integers(0, 60000, (70, 13, 37), dtype=np.uint16)
    packed = pack(voxels, cuts)
    for cell in np.ndindex(packed.low.shape):
        block = voxels[tuple(slice(c * CELL, c * CELL + CELL + 1) for c in cell)]
        assert (packed.low[cell], packed.high[cell]) == (block.min(), block.max())


@pytest.mark.parametrize("lean", [False, True], ids=["fast", "lean"])
@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_constant_bricks_share_a_slot_and_stop_where_the_next_slab_differs(dtype: str, lean: bool) -> None:
    voxels = np.zeros((96, 64, 64), dtype)
    assert len(pack(voxels, [0, 32, 64], lean).pool) == 1
    voxels[64, 40, 40] = 9
    packed = pack(voxels, [0, 32, 64], lean)
    assert packed.pages[1, 1, 1] != packed.pages[0, 0, 0]
    assert corner(packed, (63, 40, 40), (1, 0, 0)) == 9
    assert corner(packed, (31, 40, 40), (1, 0, 0)) == 0


def test_signed_integers_keep_their_order() -> None:
    values = np.array([-32768, -5, 0, 7, 32767], np.int16)
    assert to_stored(values).tolist() == [0, 32763, 32768, 32775, 65535]


def test_what_is_no_number_and_what_float32_cannot_hold_becomes_nan() -> None:
    values = np.array([np.nan, -3.5, np.inf, 8, 1e300, -np.inf], np.float64)
    assert np.array_equal(to_stored(values), [np.nan, -3.5, np.nan, 8, np.nan, np.nan], equal_nan=True)


@pytest.mark.parametrize("dtype", ["int32", "uint32", "int64", "uint64", "float64"])
def test_wide_values_far_from_zero_keep_their_differences(dtype: str) -> None:
    # float32 has steps of 128 here.
    values = np.array([2_000_000_000, 2_000_000_003, 2_000_000_100]).astype(dtype)
    volume = memory_volume(np.broadcast_to(values, (2, 5, 3)).copy())
    packed = Staging(2**20).packed(volume, LevelKey(volume.key, 0, 0, 0))
    found = [corner(packed, (0, 0, x), (0, 0, 0)) - packed.offset for x in range(3)]
    assert found == values.tolist()


def test_float32_is_stored_as_it_is() -> None:
    packed = pack(np.full((2, 3, 4), 1e9, np.float32), [0])
    assert (packed.offset, corner(packed, (0, 0, 0), (0, 0, 0))) == (0, 1e9)


@pytest.mark.parametrize("cuts", [[0], [0, 32, 64]], ids=["one slab", "three slabs"])
def test_the_range_of_a_cell_leaves_out_what_is_nothing(cuts: list[int]) -> None:
    voxels = np.random.default_rng(4).normal(size=(70, 13, 37)).astype(np.float32)
    voxels[np.random.default_rng(5).random(voxels.shape) < 0.5] = np.nan
    voxels[20:40, :, 20:] = np.nan
    packed = pack(voxels, cuts)
    for cell in np.ndindex(packed.low.shape):
        block = voxels[tuple(slice(c * CELL, c * CELL + CELL + 1) for c in cell)]
        numbers = block[~np.isnan(block)]
        expected = (numbers.min(), numbers.max()) if numbers.size else (np.inf, -np.inf)
        assert (packed.low[cell], packed.high[cell]) == expected


def test_bricks_of_nothing_share_a_slot_and_a_hole_in_a_constant_one_stays() -> None:
    voxels = np.full((96, 64, 64), np.nan, np.float32)
    assert len(pack(voxels, [0, 32, 64]).pool) == 1
    voxels[:64] = 7
    voxels[40, 40, 40] = np.nan
    packed = pack(voxels, [0, 32, 64])
    assert np.isnan(corner(packed, (39, 40, 40), (1, 0, 0)))
    assert [corner(packed, (z, 8, 8), (1, 0, 0)) for z in (30, 62)] == [7, 7]
    assert np.isnan(corner(packed, (63, 8, 8), (1, 0, 0)))
