"""Encoded pictures to frames on a link: numbered, and cut where the link is slow; pure.

A draft is one frame, and goes out at once: there was room for it before it was drawn. A still picture that would keep
the link busy for long is cut into parts that go out one after the other, so that new input waits for one part at the
most; those that are left are dropped then.
"""

from collections import deque

from viewer_bridge.actions import Encode, Encoded, Ping, SendFrame, SendMessage
from viewer_bridge.frames import MOST_PARTS, Codec, FrameHeader, Rung
from viewer_bridge.link import MOST_FRAMES, Link
from viewer_bridge.protocol import Video

PART = 0.04
"""Seconds that a part occupies the link: so long new input waits behind a still picture."""

SMALLEST_PART = 8192
"""Bytes; smaller ones would be headers and acknowledgements mostly."""


class Outgoing:
    """The pictures of one stream on their way into the `link`."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._parts: deque[SendFrame] = deque()
        self._video: Video | None = None

    @property
    def pending(self) -> bool:
        """Whether parts of a picture wait to be sent."""
        return bool(self._parts)

    def drop(self) -> None:
        """Nobody wants the rest of the picture that is being sent."""
        self._parts.clear()

    def add(self, encode: Encode, encoded: Encoded, now: float) -> list[Ping | SendMessage | SendFrame]:
        """A picture is ready: what is to be sent of it at once; it replaces what waited."""
        self.drop()
        whole = memoryview(encoded.picture)
        size = len(whole) if encode.render.rung is Rung.DRAFT else self._part_size(len(whole))
        header = _header(encode, encoded)._replace(parts=max(1, -(-len(whole) // size)))
        self._parts.extend(
            SendFrame(header._replace(part=part), whole[part * size : (part + 1) * size])
            for part in range(header.parts)
        )
        announced = self._announce(encode, encoded)
        if encode.render.rung is Rung.DRAFT:
            return [*announced, *self._send(now)]
        return [*announced, *self.send(0, now)]

    def send(self, unsent: int, now: float) -> list[Ping | SendMessage | SendFrame]:
        """The parts that there is room for; the socket still holds `unsent` bytes."""
        sent: list[Ping | SendMessage | SendFrame] = []
        while self._parts and self._link.has_room(len(self._parts[0].picture), MOST_FRAMES, unsent, now):
            sent += self._send(now)
        return sent

    def _send(self, now: float) -> list[Ping | SendMessage | SendFrame]:
        frame = self._parts.popleft()
        # A client decodes when the last part is there.
        pixels = 0 if self._parts else frame.header.width * frame.header.height
        ping = [Ping(self._link.ping(now))] if self._link.wants_ping(now) else []
        number = self._link.send(len(frame.picture), pixels, now, Codec(frame.header.codec))
        return [*ping, SendFrame(frame.header._replace(frame=number), frame.picture)]

    def _part_size(self, nbytes: int) -> int:
        wanted = max(PART * min(self._link.bandwidth, nbytes / PART), SMALLEST_PART)
        return max(round(wanted), -(-nbytes // MOST_PARTS))

    def _announce(self, encode: Encode, encoded: Encoded) -> list[SendMessage]:
        """What a decoder of H.264 must know before the first of its frames."""
        if encode.codec is not Codec.H264:
            return []
        height, width = encode.frame.array.shape[:2]
        video = Video(encoded.video, width, height)
        if video == self._video:
            return []
        self._video = video
        return [SendMessage(video)]


def _header(encode: Encode, encoded: Encoded) -> FrameHeader:
    render, frame = encode.render, encode.frame
    height, width = frame.array.shape[:2]
    return FrameHeader(
        codec=encode.codec,
        rung=render.rung,
        level=frame.quality.level,
        quality=encode.quality,
        key=int(encoded.key),
        part=0,
        parts=1,
        frame=0,
        input=render.input,
        view_version=render.version,
        width=width,
        height=height,
        view_width=render.view.size[0],
        view_height=render.view.size[1],
        render_us=_microseconds(frame.timings.render),
        encode_us=_microseconds(encoded.seconds),
    )


def _microseconds(seconds: float) -> int:
    return min(round(seconds * 1e6), 2**32 - 1)
