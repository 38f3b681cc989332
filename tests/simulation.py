"""A stream with the device, the link and the client of `tests.machines`: what a person would see, and how late.

Real are `Stream` and all that it decides with; made up are times and bytes, and the hand.
"""

import itertools
import math
import random
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from msgspec.structs import replace

from render.frame import Frame, Timings
from render.intent import Intent, resolve
from render.ladder import Budget
from tests.arrays import memory_volume
from tests.machines import ON_THE_WIRE, TURN, Case, Client, Clock, Device, Drawing, Shown, Wire
from viewer_bridge.actions import Action, CancelRender, Encode, Encoded, Ping, Render, SendFrame, SendMessage, WakeAt
from viewer_bridge.encodings import Taste
from viewer_bridge.frames import Codec, FrameHeader
from viewer_bridge.link import Link
from viewer_bridge.navigate import orbit
from viewer_bridge.stream import Stream

STILL_BYTES, PNG_BYTES = 2.6, 10.0
"""What a picture takes that is still, without colours halved, and one without loss; relative to JPEG at 80."""

BYTES = {
    Codec.JPEG: {80: 1.0, 65: 0.76, 50: 0.63, 35: 0.52, 92: STILL_BYTES},
    Codec.WEBP: {75: 0.62, 60: 0.5, 45: 0.43, 30: 0.36},
    Codec.PNG: {100: PNG_BYTES},
}

LEAST_VIDEO = 0.03
"""What the coarsest quantiser of H.264 takes, relative to JPEG at 80; a key frame takes what it is told."""

STILL_VIDEO = 40
"""Bytes of the same picture once more."""

FINER = 0.3
"""A picture of half the width has 2 ** 0.3 as many bytes per pixel: there is more in each."""

ENCODING = {Codec.JPEG: 4e-9, Codec.WEBP: 24e-9, Codec.PNG: 60e-9, Codec.H264: 6e-9}
"""Seconds per pixel."""

OPENED = 6000
"""Bytes of what is told of the volume before the first picture."""

SHAPE = (3, 5, 7)
VOLUME = memory_volume(*(np.zeros([side << shift for side in SHAPE], np.uint8) for shift in (2, 1, 0)))


class World:
    """A clock and a device that several streams may share."""

    def __init__(self, seed: int = 1) -> None:
        self.clock, self.chance = Clock(), random.Random(seed)
        self.device = Device(self.clock)


