"""Clients of trame's views for `benchmarks.streaming`: they say what trame's own pages say, in wslink's protocol.

A message is MessagePack in chunks, each after 12 bytes: an id, where the chunk begins, how long the message is.
Messages are not deflated here, though browsers ask for that: it costs trame 2 ms a picture, and saves nothing.
"""

import asyncio
import itertools
import struct
import time
from collections.abc import Callable
from typing import Any

import aiohttp
import msgspec

from benchmarks.peers.replay import pointer_at
from benchmarks.stream_client import end
from benchmarks.stream_screen import Screen

CHUNK = struct.Struct("<III")
SECRET = "wslink-secret"
"""Trame's default."""

EVENT_THROTTLE = 1 / 30
"""Seconds between the events that trame-rca's page sends; its default of 0.1 would bring ten inputs a second."""

UP = dict.fromkeys(("buttonLeft", "buttonMiddle", "buttonRight", "shiftKey", "ctrlKey", "altKey", "metaKey"), 0)
"""No button and no key is down."""

Publish = Callable[[str, Any], None]
Event = dict[str, object]


class Wslink:
    """A connection to `url`; what is published goes to `on_publish` (topic, value)."""

    def __init__(self, url: str, on_publish: Publish) -> None:
        self._url, self._on_publish = url, on_publish
        self._session = aiohttp.ClientSession()
        self._numbers = itertools.count(1)
        self._asked: dict[str, asyncio.Future[Any]] = {}

    async def open(self) -> None:
        self._socket = await self._session.ws_connect(self._url + "/ws", max_msg_size=0)
        self._listening = asyncio.create_task(self._listen())
        await self._ask("system:c0:0", "wslink.hello", [{"secret": SECRET}])

    async def close(self) -> None:
        await end(self._listening)
        await self._session.close()

    async def call(self, method: str, *arguments: object) -> asyncio.Future[Any]:
        """Send a call; the future is its answer."""
        return await self._send(f"rpc:c0:{next(self._numbers)}", method, list(arguments))

    async def ask(self, method: str, *arguments: object) -> Any:
        """The answer to a call."""
        return await (await self.call(method, *arguments))

    async def _ask(self, name: str, method: str, arguments: list[object]) -> Any:
        return await (await self._send(name, method, arguments))

    async def _send(self, name: str, method: str, arguments: list[object]) -> asyncio.Future[Any]:
        said = {"wslink": "1.0", "id": name, "method": method, "args": arguments, "kwargs": {}}
        message = msgspec.msgpack.encode(said)
        answer = self._asked[name] = asyncio.get_running_loop().create_future()
        await self._socket.send_bytes(CHUNK.pack(next(self._numbers), 0, len(message)) + message)
        return answer

    async def _listen(self) -> None:
        parts: dict[int, bytearray] = {}
        async for received in self._socket:
            number, _, length = CHUNK.unpack_from(received.data)
            part = parts.setdefault(number, bytearray())
            part += received.data[CHUNK.size :]
            if len(part) >= length:
                self._on_message(msgspec.msgpack.decode(parts.pop(number)))

    def _on_message(self, message: dict[str, Any]) -> None:
        name: str = message["id"]
        if name.startswith("publish:"):
            self._on_publish(name.split(":")[1], message.get("result"))
        elif "error" in message:
            self._asked.pop(name).set_exception(RuntimeError(str(message["error"])))
        else:
            self._asked.pop(name).set_result(message.get("result"))


