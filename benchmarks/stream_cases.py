"""What `benchmarks.streaming` does with each system, and what it is to reach."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from benchmarks.stream_link import LOOPBACK, Link, megabits
from benchmarks.stream_tally import Figures

RATE = 30
"""Inputs per second of a drag."""


@dataclass(frozen=True, slots=True)
class Drag:
    """One pilot drags over a link: 30 inputs a second, whether or not pictures come.

    `variants` says whether systems are measured too that differ from another one in a single point.
    """

    title: str
    size: int
    link: Link = LOOPBACK
    variants: bool = False


@dataclass(frozen=True, slots=True)
class Beside:
    """A pilot drags on loopback while somebody else watches over a slow link; twice as long as the others."""

    title: str
    size: int
    slow: Link


@dataclass(frozen=True, slots=True)
class Changes:
    """A program makes one change after the other has been seen, with rest between."""

    title: str
    size: int


@dataclass(frozen=True, slots=True)
class Crowd:
    """Many pilots drag at once, each a scene of its own, in one process with the null renderer."""

    title: str
    size: int
    pilots: int


Case = Drag | Beside | Changes | Crowd


CASES: dict[str, Case] = {
    "loopback-512": Drag("512 x 512, loopback", 512),
    "loopback": Drag("1024 x 1024, loopback", 1024),
    "4mbit-512": Drag("512 x 512, 4 Mbit/s", 512, megabits(4)),
    "4mbit": Drag("1024 x 1024, 4 Mbit/s", 1024, megabits(4), variants=True),
    "1mbit-512": Drag("512 x 512, 1 Mbit/s", 512, megabits(1)),
    "1mbit": Drag("1024 x 1024, 1 Mbit/s", 1024, megabits(1), variants=True),
    "far": Drag("1024 x 1024, 60 ms of round trip", 1024, Link(delay=0.03)),
    "beside": Beside("1024 x 1024, beside a viewer over 0.5 Mbit/s", 1024, megabits(0.5)),
    "change": Changes("512 x 512, one change at a time, from a program", 512),
    "crowd": Crowd("8 pilots at 512 x 512, null renderer, one process", 512, 8),
}

USUAL = tuple(name for name in CASES if name not in ("4mbit-512", "1mbit-512"))
"""What is measured in 12 minutes."""

QUICK = ("loopback", "4mbit", "change", "crowd")


@dataclass(frozen=True, slots=True)
class Goal:
    """The `figure` of a case, which is to be at most `bound`, or at least where it is a rate.

    `before` is what peers did when the goal was set, without their pages' waiting.
    """

    case: str
    figure: Literal["fps", "p50", "p99", "last"]
    bound: float
    before: str

    @property
    def sign(self) -> str:
        return ">=" if self.figure == "fps" else "<="

    def figure_of(self, figures: Figures) -> float:
        value: float = getattr(figures, self.figure)
        return value

    def best(self, values: Iterable[float]) -> float:
        return max(values) if self.figure == "fps" else min(values)

    def met(self, value: float) -> bool:
        return value >= self.bound if self.figure == "fps" else value <= self.bound


GOALS = (
    Goal("4mbit", "last", 300, "8268 to 8465 trame, 410 rendercanvas"),
    Goal("4mbit", "p50", 200, "4181 to 5679 trame, 321 rendercanvas"),
    Goal("beside", "fps", 29, "frozen trame-rca, 11 rendercanvas"),
    Goal("beside", "p99", 70, "19700 trame-rca"),
    Goal("loopback", "fps", 29, "29 trame-rca"),
    Goal("loopback", "p50", 40, "46 trame-rca"),
    Goal("loopback", "p99", 65, "99 trame-rca"),
    Goal("change", "p50", 35, "524 VtkRemoteView"),
    Goal("1mbit", "last", 350, "7174 trame-rca VP9"),
    Goal("crowd", "fps", 25, "one scene per process"),
    Goal("crowd", "p99", 100, "one scene per process"),
)
