"""Voxels of a level -> a pool of packed bricks, a page table and the value range of every cell; numpy only.

With `field.py` the only module that knows how voxels lie in memory. A brick is BRICK^3 voxels plus an apron of the next
voxel's value, so that a trilinear cell never reaches into another brick. The layouts trade memory for gathers, which is
what a CPU runs out of first (shaded DVR of 512^3: 73 ms for the first, 85 and 95 for the others):

    8 bit    a word holds the 2 x 2 neighbours in x and y     2 gathers a sample   4.1 bytes a voxel
    16 bit   a word holds the 2 neighbours in x               4                    4.3
    float    a word is a voxel                                8                    4.4

What a word holds of a value is said in `stored`. Bricks of one value share a slot, and a level of fewer planes than
BRICK has thinner ones: an image would take 33 times its size.
"""

import threading
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from render.compute.stored import Numbers, offset, to_stored
from render.geometry import Shape3

BRICK_BITS = 5
BRICK = 1 << BRICK_BITS
CELL = 4
CELLS_PER_BRICK = BRICK // CELL
SHARED = 256
"""Values whose constant bricks share a slot, at most; as many slots may be left behind by bricks that were joined."""

Words = NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class Layout:
    """How voxels of one kind are stored: `brick` is a brick's shape in words, (z, y, x), with its apron."""

    name: str
    stored: str
    brick: Shape3

    @property
    def words(self) -> int:
        return self.brick[0] * self.brick[1] * self.brick[2]

    def of_depth(self, depth: int) -> "Layout":
        """The same with bricks no thicker than a level of so many planes and the apron."""
        return replace(self, brick=(min(depth, BRICK) + 1, *self.brick[1:]))


U8 = Layout("u8", "uint8", (BRICK + 1, BRICK, BRICK))
U16 = Layout("u16", "uint16", (BRICK + 1, BRICK + 1, BRICK))
F32 = Layout("f32", "float32", (BRICK + 1, BRICK + 1, BRICK + 1))

LAYOUTS = {"uint8": U8, "int8": U8, "uint16": U16, "int16": U16}
"""The layout of a dtype; every other is stored as float32."""


@dataclass(slots=True, eq=False)
class PackedLevel:
    """One channel of a level, packed: what a device needs of it. Filled by `Packer`, read-only after.

    `offset` was added to values when they were stored. `pool` is (slots, words of a brick) uint32; `pages` (z, y, x) is
    each brick's slot; `low` and `high` (z, y, x) are the range of stored values over each cell of CELL^3 voxels and the
    voxels next to it, NaN left out: inf and -inf where there is nothing else.
    """

    shape: Shape3
    layout: Layout
    offset: float
    pool: Words
    pages: NDArray[np.uint32]
    low: Numbers
    high: Numbers

    @property
    def nbytes(self) -> int:
        return self.pool.nbytes + self.pages.nbytes + self.low.nbytes + self.high.nbytes


