"""Field: a packed level on the device, and how a kernel samples it.

With `packing.py` the only module that knows the layout. Positions are in voxels of the level, (x, y, z), 0 at the
centre of the first voxel; outside the outer centres the edge value holds. Values are as `stored.to_stored` has them;
NaN is nothing.

Where a ray is looked up in two ways: `words`, one array over cells of CELL^3 voxels that holds what a march wants to
know of a cell (a code of 8 bits) together with the slot of its brick, so that one gather answers both; and the page
table, for fields beside the first. The first saves a tenth of the time.
"""

import itertools
from dataclasses import dataclass
from types import ModuleType

import drjit as dr
import numpy as np
from numpy.typing import NDArray

from render.compute.device import Var, Vec, larger, scalar, smaller
from render.compute.layouts import BRICK, BRICK_BITS, CELL, CELLS_PER_BRICK, F32, U8, Layout
from render.compute.packing import PackedLevel

CODE_BITS = 8
"""Above a code there is room for 2^24 slots: 2 TiB of bricks, where a level may take 16 GiB (`levels.MOST_BYTES`)."""

CELL_BITS = CELL.bit_length() - 1
CENTER = 1e-3
"""Nearer than this to a voxel's centre, in voxels, is on it: float32 tells no less apart at 2048."""

Codes = NDArray[np.uint8]
_serials = itertools.count()


@dataclass(slots=True, eq=False)
class Cell:
    """The eight voxels around a position, x fastest, and the position between them, 0..1."""

    corners: list[Var]
    shares: Vec
    bounded: bool

    def value(self) -> Var:
        """Trilinear interpolation; NaN where a voxel that counts is."""
        (near0, near1), (far0, far1) = self._along_x()
        _, fy, fz = self.shares
        return self._mix(self._mix(near0, near1, fy), self._mix(far0, far1, fy), fz)

    def gradient(self) -> Vec:
        """The derivative of the interpolation, (x, y, z), per voxel."""
        c, (_, fy, fz) = self.corners, self.shares
        slopes = [c[i + 1] - c[i] for i in (0, 2, 4, 6)]
        dx = self._mix(self._mix(slopes[0], slopes[1], fy), self._mix(slopes[2], slopes[3], fy), fz)
        (near0, near1), (far0, far1) = self._along_x()
        dy = self._mix(near1 - near0, far1 - far0, fz)
        dz = self._mix(far0, far1, fy) - self._mix(near0, near1, fy)
        if self.bounded:
            return [dx, dy, dz]
        return [dr.select(dr.isnan(d), 0, d) for d in (dx, dy, dz)]

    def _along_x(self) -> tuple[tuple[Var, Var], tuple[Var, Var]]:
        c, fx = self.corners, self.shares[0]
        near = (self._mix(c[0], c[1], fx), self._mix(c[2], c[3], fx))
        far = (self._mix(c[4], c[5], fx), self._mix(c[6], c[7], fx))
        return near, far

    def _mix(self, a: Var, b: Var, share: Var) -> Var:
        """Linear interpolation; at a voxel's centre what is beside it does not count, were it NaN."""
        mixed = dr.lerp(a, b, share)
        if self.bounded:
            return mixed
        return dr.select(share < CENTER, a, dr.select(share > 1 - CENTER, b, mixed))


@dataclass(slots=True, eq=False)
class Spot:
    """A position held to the outer voxel centres: the lower voxel of its cell, (x, y, z), and the upper one's share."""

    lower: Vec
    shares: Vec

    @property
    def corners(self) -> list[Vec]:
        """The voxels of the cell, (x, y, z) each, x fastest."""
        steps = ((i, j, k) for k in (0, 1) for j in (0, 1) for i in (0, 1))
        return [[v + step for v, step in zip(self.lower, corner, strict=True)] for corner in steps]


