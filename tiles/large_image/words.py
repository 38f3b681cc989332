"""The parameters of large_image's REST interface: which region, how large, in which format; pure.

Names, defaults and roundings are those of large_image 1.35.
"""

import math
import re
from dataclasses import dataclass, replace

import numpy as np

from render.colormap import parse_color
from render.encode import Pixels, picture_format
from render.errors import BadRequest
from render.volume.axes import METRES
from tiles.drawing.measures import MAX_BINS, Bins
from tiles.pyramid import Pyramid
from tiles.regions import Region, fitted, whole
from tiles.serving import Look

REGION = ("left", "top", "right", "bottom", "regionWidth", "regionHeight", "units", "unitsWH")
OUTPUT = ("width", "height", "magnification", "mm_x", "mm_y", "exact", "resample")
PICTURE = ("encoding", "jpegQuality", "jpegSubsampling", "tiffCompression", "fill", "cache", "redirect", "_")

QUALITY = 95
"""Of JPEG, where nothing is said."""

ENCODINGS = {"JFIF": "jpg", "TILED": "tif"}
"""Encodings that are called otherwise than their format."""

UNITS = {
    "": "base_pixels",
    "base": "base_pixels",
    "pixel": "mag_pixels",
    "pixels": "mag_pixels",
    "nm": "nanometer",
    "um": "micrometer",
    "mm": "millimeter",
    "m": "meter",
    "km": "kilometer",
}
LENGTHS = ("nanometer", "micrometer", "millimeter", "meter", "kilometer")

NATIVE = 0.01
"""The magnification of pixels of 1 mm, as large_image takes it where a file does not say."""

Said = dict[str, str]


@dataclass(frozen=True, slots=True)
class Base:
    """The finest picture of a plane; `mm` is the side of its pixels in millimetres, None where lengths have no unit."""

    pyramid: Pyramid
    mm: float | None

    @property
    def magnification(self) -> float | None:
        return None if self.mm is None else NATIVE / self.mm


def base_of(pyramid: Pyramid, unit: str) -> Base:
    return Base(pyramid, pyramid.pixel * METRES[unit] * 1000 if unit in METRES else None)


def read_region(said: Said, base: Base) -> Region:
    """The region, rounded to whole pixels and cut where the picture ends; negative numbers count from its right and
    bottom. BadRequest, NotFound.
    """
    size = base.pyramid.size()
    scale = _read_units(said, "units", base)
    scale_of_sides = _read_units(said, "unitsWH", base) if "unitsWH" in said else scale
    across = _read_side(said, ("left", "right", "regionWidth"), size[0], (scale[0], scale_of_sides[0]))
    down = _read_side(said, ("top", "bottom", "regionHeight"), size[1], (scale[1], scale_of_sides[1]))
    return Region(across[0], down[0], across[1], down[1]).clipped(size)


def read_size(said: Said, base: Base, region: Region) -> tuple[int, int]:
    """(width, height) of the picture of `region`: `width` and `height` are bounds, without them the `magnification` or
    the pixel in millimetres counts. BadRequest.
    """
    bounds = [_read_whole(said, name, 0) for name in ("width", "height")]
    if bounds != [None, None]:
        if 0 in bounds:
            raise BadRequest("width and height must be 1 or more")
        return fitted(region, *bounds)
    scale = _read_scale(said, base)
    return (max(1, int(region.width / scale)), max(1, int(region.height / scale)))


def read_look(said: Said) -> Look:
    """The format, and its quality where it is JPEG. BadRequest.

    `jpegSubsampling` and `tiffCompression` are checked, and not followed: chroma is whole from quality 85 on, and a
    TIFF is deflated.
    """
    encoding = said.get("encoding", "JPEG")
    quality = _read_whole(said, "jpegQuality", 1)
    if quality is not None and quality > 100:
        raise BadRequest(f"jpegQuality {quality}: must be 1 to 100")
    subsampling = said.get("jpegSubsampling", "0")
    if subsampling not in ("0", "1", "2"):
        raise BadRequest(f"jpegSubsampling {subsampling!r}: must be 0, 1 or 2")
    ending = picture_format(ENCODINGS.get(encoding, encoding.lower()))
    return Look(ending, QUALITY if quality is None else quality)


def padded(look: Look, color: str, box: tuple[int, int], *, corner: bool) -> Look:
    """`look` with pictures that are smaller than `box` (width, height) filled up, around or right and below."""
    fill = np.array([round(255 * share) for share in parse_color(color)], np.uint8)
    how = f"-{fill.tobytes().hex()}-{box[0]}x{box[1]}-{corner}"
    return replace(look, finish=lambda pixels: _pad(pixels, fill, box, corner), how=how)


def read_fill(said: Said, look: Look) -> Look:
    """`fill` of a picture whose `width` and `height` are given: a colour, "none", or corner:COLOUR."""
    fill = said.get("fill", "none")
    box = cell(said, (0, 0))
    if box == (0, 0):
        return look
    color = fill.removeprefix("corner:")
    return padded(look, color, box, corner=color != fill)


def cell(said: Said, size: tuple[int, int]) -> tuple[int, int]:
    """The (width, height) of a picture that is `size` before it is filled up."""
    width, height = (_read_whole(said, name, 1) for name in ("width", "height"))
    if width is None or height is None or said.get("fill", "none").lower() == "none":
        return size
    return (width, height)


