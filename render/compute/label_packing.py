"""Ids of a label image's level -> a packed level of indices into its sorted distinct ids; numpy only.

Indices have 32 bits where ids have 64, and rise with the ids: a range of indices is a range of ids. What ids there are
is known only when all slabs were seen, so a slab is packed with the indices of its own ids and rewritten at the end,
which keeps their order. Labels are long runs of one id: sorting the runs' ids instead of all voxels takes a tenth of
the time.
"""

import threading
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from render.compute.layouts import BRICK, CELL, IDS, Layout
from render.compute.packing import PackedLevel, Slots
from render.compute.ranges import highest, lowest
from render.compute.stored import Numbers
from render.errors import DataError
from render.geometry import Shape3

MOST_IDS = 2**24
"""Distinct ids of a level: the indices that float32 holds."""

Indices = NDArray[np.uint32]
Ids = NDArray[np.uint64]


@dataclass(frozen=True, slots=True, eq=False)
class _Slab:
    """The ids of a slab, which rise, the indices of its first plane among them, and the slots that it wrote."""

    ids: Ids
    first_plane: Indices
    slots: list[int]


@dataclass(slots=True, eq=False)
class LabelPacker:
    """Packs a level of ids slab by slab, in any order and from several threads; `finish` when all are in.

    There may be `most_ids` distinct ones.
    Slabs begin at multiples of BRICK in z and end there or at the level's end; of any type of whole numbers.
    """

    shape: Shape3
    most_ids: int = MOST_IDS
    layout: Layout = field(init=False)
    _slots: Slots = field(init=False)
    _pages: NDArray[np.uint32] = field(init=False)
    _low: Indices = field(init=False)
    _high: Indices = field(init=False)
    _slabs: dict[int, _Slab] = field(init=False, default_factory=dict)
    _ids: Ids = field(init=False)
    _lock: threading.Lock = field(init=False, default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.layout = IDS.of_depth(self.shape[0])
        bricks = tuple(-(-n // BRICK) for n in self.shape)
        cells = tuple(-(-n // CELL) for n in self.shape)
        self._slots = Slots(int(np.prod(bricks)), self.layout.words)
        self._pages = np.zeros(bricks, np.uint32)
        self._low, self._high = np.empty(cells, np.uint32), np.empty(cells, np.uint32)
        self._ids = np.zeros(1, np.uint64)

    def add(self, first: int, slab: Numbers) -> None:
        """Pack the ids (z, y, x) of planes `first` on; less than 0 is nothing. DataError for too many distinct ones."""
        ids, indices = indexed(slab)
        with self._lock:
            self._ids = np.union1d(self._ids, ids)
        if len(self._ids) > self.most_ids:
            raise DataError(f"{len(self._ids)} labels in one level and time: at most {self.most_ids} can be drawn")
        cells = slice(first // CELL, -(-(first + len(slab)) // CELL))
        self._low[cells], self._high[cells] = lowest(indices), highest(indices)
        written = [
            slot
            for z in range(0, len(slab), BRICK)
            for slot in self._pack_layer((first + z) // BRICK, indices[z : z + BRICK], ids)
        ]
        self._slabs[first] = _Slab(ids, indices[0], written)

    def finish(self) -> PackedLevel:
        """The packed level, with the indices of all its ids."""
        places = {first: np.searchsorted(self._ids, slab.ids).astype(np.uint32) for first, slab in self._slabs.items()}
        starts = sorted(self._slabs)
        for first, end in zip(starts, [*starts[1:], self.shape[0]], strict=True):
            cells = slice(first // CELL, -(-end // CELL))
            self._low[cells], self._high[cells] = places[first][self._low[cells]], places[first][self._high[cells]]
            for slot in self._slabs[first].slots:
                self._slots.pool[slot] = places[first][self._slots.pool[slot]]
        for first in starts[1:]:
            plane, cell = places[first][self._slabs[first].first_plane][None], first // CELL - 1
            self._low[cell] = np.minimum(self._low[cell], lowest(plane)[0])
            self._high[cell] = np.maximum(self._high[cell], highest(plane)[0])
        return PackedLevel(
            self.shape, self.layout, 0.0, self._slots.used, self._pages, self._low, self._high, ids=self._ids
        )

    def _pack_layer(self, layer: int, planes: Indices, ids: Ids) -> list[int]:
        """Pack the bricks of one z layer; the slots that were written."""
        written = []
        for j, i in np.ndindex(*self._pages.shape[1:]):
            block = planes[:, j * BRICK : (j + 1) * BRICK, i * BRICK : (i + 1) * BRICK]
            first = block[0, 0, 0]
            slot, fresh = self._slots.take(int(ids[first]), bool((block == first).all()))
            if fresh:
                missing = [(0, n - have) for n, have in zip(self.layout.brick, block.shape, strict=True)]
                self._slots.pool[slot] = np.pad(block, missing, mode="edge").ravel()
                written.append(slot)
            self._pages[layer, j, i] = slot
        return written


def indexed(ids: Numbers) -> tuple[Ids, Indices]:
    """The distinct ids of an array, rising, and the array as indices into them; what is less than 0 is 0."""
    flat = ids.ravel()
    if ids.dtype.kind == "i":
        flat = np.maximum(flat, 0)
    starts = np.flatnonzero(np.concatenate([[True], flat[1:] != flat[:-1]]))
    distinct, places = np.unique(flat[starts], return_inverse=True)
    lengths = np.diff(starts, append=flat.size)
    return distinct.astype(np.uint64), np.repeat(places.astype(np.uint32), lengths).reshape(ids.shape)
