"""Movies over HTTP: keyframes in, a job to look after, an MP4 out."""

import re
import time
from collections.abc import AsyncIterator, Callable, Mapping
from types import MappingProxyType
from urllib.parse import quote

import msgspec
from aiohttp import web

from render.animation import Animation, decode_animation, views
from render.batch import fitted
from render.engine import Engine
from render.errors import BadRequest, NotFound
from render.ladder import Budget
from render.volume.volume import Volume
from tiles.movies.shelf import Limits, Movie
from tiles.movies.studio import Studio
from tiles.request import read_whole, take
from tiles.serving import Serving

MOST_VIEWS = 600
MOST_ANSWERED = 2**24
"""Bytes of all views of one answer."""

ID = "[A-Za-z0-9_-]+"


class Movies:
    """The routes of movies, which `engine` draws; `budget` is the renderer's memory, `now` a clock in seconds.

    Add `lifetime` to the application's `cleanup_ctx`.
    """

    def __init__(
        self,
        serving: Serving,
        engine: Engine,
        budget: Budget,
        limits: Limits = Limits(),  # noqa: B008 - it is frozen
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._serving = serving
        self._studio = Studio(engine, budget, serving.workers, limits, now)

    def routes(self) -> list[web.AbstractRouteDef]:
        return [
            web.post("/movies", self.begin),
            web.post("/movies/views", self.preview),
            web.get(f"/movies/{{id:{ID}}}.mp4", self.file),
            web.get(f"/movies/{{id:{ID}}}", self.status),
            web.delete(f"/movies/{{id:{ID}}}", self.remove),
        ]

    def lifetime(self, app: web.Application) -> AsyncIterator[None]:
        return self._studio.lifetime(app)

    @property
    def unfinished(self) -> int:
        """Movies that are drawn or wait for it."""
        return self._studio.unfinished

    async def begin(self, request: web.Request) -> web.Response:
        """Draw the movie of the Animation in the body: 202, and where to ask how far it is."""
        movie = self._studio.begin(*await self._asked(request))
        return _told(movie, 202, {"Location": f"/movies/{movie.id}"})

    async def status(self, request: web.Request) -> web.Response:
        return _told(self._studio.find(request.match_info["id"]))

    async def file(self, request: web.Request) -> web.FileResponse:
        """The whole file, or the range that is asked for. NotFound while it is not done."""
        movie = self._studio.find(request.match_info["id"])
        if movie.state != "done":
            raise NotFound(movie.message or f"movie {movie.id}: {movie.done} of {movie.frames} frames are drawn")
        headers = {
            "Content-Type": "video/mp4",
            "Content-Disposition": _attachment(movie.title),
            "Cache-Control": "private, no-cache",
        }
        return web.FileResponse(self._studio.path(movie), headers=headers)

    async def remove(self, request: web.Request) -> web.Response:
        """The movie is not drawn on, or no longer kept."""
        self._studio.remove(request.match_info["id"])
        return web.Response(status=204)

    async def preview(self, request: web.Request) -> web.Response:
        """`count` views in equal steps from the beginning to the end of the Animation in the body."""
        said, words = take(request.query.items(), ["count"])
        if words:
            raise BadRequest(f"unknown parameter {words[0][0]!r}: there is: count")
        count = read_whole("count", said.get("count", ""))
        if not 2 <= count <= MOST_VIEWS:
            raise BadRequest(f"count {count}: must be 2 to {MOST_VIEWS}")
        _, animation = await self._asked(request)
        largest = max(len(msgspec.json.encode(keyframe.view)) for keyframe in animation.keyframes)
        if largest * count > MOST_ANSWERED:
            raise BadRequest(
                f"count {count}: at most {MOST_ANSWERED // largest} views of {largest} bytes are sent at once"
            )

        def look() -> bytes:
            return msgspec.json.encode({"seconds": animation.seconds, "views": views(animation, count)})

        body = await self._serving.workers.run(animation.volume, look)
        response = web.Response(body=body, content_type="application/json", charset="utf-8")
        response.enable_compression()
        return response

    async def _asked(self, request: web.Request) -> tuple[Volume, Animation]:
        """The volume and the Animation of the body. NotFound where the volume has not all that a keyframe names."""
        animation = decode_animation(await request.read())
        volume = await self._serving.volume(animation.volume)
        return volume, fitted(animation, volume.info)


def _told(movie: Movie, status: int = 200, headers: Mapping[str, str] = MappingProxyType({})) -> web.Response:
    said = {
        "id": movie.id,
        "url": f"/movies/{movie.id}.mp4",
        "state": movie.state,
        "done": movie.done,
        "frames": movie.frames,
        "message": movie.message,
    }
    return web.json_response(said, status=status, headers={"Cache-Control": "no-store", **headers})


def _attachment(title: str) -> str:
    """Content-Disposition for a file of this name (RFC 6266): for those who read any letter, and for others."""
    plain = re.sub(r"[^A-Za-z0-9._-]", "_", title)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(title, safe='')}"
