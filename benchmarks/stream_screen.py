"""What a client of `benchmarks.streaming` gets to see: every picture is decoded, and says which input it shows.

Nobody's header is trusted with that: the number is read out of the pixels. A picture counts from the moment that all of
it has been received; decoding, on a thread beside, is timed on its own.
"""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import av
import numpy as np
import simplejpeg

from benchmarks.peers.replay import Pixels, read_marker
from benchmarks.stream_client import NothingSeen, end
from render import encode

Decode = Callable[[bytes], Pixels | None]
"""Bytes -> (height, width, 3 or 4), or None where a video decoder waits for more."""

KEEP = 5
"""Every fifth picture is kept."""

VIDEO = {"vp9": "vp9", "h264": "h264"}


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture that arrived: the input it shows, when it was there (seconds), its size, and how long decoding took.

    Some are `kept`, to be looked at when time no longer counts.
    """

    number: int
    received: float
    nbytes: int
    width: int
    decode_s: float
    kept: Pixels | None


@dataclass(slots=True)
class Screen:
    """Takes encoded pictures as they arrive, and reads which input each shows. Use as a context."""

    shown: list[Shown] = field(default_factory=list)
    _arrived: asyncio.Queue[tuple[float, bytes, str, Callable[[float], None]]] = field(default_factory=asyncio.Queue)
    _decoders: dict[str, Decode] = field(default_factory=dict)
    _thread: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1))
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)
    _decoding: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "Screen":
        self._decoding = asyncio.create_task(self._decode_all())
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._decoding is not None
        await end(self._decoding)
        self._thread.shutdown()

    def take(self, data: bytes, codec: str, decoded: Callable[[float], None] = lambda _: None) -> None:
        """A picture has been received, now; `decoded` is told the seconds that decoding took."""
        self._arrived.put_nowait((time.perf_counter(), data, codec, decoded))

    async def wait_for(self, number: int, patience: float) -> bool:
        """Whether a picture that shows input `number`, the newest there is, comes within `patience` seconds."""
        try:
            async with asyncio.timeout(patience), self._news:
                await self._news.wait_for(lambda: any(one.number == number for one in self.shown[-8:]))
        except TimeoutError:
            return False
        return True

    async def _decode_all(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            received, data, codec, decoded = await self._arrived.get()
            picture, seconds = await loop.run_in_executor(self._thread, self._decode, data, codec)
            decoded(seconds)
            if picture is not None:
                number, width = read_marker(picture), picture.shape[1]
                kept = picture if len(self.shown) % KEEP == 0 else None
                self.shown.append(Shown(number, received, len(data), width, seconds, kept))
                async with self._news:
                    self._news.notify_all()

    def _decode(self, data: bytes, codec: str) -> tuple[Pixels | None, float]:
        decode = self._decoders.get(codec)
        if decode is None:
            decode = self._decoders[codec] = _decoder(codec)
        begun = time.perf_counter()
        picture = decode(data)
        return picture, time.perf_counter() - begun


def _decoder(codec: str) -> Decode:
    if codec in VIDEO:
        return _video(codec)
    return _jpeg if codec == "jpeg" else encode.decode


def _jpeg(data: bytes) -> Pixels:
    picture: Pixels = simplejpeg.decode_jpeg(data)
    return picture


def _video(codec: str) -> Decode:
    context = av.VideoCodecContext.create(VIDEO[codec], "r")
    assert isinstance(context, av.VideoCodecContext)
    # Threads by frame would hold pictures back.
    context.thread_count = 1
    context.flags |= av.codec.context.Flags.low_delay

    def decode(data: bytes) -> Pixels | None:
        try:
            frames = context.decode(av.Packet(data))
        except av.error.FFmpegError as error:
            raise NothingSeen(f"{codec} that cannot be decoded: {error}") from error
        return np.asarray(frames[-1].to_ndarray(format="rgb24"), np.uint8) if frames else None

    return decode
