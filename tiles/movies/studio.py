"""Draws movies one after another, behind everybody who looks at pictures, and keeps their files for a while.

Files are in a folder of the server's own, which goes with it.
"""

import asyncio
import functools
import logging
import os
import tempfile
from collections.abc import AsyncIterator, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from pathlib import Path
from typing import ParamSpec, TypeVar

from aiohttp import web

from render.animation import Animation, views
from render.batch import one_quality
from render.encode import Mp4, Pixels
from render.engine import Engine
from render.errors import RenderError
from render.ladder import Budget
from render.scene import View
from render.volume.volume import Volume
from tiles.movies.shelf import Limits, Movie, Shelf
from tiles.movies.strips import Artist
from tiles.work import Workers

P = ParamSpec("P")
T = TypeVar("T")

log = logging.getLogger(__name__)

SAMPLES = 1
"""Rays a pixel, as in movies of the command line: what moves shows no grain."""

CODER_THREADS = max(1, (os.cpu_count() or 2) // 2)
"""The other cores are for those who look at pictures."""


class Studio:
    """Movies that are drawn by `engine`, with `budget` as the renderer's memory; `now` is a clock in seconds.

    Of one event loop; add `lifetime` to the application's `cleanup_ctx`.
    """

    def __init__(
        self, engine: Engine, budget: Budget, workers: Workers, limits: Limits, now: Callable[[], float]
    ) -> None:
        self._engine, self._budget, self._workers, self._now = engine, budget, workers, now
        self._shelf = Shelf(limits)
        self._making: dict[str, asyncio.Task[int]] = {}
        self._device = asyncio.Semaphore(1)
        # One thread: what is to be done to a file is done in order.
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="voxelcast-movies")
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._alarm: asyncio.TimerHandle | None = None

    @property
    def unfinished(self) -> int:
        """Movies that are drawn or wait for it."""
        return self._shelf.unfinished

    async def lifetime(self, _app: web.Application) -> AsyncIterator[None]:
        """In the end nothing is drawn any more, and no file is left."""
        yield
        if self._alarm is not None:
            self._alarm.cancel()
        for task in self._making.values():
            task.cancel()
        await asyncio.gather(*self._making.values(), return_exceptions=True)
        self._writer.shutdown(wait=False, cancel_futures=True)
        if self._folder is not None:
            self._folder.cleanup()

    def begin(self, volume: Volume, animation: Animation) -> Movie:
        """A movie that is drawn from now on. Busy."""
        self._sweep()
        movie = Movie(f"{animation.volume.replace('/', '_')}.mp4", animation.frames)
        self._shelf.add(movie)
        task = asyncio.create_task(self._make(movie, volume, animation))
        self._making[movie.id] = task
        task.add_done_callback(lambda done: self._on_end(movie, done))
        return movie

    def find(self, name: str) -> Movie:
        """The movie of this id. NotFound."""
        self._sweep()
        return self._shelf.find(name)

    def path(self, movie: Movie) -> Path:
        """Where its file is, when it is done."""
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="voxelcast-movies-", ignore_cleanup_errors=True)
        return Path(self._folder.name) / f"{movie.id}.mp4"

    def remove(self, name: str) -> None:
        """It is not drawn on, or no longer kept. NotFound."""
        movie = self._shelf.remove(name)
        if movie.unfinished:
            self._making[movie.id].cancel()
        else:
            self._discard([movie])

    async def _make(self, movie: Movie, volume: Volume, animation: Animation) -> int:
        """Draw it all and write its file: its bytes."""
        async with self._device:
            movie.state = "drawing"
            path = self.path(movie)
            mp4 = Mp4(path, animation.fps, CODER_THREADS)
            try:
                seen, artist = await self._workers.run(animation.volume, self._plan, volume, animation)
                async with aclosing(artist.pictures(seen)) as pictures:
                    async for pixels in pictures:
                        self._shelf.grow(movie, await self._on_writer(_write, mp4, pixels, path))
                return await self._on_writer(_finish, mp4, path)
            except BaseException:
                self._writer.submit(_abandon, mp4, path)
                raise

    def _plan(self, volume: Volume, animation: Animation) -> tuple[list[View], Artist]:
        seen = views(animation, animation.frames)
        return seen, Artist(self._engine, volume, one_quality(volume.info, seen, self._budget, SAMPLES))

    def _on_end(self, movie: Movie, task: asyncio.Task[int]) -> None:
        del self._making[movie.id]
        if task.cancelled():
            return
        error = task.exception()
        if error is None:
            self._shelf.end(movie, self._now(), nbytes=task.result())
        elif isinstance(error, RenderError):
            self._shelf.end(movie, self._now(), failure=str(error))
        else:
            log.error("%s failed", movie.title, exc_info=error)
            self._shelf.end(movie, self._now(), failure="the server failed; its log says why")
        if not self._shelf.has(movie):
            # It was removed in the very moment in which it was done.
            self._discard([movie])
        self._sweep()
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm = asyncio.get_running_loop().call_later(self._shelf.limits.seconds, self._sweep)

    def _sweep(self) -> None:
        self._discard(self._shelf.sweep(self._now()))

    def _discard(self, movies: Iterable[Movie]) -> None:
        for movie in movies:
            if movie.nbytes:
                self._writer.submit(self.path(movie).unlink, missing_ok=True)

    async def _on_writer(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        call = functools.partial(function, *args, **kwargs)
        return await asyncio.get_running_loop().run_in_executor(self._writer, call)


def _write(mp4: Mp4, pixels: Pixels, path: Path) -> int:
    """The bytes that are written so far."""
    mp4.add(pixels)
    return path.stat().st_size if path.exists() else 0


def _finish(mp4: Mp4, path: Path) -> int:
    mp4.finish()
    return path.stat().st_size


def _abandon(mp4: Mp4, path: Path) -> None:
    mp4.abandon()
    path.unlink(missing_ok=True)
