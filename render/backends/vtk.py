"""The VTK renderer as a backend: is it there, and open it.

VTK ends the process with a segmentation fault at its first picture where it finds no OpenGL library. So the libraries
are looked for first, and the first picture is drawn in a child process; VTK is imported only when that went well.
"""

import ctypes
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from glob import glob
from typing import TYPE_CHECKING, Literal

from render.backends.base import Probe, Renderer
from render.errors import BackendError

if TYPE_CHECKING:
    from render.vtk_scene.window import WindowName

Mapper = Literal["auto", "accurate", "fast"]

PROBE_SECONDS = 60
REMEDY = "apt-get install libegl1 libgl1-mesa-dri"
LIBRARIES: "tuple[tuple[str, WindowName], ...]" = (
    ("libEGL.so.1", "vtkEGLRenderWindow"),
    ("libOSMesa.so.8", "vtkOSOpenGLRenderWindow"),
)
"""OpenGL without a screen, by the library it takes; EGL first, which reaches GPUs."""

GRAPHICS_DEVICES = ("/dev/dri/renderD*", "/dev/nvidia[0-9]*", "/dev/dxg")
"""Where Linux, NVIDIA's driver and WSL have them."""

SOFTWARE_DEVICES = ("llvmpipe", "softpipe", "swrast")
"""Parts of the names that Mesa gives to the CPU."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A window that has drawn, and on which device."""

    window: "WindowName"
    device: str

    @property
    def is_software(self) -> bool:
        """Whether OpenGL's name of the device is that of a CPU."""
        return any(name in self.device.lower() for name in SOFTWARE_DEVICES)


def probe() -> Probe:
    """Whether VTK draws here, and on what; 1.5 s the first time."""
    try:
        found = working_window()
    except BackendError as error:
        return Probe("vtk", usable=False, hardware=False, detail=str(error), remedy=REMEDY)
    return Probe("vtk", usable=True, hardware=not found.is_software, detail=found.device)


def has_graphics_device() -> bool:
    """Whether this machine has a device that OpenGL could draw on in hardware."""
    return any(glob(pattern) for pattern in GRAPHICS_DEVICES)


def open_vtk(budget: int, mapper: Mapper = "auto") -> Renderer:
    """The renderer, with at most `budget` bytes of voxels; to be called on the thread that will draw. BackendError.

    `mapper`: "accurate" is the OpenGL ray caster, "fast" the one on the CPU (where it can draw the view), "auto" the
    fast one where OpenGL is software.
    """
    found = working_window()
    from render.vtk_scene.renderer import VtkRenderer

    return VtkRenderer(found.window, budget, fast=found.is_software if mapper == "auto" else mapper == "fast")


@cache
def working_window(libraries: "tuple[tuple[str, WindowName], ...]" = LIBRARIES) -> Drawn:
    """The first window that draws, tried in a child process once in this process's life. BackendError."""
    failures = []
    for library, window in libraries:
        try:
            ctypes.CDLL(library)
            return Drawn(window, _device_of(window))
        except OSError:
            failures.append(f"{library} is not installed")
        except BackendError as error:
            failures.append(f"{library}: {error}")
    raise BackendError(f"no OpenGL to draw with: {'; '.join(failures)}")


def _device_of(window: "WindowName") -> str:
    # -P keeps the folder that the user stands in out of the path: it may hold a package called `render` too.
    command = [sys.executable, "-P", "-m", "render.vtk_scene.trial", window]
    try:
        child = subprocess.run(command, capture_output=True, text=True, timeout=PROBE_SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        raise BackendError(f"no picture within {PROBE_SECONDS} s") from error
    if child.returncode < 0:
        raise BackendError(f"the first picture ended with signal {-child.returncode}")
    if child.returncode > 0:
        raise BackendError((child.stderr.strip().splitlines() or [f"exit status {child.returncode}"])[-1])
    return child.stdout.strip().splitlines()[-1]
