"""Opening and rendering on this machine: what scripts and the command line share."""

import atexit
import os
from functools import cache
from typing import Unpack

from render.backends.choice import Choice, chosen, open_renderer
from render.engine import Engine
from render.errors import BadRequest
from render.frame import Frame
from render.intent import resolve
from render.ladder import final_quality
from render.scene import View
from render.volume.volume import Volume
from tiles.request import Wish, make_intent
from voxelcast.settings import Settings, load_settings


def open_engine(settings: Settings) -> tuple[Engine, Choice]:
    """An engine on the renderer that the settings mean, and why it is that one. BackendError."""
    choice = chosen(settings.renderer)
    return Engine(lambda: open_renderer(choice, settings.device_memory)), choice


def render(volume: Volume, view: View | None = None, **wish: Unpack[Wish]) -> Frame:
    """A picture of `volume` at full quality: of `view`, or of what the keywords say; nothing said is a good picture.

    Keywords are those of the command line: `mode` ("dvr", "mip", "slice"), `size` (width, height), `azimuth`,
    `elevation`, `zoom`, `channels` (such as [0, "1:magenta:100-3500"]), `time`, `axis`, `position`, `background`,
    `shaded`. The renderer is opened on first use, as VOXELCAST_RENDERER and VOXELCAST_MEMORY say, and closed when
    Python ends. Raises a RenderError.
    """
    if view is None:
        view = resolve(make_intent(**wish), volume.info, volume.statistics)
    elif wish:
        raise BadRequest(f"give a view or {', '.join(wish)}, not both")
    settings, engine = _script()
    return engine.submit(volume, view, final_quality(volume.info, view, settings.device_memory)).result()


@cache
def _script() -> tuple[Settings, Engine]:
    """The settings and the engine of this process's scripts."""
    settings = load_settings({}, os.environ)
    engine, _ = open_engine(settings)
    atexit.register(engine.close)
    return settings, engine
