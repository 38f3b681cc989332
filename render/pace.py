"""How coarse drafts are, so that a moving picture keeps its rate, and how a still one gets smoother; pure.

The renderer's own times are all that is known: a rung whose pictures take too long gives way to a coarser one, and a
finer one is tried again when it would have had time for a while. Between the two is a band in which nothing changes,
so that the picture does not flicker between two rungs.
"""

from dataclasses import dataclass

from msgspec.structs import replace

from render.scene import Quality

FRAME = 1 / 30
"""Seconds from one picture to the next in a moving one."""

DRAFTS = ((1.0, 1.0), (0.75, 1.0), (0.5, 1.0), (0.5, 2.0), (0.35, 2.0), (0.25, 2.0), (0.25, 3.0))
"""Scale and step of a draft, the best first; each takes about half the time of the one before, counted in samples."""

FIRST = 3
"""The rung that a stream begins with, before anything is measured."""

FITS, SPARE = 0.8, 0.6
"""Shares of `FRAME`: what a coarser rung may take to be coarse enough, and a finer one to be tried."""

SLOW_AFTER, QUICK_AFTER = 2, 6
"""Pictures in a row that must say so before a rung changes: one that compiled a kernel says nothing."""

REFINED = (4, 16, 64)
"""Rays a pixel of one picture after the other, while the view is still."""

REFINING = 1.5
"""Seconds that the next of them may take."""


@dataclass(frozen=True, slots=True)
class Pace:
    """The rung of `DRAFTS` that is drawn; `streak` counts pictures in a row that were quick (slow where negative)."""

    rung: int = FIRST
    streak: int = 0

    def draft(self, quality: Quality) -> Quality:
        """`quality` at this rung's scale and step."""
        scale, step = DRAFTS[self.rung]
        return replace(quality, scale=scale, step=step)

    def after(self, seconds: float) -> "Pace":
        """The pace after a draft of this rung took so long to draw."""
        if seconds > FRAME:
            slow = min(self.streak, 0) - 1
            return Pace(self._coarser(seconds)) if slow <= -SLOW_AFTER else Pace(self.rung, slow)
        if self.rung == 0 or self._predicted(seconds, self.rung - 1) > SPARE * FRAME:
            return Pace(self.rung)
        quick = max(self.streak, 0) + 1
        return Pace(self.rung - 1) if quick >= QUICK_AFTER else Pace(self.rung, quick)

    def _coarser(self, seconds: float) -> int:
        last = len(DRAFTS) - 1
        coarser = range(min(self.rung + 1, last), last)
        return next((rung for rung in coarser if self._predicted(seconds, rung) <= FITS * FRAME), last)

    def _predicted(self, seconds: float, rung: int) -> float:
        """What a picture of another rung takes, by the number of its samples."""
        return seconds * _samples(rung) / _samples(self.rung)


def _samples(rung: int) -> float:
    scale, step = DRAFTS[rung]
    return scale * scale / step


def refined(quality: Quality, seconds: float, before: int) -> Quality | None:
    """What comes after a still picture of `quality`, or None where it is good enough or would take too long.

    The picture took `seconds` and had `before` of its rays from an earlier one: a renderer draws only those added.
    """
    samples = next((samples for samples in REFINED if samples > quality.samples), None)
    if samples is None:
        return None
    added = (samples - quality.samples) / max(1, quality.samples - before)
    return replace(quality, samples=samples) if seconds * added <= REFINING else None
