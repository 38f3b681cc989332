"""The rungs of a picture: how much is drawn of it and how it is encoded while it moves, how many rays when it is still.

Quality of the encoding gives way first, then the picture's scale, the sampling step, and the level.
"""

from typing import NamedTuple

from msgspec.structs import replace

from render.scene import Quality
from viewer_bridge.frames import Codec


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

AREAS = tuple(work.scale**2 for work in WORKS)
SAMPLES = tuple(work.samples for work in WORKS)
"""The pixels and the samples of each, as shares of those of the first."""

QUALITIES: dict[Codec, tuple[tuple[int, float], ...]] = {
    Codec.JPEG: ((80, 1.0), (65, 0.76), (50, 0.63), (35, 0.52)),
    Codec.WEBP: ((75, 0.62), (60, 0.5), (45, 0.43), (30, 0.36)),
    Codec.H264: ((80, 0.45), (60, 0.25), (45, 0.15), (30, 0.08)),
}
"""Encodings of about equal looks in each column, the best first, with their bytes relative to JPEG at 80.

Those of JPEG and WebP are medians over renderings of CT, MRI and electron microscopy; H.264 is told how many to take.
"""

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


def refined(quality: Quality, seconds: float, before: int) -> Quality | None:
    """What comes after a still picture of `quality`, or None where it is good enough or would take too long.

    The picture took `seconds` and had `before` of its rays from an earlier one: a renderer draws only those added.
    """
    samples = next((samples for samples in REFINED if samples > quality.samples), None)
    if samples is None:
        return None
    added = (samples - quality.samples) / max(1, quality.samples - before)
    return replace(quality, samples=samples) if seconds * added <= REFINING else None
