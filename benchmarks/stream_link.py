"""Links that are slower or longer than loopback, for `benchmarks.streaming`: a TCP proxy with a bottleneck in it.

To the client bytes are read no faster than the rate, out of a kernel buffer of 16 KiB: so a sender meets a bounded
queue, as before a modem, and then its own buffers fill. The way to the server has all the width there is. The delay is
the same both ways and holds nothing back: what has been sent is under way.
"""

import asyncio
import math
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

QUEUE = 2**14
"""Bytes that the socket before the bottleneck is asked to buffer; Linux doubles it, for what it keeps beside them."""

PIECE = 2**16
"""Bytes read at once where nothing limits the rate."""

TICK = 0.004
"""Seconds that a piece takes through a bottleneck: a few packets at a time, as timers are no finer."""

LATE = 0.02
"""Seconds by which a timer may be late without loss of rate."""


@dataclass(frozen=True, slots=True)
class Link:
    """`rate` in bytes per second to the client, `delay` in seconds each way."""

    rate: float = math.inf
    delay: float = 0.0

    @property
    def piece(self) -> int:
        """Bytes to read at once."""
        return PIECE if math.isinf(self.rate) else max(512, int(self.rate * TICK))


LOOPBACK = Link()


def megabits(rate: float) -> Link:
    """A link of `rate` Mbit/s."""
    return Link(rate * 1e6 / 8)


@asynccontextmanager
async def over(link: Link, port: int, near: int = 0) -> AsyncIterator[int]:
    """The port, `near` or any that is free, by which clients reach `port`; each connection has a link of its own."""
    if link == LOOPBACK:
        yield port
        return
    door = socket.create_server(("127.0.0.1", near))
    door.setblocking(False)
    accepting = asyncio.create_task(_accept(door, port, link))
    try:
        yield door.getsockname()[1]
    finally:
        accepting.cancel()
        with suppress(asyncio.CancelledError):
            await accepting
        door.close()


async def _accept(door: socket.socket, port: int, link: Link) -> None:
    loop = asyncio.get_running_loop()
    async with asyncio.TaskGroup() as connections:
        while True:
            client, _ = await loop.sock_accept(door)
            connections.create_task(_connect(client, port, link))


async def _connect(client: socket.socket, port: int, link: Link) -> None:
    with client, socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, QUEUE)
        for end in (client, server):
            end.setblocking(False)
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await asyncio.get_running_loop().sock_connect(server, ("127.0.0.1", port))
        there = asyncio.create_task(_carry(client, server, Link(delay=link.delay)))
        back = asyncio.create_task(_carry(server, client, link))
        try:
            await asyncio.wait((there, back), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in (there, back):
                way.cancel()
            await asyncio.gather(there, back, return_exceptions=True)


async def _carry(source: socket.socket, sink: socket.socket, link: Link) -> None:
    """Until one of the two ends hangs up."""
    loop = asyncio.get_running_loop()
    under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
    arriving = asyncio.create_task(_arrive(under_way, sink))
    free = loop.time()
    try:
        with suppress(ConnectionError):
            while not arriving.done():
                asked = loop.time()
                data = await loop.sock_recv(source, link.piece)
                if not data:
                    return
                # What was waiting goes on where a late timer should have let it go; a link that was idle does not.
                late = LATE if loop.time() - asked < TICK / 4 else 0.0
                free = max(free, loop.time() - late) + len(data) / link.rate
                await asyncio.sleep(free - loop.time())
                under_way.put_nowait((loop.time() + link.delay, data))
    finally:
        arriving.cancel()


async def _arrive(under_way: asyncio.Queue[tuple[float, bytes]], sink: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    with suppress(ConnectionError):
        while True:
            due, data = await under_way.get()
            await asyncio.sleep(due - loop.time())
            await loop.sock_sendall(sink, data)
