"""What gives first when time is short: which rung a moving picture is drawn and encoded at; pure.

A picture's way from an input to the screen is drawing, encoding, the link and decoding. Each of them is measured, and
foretold for other rungs by the number of samples, pixels and bytes. The best rung is taken whose way keeps to
`TARGET` and none of whose stages takes longer than a frame: quality of the encoding gives way first, then the
picture's scale, the sampling step, and the level; when all have, the frame rate does. A finer rung is tried when it
would have had time to spare for a while, so that the picture does not flicker between two.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import NamedTuple

from msgspec.structs import replace

from render.scene import Quality
from viewer_bridge.frames import Codec
from viewer_bridge.link import Link

FRAME = 1 / 30
"""Seconds from one picture to the next in a moving one."""

TARGET = 0.1
"""Seconds from an input to the picture that shows it ..."""

LEAST_WORK = 0.06
"""... of which a long link must leave so many: distance cannot be made up for by a worse picture."""


class Work(NamedTuple):
    """How much of a view is drawn: `scale` and `step` of Quality, and how many levels `coarser` than its draft's."""

    scale: float
    step: float
    coarser: int

    @property
    def samples(self) -> float:
        """The number of samples, as a share of those of the first rung."""
        return self.scale * self.scale / self.step / (1 << self.coarser)


WORKS = tuple(
    Work(*one)
    for one in (
        (1.0, 1.0, 0),
        (0.75, 1.0, 0),
        (0.5, 1.0, 0),
        (0.5, 2.0, 0),
        (0.35, 2.0, 0),
        (0.25, 2.0, 0),
        (0.25, 3.0, 0),
        (0.25, 3.0, 1),
        (0.25, 3.0, 2),
    )
)
"""The best first; each takes about half the time of the one before."""

QUALITIES: dict[Codec, tuple[tuple[int, float], ...]] = {
    Codec.JPEG: ((80, 1.0), (65, 0.76), (50, 0.63), (35, 0.52)),
    Codec.WEBP: ((75, 0.62), (60, 0.5), (45, 0.43), (30, 0.36)),
    Codec.H264: ((80, 0.45), (60, 0.25), (45, 0.15), (30, 0.08)),
}
"""Encodings of about equal looks in each column, the best first, with their bytes relative to JPEG at 80.

Those of JPEG and WebP are medians over renderings of CT, MRI and electron microscopy; H.264 is told how many to take.
"""

ENCODE_PIXEL = {Codec.JPEG: 4e-9, Codec.WEBP: 24e-9, Codec.H264: 7e-9}
"""Seconds per pixel, until they are measured."""

BYTES_PIXEL = 0.085
"""Bytes per pixel of JPEG at 80, until they are measured: a dense picture's."""

FITS, SPARE = 0.85, 0.6
"""Shares of the time there is: what a coarser rung may take to be coarse enough, and a finer one to be tried."""

SLOW_AFTER, QUICK_AFTER = 2, 6
"""Pictures in a row that must say so before a rung changes."""

QUICKER = 0.6
"""The share of the present codec's time below which another is taken that looks the same."""

SMOOTHING = 0.3
"""The weight of the newest measurement."""

REFINED = (4, 16, 64)
"""Rays a pixel of one picture after the other, while the view is still."""

REFINING = 1.5
"""Seconds that the next of them may take."""


class Coding(NamedTuple):
    """`looks` is the column of QUALITIES, 0 the best."""

    looks: int
    codec: Codec

    @property
    def quality(self) -> int:
        return QUALITIES[self.codec][self.looks][0]

    @property
    def size(self) -> float:
        return QUALITIES[self.codec][self.looks][1]


class Choice(NamedTuple):
    """A rung: index into WORKS, and how it is encoded. Smaller is better."""

    work: int
    coding: Coding

    def draft(self, quality: Quality, coarsest: int) -> Quality:
        """`quality` at this rung; `coarsest` is the last level there is."""
        scale, step, coarser = WORKS[self.work]
        return replace(quality, scale=scale, step=step, level=min(quality.level + coarser, coarsest))


FIRST = Choice(3, Coding(0, Codec.JPEG))
"""The rung that a stream begins with, before anything is measured."""


