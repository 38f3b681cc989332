"""An open volume on a connection: takes the actions of its `Stream` and tells it what came of them.

Drawing happens on the engine's thread and encoding on encoder threads; the event loop only hands over.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass

from render.engine import Engine, Priority
from render.errors import RenderError
from render.frame import Frame
from render.pick import pick, pixel_view
from render.scene import Quality, View
from render.volume.volume import Volume
from viewer_bridge.actions import (
    Action,
    CancelRender,
    Encode,
    PickPixel,
    Ping,
    Prefetch,
    Render,
    SendFrame,
    SendMessage,
    WakeAt,
)
from viewer_bridge.encoding import StreamEncoder
from viewer_bridge.frames import FrameHeader, Rung, pack_frame
from viewer_bridge.protocol import Picked, encode, error_message
from viewer_bridge.stream import Stream

PRIORITY = {Rung.DRAFT: Priority.INTERACTIVE, Rung.FINAL: Priority.REFINE, Rung.REFINED: Priority.REFINE}


@dataclass(frozen=True, slots=True)
class SentFrame:
    """A frame that went out: `nbytes` with its header, seconds of drawing and encoding; for metrics."""

    rung: Rung
    nbytes: int
    render_s: float
    encode_s: float


@dataclass(frozen=True, slots=True)
class Workshop:
    """What all connections of a server share: who draws, encodes, reads voxels, and who is told of each frame sent."""

    engine: Engine
    encoders: Executor
    readers: Executor
    observe: Callable[[SentFrame], None]


class Show:
    """An open volume on a connection: takes the actions of its stream, and tells it what came of them.

    `outbox` takes text, frames, and the numbers of pings, in the order in which they are to go out.
    """

    def __init__(
        self,
        stream: Stream,
        volume: Volume,
        workshop: Workshop,
        outbox: asyncio.Queue[str | bytes | int],
        tasks: asyncio.TaskGroup,
    ) -> None:
        self.stream = stream
        self._volume, self._workshop, self._outbox, self._tasks = volume, workshop, outbox, tasks
        self._encoder = StreamEncoder()
        # Not the show itself: the engine remembers for a while who has had more than their share.
        self._client = object()
        self._rendering: asyncio.Task[None] | None = None
        self._encoding: asyncio.Task[None] | None = None
        self._picking: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None

    def take(self, actions: list[Action]) -> None:
        """All of them at once, without awaiting: between two events a stream's actions are either taken or not."""
        for action in actions:
            match action:
                case Render() | Encode() | PickPixel():
                    self._begin(action)
                case CancelRender():
                    _cancel(self._rendering)
                case SendMessage(message):
                    self._outbox.put_nowait(encode(message))
                case SendFrame(header, picture):
                    self._send_frame(header, picture)
                case Ping(number):
                    self._outbox.put_nowait(number)
                case WakeAt(at):
                    self._wake_at(at)
                case Prefetch(view, quality):
                    self._workshop.engine.prefetch(self._volume, view, quality)

    def close(self) -> None:
        """Nobody looks any more: the picture under way is not drawn if that has not begun."""
        for work in (self._rendering, self._encoding, self._picking, self._timer):
            _cancel(work)
        # A cancelled task knows where it was, and so this: with its frames and 14 MB of a video encoder, until the
        # garbage collector comes by.
        self._rendering = self._encoding = self._picking = self._timer = None

    def _begin(self, work: Render | Encode | PickPixel) -> None:
        match work:
            case Render():
                self._rendering = self._tasks.create_task(self._render(work))
            case Encode():
                self._encoding = self._tasks.create_task(self._encode(work))
            case PickPixel():
                _cancel(self._picking)
                self._picking = self._tasks.create_task(self._pick(work))

    async def _render(self, render: Render) -> None:
        try:
            frame = await self._drawn(render.view, render.quality, PRIORITY[render.rung])
        except RenderError as error:
            self.take(self.stream.on_failed(render, error, now()))
        else:
            self.take(self.stream.on_rendered(render, frame, now()))

    async def _encode(self, work: Encode) -> None:
        loop = asyncio.get_running_loop()
        try:
            encoded = await loop.run_in_executor(self._workshop.encoders, self._encoder.encode, work)
        except RenderError as error:
            self.take(self.stream.on_not_encoded(work, error, now()))
        else:
            self.take(self.stream.on_encoded(work, encoded, now()))

    async def _pick(self, asked: PickPixel) -> None:
        x, y = asked.pixel
        workshop, loop = self._workshop, asyncio.get_running_loop()
        try:
            one = pixel_view(asked.view, x, y)
            frame = await self._drawn(one, asked.quality, Priority.INTERACTIVE)
            found = await loop.run_in_executor(workshop.readers, pick, self._volume, asked.view, asked.pixel, frame)
        except RenderError as error:
            self._outbox.put_nowait(encode(error_message(error)))
        else:
            picked = Picked(x, y, found.position, found.distance, found.values, found.labels)
            self._outbox.put_nowait(encode(picked))

    async def _drawn(self, view: View, quality: Quality, priority: Priority) -> Frame:
        """The picture, when it is this client's turn. RenderError."""
        engine = self._workshop.engine
        return await asyncio.wrap_future(engine.submit(self._volume, view, quality, priority, client=self._client))

    def _send_frame(self, header: FrameHeader, picture: bytes | memoryview) -> None:
        message = pack_frame(header, picture)
        self._outbox.put_nowait(message)
        self._workshop.observe(
            SentFrame(Rung(header.rung), len(message), header.render_us / 1e6, header.encode_us / 1e6)
        )

    def _wake_at(self, at: float) -> None:
        _cancel(self._timer)
        self._timer = asyncio.get_running_loop().call_at(at, lambda: self.take(self.stream.on_timer(now())))


def _cancel(work: asyncio.Task[None] | asyncio.TimerHandle | None) -> None:
    if work is not None:
        work.cancel()


def now() -> float:
    """Seconds on the running loop's clock, that of `call_at`."""
    return asyncio.get_running_loop().time()
