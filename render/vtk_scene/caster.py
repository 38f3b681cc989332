"""Casters: images of one or more channels with the VTK mapper that draws them; kept from frame to frame.

`accurate_caster` is VTK's OpenGL mapper. With sample distances fixed and without jitter it follows the house
conventions to a grey level. Several channels are a vtkMultiVolume, which composites one after the other within a
sample: with the step that goes to "extinctions add" (0.1 grey levels off at 1/20 voxel, whatever the order). One image
of several components does not: VTK then weights opacities by themselves (4 grey levels off on average at any step).

`fast_caster` is VTK's ray caster on the CPU, about five times as fast where OpenGL is software. Its 15-bit arithmetic
is off by up to a few grey levels, and it knows neither cells nor slices nor several channels by our rules.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import vtkmodules.vtkRenderingVolumeOpenGL2  # noqa: F401  registers what vtkFixedPointVolumeRayCastMapper shows with
from vtkmodules.vtkCommonDataModel import vtkImageData, vtkPlane
from vtkmodules.vtkRenderingCore import vtkAbstractVolumeMapper, vtkVolume, vtkVolumeProperty
from vtkmodules.vtkRenderingVolume import vtkFixedPointVolumeRayCastMapper, vtkMultiVolume
from vtkmodules.vtkRenderingVolumeOpenGL2 import vtkOpenGLGPUVolumeRayCastMapper

from render.geometry import Box
from render.scene import DVR, MIP, Slice, TransferFunction
from render.vtk_scene.lookup import color_function, opacity_function, opaque

AMBIENT, DIFFUSE, SPECULAR, SHININESS = 0.25, 0.75, 0.25, 16

NO_LIMIT = 2**60


@dataclass(frozen=True, slots=True, eq=False)
class Caster:
    """What is drawn (`prop`), by which mapper, and the volumes whose properties say how."""

    prop: vtkVolume
    mapper: vtkOpenGLGPUVolumeRayCastMapper | vtkFixedPointVolumeRayCastMapper
    volumes: tuple[vtkVolume, ...]
    ranges: tuple[tuple[float, float], ...]

    def dress(self, mode: DVR | MIP | Slice, transfers: Sequence[TransferFunction], step: float) -> None:
        """Draw in this mode with one transfer function for each volume and samples `step` apart in world units."""
        self.mapper.SetSampleDistance(step)
        match mode:
            case DVR():
                self.mapper.SetBlendModeToComposite()
            case MIP():
                self.mapper.SetBlendModeToMaximumIntensity()
            case Slice():
                self.mapper.SetBlendModeToSlice()
        for volume, transfer, values in zip(self.volumes, transfers, self.ranges, strict=True):
            volume.SetProperty(_property(mode, transfer, values))


def accurate_caster(images: Sequence[vtkImageData]) -> Caster:
    """Draws the cells of `images`, one for each channel, by OpenGL."""
    mapper = vtkOpenGLGPUVolumeRayCastMapper()
    mapper.SetAutoAdjustSampleDistances(False)
    mapper.SetLockSampleDistanceToInputSpacing(False)
    mapper.SetUseJittering(False)
    mapper.SetScalarModeToUseCellData()
    # The budget has been kept before; above its own limit VTK would draw nothing.
    mapper.SetMaxMemoryInBytes(NO_LIMIT)
    mapper.SetMaxMemoryFraction(1.0)
    ranges = tuple(image.GetCellData().GetScalars().GetRange() for image in images)
    if len(images) == 1:
        mapper.SetInputData(images[0])
        prop = _volume(mapper)
        return Caster(prop, mapper, (prop,), ranges)
    several = vtkMultiVolume()
    several.SetMapper(mapper)
    volumes = tuple(vtkVolume() for _ in images)
    for port, (image, volume) in enumerate(zip(images, volumes, strict=True)):
        mapper.SetInputDataObject(port, image)
        several.SetVolume(volume, port)
    return Caster(several, mapper, volumes, ranges)


def fast_caster(image: vtkImageData, box: Box) -> Caster:
    """Draws the points of `image` within `box` on the CPU; DVR and MIP only."""
    mapper = vtkFixedPointVolumeRayCastMapper()
    mapper.SetAutoAdjustSampleDistances(False)
    mapper.SetLockSampleDistanceToInputSpacing(False)
    mapper.SetImageSampleDistance(1)
    mapper.SetInputData(image)
    # Planes and not SetCropping, which is off by a fraction of a voxel.
    for axis in range(3):
        for bound, side in ((box.lower[axis], 1), (box.upper[axis], -1)):
            mapper.AddClippingPlane(_plane(axis, bound, side))
    prop = _volume(mapper)
    return Caster(prop, mapper, (prop,), (image.GetPointData().GetScalars().GetRange(),))


def _volume(mapper: vtkAbstractVolumeMapper) -> vtkVolume:
    volume = vtkVolume()
    volume.SetMapper(mapper)
    return volume


def _plane(axis: int, position: float, side: int = 1) -> vtkPlane:
    """The plane across `axis` (0 is x) at a world coordinate; what lies towards `side` is kept."""
    plane = vtkPlane()
    plane.SetOrigin(*(position if k == axis else 0.0 for k in range(3)))
    plane.SetNormal(*(float(side) if k == axis else 0.0 for k in range(3)))
    return plane


def _property(mode: DVR | MIP | Slice, transfer: TransferFunction, values: tuple[float, float]) -> vtkVolumeProperty:
    appearance = vtkVolumeProperty()
    appearance.SetInterpolationTypeToLinear()
    appearance.SetColor(color_function(transfer, values))
    if isinstance(mode, DVR):
        appearance.SetScalarOpacity(opacity_function(transfer, values))
        appearance.SetScalarOpacityUnitDistance(transfer.unit_distance)
    else:
        appearance.SetScalarOpacity(opaque(transfer))
    if isinstance(mode, DVR) and mode.shaded:
        appearance.ShadeOn()
        appearance.SetAmbient(AMBIENT)
        appearance.SetDiffuse(DIFFUSE)
        appearance.SetSpecular(SPECULAR)
        appearance.SetSpecularPower(SHININESS)
    if isinstance(mode, Slice):
        appearance.SetSliceFunction(_plane("xyz".index(mode.axis), mode.position))
    return appearance
