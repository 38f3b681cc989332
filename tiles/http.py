"""Pictures and tiles over HTTP: stateless, each URL the same picture as long as the server runs.

The event loop parses, asks and sends; volumes are opened, read and encoded in `pool`. A client that hangs up takes back
what it asked for (the server cancels its handler, and that the future it awaits).
"""

import asyncio
import hashlib
import json
import secrets
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import BoundedSemaphore
from typing import Literal, ParamSpec, TypeVar

import msgspec
from aiohttp import web

from render.encode import MEDIA_TYPES, encode, picture_format
from render.engine import Engine, Priority
from render.errors import BadRequest, Busy
from render.frame import Frame
from render.intent import resolve
from render.ladder import final_quality
from render.scene import View, decode_view
from render.volume.catalogue import Catalogue
from render.volume.volume import Volume
from tiles.plane import Bricks
from tiles.request import read_intent, read_tile_intent
from tiles.xyz import draw_tile

MAX_SIDE = 4096
"""Pixels along a picture's side that one request may ask of the server."""

MAX_WAITING = 256
"""Requests that may be at work or wait for a thread at once."""

FRESH = "private, max-age=600"
"""A picture is the same for as long as the server runs; after this the browser asks whether it still does (304)."""

ENDING = "[A-Za-z0-9]{1,8}"

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Sent:
    """What a picture took, in seconds and bytes, for those who measure."""

    kind: Literal["picture", "tile"]
    draw_s: float
    encode_s: float
    nbytes: int


@dataclass(frozen=True, slots=True)
class Pictures:
    """Lists, descriptions, pictures and tiles of `volumes`; `budget` is the renderer's memory in bytes."""

    volumes: Catalogue
    engine: Engine
    budget: int
    bricks: Bricks
    pool: ThreadPoolExecutor
    observe: Callable[[Sent], None]
    _places: BoundedSemaphore = field(default_factory=lambda: BoundedSemaphore(MAX_WAITING))
    # A volume may be another one under the same name after a restart, and then no old tag may match.
    _run: str = field(default_factory=secrets.token_hex)

    def routes(self) -> list[web.AbstractRouteDef]:
        picture = rf"/volumes/{{name:.+}}/render.{{ending:{ENDING}}}"
        tile = rf"/tiles/{{name:.+}}/{{zoom:\d{{1,4}}}}/{{x:\d{{1,9}}}}/{{y:\d{{1,9}}}}.{{ending:{ENDING}}}"
        return [
            web.get("/volumes", self.list_volumes),
            web.get(picture, self.get_picture),
            web.post(picture, self.post_picture),
            web.get("/volumes/{name:.+}", self.describe),
            web.get(tile, self.get_tile),
        ]

    async def list_volumes(self, request: web.Request) -> web.Response:
        return web.json_response({"volumes": self.volumes.names})

    async def describe(self, request: web.Request) -> web.Response:
        """The metadata, the statistics of each channel and the View that the query means; no query: a good one."""
        intent = read_intent(request.query.items())

        def look() -> bytes:
            volume = self.volumes.volume(request.match_info["name"])
            view = resolve(intent, volume.info, volume.statistics)
            statistics = [volume.statistics(channel, intent.time) for channel in range(len(volume.info.channels))]
            return msgspec.json.encode({"info": volume.info, "statistics": statistics, "view": view})

        return web.Response(body=await self._work(look), content_type="application/json", charset="utf-8")

    async def get_picture(self, request: web.Request) -> web.Response:
        intent = read_intent(request.query.items())

        def look() -> tuple[Volume, View]:
            volume = self.volumes.volume(request.match_info["name"])
            return volume, resolve(intent, volume.info, volume.statistics)

        return await self._picture(request, *await self._work(look))

    async def post_picture(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        view = decode_view(await request.read())
        if view.volume != name:
            raise BadRequest(f"the view is of volume {view.volume!r}, the request of {name!r}")
        return await self._picture(request, await self._work(self.volumes.volume, name), view)

    async def _picture(self, request: web.Request, volume: Volume, view: View) -> web.Response:
        if max(view.size) > MAX_SIDE:
            width, height = view.size
            raise BadRequest(f"size {width} x {height}: the server draws at most {MAX_SIDE} x {MAX_SIDE} pixels")
        volume.info.check(time=view.time)
        for channel in view.channels:
            volume.info.check(channel=channel.index)
        quality = final_quality(volume.info, view, self.budget)
        ending = picture_format(request.match_info["ending"])
        tag = self._tag(volume, view, quality, ending)
        if _has(request, tag):
            return web.Response(status=304, headers=_caching(tag))
        frame = await asyncio.wrap_future(self.engine.submit(volume, view, quality, Priority.STILL))
        started = time.perf_counter()
        encoded = await self._work(frame.encode, ending)
        encode_s = time.perf_counter() - started
        self.observe(Sent("picture", frame.timings.load + frame.timings.render, encode_s, len(encoded)))
        headers = _caching(tag) | _story(frame, encode_s)
        return web.Response(body=encoded, content_type=MEDIA_TYPES[ending], headers=headers)

    async def get_tile(self, request: web.Request) -> web.Response:
        place = request.match_info
        intent = read_tile_intent(request.query.items())
        ending = picture_format(place["ending"])
        address = (int(place["zoom"]), int(place["x"]), int(place["y"]))

        def draw() -> tuple[str, bytes | None]:
            volume = self.volumes.volume(place["name"])
            view = resolve(intent, volume.info, volume.statistics)
            tag = self._tag(volume, view, address, ending)
            if _has(request, tag):
                return tag, None
            started = time.perf_counter()
            pixels = draw_tile(volume, view, address, self.bricks)
            drawn = time.perf_counter()
            encoded = encode(pixels, ending)
            self.observe(Sent("tile", drawn - started, time.perf_counter() - drawn, len(encoded)))
            return tag, encoded

        tag, encoded = await self._work(draw)
        if encoded is None:
            return web.Response(status=304, headers=_caching(tag))
        return web.Response(body=encoded, content_type=MEDIA_TYPES[ending], headers=_caching(tag))

    async def _work(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Runs `function` in the pool. Busy where too many wait for it; cancelling takes back what has not begun."""
        if not self._places.acquire(blocking=False):
            raise Busy(f"{MAX_WAITING} requests are at work: try again in a moment")
        future = self.pool.submit(function, *args, **kwargs)
        future.add_done_callback(lambda _: self._places.release())
        return await asyncio.wrap_future(future)

    def _tag(self, volume: Volume, *what: object) -> str:
        text = msgspec.json.encode([self._run, volume.key, *what])
        return f'"{hashlib.sha256(text).hexdigest()[:32]}"'


def _has(request: web.Request, tag: str) -> bool:
    """Whether the client says that it holds the picture with this tag (RFC 9110 13.1.2, weak comparison)."""
    held = request.headers.get("If-None-Match", "")
    return held.strip() == "*" or tag in [one.strip().removeprefix("W/") for one in held.split(",")]


def _caching(tag: str) -> dict[str, str]:
    return {"ETag": tag, "Cache-Control": FRESH}


def _story(frame: Frame, encode_s: float) -> dict[str, str]:
    """How a picture came about, in headers; milliseconds, as Server-Timing has them."""
    spans = {"load": frame.timings.load, "render": frame.timings.render, "encode": encode_s}
    return {
        "Voxelcast-Renderer": frame.renderer,
        "Voxelcast-Quality": json.dumps(msgspec.to_builtins(frame.quality)),
        "Server-Timing": ", ".join(f"{name};dur={1000 * span:.2f}" for name, span in spans.items()),
    }
