"""A picture of a movie in strips: a device that draws one does nothing else, and people who look on are not to wait.

What is a movie's is drawn after all else that is asked for, but a picture that has been begun is not taken back.
"""

import asyncio
import contextlib
import itertools
from collections.abc import AsyncGenerator, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from msgspec.structs import replace

from render.encode import Pixels
from render.engine import Engine, Priority
from render.errors import Busy
from render.frame import Frame
from render.scene import Quality, View
from render.volume.volume import Volume

SECONDS = 0.08
"""What a strip is to take: who turns the volume meanwhile sees ten pictures a second at least."""

LEAST_PIXELS, MOST_PIXELS = 2**15, 2**18
"""Of a strip: what is smaller is mostly the work around it, and what is larger is drawn no quicker for that."""

BREATH = 0.5
"""Seconds after which a queue that was full is asked again."""


@dataclass(slots=True)
class Stride:
    """How many pixels a strip has at most, by how quickly the last picture was drawn."""

    pixels: int = LEAST_PIXELS

    def learn(self, drawn: Sequence[Frame]) -> None:
        """From the strips of a whole picture."""
        pixels = sum(frame.array.shape[0] * frame.array.shape[1] for frame in drawn)
        taken = max(sum(frame.timings.render for frame in drawn), 1e-6)
        self.pixels = min(max(int(pixels * SECONDS / taken), LEAST_PIXELS), MOST_PIXELS)


@dataclass(frozen=True, slots=True)
class Artist:
    """Draws views of `volume` at one quality, behind everybody else; `breath` seconds after a full queue once more."""

    engine: Engine
    volume: Volume
    quality: Quality
    breath: float = BREATH

    async def pictures(self, views: Sequence[View]) -> AsyncGenerator[Pixels, None]:
        """One for each view, in order; the next strip is drawn while a picture is taken. Close it to end it early."""
        stride = Stride()
        pieces = _pieces(views, stride)
        ahead = self._ask(next(pieces))
        try:
            for _ in views:
                drawn, whole = [], False
                while not whole:
                    frame, whole = await ahead
                    drawn.append(frame)
                    if whole:
                        # Before the next one is cut.
                        stride.learn(drawn)
                    if (piece := next(pieces, None)) is not None:
                        ahead = self._ask(piece)
                yield np.concatenate([frame.array for frame in drawn])
        finally:
            ahead.cancel()

    def _ask(self, piece: tuple[View, bool]) -> asyncio.Task[tuple[Frame, bool]]:
        task = asyncio.create_task(self._draw(*piece))
        # A failure that nobody waits for any more is nobody's; without this the loop logs it.
        task.add_done_callback(lambda done: done.cancelled() or done.exception())
        return task

    async def _draw(self, view: View, last: bool) -> tuple[Frame, bool]:
        """The strip, and whether it is the last of its picture."""
        while True:
            with contextlib.suppress(Busy):
                asked = self.engine.submit(self.volume, view, self.quality, Priority.BATCH)
                return await asyncio.wrap_future(asked), last
            await asyncio.sleep(self.breath)


def _pieces(views: Sequence[View], stride: Stride) -> Iterator[tuple[View, bool]]:
    """(strip, whether it is the last of its picture) of all views; a picture is cut when it is due."""
    for view in views:
        *others, last = strips(view, stride.pixels)
        yield from ((strip, False) for strip in others)
        yield last, True


def strips(view: View, most: int) -> list[View]:
    """The picture cut across into as many parts as it takes for none to have more than `most` pixels, from the top."""
    width, height = view.size
    count = min(height, -(-width * height // most))
    left, top, right, bottom = view.camera.region
    edges = [height * i // count for i in range(count + 1)]

    def strip(first: int, last: int) -> View:
        upper, lower = (top + (bottom - top) * row / height for row in (first, last))
        camera = replace(view.camera, region=(left, upper, right, lower))
        return replace(view, camera=camera, size=(width, last - first))

    return [strip(*pair) for pair in itertools.pairwise(edges)] if count > 1 else [view]
