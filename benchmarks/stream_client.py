"""What `benchmarks.streaming` asks of a client of any system."""

import asyncio
from contextlib import suppress
from typing import Any, Protocol


class NothingSeen(Exception):
    """A system that cannot be started here, or shows nothing, and why."""


class Client(Protocol):
    """Shows a system's pictures on a `Screen`, and sends what a user or a program does. Use as a context.

    Numbers of inputs grow. Entering returns when pictures have been asked for; a drag is `press`, many `move`,
    `release`; `change` is what a program changes, outside a drag.
    """

    async def __aenter__(self) -> "Client": ...

    async def __aexit__(self, *_: object) -> None: ...

    async def press(self) -> None: ...

    async def move(self, number: int) -> None: ...

    async def release(self) -> None: ...

    async def change(self, number: int) -> None: ...


async def end(*tasks: asyncio.Task[Any]) -> None:
    """Cancel what still runs; an error that ended one of them before is raised."""
    for task in tasks:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
