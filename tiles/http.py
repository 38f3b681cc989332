"""Pictures of views over HTTP: stateless, each URL the same picture as long as the server runs.

The event loop parses, asks and sends; volumes are opened, read and encoded on worker threads. A client that hangs up
takes back what it asked for (the server cancels its handler, and that the future it awaits).
"""

import asyncio
import json
import time
from dataclasses import dataclass

import msgspec
from aiohttp import web
from msgspec.structs import replace

from render.encode import MEDIA_TYPES, picture_format
from render.engine import Engine, Priority
from render.errors import BadRequest
from render.frame import Frame
from render.intent import Intent, check_view, resolve
from render.ladder import FINAL_SAMPLES, Budget, final_quality
from render.pick import pick, pixel_view
from render.scene import Quality, View, decode_view
from render.volume.volume import Volume
from tiles.request import read_intent, read_whole, take
from tiles.serving import Sent, Serving, caching, has

MAX_SIDE = 4096
"""Pixels along a picture's side that one request may ask of the server."""

MAX_RAYS = 2**28
"""Rays of one picture: 256 a pixel of 1024 x 1024. On two cores that is half a minute in which nobody else is served,
and a picture that is being drawn is not taken back."""

NPY = "application/octet-stream"
"""NumPy's file format has no media type of its own."""

ENDING = "[A-Za-z0-9]{1,8}"


@dataclass(frozen=True, slots=True)
class Pictures:
    """Lists, descriptions and pictures of volumes; `budget` is the renderer's memory."""

    serving: Serving
    engine: Engine
    budget: Budget

    def routes(self) -> list[web.AbstractRouteDef]:
        asked = [
            (rf"/volumes/{{name:.+}}/render.{{ending:{ENDING}}}", self.picture),
            ("/volumes/{name:.+}/depth.npy", self.depth),
            ("/volumes/{name:.+}/pick", self.pick),
        ]
        return [
            web.get("/volumes", self.list_volumes),
            *(route(path, answer) for path, answer in asked for route in (web.get, web.post)),
            web.get("/volumes/{name:.+}", self.describe),
        ]

    async def list_volumes(self, request: web.Request) -> web.Response:
        return web.json_response({"volumes": self.serving.volumes.names})

    async def describe(self, request: web.Request) -> web.Response:
        """The metadata, the statistics of each channel and the View that the query means; no query: a good one."""
        intent, name = read_intent(request.query.items()), request.match_info["name"]

        def look() -> bytes:
            volume = self.serving.volumes.volume(name)
            view = resolve(intent, volume.info, volume.statistics)
            statistics = [volume.statistics(channel, intent.time) for channel in range(len(volume.info.channels))]
            return msgspec.json.encode({"info": volume.info, "statistics": statistics, "view": view})

        return web.Response(
            body=await self.serving.workers.run(name, look), content_type="application/json", charset="utf-8"
        )

    async def picture(self, request: web.Request) -> web.Response:
        volume, view, said = await self._asked(request, "samples")
        ending = picture_format(request.match_info["ending"])
        samples = read_whole("samples", said["samples"]) if "samples" in said else FINAL_SAMPLES
        quality = final_quality(volume.info, view, self.budget, samples)
        _check_rays(view, samples)
        return await self._drawn(request, volume, view, quality, ending)

    async def depth(self, request: web.Request) -> web.Response:
        """(height, width) float32, as `Frame.depth`, in NumPy's file format."""
        volume, view, _ = await self._asked(request)
        quality = replace(final_quality(volume.info, view, self.budget, 1), depth=True)
        return await self._drawn(request, volume, view, quality, "npy")

    async def pick(self, request: web.Request) -> web.Response:
        """What is under the pixel `x`, `y`."""
        volume, view, said = await self._asked(request, "x", "y")
        x, y = (read_whole(name, said.get(name, "")) for name in ("x", "y"))
        quality = replace(final_quality(volume.info, view, self.budget, 1), depth=True)
        frame = await asyncio.wrap_future(self.engine.submit(volume, pixel_view(view, x, y), quality, Priority.STILL))
        found = await self.serving.workers.run(volume.info.name, pick, volume, view, (x, y), frame)
        return web.Response(body=msgspec.json.encode(found), content_type="application/json", charset="utf-8")

    async def _asked(self, request: web.Request, *own: str) -> tuple[Volume, View, dict[str, str]]:
        """The volume and the View of a request, out of its body or its query, and what the query says of `own`."""
        name = request.match_info["name"]
        said, words = take(request.query.items(), own)
        if request.method == "POST":
            if words:
                known = ", ".join(own) or "none"
                raise BadRequest(f"unknown parameter {words[0][0]!r}: beside a View in the body there are: {known}")
            view = decode_view(await request.read())
            if view.volume != name:
                raise BadRequest(f"the view is of volume {view.volume!r}, the request of {name!r}")
            volume = await self.serving.volume(name)
        else:
            volume, view = await self.serving.workers.run(name, self._resolved, name, read_intent(words))
        _check(view, volume)
        return volume, view, said

    def _resolved(self, name: str, intent: Intent) -> tuple[Volume, View]:
        volume = self.serving.volumes.volume(name)
        return volume, resolve(intent, volume.info, volume.statistics)

    async def _drawn(
        self, request: web.Request, volume: Volume, view: View, quality: Quality, ending: str
    ) -> web.Response:
        tag = f'"{self.serving.tag(volume, view, quality, ending)}"'
        if has(request, tag):
            return web.Response(status=304, headers=caching(tag))
        frame = await asyncio.wrap_future(self.engine.submit(volume, view, quality, Priority.STILL))
        started = time.perf_counter()
        encoded = await self.serving.workers.run(volume.info.name, _encoded, frame, ending)
        encode_s = time.perf_counter() - started
        self.serving.observe(Sent("picture", frame.timings.load + frame.timings.render, encode_s, len(encoded)))
        headers = caching(tag) | _story(frame, encode_s)
        return web.Response(body=encoded, content_type=MEDIA_TYPES.get(ending, NPY), headers=headers)


def _check(view: View, volume: Volume) -> None:
    """RenderError where the view is too large for a server, or not one of this volume."""
    if max(view.size) > MAX_SIDE:
        width, height = view.size
        raise BadRequest(f"size {width} x {height}: the server draws at most {MAX_SIDE} x {MAX_SIDE} pixels")
    check_view(view, volume.info)


def _check_rays(view: View, samples: int) -> None:
    """BadRequest for a picture that the server would be at for too long."""
    width, height = view.size
    if width * height * samples > MAX_RAYS:
        most = MAX_RAYS // (width * height)
        raise BadRequest(f"samples {samples}: the server draws at most {most} a pixel of {width} x {height}")


def _encoded(frame: Frame, ending: str) -> bytes:
    return frame.encode_depth() if ending == "npy" else frame.encode(ending)


def _story(frame: Frame, encode_s: float) -> dict[str, str]:
    """How a picture came about, in headers; milliseconds, as Server-Timing has them."""
    spans = {"load": frame.timings.load, "render": frame.timings.render, "encode": encode_s}
    return {
        "Voxelcast-Renderer": frame.renderer,
        "Voxelcast-Quality": json.dumps(msgspec.to_builtins(frame.quality)),
        "Server-Timing": ", ".join(f"{name};dur={1000 * span:.2f}" for name, span in spans.items()),
    }
