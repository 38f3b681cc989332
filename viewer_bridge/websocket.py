"""The native protocol over WebSockets: all connections of a server, and what they share.

The event loop parses, decides and sends; opening a volume, drawing and encoding happen on other threads.
"""

import asyncio
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

from aiohttp import WSCloseCode, web

from render.engine import Engine
from render.errors import Busy
from viewer_bridge.connection import Connection
from viewer_bridge.entrance import Entrance, Pass
from viewer_bridge.opening import Opener
from viewer_bridge.protocol import MAX_MESSAGE
from viewer_bridge.rooms import Rooms
from viewer_bridge.show import SentFrame, Workshop
from viewer_bridge.tickets import GUEST, TICKET

HEARTBEAT = 20.0
"""Seconds between pings; a client that does not answer within half of that is gone."""

ENCODERS = max(2, (os.cpu_count() or 2) // 2)

PICKERS = 8
"""Picks that may be read at once; not by the threads that open volumes: they would wait behind a store that hangs."""

MOST_STREAMS = 256
"""Connections at once; each may hold three pictures of 64 MiB."""


class Streams:
    """All streaming connections of a server: add `routes()` to an application and `close` to its `on_shutdown`."""

    def __init__(
        self,
        rooms: Rooms,
        opener: Opener,
        engine: Engine,
        observe: Callable[[SentFrame], None],
        origins: Sequence[str] = (),
        most: int = MOST_STREAMS,
    ) -> None:
        self._rooms, self._opener, self._origins, self._most = rooms, opener, origins, most
        self._entrance = Entrance(rooms, opener)
        # Their own threads: an encoder must not wait behind volumes that are being opened from slow stores.
        self._encoders = ThreadPoolExecutor(ENCODERS, thread_name_prefix="voxelcast-encoder")
        self._pickers = ThreadPoolExecutor(PICKERS, thread_name_prefix="voxelcast-picker")
        self._workshop = Workshop(engine, self._encoders, self._pickers, observe)
        self._sockets: set[web.WebSocketResponse] = set()

    @property
    def count(self) -> int:
        """Connections that are open."""
        return len(self._sockets)

    def routes(self) -> list[web.AbstractRouteDef]:
        """`WS /stream`."""
        return [web.get("/stream", self._stream)]

    async def close(self, _app: web.Application) -> None:
        """Tell every client that the server goes away, and end its connection."""
        going = [socket.close(code=WSCloseCode.GOING_AWAY, message=b"server shutdown") for socket in self._sockets]
        await asyncio.gather(*going)
        self._rooms.close()
        self._opener.close()
        for pool in (self._encoders, self._pickers):
            pool.shutdown(wait=False, cancel_futures=True)

    async def _stream(self, request: web.Request) -> web.WebSocketResponse:
        _check_origin(request, self._origins)
        if len(self._sockets) >= self._most:
            raise Busy(f"{len(self._sockets)} streams are open, and no more are served at once: try again later")
        # Deflating a JPEG costs 7 ms for nothing. A client that does not answer a close must not hold up the server.
        # Pings measure the link: their answers come to us.
        socket = web.WebSocketResponse(
            compress=False, heartbeat=HEARTBEAT, max_msg_size=MAX_MESSAGE, timeout=0.5, autoping=False
        )
        await socket.prepare(request)
        self._sockets.add(socket)
        try:
            shown = Pass(request.get(TICKET), request.get(GUEST, False))
            await Connection(request, socket, self._entrance, self._workshop, shown).serve()
        finally:
            self._sockets.discard(socket)
            # Nothing happens here unless a fault ended it: the exception itself goes on to the log.
            await socket.close(code=WSCloseCode.INTERNAL_ERROR)
        return socket


def _check_origin(request: web.Request, origins: Sequence[str]) -> None:
    """Refuse a page of another site than this and `origins`: any page may open a WebSocket, and is named here."""
    origin = request.headers.get("Origin")
    if origin is not None and urlsplit(origin).netloc != request.host and origin not in origins:
        raise web.HTTPForbidden(text=f"origin {origin[:200]} is not this server, {request.host}")
