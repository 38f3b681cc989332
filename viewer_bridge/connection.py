"""One client on a WebSocket: carries its messages into its session and its stream, and their actions out.

Each connection has its own tasks: one that sends, one that opens, one that draws, one that encodes; they end with it.
"""

import asyncio
import struct
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from aiohttp import WSCloseCode, WSMessage, WSMsgType, web
from msgspec import UNSET

from render.errors import BadRequest, Forbidden, RenderError
from viewer_bridge.encodings import Taste
from viewer_bridge.entrance import Entrance, Pass
from viewer_bridge.frames import Codec
from viewer_bridge.link import Link
from viewer_bridge.protocol import (
    BAD_MESSAGES,
    Ack,
    ClientMessage,
    CodecName,
    Hand,
    Input,
    Invite,
    Invited,
    Open,
    Opened,
    Pick,
    Prefer,
    ServerMessage,
    Size,
    decode,
    encode,
    error_message,
)
from viewer_bridge.rooms import Room
from viewer_bridge.show import Show, Workshop, now
from viewer_bridge.stream import Stream
from viewer_bridge.tickets import Ticket
from viewer_bridge.unsent import unsent_bytes

OUTBOX = 16
"""Messages waiting to be sent above which nothing more is received."""

MOST_UNREAD = 256
"""Messages that wait for a client that does not read, beside its frames, which wait for it by themselves."""

FOREVER = 10 * 365 * 24 * 3600.0
"""Seconds, more than any server runs."""

PING = struct.Struct("<I")

CODECS: dict[CodecName, Codec] = {"jpeg": Codec.JPEG, "webp": Codec.WEBP, "h264": Codec.H264}


@dataclass(slots=True)
class _Place:
    """Where a connection is: in which room, as which member, and what it is shown there."""

    room: Room
    member: int
    show: Show


