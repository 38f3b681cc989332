"""A client of the streaming protocol in Python: python stream_client.py [URL] [VOLUME] [OUTPUT.jpg]

It opens a volume, turns it for two seconds as a hand would, and keeps the full-quality picture at the end. Written from
docs/protocol.md alone; start a server first: voxelcast serve
"""

import asyncio
import json
import struct
import sys
import time
from pathlib import Path

from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType

HEADER = struct.Struct("<4s8B3I4H2I")
DRAFT, SIZE = 0, (640, 480)


async def turn(socket: ClientWebSocketResponse, first: int) -> None:
    """Thirty drags a second by a hundredth of the picture's height; the number of each input is one more."""
    for number in range(first, first + 60):
        await socket.send_json({"type": "orbit", "input": number, "dx": 0.01, "dy": 0.0})
        await asyncio.sleep(1 / 30)


async def watch(socket: ClientWebSocketResponse, last: int) -> bytes:
    """Acknowledges every frame; the first picture of full quality that shows input `last`."""
    parts: list[bytes] = []
    seen = 0
    async for message in socket:
        if message.type is WSMsgType.TEXT:
            said = json.loads(message.data)
            if said["type"] == "error":
                raise SystemExit(said["message"])
            continue
        _, _, _, rung, level, _, _, part, of, frame, shows, _, width, height, *_ = HEADER.unpack_from(message.data)
        began = time.perf_counter()
        parts = [*parts[:part], message.data[HEADER.size :]]
        # A client with a screen decodes and draws here.
        await socket.send_json({"type": "ack", "frame": frame, "decode_ms": 1000 * (time.perf_counter() - began)})
        seen += 1
        if part == of - 1 and shows == last and rung != DRAFT:
            print(f"{seen} frames; the last is {width} x {height}, drawn from level {level}")
            return b"".join(parts)
    raise SystemExit("the server has ended the stream")


async def main(url: str = "http://127.0.0.1:8470", volume: str = "ct_aorta", output: str = "turned.jpg") -> None:
    async with ClientSession() as session, session.ws_connect(url.rstrip("/") + "/stream") as socket:
        await socket.send_json({"type": "open", "volume": volume, "size": SIZE, "input": 1})
        turning = asyncio.create_task(turn(socket, first=2))
        Path(output).write_bytes(await watch(socket, last=61))
        await turning


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