@dataclass(slots=True, eq=False)
class Packer:
    """Packs a level of voxels of `dtype` slab by slab, in any order and from several threads; `finish` when all are in.

    Slabs begin at multiples of BRICK in z and end there or at the level's end. `base` is what `WIDE` types are stored
    as a distance from, one number for the whole level.
    """

    shape: Shape3
    dtype: str
    base: float = 0.0
    layout: Layout = field(init=False)
    _pool: Words = field(init=False)
    _pages: NDArray[np.uint32] = field(init=False)
    _low: Numbers = field(init=False)
    _high: Numbers = field(init=False)
    _first_planes: dict[int, Numbers] = field(init=False, default_factory=dict)
    _shared: dict[float, int] = field(init=False, default_factory=dict)
    _used: int = field(init=False, default=0)
    _lock: threading.Lock = field(init=False, default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.layout = LAYOUTS.get(self.dtype, F32).of_depth(self.shape[0])
        bricks = tuple(-(-n // BRICK) for n in self.shape)
        cells = tuple(-(-n // CELL) for n in self.shape)
        # Reserved, not used: pages of memory that no brick is written to are never touched.
        self._pool = np.empty((int(np.prod(bricks)) + SHARED, self.layout.words), np.uint32)
        self._pages = np.zeros(bricks, np.uint32)
        self._low = np.empty(cells, self.layout.stored)
        self._high = np.empty(cells, self.layout.stored)

    def add(self, first: int, slab: Numbers) -> None:
        """Pack the voxels (z, y, x) of planes `first` on; of `dtype`."""
        stored = to_stored(slab, self.base)
        with self._lock:
            self._first_planes[first] = stored[:1].copy()
        cells = slice(first // CELL, -(-(first + len(stored)) // CELL))
        self._low[cells] = _lowest(stored)
        self._high[cells] = _highest(stored)
        planes = self.layout.brick[0]
        for z in range(0, len(stored), BRICK):
            # The apron below the slab comes with the next slab; until `finish` it repeats the last plane.
            self._pack_layer((first + z) // BRICK, _padded(stored[z : z + planes], (planes, 0, 0)))

    def finish(self) -> PackedLevel:
        """Join the slabs where they meet; the packed level."""
        for first, plane in self._first_planes.items():
            if first > 0:
                self._join(first, plane)
        pool = self._pool[: self._used]
        added = offset(self.dtype, self.base)
        return PackedLevel(self.shape, self.layout, added, pool, self._pages, self._low, self._high)

    def _pack_layer(self, layer: int, planes: Numbers) -> None:
        """Pack the bricks of one z layer from as many planes as a brick has."""
        top = slice(layer * CELLS_PER_BRICK, (layer + 1) * CELLS_PER_BRICK)
        for j, i in np.ndindex(*self._pages.shape[1:]):
            rows = slice(j * CELLS_PER_BRICK, (j + 1) * CELLS_PER_BRICK)
            columns = slice(i * CELLS_PER_BRICK, (i + 1) * CELLS_PER_BRICK)
            low, high = self._low[top, rows, columns].min(), self._high[top, rows, columns].max()
            block = _block(planes, j, i)
            slot, fresh = self._slot(float(low), _is_constant(low, high, block))
            if fresh:
                _pack(block, self._pool[slot].reshape(self.layout.brick), self.layout)
            self._pages[layer, j, i] = slot

    def _slot(self, value: float, constant: bool) -> tuple[int, bool]:
        with self._lock:
            if constant and value in self._shared:
                return self._shared[value], False
            slot = self._used
            self._used += 1
            if constant and len(self._shared) < SHARED:
                self._shared[value] = slot
            return slot, True

    def _join(self, first: int, plane: Numbers) -> None:
        """Let the layer that ends at plane `first` know that plane: its apron and the ranges of its last cells."""
        cell = first // CELL - 1
        self._low[cell] = np.minimum(self._low[cell], _lowest(plane)[0])
        self._high[cell] = np.maximum(self._high[cell], _highest(plane)[0])
        layer = first // BRICK - 1
        shared = set(self._shared.values())
        apron = np.empty((1, *self.layout.brick[1:]), np.uint32)
        for j, i in np.ndindex(*self._pages.shape[1:]):
            _pack(_block(plane, j, i), apron, self.layout)
            slot = int(self._pages[layer, j, i])
            brick = self._pool[slot]
            if slot in shared:
                if np.array_equal(brick.reshape(self.layout.brick)[BRICK], apron[0]):
                    continue
                slot, _ = self._slot(0.0, constant=False)
                self._pool[slot] = brick
                self._pages[layer, j, i] = slot
            self._pool[slot].reshape(self.layout.brick)[BRICK] = apron[0]


def _padded(stored: Numbers, least: Shape3) -> Numbers:
    """`stored` with its last planes, rows and columns repeated up to the shape `least`."""
    missing = [(0, max(0, n - have)) for n, have in zip(least, stored.shape, strict=True)]
    return np.pad(stored, missing, mode="edge") if any(after for _, after in missing) else stored


def _block(planes: Numbers, j: int, i: int) -> Numbers:
    """The voxels of brick (j, i) of a layer with the next row and column; the last ones repeat themselves."""
    rows, columns = slice(j * BRICK, (j + 1) * BRICK + 1), slice(i * BRICK, (i + 1) * BRICK + 1)
    return _padded(planes[:, rows, columns], (0, BRICK + 1, BRICK + 1))


def _pack(block: Numbers, words: Words, layout: Layout) -> None:
    """Write (n, BRICK + 1, BRICK + 1) stored values as (n, rows, columns) words, 70 us a brick where memory is warm."""
    if layout.name == F32.name:
        words[...] = np.ascontiguousarray(block).view(np.uint32)
    elif layout.name == U16.name:
        np.left_shift(block[..., 1:], 16, out=words, dtype=np.uint32)
        np.bitwise_or(words, block[..., :-1], out=words)
    else:
        parts = np.empty((*words.shape, 4), np.uint8)
        parts[..., 0], parts[..., 1] = block[:, :-1, :-1], block[:, :-1, 1:]
        parts[..., 2], parts[..., 3] = block[:, 1:, :-1], block[:, 1:, 1:]
        words[...] = parts.view(np.uint32)[..., 0]


def _is_constant(low: np.generic, high: np.generic, block: Numbers) -> bool:
    """Whether a block is all of one value, or all NaN; `low` and `high` are its range without NaN."""
    if low > high:
        return True
    return bool(low == high and not (block.dtype.kind == "f" and np.isnan(block).any()))


def _lowest(stored: Numbers) -> Numbers:
    """The smallest number of each cell and next to it, inf where there is none."""
    if stored.dtype.kind != "f":
        return _cell_extreme(np.minimum, stored)
    lowest = _cell_extreme(np.fmin, stored)
    return np.where(np.isnan(lowest), np.float32(np.inf), lowest)


def _highest(stored: Numbers) -> Numbers:
    """The largest number of each cell and next to it, -inf where there is none."""
    if stored.dtype.kind != "f":
        return _cell_extreme(np.maximum, stored)
    highest = _cell_extreme(np.fmax, stored)
    return np.where(np.isnan(highest), np.float32(-np.inf), highest)


def _cell_extreme(extreme: np.ufunc, stored: Numbers) -> Numbers:
    """`extreme` over cells of CELL^3 voxels and the next plane, row and column: (z, y, x) of cells.

    By whole shifted arrays: five passes an axis take an eighth of the time of a reduction over short runs.
    """
    for axis in range(3):
        lines = np.moveaxis(stored, axis, 0)
        cells = lines[::CELL].copy()
        for k in range(1, CELL + 1):
            others = lines[k::CELL][: len(cells)]
            extreme(cells[: len(others)], others, out=cells[: len(others)])
        stored = np.moveaxis(cells, 0, axis)
    return stored