class Field:
    """A packed level on the device; made and used on the device's thread. Keeps `packed` alive, which LLVM reads."""

    def __init__(self, device: ModuleType, packed: PackedLevel) -> None:
        self.packed = packed
        self.serial = next(_serials)
        """Distinguishes this field from every other: what is kept about it must not keep it."""
        self.layout: Layout = packed.layout
        self._device = device
        self._pool = device.UInt32(packed.pool.reshape(-1))
        self._pages = device.UInt32(packed.pages.reshape(-1))
        sides = packed.shape[::-1]
        pages_high, pages_wide = packed.pages.shape[1:]
        # Arrays of one element: a kernel loads them once, and not in every turn of its loop.
        # The largest position is a hair before the last centre, so that there is a next voxel: 1e-7 of its value.
        self._before_last = [scalar(device.Float, np.nextafter(np.float32(n - 1), np.float32(-1))) for n in sides]
        self._last = [scalar(device.Int32, n - 1) for n in sides]
        self._brick_words = scalar(device.UInt32, packed.layout.words)
        self._pages_wide, self._pages_high = scalar(device.Int32, pages_wide), scalar(device.Int32, pages_high)
        self._cells_wide, self._cells_high = (scalar(device.Int32, n) for n in packed.high.shape[:0:-1])

    @property
    def bounded(self) -> bool:
        """Whether every value is a number."""
        return not self.packed.holes

    @property
    def floating(self) -> bool:
        """Whether values may be of any size."""
        return self.layout.name == F32.name

    def words(self, codes: Codes) -> Var:
        """What marches look up by cell: `codes` (z, y, x), and above them the slot of the cell's brick."""
        slots = self.packed.pages << CODE_BITS
        for axis in range(3):
            slots = np.repeat(slots, CELLS_PER_BRICK, axis)
        depth, height, width = codes.shape
        return self._device.UInt32((slots[:depth, :height, :width] | codes).reshape(-1))

    def spot(self, position: Vec) -> Spot:
        """Where a position is."""
        lower, shares = [], []
        for p, last in zip(position, self._before_last, strict=True):
            held = larger(smaller(p, last), self._device.Float(0))
            voxel = self._device.Int32(held)
            lower.append(voxel)
            shares.append(held - self._device.Float(voxel))
        return Spot(lower, shares)

    def look(self, words: Var, spot: Spot) -> tuple[Var, Var]:
        """The code of a spot's cell and the slot of its brick, out of what `words` made."""
        ix, iy, iz = (voxel >> CELL_BITS for voxel in spot.lower)
        index = (iz * self._cells_high + iy) * self._cells_wide + ix
        word = dr.gather(self._device.UInt32, words, self._device.UInt32(index))
        return word & (2**CODE_BITS - 1), word >> CODE_BITS

    def slot(self, lower: Vec) -> Var:
        """The slot of a voxel's brick, by the page table."""
        ix, iy, iz = (voxel >> BRICK_BITS for voxel in lower)
        page = (iz * self._pages_high + iy) * self._pages_wide + ix
        return dr.gather(self._device.UInt32, self._pages, self._device.UInt32(page))

    def cell(self, spot: Spot, slot: Var) -> Cell:
        """The voxels around a spot."""
        corners = self._lean_corners if self.layout.values_a_word > 1 else self._corners
        return Cell(corners(spot.lower, slot), spot.shares, self.bounded)

    def at(self, position: Vec) -> Cell:
        """The voxels around a position."""
        spot = self.spot(position)
        return self.cell(spot, self.slot(spot.lower))

    def nearest(self, position: Vec) -> Vec:
        """The voxel whose centre is nearest, (x, y, z)."""
        zero = self._device.Int32(0)
        return [
            larger(smaller(self._device.Int32(dr.floor(p + 0.5)), last), zero)
            for p, last in zip(position, self._last, strict=True)
        ]

    def index_at(self, voxel: Vec) -> Var:
        """What a voxel of a label image is: the index of its id. Voxels outside are those at the border."""
        zero = self._device.Int32(0)
        held = [larger(smaller(v, last), zero) for v, last in zip(voxel, self._last, strict=True)]
        return self._word(self._first_word(self.slot(held)) + self._place(held))

    def cell_exit(self, spot: Spot, ray: tuple[Vec, Vec, Vec], reach: Var) -> Var:
        """How far along a ray the cells end that are less than `reach` away from the spot's.

        `ray` is the position, the direction and one by the direction; the distance is in lengths of the direction.
        """
        distance = self._device.Float(1e30)
        for p, d, inverse, voxel in zip(*ray, spot.lower, strict=True):
            face = self._device.Float(voxel & -CELL) + dr.select(d > 0, reach, 1 - reach) * CELL
            distance = smaller(distance, (face - p) * inverse)
        return distance

    def _first_word(self, slot: Var) -> Var:
        return slot * self._brick_words

    def _place(self, voxel: Vec) -> Var:
        """Where a voxel is in its brick, in words or, where a word holds several values, in values."""
        ix, iy, iz = (v & (BRICK - 1) for v in voxel)
        _, height, width = self.layout.brick
        return self._device.UInt32((iz * height + iy) * width + ix)

    def _corners(self, lower: Vec, slot: Var) -> list[Var]:
        """Values of a cell's corners, x fastest, z slowest."""
        word = self._first_word(slot) + self._place(lower)
        _, height, width = self.layout.brick
        plane = height * width
        if self.layout.name == F32.name:
            offsets = (0, 1, width, width + 1)
            words = [self._word(word + (plane * k + offset)) for k in (0, 1) for offset in offsets]
            return [dr.reinterpret_array(self._device.Float, w) for w in words]
        if self.layout.name == U8.name:
            return [
                self._part(w >> shift, 0xFF) for w in map(self._word, (word, word + plane)) for shift in (0, 8, 16, 24)
            ]
        rows = (word, word + width, word + plane, word + (plane + width))
        return [self._part(w >> shift, 0xFFFF) for w in map(self._word, rows) for shift in (0, 16)]

    def _lean_corners(self, lower: Vec, slot: Var) -> list[Var]:
        """The same where words hold several values that follow each other."""
        first, place = self._first_word(slot), self._place(lower)
        _, height, width = self.layout.brick
        bits = 32 // self.layout.values_a_word
        per_word = self.layout.values_a_word.bit_length() - 1
        corners = []
        for offset in (height * width * k + width * j + i for k in (0, 1) for j in (0, 1) for i in (0, 1)):
            at = place + offset
            word = self._word(first + (at >> per_word))
            corners.append(self._part(word >> ((at & (self.layout.values_a_word - 1)) * bits), 2**bits - 1))
        return corners

    def _word(self, index: Var) -> Var:
        return dr.gather(self._device.UInt32, self._pool, index)

    def _part(self, word: Var, mask: int) -> Var:
        # By way of Int32, which converts to float in one instruction where UInt32 needs several.
        return self._device.Float(self._device.Int32(word & mask))
