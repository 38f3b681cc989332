"""Slices: how many rows of a picture a device is given before others may have it; from how long those before took.

Launches are not waited for one by one: a GPU would stand idle between them. As many as fill a step are, and then all
of them at once.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import drjit as dr

from render.compute.rays import TILE
from render.steps import STEP_SECONDS, Steps

T = TypeVar("T")

FIRST_RATE = 1e-9
"""Seconds that a sample of a ray takes, before any was measured; 2 CPU cores need a quarter of that."""

WORTH = 8
"""How many times as long as its preparation a step is at least: 2 ms on an idle machine, 15 on a crowded one."""

EASING = 0.7
"""A slice that was quicker than those before makes the next at most this much larger: the top of a picture is empty as
a rule, and what comes below takes ten times as long."""


@dataclass(slots=True, eq=False)
class Rate:
    """Seconds that a sample of a ray takes in one kind of picture, at worst of late, and to prepare a launch."""

    seconds: float = FIRST_RATE
    preparing: float = 0.0

    @property
    def step(self) -> float:
        """Seconds that a step may take."""
        return max(STEP_SECONDS, WORTH * self.preparing)

    def learn(self, seconds: float, preparing: float) -> None:
        """So long it took in the last step."""
        self.seconds = max(seconds, EASING * self.seconds)
        self.preparing = preparing


class Slices:
    """Cuts one picture whose rows have `samples` samples of rays each."""

    def __init__(self, rate: Rate, samples: float) -> None:
        self._rate, self._samples = rate, samples
        self._rows = self._launches = 0
        self._preparing = 0.0
        self._begun = time.perf_counter()

    def rows(self, left: int) -> int:
        """How many of the `left` rows to launch now: whole tiles of rays, or all; 0 where a pause is due."""
        whole = self._rate.step / (self._rate.seconds * self._samples)
        fitting = whole - self._rows
        # Neither is a step ended by a sliver of a picture, nor is one left for the next step.
        if left <= fitting + whole / 4:
            return left
        if self._rows and fitting < whole / 4:
            return 0
        return min(left, max(1, int(fitting) // TILE) * TILE)

    def launch(self, rows: int, work: Callable[[], T]) -> T:
        """Launch so many rows by `work`, which does not wait for them."""
        begun = time.perf_counter()
        launched = work()
        self._preparing += time.perf_counter() - begun
        self._rows += rows
        self._launches += 1
        return launched

    def pause(self) -> Steps[None]:
        """Wait for all that was launched, and let others have the device."""
        self.wait()
        yield
        self._begun = time.perf_counter()

    def wait(self) -> None:
        """Wait for all that was launched, and learn from it."""
        dr.sync_thread()
        if self._rows:
            seconds = time.perf_counter() - self._begun
            self._rate.learn(seconds / (self._rows * self._samples), self._preparing / self._launches)
        self._rows = self._launches = 0
        self._preparing = 0.0
