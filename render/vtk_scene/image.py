"""Voxels -> vtkImageData, placed so that VTK draws the whole cells box.

Of an image whose points are the voxels VTK draws from the first to the last voxel centre, half a voxel short on each
face. There are two ways out, one for each kind of mapper.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from vtkmodules.util.numpy_support import numpy_to_vtk
from vtkmodules.vtkCommonCore import vtkDataArray
from vtkmodules.vtkCommonDataModel import vtkImageData

from render.geometry import subtract, to_world
from render.volume.info import Level

DRAWN_TYPES = {"bool": "uint16", "uint8": "uint16", "int8": "int16", "uint16": "uint16", "int16": "int16"}
"""The type in which VTK draws voxels; every other is drawn as float32.

Between voxels of 8 bits OpenGL in software interpolates in 8 bits: up to 8 grey levels off, and isosurfaces in steps.
"""

REACH = 64.0
"""How many windows beyond the window voxels keep their values."""


@dataclass(frozen=True, slots=True, eq=False)
class Voxels:
    """A level's voxels as VTK draws them: (z, y, x), C-contiguous, and the smallest and largest of their numbers.

    `holes`: some are NaN, which is nothing.
    """

    array: NDArray[np.generic]
    values: tuple[float, float]
    holes: bool = False


def drawn_type(dtype: str) -> np.dtype[np.generic]:
    """The type in which VTK draws voxels of this one."""
    return np.dtype(DRAWN_TYPES.get(np.dtype(dtype).name, "float32"))


def measured(array: NDArray[np.generic]) -> Voxels:
    """The voxels, C-contiguous in a type that VTK draws; infinite ones become NaN."""
    values = (float(array.min()), float(array.max()))
    if not np.isfinite(values).all():
        known = np.isfinite(array)
        numbers = array[known]
        values = (float(numbers.min()), float(numbers.max())) if numbers.size else (0.0, 0.0)
        return Voxels(np.where(known, array, array.dtype.type(np.nan)), values, holes=True)
    return Voxels(array, values)


def reach(voxels: Voxels, window: tuple[float, float]) -> tuple[float, float]:
    """The values that voxels have to be held between for this window, (lowest, highest).

    VTK spreads a table of 16384 entries over all values there are. A window of 10 in 16 bits would get two of them, and
    none where a float volume says 1e30 for "nothing". So values beyond `REACH` windows are cut off, which moves edges
    by 1/65 of a voxel at most.
    """
    slack = REACH * (window[1] - window[0])
    lowest, highest = voxels.values
    # A window may lie beyond all values, and beyond what their type can hold.
    return (min(max(lowest, window[0] - slack), highest), max(min(highest, window[1] + slack), lowest))


def within(voxels: Voxels, bounds: tuple[float, float]) -> Voxels:
    """The voxels held between `bounds`, the same ones where they lie there already."""
    if bounds == voxels.values:
        return voxels
    as_stored = voxels.array.dtype.type
    return Voxels(np.clip(voxels.array, as_stored(bounds[0]), as_stored(bounds[1])), bounds, voxels.holes)


def cells_image(voxels: Voxels, level: Level) -> vtkImageData:
    """An image whose cells are the voxels, which the OpenGL mapper interpolates between their centres and holds at the
    border. It shares the memory of `voxels`."""
    image = _image([n + 1 for n in voxels.array.shape], level)
    image.SetOrigin(*level.box.lower)
    image.GetCellData().SetScalars(_scalars(voxels.array))
    return image


def points_image(voxels: Voxels, level: Level) -> vtkImageData:
    """An image whose points are the voxels and one more layer around them that repeats the outermost, for mappers that
    know no cells; half of that layer has to be clipped away."""
    image = _image([n + 2 for n in voxels.array.shape], level)
    image.SetOrigin(*subtract(to_world(level.origin), to_world(level.spacing)))
    image.GetPointData().SetScalars(_scalars(np.pad(voxels.array, 1, mode="edge")))
    return image


def _image(points: list[int], level: Level) -> vtkImageData:
    image = vtkImageData()
    image.SetDimensions(*reversed(points))
    image.SetSpacing(*to_world(level.spacing))
    return image


def _scalars(array: NDArray[np.generic]) -> vtkDataArray:
    scalars: vtkDataArray = numpy_to_vtk(array.reshape(-1), deep=False)  # type: ignore[no-untyped-call]
    return scalars
