"""The native protocol over a WebSocket: carries events into a `Session` and its actions out.

The event loop parses, decides and sends; opening a volume, drawing and encoding happen on other threads. Each
connection has its own tasks: one that opens, one that draws, one that encodes; they end with the connection.
"""

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from urllib.parse import urlsplit

from aiohttp import WSCloseCode, WSMessage, WSMsgType, web
from msgspec.structs import replace

from render.engine import Engine
from render.errors import BadRequest, Busy, RenderError
from render.intent import Intent, resolve
from render.ladder import Budget
from render.scene import View
from render.volume.catalogue import Catalogue
from render.volume.volume import Volume
from viewer_bridge.flow import AckWindow
from viewer_bridge.protocol import (
    BAD_MESSAGES,
    MAX_MESSAGE,
    Ack,
    ClientMessage,
    Open,
    Opened,
    Pick,
    ServerMessage,
    decode,
    encode,
    error_message,
)
from viewer_bridge.session import Session
from viewer_bridge.show import SentFrame, Show, Workshop, now

HEARTBEAT = 20.0
"""Seconds between pings; a client that does not answer within half of that is gone."""

OUTBOX = 16
"""Messages waiting to be sent above which nothing more is received."""

ENCODERS = max(2, (os.cpu_count() or 2) // 2)

OPENERS = 32
"""Volumes that may be opened at once; they wait for stores. Not on the event loop's own threads: those read the page's
files, and a store that does not answer would take the page away from everybody."""

MOST_STREAMS = 256
"""Connections at once; each may hold three pictures of 64 MiB."""


class Streams:
    """All streaming connections of a server: add `routes()` to an application and `close` to its `on_shutdown`."""

    def __init__(
        self,
        volumes: Catalogue,
        engine: Engine,
        budget: Budget,
        observe: Callable[[SentFrame], None],
        most: int = MOST_STREAMS,
    ) -> None:
        self.volumes, self.budget, self._most = volumes, budget, most
        # Their own threads: an encoder must not wait behind volumes that are being opened from slow stores.
        self._encoders = ThreadPoolExecutor(ENCODERS, thread_name_prefix="voxelcast-encoder")
        self.openers = ThreadPoolExecutor(OPENERS, thread_name_prefix="voxelcast-opener")
        self.workshop = Workshop(engine, self._encoders, self.openers, observe)
        self._sockets: set[web.WebSocketResponse] = set()

    def routes(self) -> list[web.AbstractRouteDef]:
        """`WS /stream`."""
        return [web.get("/stream", self._stream)]

    async def close(self, _app: web.Application) -> None:
        """Tell every client that the server goes away, and end its connection."""
        going = [socket.close(code=WSCloseCode.GOING_AWAY, message=b"server shutdown") for socket in self._sockets]
        await asyncio.gather(*going)
        for pool in (self._encoders, self.openers):
            pool.shutdown(wait=False, cancel_futures=True)

    async def _stream(self, request: web.Request) -> web.WebSocketResponse:
        _check_origin(request)
        if len(self._sockets) >= self._most:
            raise Busy(f"{len(self._sockets)} streams are open, and no more are served at once: try again later")
        # Deflating a JPEG costs 7 ms for nothing. A client that does not answer a close must not hold up the server.
        socket = web.WebSocketResponse(compress=False, heartbeat=HEARTBEAT, max_msg_size=MAX_MESSAGE, timeout=0.5)
        await socket.prepare(request)
        self._sockets.add(socket)
        try:
            await _Connection(socket, self).serve()
        finally:
            self._sockets.discard(socket)
            # Nothing happens here unless a fault ended it: the exception itself goes on to the log.
            await socket.close(code=WSCloseCode.INTERNAL_ERROR)
        return socket


class _Connection:
    """One client: its socket, what waits to be sent, and the volume that it has open."""

    def __init__(self, socket: web.WebSocketResponse, streams: Streams) -> None:
        self._socket, self._streams = socket, streams
        self._window = AckWindow()
        self._outbox: asyncio.Queue[str | bytes] = asyncio.Queue()
        self._opening: asyncio.Task[None] | None = None
        self._show: Show | None = None

    async def serve(self) -> None:
        """Until the socket closes; a fault in any of the connection's tasks ends it and is raised."""
        async with asyncio.TaskGroup() as tasks:
            sending = tasks.create_task(self._send_all())
            try:
                await self._receive(tasks)
            finally:
                sending.cancel()
                self._close_volume()

    async def _receive(self, tasks: asyncio.TaskGroup) -> None:
        bad = 0
        async for received in self._socket:
            if received.type is WSMsgType.ERROR:
                return  # Too large, no UTF-8 or no WebSocket at all: aiohttp has closed it with the code that says so.
            bad = 0 if self._on_received(received, tasks) else bad + 1
            # What is to be sent answers what was received: reading on would only let it pile up.
            if self._outbox.qsize() > OUTBOX or bad > BAD_MESSAGES:
                await self._outbox.join()
            if bad > BAD_MESSAGES:
                reason = f"{bad} messages in a row made no sense"
                await self._socket.close(code=WSCloseCode.POLICY_VIOLATION, message=reason.encode())

    def _on_received(self, received: WSMessage, tasks: asyncio.TaskGroup) -> bool:
        """Whether it made sense; if not, the client is told why."""
        number = None
        try:
            if received.type is not WSMsgType.TEXT:
                raise BadRequest(f"{len(received.data)} bytes of binary: clients send text")
            message = decode(received.data)
            number = None if isinstance(message, Ack | Pick) else message.input
            self._on_message(message, tasks)
        except RenderError as error:
            self._send(error_message(error, number))
            return False
        return True

    def _on_message(self, message: ClientMessage, tasks: asyncio.TaskGroup) -> None:
        if isinstance(message, Open):
            self._close_volume()
            self._opening = tasks.create_task(self._open(message, tasks))
        elif isinstance(message, Ack):
            if self._show is None:
                self._window.acknowledge(message.frame, now())
            else:
                self._show.take(self._show.session.on_ack(message.frame, now()))
        elif self._show is None:
            raise BadRequest("no volume is open: send open and wait for opened")
        elif isinstance(message, Pick):
            self._show.take(self._show.session.on_pick(message))
        else:
            self._show.take(self._show.session.on_input(message, now()))

    async def _open(self, message: Open, tasks: asyncio.TaskGroup) -> None:
        try:
            opening = self._streams.openers.submit(_open_volume, self._streams.volumes, message)
            volume, home = await asyncio.wrap_future(opening)
            view = home if message.view is None else replace(message.view, size=message.size)
            session = Session(volume.info, home, self._streams.budget, self._window)
            actions = session.on_open(view, message.input, now())
        except RenderError as error:
            self._send(error_message(error, message.input))
            return
        renderer = self._streams.workshop.engine.renderer_name
        self._send(Opened(message.input, view, volume.info, volume.info.bounds, renderer))
        self._show = Show(session, volume, self._streams.workshop, self._outbox, tasks)
        self._show.take(actions)

    def _close_volume(self) -> None:
        if self._opening is not None:
            self._opening.cancel()
        if self._show is not None:
            self._show.close()
        self._opening = self._show = None

    def _send(self, message: ServerMessage) -> None:
        self._outbox.put_nowait(encode(message))

    async def _send_all(self) -> None:
        while True:
            message = await self._outbox.get()
            # A client that is gone is learnt of by whoever receives from the socket, and that ends the connection.
            with suppress(ConnectionError):
                if isinstance(message, str):
                    await self._socket.send_str(message)
                else:
                    await self._socket.send_bytes(message)
            self._outbox.task_done()


def _open_volume(volumes: Catalogue, message: Open) -> tuple[Volume, View]:
    """The volume and the view that shows it well; reads metadata and perhaps voxels, and blocks."""
    volume = volumes.volume(message.volume)
    return volume, resolve(Intent(size=message.size), volume.info, volume.statistics)


def _check_origin(request: web.Request) -> None:
    """Refuse a page of another site: browsers let any page open a WebSocket to anywhere, and name the page here."""
    origin = request.headers.get("Origin")
    if origin is not None and urlsplit(origin).netloc != request.host:
        raise web.HTTPForbidden(text=f"origin {origin[:200]} is not this server, {request.host}")
