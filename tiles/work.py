"""Blocking work of requests on threads: not too much at once, the newest first, each volume its share.

A lane is a volume: its requests wait on a stack of their own, the newest first, because a viewer that moved on no
longer waits for the older ones; lanes take turns. A lane has at most half of the threads, so that a store that hangs
leaves the other half to the other volumes. Equal requests share one computation; it is taken back when nobody waits for
it.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import CancelledError, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, ParamSpec, TypeVar

from render.errors import Busy

MAX_WAITING = 256
"""Requests of one volume that may be at work or wait for a thread at once."""

MAX_WAITING_IN_ALL = 1024

P = ParamSpec("P")
T = TypeVar("T")


class Job:
    """One computation, as the thread that does it sees it."""

    def __init__(self) -> None:
        self._wanted = True

    def check(self) -> None:
        """CancelledError where nobody waits any more: to be asked between steps of a second or less."""
        if not self._wanted:
            raise CancelledError

    def abandon(self) -> None:
        """Nobody waits any more."""
        self._wanted = False


@dataclass(slots=True, eq=False)
class _Task:
    lane: str
    key: Hashable
    function: Callable[[Job], Any]
    result: asyncio.Future[Any]
    job: Job = field(default_factory=Job)
    waiting: int = 0
    running: bool = False


@dataclass(slots=True, eq=False)
class _Lane:
    stack: list[_Task] = field(default_factory=list)
    running: int = 0


class Workers:
    """Runs functions on the `threads` threads of `pool`, which belongs to the caller. Of one event loop."""

    def __init__(self, pool: ThreadPoolExecutor, threads: int) -> None:
        self._pool = pool
        self._threads = threads
        self._share = max(1, threads // 2)
        self._lanes: OrderedDict[str, _Lane] = OrderedDict()
        self._tasks: dict[Hashable, _Task] = {}
        self._running = 0
        self._waiting = 0

    async def run(self, lane: str, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What `function` returns. Busy where too many wait; cancelling takes back what has not begun."""
        return await self.share(lane, object(), lambda _: function(*args, **kwargs))

    async def share(self, lane: str, key: Hashable, function: Callable[[Job], T]) -> T:
        """What `function` returns, one computation for all who ask for the same `key` of a lane while it is under way.

        Busy where too many wait. It is taken back, or told by its Job, when all who asked have been cancelled.
        """
        task = self._tasks.get((lane, key)) or self._add(lane, (lane, key), function)
        task.waiting += 1
        try:
            result: T = await asyncio.shield(task.result)
        except asyncio.CancelledError:
            task.waiting -= 1
            if task.waiting == 0 and not task.result.done():
                self._abandon(task)
            raise
        return result

    def close(self) -> None:
        """Begin nothing more: the pool is about to end."""
        self._threads = 0

    def _add(self, name: str, key: Hashable, function: Callable[[Job], Any]) -> _Task:
        lane = self._lanes.setdefault(name, _Lane())
        if len(lane.stack) + lane.running >= MAX_WAITING or self._waiting >= MAX_WAITING_IN_ALL:
            self._tidy(name)
            raise Busy(f"{len(lane.stack) + lane.running} requests of {name!r} are at work: try again in a moment")
        task = _Task(name, key, function, asyncio.get_running_loop().create_future())
        # A failure of what everybody gave up is nobody's; without this the loop logs it as never looked at.
        task.result.add_done_callback(lambda future: future.cancelled() or future.exception())
        self._tasks[key] = task
        self._waiting += 1
        lane.stack.append(task)
        self._start()
        return task

    def _abandon(self, task: _Task) -> None:
        task.job.abandon()
        # Who asks for the same from now on must not get what is being given up.
        self._tasks.pop(task.key, None)
        if not task.running:
            self._lanes[task.lane].stack.remove(task)
            self._waiting -= 1
            self._tidy(task.lane)
            task.result.cancel()

    def _start(self) -> None:
        """Give threads their next tasks, as long as there are both."""
        loop = asyncio.get_running_loop()
        while self._running < self._threads:
            name = next((n for n, lane in self._lanes.items() if lane.stack and lane.running < self._share), None)
            if name is None:
                return
            lane = self._lanes[name]
            self._lanes.move_to_end(name)
            task = lane.stack.pop()
            task.running = True
            lane.running += 1
            self._running += 1
            done = self._pool.submit(task.function, task.job)
            done.add_done_callback(lambda done, task=task: _to_loop(loop, self._finish, task, done))  # type: ignore[misc]

    def _finish(self, task: _Task, done: Any) -> None:
        self._running -= 1
        self._waiting -= 1
        self._lanes[task.lane].running -= 1
        self._tidy(task.lane)
        if self._tasks.get(task.key) is task:
            del self._tasks[task.key]
        if not task.result.done():
            error = None if done.cancelled() else done.exception()
            if done.cancelled() or isinstance(error, CancelledError):
                task.result.cancel()
            elif error is not None:
                task.result.set_exception(error)
            else:
                task.result.set_result(done.result())
        self._start()

    def _tidy(self, name: str) -> None:
        lane = self._lanes.get(name)
        if lane is not None and not lane.stack and not lane.running:
            del self._lanes[name]


def _to_loop(loop: asyncio.AbstractEventLoop, call: Callable[..., None], *args: object) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(call, *args)
