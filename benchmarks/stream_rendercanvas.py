"""A client of rendercanvas' http backend for `benchmarks.streaming`: it says what its own page says.

A picture is a JSON message and a binary one; the page confirms it when it takes it in hand, before it is decoded.
"""

import asyncio
import json
import time

import aiohttp

from benchmarks.peers.replay import pointer_at
from benchmarks.stream_client import end
from benchmarks.stream_screen import Screen


class Rendercanvas:
    """rendercanvas' page. What a program changes is an event too: no other way leads into its one canvas."""

    def __init__(self, url: str, size: int, screen: Screen) -> None:
        self._url, self._size, self._screen = url, size, screen
        self._session = aiohttp.ClientSession()
        self._at = 0

    async def __aenter__(self) -> "Rendercanvas":
        self._socket = await self._session.ws_connect(self._url + "/", max_msg_size=0)
        self._listening = asyncio.create_task(self._listen())
        await self._say("resize", width=self._size, height=self._size, pwidth=self._size, pheight=self._size, ratio=1)
        return self

    async def __aexit__(self, *_: object) -> None:
        await end(self._listening)
        await self._session.close()

    async def press(self) -> None:
        await self._pointer("pointer_down")

    async def move(self, number: int) -> None:
        self._at = number
        await self._pointer("pointer_move")

    async def release(self) -> None:
        await self._pointer("pointer_up")

    async def change(self, number: int) -> None:
        await self.move(number)

    async def _pointer(self, kind: str) -> None:
        x, y = pointer_at(self._at)
        await self._say(kind, x=x, y=y, button=1, buttons=[1], modifiers=[], ntouches=0, touches={})

    async def _say(self, kind: str, **fields: object) -> None:
        await self._socket.send_str(json.dumps({"type": kind, "timestamp": time.time(), **fields}))

    async def _listen(self) -> None:
        coming = {}
        async for received in self._socket:
            if received.type is aiohttp.WSMsgType.TEXT:
                coming = json.loads(received.data)
            else:
                self._screen.take(received.data, coming["mimetype"].removeprefix("image/"))
                await self._say("_framefeedback", index=coming["index"], localtime=time.time())
