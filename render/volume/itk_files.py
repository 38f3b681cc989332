"""Files and DICOM folders as ITK sees them: the one place that touches ITK.

ITK takes 2 s to import, so it is imported where it is used. It loads a file as a whole, except the formats that it can
read by regions (MetaImage without compression, MRC, VTK): those come as lazy dask arrays. It warns on standard error,
which cannot be caught; its own warnings are switched off, those of libtiff and MetaIO are not.
"""

import ctypes
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import dask
import dask.array
import numpy as np
from numpy.typing import NDArray

from render.errors import DataError
from render.volume.whole import check_whole

ITK_ENDINGS = (".nrrd", ".nhdr", ".nii", ".nii.gz", ".mha", ".mhd", ".tif", ".tiff", ".dcm", ".mrc", ".gipl", ".lsm")

Voxels = Any
"""A numpy array, or a dask array, which has the same methods."""

REGION = (64, 256, 256)
"""Voxels (z, y, x) of a region of a file that is read by regions."""

PIXELS = {
    "unsigned_char": "UC",
    "char": "SS",
    "unsigned_short": "US",
    "short": "SS",
    "unsigned_int": "UI",
    "int": "SI",
    "unsigned_long": "ULL",
    "unsigned_long_long": "ULL",
    "long": "D",
    "long_long": "D",
    "float": "F",
    "double": "D",
}
"""ITK's component type in the file -> that of an image it is read into; 64-bit integers lose digits beyond 2^53."""

_loading = threading.Lock()

VECTOR_PIXELS = PIXELS | dict.fromkeys(("unsigned_int", "int", "unsigned_long", "unsigned_long_long"), "D")


@dataclass(frozen=True, slots=True)
class ItkFile:
    """What ITK says of a file. `voxels` is (time, z, y, x, component) without those that the file has not.

    `size`, `spacing` and `origin` are by index axis (i, j, k, time) as far as there are such, `direction` is square in
    the number of those; lengths as ITK gives them. `format` is the name of ITK's reader, such as "NrrdImageIO".
    """

    voxels: Voxels
    size: tuple[int, ...]
    spacing: tuple[float, ...]
    origin: tuple[float, ...]
    direction: NDArray[np.float64]
    components: int
    pixel: str
    format: str
    keys: frozenset[str]
    notes: tuple[str, ...] = ()


def is_dicom_folder(folder: Path) -> bool:
    """Whether a folder holds DICOM files, by their ending or by the mark that they begin with; at most 16 are tried."""
    files = [entry for entry in sorted(folder.iterdir())[:16] if entry.is_file()]
    return any(file.suffix.lower() in (".dcm", ".ima") or _is_dicom(file) for file in files)


def _is_dicom(file: Path) -> bool:
    with file.open("rb") as opened:
        return opened.read(132)[128:] == b"DICM"


def load_itk() -> Any:
    """The module `itk`, with what is needed of it loaded: 2 s the first time.

    Its parts load when they are first used, and warn while they do (SWIG types without a module); where warnings are
    errors, that ends the process with a segmentation fault.
    """
    with _loading, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import itk

        for part in ("Image", "ImageFileReader", "ImageSeriesReader", "GDCMImageIO", "PyBuffer"):
            getattr(itk, part)
        itk.Object.SetGlobalWarningDisplay(False)
        _keep_swig()
    return itk


@cache
def _keep_swig() -> None:
    """Never let SWIG clean up: as Python ends it makes a type, which warns, and dies where that is an error."""
    for name, module in list(sys.modules.items()):
        if name.startswith("swig_runtime_data"):
            for capsule in (value for key, value in vars(module).items() if key.startswith("type_pointer")):
                ctypes.pythonapi.Py_IncRef(ctypes.py_object(capsule))


def read_file(path: Path, label: str) -> ItkFile:
    """A file that ITK reads, or a folder with a DICOM series. DataError where it cannot."""
    itk = load_itk()
    with _reading(path, label):
        check_whole(path)
        return _read_series(itk, path) if path.is_dir() else _read_image(itk, path, label)


@contextmanager
def _reading(path: Path, label: str) -> Iterator[None]:
    try:
        yield
    # ITK's exceptions arrive as RuntimeError, types that it has no reader for as TypeError or KeyError.
    except (RuntimeError, TypeError, KeyError, ValueError, OSError) as error:
        raise DataError(f"{label}: it cannot be read: {_says(error, path)}") from error


def _read_image(itk: Any, path: Path, label: str) -> ItkFile:
    header = itk.ImageIOFactory.CreateImageIO(str(path), itk.CommonEnums.IOFileMode_ReadMode)
    if header is None:
        raise RuntimeError("its format is not known")
    header.SetFileName(str(path))
    header.ReadImageInformation()
    image_type = _image_type(itk, header)
    if header.CanStreamRead():
        return _described(header, _lazy(_Regions(itk, image_type, path, label), header))
    reader = itk.ImageFileReader[image_type].New(FileName=str(path))
    reader.Update()
    return _described(header, itk.array_view_from_image(reader.GetOutput()))


