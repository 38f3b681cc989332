"""Field: a packed level on the device, and how a kernel samples it.

With `packing.py` the only module that knows the layout. Positions are in voxels of the level, (x, y, z), 0 at the
centre of the first voxel; outside the outer centres the edge value holds. Values are as
`packing.to_stored` has them.
Minima and maxima are selects: dr.minimum and dr.clip abort the process on LLVM 15 and 16.
"""

from dataclasses import dataclass
from types import ModuleType
from typing import Any

import drjit as dr
import numpy as np

from render.compute.packing import BRICK, BRICK_BITS, CELL, F32, U8, Layout, PackedLevel

Float = Any
"""A Dr.Jit array type; Dr.Jit has no types for mypy that hold for both of its backends."""


@dataclass(slots=True, eq=False)
class Cell:
    """The eight voxels around a position and the position between them, 0..1."""

    corners: list[Float]
    fx: Float
    fy: Float
    fz: Float

    def value(self) -> Float:
        """Trilinear interpolation."""
        left, right = self._along_x()
        front = dr.lerp(left[0], left[1], self.fy)
        back = dr.lerp(right[0], right[1], self.fy)
        return dr.lerp(front, back, self.fz)

    def gradient(self) -> tuple[Float, Float, Float]:
        """The derivative of the interpolation, (x, y, z), per voxel."""
        c, fy, fz = self.corners, self.fy, self.fz
        slopes = [c[i + 1] - c[i] for i in (0, 2, 4, 6)]
        dx = dr.lerp(dr.lerp(slopes[0], slopes[1], fy), dr.lerp(slopes[2], slopes[3], fy), fz)
        (near0, near1), (far0, far1) = self._along_x()
        dy = dr.lerp(near1 - near0, far1 - far0, fz)
        dz = dr.lerp(far0, far1, fy) - dr.lerp(near0, near1, fy)
        return dx, dy, dz

    def _along_x(self) -> tuple[tuple[Float, Float], tuple[Float, Float]]:
        c, fx = self.corners, self.fx
        near = (dr.lerp(c[0], c[1], fx), dr.lerp(c[2], c[3], fx))
        far = (dr.lerp(c[4], c[5], fx), dr.lerp(c[6], c[7], fx))
        return near, far


class Field:
    """A packed level on the device; made and used on the device's thread. Keeps `packed` alive, which LLVM reads."""

    def __init__(self, device: ModuleType, packed: PackedLevel) -> None:
        self.packed = packed
        self.layout: Layout = packed.layout
        self._device = device
        self._pool = device.UInt32(packed.pool.reshape(-1))
        self._pages = device.UInt32(packed.pages.reshape(-1))
        depth, height, width = packed.shape
        pages_high, pages_wide = packed.pages.shape[1:]
        # Arrays of one element: a kernel loads them once, and not in every turn of its loop.
        self._size = [scalar(device.Int32, n) for n in (width, height, depth)]
        self._brick_words = scalar(device.UInt32, packed.layout.words)
        self._pages_wide, self._pages_high = scalar(device.Int32, pages_wide), scalar(device.Int32, pages_high)
        self._cells = [scalar(device.Int32, n) for n in packed.high.shape[::-1]]
        self._highest = device.Float(packed.high.astype(np.float32).reshape(-1))

    def cell(self, x: Float, y: Float, z: Float) -> Cell:
        """The cell around a position, clamped to the outer voxel centres."""
        (ix, fx), (iy, fy), (iz, fz) = (self._split(p, n) for p, n in zip((x, y, z), self._size, strict=True))
        page = ((iz >> BRICK_BITS) * self._pages_high + (iy >> BRICK_BITS)) * self._pages_wide + (ix >> BRICK_BITS)
        slot = dr.gather(self._device.UInt32, self._pages, self._device.UInt32(page))
        _, height, width = self.layout.brick
        local = ((iz & (BRICK - 1)) * height + (iy & (BRICK - 1))) * width + (ix & (BRICK - 1))
        word = slot * self._brick_words + self._device.UInt32(local)
        return Cell(self._corners(word), fx, fy, fz)

    def locate(self, position: list[Float]) -> tuple[list[Float], Float]:
        """Which cell of CELL^3 voxels a position is in: its place (x, y, z), and its index in arrays over cells."""
        place = []
        for p, count in zip(position, self._cells, strict=True):
            # Positions less than a cell before the first one round to 0: a cast cuts off.
            cell = self._device.Int32(p * (1 / CELL))
            place.append(dr.select(cell < count, cell, count - 1))
        index = (place[2] * self._cells[1] + place[1]) * self._cells[0] + place[0]
        return place, self._device.UInt32(index)

    def highest(self, index: Float) -> Float:
        """The largest value in a cell of CELL^3 voxels, or next to it."""
        return dr.gather(self._device.Float, self._highest, index)

    def _split(self, position: Float, size: Float) -> tuple[Float, Float]:
        """The lower voxel of the cell along one axis, and the share of the upper one."""
        clamped = dr.select(position > 0, position, 0)
        last = self._device.Float(size - 1)
        clamped = dr.select(clamped < last, clamped, last)
        lower = self._device.Int32(clamped)
        before_last = dr.select(size > 1, size - 2, 0)
        lower = dr.select(lower < before_last, lower, before_last)
        return lower, clamped - self._device.Float(lower)

    def _corners(self, word: Float) -> list[Float]:
        """Values of the cell's corners, x fastest, z slowest."""
        _, height, width = self.layout.brick
        plane = height * width
        if self.layout.name == F32.name:
            offsets = (0, 1, width, width + 1)
            words = [self._word(word + (plane * k + offset)) for k in (0, 1) for offset in offsets]
            return [dr.reinterpret_array(self._device.Float, w) for w in words]
        if self.layout.name == U8.name:
            return [
                self._part(w, shift, 0xFF) for w in map(self._word, (word, word + plane)) for shift in (0, 8, 16, 24)
            ]
        rows = (word, word + width, word + plane, word + (plane + width))
        return [self._part(w, shift, 0xFFFF) for w in map(self._word, rows) for shift in (0, 16)]

    def _word(self, index: Float) -> Float:
        return dr.gather(self._device.UInt32, self._pool, index)

    def _part(self, word: Float, shift: int, mask: int) -> Float:
        # By way of Int32, which converts to float in one instruction where UInt32 needs several.
        return self._device.Float(self._device.Int32((word >> shift) & mask))


def scalar(kind: Any, number: float) -> Any:
    """A number as a device array of type `kind` with one element, of which no kernel is compiled anew."""
    return kind(np.array([number], np.int32 if "Int" in kind.__name__ else np.float32))
