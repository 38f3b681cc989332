"""Voxels of a level -> a pool of packed bricks, a page table and the value range of every cell; numpy only.

`layouts` says how a brick's words hold its voxels, and `stored` what is held of a value. Bricks of one value share a
slot, and a level of fewer planes than BRICK has thinner ones: an image would take 33 times its size.
"""

import threading
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from render.compute.layouts import (
    BRICK,
    CELL,
    CELLS_PER_BRICK,
    Layout,
    Words,
    block_of,
    layout_of,
    pack,
    padded,
)
from render.compute.ranges import highest, is_constant, lowest
from render.compute.stored import Numbers, offset, to_stored
from render.geometry import Shape3

SHARED = 256
"""Values whose constant bricks share a slot, at most; as many slots may be left behind by bricks that were joined."""

NO_IDS: NDArray[np.uint64] = np.zeros(0, np.uint64)


@dataclass(slots=True, eq=False)
class PackedLevel:
    """One channel of a level, packed: what a device needs of it. Read-only once it is made.

    `offset` was added to values when they were stored. `pool` is (slots, words of a brick) uint32; `pages` (z, y, x) is
    each brick's slot; `low` and `high` (z, y, x) are the range of stored values over each cell of CELL^3 voxels and the
    voxels next to it, NaN left out: inf and -inf where there is nothing else; `holes`: there is NaN. Of a label image
    values are indices into `ids`, which rise; the first is 0. Of others there are no `ids`.
    """

    shape: Shape3
    layout: Layout
    offset: float
    pool: Words
    pages: NDArray[np.uint32]
    low: Numbers
    high: Numbers
    holes: bool = False
    ids: NDArray[np.uint64] = field(default_factory=lambda: NO_IDS)

    @property
    def nbytes(self) -> int:
        return self.pool.nbytes + self.pages.nbytes + self.low.nbytes + self.high.nbytes + self.ids.nbytes


class Slots:
    """A pool of bricks being filled, from several threads: which slot is whose."""

    def __init__(self, bricks: int, words: int) -> None:
        # Reserved, not used: pages of memory that no brick is written to are never touched.
        self.pool: Words = np.empty((bricks + SHARED, words), np.uint32)
        self._shared: dict[float, int] = {}
        self._used = 0
        self._lock = threading.Lock()

    def take(self, value: float, constant: bool) -> tuple[int, bool]:
        """A slot, and whether it is to be written: a `constant` brick of a `value` may have one already."""
        with self._lock:
            if constant and value in self._shared:
                return self._shared[value], False
            slot = self._used
            self._used += 1
            if constant and len(self._shared) < SHARED:
                self._shared[value] = slot
            return slot, True

    @property
    def shared(self) -> set[int]:
        """The slots that several bricks may have."""
        return set(self._shared.values())

    @property
    def used(self) -> Words:
        """The part of the pool that was taken."""
        return self.pool[: self._used]


@dataclass(slots=True, eq=False)
class Packer:
    """Packs a level of voxels of `dtype` slab by slab, in any order and from several threads; `finish` when all are in.

    Slabs begin at multiples of BRICK in z and end there or at the level's end. `base` is what `WIDE` types are stored
    as a distance from, one number for the whole level. `lean` takes the layouts that take least memory.
    """

    shape: Shape3
    dtype: str
    base: float = 0.0
    lean: bool = False
    layout: Layout = field(init=False)
    _slots: Slots = field(init=False)
    _pages: NDArray[np.uint32] = field(init=False)
    _low: Numbers = field(init=False)
    _high: Numbers = field(init=False)
    _first_planes: dict[int, Numbers] = field(init=False, default_factory=dict)
    _holes: bool = field(init=False, default=False)

    def __post_init__(self) -> None:
        self.layout = layout_of(self.dtype, self.lean).of_depth(self.shape[0])
        bricks = tuple(-(-n // BRICK) for n in self.shape)
        cells = tuple(-(-n // CELL) for n in self.shape)
        self._slots = Slots(int(np.prod(bricks)), self.layout.words)
        self._pages = np.zeros(bricks, np.uint32)
        self._low = np.empty(cells, self.layout.stored)
        self._high = np.empty(cells, self.layout.stored)

    def add(self, first: int, slab: Numbers) -> None:
        """Pack the voxels (z, y, x) of planes `first` on; of `dtype`."""
        stored = to_stored(slab, self.base)
        if stored.dtype.kind == "f" and np.isnan(stored).any():
            self._holes = True
        self._first_planes[first] = stored[:1].copy()
        cells = slice(first // CELL, -(-(first + len(stored)) // CELL))
        self._low[cells] = lowest(stored)
        self._high[cells] = highest(stored)
        planes = self.layout.brick[0]
        for z in range(0, len(stored), BRICK):
            # The apron below the slab comes with the next slab; until `finish` it repeats the last plane.
            self._pack_layer((first + z) // BRICK, padded(stored[z : z + planes], (planes, 0, 0)))

    def finish(self) -> PackedLevel:
        """Join the slabs where they meet; the packed level."""
        for first, plane in self._first_planes.items():
            if first > 0:
                self._join(first, plane)
        added = offset(self.dtype, self.base)
        pool = self._slots.used
        return PackedLevel(self.shape, self.layout, added, pool, self._pages, self._low, self._high, self._holes)

    def _pack_layer(self, layer: int, planes: Numbers) -> None:
        """Pack the bricks of one z layer from as many planes as a brick has."""
        top = slice(layer * CELLS_PER_BRICK, (layer + 1) * CELLS_PER_BRICK)
        for j, i in np.ndindex(*self._pages.shape[1:]):
            rows = slice(j * CELLS_PER_BRICK, (j + 1) * CELLS_PER_BRICK)
            columns = slice(i * CELLS_PER_BRICK, (i + 1) * CELLS_PER_BRICK)
            low, high = float(self._low[top, rows, columns].min()), float(self._high[top, rows, columns].max())
            block = block_of(planes, j, i)
            slot, fresh = self._slots.take(low, is_constant(low, high, block))
            if fresh:
                pack(block, self._slots.pool[slot], self.layout)
            self._pages[layer, j, i] = slot

    def _join(self, first: int, plane: Numbers) -> None:
        """Let the layer that ends at plane `first` know that plane: its apron and the ranges of its last cells."""
        cell = first // CELL - 1
        self._low[cell] = np.minimum(self._low[cell], lowest(plane)[0])
        self._high[cell] = np.maximum(self._high[cell], highest(plane)[0])
        layer, start = first // BRICK - 1, self.layout.apron_at
        shared = self._slots.shared
        apron = np.empty(self.layout.words - start, np.uint32)
        for j, i in np.ndindex(*self._pages.shape[1:]):
            pack(block_of(plane, j, i), apron, self.layout)
            slot = int(self._pages[layer, j, i])
            brick = self._slots.pool[slot]
            if slot in shared:
                if np.array_equal(brick[start:], apron):
                    continue
                slot, _ = self._slots.take(0.0, constant=False)
                self._slots.pool[slot] = brick
                self._pages[layer, j, i] = slot
            self._slots.pool[slot, start:] = apron
