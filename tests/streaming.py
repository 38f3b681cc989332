"""A client of the native protocol and a server to talk to, for tests."""

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import msgspec
from aiohttp import ClientWebSocketResponse, WSMsgType, web

from benchmarks.stream_link import Link, over
from viewer_bridge.frames import FrameHeader, Rung, unpack_frame
from viewer_bridge.protocol import Ack, ClientMessage, ServerMessage, encode

Picture = tuple[FrameHeader, bytes]
PATIENCE = 20.0


class StreamClient:
    """Speaks the protocol over an open socket; acknowledges every frame that it reads."""

    def __init__(self, socket: ClientWebSocketResponse) -> None:
        self.socket = socket

    async def send(self, message: ClientMessage) -> None:
        await self.socket.send_str(encode(message))

    async def receive(self) -> ServerMessage | Picture:
        async with asyncio.timeout(PATIENCE):
            received = await self.socket.receive()
        if received.type is WSMsgType.BINARY:
            header, picture = unpack_frame(received.data)
            await self.send(Ack(header.frame, 1.0))
            return header, picture
        assert received.type is WSMsgType.TEXT, received
        return msgspec.json.decode(received.data, type=ServerMessage)

    async def until(self, wanted: Callable[[ServerMessage | Picture], bool]) -> list[ServerMessage | Picture]:
        """Everything received up to the first that is `wanted`."""
        seen: list[ServerMessage | Picture] = []
        while not seen or not wanted(seen[-1]):
            seen.append(await self.receive())
        return seen

    async def until_still(self, number: int) -> list[ServerMessage | Picture]:
        """Everything up to the full quality of input `number`."""
        return await self.until(
            lambda got: (
                isinstance(got, tuple) and got[0].rung == Rung.FINAL and got[0].input == number and is_whole(got)
            )
        )


def is_whole(picture: Picture) -> bool:
    """Whether it is the last part."""
    return picture[0].part == picture[0].parts - 1


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running(app: web.Application, port: int = 0) -> Iterator[str]:
    """`app` served on a thread of its own; the URL, without a slash at the end. Ends as the server does."""
    loop = asyncio.new_event_loop()
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.5)

    async def start() -> int:
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        bound: int = runner.addresses[0][1]
        return bound

    thread = threading.Thread(target=loop.run_forever, name="test-server")
    thread.start()

    def on_loop(coroutine: Awaitable[Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, loop).result(PATIENCE)  # type: ignore[arg-type]

    try:
        yield f"http://127.0.0.1:{on_loop(start())}"
    finally:
        on_loop(runner.cleanup())
        on_loop(loop.shutdown_default_executor())
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@contextmanager
def behind(link: Link, url: str, near: int = 0) -> Iterator[str]:
    """The URL of the same server at the other end of a slower link, on the port `near` or any that is free."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="test-link")
    thread.start()

    def on_loop(coroutine: Awaitable[Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, loop).result(PATIENCE)  # type: ignore[arg-type]

    proxy = over(link, urlsplit(url).port or 80, near)
    try:
        yield f"http://127.0.0.1:{on_loop(proxy.__aenter__())}"
    finally:
        on_loop(proxy.__aexit__(None, None, None))
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
