"""large_image's REST interface, as Girder's plugin has it: /large_image/api/v1/item/ID/tiles and what is below it.

An item's id is a volume's name, or its number in the server's list, from 1. A frame is one channel of one plane at one
time, counted in that order, and is drawn grey; where no frame is said the volume is drawn with all its active channels,
in the plane in the middle.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import msgspec
from aiohttp import web

from render.errors import BadRequest
from tiles.drawing.draw import draw
from tiles.drawing.measures import MOST_SEEN, histogram, read_values
from tiles.dzi import PLACE, Grid, read_place
from tiles.large_image import words
from tiles.large_image.item import TILE, internal_metadata, item, metadata
from tiles.large_image.words import OUTPUT, PICTURE, REGION, Base, Said
from tiles.pyramid import Patch
from tiles.regions import fitted, scaled, whole
from tiles.request import read_whole, take
from tiles.serving import Made, Serving, Sheet
from tiles.stacks import Place, Stacks, read_numbers
from tiles.work import Job

HISTOGRAM = ("bins", "rangeMin", "rangeMax", "roundRange", "density")
ATTACHED = ("contentDisposition", "contentDispositionFilename")
GRID = ("tilesize", "overlap", "encoding")

MOST_PIXELS = 256
"""Frames whose pixel can be asked for at once."""


@dataclass(frozen=True, slots=True)
class LargeImage:
    """The routes of large_image, but for pictures of many frames."""

    serving: Serving
    stacks: Stacks

    def routes(self) -> list[web.AbstractRouteDef]:
        tiles = "/large_image/api/v1/item/{id:.+}/tiles"
        place = r"{z:\d{1,4}}/{x:\d{1,9}}/{y:\d{1,9}}"
        return [
            web.get(f"{tiles}/zxy/{place}", self.tile),
            web.get(rf"{tiles}/fzxy/{{frame:\d{{1,9}}}}/{place}", self.tile),
            web.get(f"{tiles}/region", self.region),
            web.get(f"{tiles}/thumbnail", self.thumbnail),
            web.get(f"{tiles}/pixel", self.pixel),
            web.get(f"{tiles}/histogram", self.histogram),
            web.get(f"{tiles}/bands", self.bands),
            web.get(f"{tiles}/dzi.dzi", self.deep_zoom),
            web.get(f"{tiles}/dzi_files/{PLACE}", self.deep_zoom_tile),
            web.get(f"{tiles}/images", self.images),
            web.get(f"{tiles}/internal_metadata", self.internal_metadata),
            web.get(tiles, self.describe),
            web.get("/large_image/api/v1/item/{id:.+}", self.item),
        ]

    async def tile(self, request: web.Request) -> web.Response:
        """A tile of the grid in which zoom 0 is one tile."""
        sheet, said = await self._asked(request, ("edge", *PICTURE))
        zoom, x, y = (int(request.match_info[name]) for name in "zxy")
        patch = sheet.section.plane.pyramid.tile(zoom, x, y, TILE)
        look = words.read_edge(said, words.read_look(said), TILE)
        return await self.serving.picture(request, sheet, patch, look)

    async def region(self, request: web.Request) -> web.Response:
        """Any part of the picture at any size."""
        sheet, said = await self._asked(request, (*REGION, *OUTPUT, *PICTURE, *ATTACHED))
        base = base_of(sheet)
        region = words.read_region(said, base)
        patch = scaled(base.pyramid, region, words.read_size(said, base, region))
        return await self._picture(request, sheet, patch, said)

    async def thumbnail(self, request: web.Request) -> web.Response:
        """The whole picture, small."""
        sheet, said = await self._asked(request, ("width", "height", *PICTURE, *ATTACHED))
        base = base_of(sheet)
        patch = scaled(base.pyramid, whole(base.pyramid), words.thumbnail_size(said, base))
        return await self._picture(request, sheet, patch, said)

    async def pixel(self, request: web.Request) -> web.Response:
        """The values of the finest pixel at `left`, `top`, and its colour; of a list of frames as a list."""
        said, pairs = take(request.query.items(), ("frame", "frameList", *REGION))
        frames = read_numbers(
            "frameList", said.get("frameList", "0").strip("[]"), "FRAME,FRAME...", range(1, MOST_PIXELS + 1)
        )
        places = frames if "frameList" in said else [_frame(said)]
        sheets = [await self.stacks.sheet(request.match_info["id"], pairs, place) for place in places]
        one = said | {"regionWidth": "1", "regionHeight": "1", "unitsWH": "base_pixels"}
        region = words.read_region(one, base_of(sheets[0]))
        patch = scaled(sheets[0].section.plane.pyramid, region, (1, 1))

        def look(job: Job) -> Any:
            if "frameList" not in said:
                return self._pixel(sheets[0], patch, job)
            return [self._pixel(sheet, patch, job) | {"frame": n} for n, sheet in zip(frames, sheets, strict=True)]

        return await self._told(request, sheets[0], ("pixel", places, region), look)

    async def histogram(self, request: web.Request) -> web.Response:
        """Of each visible channel, of a region in at most so many pixels."""
        sheet, said = await self._asked(request, (*REGION, *OUTPUT, *PICTURE, *HISTOGRAM))
        patch, bins = _seen(base_of(sheet), said), words.read_bins(said)

        def count(job: Job) -> Any:
            values = read_values(sheet.volume, sheet.section, patch, self.serving.bricks, job)
            return [histogram(channel, bins) for channel in values]

        return await self._told(request, sheet, ("histogram", patch, bins), count)

    async def bands(self, request: web.Request) -> web.Response:
        """The least, largest and mean value of each visible channel, counted from 1."""
        sheet, said = await self._asked(request, PICTURE)
        patch = _seen(base_of(sheet), said)

        def look(job: Job) -> Any:
            values = read_values(sheet.volume, sheet.section, patch, self.serving.bricks, job)
            found = [histogram(channel, words.read_bins({})) for channel in values]
            named = [{name: one[name] for name in ("min", "max", "mean", "stdev") if name in one} for one in found]
            return {str(number): {"interpretation": "gray"} | one for number, one in enumerate(named, 1)}

        return await self._told(request, sheet, ("bands",), look)

    async def deep_zoom(self, request: web.Request) -> web.Response:
        sheet, said = await self._asked(request, (*GRID, *PICTURE[1:]))
        made = _grid(sheet, said).describe(words.read_look(said).ending)
        tag = self.serving.tag(sheet.volume, made.body)
        return await self.serving.answer(request, sheet.volume, tag, lambda _: made)

    async def deep_zoom_tile(self, request: web.Request) -> web.Response:
        """A tile in the format that `encoding` says, whatever its name ends in."""
        sheet, said = await self._asked(request, (*GRID, *PICTURE[1:]))
        patch = _grid(sheet, said).patch(*read_place(dict(request.match_info)))
        return await self.serving.picture(request, sheet, patch, words.read_look(said))

    async def describe(self, request: web.Request) -> web.Response:
        """Size, pyramid and frames."""
        _, pairs = take(request.query.items(), ("frame", *PICTURE))
        asked = await self.stacks.asked(request.match_info["id"], pairs)
        sheet = await self.stacks.at(asked, Place())
        return await self._told(
            request, sheet, ("tiles",), lambda _: metadata(sheet.volume.info, base_of(sheet), asked.stack)
        )

    async def internal_metadata(self, request: web.Request) -> web.Response:
        sheet, _ = await self._asked(request, PICTURE)
        return await self._told(request, sheet, ("internal",), lambda _: internal_metadata(sheet.volume.info))

    async def images(self, request: web.Request) -> web.Response:
        """Associated images (labels of slides, say), which volumes have none of."""
        sheet, _ = await self._asked(request, PICTURE)
        return await self._told(request, sheet, ("images",), lambda _: [])

    async def item(self, request: web.Request) -> web.Response:
        identifier = request.match_info["id"]
        sheet, _ = await self._asked(request, PICTURE)
        return await self._told(request, sheet, ("item", identifier), lambda _: item(sheet.volume.info, identifier))

    async def _asked(self, request: web.Request, own: tuple[str, ...]) -> tuple[Sheet, Said]:
        """The section that is asked for, and what is said of the parameters `own`."""
        said, pairs = take(request.query.items(), ("frame", *own))
        place = _frame(said | dict(request.match_info))
        return await self.stacks.sheet(request.match_info["id"], pairs, place), said

    async def _picture(self, request: web.Request, sheet: Sheet, patch: Patch, said: Said) -> web.Response:
        answer = await self.serving.picture(request, sheet, patch, words.read_fill(said, words.read_look(said)))
        disposition = said.get("contentDisposition")
        if disposition not in (None, "inline", "attachment"):
            raise BadRequest(f"contentDisposition {disposition!r}: must be inline or attachment")
        if disposition is not None:
            name = quote(said.get("contentDispositionFilename", sheet.volume.info.name), safe="")
            answer.headers["Content-Disposition"] = f"{disposition}; filename*=UTF-8''{name}"
        return answer

    async def _told(
        self, request: web.Request, sheet: Sheet, what: tuple[Any, ...], make: Callable[[Job], Any]
    ) -> web.Response:
        """The JSON that `make` makes; `what` stands for all that decides it beside the section."""
        tag = self.serving.tag(sheet.volume, sheet.tag, *what)
        return await self.serving.answer(
            request, sheet.volume, tag, lambda job: Made(msgspec.json.encode(make(job)), "application/json")
        )

    def _pixel(self, sheet: Sheet, patch: Patch, job: Job) -> dict[str, Any]:
        values = read_values(sheet.volume, sheet.section, patch, self.serving.bricks, job)
        color = draw(sheet.volume, sheet.section, patch, self.serving.bricks, job)[0, 0].tolist()
        return {"value": [value.item() for channel in values for value in channel]} | dict(
            zip("rgba", color, strict=True)
        )


def base_of(sheet: Sheet) -> Base:
    """The finest picture of a section."""
    return words.base_of(sheet.section.plane.pyramid, sheet.volume.info.unit)


def _frame(said: Said) -> Place | int:
    return read_whole("frame", said["frame"]) if "frame" in said else Place()


def _grid(sheet: Sheet, said: Said) -> Grid:
    side, overlap = (
        read_whole(name, said.get(name, default)) for name, default in (("tilesize", "256"), ("overlap", "0"))
    )
    if side not in (64, 128, 256, 512, 1024, 2048):
        raise BadRequest(f"tilesize {side}: must be a power of 2 from 64 to 2048")
    if 2 * overlap > side:
        raise BadRequest(f"overlap {overlap}: must be at most half of the tile, {side // 2} pixels")
    return Grid(sheet.section.plane.pyramid, side, overlap)


def _seen(base: Base, said: Said) -> Patch:
    """The part of the picture whose values are looked at: never finer than it is."""
    region = words.read_region(said, base)
    wide, high = words.read_size(said, base, region) if {"width", "height"} & said.keys() else (MOST_SEEN, MOST_SEEN)
    size = fitted(region, min(wide, int(region.width)), min(high, int(region.height)))
    return scaled(base.pyramid, region, size)