class RemoteView:
    """trame-vtk's VtkRemoteView. While a button is down the server draws 30 times a second whatever comes."""

    def __init__(self, url: str, size: int, screen: Screen) -> None:
        self._size, self._screen = size, screen
        self._link = Wslink(url, self._on_publish)
        self._at, self._view = 0, ""

    async def __aenter__(self) -> "RemoteView":
        await self._link.open()
        state = await self._link.ask("trame.state.get")
        self._view = state["state"]["viewId"]
        await self._link.call("viewport.image.push.observer.add", self._view)
        await self._link.call("viewport.image.push.original.size", self._view, self._size, self._size)
        await self._quality()
        await self._render()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._link.close()

    async def press(self) -> None:
        await self._quality()
        await self._pointer(1)

    async def move(self, number: int) -> None:
        self._at = number
        await self._pointer(1)

    async def release(self) -> None:
        await self._pointer(0)
        await self._quality()
        await self._render()

    async def change(self, number: int) -> None:
        await self._link.call("trame.trigger", "change", [number], {})

    async def _quality(self) -> None:
        await self._link.call("viewport.image.push.quality", self._view, 80, 1)

    async def _render(self) -> None:
        await self._link.call("viewport.image.push", {"view": self._view, "size": [self._size, self._size]})

    async def _pointer(self, left: int) -> None:
        x, y = pointer_at(self._at)
        place = {"view": self._view, "action": "down" if left else "up", "x": x / self._size, "y": y / self._size}
        await self._link.call("viewport.mouse.interaction", {**place, **UP, "buttonLeft": left})

    def _on_publish(self, topic: str, value: Any) -> None:
        if topic == "viewport.image.push.subscription" and value["image"]:
            self._screen.take(value["image"], "jpeg")


class RemoteControlledArea:
    """trame-rca's RemoteControlledArea, of images or of VP9.

    Its page keeps events back until the one before was answered; of moves that wait the last one remains. With
    `patient` false they are sent as they come, as by a page that is not trame-rca's own.
    """

    def __init__(self, url: str, size: int, screen: Screen, codec: str = "jpeg", patient: bool = True) -> None:
        self._size, self._screen, self._codec, self._patient = size, screen, codec, patient
        self._link = Wslink(url, self._on_publish)
        self._at = 0
        self._begun = False
        self._waiting: list[Event] = []
        self._sending: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "RemoteControlledArea":
        await self._link.open()
        await self._link.call("trame.rca.size", "view", "client", {"w": self._size, "h": self._size, "p": 1})
        if self._codec != "jpeg":
            await self._link.ask("trame.rca.video.codecs", "view")
            await self._link.ask("trame.rca.video.negotiate", "view", [self._codec])
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._sending is not None:
            await end(self._sending)
        await self._link.close()

    async def press(self) -> None:
        await self._event({"type": "StartInteractionEvent"})
        await self._event(self._pointer("LeftButtonPress", 1))

    async def move(self, number: int) -> None:
        self._at = number
        await self._event(self._pointer("MouseMove", 1))

    async def release(self) -> None:
        await self._event(self._pointer("LeftButtonRelease", 0))
        await self._event({"type": "EndInteractionEvent"})

    async def change(self, number: int) -> None:
        await self._link.call("trame.trigger", "change", [number], {})

    def _pointer(self, kind: str, left: int) -> Event:
        x, y = pointer_at(self._at)
        place = {"type": kind, "action": "down" if left else "up", "x": x, "y": y, "w": self._size, "h": self._size}
        return {**place, **UP, "buttonLeft": left}

    async def _event(self, event: Event) -> None:
        if not self._patient:
            await self._link.call("trame.rca.event", "view", "client", event)
            return
        if event["type"] == "MouseMove" and self._waiting and self._waiting[-1]["type"] == "MouseMove":
            self._waiting.pop()
        self._waiting.append(event)
        if self._sending is None or self._sending.done():
            self._sending = asyncio.create_task(self._send_waiting())

    async def _send_waiting(self) -> None:
        while self._waiting:
            begun = time.perf_counter()
            events, self._waiting = self._waiting, []
            for event in events:
                await self._link.ask("trame.rca.event", "view", "client", event)
            await asyncio.sleep(begun + EVENT_THROTTLE - time.perf_counter())

    def _on_publish(self, topic: str, value: Any) -> None:
        if topic == "trame.rca.topic.stream":
            # A decoder begins with a whole picture; those before are meant for others.
            self._begun = self._begun or value["meta"]["key"] == "key"
            if self._begun:
                self._screen.take(value["content"], self._codec)
