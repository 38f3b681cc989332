"""Engine: one device, one thread that owns it, and a bounded queue of pictures in front.

A picture whose voxels are not ready is staged by a loader thread first, so that the device goes on drawing for others.
It is drawn in steps, and before each of them `Turns` says whose picture is the next, so that who interacts waits for a
step of a still and not for all of it. Equal requests share one picture; a picture that nobody waits for any more is not
drawn, or not to the end. Futures are plain `concurrent.futures` ones: a script calls `result()`, a coroutine awaits
`asyncio.wrap_future(...)`, and cancelling that cancels the wish for the picture.
"""

import threading
import time
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace

from render.backends.base import Renderer
from render.errors import BackendError, Busy
from render.frame import Frame
from render.scene import Quality, View
from render.turns import LOADERS, Job, Priority, Turn, Turns, Wish
from render.volume.volume import Volume

__all__ = ["ANYBODY", "Engine", "Priority"]

ANYBODY = "anybody"
"""The client that all are who do not say who they are: tiles, pictures over HTTP, scripts."""


class Engine:
    """Draws pictures on one device. `open_renderer` is called on the owning thread and its errors raised here.

    `clock` is in seconds and only grows: by it the device's time is shared out.
    """

    def __init__(
        self,
        open_renderer: Callable[[], Renderer],
        queue: int = 256,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._limit = queue
        self._clock = clock
        self._turns = Turns()
        self._wake = threading.Condition()
        self._closing = False
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
        return len(self._turns)

    @property
    def remembered(self) -> int:
        """Clients who want something, or had more of the device than others; none when nobody waits."""
        return self._turns.remembered

    def submit(
        self,
        volume: Volume,
        view: View,
        quality: Quality,
        priority: Priority = Priority.STILL,
        *,
        client: Hashable = ANYBODY,
    ) -> Future[Frame]:
        """Ask for a picture on behalf of `client`; the future fails with a RenderError.

        Clients of one priority get the same time of the device. A picture is as urgent as the most urgent of those who
        wait for it. Busy where the queue is full of pictures that are no less urgent, NotFound where the volume has no
        such level, channel or time.
        """
        future: Future[Frame] = Future()
        wish = Wish(future, client, priority)
        with self._wake:
            if self._closing:
                raise BackendError("the renderer is closed")
            job = self._turns.find(volume, view, quality)
            if job is not None:
                job.wishes = [*job.waiting, wish]
                return future
            ahead = self._turns.ahead(priority)
            if ahead >= self._limit:
                raise Busy(f"{ahead} pictures are waiting to be drawn: try again in a moment")
            # Asked before the job is known to others: what the volume has not fails here, and leaves nothing behind.
            ready = self._renderer.staged(volume, view, quality)
            self._turns.add(Job(volume, view, quality, self._clock(), ready, [wish]))
            if ready:
                self._wake.notify()
            else:
                self._load()
        return future

    def prefetch(self, volume: Volume, view: View, quality: Quality) -> None:
        """Make the voxels of a picture ready that will perhaps be asked for; nothing where loaders have better to do.

        What goes wrong is told to whoever asks for the picture.
        """
        with self._wake:
            if not self._closing and self._turns.may_prefetch(volume):
                self._turns.prefetching.add(volume.key)
                self._loaders.submit(self._prefetch, volume, view, quality)

    def close(self, timeout: float = 1.0) -> None:
        """Draw nothing more and give back the device; pictures still waited for fail with BackendError."""
        with self._wake:
            self._closing = True
            self._wake.notify_all()
        self._loaders.shutdown(wait=False, cancel_futures=True)
        self._thread.join(timeout)
        for job in self._turns:
            self._finish(job, BackendError("the renderer was closed before the picture was drawn"))

    def __enter__(self) -> "Engine":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _load(self) -> None:
        """Give work to the loaders that are free; with the lock held."""
        while not self._closing and (job := self._turns.next_to_load()) is not None:
            job.loading = True
            self._loaders.submit(self._stage, job)

    def _stage(self, job: Job) -> None:
        # The hand-over of whatever went wrong to those who wait is the one place that catches everything.
        try:
            self._renderer.stage(job.volume, job.view, job.quality)
        except BaseException as error:
            self._finish(job, error)
        with self._wake:
            job.loading, job.ready = False, True
            self._load()
            self._wake.notify()

    def _prefetch(self, volume: Volume, view: View, quality: Quality) -> None:
        try:
            self._renderer.stage(volume, view, quality)
        finally:
            with self._wake:
                self._turns.prefetching.discard(volume.key)
                self._load()

    def _own_device(self, open_renderer: Callable[[], Renderer], opened: Future[Renderer]) -> None:
        try:
            renderer = open_renderer()
        except BaseException as error:
            opened.set_exception(error)
            return
        opened.set_result(renderer)
        while (turn := self._next()) is not None:
            if turn.clients:
                self._step(renderer, turn)
            else:
                self._put_away(turn.job)
            # While it waits for the next one this thread must not keep the volume of the last.
            del turn
        for job in self._turns:
            _leave(job)
        renderer.close()

    def _next(self) -> Turn | None:
        with self._wake:
            while not self._closing:
                turn = self._turns.next_to_draw()
                if turn is not None:
                    return turn
                self._wake.wait()
        return None

    def _step(self, renderer: Renderer, turn: Turn) -> None:
        job, outcome = turn.job, None
        begun = self._clock()
        try:
            if job.steps is None:
                job.steps = renderer.steps(job.volume, job.view, job.quality)
            next(job.steps)
        except StopIteration as end:
            outcome = end.value
        except BaseException as error:
            outcome = error
        now = self._clock()
        with self._wake:
            job.drawn += now - begun
            self._turns.charge(turn, now - begun)
        if isinstance(outcome, Frame):
            outcome = replace(outcome, timings=replace(outcome.timings, waited=now - job.asked - job.drawn))
        if outcome is not None:
            self._finish(job, outcome)

    def _put_away(self, job: Job) -> None:
        """Leave a picture as far as it was drawn, unless somebody has asked for it just now."""
        with self._wake:
            if job.waiting:
                return
            self._turns.remove(job)
        _leave(job)

    def _finish(self, job: Job, outcome: Frame | BaseException) -> None:
        with self._wake:
            self._turns.remove(job)
            # Taken, because a picture may be finished twice: by `close`, and by the thread that was still at it.
            wishes, job.wishes = job.wishes, []
            waiters = [wish.future for wish in wishes if wish.future.set_running_or_notify_cancel()]
        for waiter in waiters:
            if isinstance(outcome, BaseException):
                waiter.set_exception(outcome)
            else:
                waiter.set_result(outcome)


def _leave(job: Job) -> None:
    if job.steps is not None:
        job.steps.close()