def _read_series(itk: Any, folder: Path) -> ItkFile:
    names = itk.GDCMSeriesFileNames.New()
    names.SetUseSeriesDetails(True)
    names.SetDirectory(str(folder))
    series = {uid: list(names.GetFileNames(uid)) for uid in names.GetSeriesUIDs()}
    if not series:
        raise RuntimeError("the folder holds no DICOM series")
    uid = max(series, key=lambda uid: len(series[uid]))
    header = itk.GDCMImageIO.New()
    header.SetFileName(series[uid][0])
    header.ReadImageInformation()
    reader = itk.ImageSeriesReader[_slice_type(itk, header)].New()
    reader.SetImageIO(header)
    reader.SetFileNames(series[uid])
    reader.Update()
    image = reader.GetOutput()
    notes = []
    if len(series) > 1:
        notes.append(f"The folder holds {len(series)} series: the one with most slices, {len(series[uid])}, is shown.")
    if image.GetMetaDataDictionary().HasKey("ITK_non_uniform_sampling_deviation"):
        notes.append("The slices are not evenly spaced, or some are missing: they are drawn as if they were.")
    return ItkFile(
        itk.array_view_from_image(image),
        tuple(int(n) for n in image.GetLargestPossibleRegion().GetSize()),
        tuple(float(s) for s in image.GetSpacing()),
        tuple(float(o) for o in image.GetOrigin()),
        np.asarray(itk.array_from_matrix(image.GetDirection()), np.float64),
        header.GetNumberOfComponents(),
        header.GetPixelTypeAsString(header.GetPixelType()),
        header.GetNameOfClass(),
        frozenset(),
        tuple(notes),
    )


def _described(header: Any, voxels: Voxels) -> ItkFile:
    axes = range(header.GetNumberOfDimensions())
    return ItkFile(
        voxels,
        tuple(int(header.GetDimensions(i)) for i in axes),
        tuple(float(header.GetSpacing(i)) for i in axes),
        tuple(float(header.GetOrigin(i)) for i in axes),
        # GetDirection gives the direction of an index axis: a column of the matrix.
        np.array([list(header.GetDirection(i)) for i in axes], np.float64).T,
        header.GetNumberOfComponents(),
        header.GetPixelTypeAsString(header.GetPixelType()),
        header.GetNameOfClass(),
        frozenset(header.GetMetaDataDictionary().GetKeys()),
    )


def _slice_type(itk: Any, header: Any) -> Any:
    """The type of image to read a series into, for which there are no images of any number of components."""
    if header.GetNumberOfComponents() == 3:
        return itk.Image[itk.RGBPixel[itk.UC], 3]
    return _image_type(itk, header, dimensions=3)


def _image_type(itk: Any, header: Any, dimensions: int = 0) -> Any:
    """The type of image to read into. RuntimeError where ITK for Python has none."""
    dimensions = dimensions or header.GetNumberOfDimensions()
    component = header.GetComponentTypeAsString(header.GetComponentType())
    components = header.GetNumberOfComponents()
    pixel = header.GetPixelTypeAsString(header.GetPixelType())
    if not 2 <= dimensions <= 4:
        raise RuntimeError(f"it has {dimensions} dimensions: 2 to 4 can be read")
    if component not in PIXELS or "complex" in pixel:
        raise RuntimeError(f"its voxels are {pixel} of {component}")
    if components == 1:
        return itk.Image[getattr(itk, PIXELS[component]), dimensions]
    return itk.VectorImage[getattr(itk, VECTOR_PIXELS[component]), dimensions]


@dataclass(frozen=True, slots=True)
class _Regions:
    """A file that is read by regions, each by a reader of its own."""

    itk: Any
    image_type: Any
    path: Path
    label: str

    def read(self, index: list[int], size: list[int]) -> NDArray[np.generic]:
        """The voxels from `index` on, both in the order i, j, k, time. DataError."""
        with _reading(self.path, self.label):
            reader = self.itk.ImageFileReader[self.image_type].New(FileName=str(self.path))
            reader.UpdateOutputInformation()
            image = reader.GetOutput()
            image.SetRequestedRegion(self.itk.ImageRegion[len(size)](index, size))
            image.Update()
            # ITK 5.4 makes a view of the largest possible region, whatever was read: beyond what is there.
            image.SetLargestPossibleRegion(image.GetBufferedRegion())
            return np.array(self.itk.array_view_from_image(image))


def _lazy(regions: _Regions, header: Any) -> Voxels:
    """The voxels as a dask array whose blocks are read when they are asked for."""
    size = [int(header.GetDimensions(i)) for i in range(header.GetNumberOfDimensions())]
    components = header.GetNumberOfComponents()
    inner = (components,) if components > 1 else ()
    blocks = (*((1,) if len(size) == 4 else ()), *REGION[-min(3, len(size)) :], *inner)
    dtype = regions.read([0] * len(size), [1] * len(size)).dtype

    def block(block_info: Any) -> NDArray[np.generic]:
        spans = block_info[None]["array-location"][: len(size)][::-1]
        return regions.read([first for first, _ in spans], [last - first for first, last in spans])

    chunks = dask.array.core.normalize_chunks(blocks, (*size[::-1], *inner))  # type: ignore[no-untyped-call]
    return dask.array.map_blocks(block, chunks=chunks, dtype=dtype, meta=np.empty((0,) * len(blocks), dtype))  # type: ignore[no-untyped-call]


def _says(error: BaseException, path: Path) -> str:
    """What ITK says on one line, without the lines of its own sources and the paths of the server."""
    text = str(error).replace(str(path), path.name)
    _, found, after = text.partition("ITK ERROR: ")
    return " ".join((after if found else text).split())[:300]