class Connection:
    """A client: its socket, what waits to be sent, and its place in a room. It is present there."""

    def __init__(
        self,
        request: web.Request,
        socket: web.WebSocketResponse,
        entrance: Entrance,
        workshop: Workshop,
        shown: Pass,
    ) -> None:
        self._request, self._socket = request, socket
        self._entrance, self._workshop, self._pass = entrance, workshop, shown
        self._link, self._taste = Link(), Taste()
        self._outbox: asyncio.Queue[str | bytes | int] = asyncio.Queue()
        self._opening: asyncio.Task[None] | None = None
        self._place: _Place | None = None
        self._hanging_up = False

    async def serve(self) -> None:
        """Until the socket closes; a fault in any of the connection's tasks ends it and is raised."""
        async with asyncio.TaskGroup() as self._tasks:
            sending = self._tasks.create_task(self._send_all())
            ending = self._end_with_ticket()
            try:
                await self._receive()
            finally:
                ending.cancel()
                sending.cancel()
                self._leave()

    @property
    def show(self) -> Show:
        return self._here.show

    def say(self, message: ServerMessage) -> None:
        """What others do is told too: a client that reads none of it is let go before it takes all memory."""
        if self._outbox.qsize() >= MOST_UNREAD:
            self._hang_up(f"{MOST_UNREAD} messages were not read")
            return
        self._outbox.put_nowait(encode(message))

    def _end_with_ticket(self) -> asyncio.Handle:
        """A guest stays for as long as its ticket."""
        ticket, tickets = self._pass.ticket, self._entrance.rooms.tickets
        rest = ticket.expires - tickets.now() if self._pass.guest and ticket else FOREVER
        return asyncio.get_running_loop().call_later(rest, self._hang_up, "your ticket has ended")

    def _hang_up(self, reason: str) -> None:
        if not self._hanging_up:
            self._hanging_up = True
            closing = self._socket.close(code=WSCloseCode.POLICY_VIOLATION, message=reason.encode())
            self._tasks.create_task(closing)

    def reopen(self) -> None:
        """The room shows another volume: a new stream of the same size, from the newest input on."""
        place, before = self._here, self.show.stream
        place.show.close()
        place.show = self._begin(place.room, before.size)
        self._open_show(place, before.input)

    @property
    def _here(self) -> _Place:
        if self._place is None:
            raise BadRequest("no volume is open: send open and wait for opened")
        return self._place

    async def _receive(self) -> None:
        bad = 0
        async for received in self._socket:
            if received.type is WSMsgType.ERROR:
                return  # Too large, no UTF-8 or no WebSocket at all: aiohttp has closed it with the code that says so.
            if received.type is WSMsgType.PING:
                with suppress(ConnectionError):
                    await self._socket.pong(received.data)
                continue
            bad = 0 if self._on_received(received) else bad + 1
            # What is to be sent answers what was received: reading on would only let it pile up.
            if self._outbox.qsize() > OUTBOX or bad > BAD_MESSAGES:
                await self._outbox.join()
            if bad > BAD_MESSAGES:
                reason = f"{bad} messages in a row made no sense"
                await self._socket.close(code=WSCloseCode.POLICY_VIOLATION, message=reason.encode())

    def _on_received(self, received: WSMessage) -> bool:
        """Whether it made sense; if not, the client is told why."""
        number = None
        try:
            if received.type is WSMsgType.PONG:
                self._on_pong(received.data)
                return True
            if received.type is not WSMsgType.TEXT:
                raise BadRequest(f"{len(received.data)} bytes of binary: clients send text")
            message = decode(received.data)
            number = message.input if isinstance(message, Open | Input) else None
            self._on_message(message)
        except RenderError as error:
            self.say(error_message(error, number))
            return False
        return True

    def _on_pong(self, payload: bytes) -> None:
        # The heartbeat's pings carry nothing.
        if len(payload) == PING.size:
            self._link.pong(PING.unpack(payload)[0], now())

    def _on_message(self, message: ClientMessage) -> None:
        match message:
            case Open():
                if self._place is not None:
                    self._place.room.check_open(self._place.member, message)
                self._leave()
                self._taste = Taste(_codecs(message.codecs), message.lossless)
                self._opening = self._tasks.create_task(self._open(message))
            case Ack():
                self._on_ack(message)
            case Prefer():
                self._on_prefer(message)
            case Pick():
                self.show.take(self.show.stream.on_pick(message))
            case Invite():
                self._invite(message)
            case Hand():
                self._here.room.hand(self._here.member, message)
            case _:
                self._here.room.steer(self._here.member, message)

    def _on_ack(self, message: Ack) -> None:
        seconds = message.decode_ms / 1000
        if self._place is None:
            self._link.acknowledge(message.frame, seconds, now())
        else:
            unsent = unsent_bytes(self._request.transport)
            self.show.take(self.show.stream.on_ack(message.frame, seconds, unsent, now()))

    def _on_prefer(self, message: Prefer) -> None:
        codecs = self._taste.codecs if message.codecs is UNSET else _codecs(message.codecs)
        lossless = self._taste.lossless if message.lossless is UNSET else message.lossless
        self._taste = Taste(codecs, lossless)
        if self._place is not None:
            self.show.take(self.show.stream.on_preferred(self._taste, message.keyframe, now()))

    def _invite(self, message: Invite) -> None:
        session = self._here.room.session
        session.check_pilot(self._here.member, "invite others")
        if self._pass.guest:
            raise Forbidden("guests invite nobody: ask who invited you")
        tickets = self._entrance.rooms.tickets
        ticket = Ticket(session.name, message.role, tickets.until(message.minutes * 60))
        self.say(Invited(session.name, message.role, ticket.expires, tickets.issue(ticket)))

    async def _open(self, message: Open) -> None:
        try:
            room, seat = await self._entrance.enter(message, self._pass)
            show = self._begin(room, message.size)
            member = room.session.join(message.name, seat)
        except RenderError as error:
            self.say(error_message(error, message.input))
            return
        self._place = _Place(room, member, show)
        self._open_show(self._place, message.input)
        room.sit(member, self)
        self._entrance.rooms.touch(room)

    def _begin(self, room: Room, size: Size) -> Show:
        scene = room.session.scene
        stream = Stream(scene.info, room.session.view_for(size), scene.budget, self._link, self._taste)
        return Show(stream, room.volume, self._workshop, self._outbox, self._tasks)

    def _open_show(self, place: _Place, number: int) -> None:
        session, info = place.room.session, place.room.session.scene.info
        view, renderer = session.view_for(place.show.stream.size), self._workshop.engine.renderer_name
        self.say(Opened(number, view, info, info.bounds, renderer, session.name, session.version))
        place.show.take(place.show.stream.on_open(number, session.version, now()))

    def _leave(self) -> None:
        if self._opening is not None:
            self._opening.cancel()
        if self._place is not None:
            self._place.show.close()
            self._place.room.stand(self._place.member)
            self._entrance.rooms.touch(self._place.room)
        self._opening = self._place = None

    async def _send_all(self) -> None:
        while True:
            message = await self._outbox.get()
            # A client that is gone is learnt of by whoever receives from the socket, and that ends the connection.
            with suppress(ConnectionError):
                if isinstance(message, str):
                    await self._socket.send_str(message)
                elif isinstance(message, int):
                    await self._socket.ping(PING.pack(message))
                else:
                    await self._socket.send_bytes(message)
            self._outbox.task_done()


def _codecs(names: Sequence[CodecName]) -> tuple[Codec, ...]:
    """What a client takes; JPEG always."""
    return tuple(dict.fromkeys([Codec.JPEG, *(CODECS[name] for name in names)]))
