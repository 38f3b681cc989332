"""A client of the streaming protocol: python stream_client.py [URL] [VOLUME] [OUTPUT.jpg]

It opens a volume, turns it for two seconds as a hand would, and keeps the full-quality picture at the end. Written from
docs/protocol.md alone; start a server first: voxelcast serve
"""

import asyncio
import json
import struct
import sys
from pathlib import Path

from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType

HEADER = struct.Struct("<4s8B3I4H2I")
FINAL, LAST = 1, 61


async def turn(socket: ClientWebSocketResponse) -> None:
    """Thirty drags a second by a hundredth of the picture's height; the number of each input is one more."""
    for number in range(2, LAST + 1):
        await socket.send_json({"type": "orbit", "input": number, "dx": 0.01, "dy": 0.0})
        await asyncio.sleep(1 / 30)


async def stream(url: str, volume: str) -> bytes:
    """The first picture of full quality after the last drag; every frame is acknowledged."""
    parts: list[bytes] = []
    async with ClientSession() as session, session.ws_connect(url.rstrip("/") + "/stream") as socket:
        await socket.send_json({"type": "open", "volume": volume, "size": [640, 480], "input": 1})
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                said = json.loads(message.data)
                if said["type"] == "error":
                    raise SystemExit(said["message"])
                if said["type"] == "opened":
                    turning = asyncio.create_task(turn(socket))
                continue
            _, _, _, rung, level, _, _, part, of, frame, shows, _, width, height, *_ = HEADER.unpack_from(message.data)
            parts = [*parts[:part], message.data[HEADER.size :]]
            # A client with a screen decodes and draws here, and says what that took.
            await socket.send_json({"type": "ack", "frame": frame, "decode_ms": 0})
            if part == of - 1 and shows == LAST and rung >= FINAL:
                print(f"frame {frame}: {width} x {height} pixels, drawn from level {level}")
                await turning
                return b"".join(parts)
    raise SystemExit("the server has ended the stream")


def main(url: str = "http://127.0.0.1:8470", volume: str = "ct_aorta", output: str = "turned.jpg") -> None:
    Path(output).write_bytes(asyncio.run(stream(url, volume)))


if __name__ == "__main__":
    main(*sys.argv[1:])
