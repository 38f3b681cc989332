"""Sources that a user names -> volumes: an image, or all that a plate, a bioformats2raw container or a folder holds."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from render.errors import BadRequest, DataError, NotFound
from render.volume.itk_files import ITK_ENDINGS, is_dicom_folder
from render.volume.itk_reader import open_itk, open_itk_finest
from render.volume.ngff_rules.hierarchy import leads_below, scene_paths
from render.volume.ome import image_attributes
from render.volume.raw import FolderStore, RawStore, RemoteStore, ZippedStore
from render.volume.remote import REMOTE, ZIPS, is_remote
from render.volume.store import ZarrStore, locate, one_line
from render.volume.volume import Volume

ZARR_FILES = ("zarr.json", ".zgroup", ".zattrs", ".zarray")
ENDINGS = tuple(sorted((".ome.zarr", ".zarr", ".ome.tif", ".ome.tiff", *ZIPS, *ITK_ENDINGS), key=len, reverse=True))
LISTED = 6
"""How many images of a container an error names."""


def open_volume(source: str, name: str = "") -> Volume:
    """Open one volume: an OME-Zarr (folder, http, https or s3 URL, .ozx or .zip) or what ITK reads.

    `name` is what the volume is called; empty: the last part of `source` without its ending. NotFound where there is
    nothing, DataError where it cannot be read, BadRequest where it holds several images and none is named.
    """
    return _open(source, name, open_itk)


def open_finest(source: str) -> Volume:
    """The same to be read once, block by block: of what ITK reads the finest level only, by regions where it can."""
    return _open(source, "", open_itk_finest)


def _open(source: str, name: str, open_file: Callable[[Path, str, str], Volume]) -> Volume:
    source, label = _local(source), name or source
    called = name or default_name(source)
    if not _is_zarr(source, label):
        if _is_folder(source, label):
            raise BadRequest(
                f"{label}: it is a folder and no image; volumes in it: {_listing(list(find_volumes(source)))}"
            )
        return open_file(Path(source), called, label)
    store = ZarrStore(source, label)
    try:
        path = _only_image(store, label)
        notes = (f"The source is a container: its only image, {path!r}, is shown.",) if path else ()
        return store.image(path, called, notes)
    except BaseException:
        store.close()
        raise


def _only_image(store: ZarrStore, label: str) -> str:
    paths = list(islice(_image_paths(store), LISTED + 1))
    if len(paths) > 1:
        raise BadRequest(f"{label}: it holds several images: {_listing(paths)}; name one, such as {label}/{paths[0]}")
    if not paths:
        raise DataError(f"{label}: it is a container of images and holds none")
    return paths[0]


@contextmanager
def open_store(source: str) -> Iterator[ZarrStore]:
    """The Zarr store at `source`, as it is. NotFound, DataError; BadRequest where it is no Zarr."""
    source = _local(source)
    if not _is_zarr(source, source):
        raise BadRequest(f"{source}: it is no Zarr: none of {', '.join(ZARR_FILES)} is there")
    store = ZarrStore(source, source)
    try:
        yield store
    finally:
        store.close()


def open_raw(source: str, name: str) -> RawStore:
    """The bytes of the Zarr store at `source`, which is called `name`. NotFound where it is none, DataError."""
    source = _local(source)
    if not _is_zarr(source, name):
        raise NotFound(f"{name}: it is no Zarr and has no keys")
    if is_remote(source):
        return RemoteStore(source, name)
    path, inner = locate(source, name)
    return FolderStore(path, name) if path.is_dir() else ZippedStore(path, inner, name)


def find_volumes(source: str) -> dict[str, str]:
    """Name -> source of every volume that `source` holds: one for an image, more for a container or a folder.

    What a folder holds is listed even where it cannot be read: opening it then says why. NotFound, DataError.
    """
    source = _local(source)
    if _is_zarr(source, source):
        return _volumes_of_store(source)
    if not _is_folder(source, source):
        return {default_name(source): source}
    found: dict[str, str] = {}
    for child in sorted(Path(source).iterdir()):
        for name, inner in _volumes_of_child(child).items():
            found[child.name if name in found else name] = inner
    if not found:
        raise NotFound(f"{source}: the folder holds no volumes")
    return found


def default_name(source: str) -> str:
    """What a source is called: "a/brain.ome.zarr" is "brain", "a/plate.zarr/A/1/0" is "plate/A/1/0"."""
    parts = [part for part in re.split(r"[/\\]", source.partition("?")[0]) if part] or [source]
    for index, part in reversed(list(enumerate(parts))):
        ending = next((e for e in ENDINGS if part.lower().endswith(e) and len(part) > len(e)), None)
        if ending is not None:
            return "/".join([part[: -len(ending)], *parts[index + 1 :]])
    return parts[-1]


def _local(source: str) -> str:
    """A file:// URL as a path; BadRequest for a scheme that is not known."""
    scheme, found, rest = source.partition("://")
    if not found or is_remote(source):
        return source
    if scheme.lower() == "file":
        return rest
    raise BadRequest(
        f"{source}: cannot open {scheme}:// sources; known are paths, {', '.join(f'{s}://' for s in REMOTE)}"
    )


