"""How many frames may be on their way to a client: enough to keep the link busy, too few to queue up in it; pure.

Only the client's own acknowledgement sees a slow link: the kernel takes megabytes without a word.
"""

from dataclasses import dataclass, field

LEAST, MOST = 2, 4
SMOOTHING = 0.3
"""The weight of the newest measurement."""


@dataclass(slots=True)
class AckWindow:
    """Numbers the frames of a connection and knows which of them have not been acknowledged. Times in seconds.

    The window is one frame more than fit into a round trip. The round trip is measured on frames that had the link to
    themselves, and the time between frames as acknowledgements come in: so a long link opens the window, and a slow
    one, where more frames would only wait for each other, does not.
    """

    _number: int = 0
    _sent: dict[int, tuple[float, bool]] = field(default_factory=dict)
    _round_trip: float | None = None
    _interval: float | None = None
    _last_ack: float | None = None

    @property
    def unacknowledged(self) -> int:
        return len(self._sent)

    @property
    def size(self) -> int:
        """Frames that may be under way at once."""
        if self._round_trip is None or self._interval is None:
            return LEAST
        return max(LEAST, min(MOST, 1 + round(self._round_trip / max(self._interval, 1e-3))))

    def send(self, now: float) -> int:
        """The number of a frame that is sent now."""
        if not self._sent:
            self._last_ack = None
        self._number += 1
        self._sent[self._number] = (now, not self._sent)
        return self._number

    def acknowledge(self, number: int, now: float) -> None:
        """All frames up to `number` are dealt with; a number that was never sent, or twice, changes nothing."""
        if number not in self._sent:
            return
        sent_at, alone = self._sent[number]
        frames = [n for n in self._sent if n <= number]
        for n in frames:
            del self._sent[n]
        if alone:
            self._round_trip = _smoothed(self._round_trip, now - sent_at)
        if self._last_ack is not None:
            self._interval = _smoothed(self._interval, (now - self._last_ack) / len(frames))
        self._last_ack = now


def _smoothed(old: float | None, new: float) -> float:
    return new if old is None else old + SMOOTHING * (new - old)
