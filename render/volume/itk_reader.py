"""Files that ITK reads -> volumes."""

from pathlib import Path

from render.errors import DataError
from render.volume.volume import Volume

ITK_ENDINGS = (".nrrd", ".nhdr", ".nii", ".nii.gz", ".mha", ".mhd", ".tif", ".tiff", ".dcm")


def is_dicom_folder(folder: Path) -> bool:
    return any(folder.glob("*.dcm"))


def open_itk(path: Path, name: str, label: str) -> Volume:
    raise DataError(f"{label}: {path} is of no format that is known")
