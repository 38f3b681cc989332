"""Casting by vtkFixedPointVolumeRayCastMapper: on the CPU in 15-bit numbers, for speed where OpenGL is software.

It knows neither cells nor slices, and composites several channels by other rules than ours.

VTK shows its picture as a filtered texture that is up to half a pixel off towards the rim: 80 grey levels at the seam
of two regions. The picture itself is right to 1/1000, so it is read from where the mapper keeps it.
"""

import ctypes
from dataclasses import dataclass

import numpy as np
import vtkmodules.vtkRenderingVolumeOpenGL2  # noqa: F401  registers how the mapper shows its picture
from numpy.typing import NDArray
from vtkmodules.vtkCommonDataModel import vtkImageData
from vtkmodules.vtkRenderingCore import vtkVolumeProperty
from vtkmodules.vtkRenderingVolume import vtkFixedPointRayCastImage, vtkFixedPointVolumeRayCastMapper

from render.geometry import Box
from render.scene import DVR, Camera, Shading
from render.vtk_scene.aim import Shift
from render.vtk_scene.caster import Caster, plane_across, volume_with
from render.vtk_scene.plan import Look
from render.vtk_scene.window import Window

ONE = 32767
"""1 in the mapper's numbers."""


@dataclass(slots=True, eq=False)
class FixedPointCaster(Caster):
    """A caster whose picture is `image`."""

    image: vtkFixedPointRayCastImage

    def dress(self, look: Look) -> None:
        Caster.dress(self, look)
        if isinstance(look.style.mode, DVR) and look.style.mode.shaded:
            light_up(self.prop.GetProperty(), look.style.shading)

    def draw(self, window: Window, camera: Camera, box: Box, shift: Shift) -> NDArray[np.float32]:
        # The mapper leaves the picture before where the volume is out of sight.
        self.image.SetImageInUseSize(0, 0)
        window.draw(self.prop, camera, box, shift)
        columns, rows = window.size
        picture = np.zeros((rows, columns, 4), np.float32)
        width, height = self.image.GetImageInUseSize()
        if width and height:
            left, bottom = self.image.GetImageOrigin()
            picture[bottom : bottom + height, left : left + width] = _memory(self.image)[:height, :width]
        return picture[::-1] / np.float32(ONE)


def fixed_point_caster(image: vtkImageData, box: Box) -> FixedPointCaster:
    """Draws the points of `image` within `box`; DVR and MIP only."""
    mapper = vtkFixedPointVolumeRayCastMapper()
    mapper.SetAutoAdjustSampleDistances(False)
    mapper.SetLockSampleDistanceToInputSpacing(False)
    mapper.SetImageSampleDistance(1)
    mapper.SetInputData(image)
    # Planes and not SetCropping, which is off by a fraction of a voxel.
    for axis in range(3):
        for bound, side in ((box.lower[axis], 1), (box.upper[axis], -1)):
            mapper.AddClippingPlane(plane_across(axis, bound, side))
    prop = volume_with(mapper)
    values = image.GetPointData().GetScalars().GetRange()
    return FixedPointCaster(prop, mapper, (prop,), (values,), mapper.GetRayCastImage())


def light_up(look: vtkVolumeProperty, shading: Shading) -> None:
    """Light by VTK's own formula, the nearest to ours: its highlight is Phong's, as wide at a fourth of the power."""
    look.SetShade(True)
    look.SetAmbient(shading.ambient)
    look.SetDiffuse(shading.diffuse)
    look.SetSpecular(shading.specular)
    look.SetSpecularPower(shading.shininess / 4)


def _memory(image: vtkFixedPointRayCastImage) -> NDArray[np.uint16]:
    """All of an image's memory, (rows from below, columns, RGBA); it belongs to the image.

    VTK's Python gives a pointer as text: "_00005609c8d889a0_p_void".
    """
    columns, rows = image.GetImageMemorySize()
    address = int(image.GetImage().split("_")[1], 16)
    words = (ctypes.c_uint16 * (rows * columns * 4)).from_address(address)
    return np.ctypeslib.as_array(words).reshape(rows, columns, 4)
