"""Machines of a simulation, on a clock that is driven: a device, a link and a client, as they are seen from a stream.

The kernel on the way swallows whatever it is given, as real ones do with megabytes: only acknowledgements tell.
"""

import heapq
import itertools
import math
import random
from collections.abc import Callable
from dataclasses import dataclass

from viewer_bridge.frames import Codec, FrameHeader, Rung

MEGABIT = 125_000.0
"""Bytes."""

DENSE, THICK = 45_000 / 2**20, 90_000 / 2**20
"""Bytes per pixel of JPEG at 80: pictures of a phantom, and of noisy tissue that fills the picture."""

ON_THE_WIRE = 60
"""Bytes of a small message with all headers around it."""

TURN = 0.001
"""Seconds that an event may wait for its turn at the client."""

STEP = 0.05
"""Seconds for which a device is not interrupted."""


class Clock:
    """Calls what is due, in the order of time."""

    def __init__(self) -> None:
        self.now = 0.0
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()

    def at(self, time: float, call: Callable[[], None]) -> None:
        heapq.heappush(self._due, (max(time, self.now), next(self._order), call))

    def after(self, seconds: float, call: Callable[[], None]) -> None:
        self.at(self.now + seconds, call)

    def run(self, until: float) -> None:
        while self._due and self._due[0][0] <= until:
            self.now, _, call = heapq.heappop(self._due)
            call()
        self.now = until


@dataclass(slots=True, eq=False)
class Drawing:
    """A picture that somebody waits for."""

    owner: object
    rung: Rung
    seconds: float
    done: Callable[[], None]


class Device:
    """Draws in steps: drafts of anybody first, and of equals that of whoever was served longest ago."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._waiting: list[Drawing] = []
        self._served: dict[object, float] = {}
        self._busy = False

    def draw(self, drawing: Drawing) -> None:
        self._waiting.append(drawing)
        self._begin()

    def cancel(self, drawing: Drawing) -> None:
        """It is not drawn any further."""
        if drawing in self._waiting:
            self._waiting.remove(drawing)

    def _begin(self) -> None:
        if self._busy or not self._waiting:
            return
        self._busy = True
        one = min(self._waiting, key=lambda one: (one.rung is not Rung.DRAFT, self._served.get(one.owner, 0.0)))
        step = min(STEP, one.seconds)

        def finish() -> None:
            self._busy = False
            self._served[one.owner] = self._clock.now
            one.seconds -= step
            if one.seconds <= 0 and one in self._waiting:
                self._waiting.remove(one)
                one.done()
            self._begin()

        self._clock.after(step, finish)


@dataclass(frozen=True, slots=True)
class Path:
    """A way between server and client: from each time on so many bytes a second; seconds one way, and what adds."""

    rates: tuple[tuple[float, float], ...] = ((0.0, 100 * MEGABIT),)
    delay: float = 0.0005
    jitter: float = 0.0


class Wire:
    """One direction of a path: what is given to it waits for its turn and arrives in order."""

    def __init__(self, clock: Clock, path: Path, chance: random.Random) -> None:
        self._clock, self._path, self._chance = clock, path, chance
        self._free = self._last = 0.0

    def carry(self, nbytes: int, arrive: Callable[[], None]) -> None:
        self._free = self._until(max(self._clock.now, self._free), nbytes)
        delay = self._path.delay + self._chance.uniform(0, self._path.jitter)
        self._last = max(self._last, self._free + delay)
        self._clock.at(self._last, arrive)

    def _until(self, begin: float, nbytes: float) -> float:
        """When so many bytes are through that begin at this time."""
        steps = [*self._path.rates, (math.inf, 1.0)]
        for (_, rate), (end, _) in itertools.pairwise(steps):
            if end <= begin:
                continue
            if begin + nbytes / rate <= end:
                return begin + nbytes / rate
            nbytes -= (end - begin) * rate
            begin = end
        raise AssertionError("the last rate lasts for ever")


@dataclass(frozen=True, slots=True)
class Case:
    """What a stream meets. `draw` and `decode` are seconds per pixel, `content` bytes per pixel of JPEG at 80."""

    path: Path = Path()
    size: tuple[int, int] = (1024, 1024)
    draw: float = 5e-9
    decode: float = 5e-9
    content: float = DENSE
    codecs: tuple[Codec, ...] = (Codec.JPEG,)
    lossless: bool = False
    waves: float = 0.2
    """The share by which the content goes up and down within seconds; a tenth as much from picture to picture."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture on the client's screen."""

    at: float
    header: FrameHeader
    nbytes: int


class Client:
    """Decodes, drops, acknowledges and answers pings as `docs/protocol.md` and the page do."""

    def __init__(self, clock: Clock, case: Case, chance: random.Random, tell: Callable[[int, float], None]) -> None:
        self._clock, self._case, self._chance, self._tell = clock, case, chance, tell
        self.shown: list[Shown] = []
        self._next: tuple[FrameHeader, int] | None = None
        self._decoding = False
        self._video_free = 0.0
        self._gathered = 0

    def receive(self, header: FrameHeader, nbytes: int) -> None:
        self._gathered = nbytes if header.part == 0 else self._gathered + nbytes
        if header.part < header.parts - 1:
            self._tell(header.frame, 0.0)
        elif header.codec == Codec.H264:
            self._decode_video(header, nbytes)
        else:
            self._next = (header, self._gathered)
            self._decode()

    def _seconds(self, header: FrameHeader) -> float:
        return header.width * header.height * self._case.decode * self._chance.uniform(0.8, 1.2)

    def _decode_video(self, header: FrameHeader, nbytes: int) -> None:
        """Each of them, in a decoder of its own; the time that a frame waits there counts."""
        came = self._clock.now
        self._video_free = max(came, self._video_free) + self._seconds(header)
        self._clock.at(self._video_free, lambda: self._show(header, nbytes, came))

    def _decode(self) -> None:
        """The newest that is there; those that it replaced are acknowledged with it."""
        if self._decoding or self._next is None:
            return
        (header, nbytes), self._next = self._next, None
        self._decoding = True
        began = self._clock.now

        def done() -> None:
            self._decoding = False
            self._show(header, nbytes, began)
            self._decode()

        self._clock.after(self._seconds(header), done)

    def _show(self, header: FrameHeader, nbytes: int, began: float) -> None:
        if not self.shown or header.frame > self.shown[-1].header.frame:
            self.shown.append(Shown(self._clock.now, header, nbytes))
        self._tell(header.frame, self._clock.now - began)
