"""What every renderer offers, and what is known about renderers that this machine may or may not have."""

from dataclasses import dataclass
from typing import Protocol

from render.frame import Frame
from render.scene import Quality, View
from render.volume.volume import Volume


class Renderer(Protocol):
    """Draws Views of Volumes. One thread opens it and calls `render` and `close`; any thread may stage."""

    name: str
    """What a user sees, such as "compute (LLVM 19.1.7, 2 threads)"."""

    def staged(self, volume: Volume, view: View, quality: Quality) -> bool:
        """Whether `render` would find every voxel it needs ready."""

    def stage(self, volume: Volume, view: View, quality: Quality) -> None:
        """Read and pack the voxels that the picture needs, where that has not been done; blocks. DataError."""

    def render(self, volume: Volume, view: View, quality: Quality) -> Frame:
        """The picture. Stages what is missing. NotFound, BadRequest, DataError, BackendError."""

    def close(self) -> None:
        """Give back the device."""


@dataclass(frozen=True, slots=True)
class Probe:
    """Whether a renderer works here: `detail` says on what, or why not; `remedy` is a command that would mend it."""

    name: str
    usable: bool
    hardware: bool
    detail: str
    remedy: str = ""
