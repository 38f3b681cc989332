"""Steps: work in pieces, so that whoever owns a device can do other work in between.

A generator that yields wherever it may be left for a while, or for good (`close`), and returns what was made. Between
two steps a device has nothing of it left to do.
"""

import time
from collections.abc import Callable, Generator
from typing import TypeVar

T = TypeVar("T")

Steps = Generator[None, None, T]

STEP_SECONDS = 0.05
"""How long a step takes at most, where work can be cut that small: who interacts waits for one that has begun."""


def finish(steps: Steps[T]) -> T:
    """What comes of all steps, one right after the other."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            made: T = end.value
            return made


def in_one(work: Callable[[], T]) -> Steps[T]:
    """The one step of what cannot be cut."""
    yield from ()
    return work()


def timed(steps: Steps[T]) -> Steps[tuple[T, float]]:
    """The same steps; with what they made, how many seconds they took, less what was done in between."""
    seconds = 0.0
    try:
        while True:
            begun = time.perf_counter()
            try:
                next(steps)
            except StopIteration as end:
                return end.value, seconds + time.perf_counter() - begun
            seconds += time.perf_counter() - begun
            yield
    finally:
        steps.close()
