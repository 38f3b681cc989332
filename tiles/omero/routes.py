"""OMERO's web gateway: regions, planes and thumbnails as JPEG, and imgData, as the viewers of OMERO.web ask for them.

An image's id is a volume's number in the server's list, from 1, or its name; z and t are counted from 0. The picture of
resolution 0 is the finest, each further one has pixels twice as large. Whatever is malformed or outside is an error,
where OMERO.web sends some other picture.
"""

import math
import re
from dataclasses import dataclass

import msgspec
from aiohttp import web

from render.encode import picture_format
from render.errors import BadRequest, NotFound
from tiles.drawing.measures import MAX_BINS, MOST_SEEN, Bins, histogram, read_values
from tiles.names import Pairs
from tiles.omero.image import TILE, describe
from tiles.pyramid import Patch, Pyramid
from tiles.regions import Region, fitted, scaled, whole
from tiles.request import read_whole, take
from tiles.serving import QUALITY, Look, Made, Serving
from tiles.stacks import Place, Stacks, read_numbers
from tiles.work import Job

MOST_TILE = 1024
"""Pixels along a tile that a client may ask for, as OMERO's `max_tile_length`."""

THUMBNAIL = 96
"""Pixels along the longer side of a thumbnail, where nothing is said."""

UNTOLD = ("_", "getDefaults", "rdefId", "ia")
"""What clients send beside their question: against caches, for settings of users, which there are not, and whether axes
are exchanged, which `plane` says here.
"""

HISTOGRAM = {"theZ": "0", "theT": "0", "bins": "256"}
"""What may be said of a histogram, and what holds where it is not."""

TILE_FORM, REGION_FORM = "RESOLUTION,X,Y[,WIDTH,HEIGHT]", "X,Y,WIDTH,HEIGHT"

CALLBACK = re.compile(r"[A-Za-z_$][\w$]{0,99}(?:\.[A-Za-z_$][\w$]{0,99}){0,4}", re.ASCII)


def read_tile(pyramid: Pyramid, text: str) -> Patch:
    """The patch of `tile=RESOLUTION,X,Y[,WIDTH,HEIGHT]`, X and Y counted in tiles. BadRequest, NotFound."""
    halvings, x, y, *size = read_numbers("tile", text, TILE_FORM, (3, 5))
    wide, high = (side if side > 0 else TILE for side in size or (TILE, TILE))
    if max(wide, high) > MOST_TILE:
        raise BadRequest(f"tile {text!r}: tiles are {MOST_TILE} x {MOST_TILE} pixels at most")
    last = pyramid.max_zoom(TILE)
    if not 0 <= halvings <= last:
        raise NotFound(f"tile {text!r}: resolutions are 0 (the finest) to {last}")
    width, height = pyramid.size(halvings)
    columns, rows = math.ceil(width / wide), math.ceil(height / high)
    if not (0 <= x < columns and 0 <= y < rows):
        raise NotFound(f"tile {text!r}: resolution {halvings} has {columns} x {rows} tiles of {wide} x {high}")
    return pyramid.patch(halvings, x * wide, y * high, wide, high)


def read_region(pyramid: Pyramid, text: str) -> Patch:
    """The patch of `region=X,Y,WIDTH,HEIGHT`, in finest pixels, cut where the picture ends. BadRequest, NotFound."""
    x, y, wide, high = read_numbers("region", text, REGION_FORM, (4,))
    if min(wide, high) < 1:
        raise BadRequest(f"region {text!r}: its width and height must be 1 or more")
    region = Region(x, y, x + wide, y + high).clipped(pyramid.size())
    return scaled(pyramid, region, (int(region.width), int(region.height)))


def read_quality(said: dict[str, str]) -> int:
    """`q`, 0 to 1, as the quality of a JPEG, 1 to 100. BadRequest."""
    text = said.get("q")
    if text is None:
        return QUALITY
    if not re.fullmatch(r"0|1|[01]?\.\d{0,9}|1\.0{0,9}", text) or not 0 <= float(text) <= 1:
        raise BadRequest(f"q {text!r}: the quality is a number from 0 to 1")
    return max(1, round(100 * float(text)))


def read_query(request: web.Request, own: tuple[str, ...]) -> tuple[dict[str, str], Pairs]:
    """What is said of `own`, and what is said of the section. BadRequest."""
    said, pairs = take(request.query.items(), (*own, *UNTOLD))
    if said.get("ia", "0") != "0":
        raise BadRequest(f"ia {said['ia']!r}: axes are not exchanged; say plane=y or plane=x")
    return said, pairs