def _is_zarr(source: str, label: str) -> bool:
    if is_remote(source):
        return True
    with _accessible(label):
        path, _ = locate(source, label)
        return path.suffix.lower() in ZIPS if path.is_file() else any((path / name).exists() for name in ZARR_FILES)


def _is_folder(source: str, label: str) -> bool:
    """Whether `source`, which is no Zarr, is a folder of volumes and not of the slices of one."""
    with _accessible(label):
        return Path(source).is_dir() and not is_dicom_folder(Path(source))


@contextmanager
def _accessible(label: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise DataError(f"{label}: it cannot be read: {one_line(error)}") from error


def _volumes_of_store(source: str) -> dict[str, str]:
    name, root = default_name(source), source.rstrip("/")
    with open_store(source) as store:
        paths = list(_image_paths(store))
    if not paths:
        raise DataError(f"{source}: it is a container of images and holds none")
    return {f"{name}/{path}" if path else name: f"{root}/{path}" if path else root for path in paths}


def _volumes_of_child(child: Path) -> dict[str, str]:
    """The volumes of one entry of a folder; none where it is something else."""
    if child.name.startswith("."):
        return {}
    if child.is_dir() and not any((child / name).exists() for name in ZARR_FILES):
        known = is_dicom_folder(child)
    else:
        known = child.is_dir() or child.name.lower().endswith((*ZIPS, *ITK_ENDINGS))
    if not known:
        return {}
    try:
        return find_volumes(str(child))
    except DataError:
        return {default_name(child.name): str(child)}


def _image_paths(store: ZarrStore) -> Iterator[str]:
    """Where in a store its images are; "" is the store itself. What is no container is taken to be an image."""
    attributes = image_attributes(store.attributes())
    if "plate" in attributes:
        yield from _plate_paths(store, attributes["plate"])
    elif "well" in attributes:
        yield from _paths(attributes["well"], "images")
    elif "multiscales" not in attributes and "scene" in attributes:
        yield from scene_paths(attributes["scene"])
    elif "multiscales" not in attributes and "bioformats2raw.layout" in attributes:
        yield from _series_paths(store)
    else:
        yield ""


def _plate_paths(store: ZarrStore, plate: object) -> Iterator[str]:
    for well in _paths(plate, "wells"):
        for field in _paths(image_attributes(store.attributes(well)).get("well"), "images"):
            yield f"{well}/{field}"


def _series_paths(store: ZarrStore) -> Iterator[str]:
    """What OME/ lists as series, or 0, 1, 2 ... as far as there are such groups."""
    try:
        series = image_attributes(store.attributes("OME")).get("series")
    except NotFound:
        series = None
    if isinstance(series, list):
        yield from (path for path in series if isinstance(path, str) and leads_below(path))
        return
    index = 0
    while store.has_group(str(index)):
        yield str(index)
        index += 1


def _paths(holder: object, key: str) -> list[str]:
    """The `path` of each entry of a list in the metadata, once; entries without one that leads below are left out."""
    entries = holder.get(key) if isinstance(holder, dict) else None
    found = [entry.get("path") for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []
    return list(dict.fromkeys(path for path in found if isinstance(path, str) and leads_below(path)))


def _listing(names: list[str]) -> str:
    return ", ".join(names[:LISTED]) + (", ..." if len(names) > LISTED else "")
