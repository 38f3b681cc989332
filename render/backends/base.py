"""What every renderer offers, and what is known about renderers that this machine may or may not have."""

from dataclasses import dataclass
from typing import Protocol

from render.frame import Frame
from render.scene import Quality, View
from render.steps import Steps
from render.volume.volume import Volume


class Renderer(Protocol):
    """Draws Views of Volumes. One thread opens, draws and closes; any thread may stage."""

    name: str
    """What a user sees, such as "compute (LLVM 19.1.7, 2 threads)"."""

    def staged(self, volume: Volume, view: View, quality: Quality) -> bool:
        """Whether `render` would find every voxel it needs ready."""

    def stage(self, volume: Volume, view: View, quality: Quality) -> None:
        """Read and pack the voxels that the picture needs, where that has not been done; blocks. DataError."""

    def render(self, volume: Volume, view: View, quality: Quality) -> Frame:
        """The picture. Stages what is missing. NotFound, BadRequest, DataError, BackendError."""

    def steps(self, volume: Volume, view: View, quality: Quality) -> Steps[Frame]:
        """The same picture, bit for bit, in steps of at most `STEP_SECONDS` where the renderer can cut it so small.

        Others may be drawn between two of them, and those left before the end.
        """

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
