"""Casting by VTK's OpenGL mapper: the second truth, and fast where OpenGL is a GPU.

With fixed sample distances and without jitter it follows the house conventions to a grey level. Several channels are
a vtkMultiVolume, which composites one after the other within a sample: with a fine step that is "extinctions add"
(0.06 grey levels off on average at 1/50 of a voxel, in either order). One image of several components is not: VTK then
weights opacities by themselves, 4.3 grey levels off at any step.
"""

from collections.abc import Sequence

from vtkmodules.vtkCommonDataModel import vtkImageData
from vtkmodules.vtkRenderingCore import vtkVolume
from vtkmodules.vtkRenderingVolume import vtkMultiVolume
from vtkmodules.vtkRenderingVolumeOpenGL2 import vtkOpenGLGPUVolumeRayCastMapper

from render.vtk_scene.caster import Caster, volume_with

NO_LIMIT = 2**60
"""The budget has been kept when a level was chosen; VTK draws nothing above a limit of its own."""


def opengl_caster(images: Sequence[vtkImageData]) -> Caster:
    """Draws the cells of `images`, one for each channel."""
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
        return Caster(prop, mapper, (prop,), ranges)
    several = vtkMultiVolume()
    several.SetMapper(mapper)
    volumes = tuple(vtkVolume() for _ in images)
    for port, (image, volume) in enumerate(zip(images, volumes, strict=True)):
        mapper.SetInputDataObject(port, image)
        several.SetVolume(volume, port)
    return Caster(several, mapper, volumes, ranges)
