"""A picture of a movie in strips: a device that draws one does nothing else, and people who look on are not to wait.

What is a movie's is drawn after all else that is asked for, but a picture that has been begun is not taken back.
"""

import asyncio
import contextlib
import itertools
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass

import numpy as np
from msgspec.structs import replace

from render.encode import Pixels
from render.engine import Engine, Priority
from render.errors import Busy
from render.frame import Frame
from render.scene import Quality, View
from render.volume.volume import Volume

MOST_PIXELS = 2**18
"""Of a strip: 512 x 512 keep a device busy for long enough to be worth asking."""

BREATH = 0.5
"""Seconds after which a queue that was full is asked again."""


@dataclass(frozen=True, slots=True)
class Artist:
    """Draws views of `volume` at one quality, behind everybody else; `breath` seconds after a full queue once more."""

    engine: Engine
    volume: Volume
    quality: Quality
    breath: float = BREATH

    async def pictures(self, views: Sequence[View]) -> AsyncGenerator[Pixels, None]:
        """One for each view, which are of one size, in order; the next strip is drawn while a picture is taken.

        Close it to end it early.
        """
        following = (strip for view in views for strip in strips(view))
        count = len(strips(views[0]))
        ahead = self._ask(next(following))
        try:
            for _ in views:
                drawn = []
                for _ in range(count):
                    drawn.append((await ahead).array)
                    if (strip := next(following, None)) is not None:
                        ahead = self._ask(strip)
                yield np.concatenate(drawn)
        finally:
            ahead.cancel()

    def _ask(self, view: View) -> asyncio.Task[Frame]:
        task = asyncio.create_task(self._draw(view))
        # A failure that nobody waits for any more is nobody's; without this the loop logs it.
        task.add_done_callback(lambda done: done.cancelled() or done.exception())
        return task

    async def _draw(self, view: View) -> Frame:
        while True:
            with contextlib.suppress(Busy):
                asked = self.engine.submit(self.volume, view, self.quality, Priority.BATCH)
                return await asyncio.wrap_future(asked)
            await asyncio.sleep(self.breath)


def strips(view: View) -> list[View]:
    """The picture cut across into as many parts, from its top down, as it needs."""
    width, height = view.size
    count = -(-width * height // MOST_PIXELS)
    left, top, right, bottom = view.camera.region
    edges = [height * i // count for i in range(count + 1)]

    def strip(first: int, last: int) -> View:
        upper, lower = (top + (bottom - top) * row / height for row in (first, last))
        camera = replace(view.camera, region=(left, upper, right, lower))
        return replace(view, camera=camera, size=(width, last - first))

    return [strip(*pair) for pair in itertools.pairwise(edges)] if count > 1 else [view]
