"""Opening and rendering on this machine: what scripts and the command line share."""

import atexit
import os
import sys
from functools import cache
from pathlib import Path
from typing import Unpack

from msgspec.structs import replace

from render.animation import Animation, views
from render.backends.choice import Choice, chosen, open_renderer, remembering
from render.backends.trials import Trials
from render.batch import draw, fitted
from render.encode import write_movie
from render.engine import Engine
from render.errors import BackendError, BadRequest
from render.frame import Frame
from render.intent import resolve
from render.ladder import FINAL_SAMPLES, final_quality
from render.pick import Pick, pixel_view
from render.pick import pick as find
from render.scene import View
from render.volume.volume import Volume
from tiles.request import Wish, make_intent
from voxelcast.settings import Settings, load_settings

KERNEL_CACHE = "DRJIT_CACHE_DIR"
"""Where Dr.Jit keeps compiled kernels; it looks once, when it is first imported."""


def open_engine(settings: Settings) -> tuple[Engine, Choice]:
    """An engine on the renderer that the settings mean, and why it is that one. BackendError."""
    _keep_kernels(settings.kernel_cache)
    folder = Path(os.environ.get(KERNEL_CACHE) or "~/.drjit").expanduser()
    choice = chosen(settings.renderer, remembering(Trials(folder, os.environ.get("DRJIT_LIBLLVM_PATH", ""))))
    return Engine(lambda: open_renderer(choice, settings.device_memory, settings.lean)), choice


def render(
    volume: Volume, view: View | None = None, *, samples: int = FINAL_SAMPLES, depth: bool = False, **wish: Unpack[Wish]
) -> Frame:
    """A picture of `volume` at full quality: of `view`, or of what the keywords say; nothing said is a good picture.

    Keywords are those of the command line, such as `mode` ("dvr", "mip", "iso", "slice", ...), `size` (width, height),
    `azimuth`, `channels` ([0, "1:magenta:100-3500"]), `isos`, `labels`: docs/view.md has them all. `samples` is the
    number of rays a pixel; with `depth` the frame has a `depth` too. The renderer is opened on first use, as the
    VOXELCAST_ variables of the environment say, and closed when Python ends. Raises a RenderError.
    """
    if view is None:
        view = resolve(make_intent(**wish), volume.info, volume.statistics)
    elif wish:
        raise BadRequest(f"give a view or {', '.join(wish)}, not both")
    return _draw(volume, view, samples, depth)


def movie(volume: Volume, animation: Animation, path: str | Path, *, samples: int = 1) -> None:
    """Write the movie of `volume` through the keyframes of `animation`: an .mp4, or a .gif or .webp that loops.

    `samples` is the number of rays a pixel. The file appears only when it is whole. Raises a RenderError.
    """
    settings, engine = _script()
    own = fitted(animation, volume.info)
    frames = draw(engine, volume, views(own, own.frames), settings.budget, samples)
    write_movie(Path(path), (frame.array for frame in frames), own.fps)


def pick(volume: Volume, view: View, x: int, y: int) -> Pick:
    """What is under the pixel (x, y), (0, 0) at the top left, of the picture of `view`. Raises a RenderError."""
    return find(volume, view, (x, y), _draw(volume, pixel_view(view, x, y), 1, depth=True))


def _draw(volume: Volume, view: View, samples: int, depth: bool) -> Frame:
    settings, engine = _script()
    quality = replace(final_quality(volume.info, view, settings.budget, samples), depth=depth)
    return engine.submit(volume, view, quality).result()


def _keep_kernels(folder: str) -> None:
    """From now on compiled kernels are kept in `folder`, here and in what is tried in child processes."""
    wanted = str(Path(folder).expanduser().absolute()) if folder else ""
    if not wanted or os.environ.get(KERNEL_CACHE) == wanted:
        return
    if "drjit" in sys.modules:
        raise BackendError(f"kernel_cache {folder}: Dr.Jit is loaded already, and keeps to the folder that it found")
    os.environ[KERNEL_CACHE] = wanted


@cache
def _script() -> tuple[Settings, Engine]:
    """The settings and the engine of this process's scripts."""
    settings = load_settings({}, os.environ)
    engine, _ = open_engine(settings)
    atexit.register(engine.close)
    return settings, engine
