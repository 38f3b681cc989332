"""The pictures of a plane at every size, and the grids of tiles over them; pure.

A pixel is a square of world size, whatever the voxels are, so that an anisotropic plane has its right aspect. The
finest picture has pixels of the plane's own size; each halving has pixels twice as large, from the same top left
corner.
"""

import math
from dataclasses import dataclass

from render.errors import NotFound

SLACK = 1e-6
"""Of a pixel: a plane of 512.0000000001 pixels has 512."""


@dataclass(frozen=True, slots=True)
class Patch:
    """A part of a plane's picture: `width` x `height` pixels of world size `pixel` (across, down).

    `left` and `top` are where it begins, in its own pixels from the top left corner of the plane.
    """

    left: float
    top: float
    width: int
    height: int
    pixel: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Pyramid:
    """The pictures of a plane of world size `extent` (width, height); `pixel` is the world size of the finest's."""

    extent: tuple[float, float]
    pixel: float

    def size(self, halvings: int = 0) -> tuple[int, int]:
        """(width, height) in pixels; a pixel that the plane covers in part counts."""
        width, height = (max(1, math.ceil(length / self.pixel - SLACK)) for length in self.extent)
        return (-(-width // 2**halvings), -(-height // 2**halvings))

    def patch(self, halvings: int, left: int, top: int, width: int, height: int) -> Patch:
        """A patch of one of the pictures, cut where the plane ends."""
        whole_width, whole_height = self.size(halvings)
        pixel = math.ldexp(self.pixel, halvings)
        first, above = max(0, left), max(0, top)
        last, below = min(left + width, whole_width), min(top + height, whole_height)
        return Patch(first, above, last - first, below - above, (pixel, pixel))

    def max_zoom(self, tile: int) -> int:
        """The zoom of the finest picture, where zoom 0 is one tile that holds the whole plane."""
        return max(0, math.ceil(math.log2(max(self.size()) / tile)))

    def tiles(self, halvings: int, tile: int) -> tuple[int, int]:
        """(columns, rows) of tiles of this side, the last ones cut."""
        width, height = self.size(halvings)
        return (-(-width // tile), -(-height // tile))

    def tile(self, zoom: int, x: int, y: int, tile: int) -> Patch:
        """The patch of one tile of a grid in which zoom 0 is one tile, cut where the plane ends. NotFound outside."""
        name = f"tile {zoom}/{x}/{y}"
        max_zoom = self.max_zoom(tile)
        if not 0 <= zoom <= max_zoom:
            raise NotFound(f"{name}: zoom is 0 to {max_zoom}")
        columns, rows = self.tiles(max_zoom - zoom, tile)
        if not (0 <= x < columns and 0 <= y < rows):
            raise NotFound(f"{name}: zoom {zoom} has {columns} x {rows} tiles")
        return self.patch(max_zoom - zoom, x * tile, y * tile, tile, tile)
