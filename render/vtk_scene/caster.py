"""Caster: a volume, or several channels of it, with the VTK mapper that draws them; kept from frame to frame."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from vtkmodules.vtkCommonDataModel import vtkPlane
from vtkmodules.vtkRenderingCore import vtkAbstractVolumeMapper, vtkVolume, vtkVolumeProperty

from render.geometry import Box, Vec3
from render.scene import DVR, MIP, Camera, Iso, Mean, MinIP, Mode, Oblique, Slice, Sum, TransferFunction
from render.vtk_scene.aim import Shift
from render.vtk_scene.lookup import color_function, opacity_function, opaque, surface_colors, surface_opacities
from render.vtk_scene.plan import Look
from render.vtk_scene.window import Window


class Mapper(Protocol):
    """What VTK's ray casters have in common; their base class lacks the sample distance."""

    def SetSampleDistance(self, distance: float) -> None: ...
    def SetBlendModeToComposite(self) -> None: ...
    def SetBlendModeToMaximumIntensity(self) -> None: ...
    def SetBlendModeToMinimumIntensity(self) -> None: ...
    def SetBlendModeToAverageIntensity(self) -> None: ...
    def SetBlendModeToIsoSurface(self) -> None: ...
    def SetBlendModeToSlice(self) -> None: ...


@dataclass(slots=True, eq=False)
class Caster:
    """What is drawn (`prop`) by which mapper; one volume and one range of values (lowest, highest) for each channel."""

    prop: vtkVolume
    mapper: Mapper
    volumes: tuple[vtkVolume, ...]
    ranges: tuple[tuple[float, float], ...]

    def dress(self, look: Look) -> None:
        """Draw with this look from now on; VTK builds its tables and shaders again."""
        self.mapper.SetSampleDistance(look.style.step)
        blend(self.mapper, look.style.mode)
        for volume, transfer, values in zip(self.volumes, look.transfers, self.ranges, strict=True):
            volume.SetProperty(appearance(look, transfer, values))

    def draw(self, window: Window, camera: Camera, box: Box, shift: Shift) -> NDArray[np.float32]:
        """The picture of the window's size: (height, width, 4) premultiplied RGBA in 0..1, row 0 on top."""
        window.draw(self.prop, camera, box, shift)
        return window.read()


def volume_with(mapper: vtkAbstractVolumeMapper) -> vtkVolume:
    volume = vtkVolume()
    volume.SetMapper(mapper)
    return volume


def plane_through(point: Vec3, normal: Vec3) -> vtkPlane:
    """A plane in world coordinates."""
    plane = vtkPlane()
    plane.SetOrigin(*point)
    plane.SetNormal(*normal)
    return plane


def plane_across(axis: int, position: float, side: int = 1) -> vtkPlane:
    """The plane across `axis` (0 is x) at a world coordinate; its normal points to `side`."""
    x, y, z = (float(k == axis) for k in range(3))
    return plane_through((x * position, y * position, z * position), (x * side, y * side, z * side))


def blend(mapper: Mapper, mode: Mode) -> None:
    """What the mapper does with the values along a ray. Mean and sum count for themselves in VTK's loop for a mean."""
    match mode:
        case DVR():
            mapper.SetBlendModeToComposite()
        case MIP():
            mapper.SetBlendModeToMaximumIntensity()
        case MinIP():
            mapper.SetBlendModeToMinimumIntensity()
        case Mean() | Sum():
            mapper.SetBlendModeToAverageIntensity()
        case Iso():
            mapper.SetBlendModeToIsoSurface()
        case Slice() | Oblique():
            mapper.SetBlendModeToSlice()


def appearance(look: Look, transfer: TransferFunction, values: tuple[float, float]) -> vtkVolumeProperty:
    """How one channel, whose values lie between these, looks."""
    style = look.style
    made = vtkVolumeProperty()
    made.SetInterpolationTypeToLinear()
    made.SetColor(color_function(transfer, values))
    made.SetScalarOpacity(opaque(transfer))
    match style.mode:
        case DVR():
            made.SetScalarOpacity(opacity_function(transfer, values))
            made.SetScalarOpacityUnitDistance(transfer.unit_distance)
        case Iso(isosurfaces=surfaces):
            made.SetColor(surface_colors(surfaces, transfer))
            made.SetScalarOpacity(surface_opacities(surfaces))
            for k, surface in enumerate(surfaces):
                made.GetIsoSurfaceValues().SetValue(k, surface.value)
        case Slice() | Oblique() as plane:
            made.SetSliceFunction(plane_through(plane.point, plane.normal))
    return made
