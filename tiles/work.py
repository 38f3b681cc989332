"""Blocking work of requests on threads, not too much of it at once."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import BoundedSemaphore
from typing import ParamSpec, TypeVar

from render.errors import Busy

MAX_WAITING = 256
"""Requests that may be at work or wait for a thread at once."""

P = ParamSpec("P")
T = TypeVar("T")


class Workers:
    """Runs functions on the threads of `pool`, which belongs to the caller."""

    def __init__(self, pool: ThreadPoolExecutor) -> None:
        self._pool = pool
        self._places = BoundedSemaphore(MAX_WAITING)

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What `function` returns. Busy where too many wait; cancelling takes back what has not begun."""
        if not self._places.acquire(blocking=False):
            raise Busy(f"{MAX_WAITING} requests are at work: try again in a moment")
        future = self._pool.submit(function, *args, **kwargs)
        future.add_done_callback(lambda _: self._places.release())
        return await asyncio.wrap_future(future)
