"""How voxels lie in a brick's words: the layouts, and packing a block of stored values into one; numpy only.

With `packing`, `label_packing` and `field` all that knows how voxels lie in memory. A brick is BRICK^3 voxels plus an
apron of the next voxel's value, so that a trilinear cell never reaches into another brick. The fast layouts trade
memory for gathers, which is what a CPU runs out of first (shaded DVR of 512^3: 73 ms for u8, 85 and 95 for u16 and
f32, 98 for u8-lean). Bytes of a voxel, of a level of many whole bricks none of which is constant:

                                                     gathers a sample   pool    ranges   pages      all
    u8        a word: the 2 x 2 neighbours in x and y      2            4.125   0.031    0.0001    4.16
    u16       a word: the 2 neighbours in x                4            4.254   0.063    0.0001    4.32
    f32       a word: a voxel                              8            4.387   0.125    0.0001    4.51
    u8-lean   a word: 4 voxels that follow each other      8            1.097   0.031    0.0001    1.13
    u16-lean  a word: 2 voxels that follow each other      8            2.194   0.063    0.0001    2.26
    ids       a word: the index of a voxel's id            1            4.000   0.125    0.0001    4.13

So the fast layouts take 4.16 times the bytes of 8-bit voxels and 2.16 times those of 16-bit ones, the lean ones 1.13
times. Constant bricks, which share a slot, take nothing.
"""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from render.compute.stored import Numbers, stored_type
from render.geometry import Shape3

BRICK_BITS = 5
BRICK = 1 << BRICK_BITS
CELL = 4
CELLS_PER_BRICK = BRICK // CELL

Words = NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class Layout:
    """How voxels of one kind are stored: `brick` is a brick's shape, (z, y, x), with the aprons that it has.

    `brick` is in words, and where `values_a_word` is more than 1 in values, of which each word holds so many that
    follow each other in C order, the first in its lowest bits.
    """

    name: str
    stored: str
    brick: Shape3
    values_a_word: int = 1

    @property
    def words(self) -> int:
        """Words of a brick; a last one that is not full is a whole one."""
        return -(-math.prod(self.brick) // self.values_a_word)

    @property
    def apron_at(self) -> int:
        """The word of a brick at which the plane begins that is the first of the next brick in z."""
        return BRICK * self.brick[1] * self.brick[2] // self.values_a_word

    def of_depth(self, depth: int) -> "Layout":
        """The same with bricks no thicker than a level of so many planes and the apron."""
        return replace(self, brick=(min(depth, BRICK) + self.brick[0] - BRICK, *self.brick[1:]))


U8 = Layout("u8", "uint8", (BRICK + 1, BRICK, BRICK))
U16 = Layout("u16", "uint16", (BRICK + 1, BRICK + 1, BRICK))
F32 = Layout("f32", "float32", (BRICK + 1, BRICK + 1, BRICK + 1))
U8_LEAN = Layout("u8-lean", "uint8", (BRICK + 1, BRICK + 1, BRICK + 1), 4)
U16_LEAN = Layout("u16-lean", "uint16", (BRICK + 1, BRICK + 1, BRICK + 1), 2)
IDS = Layout("ids", "uint32", (BRICK, BRICK, BRICK))

FAST = {"uint8": U8, "uint16": U16, "float32": F32}
LEAN = {"uint8": U8_LEAN, "uint16": U16_LEAN, "float32": F32}
"""The layout of a stored type; float32 has only one."""


def layout_of(dtype: str, lean: bool) -> Layout:
    """The layout of voxels of `dtype`."""
    return (LEAN if lean else FAST)[stored_type(dtype)]


def padded(stored: Numbers, least: Shape3) -> Numbers:
    """`stored` with its last planes, rows and columns repeated up to the shape `least`."""
    missing = [(0, max(0, n - have)) for n, have in zip(least, stored.shape, strict=True)]
    return np.pad(stored, missing, mode="edge") if any(after for _, after in missing) else stored


def block_of(planes: Numbers, j: int, i: int) -> Numbers:
    """The voxels of brick (j, i) of a layer with the next row and column; the last ones repeat themselves."""
    rows, columns = slice(j * BRICK, (j + 1) * BRICK + 1), slice(i * BRICK, (i + 1) * BRICK + 1)
    return padded(planes[:, rows, columns], (0, BRICK + 1, BRICK + 1))


def pack(block: Numbers, words: Words, layout: Layout) -> None:
    """Write (n, BRICK + 1, BRICK + 1) stored values as the words of n planes, 70 us a brick where memory is warm."""
    if layout.values_a_word > 1:
        values = words.view(block.dtype)
        values[: block.size] = block.ravel()
        values[block.size :] = 0
        return
    shaped = words.reshape(len(block), *layout.brick[1:])
    if layout.name == F32.name:
        shaped[...] = np.ascontiguousarray(block).view(np.uint32)
    elif layout.name == U16.name:
        np.left_shift(block[..., 1:], 16, out=shaped, dtype=np.uint32)
        np.bitwise_or(shaped, block[..., :-1], out=shaped)
    else:
        parts = np.empty((*shaped.shape, 4), np.uint8)
        parts[..., 0], parts[..., 1] = block[:, :-1, :-1], block[:, :-1, 1:]
        parts[..., 2], parts[..., 3] = block[:, 1:, :-1], block[:, 1:, 1:]
        shaped[...] = parts.view(np.uint32)[..., 0]
