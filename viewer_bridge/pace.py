"""Which rung a moving picture is drawn and encoded at, so that it keeps up with the hand; pure.

A picture's way from an input to the screen is drawing, encoding, the link and decoding. Each of them is measured, and
foretold for other rungs by the number of samples, pixels and bytes. The best rung is taken whose way keeps to
`TARGET` and none of whose stages takes longer than a frame; when there is none, the frame rate gives way. A finer rung
is tried when it would have had time to spare for a while, so that the picture does not flicker between two.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import NamedTuple

from viewer_bridge.frames import Codec
from viewer_bridge.link import SHORTEST, Link
from viewer_bridge.rungs import AREAS, FIRST, QUALITIES, SAMPLES, WORKS, Choice, Coding

FRAME = 1 / 30
"""Seconds from one picture to the next in a moving one."""

TARGET = 0.1
"""Seconds from an input to the picture that shows it ..."""

LEAST_WORK = 0.06
"""... of which a long link must leave so many: distance cannot be made up for by a worse picture."""


ENCODE_PIXEL = {Codec.JPEG: 4e-9, Codec.WEBP: 24e-9, Codec.H264: 7e-9}
"""Seconds per pixel, until they are measured."""

BYTES_PIXEL = 0.085
"""Bytes per pixel of JPEG at 80, until they are measured: a dense picture's."""

FITS, SPARE = 0.85, 0.6
"""Shares of the time there is: what a coarser rung may take to be coarse enough, and a finer one to be tried."""

SLOW_AFTER, QUICK_AFTER = 2, 6
"""Pictures in a row that must say so before a rung changes."""

GROSS = 2.0
"""The share of the time there is above which one picture is enough: the next would be as late."""

QUICKER = 0.6
"""The share of the present codec's time below which another is taken that looks the same."""

MOST_SHARED = 7.0
"""How many others a device is shared with at the most: a longer wait is for something that no rung makes shorter."""

SMOOTHING = 0.3
"""The weight of the newest measurement."""


@dataclass(slots=True)
class Times:
    """What pictures of a stream have taken: drawing, encoding, bytes; the link knows the rest."""

    _draw: deque[float] = field(default_factory=lambda: deque([0.0, 0.0], maxlen=3))
    """Seconds per pixel of the whole view at the first rung. The median counts: one that compiled a kernel does not,
    not even the very first."""
    _shared: float = 0.0
    """How many times as long as it was drawn a picture waited: others on the device draw about the same as this one."""
    _encode: dict[Codec, float] = field(default_factory=lambda: dict(ENCODE_PIXEL))
    _bytes: float = BYTES_PIXEL

    def drawn(self, work: int, view_pixels: int, seconds: float, waited: float) -> None:
        self._draw.append(seconds / (WORKS[work].samples * view_pixels))
        self._shared += (min(waited / max(seconds, SHORTEST), MOST_SHARED) - self._shared) * SMOOTHING

    def encoded(self, coding: Coding, pixels: int, seconds: float, nbytes: int) -> None:
        old = self._encode[coding.codec]
        self._encode[coding.codec] = old + (seconds / pixels - old) * SMOOTHING
        if coding.codec is not Codec.H264:  # It takes as many bytes as it was told.
            self._bytes += (nbytes / pixels / coding.size - self._bytes) * SMOOTHING

    def nbytes(self, choice: Choice, view_pixels: int) -> float:
        """What a picture of this rung will take."""
        return self._bytes * choice.coding.size * view_pixels * WORKS[choice.work].scale ** 2

    def jpeg_bytes(self, pixels: float) -> float:
        """What so many pixels take as JPEG at 80."""
        return self._bytes * pixels

    def video_bytes(self, choice: Choice, view_pixels: int, link: Link) -> float:
        """What an encoder of H.264 is told: as many as the link takes in a frame, but no more than look better."""
        best = choice._replace(coding=choice.coding._replace(looks=0))
        return min(self.nbytes(best, view_pixels), link.bandwidth * FRAME * FITS)

    def whole(self, view_pixels: int, link: Link) -> "Whole":
        """What the first rung is foretold to take."""
        return Whole(
            median(self._draw) * view_pixels * (1 + self._shared),
            {codec: seconds * view_pixels for codec, seconds in self._encode.items()},
            link.seconds(self._bytes * view_pixels),
            {codec: link.decode_pixel(codec) * view_pixels for codec in self._encode},
        )


class Whole(NamedTuple):
    """Seconds that a picture of the first rung takes: drawing and waiting for it, encoding, the link, decoding."""

    draw: float
    encode: dict[Codec, float]
    link: float
    decode: dict[Codec, float]

    def stages(self, choice: Choice) -> tuple[float, float, float, float]:
        """What another rung takes."""
        work, (looks, codec) = choice
        area = AREAS[work]
        size = QUALITIES[codec][looks][1]
        return self.draw * SAMPLES[work], self.encode[codec] * area, self.link * size * area, self.decode[codec] * area


@dataclass(frozen=True, slots=True)
class Pace:
    """The rung that is drawn; `streak` counts pictures in a row that wanted a finer one (a coarser, where negative)."""

    choice: Choice = FIRST
    streak: int = 0

    def after(self, times: Times, link: Link, view_pixels: int, codecs: Sequence[Codec]) -> "Pace":
        """The pace of the next picture, by all that was measured so far, for a client that takes `codecs`."""
        target = max(TARGET - link.round_trip, LEAST_WORK)
        outlook = _Outlook(times.whole(view_pixels, link), target, codecs, self.choice.coding.codec)
        if not outlook.fits(self.choice, 1.0):
            coarse = outlook.best(FITS)
            slow = min(self.streak, 0) - 1
            at_once = coarse.work == self.choice.work or not outlook.fits(self.choice, GROSS)
            return Pace(coarse) if at_once or slow <= -SLOW_AFTER else Pace(self.choice, slow)
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

    whole: Whole
    target: float
    codecs: Sequence[Codec]
    present: Codec

    def fits(self, choice: Choice, share: float) -> bool:
        """Whether a rung takes at most this share of the time there is."""
        stages = self.whole.stages(choice)
        return max(stages) <= share * FRAME and sum(stages) <= share * self.target

    def best(self, share: float) -> Choice:
        """The best rung that fits into this share of the time there is; else the last that takes least."""
        for rivals in self._rungs():
            fitting = [choice for choice in rivals if self.fits(choice, share)]
            if fitting:
                return self._quickest(fitting)
        return min(rivals, key=self._takes)

    def _takes(self, choice: Choice) -> float:
        return sum(self.whole.stages(choice))

    def _rungs(self) -> Iterator[list[Choice]]:
        """Rungs, the best first; those in one list look the same."""
        for work in range(len(WORKS)):
            for looks in range(len(QUALITIES[Codec.JPEG])):
                yield [Choice(work, Coding(looks, codec)) for codec in self.codecs if codec in QUALITIES]

    def _quickest(self, rivals: list[Choice]) -> Choice:
        """JPEG where it fits, which is the least work at both ends; else the codec that takes least.

        The present codec stays where it is hardly slower.
        """
        if rivals[0].coding.codec is Codec.JPEG:
            return rivals[0]
        quickest = min(rivals, key=self._takes)
        present = next((choice for choice in rivals if choice.coding.codec is self.present), quickest)
        return present if self._takes(quickest) > QUICKER * self._takes(present) else quickest
