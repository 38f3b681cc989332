"""What ITK reads as a Volume: NRRD, NIfTI, MetaImage, TIFF, a folder with a DICOM series.

World space is ITK's own (LPS for what is medical). Axes that run along the world's backwards or in another order are
put right in the array; an oblique rotation is kept in `VolumeInfo.direction`. Coarser levels are made in memory.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import dask.array
import numpy as np
from numpy.typing import NDArray

from render.geometry import Shape3, Vec3
from render.volume.axes import KINDS
from render.volume.coarser import pyramid_levels, shrink
from render.volume.info import AxisInfo, ChannelInfo, Level, VolumeInfo
from render.volume.itk_files import ItkFile, Voxels, read_file
from render.volume.orientation import Straightened, straighten
from render.volume.pyramid import note_precision
from render.volume.volume import Array, Volume

CHUNK = 64
SLAB = 64
"""Planes that are shrunk at once; even, so that no pair is cut."""

ANATOMICAL_KEYS = {"NRRD_space", "qform_code", "sform_code"}
COLORS = {"red": "#ff0000", "green": "#00ff00", "blue": "#0000ff"}


@dataclass(frozen=True, slots=True)
class HeldArray:
    """An array in memory, or a lazy one, as an `ArraySource`; what is read belongs to the reader."""

    array: Voxels
    chunks: tuple[int, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        shape: tuple[int, ...] = self.array.shape
        return shape

    @property
    def dtype(self) -> np.dtype[np.generic]:
        dtype: np.dtype[np.generic] = self.array.dtype
        return dtype

    def read(self, selection: tuple[slice | int, ...]) -> Array:
        # A copy: what ITK holds must not be seen when the image that owns it is gone.
        return np.array(self.array[selection])


def open_itk(path: Path, name: str, label: str) -> Volume:
    """The file at `path` as a Volume called `name`, with coarser levels, all of it in memory. DataError."""
    info, roles, lazy = _read(path, name, label)
    # dask reads a file that came by regions; what ITK holds already is not copied.
    finest = lazy.compute(scheduler="threads") if isinstance(lazy, dask.array.Array) else lazy  # type: ignore[no-untyped-call]
    levels = pyramid_levels(info.levels[0])
    arrays = [finest]
    for level, factors in levels[1:]:
        arrays.append(_coarser(arrays[-1], level.shape, factors))
    sources = tuple(HeldArray(array, _chunks(array.shape)) for array in arrays)
    return Volume(replace(info, levels=tuple(level for level, _ in levels)), roles, sources)


def open_itk_finest(path: Path, name: str, label: str) -> Volume:
    """The same with its finest level only, read by regions where the format allows it. DataError."""
    info, roles, array = _read(path, name, label)
    return Volume(info, roles, (HeldArray(array, _chunks(array.shape)),))


def _read(path: Path, name: str, label: str) -> tuple[VolumeInfo, str, Voxels]:
    file = read_file(path, label)
    spacing, notes = _spacing(file)
    straight = straighten(*_geometry(file, spacing))
    if path.name.lower().endswith((".ome.tif", ".ome.tiff")):
        notes.append("ITK does not read what an OME-TIFF says of itself: all its pages are shown as one stack in z.")
    roles = ("t" if len(file.size) == 4 else "") + ("c" if file.components > 1 else "") + "zyx"
    array = _straighten_array(file, straight, roles)
    note_precision(array.dtype.name, notes)
    if straight.sheared:
        notes.append("The volume is sheared: its axes are drawn perpendicular, by the nearest rotation.")
    unit = _unit(file)
    info = VolumeInfo(
        name=name,
        axes=tuple(AxisInfo(role, KINDS[role], _axis_unit(role, unit, file)) for role in roles),
        dtype=array.dtype.name,
        levels=(_level(array.shape, straight),),
        channels=_channels(file, array.dtype),
        unit=unit,
        times=array.shape[0] if "t" in roles else 1,
        time_step=file.spacing[3] if "t" in roles else 1.0,
        time_unit=_axis_unit("t", unit, file) if "t" in roles else "",
        notes=(*file.notes, *notes),
        direction=straight.direction,
        anatomical=file.format in ("GDCMImageIO",) or bool(file.keys & ANATOMICAL_KEYS),
    )
    return info, roles, array


def _spacing(file: ItkFile) -> tuple[Vec3, list[str]]:
    """Spacing by index axis i, j, k, and what was assumed of it."""
    # An image of two dimensions is one plane of cubes.
    i, j, k = (*file.spacing[:3], file.spacing[0])[:3]
    if file.format != "TIFFImageIO":
        return (i, j, k), []
    notes = [] if _unit(file) else ["The file does not say how large its pixels are: lengths have no unit."]
    if len(file.size) > 2:
        notes.append("A TIFF does not say how far apart its pages are: as far as its pixels is assumed.")
    return (i, j, i), notes


def _unit(file: ItkFile) -> str:
    """Millimetres by ITK's convention, but for a TIFF without a resolution, which ITK gives as 1, and for MRC."""
    if file.format == "TIFFImageIO" and file.spacing[:2] == (1.0, 1.0):
        return ""
    return "angstrom" if file.format == "MRCImageIO" else "millimeter"


