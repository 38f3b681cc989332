"""Any part of a plane's picture at any size; pure."""

from dataclasses import dataclass

from render.errors import BadRequest, NotFound
from tiles.pyramid import Patch, Pyramid


@dataclass(frozen=True, slots=True)
class Region:
    """A rectangle of a plane's finest picture, in its pixels from the top left corner; `right` and `bottom` are where
    it ends.
    """

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top

    def clipped(self, size: tuple[int, int]) -> "Region":
        """What of it lies in a picture of this (width, height). NotFound where that is nothing."""
        width, height = size
        inside = Region(max(0, self.left), max(0, self.top), min(width, self.right), min(height, self.bottom))
        if inside.width <= 0 or inside.height <= 0:
            corners = f"{self.left:g},{self.top:g} to {self.right:g},{self.bottom:g}"
            raise NotFound(f"region {corners}: the picture is {width} x {height} pixels")
        return inside


def whole(pyramid: Pyramid) -> Region:
    """All of a plane's picture."""
    width, height = pyramid.size()
    return Region(0, 0, width, height)


def fitted(region: Region, width: int | None, height: int | None) -> tuple[int, int]:
    """The (width, height) of `region` in a box of that many pixels, in its own proportions; None: no bound."""
    across = float("inf") if width is None else width / region.width
    down = float("inf") if height is None else height / region.height
    scale = min(1.0 if across == down == float("inf") else across, down)
    wide = width if width is not None and across <= down else int(region.width * scale + ROUNDING)
    high = height if height is not None and down <= across else int(region.height * scale + ROUNDING)
    return (max(1, wide), max(1, high))


ROUNDING = 1e-9
"""What a product that should be a whole number of pixels may fall short of it."""


def scaled(pyramid: Pyramid, region: Region, size: tuple[int, int]) -> Patch:
    """The patch that shows `region` in `size` (width, height) pixels. BadRequest for no pixels.

    Where a pixel is a power of two of finest ones, it is the very pixel of that halving.
    """
    width, height = size
    if width < 1 or height < 1:
        raise BadRequest(f"{width} x {height} pixels: a picture has at least one")
    across, down = region.width / width, region.height / height
    pixel = (pyramid.pixel * across, pyramid.pixel * down)
    return Patch(region.left / across, region.top / down, width, height, pixel)
