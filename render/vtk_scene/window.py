"""The offscreen OpenGL window that VTK draws in, and what is read back from it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import numpy as np
import vtkmodules.vtkRenderingOpenGL2 as opengl
from numpy.typing import NDArray
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkCommonCore import VTK_STRING, vtkOutputWindow, vtkUnsignedCharArray
from vtkmodules.vtkRenderingCore import vtkProp, vtkRenderer

from render.errors import BackendError
from render.geometry import Box
from render.scene import Camera
from render.vtk_scene.aim import Shift, aim

WindowName = Literal["vtkEGLRenderWindow", "vtkOSOpenGLRenderWindow"]
"""VTK's own choice, vtkRenderWindow(), tries an X server first and complains where there is none."""


class Window:
    """An OpenGL window that nobody sees; opened, used and closed on one thread."""

    def __init__(self, name: WindowName) -> None:
        self._renderer = vtkRenderer()
        self._renderer.SetBackground(0, 0, 0)
        self._renderer.SetBackgroundAlpha(0)
        self._window = getattr(opengl, name)()
        self._window.SetMultiSamples(0)
        self._window.SetAlphaBitPlanes(True)
        self._window.SetOffScreenRendering(True)
        self._window.SetShowWindow(False)
        self._window.SetSize(16, 16)
        self._window.AddRenderer(self._renderer)
        with errors_raised():
            self._window.Render()
        # To be asked now: while another window of this thread is current, VTK answers -1.
        self.largest_texture = int(opengl.vtkTextureObject.GetMaximumTextureSize3D(self._window))
        """How many voxels a volume may have along an axis."""

    @property
    def device(self) -> str:
        """What OpenGL calls the device, such as "llvmpipe (LLVM 15.0.6, 256 bits)"."""
        prefix = "OpenGL renderer string:"
        lines = self._window.ReportCapabilities().splitlines()
        found: str = next(line.removeprefix(prefix).strip() for line in lines if line.startswith(prefix))
        return found

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        width, height = self._window.GetSize()
        return width, height

    def resize(self, size: tuple[int, int]) -> None:
        """Draw pictures of this width and height from now on."""
        self._window.SetSize(*size)

    def draw(self, prop: vtkProp, camera: Camera, box: Box, shift: Shift) -> None:
        """Draw `prop`, which lies in `box`, over nothing. BackendError where VTK fails."""
        self._renderer.RemoveAllViewProps()
        self._renderer.AddViewProp(prop)
        aim(self._renderer.GetActiveCamera(), camera, box, shift)
        with errors_raised():
            self._window.Render()

    def read(self) -> NDArray[np.float32]:
        """What was drawn last: (height, width, 4) premultiplied RGBA in 0..1, row 0 on top."""
        width, height = self.size
        pixels = vtkUnsignedCharArray()
        self._window.GetRGBACharPixelData(0, 0, width - 1, height - 1, False, pixels)
        # OpenGL's row 0 is at the bottom.
        upright = vtk_to_numpy(pixels).reshape(height, width, 4)[::-1]  # type: ignore[no-untyped-call]
        premultiplied: NDArray[np.float32] = upright / np.float32(255)
        return premultiplied

    def release(self, prop: vtkProp) -> None:
        """Give back what a prop holds on the device."""
        self._renderer.RemoveViewProp(prop)
        prop.ReleaseGraphicsResources(self._window)

    def close(self) -> None:
        self._renderer.RemoveAllViewProps()
        self._window.Finalize()


@contextmanager
def errors_raised() -> Iterator[None]:
    """Raise the first error that VTK reports as BackendError: VTK itself prints it and goes on with half a picture."""
    reported: list[str] = []

    def keep(_: object, __: str, message: str) -> None:
        reported.append(message)

    keep.CallDataType = VTK_STRING  # type: ignore[attr-defined]
    output = vtkOutputWindow.GetInstance()
    observer = output.AddObserver("ErrorEvent", keep)  # type: ignore[arg-type]  # its stub forgets names
    try:
        yield
    finally:
        output.RemoveObserver(observer)
    if reported:
        raise BackendError(f"VTK: {' '.join(reported[0].split())}")
