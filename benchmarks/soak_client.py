"""The visitors of `benchmarks.soak`: they open, drag, resize, switch volumes, share, and go, mostly without a word.

    python -m benchmarks.soak_client URL COUNT

A process of its own, so that what they do does not delay whoever measures; and one that gives way to others, because
visitors have processors of their own. It says how many visits and frames there were, a line each second.
"""

import asyncio
import json
import os
import random
import socket as sockets
import struct
import sys

from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType

HEADER = struct.Struct("<4s8B3I4H2I")
FRAME = 9
"""The index of the frame's number in the header's fields."""

SIZES = ((320, 240), (512, 512), (640, 400), (301, 203))
SESSIONS = ("", "", "", "rounds", "seminar")
CODECS = ("jpeg", "webp", "h264")
RESET = struct.pack("ii", 1, 0)
"""Of SO_LINGER: the connection ends with a reset, as that of a laptop that was shut."""


class Visitor:
    """A client on one connection; `frames` came to it so far."""

    def __init__(self, stream: ClientWebSocketResponse, volumes: list[str], dice: random.Random) -> None:
        self._stream, self._volumes, self._dice = stream, volumes, dice
        self._number = 0
        self._opened = asyncio.Event()
        self.frames = 0

    async def act(self) -> None:
        """Does one thing after the other, at random."""
        deeds = (self._drag, self._drag, self._drag, self._resize, self._show, self._change, self._look)
        await self._show()
        for _ in range(self._dice.randint(1, 6)):
            await self._dice.choice(deeds)()

    async def watch(self) -> None:
        """Acknowledges what comes; one in ten is slow at it, and one in twenty stops after a while."""
        delay = 0.3 if self._dice.random() < 0.1 else 0.0
        patience = 20 if self._dice.random() < 0.05 else 10**6
        async for message in self._stream:
            if message.type is WSMsgType.BINARY:
                self.frames += 1
                if self.frames < patience:
                    await asyncio.sleep(delay)
                    number = HEADER.unpack_from(message.data)[FRAME]
                    await self._stream.send_json({"type": "ack", "frame": number, "decode_ms": 1})
            elif '"type":"opened"' in message.data:
                self._opened.set()

    async def _say(self, kind: str, **fields: object) -> None:
        self._number += 1
        await self._stream.send_json({"type": kind, "input": self._number, **fields})

    async def _show(self) -> None:
        self._opened.clear()
        session, size = self._dice.choice(SESSIONS), self._dice.choice(SIZES)
        codecs = CODECS[: self._dice.randint(1, 3)]
        await self._say("open", volume=self._dice.choice(self._volumes), size=size, session=session, codecs=codecs)
        await self._opened.wait()

    async def _drag(self) -> None:
        for _ in range(self._dice.randint(5, 60)):
            await self._say("orbit", dx=self._dice.uniform(-0.05, 0.05), dy=self._dice.uniform(-0.05, 0.05))
            await asyncio.sleep(1 / 30)

    async def _resize(self) -> None:
        await self._say("change", size=self._dice.choice(SIZES))

    async def _change(self) -> None:
        await self._say("change", mode={"type": self._dice.choice(("mip", "dvr", "mean"))})

    async def _look(self) -> None:
        await asyncio.sleep(self._dice.uniform(0.2, 2.0))


async def visit(url: str, volumes: list[str], dice: random.Random) -> int:
    """One connection from its beginning to its end; the frames that came."""
    async with ClientSession() as http:
        stream = await http.ws_connect(url.rstrip("/") + "/stream", max_msg_size=2**26)
        visitor = Visitor(stream, volumes, dice)
        watching, acting = asyncio.create_task(visitor.watch()), asyncio.create_task(visitor.act())
        try:
            await asyncio.wait([watching, acting], return_when=asyncio.FIRST_COMPLETED)
            if not acting.done():
                raise RuntimeError(f"the server ended the stream with {stream.close_code}")
            await acting
        finally:
            for task in (watching, acting):
                task.cancel()
        if dice.random() < 0.3:
            await stream.close()
        else:
            stream.get_extra_info("socket").setsockopt(sockets.SOL_SOCKET, sockets.SO_LINGER, RESET)
    return visitor.frames


async def come_and_go(url: str, count: int) -> None:
    """So many visitors at a time, for good; an error of one of them ends all."""
    seen = {"visits": 0, "frames": 0}
    async with ClientSession(url) as http, http.get("/volumes") as answer:
        volumes = (await answer.json())["volumes"]

    async def visit_again(dice: random.Random) -> None:
        while True:
            frames = await visit(url, volumes, dice)
            seen["visits"] += 1
            seen["frames"] += frames

    async with asyncio.TaskGroup() as visitors:
        for number in range(count):
            visitors.create_task(visit_again(random.Random(number)))
        while True:
            await asyncio.sleep(1)
            print(json.dumps(seen), flush=True)


if __name__ == "__main__":
    os.nice(10)
    asyncio.run(come_and_go(sys.argv[1], int(sys.argv[2])))
