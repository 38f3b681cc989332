"""The null renderer: a checkerboard of the right size, at once; for tests and load tests of everything above."""

import numpy as np

from render.backends.base import Probe
from render.frame import Frame, Timings
from render.scene import Quality, View
from render.steps import Steps, in_one
from render.volume.volume import Volume

CELL = 16


class NullRenderer:
    """Draws squares of 16 pixels in the background's colour and its opposite, whatever the volume is.

    The latter lie at a distance of 1 from the eye.
    """

    name = "null"

    def staged(self, volume: Volume, view: View, quality: Quality) -> bool:
        return True

    def stage(self, volume: Volume, view: View, quality: Quality) -> None:
        volume.info.check(level=quality.level, time=view.time)

    def render(self, volume: Volume, view: View, quality: Quality) -> Frame:
        self.stage(volume, view, quality)
        width, height = quality.drawn_size(view.size)
        squares = (np.arange(height)[:, None] // CELL + np.arange(width) // CELL) % 2
        background = np.round(np.array(view.background) * 255).astype(np.uint8)
        opposite = np.append(255 - background[:3], 255).astype(np.uint8)
        array = np.where(squares[..., None] == 1, opposite, background)
        depth = np.where(squares == 1, np.float32(1), np.float32(np.nan)) if quality.depth else None
        return Frame(array, view, quality, self.name, Timings(0.0, 0.0), depth)

    def steps(self, volume: Volume, view: View, quality: Quality) -> Steps[Frame]:
        return in_one(lambda: self.render(volume, view, quality))

    def close(self) -> None:
        pass


def probe() -> Probe:
    """Always there."""
    return Probe("null", usable=True, hardware=False, detail="draws a checkerboard")
