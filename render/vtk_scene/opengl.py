"""Casting by VTK's OpenGL mapper: the second truth, and fast where OpenGL is a GPU.

With fixed sample distances and without jitter it follows the house conventions to a grey level. Several channels are
a vtkMultiVolume, which composites one after the other within a sample: with a fine step that is "extinctions add"
(0.06 grey levels off on average at 1/50 of a voxel, in either order). One image of several components is not: VTK then
weights opacities by themselves, 4.3 grey levels off at any step.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from vtkmodules.vtkCommonDataModel import vtkImageData
from vtkmodules.vtkRenderingCore import vtkVolume
from vtkmodules.vtkRenderingVolume import vtkMultiVolume
from vtkmodules.vtkRenderingVolumeOpenGL2 import vtkOpenGLGPUVolumeRayCastMapper

from render.geometry import Box
from render.scene import Camera, Mean, Sum
from render.volume.info import Level
from render.vtk_scene.aim import Shift
from render.vtk_scene.caster import Caster, plane_through, volume_with
from render.vtk_scene.lookup import colors_at
from render.vtk_scene.plan import Look
from render.vtk_scene.shader import MARK, shader_changes
from render.vtk_scene.window import Window

NO_LIMIT = 2**60
"""The budget has been kept when a level was chosen; VTK draws nothing above a limit of its own."""


@dataclass(slots=True, eq=False)
class OpenGLCaster(Caster):
    """A caster of voxels that lie as those of `level`, with its look."""

    level: Level
    look: Look | None = None

    def dress(self, look: Look) -> None:
        self.look = look
        Caster.dress(self, look)
        mapper = self.prop.GetMapper()
        mapper.RemoveAllClippingPlanes()
        for plane in look.style.planes:
            mapper.AddClippingPlane(plane_through(plane.point, plane.normal))
        changes = self.prop.GetShaderProperty()
        changes.ClearAllFragmentShaderReplacements()
        for mark, code in shader_changes(look, self.ranges, self.level).items():
            changes.AddFragmentShaderReplacement(mark, mark.startswith(MARK), code, False)

    def draw(self, window: Window, camera: Camera, box: Box, shift: Shift) -> NDArray[np.float32]:
        drawn = Caster.draw(self, window, camera, box, shift)
        if self.look and isinstance(self.look.style.mode, Mean | Sum):
            shares = (255 * 256 * drawn[..., 0] + 255 * drawn[..., 1]) / 65535
            drawn[..., :3] = colors_at(self.look.transfers[0], shares) * drawn[..., 3:]
        return drawn


def opengl_caster(images: Sequence[vtkImageData], level: Level) -> OpenGLCaster:
    """Draws the cells of `images`, one for each channel, which lie as those of `level`."""
    mapper = vtkOpenGLGPUVolumeRayCastMapper()
    mapper.SetAutoAdjustSampleDistances(False)
    mapper.SetLockSampleDistanceToInputSpacing(False)
    mapper.SetUseJittering(False)
    mapper.SetScalarModeToUseCellData()
    mapper.SetMaxMemoryInBytes(NO_LIMIT)
    mapper.SetMaxMemoryFraction(1.0)
    ranges = tuple(image.GetCellData().GetScalars().GetRange() for image in images)
    if len(images) == 1:
        mapper.SetInputData(images[0])
        prop = volume_with(mapper)
        return OpenGLCaster(prop, mapper, (prop,), ranges, level)
    several = vtkMultiVolume()
    several.SetMapper(mapper)
    volumes = tuple(vtkVolume() for _ in images)
    for port, (image, volume) in enumerate(zip(images, volumes, strict=True)):
        mapper.SetInputDataObject(port, image)
        several.SetVolume(volume, port)
    return OpenGLCaster(several, mapper, volumes, ranges, level)