def _axis_unit(role: str, unit: str, file: ItkFile) -> str:
    if role == "t":
        return "second" if file.format == "NiftiImageIO" else ""
    return unit if role in "zyx" else ""


def _geometry(file: ItkFile, spacing: Vec3) -> tuple[NDArray[np.float64], Vec3, Vec3, Shape3]:
    """Direction, spacing, origin and size of three axes, by index axis i, j, k."""
    known = min(3, len(file.size))
    direction = np.eye(3)
    direction[:known, :known] = file.direction[:known, :known]
    x, y, z = (*file.origin[:known], 0.0)[:3]
    i, j, k = (*file.size[:known], 1)[:3]
    return direction, spacing, (x, y, z), (i, j, k)


def _straighten_array(file: ItkFile, straight: Straightened, roles: str) -> Voxels:
    """The voxels in the order of `roles`, as a view."""
    voxels = file.voxels
    if "c" in roles:
        voxels = np.moveaxis(voxels, -1, roles.index("c"))
    if len(file.size) == 2:
        voxels = voxels[..., None, :, :]
    lead = len(roles) - 3
    # Index axis i is the array's last.
    voxels = voxels.transpose([*range(lead), *(lead + 2 - straight.order[world] for world in (2, 1, 0))])
    return voxels[(..., *(slice(None, None, -1 if straight.flipped[world] else 1) for world in (2, 1, 0)))]


def _level(shape: tuple[int, ...], straight: Straightened) -> Level:
    z, y, x = shape[-3:]
    (sx, sy, sz), (ox, oy, oz) = straight.spacing, straight.origin
    return Level("0", (z, y, x), (min(CHUNK, z), min(CHUNK, y), min(CHUNK, x)), (sz, sy, sx), (oz, oy, ox))


def _chunks(shape: tuple[int, ...]) -> tuple[int, ...]:
    return (1,) * (len(shape) - 3) + tuple(min(CHUNK, size) for size in shape[-3:])


def _channels(file: ItkFile, dtype: np.dtype[np.generic]) -> tuple[ChannelInfo, ...]:
    if file.pixel in ("rgb", "rgba"):
        window = (0.0, 255.0) if dtype == np.uint8 else None
        colors = [ChannelInfo(name, color, window) for name, color in COLORS.items()]
        return (*colors, ChannelInfo("alpha", None, window, active=False))[: file.components]
    if file.components == 1:
        return (ChannelInfo("channel 0"),)
    return tuple(ChannelInfo(f"component {index}") for index in range(file.components))


def _coarser(array: NDArray[np.generic], shape: Shape3, factors: Shape3) -> NDArray[np.generic]:
    """The next level of (..., z, y, x), slab by slab, so that sums take little memory."""
    coarse = np.empty((*array.shape[:-3], *shape), array.dtype)
    for first in range(0, array.shape[-3], SLAB):
        shrunk = shrink(array[..., first : first + SLAB, :, :], factors)
        start = first // factors[0]
        coarse[..., start : start + shrunk.shape[-3], :, :] = shrunk
    return coarse
