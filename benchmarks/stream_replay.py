"""Voxelcast's server for `benchmarks.streaming`: the product's own, with a renderer that shows frames made beforehand.

    python -m benchmarks.stream_replay FRAMES.npy|null

Writes its URL. With `null` the null renderer draws, and only the marker is put over it.
"""

import asyncio
import sys
from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.peers.replay import Pixels, draw_marker, frame_at
from benchmarks.stream_voxelcast import VOLUME, number_of
from render.backends.base import Renderer
from render.backends.null import NullRenderer
from render.engine import Engine
from render.frame import Frame, Timings
from render.scene import Quality, View
from render.steps import Steps, in_one
from render.volume.catalogue import Catalogue
from render.volume.volume import Volume
from tests.arrays import memory_volume
from voxelcast import app
from voxelcast.settings import Settings


class ReplayRenderer:
    """Shows the frame that the number in the view's background leads to, at the scale that is asked for.

    A frame is scaled once and kept: a renderer that draws fewer pixels has less to do, not more.
    """

    name = "replay"

    def __init__(self, path: Path) -> None:
        frames = np.load(path)
        alpha = np.full((*frames.shape[:3], 1), 255, np.uint8)
        self._frames = np.concatenate([frames, alpha], axis=3)
        self._scaled = lru_cache(maxsize=4 * len(frames))(self._scale)

    def staged(self, volume: Volume, view: View, quality: Quality) -> bool:
        return True

    def stage(self, volume: Volume, view: View, quality: Quality) -> None:
        pass

    def render(self, volume: Volume, view: View, quality: Quality) -> Frame:
        number = number_of(*view.background[:3])
        picture = self._scaled(frame_at(number, len(self._frames)), quality.drawn_size(view.size)).copy()
        draw_marker(picture, number)
        return Frame(picture, view, quality, self.name, Timings(0.0, 0.0))

    def steps(self, volume: Volume, view: View, quality: Quality) -> Steps[Frame]:
        return in_one(lambda: self.render(volume, view, quality))

    def close(self) -> None:
        pass

    def _scale(self, index: int, size: tuple[int, int]) -> Pixels:
        frame: Pixels = self._frames[index]
        if size == (frame.shape[1], frame.shape[0]):
            return frame
        return np.asarray(Image.fromarray(frame).resize(size, Image.Resampling.BOX))


class MarkedNull(NullRenderer):
    """The null renderer's squares, and the number in the view's background over them."""

    def render(self, volume: Volume, view: View, quality: Quality) -> Frame:
        frame = super().render(volume, view, quality)
        draw_marker(frame.array, number_of(*view.background[:3]))
        return frame


def open_renderer(what: str) -> Renderer:
    return MarkedNull() if what == "null" else ReplayRenderer(Path(what))


def main(what: str) -> None:
    settings = Settings(port=0)
    voxels = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
    catalogue = Catalogue({VOLUME: VOLUME}, lambda _, name: memory_volume(voxels, name=name))
    with Engine(lambda: open_renderer(what)) as engine:
        made = app.make_app(settings, engine, catalogue)
        asyncio.run(app.serve(made, settings, lambda url: print(url, flush=True)))


if __name__ == "__main__":
    main(sys.argv[1])