class Simulation:
    """One client that opens a volume at time 0; `hand` moves the view, `run` lets time pass."""

    def __init__(self, case: Case, world: World | None = None) -> None:
        self.world = world or World()
        self.clock, self.case = self.world.clock, case
        self._chance = self.world.chance
        self._down, self._up = (Wire(self.clock, case.path, self._chance) for _ in range(2))
        self.client = Client(self.clock, case, self._chance, self._acknowledge)
        self.link = Link()
        self.made: dict[int, float] = {}
        self.sent: list[tuple[float, FrameHeader, int]] = []
        self.most_under_way = 0
        self.actions = 0
        self._view = replace(resolve(Intent(size=case.size), VOLUME.info, VOLUME.statistics), size=case.size)
        self._input = 1
        self._timer: object = None
        self._before: Frame | None = None
        taste = Taste(case.codecs, case.lossless)
        self.stream = Stream(VOLUME.info, self._view, Budget(2**30), self.link, taste)
        self.clock.at(self.clock.now, self._open)

    def hand(self, begin: float, seconds: float, rate: float) -> None:
        """Inputs at this rate, each at the server after the way up."""
        for step in range(round(seconds * rate)):
            self.clock.at(begin + step / rate, self._move)

    def run(self, until: float) -> "Simulation":
        self.clock.run(until)
        return self

    def _open(self) -> None:
        self._down.carry(OPENED, lambda: None)
        self._take(self.stream.on_open(1, 1, self.clock.now))

    def _move(self) -> None:
        self._input += 1
        number = self._input
        self.made[number] = self.clock.now
        self._up.carry(ON_THE_WIRE, lambda: self._on_input(number))

    def _on_input(self, number: int) -> None:
        self._view = replace(self._view, camera=orbit(self._view.camera, 0.01, 0.002))
        self._take(self.stream.on_input(number, self._view, number, self.clock.now))

    def _acknowledge(self, frame: int, decode: float) -> None:
        turn = self._chance.uniform(0, TURN)
        self.clock.after(turn, lambda: self._up.carry(ON_THE_WIRE, lambda: self._on_ack(frame, decode)))

    def _on_ack(self, frame: int, decode: float) -> None:
        self._take(self.stream.on_ack(frame, decode, 0, self.clock.now))

    def _take(self, actions: Sequence[Action]) -> None:
        self.actions += len(actions)
        for action in actions:
            self._do(action)

    def _do(self, action: Action) -> None:
        match action:
            case Render():
                self._render(action)
            case Encode():
                self._encode(action)
            case SendFrame(header, picture):
                self.sent.append((self.clock.now, header, len(picture)))
                self.most_under_way = max(self.most_under_way, self.link.frames_under_way)
                self._down.carry(len(picture) + ON_THE_WIRE, lambda: self.client.receive(header, len(picture)))
            case SendMessage():
                self._down.carry(10 * ON_THE_WIRE, lambda: None)
            case Ping(number):
                self._down.carry(ON_THE_WIRE, lambda: self._pong(number))
            case WakeAt(at):
                self._timer = action
                self.clock.at(at, lambda: self._wake(action))
            case CancelRender():
                self.world.device.cancel(self._drawing)

    def _pong(self, number: int) -> None:
        self._up.carry(ON_THE_WIRE, lambda: self.link.pong(number, self.clock.now))

    def _wake(self, timer: WakeAt) -> None:
        if timer is self._timer:
            self._take(self.stream.on_timer(self.clock.now))

    def _render(self, work: Render) -> None:
        quality, size = work.quality, work.view.size
        width, height = quality.drawn_size(size)
        finer = 2.0**-quality.level * quality.samples / quality.step
        seconds = width * height * self.case.draw * finer * self._chance.uniform(0.9, 1.1)

        def done() -> None:
            pixels = np.broadcast_to(np.uint8(0), (height, width, 4))
            frame = Frame(pixels, work.view, quality, "simulated", Timings(0.0, seconds))
            self._take(self.stream.on_rendered(work, frame, self.clock.now))

        self._drawing = Drawing(self, work.rung, seconds, done)
        self.world.device.draw(self._drawing)

    def _encode(self, work: Encode) -> None:
        height, width = work.frame.array.shape[:2]
        seconds = width * height * ENCODING[work.codec] * self._chance.uniform(0.9, 1.2)
        nbytes = self._nbytes(work, width * height)
        self.clock.after(seconds, lambda: self._encoded(work, nbytes, seconds))

    def _encoded(self, work: Encode, nbytes: int, seconds: float) -> None:
        video = work.codec is Codec.H264
        done = Encoded(bytes(nbytes), seconds, work.key, "avc1.42C01F" if video else "")
        self._take(self.stream.on_encoded(work, done, self.clock.now))

    def _nbytes(self, work: Encode, pixels: int) -> int:
        before, self._before = self._before, work.frame
        if work.codec is Codec.H264 and before is work.frame:
            return STILL_VIDEO
        case, now = self.case, self.clock.now
        scale = work.frame.quality.scale
        waves = 1 + case.waves * (math.sin(2.1 * now) + self._chance.uniform(-0.1, 0.1))
        whole = case.content * waves * pixels * scale**-FINER
        if work.codec is not Codec.H264:
            return round(whole * BYTES[work.codec][work.quality])
        return round(min(max(work.nbytes * self._chance.uniform(0.75, 1.05), whole * LEAST_VIDEO), whole))


@dataclass(frozen=True, slots=True)
class Seen:
    """What a drag looked like: how many seconds `late` each input was on the screen, in order, and the pictures."""

    late: tuple[float, ...]
    shown: tuple[Shown, ...]
    seconds: float

    @property
    def rate(self) -> float:
        """Pictures a second."""
        return len(self.shown) / self.seconds

    @property
    def last(self) -> float:
        return self.late[-1]

    def percentile(self, share: float) -> float:
        return sorted(self.late)[min(len(self.late) - 1, int(share * len(self.late)))]

    @property
    def rungs(self) -> list[tuple[int, int, int]]:
        """Width, codec and quality of each picture."""
        return [(one.header.width, one.header.codec, one.header.quality) for one in self.shown]

    @property
    def changes(self) -> int:
        """Of the rung, from picture to picture."""
        return sum(one != two for one, two in itertools.pairwise(self.rungs))


def seen(simulation: Simulation, begin: float, end: float) -> Seen:
    """Of the inputs made in that time, and the pictures shown in it."""
    waiting = deque(sorted((made, number) for number, made in simulation.made.items() if begin <= made < end))
    late = []
    for picture in simulation.client.shown:
        while waiting and waiting[0][1] <= picture.header.input:
            late.append(picture.at - waiting.popleft()[0])
    late += [math.inf] * len(waiting)
    return Seen(tuple(late), tuple(one for one in simulation.client.shown if begin <= one.at < end), end - begin)