@dataclass(frozen=True, slots=True)
class Omero:
    """The routes of OMERO's web gateway."""

    serving: Serving
    stacks: Stacks

    def routes(self) -> list[web.AbstractRouteDef]:
        gateway = "/omero/webgateway"
        return [
            web.get(f"{gateway}/render_image_region/{{path:.+}}", self.region),
            web.get(f"{gateway}/render_image/{{path:.+}}", self.image),
            web.get(f"{gateway}/render_thumbnail/{{path:.+}}", self.thumbnail),
            web.get(f"{gateway}/render_birds_eye_view/{{path:.+}}", self.thumbnail),
            web.get(f"{gateway}/imgData/{{path:.+}}", self.describe),
            web.get(rf"{gateway}/histogram_json/{{id:.+}}/channel/{{channel:\d{{1,6}}}}{{end:/?}}", self.histogram),
        ]

    async def region(self, request: web.Request) -> web.Response:
        """ID/Z/T/ with `tile` or `region`."""
        said, pairs = read_query(request, ("tile", "region", "q"))
        text, (z, t) = self.stacks.split(request.match_info["path"], 2, 2)
        if ("tile" in said) == ("region" in said):
            raise BadRequest(f"say which part: tile={TILE_FORM} or region={REGION_FORM}")
        sheet = await self.stacks.sheet(text, pairs, Place(z, t))
        pyramid = sheet.section.plane.pyramid
        patch = read_tile(pyramid, said["tile"]) if "tile" in said else read_region(pyramid, said["region"])
        return await self.serving.picture(request, sheet, patch, Look("jpg", read_quality(said)))

    async def image(self, request: web.Request) -> web.Response:
        """ID/[Z/[T/]]: a whole plane in the finest resolution; `format` may be another than jpeg."""
        said, pairs = read_query(request, ("format", "q"))
        text, numbers = self.stacks.split(request.match_info["path"], 2)
        sheet = await self.stacks.sheet(text, pairs, Place(*numbers))
        pyramid = sheet.section.plane.pyramid
        look = Look(picture_format(said.get("format", "jpg")), read_quality(said))
        return await self.serving.picture(request, sheet, scaled(pyramid, whole(pyramid), pyramid.size()), look)

    async def thumbnail(self, request: web.Request) -> web.Response:
        """ID/[WIDTH/[HEIGHT/]]: a plane that fits in that box, which is a square where no height is said."""
        said, pairs = read_query(request, ("z", "t"))
        text, sides = self.stacks.split(request.match_info["path"], 2)
        place = Place(*(read_whole(name, said[name]) if name in said else None for name in ("z", "t")))
        wide, high = (sides or [THUMBNAIL]) * 2 if len(sides) < 2 else sides
        if min(wide, high) < 1:
            raise BadRequest(f"a thumbnail of {wide} x {high} pixels: its sides must be 1 or more")
        sheet = await self.stacks.sheet(text, pairs, place)
        pyramid = sheet.section.plane.pyramid
        region = whole(pyramid)
        return await self.serving.picture(
            request, sheet, scaled(pyramid, region, fitted(region, wide, high)), Look("jpg")
        )

    async def describe(self, request: web.Request) -> web.Response:
        """imgData; with `callback` as JSONP."""
        said, pairs = read_query(request, ("callback",))
        callback = said.get("callback", "")
        if callback and not CALLBACK.fullmatch(callback):
            raise BadRequest(f"callback {callback!r}: write the name of a function")
        text, _ = self.stacks.split(request.match_info["path"], 0)
        asked = await self.stacks.asked(text, pairs)
        number = self.stacks.number(asked.volume.info.name)

        def make(_: object) -> Made:
            document = msgspec.json.encode(describe(asked.volume, asked.intent, number))
            if callback:
                return Made(b"%s(%s)" % (callback.encode(), document), "application/javascript")
            return Made(document, "application/json")

        tag = self.serving.tag(asked.volume, "imgData", asked.intent, number, callback)
        return await self.serving.answer(request, asked.volume, tag, make)

    async def histogram(self, request: web.Request) -> web.Response:
        """How many pixels of a plane have which value, from the least to the largest of the channel (from 0)."""
        said, pairs = read_query(request, ("theZ", "theT", "bins"))
        z, t, count = (read_whole(name, said.get(name, default)) for name, default in HISTOGRAM.items())
        if not 1 <= count <= MAX_BINS:
            raise BadRequest(f"bins {count}: must be 1 to {MAX_BINS}")
        channel = int(request.match_info["channel"])
        sheet = await self.stacks.sheet(request.match_info["id"], pairs, Place(z, t, channel))
        pyramid = sheet.section.plane.pyramid
        region = whole(pyramid)
        patch = scaled(pyramid, region, fitted(region, *(min(side, MOST_SEEN) for side in pyramid.size())))

        def make(job: Job) -> Made:
            statistics = sheet.volume.statistics(channel, t)
            (values,) = read_values(sheet.volume, sheet.section, patch, self.serving.bricks, job)
            bins = Bins(count, (statistics.minimum, statistics.maximum))
            return Made(msgspec.json.encode({"data": histogram(values, bins)["hist"]}), "application/json")

        tag = self.serving.tag(sheet.volume, sheet.tag, "histogram", count)
        return await self.serving.answer(request, sheet.volume, tag, make)
