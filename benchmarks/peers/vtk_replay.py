"""A VTK window that shows frames made beforehand, for the peers that stream such a window.

The frame is the background texture and the marker 16 squares over it: rendering takes a few milliseconds, and the rest
is streaming. Where the pointer is says which input it was: see `replay.pointer_at`.
"""

import numpy as np
import vtkmodules.vtkInteractionStyle
import vtkmodules.vtkRenderingOpenGL2  # noqa: F401 - both register what they have
from replay import BITS, SHARE, frame_at, number_at
from vtkmodules.util.numpy_support import numpy_to_vtk
from vtkmodules.vtkCommonCore import vtkPoints, vtkUnsignedCharArray
from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkImageData, vtkPolyData
from vtkmodules.vtkRenderingCore import (
    vtkActor2D,
    vtkCoordinate,
    vtkPolyDataMapper2D,
    vtkRenderer,
    vtkRenderWindow,
    vtkRenderWindowInteractor,
    vtkTexture,
)


class ReplayWindow:
    """`window` shows the frames in a .npy file of (frames, height, width, 3), and follows the pointer."""

    def __init__(self, path):
        frames = np.load(path)
        self._textures = [_texture(frame) for frame in frames]
        self._renderer = vtkRenderer()
        self._renderer.TexturedBackgroundOn()
        self._marker = _Marker()
        self._renderer.AddViewProp(self._marker.actor)
        self.window = vtkRenderWindow()
        self.window.SetMultiSamples(0)
        self.window.OffScreenRenderingOn()
        self.window.SetSize(frames.shape[2], frames.shape[1])
        self.window.AddRenderer(self._renderer)
        self._interactor = vtkRenderWindowInteractor()
        self._interactor.SetRenderWindow(self.window)
        self._interactor.SetInteractorStyle(None)
        self._interactor.Initialize()
        self._interactor.AddObserver("MouseMoveEvent", self._on_pointer)
        self.show(0)

    def show(self, number):
        """What the next render draws."""
        self._renderer.SetBackgroundTexture(self._textures[frame_at(number, len(self._textures))])
        self._marker.write(number)

    def _on_pointer(self, interactor, _event):
        self.show(number_at(*interactor.GetEventPosition()))


class _Marker:
    def __init__(self):
        points, squares = vtkPoints(), vtkCellArray()
        for left in (bit / SHARE for bit in range(BITS)):
            right, top = left + 1 / SHARE, 1 / SHARE
            corners = ((left, 0), (right, 0), (right, top), (left, top))
            ids = [points.InsertNextPoint(x, y, 0) for x, y in corners]
            squares.InsertNextCell(4, ids)
        self._colors = vtkUnsignedCharArray()
        self._colors.SetNumberOfComponents(3)
        self._colors.SetNumberOfTuples(BITS)
        self._squares = vtkPolyData()
        self._squares.SetPoints(points)
        self._squares.SetPolys(squares)
        self._squares.GetCellData().SetScalars(self._colors)
        self._mapper = vtkPolyDataMapper2D()
        self._mapper.SetInputData(self._squares)
        coordinate = vtkCoordinate()
        coordinate.SetCoordinateSystemToNormalizedViewport()
        self._mapper.SetTransformCoordinate(coordinate)
        self.actor = vtkActor2D()
        self.actor.SetMapper(self._mapper)

    def write(self, number):
        for bit in range(BITS):
            gray = 255 if (number >> bit) & 1 else 0
            self._colors.SetTuple3(bit, gray, gray, gray)
        for changed in (self._colors, self._squares, self._mapper):
            changed.Modified()


def _texture(frame):
    """VTK's row 0 is at the bottom."""
    image = vtkImageData()
    image.SetDimensions(frame.shape[1], frame.shape[0], 1)
    pixels = np.ascontiguousarray(frame[::-1]).reshape(-1, 3)
    image.GetPointData().SetScalars(numpy_to_vtk(pixels, deep=1))
    texture = vtkTexture()
    texture.SetInputDataObject(image)
    return texture
