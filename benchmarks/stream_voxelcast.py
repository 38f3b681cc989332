"""Voxelcast's own client for `benchmarks.streaming`: the native protocol, as `docs/protocol.md` has it.

The only module of the benchmark that knows the protocol. The number of an input is in the view's background, 12 bits
of it, which any renderer of the benchmark can show.
"""

import asyncio
import itertools
from collections.abc import Callable

import aiohttp
from aiohttp import WSMsgType

from benchmarks.stream_client import end
from benchmarks.stream_screen import Screen
from viewer_bridge.frames import Codec, unpack_frame
from viewer_bridge.protocol import Ack, Change, ClientMessage, CodecName, Open, encode

VOLUME = "replay"
SESSION = "together"
GRAYS = 16


def background_of(number: int) -> tuple[float, float, float, float]:
    """The colour that brings `number` modulo 4096 to the server: a digit of four bits in red, green and blue."""
    red, green, blue = (number // GRAYS**place % GRAYS / (GRAYS - 1) for place in range(3))
    return (red, green, blue, 1.0)


def number_of(red: float, green: float, blue: float) -> int:
    """The number in a colour, each channel 0 to 1 and off by less than a thirtieth."""
    return sum(round((GRAYS - 1) * value) * GRAYS**place for place, value in enumerate((red, green, blue)))


class Voxelcast:
    """Our client: acknowledges each picture when it has been decoded. An empty `session` is one of its own."""

    def __init__(
        self,
        url: str,
        size: int,
        screen: Screen,
        codecs: tuple[CodecName, ...] = ("jpeg", "webp", "h264"),
        session: str = SESSION,
    ) -> None:
        self._url, self._screen = url, screen
        self._open = Open((size, size), VOLUME, 1, session=session, codecs=codecs)
        self._session = aiohttp.ClientSession()
        self._outbox: asyncio.Queue[ClientMessage] = asyncio.Queue()
        self._inputs = itertools.count(2)

    async def __aenter__(self) -> "Voxelcast":
        self._socket = await self._session.ws_connect(self._url + "/stream", max_msg_size=0)
        self._tasks = [asyncio.create_task(work) for work in (self._listen(), self._send())]
        self._outbox.put_nowait(self._open)
        return self

    async def __aexit__(self, *_: object) -> None:
        await end(*self._tasks)
        await self._session.close()

    async def press(self) -> None:
        pass

    async def move(self, number: int) -> None:
        await self.change(number)

    async def release(self) -> None:
        pass

    async def change(self, number: int) -> None:
        self._outbox.put_nowait(Change(next(self._inputs), background=background_of(number)))

    async def _send(self) -> None:
        while True:
            await self._socket.send_str(encode(await self._outbox.get()))

    async def _listen(self) -> None:
        parts: list[bytes] = []
        async for received in self._socket:
            if received.type is not WSMsgType.BINARY:
                continue
            header, part = unpack_frame(received.data)
            parts = [*parts[: header.part], part]
            acknowledge = self._acknowledge(header.frame)
            if header.part == header.parts - 1:
                self._screen.take(b"".join(parts), Codec(header.codec).name.lower(), acknowledge)
            else:
                acknowledge(0.0)

    def _acknowledge(self, frame: int) -> Callable[[float], None]:
        return lambda seconds: self._outbox.put_nowait(Ack(frame, 1000 * seconds))
