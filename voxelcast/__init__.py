"""Voxelcast renders large volumes where they live.

    import voxelcast

    volume = voxelcast.open("embryo.ome.zarr")
    frame = voxelcast.render(volume, mode="mip", size=(800, 600), azimuth=30)
    frame.save("embryo.png")
    voxelcast.pick(volume, frame.view, 400, 300).position

    server = voxelcast.connect("http://host:8470")
    server.render("embryo", channels=["0:green:100-3500"]).save("same.png")
    server.session("rounds", volume="embryo").camera = camera

Names are looked up when they are first used, so that `import voxelcast` and `voxelcast --help` are quick.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from render.animation import Animation, Keyframe
    from render.errors import BackendError, BadRequest, Busy, Conflict, DataError, Forbidden, NotFound, RenderError
    from render.frame import Frame
    from render.pick import Pick
    from render.scene import View
    from render.volume.sources import open_volume as open
    from render.volume.volume import Volume
    from voxelcast.client import Server, connect
    from voxelcast.local import movie, pick, render
    from voxelcast.session import Session

_HOMES = {
    "Animation": "render.animation",
    "BackendError": "render.errors",
    "BadRequest": "render.errors",
    "Busy": "render.errors",
    "Conflict": "render.errors",
    "DataError": "render.errors",
    "Forbidden": "render.errors",
    "Frame": "render.frame",
    "Keyframe": "render.animation",
    "Pick": "render.pick",
    "NotFound": "render.errors",
    "RenderError": "render.errors",
    "Server": "voxelcast.client",
    "Session": "voxelcast.session",
    "View": "render.scene",
    "Volume": "render.volume.volume",
    "connect": "voxelcast.client",
    "movie": "voxelcast.local",
    "open": "render.volume.sources:open_volume",
    "pick": "voxelcast.local",
    "render": "voxelcast.local",
}

__all__ = [
    "Animation",
    "BackendError",
    "BadRequest",
    "Busy",
    "Conflict",
    "DataError",
    "Forbidden",
    "Frame",
    "Keyframe",
    "NotFound",
    "Pick",
    "RenderError",
    "Server",
    "Session",
    "View",
    "Volume",
    "connect",
    "movie",
    "open",
    "pick",
    "render",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'voxelcast' has no attribute {name!r}")
    module, _, own = _HOMES[name].partition(":")
    found = getattr(import_module(module), own or name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
