"""What the addresses of the IIIF Image API mean for a picture, in versions 2.1 and 3.0; pure.

An image of IIIF is the finest picture of a plane. Where a size is what halving the region so and so often gives, the
pixels are those of the plane's own pyramid, so that tiles fit together; any other size is resampled.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from render.encode import picture_format
from render.errors import BadRequest
from tiles.pyramid import Patch

TILE = 512
"""Pixels along a tile of those that clients are told to ask for."""

QUALITIES = ("default", "color", "gray", "bitonal")

HALVINGS = range(31)
"""Of pictures of at most 2**31 - 1 pixels along a side."""

NUMBER = r"(\d{1,9}(?:\.\d{0,12})?|\.\d{1,12})"

Size = tuple[int, int]
"""(width, height) in pixels."""


@dataclass(frozen=True, slots=True)
class Region:
    """A part of an image, in its pixels."""

    left: int
    top: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Rotation:
    """Left and right exchanged, if `mirrored`, then quarter turns clockwise (0 to 3)."""

    mirrored: bool
    quarters: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """A picture of an image, as an address says it."""

    region: Region
    size: Size
    rotation: Rotation
    quality: str
    ending: str


@dataclass(frozen=True, slots=True)
class Limits:
    """What a picture has at most: pixels along a side and in all."""

    side: int
    area: int

    def factor(self, region: Region) -> float:
        """How many times wider and higher than `region` a picture of it may be."""
        area = math.sqrt(self.area / (region.width * region.height))
        return min(self.side / region.width, self.side / region.height, area)


@dataclass(frozen=True, slots=True)
class Image:
    """An image of `width` x `height` pixels under version 2 (2.1) or 3 (3.0) of the API."""

    version: int
    width: int
    height: int
    limits: Limits

    def wanted(self, place: Mapping[str, str]) -> Wanted:
        """What {region}/{size}/{rotation}/{quality}.{format} means. BadRequest."""
        region = self.region(place["region"])
        if place["quality"] not in QUALITIES:
            raise BadRequest(f"quality {place['quality']!r}: use one of {', '.join(QUALITIES)}")
        return Wanted(
            region,
            self.size(place["size"], region),
            read_rotation(place["rotation"]),
            "default" if place["quality"] == "color" else place["quality"],
            picture_format(place["format"]),
        )

    def region(self, text: str) -> Region:
        """full, square (in the middle), x,y,w,h or pct:x,y,w,h, cut where the image ends. BadRequest outside it."""
        if text == "full":
            return Region(0, 0, self.width, self.height)
        if text == "square":
            side = min(self.width, self.height)
            return Region((self.width - side) // 2, (self.height - side) // 2, side, side)
        if match := re.fullmatch(r"(\d{1,10}),(\d{1,10}),(\d{1,10}),(\d{1,10})", text):
            left, top, width, height = (int(number) for number in match.groups())
        elif match := re.fullmatch(f"pct:{NUMBER},{NUMBER},{NUMBER},{NUMBER}", text):
            sides = (self.width, self.height) * 2
            left, top, width, height = (
                round(float(part) / 100 * side) for part, side in zip(match.groups(), sides, strict=True)
            )
        else:
            raise BadRequest(f"region {text!r}: write full, square, x,y,w,h or pct:x,y,w,h")
        width, height = min(width, self.width - left), min(height, self.height - top)
        if width <= 0 or height <= 0:
            raise BadRequest(f"region {text!r} holds nothing: the image is {self.width} x {self.height} pixels")
        return Region(left, top, width, height)

    def size(self, text: str, region: Region) -> Size:
        """The size of the picture of `region`. BadRequest where it is too large, nothing, or larger without a ^ in 3.0.

        max, w,  ,h  pct:n, w,h and !w,h; in 2.1 also full; in 3.0 each with a ^ before it, which allows to enlarge.
        """
        caret = self.version == 3 and text.startswith("^")
        form = text[1:] if caret else text
        if form == "max":
            factor = self.limits.factor(region)
            return _scaled(region, factor if caret else min(1.0, factor))
        width, height = self._said(form, region)
        if self.version == 3 and not caret and (width > region.width or height > region.height):
            raise BadRequest(
                f"size {text!r}: {width} x {height} is larger than the region, {region.width} x {region.height}: "
                f"write ^{text} to have it enlarged"
            )
        if not (width and height):
            raise BadRequest(f"size {text!r} is {width} x {height} pixels: it must be 1 at least on each side")
        side, area = self.limits.side, self.limits.area
        if max(width, height) > side or width * height > area:
            raise BadRequest(f"size {text!r} is {width} x {height} pixels: at most {side} on a side and {area} in all")
        return width, height

    def reduction(self, region: Region, width: int | None, height: int | None) -> int | None:
        """The power of two by which `region` is reduced to that size, pixel for pixel (None: to any), if there is one.

        Of a sliver that becomes one pixel wide there are several: then the first that makes a tile of it.
        """
        fitting = [
            factor
            for factor in (2**n for n in HALVINGS)
            if self._divides(factor, region)
            and width in (None, -(-region.width // factor))
            and height in (None, -(-region.height // factor))
        ]
        tiles = [factor for factor in fitting if max(region.width, region.height) <= factor * TILE]
        return next(iter(tiles or fitting), None)

    def patch(self, wanted: Wanted, pixel: float) -> Patch:
        """What is drawn, where the pixels of the whole image are of world size `pixel`."""
        region, (width, height) = wanted.region, wanted.size
        factor = self.reduction(region, width, height)
        if factor is not None:
            return Patch(region.left // factor, region.top // factor, width, height, (pixel * factor, pixel * factor))
        across, down = region.width / width, region.height / height
        return Patch(region.left / across, region.top / down, width, height, (pixel * across, pixel * down))

    def canonical(self, wanted: Wanted) -> str:
        """The one address of a picture that has several, without what is before the region.

        Specification 3.0, 4.8: "max if the maximum size without upscaling is requested, ^max if the maximum upscaled
        size is requested, otherwise w,h if the size requested does not require upscaling, or ^w,h"; 2.1, 4.7: "full if
        the default size is requested, the w, syntax for images that should be scaled maintaining the aspect ratio, and
        the w,h syntax for explicit sizes that change the aspect ratio".
        """
        region, (width, height) = wanted.region, wanted.size
        place = f"{region.left},{region.top},{region.width},{region.height}"
        if region == self.region("full"):
            place = "full"
        turned = f"{'!' * wanted.rotation.mirrored}{wanted.rotation.quarters * 90}"
        return f"{place}/{self._canonical_size(region, width, height)}/{turned}/{wanted.quality}.{wanted.ending}"

    def _canonical_size(self, region: Region, width: int, height: int) -> str:
        if self.version == 2:
            if (width, height) == (region.width, region.height):
                return "full"
            return f"{width}," if self._beside(region, width) == height else f"{width},{height}"
        if (width, height) == self.size("max", region):
            return "max"
        if (width, height) == self.size("^max", region):
            return "^max"
        larger = width > region.width or height > region.height
        return f"{'^' * larger}{width},{height}"

    def _said(self, form: str, region: Region) -> Size:
        if form == "full" and self.version == 2:
            return region.width, region.height
        if match := re.fullmatch(f"pct:{NUMBER}", form):
            return self._percent(float(match[1]), region)
        match = re.fullmatch(r"(!?)(\d{0,9}),(\d{0,9})", form)
        if match and match[2] and match[3]:
            width, height = int(match[2]), int(match[3])
            return self._confined(region, width, height) if match[1] else (width, height)
        if match and match[2] and not match[1]:
            return int(match[2]), self._beside(region, int(match[2]))
        if match and match[3] and not match[1]:
            return self._above(region, int(match[3])), int(match[3])
        words = "full, max" if self.version == 2 else "max"
        raise BadRequest(f"size {form!r}: write {words}, w,  ,h  pct:n  w,h or !w,h")

    def _percent(self, percent: float, region: Region) -> Size:
        factor = 100 / percent if percent else math.inf
        if factor in (2**n for n in HALVINGS) and self._divides(int(factor), region):
            return -(-region.width // int(factor)), -(-region.height // int(factor))
        return round(region.width * percent / 100), round(region.height * percent / 100)

    def _confined(self, region: Region, width: int, height: int) -> Size:
        """The largest size of the region's aspect within a box and the limits."""
        factor = self.limits.factor(region)
        if min(width / region.width, height / region.height) > factor:
            return _scaled(region, factor)
        if width * region.height <= height * region.width:
            return width, self._beside(region, width)
        return self._above(region, height), height

    def _beside(self, region: Region, width: int) -> int:
        """The height that keeps the aspect beside a width."""
        factor = self.reduction(region, width, None)
        return -(-region.height // factor) if factor else round(region.height * width / region.width)

    def _above(self, region: Region, height: int) -> int:
        """The width that keeps the aspect above a height."""
        factor = self.reduction(region, None, height)
        return -(-region.width // factor) if factor else round(region.width * height / region.height)

    def _divides(self, factor: int, region: Region) -> bool:
        """Whether the region begins and ends where pixels do that are `factor` times larger, or ends with the image."""
        across = region.width % factor == 0 or region.left + region.width == self.width
        down = region.height % factor == 0 or region.top + region.height == self.height
        return across and down and region.left % factor == 0 and region.top % factor == 0


def _scaled(region: Region, factor: float) -> Size:
    """The size that is not larger than `factor` allows; a pixel at least."""
    width, height = region.width * factor, region.height * factor
    return max(1, math.floor(width + 1e-6)), max(1, math.floor(height + 1e-6))


def read_rotation(text: str) -> Rotation:
    """n or !n, where n is 0, 90, 180, 270 or 360 degrees. BadRequest."""
    match = re.fullmatch(f"(!?){NUMBER}", text)
    if match is None or float(match[2]) > 360:
        raise BadRequest(f"rotation {text!r}: write 0, 90, 180 or 270, with ! before it for the mirror image")
    if float(match[2]) % 90:
        raise BadRequest(f"rotation {text!r}: pictures are turned by multiples of 90 degrees")
    return Rotation(bool(match[1]), round(float(match[2])) // 90 % 4)
