"""A view of a volume as a Deep Zoom picture of up to a gigapixel, drawn as it is looked at.

`/views/NAME.dzi?mode=dvr&size=32768x24576&...` takes the parameters of render.png. Every tile is a region of one
camera, drawn from the level of the volume that its pixels can show: the further in, the finer. Lines and letters have
the same width in pixels at every level of the picture.
"""

import asyncio
import time
from dataclasses import dataclass

from aiohttp import web
from msgspec.structs import replace

from render.encode import MEDIA_TYPES, picture_format
from render.engine import Engine, Priority
from render.errors import BadRequest
from render.intent import Intent, resolve
from render.ladder import FINAL_SAMPLES, Budget, final_quality
from render.scene import Quality, View
from render.volume.volume import Volume
from tiles.dzi import OWN, PLACE, Grid, read_grid, read_place
from tiles.grammar import read_size
from tiles.pyramid import Pyramid
from tiles.request import read_intent, read_whole, take
from tiles.serving import Made, Sent, Serving
from tiles.xyz import read_quality

MAX_PICTURE = 2**30
"""Pixels of a whole picture: 32768 x 32768."""

MAX_LONG = 2**17
"""Pixels along its longer side."""

SIZE = "4096x4096"

TILE = 510
"""Pixels of a tile without its overlap: one of 512 x 512 keeps a device busy for long enough to be worth asking."""

MAX_RAYS = 2**24
"""Rays of one tile, 64 a pixel of 512 x 512: tiles come by the dozen, and one that is being drawn is not taken back."""


def read_picture(said: dict[str, str]) -> Grid:
    """The tiles of the whole picture that `size`, `tile` and `overlap` ask for. BadRequest.

    A side is rounded up so that it can be halved without a rest until all of the picture is one tile: only then do
    cameras of all levels see the very same, to the pixel.
    """
    width, height = read_size(said.get("size", SIZE))
    if not (min(width, height) >= 1 and max(width, height) <= MAX_LONG and width * height <= MAX_PICTURE):
        raise BadRequest(f"size {width} x {height}: a side is 1 to {MAX_LONG} pixels, the whole at most {MAX_PICTURE}")
    asked = read_grid(Pyramid((float(width), float(height)), 1.0), said, TILE)
    step = 2 ** asked.pyramid.max_zoom(asked.tile)
    rounded = (float(-(-width // step) * step), float(-(-height // step) * step))
    return Grid(Pyramid(rounded, 1.0), asked.tile, asked.overlap)


def whole_size(grid: Grid) -> tuple[int, int]:
    """(width, height) of the finest level that is one tile: the shape of the whole picture in its fewest pixels."""
    return grid.pyramid.size(grid.pyramid.max_zoom(grid.tile))


def tile_view(view: View, grid: Grid, place: tuple[int, int, int]) -> View:
    """`view`, which is of the whole picture at any size, of one tile (level, column, row). NotFound outside."""
    level, _, _ = place
    patch = grid.patch(*place)
    width, height = grid.pyramid.size(grid.last - level)
    right, below = patch.left + patch.width, patch.top + patch.height
    region = (patch.left / width, patch.top / height, right / width, below / height)
    return replace(view, camera=replace(view.camera, region=region), size=(patch.width, patch.height))


@dataclass(frozen=True, slots=True)
class Views:
    """The routes of views as Deep Zoom pictures; `budget` is the renderer's memory."""

    serving: Serving
    engine: Engine
    budget: Budget

    def routes(self) -> list[web.AbstractRouteDef]:
        return [
            web.get("/views/{name:.+}.dzi", self.describe),
            web.get(f"/views/{{name:.+}}_files/{PLACE}", self.tile),
        ]

    async def describe(self, request: web.Request) -> web.Response:
        volume, view, grid, said = await self._asked(request)
        read_quality(said)
        made = grid.describe(picture_format(said.get("format", "jpg")))
        # The finest tile is asked for what it costs, so that what no tile could be is refused here.
        self._quality(volume, tile_view(view, grid, (grid.last, 0, 0)), said)
        return await self.serving.answer(request, volume, self.serving.tag(volume, made.body), lambda _: made)

    async def tile(self, request: web.Request) -> web.Response:
        volume, whole, grid, said = await self._asked(request)
        ending, lossy = picture_format(request.match_info["ending"]), read_quality(said)
        view = tile_view(whole, grid, read_place(dict(request.match_info)))
        quality = self._quality(volume, view, said)

        async def make() -> Made:
            frame = await asyncio.wrap_future(self.engine.submit(volume, view, quality, Priority.STILL))
            started = time.perf_counter()
            body = await self.serving.workers.run(volume.info.name, frame.encode, ending, lossy)
            took = frame.timings.load + frame.timings.render
            self.serving.observe(Sent("tile", took, time.perf_counter() - started, len(body)))
            return Made(body, MEDIA_TYPES[ending])

        return await self.serving.kept(request, self.serving.tag(volume, view, quality, ending, lossy), make)

    async def _asked(self, request: web.Request) -> tuple[Volume, View, Grid, dict[str, str]]:
        """The volume, the whole view, its tiles, and what path and query say of them."""
        name, in_path = self.serving.named(request.match_info["name"])
        said, words = take([*in_path, *request.query.items()], (*OWN, "size", "samples"))
        grid = read_picture(said)
        intent = replace(read_intent(words), size=whole_size(grid))
        volume, view = await self.serving.workers.share(
            name, ("view", name, intent), lambda _: self._resolved(name, intent)
        )
        return volume, view, grid, said

    def _resolved(self, name: str, intent: Intent) -> tuple[Volume, View]:
        volume = self.serving.volumes.volume(name)
        return volume, resolve(intent, volume.info, volume.statistics)

    def _quality(self, volume: Volume, view: View, said: dict[str, str]) -> Quality:
        samples = read_whole("samples", said["samples"]) if "samples" in said else FINAL_SAMPLES
        width, height = view.size
        if width * height * samples > MAX_RAYS:
            most = MAX_RAYS // (width * height)
            raise BadRequest(f"samples {samples}: at most {most} a pixel of a tile of {width} x {height}")
        return final_quality(volume.info, view, self.budget, samples)
