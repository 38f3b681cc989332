"""What is known about the way to a client and back, and how much may be on it; pure, times in seconds.

Only the client's own acknowledgement sees a slow link: the kernel, and every proxy in between, take megabytes without
a word. The round trip of the bare link is measured with pings, which any WebSocket answers by itself. A frame occupies
the link from when it could arrive at the earliest (a round trip after it was sent, or right after the one before) to
when it did; bytes over that time is the bandwidth. The client's decoding is told apart, since it says by itself what
it took; a frame that came while the client was still decoding the one before says nothing about the link.
"""

import math
from collections import deque
from dataclasses import dataclass, field
from statistics import median_low

from viewer_bridge.frames import Codec

QUEUE = 0.05
"""Seconds of bytes that may wait in front of the link: an idle link wastes frames, a queue shows them late."""

MOST_FRAMES = 12
"""Under way at once, whatever the round trip: 200 ms at 60 a second."""

MEMORY = 0.85
"""How much of what was measured is kept at each acknowledgement: of about seven frames ..."""

AGE = 1 / 30
"""... and for each time that a frame took so many seconds: a link that has become slow must not need seven to tell."""

SHORTEST = 0.001
"""What a frame takes at the least; scheduling on either side is no finer than this."""

PACKET = 1400
"""Bytes of a frame, at the least, that says anything about bandwidth: a smaller one takes what an empty one does."""

AT_ONCE = 0.002
"""A client that begins to decode so soon after its last acknowledgement had the frame already."""

PING_EVERY = 1.0
"""Seconds between pings while frames flow."""

ROUND_TRIPS = 8
"""Pings whose median counts. Where the delay varies, all that a frame is later than the quickest of them would be put
down to its bytes, and pictures would be made smaller for nothing."""


@dataclass(frozen=True, slots=True)
class _Sent:
    at: float
    nbytes: int
    pixels: int
    codec: Codec


@dataclass(slots=True)
class Link:
    """Numbers the frames of a connection, knows which are under way, and what its link is like."""

    round_trip: float = 0.0
    """Of an empty message; 0 until the first ping has come back."""
    _decode: dict[Codec, float] = field(default_factory=dict)
    """Seconds that the client says it takes to decode and draw one pixel of a picture."""
    _number: int = 0
    _sent: dict[int, _Sent] = field(default_factory=dict)
    _pings: deque[float] = field(default_factory=lambda: deque(maxlen=ROUND_TRIPS))
    _ping: int = 0
    _pinged: float = -math.inf
    _arrived: float = -math.inf
    _acknowledged: float = -math.inf
    _busy: float = 0.0
    _moved: float = 0.0

    @property
    def frames_under_way(self) -> int:
        return len(self._sent)

    @property
    def bytes_under_way(self) -> int:
        return sum(sent.nbytes for sent in self._sent.values())

    @property
    def bandwidth(self) -> float:
        """Bytes a second; infinite until something was acknowledged."""
        return self._moved / self._busy if self._busy else math.inf

    def decode_pixel(self, codec: Codec) -> float:
        """Seconds that the client takes to decode and draw a pixel; those of another codec where it is not known."""
        return self._decode.get(codec, max(self._decode.values(), default=0.0))

    def seconds(self, nbytes: float) -> float:
        """How long so many bytes occupy the link."""
        return nbytes / self.bandwidth

    def has_room(self, coming: float, frames: int, unsent: int, now: float) -> bool:
        """Whether a frame of about `coming` bytes may be made, where `frames` are enough to keep the link busy.

        `unsent` is what the socket has not given to the link yet: it is under way however the link is reckoned.
        """
        if not self._sent:
            return True
        if self.frames_under_way >= min(frames, MOST_FRAMES) or self._acknowledged == -math.inf:
            return False  # The first frame alone: it tells what the link is like.
        return max(self.bytes_under_way, unsent) + coming <= self._bandwidth(now) * (self.round_trip + QUEUE)

    def send(self, nbytes: int, pixels: int, now: float, codec: Codec = Codec.JPEG) -> int:
        """The number of a frame that is sent now; `pixels` are those that the client decodes for it."""
        self._number += 1
        self._sent[self._number] = _Sent(now, nbytes, pixels, codec)
        return self._number

    def acknowledge(self, number: int, decode: float, now: float) -> None:
        """All frames up to `number` are dealt with; a number that was never sent, or twice, changes nothing."""
        if number not in self._sent:
            return
        last = self._sent[number]
        done = [self._sent.pop(one) for one in list(self._sent) if one <= number]
        decode = min(decode, now - last.at)
        if last.pixels:
            before = self._decode.get(last.codec, 0.0)
            self._decode[last.codec] = before + (decode / last.pixels - before) * (1 - MEMORY)
        self._measure(done, now - decode)
        self._acknowledged = now

    def _measure(self, done: list[_Sent], arrived: float) -> None:
        """`done` were all there at `arrived`."""
        client_was_busy = done[0].at < self._acknowledged and arrived - self._acknowledged < AT_ONCE
        nbytes = sum(sent.nbytes for sent in done)
        if nbytes >= PACKET and not client_was_busy:
            busy = max(arrived - self._earliest(done[0]), SHORTEST)
            kept = MEMORY ** max(1.0, busy / AGE)
            self._busy = self._busy * kept + busy
            self._moved = self._moved * kept + nbytes
        self._arrived = max(arrived, self._arrived)

    def _earliest(self, sent: _Sent) -> float:
        """When it could be there if the link took no time for its bytes."""
        return max(self._arrived, sent.at + self.round_trip)

    def _bandwidth(self, now: float) -> float:
        """What it is at most, where the frame that comes next is late: its bytes over the time that it has had."""
        first = next(iter(self._sent.values()))
        late = now - self._earliest(first) - 2 * self.decode_pixel(first.codec) * first.pixels
        return min(self.bandwidth, first.nbytes / late) if late > 0 else self.bandwidth

    def wants_ping(self, now: float) -> bool:
        """Whether the bare link should be measured: nothing is on it, and it has not been for a while."""
        return not self._sent and now - self._pinged >= PING_EVERY

    def ping(self, now: float) -> int:
        """The number of a ping that is sent now."""
        self._ping += 1
        self._pinged = now
        return self._ping

    def pong(self, number: int, now: float) -> None:
        """The ping of this number has come back; only the last one counts."""
        if number == self._ping:
            self._pings.append(max(0.0, now - self._pinged))
            self.round_trip = median_low(self._pings)
