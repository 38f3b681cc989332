"""Engine: one device, one thread that owns it, and a bounded queue of pictures in front.

A picture whose voxels are not ready is staged by a loader thread first, so that the device goes on drawing for others.
Equal requests share one picture; a picture that nobody waits for any more is not drawn. Futures are plain
`concurrent.futures` ones: a script calls `result()`, a coroutine awaits `asyncio.wrap_future(...)`, and cancelling
that cancels the wish for the picture.
"""

import heapq
import itertools
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import IntEnum

from render.backends.base import Renderer
from render.errors import BackendError, Busy
from render.frame import Frame
from render.scene import Quality, View
from render.volume.volume import Volume

LOADERS = 2


class Priority(IntEnum):
    """Who is served first."""

    INTERACTIVE = 0
    REFINE = 1
    STILL = 2
    BATCH = 3


@dataclass(slots=True)
class _Job:
    volume: Volume
    view: View
    quality: Quality
    priority: Priority
    waiters: list[Future[Frame]] = field(default_factory=list)

    @property
    def key(self) -> tuple[int, View, Quality]:
        return (self.volume.key, self.view, self.quality)


class Engine:
    """Draws pictures on one device. `open_renderer` is called on the owning thread and its errors raised here."""

    def __init__(self, open_renderer: Callable[[], Renderer], queue: int = 256) -> None:
        self._limit = queue
        self._jobs: dict[tuple[int, View, Quality], _Job] = {}
        self._ready: list[tuple[Priority, int, _Job]] = []
        self._order = itertools.count()
        self._wake = threading.Condition()
        self._closing = False
        self._prefetching: Future[None] | None = None
        self._loaders = ThreadPoolExecutor(LOADERS, thread_name_prefix="voxelcast-loader")
        opened: Future[Renderer] = Future()
        # A daemon, so that a picture of minutes cannot hold up the end of the process.
        self._thread = threading.Thread(
            target=self._own_device, args=(open_renderer, opened), name="voxelcast-device", daemon=True
        )
        self._thread.start()
        self._renderer = opened.result()

    @property
    def renderer_name(self) -> str:
        return self._renderer.name

    @property
    def waiting(self) -> int:
        """Pictures asked for and not yet drawn."""
        return len(self._jobs)

    def submit(
        self, volume: Volume, view: View, quality: Quality, priority: Priority = Priority.STILL
    ) -> Future[Frame]:
        """Ask for a picture; the future fails with a RenderError.

        Busy where the queue is full, NotFound where the volume has no such level, channel or time.
        """
        future: Future[Frame] = Future()
        with self._wake:
            if self._closing:
                raise BackendError("the renderer is closed")
            job = self._jobs.get((volume.key, view, quality))
            if job is not None:
                job.waiters.append(future)
                return future
            if len(self._jobs) >= self._limit:
                raise Busy(f"{len(self._jobs)} pictures are waiting to be drawn: try again in a moment")
            # Asked before the job is known to others: what the volume has not fails here, and leaves nothing behind.
            staged = self._renderer.staged(volume, view, quality)
            job = _Job(volume, view, quality, priority, [future])
            self._jobs[job.key] = job
            if staged:
                self._enqueue(job)
            else:
                self._loaders.submit(self._stage, job)
        return future

    def prefetch(self, volume: Volume, view: View, quality: Quality) -> None:
        """Make the voxels of a picture ready that will perhaps be asked for; nothing while another is prefetched.

        One at a time leaves a loader to pictures that somebody waits for. What goes wrong is told to whoever asks for
        the picture.
        """
        with self._wake:
            if self._closing or not (self._prefetching is None or self._prefetching.done()):
                return
            self._prefetching = self._loaders.submit(self._renderer.stage, volume, view, quality)

    def close(self, timeout: float = 1.0) -> None:
        """Draw nothing more and give back the device; pictures still waited for fail with BackendError."""
        with self._wake:
            self._closing = True
            self._wake.notify_all()
        self._loaders.shutdown(wait=False, cancel_futures=True)
        self._thread.join(timeout)
        for job in list(self._jobs.values()):
            self._finish(job, BackendError("the renderer was closed before the picture was drawn"))

    def __enter__(self) -> "Engine":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _enqueue(self, job: _Job) -> None:
        with self._wake:
            heapq.heappush(self._ready, (job.priority, next(self._order), job))
            self._wake.notify()

    def _stage(self, job: _Job) -> None:
        if not self._wanted(job):
            return
        # The hand-over of whatever went wrong to those who wait is the one place that catches everything.
        try:
            self._renderer.stage(job.volume, job.view, job.quality)
        except BaseException as error:
            self._finish(job, error)
        else:
            self._enqueue(job)

    def _own_device(self, open_renderer: Callable[[], Renderer], opened: Future[Renderer]) -> None:
        try:
            renderer = open_renderer()
        except BaseException as error:
            opened.set_exception(error)
            return
        opened.set_result(renderer)
        while (job := self._next()) is not None:
            self._draw(renderer, job)
            # While it waits for the next one this thread must not keep the volume of the last.
            del job
        renderer.close()

    def _draw(self, renderer: Renderer, job: _Job) -> None:
        if not self._wanted(job):
            return
        try:
            frame = renderer.render(job.volume, job.view, job.quality)
        except BaseException as error:
            self._finish(job, error)
        else:
            self._finish(job, frame)

    def _next(self) -> _Job | None:
        with self._wake:
            self._wake.wait_for(lambda: self._ready or self._closing)
            return None if self._closing else heapq.heappop(self._ready)[2]

    def _wanted(self, job: _Job) -> bool:
        """Whether someone still waits for the picture; forgets the job where nobody does."""
        with self._wake:
            if all(waiter.cancelled() for waiter in job.waiters):
                self._jobs.pop(job.key, None)
                return False
            return True

    def _finish(self, job: _Job, outcome: Frame | BaseException) -> None:
        with self._wake:
            self._jobs.pop(job.key, None)
            # Taken, because a picture may be finished twice: by `close`, and by the thread that was still at it.
            waiters, job.waiters = job.waiters, []
            waiters = [waiter for waiter in waiters if waiter.set_running_or_notify_cancel()]
        for waiter in waiters:
            if isinstance(outcome, BaseException):
                waiter.set_exception(outcome)
            else:
                waiter.set_result(outcome)
