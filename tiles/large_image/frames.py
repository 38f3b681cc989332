"""Pictures of many frames side by side, and where each of them is: what GeoJS shows while the tiles of a frame come."""

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import msgspec
import numpy as np
from aiohttp import web

from render.encode import MEDIA_TYPES, encode
from render.errors import BadRequest
from tiles.drawing.draw import draw
from tiles.large_image import words
from tiles.large_image.item import metadata
from tiles.large_image.routes import base_of
from tiles.large_image.words import OUTPUT, PICTURE, REGION, Said
from tiles.regions import scaled
from tiles.request import read_whole, take
from tiles.serving import MAX_PIXELS, Made, Sent, Serving, Sheet
from tiles.stacks import Place, Stack, Stacks, read_numbers
from tiles.work import Job

FORMAT = {"encoding": "JPEG", "jpegQuality": "85", "jpegSubsampling": "1"}
"""Of pictures of many frames, where nothing is said."""

MOST = 4096
"""Frames in one picture: a tile of the pyramid is read for each."""

SIZES = {
    "maxTextureSize": 4096,
    "maxTextures": 1,
    "maxTotalTexturePixels": 2**30,
    "alignment": 16,
    "maxFrameSize": 4096,
}
"""The bounds of the pictures where nothing is said: pixels along a side, pictures, pixels in all of them. A frame's
sides are multiples of `alignment`, so that JPEG does not mix neighbours."""

CHOSEN = ("format", "query", "frameBase", "frameStride", "cache")
GROUPS = ("frameGroup", "frameGroupFactor", "frameGroupStride")
"""Which frames are in a picture together: not followed, they come in order."""


@dataclass(frozen=True, slots=True)
class Sheets:
    """`pictures` pictures of at most `across` x `down` frames, each in a cell of `width` x `height` pixels."""

    across: int
    down: int
    width: int
    height: int
    pictures: int


