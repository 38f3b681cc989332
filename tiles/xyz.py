"""XYZ tiles and their TileJSON 3.0: zoom 0 holds the whole plane, (0, 0) is at the top left.

Tiles are 256 pixels wide, or 512 with `tile=512` (fewer, larger ones), or 512 as Y@2x (the same part of the plane,
twice as fine). At the edges they are filled up with transparent pixels, as slippy maps want it.
"""

import math
from dataclasses import dataclass

import msgspec
import numpy as np
from aiohttp import web

from render.encode import Pixels, picture_format
from render.errors import BadRequest
from tiles.pyramid import Patch, Pyramid
from tiles.request import read_whole
from tiles.serving import QUALITY, TOKEN, Look, Made, Serving

TILES = (256, 512)
ENDING = "[A-Za-z0-9]{1,8}"
OWN = ("tile", "quality")


@dataclass(frozen=True, slots=True)
class Tiles:
    """The routes of XYZ tiles."""

    serving: Serving

    def routes(self) -> list[web.AbstractRouteDef]:
        place = rf"{{zoom:\d{{1,4}}}}/{{x:\d{{1,9}}}}/{{y:\d{{1,9}}}}{{double:(@2x)?}}.{{ending:{ENDING}}}"
        return [
            web.get("/tiles/{name:.+}/tilejson.json", self.describe),
            web.get(f"/tiles/{{name:.+}}/{place}", self.tile),
        ]

    async def tile(self, request: web.Request) -> web.Response:
        place = request.match_info
        sheet, said = await self.serving.asked(place["name"], request.query.items(), OWN)
        ending, side = picture_format(place["ending"]), _side(said)
        zoom, x, y = (int(place[name]) for name in ("zoom", "x", "y"))
        patch = sheet.section.plane.pyramid.tile(zoom, x, y, side)
        if place["double"]:
            patch, side = _doubled(patch), 2 * side
        look = Look(ending, read_quality(said), lambda pixels: _filled_up(pixels, side), f"-{side}")
        return await self.serving.picture(request, sheet, patch, look)

    async def describe(self, request: web.Request) -> web.Response:
        """TileJSON; its URL of tiles says all that the query of this request said, its token too."""
        sheet, said = await self.serving.asked(request.match_info["name"], request.query.items(), (*OWN, "format"))
        side, ending = _side(said), picture_format(said.get("format", "png"))
        read_quality(said)
        pyramid = sheet.section.plane.pyramid
        address = request.rel_url.without_query_params("format")
        if TOKEN in request:
            address = address.update_query(token=request[TOKEN])
        query = address.raw_query_string
        place = request.url.origin().with_path(request.rel_url.raw_path.removesuffix("tilejson.json"), encoded=True)
        document = {
            "tilejson": "3.0.0",
            "name": sheet.volume.info.name,
            "tiles": [f"{place}{{z}}/{{x}}/{{y}}.{ending}{'?' + query if query else ''}"],
            "minzoom": 0,
            "maxzoom": pyramid.max_zoom(side),
            "bounds": _bounds(pyramid, side),
            "tilesize": side,
            "scheme": "xyz",
            "width": pyramid.size()[0],
            "height": pyramid.size()[1],
            "pixel": pyramid.pixel,
            "unit": sheet.volume.info.unit,
        }
        made = Made(msgspec.json.encode(document), "application/json")
        tag = self.serving.tag(sheet.volume, "tilejson", document)
        return await self.serving.answer(request, sheet.volume, tag, lambda _: made)


def _bounds(pyramid: Pyramid, side: int) -> list[float]:
    """West, south, east and north of where a web map shows the plane, in degrees: from the upper left of zoom 0."""
    whole = side * 2 ** pyramid.max_zoom(side)
    width, height = pyramid.size()
    south = math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * height / whole))))
    return [-180.0, south, 360 * width / whole - 180, math.degrees(math.atan(math.sinh(math.pi)))]


def _side(said: dict[str, str]) -> int:
    side = read_whole("tile", said["tile"]) if "tile" in said else TILES[0]
    if side not in TILES:
        raise BadRequest(f"tile {side}: tiles are {' or '.join(map(str, TILES))} pixels wide")
    return side


def read_quality(said: dict[str, str]) -> int:
    """`quality` of a lossy picture, 1 to 100. BadRequest."""
    quality = read_whole("quality", said["quality"]) if "quality" in said else QUALITY
    if not 1 <= quality <= 100:
        raise BadRequest(f"quality {quality}: must be 1 to 100")
    return quality


def _filled_up(pixels: Pixels, side: int) -> Pixels:
    """A tile at an edge, with transparent pixels where it is not as large as the others."""
    height, width, _ = pixels.shape
    if (height, width) == (side, side):
        return pixels
    whole = np.zeros((side, side, 4), np.uint8)
    whole[:height, :width] = pixels
    return whole


def _doubled(patch: Patch) -> Patch:
    """The same part of the picture in pixels of half the size."""
    across, down = patch.pixel
    return Patch(2 * patch.left, 2 * patch.top, 2 * patch.width, 2 * patch.height, (across / 2, down / 2))