def read_edge(said: Said, look: Look, side: int) -> Look:
    """`edge` of tiles: "crop", or the colour that fills them up; nothing: what is clear, black in JPEG."""
    edge = said.get("edge", "false")
    if edge.lower() in ("crop", "true"):
        return look
    color = "#00000000" if edge.lower() in ("false", "none", "") else edge
    return padded(look, color, (side, side), corner=True)


def _pad(pixels: Pixels, fill: Pixels, box: tuple[int, int], corner: bool) -> Pixels:
    height, width, _ = pixels.shape
    wide, high = max(width, box[0]), max(height, box[1])
    if (wide, high) == (width, height):
        return pixels
    whole_picture = np.empty((high, wide, 4), np.uint8)
    whole_picture[:] = fill
    left, top = (0, 0) if corner else ((wide - width) // 2, (high - height) // 2)
    whole_picture[top : top + height, left : left + width] = pixels
    return whole_picture


def _read_units(said: Said, name: str, base: Base) -> tuple[float, float]:
    """Pixels of the finest picture in a unit of length, across and down."""
    text = said.get(name, "")
    unit = UNITS.get(text, text)
    if unit == "base_pixels":
        return (1.0, 1.0)
    if unit == "fraction":
        width, height = base.pyramid.size()
        return (width, height)
    if unit == "mag_pixels":
        scale = _read_scale(said, base)
        return (scale, scale)
    length = unit.removesuffix("s")
    if length not in LENGTHS:
        raise BadRequest(f"{name} {text!r}: must be base_pixels, pixels, fraction, nm, um, mm, m or km")
    if base.mm is None:
        raise BadRequest(f"{name} {text!r}: this volume has no unit of length")
    pixels = METRES[length] * 1000 / base.mm
    return (pixels, pixels)


def _read_side(said: Said, names: tuple[str, str, str], size: int, scales: tuple[float, float]) -> tuple[int, int]:
    """Where a region begins and ends along one side, in whole pixels."""
    first, last, length = (_read_number(said, name) for name in names)
    first, last = (None if place is None else place * scales[0] + (size if place < 0 else 0) for place in (first, last))
    length = None if length is None else length * scales[1]
    if first is None:
        first = last - length if last is not None and length is not None else 0.0
    if last is None or (length is not None and "unitsWH" in said):
        last = size if length is None else first + length
    return (round(first), round(last))


def _read_scale(said: Said, base: Base) -> float:
    """Finest pixels along a pixel of the magnification or pixel size that is asked for. BadRequest."""
    ratios = []
    for name in ("magnification", "mm_x", "mm_y"):
        number = _read_number(said, name)
        if number is None:
            continue
        if base.mm is None or number <= 0:
            raise BadRequest(f"{name} {said[name]!r}: must be more than 0, of a volume that has a unit of length")
        ratios.append(NATIVE / base.mm / number if name == "magnification" else number / base.mm)
    halvings = round(sum(math.log2(ratio) for ratio in ratios) / max(1, len(ratios)), 4)
    if _is_true(said, "exact") and (halvings != int(halvings) or halvings < 0):
        raise BadRequest(f"exact: there is no picture with pixels {2**halvings:g} times as large as the finest")
    return float(2.0**halvings)


def _read_number(said: Said, name: str) -> float | None:
    if name not in said:
        return None
    if not re.fullmatch(r"\s*[-+]?(\d{1,12}\.?\d{0,18}|\.\d{1,18})([eE][-+]?\d{1,2})?\s*", said[name]):
        raise BadRequest(f"{name} {said[name]!r}: write a number")
    return float(said[name])


def _read_whole(said: Said, name: str, least: int) -> int | None:
    if name not in said:
        return None
    if not re.fullmatch(r"\d{1,9}", said[name]) or int(said[name]) < least:
        raise BadRequest(f"{name} {said[name]!r}: write a whole number, {least} or more")
    return int(said[name])


def thumbnail_size(said: Said, base: Base) -> tuple[int, int]:
    """(width, height) of the whole picture within `width` and `height`, or 256 each. BadRequest."""
    width, height = (_read_whole(said, name, 2) for name in ("width", "height"))
    if width is None and height is None:
        width = height = 256
    return fitted(whole(base.pyramid), width, height)


def read_bins(said: Said) -> Bins:
    """How a histogram counts. BadRequest."""
    count = _read_whole(said, "bins", 1) or 256
    if count > MAX_BINS:
        raise BadRequest(f"bins {count}: at most {MAX_BINS}")
    low, high = (_read_number(said, name) for name in ("rangeMin", "rangeMax"))
    if low is None and high is None:
        return Bins(count, None, _is_true(said, "roundRange"), _is_true(said, "density"))
    span = (0.0 if low is None else low, 256.0 if high is None else high)
    if span[0] >= span[1]:
        raise BadRequest(f"rangeMin {span[0]:g} and rangeMax {span[1]:g}: the first must be the lower one")
    return Bins(count, span, density=_is_true(said, "density"))


def _is_true(said: Said, name: str) -> bool:
    return said.get(name, "").lower() in ("true", "on", "yes", "1")