@dataclass(slots=True)
class Times:
    """What pictures of a stream have taken: drawing, encoding, bytes; the link knows the rest."""

    _draw: deque[float] = field(default_factory=lambda: deque(maxlen=3))
    """Seconds per pixel of the whole view at the first rung. The median counts: one that compiled a kernel does not."""
    waited: float = 0.0
    """Seconds before the device was free."""
    _encode: dict[Codec, float] = field(default_factory=lambda: dict(ENCODE_PIXEL))
    _bytes: float = BYTES_PIXEL

    def drawn(self, work: int, view_pixels: int, seconds: float, waited: float) -> None:
        self._draw.append(seconds / (WORKS[work].samples * view_pixels))
        self.waited += (waited - self.waited) * SMOOTHING

    def encoded(self, coding: Coding, pixels: int, seconds: float, nbytes: int) -> None:
        old = self._encode[coding.codec]
        self._encode[coding.codec] = old + (seconds / pixels - old) * SMOOTHING
        if coding.codec is not Codec.H264:  # It takes as many bytes as it was told.
            self._bytes += (nbytes / pixels / coding.size - self._bytes) * SMOOTHING

    def nbytes(self, choice: Choice, view_pixels: int) -> float:
        """What a picture of this rung will take."""
        return self._bytes * choice.coding.size * view_pixels * WORKS[choice.work].scale ** 2

    def stages(self, choice: Choice, view_pixels: int, link: Link) -> tuple[float, float, float, float]:
        """Seconds of drawing, encoding, the link and decoding, foretold for a rung."""
        work = WORKS[choice.work]
        pixels = view_pixels * work.scale**2
        return (
            (median(self._draw) if self._draw else 0.0) * work.samples * view_pixels,
            self._encode[choice.coding.codec] * pixels,
            link.seconds(self.nbytes(choice, view_pixels)),
            link.decode_pixel * pixels,
        )


@dataclass(frozen=True, slots=True)
class Pace:
    """The rung that is drawn; `streak` counts pictures in a row that wanted a finer one (a coarser, where negative)."""

    choice: Choice = FIRST
    streak: int = 0

    def after(self, times: Times, link: Link, view_pixels: int, codecs: Sequence[Codec]) -> "Pace":
        """The pace after a picture was measured, for a client that takes `codecs`."""
        outlook = _Outlook(times, link, view_pixels, codecs, self.choice.coding.codec)
        best = outlook.best(1.0)
        if best > self.choice:
            coarse = outlook.best(FITS)
            if coarse.work == self.choice.work:
                return Pace(coarse)
            slow = min(self.streak, 0) - 1
            return Pace(coarse) if slow <= -SLOW_AFTER else Pace(self.choice, slow)
        fine = outlook.best(SPARE)
        if fine >= self.choice:
            return Pace(self._same_looks(fine))
        quick = max(self.streak, 0) + 1
        return Pace(fine) if quick >= QUICK_AFTER else Pace(self.choice, quick)

    def within(self, codecs: Sequence[Codec]) -> "Pace":
        """The pace for a client that takes only `codecs`."""
        work, (looks, codec) = self.choice
        return self if codec in codecs else Pace(Choice(work, Coding(looks, Codec.JPEG)))

    def _same_looks(self, other: Choice) -> Choice:
        """Another codec is taken where that changes nothing else."""
        same = other.work == self.choice.work and other.coding.looks == self.choice.coding.looks
        return other if same else self.choice


@dataclass(frozen=True, slots=True)
class _Outlook:
    """What is foretold of every rung."""

    times: Times
    link: Link
    view_pixels: int
    codecs: Sequence[Codec]
    present: Codec

    def best(self, share: float) -> Choice:
        """The best rung that takes at most this share of the time there is; else the last."""
        target = max(TARGET, self.link.round_trip + LEAST_WORK) - self.link.round_trip - self.times.waited
        for rivals in self._rungs():
            ways = {choice: self.times.stages(choice, self.view_pixels, self.link) for choice in rivals}
            fitting = {
                choice: sum(way)
                for choice, way in ways.items()
                if max(way) <= share * FRAME and sum(way) <= share * target
            }
            if fitting:
                return self._quickest(fitting)
        return self._quickest({choice: sum(way) for choice, way in ways.items()})

    def _rungs(self) -> Iterator[list[Choice]]:
        """Rungs, the best first; those in one list look the same."""
        for work in range(len(WORKS)):
            for looks in range(len(QUALITIES[Codec.JPEG])):
                yield [Choice(work, Coding(looks, codec)) for codec in self.codecs if codec in QUALITIES]

    def _quickest(self, takes: dict[Choice, float]) -> Choice:
        """The one that takes least, but that of the present codec where it is hardly slower."""
        quickest = min(takes, key=lambda choice: takes[choice])
        present = next((choice for choice in takes if choice.coding.codec is self.present), quickest)
        return present if takes[quickest] > QUICKER * takes[present] else quickest


def refined(quality: Quality, seconds: float, before: int) -> Quality | None:
    """What comes after a still picture of `quality`, or None where it is good enough or would take too long.

    The picture took `seconds` and had `before` of its rays from an earlier one: a renderer draws only those added.
    """
    samples = next((samples for samples in REFINED if samples > quality.samples), None)
    if samples is None:
        return None
    added = (samples - quality.samples) / max(1, quality.samples - before)
    return replace(quality, samples=samples) if seconds * added <= REFINING else None
