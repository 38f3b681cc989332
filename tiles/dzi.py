"""Deep Zoom: NAME.dzi and the tiles of NAME_files/{level}/{column}_{row}.{ending}.

Level 0 is one pixel, each further one twice as large, the last the whole picture. A tile has `overlap` pixels of its
neighbours on the sides where it has any, so that a viewer that smooths its tiles shows no seams; the last ones of a row
and of a column are cut. Whatever the query of the .dzi says, clients append to the addresses of its tiles.
"""

from dataclasses import dataclass

from aiohttp import web

from render.encode import picture_format
from render.errors import BadRequest, NotFound
from tiles.pyramid import Patch, Pyramid
from tiles.request import read_whole
from tiles.serving import Look, Made, Serving
from tiles.xyz import ENDING, read_quality

TILES = (16, 2048)
"""Pixels along a tile, at least and at most."""

TILE, OVERLAP = 254, 1
"""What other makers of Deep Zoom pictures choose: inner tiles have 256 x 256 pixels."""

OWN = ("tile", "overlap", "format", "quality")

DESCRIPTION = """<?xml version="1.0" encoding="UTF-8"?>
<Image xmlns="http://schemas.microsoft.com/deepzoom/2008" TileSize="{tile}" Overlap="{overlap}" Format="{ending}">
  <Size Width="{width}" Height="{height}"/>
</Image>
"""

PLACE = rf"{{level:\d{{1,4}}}}/{{column:\d{{1,9}}}}_{{row:\d{{1,9}}}}.{{ending:{ENDING}}}"
"""The end of a tile's address."""


@dataclass(frozen=True, slots=True)
class Grid:
    """The tiles of a picture at every level: `tile` pixels wide and high, and `overlap` on inner edges."""

    pyramid: Pyramid
    tile: int
    overlap: int

    @property
    def last(self) -> int:
        """The level of the whole picture."""
        return (max(self.pyramid.size()) - 1).bit_length()

    def patch(self, level: int, column: int, row: int) -> Patch:
        """NotFound outside the grid."""
        name = f"tile {level}/{column}_{row}"
        if not 0 <= level <= self.last:
            raise NotFound(f"{name}: levels are 0 to {self.last}")
        halvings = self.last - level
        columns, rows = self.pyramid.tiles(halvings, self.tile)
        if not (0 <= column < columns and 0 <= row < rows):
            raise NotFound(f"{name}: level {level} has {columns} x {rows} tiles")
        side = self.tile + 2 * self.overlap
        left, top = column * self.tile - self.overlap, row * self.tile - self.overlap
        # Where a tile has no neighbour on its left, it has no overlap there either.
        width, height = side + min(0, left), side + min(0, top)
        return self.pyramid.patch(halvings, max(0, left), max(0, top), width, height)

    def describe(self, ending: str) -> Made:
        """The .dzi document."""
        width, height = self.pyramid.size()
        text = DESCRIPTION.format(tile=self.tile, overlap=self.overlap, ending=ending, width=width, height=height)
        return Made(text.encode(), "application/xml")


def read_grid(pyramid: Pyramid, said: dict[str, str], tile: int = TILE) -> Grid:
    """The grid with the `tile` and `overlap` that a request asked for. BadRequest."""
    side = read_whole("tile", said["tile"]) if "tile" in said else tile
    if not TILES[0] <= side <= TILES[1]:
        raise BadRequest(f"tile {side}: must be {TILES[0]} to {TILES[1]} pixels")
    overlap = read_whole("overlap", said["overlap"]) if "overlap" in said else OVERLAP
    if 2 * overlap > side:
        raise BadRequest(f"overlap {overlap}: must be at most half of the tile, {side // 2} pixels")
    return Grid(pyramid, side, overlap)


def read_place(place: dict[str, str]) -> tuple[int, int, int]:
    """Level, column and row of an address that ends in `PLACE`."""
    return (int(place["level"]), int(place["column"]), int(place["row"]))


@dataclass(frozen=True, slots=True)
class DeepZoom:
    """The routes of planes as Deep Zoom pictures."""

    serving: Serving

    def routes(self) -> list[web.AbstractRouteDef]:
        return [
            web.get("/dzi/{name:.+}.dzi", self.describe),
            web.get(f"/dzi/{{name:.+}}_files/{PLACE}", self.tile),
        ]

    async def describe(self, request: web.Request) -> web.Response:
        sheet, said = await self.serving.asked(request.match_info["name"], request.query.items(), OWN)
        read_quality(said)
        ending = picture_format(said.get("format", "jpg"))
        made = read_grid(sheet.section.plane.pyramid, said).describe(ending)
        tag = self.serving.tag(sheet.volume, made.body)
        return await self.serving.answer(request, sheet.volume, tag, lambda _: made)

    async def tile(self, request: web.Request) -> web.Response:
        place = dict(request.match_info)
        sheet, said = await self.serving.asked(place["name"], request.query.items(), OWN)
        look = Look(picture_format(place["ending"]), read_quality(said))
        patch = read_grid(sheet.section.plane.pyramid, said).patch(*read_place(place))
        return await self.serving.picture(request, sheet, patch, look)
