"""Zoomify: ImageProperties.xml and the tiles of TileGroup{n}/{tier}-{x}-{y}.{ending}.

Tier 0 fits into one tile of 256 pixels, the last is the whole picture. Zoomify halves and rounds down: a tier is up to
a pixel smaller than the same picture in other protocols, from the same top left corner. Its clients append to an
address, so that what is asked of a plane stands in it: NAME;plane=z:30/ImageProperties.xml.
"""

from dataclasses import dataclass

from aiohttp import web

from render.encode import picture_format
from render.errors import NotFound
from tiles.pyramid import Patch, Pyramid
from tiles.serving import Look, Made, Serving
from tiles.xyz import ENDING, read_quality

TILE = 256

PROPERTIES = '<IMAGE_PROPERTIES WIDTH="{}" HEIGHT="{}" NUMTILES="{}" NUMIMAGES="1" VERSION="1.8" TILESIZE="{}" />\n'

PLACE = rf"TileGroup{{group:\d{{1,9}}}}/{{tier:\d{{1,4}}}}-{{x:\d{{1,9}}}}-{{y:\d{{1,9}}}}.{{ending:{ENDING}}}"

OWN = ("quality",)


def tiers(pyramid: Pyramid) -> list[tuple[int, int]]:
    """(width, height) of each tier, the smallest first."""
    width, height = pyramid.size()
    sizes = [(width, height)]
    while max(width, height) > TILE:
        width, height = width // 2, height // 2
        sizes.append((max(1, width), max(1, height)))
    return sizes[::-1]


def count_tiles(sizes: list[tuple[int, int]]) -> int:
    """How many tiles all of the tiers have together."""
    return sum(-(-width // TILE) * -(-height // TILE) for width, height in sizes)


def tile_patch(pyramid: Pyramid, tier: int, x: int, y: int) -> Patch:
    """One tile, cut where its tier ends. NotFound outside."""
    name, sizes = f"tile {tier}-{x}-{y}", tiers(pyramid)
    if not 0 <= tier < len(sizes):
        raise NotFound(f"{name}: tiers are 0 to {len(sizes) - 1}")
    (width, height), left, top = sizes[tier], x * TILE, y * TILE
    if not (0 <= left < width and 0 <= top < height):
        raise NotFound(f"{name}: tier {tier} has {-(-width // TILE)} x {-(-height // TILE)} tiles")
    return pyramid.patch(len(sizes) - 1 - tier, left, top, min(TILE, width - left), min(TILE, height - top))


@dataclass(frozen=True, slots=True)
class Zoomify:
    """The routes of planes as Zoomify pictures."""

    serving: Serving

    def routes(self) -> list[web.AbstractRouteDef]:
        return [
            web.get("/zoomify/{name:.+}/ImageProperties.xml", self.describe),
            web.get(f"/zoomify/{{name:.+}}/{PLACE}", self.tile),
        ]

    async def describe(self, request: web.Request) -> web.Response:
        sheet, said = await self.serving.asked(request.match_info["name"], request.query.items(), OWN)
        read_quality(said)
        pyramid = sheet.section.plane.pyramid
        text = PROPERTIES.format(*pyramid.size(), count_tiles(tiers(pyramid)), TILE)
        made = Made(text.encode(), "application/xml")
        tag = self.serving.tag(sheet.volume, "zoomify", text)
        return await self.serving.answer(request, sheet.volume, tag, lambda _: made)

    async def tile(self, request: web.Request) -> web.Response:
        """A tile of any group: the group is but the folder of 256 files that it would lie in on a disk."""
        place = request.match_info
        sheet, said = await self.serving.asked(place["name"], request.query.items(), OWN)
        look = Look(picture_format(place["ending"]), read_quality(said))
        tier, x, y = (int(place[name]) for name in ("tier", "x", "y"))
        patch = tile_patch(sheet.section.plane.pyramid, tier, x, y)
        return await self.serving.picture(request, sheet, patch, look)
