"""The pyramid of square tiles over a plane; pure.

A pixel is a square of world size, whatever the voxels are, so that an anisotropic plane has its right aspect. Zoom 0 is
one tile that holds the whole plane; each zoom halves the pixel; the largest has the size of the finest voxel.
"""

import math
from dataclasses import dataclass

from render.errors import NotFound

TILE = 256
"""Pixels along a tile's side."""

SLACK = 1e-6
"""Of a pixel: a plane of 512.0000000001 pixels has 512."""


@dataclass(frozen=True, slots=True)
class Patch:
    """A part of a plane's picture: `left`, `top`, `width`, `height` in pixels from the top left of the plane.

    `pixel` is the world size of a pixel.
    """

    left: int
    top: int
    width: int
    height: int
    pixel: float


@dataclass(frozen=True, slots=True)
class TileGrid:
    """The tiles of a plane of world size `extent` (width, height); `pixel` is that of the largest zoom."""

    extent: tuple[float, float]
    pixel: float

    @property
    def max_zoom(self) -> int:
        return max(0, math.ceil(math.log2(max(self.extent) / (self.pixel * TILE)) - SLACK))

    def size(self, zoom: int) -> tuple[int, int]:
        """(width, height) in pixels of the whole plane; a pixel that the plane covers in part counts."""
        pixel = self._pixel(zoom)
        width, height = (max(1, math.ceil(length / pixel - SLACK)) for length in self.extent)
        return (width, height)

    def tiles(self, zoom: int) -> tuple[int, int]:
        """(columns, rows) of tiles."""
        width, height = self.size(zoom)
        return (-(-width // TILE), -(-height // TILE))

    def tile(self, zoom: int, x: int, y: int) -> Patch:
        """The patch of one tile, cut where the plane ends. NotFound outside the grid."""
        name = f"tile {zoom}/{x}/{y}"
        if not 0 <= zoom <= self.max_zoom:
            raise NotFound(f"{name}: zoom is 0 to {self.max_zoom}")
        columns, rows = self.tiles(zoom)
        if not (0 <= x < columns and 0 <= y < rows):
            raise NotFound(f"{name}: zoom {zoom} has {columns} x {rows} tiles")
        width, height = self.size(zoom)
        left, top = x * TILE, y * TILE
        return Patch(left, top, min(TILE, width - left), min(TILE, height - top), self._pixel(zoom))

    def _pixel(self, zoom: int) -> float:
        return math.ldexp(self.pixel, self.max_zoom - zoom)