def lay_out(count: int, size: tuple[int, int], bounds: dict[str, int]) -> Sheets:
    """The largest cells in which `count` frames of this size fit. BadRequest where they don't."""
    grain, side = bounds["alignment"], min(bounds["maxTextureSize"], math.isqrt(MAX_PIXELS))
    pictures = max(1, min(bounds["maxTextures"], bounds["maxTotalTexturePixels"] // side**2))
    for across in range(1, side // grain + 1):
        width = min(side // across, bounds["maxFrameSize"], size[0] + grain - 1) // grain * grain
        height = math.ceil(width * size[1] / size[0] / grain) * grain
        if 0 < height <= min(side, bounds["maxFrameSize"]) and width:
            columns, rows = side // width, side // height
            if min(columns * rows, MOST) * pictures >= count:
                needed = math.ceil(count / (columns * rows))
                return Sheets(columns, rows, width, height, needed)
    raise BadRequest(f"{count} frames do not fit into {pictures} x {side} x {side} pixels: ask for fewer of them")


def quads(frames: Sequence[int], size: tuple[int, int], sheets: Sheets) -> dict[str, Any]:
    """Where each frame is: `crop` counts from the bottom left corner of its picture, as textures do."""
    reduced = max(size[0] / sheets.width, size[1] / sheets.height)
    used = (math.floor(size[0] / reduced), math.floor(size[1] / reduced))
    capacity = sheets.across * sheets.down
    found = []
    for index in range(len(frames)):
        picture, cell = divmod(index, capacity)
        in_picture = min(capacity, len(frames) - picture * capacity)
        row, column = divmod(cell, min(in_picture, sheets.across))
        left = column * sheets.width
        bottom = (math.ceil(in_picture / sheets.across) - row) * sheets.height
        crop = {"x": size[0], "y": size[1], "left": left, "right": left + used[0]}
        crop |= {"top": bottom - used[1], "bottom": bottom}
        found.append({"ul": {"x": 0, "y": 0, "z": -1}, "lr": {"x": size[0], "y": -size[1], "z": -1}, "crop": crop})
    return {
        "quads": found,
        "quadsToIdx": [index // capacity for index in range(len(frames))],
        "frames": list(frames),
        "framesToIdx": {str(frame): index for index, frame in enumerate(frames)},
    }


@dataclass(frozen=True, slots=True)
class Frames:
    """The routes of pictures of many frames."""

    serving: Serving
    stacks: Stacks

    def routes(self) -> list[web.AbstractRouteDef]:
        frames = "/large_image/api/v1/item/{id:.+}/tiles/tile_frames"
        return [web.get(f"{frames}/quad_info", self.describe), web.get(frames, self.picture)]

    async def describe(self, request: web.Request) -> web.Response:
        """The pictures to ask for, as parameters of `picture`, and where each frame is in them."""
        said, pairs = take(request.query.items(), (*CHOSEN, *GROUPS, *SIZES, *PICTURE))
        asked = await self.stacks.asked(request.match_info["id"], pairs)
        sheet = await self.stacks.at(asked, Place())
        stack = asked.stack
        bounds = SIZES | {name: read_whole(name, said[name]) or 1 for name in SIZES if name in said}
        frames = range(read_whole("frameBase", said.get("frameBase", "0")), stack.frames, _stride(said, stack))
        size = sheet.section.plane.pyramid.size()
        sheets = lay_out(max(1, len(frames)), size, bounds)
        form = dict(parse_qsl(said["format"])) if "format" in said else FORMAT
        asks = {"framesAcross": sheets.across, "width": sheets.width, "height": sheets.height, "fill": "corner:black"}
        asks |= {"exact": False} | form | dict([*pairs, *parse_qsl(said.get("query", ""))])
        capacity = sheets.across * sheets.down
        lists = [list(frames[n * capacity : (n + 1) * capacity]) for n in range(sheets.pictures)]
        document = quads(frames, size, sheets) | {
            "metadata": metadata(sheet.volume.info, base_of(sheet), stack),
            "options": bounds,
            "src": [asks | {"frameList": ",".join(map(str, listed))} for listed in lists],
        }
        made = Made(msgspec.json.encode(document), "application/json")
        tag = self.serving.tag(sheet.volume, made.body)
        return await self.serving.answer(request, sheet.volume, tag, lambda _: made)

    async def picture(self, request: web.Request) -> web.Response:
        """Frames in rows, each in its cell; all of them where none are named."""
        own = ("framesAcross", "frameList", "frame", *REGION, *OUTPUT, *PICTURE)
        said, pairs = take(request.query.items(), own)
        text = request.match_info["id"]
        asked = await self.stacks.asked(text, pairs)
        numbers: Sequence[int] = range(asked.stack.frames)
        if "frameList" in said:
            numbers = read_numbers("frameList", said["frameList"].strip("[]"), "FRAME,FRAME...", range(1, MOST + 1))
        if len(numbers) > MOST:
            raise BadRequest(f"{len(numbers)} frames: at most {MOST} in one picture, name some in frameList")
        sheets = [await self.stacks.sheet(text, pairs, number) for number in numbers]
        across = read_whole("framesAcross", said.get("framesAcross", "0")) or math.ceil(len(sheets) ** 0.5)
        return await self._drawn(request, sheets, min(across, len(sheets)), said)

    async def _drawn(self, request: web.Request, sheets: list[Sheet], across: int, said: Said) -> web.Response:
        base, look = base_of(sheets[0]), words.read_fill(said, words.read_look(said))
        region = words.read_region(said, base)
        patch = scaled(base.pyramid, region, words.read_size(said, base, region))
        width, height = words.cell(said, (patch.width, patch.height))
        down = math.ceil(len(sheets) / across)
        if across * width * down * height > MAX_PIXELS:
            raise BadRequest(
                f"{across} x {down} frames of {width} x {height} pixels: a picture has {MAX_PIXELS} at most"
            )

        def make(job: Job) -> Made:
            started = time.perf_counter()
            whole = np.zeros((down * height, across * width, 4), np.uint8)
            for index, sheet in enumerate(sheets):
                job.check()
                pixels = look.finish(draw(sheet.volume, sheet.section, patch, self.serving.bricks, job))
                top, left = (place * side for place, side in zip(divmod(index, across), (height, width), strict=True))
                whole[top : top + pixels.shape[0], left : left + pixels.shape[1]] = pixels
            drawn = time.perf_counter()
            body = encode(whole, look.ending, look.quality)
            self.serving.observe(Sent("tile", drawn - started, time.perf_counter() - drawn, len(body)))
            return Made(body, MEDIA_TYPES[look.ending])

        tag = self.serving.tag(sheets[0].volume, [sheet.tag for sheet in sheets], across, patch, look.tag)
        return await self.serving.answer(request, sheets[0].volume, tag, make)


def _stride(said: Said, stack: Stack) -> int:
    """`frameStride`: a number, or an axis, whose length is meant."""
    counts = {"c": stack.channels, "z": stack.planes, "t": stack.times}
    text = said.get("frameStride", "1")
    return counts[text] if text in counts else max(1, read_whole("frameStride", text))
