"""Caster: a volume, or several channels of it, with the VTK mapper that draws them; kept from frame to frame."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from vtkmodules.vtkCommonDataModel import vtkPlane
from vtkmodules.vtkRenderingCore import vtkAbstractVolumeMapper, vtkVolume, vtkVolumeProperty

from render.geometry import Box
from render.scene import DVR, MIP, Camera, Mode, Shading, Slice, TransferFunction
from render.vtk_scene.lookup import color_function, opacity_function, opaque
from render.vtk_scene.window import Window


class Mapper(Protocol):
    """What VTK's ray casters have in common; their base class lacks the sample distance."""

    def SetSampleDistance(self, distance: float) -> None: ...
    def SetBlendModeToComposite(self) -> None: ...
    def SetBlendModeToMaximumIntensity(self) -> None: ...
    def SetBlendModeToSlice(self) -> None: ...


@dataclass(frozen=True, slots=True, eq=False)
class Caster:
    """What is drawn (`prop`) by which mapper; one volume and one range of values (lowest, highest) for each channel."""

    prop: vtkVolume
    mapper: Mapper
    volumes: tuple[vtkVolume, ...]
    ranges: tuple[tuple[float, float], ...]

    def dress(self, mode: Mode, transfers: Sequence[TransferFunction], step: float) -> None:
        """Draw in this mode with one transfer function for each channel and samples `step` apart in world units."""
        self.mapper.SetSampleDistance(step)
        match mode:
            case DVR():
                self.mapper.SetBlendModeToComposite()
            case MIP():
                self.mapper.SetBlendModeToMaximumIntensity()
            case Slice():
                self.mapper.SetBlendModeToSlice()
        for volume, transfer, values in zip(self.volumes, transfers, self.ranges, strict=True):
            volume.SetProperty(appearance(mode, transfer, values))

    def draw(self, window: Window, camera: Camera, box: Box, size: tuple[int, int]) -> NDArray[np.float32]:
        """The picture of `size` (width, height): (height, width, 4) premultiplied RGBA in 0..1, row 0 on top."""
        window.draw(self.prop, camera, box, size)
        return window.read()


def volume_with(mapper: vtkAbstractVolumeMapper) -> vtkVolume:
    volume = vtkVolume()
    volume.SetMapper(mapper)
    return volume


def plane_across(axis: int, position: float, side: int = 1) -> vtkPlane:
    """The plane across `axis` (0 is x) at a world coordinate; its normal points to `side`."""
    plane = vtkPlane()
    plane.SetOrigin(*(position if k == axis else 0.0 for k in range(3)))
    plane.SetNormal(*(float(side) if k == axis else 0.0 for k in range(3)))
    return plane


def appearance(mode: Mode, transfer: TransferFunction, values: tuple[float, float]) -> vtkVolumeProperty:
    """How one channel, whose values lie between these, looks."""
    look = vtkVolumeProperty()
    look.SetInterpolationTypeToLinear()
    look.SetColor(color_function(transfer, values))
    look.SetScalarOpacity(opaque(transfer))
    if isinstance(mode, DVR):
        look.SetScalarOpacity(opacity_function(transfer, values))
        look.SetScalarOpacityUnitDistance(transfer.unit_distance)
        look.SetShade(mode.shaded)
        look.SetAmbient(Shading().ambient)
        look.SetDiffuse(Shading().diffuse)
        look.SetSpecular(Shading().specular)
        look.SetSpecularPower(Shading().shininess)
    if isinstance(mode, Slice):
        look.SetSliceFunction(plane_across("xyz".index(mode.axis), mode.position))
    return look
