"""Zarr stores, opened by path or URL: what reads with zarr, here and in `remote`, `blosc`, `chunks` and `decoding`.

zarr-python reads every layout and codec there is, `chunks` the common ones faster; what goes wrong inside becomes a
DataError with the volume, the level and the voxels that were wanted.
"""

import asyncio
import atexit
import lzma
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import zarr
from zarr.abc.store import Store
from zarr.core.metadata import ArrayV3Metadata
from zarr.core.sync import sync
from zarr.errors import ContainsArrayError, GroupNotFoundError
from zarr.storage import LocalStore

from render.errors import DataError, NotFound
from render.volume.blosc import with_checked_blosc
from render.volume.chunks import Selection, reader
from render.volume.info import VolumeInfo
from render.volume.labels import read_label_metadata
from render.volume.ngff_rules.hierarchy import StoredArray
from render.volume.ome import label_names, read_multiscale
from render.volume.placing import placed_labels
from render.volume.pyramid import ArrayMeta, build_pyramid
from render.volume.quiet import quiet
from render.volume.remote import ZIPS, is_remote, open_remote
from render.volume.volume import Array, LabelImage, Volume
from render.volume.zipped import ZippedStore

BROKEN = (
    OSError,  # the store; also gzip's BadGzipFile
    ValueError,  # zarr's own errors, JSON, unknown codecs and types, checksums, a chunk of the wrong size
    RuntimeError,  # blosc and zstd; also what zarr has not implemented
    LookupError,  # metadata without what they must have, a shard index that points nowhere
    TypeError,  # metadata of the wrong type
    AttributeError,  # a zarr.json that is a number
    EOFError,
    MemoryError,  # sizes that no machine has, out of a broken header
    zlib.error,
    lzma.LZMAError,
    zipfile.BadZipFile,
)
"""What zarr, numcodecs and the standard library raise where a store does not hold up."""


class ZarrStore:
    """An open store of groups and arrays, read-only; `label` names it in errors. NotFound where there is nothing."""

    def __init__(self, source: str, label: str) -> None:
        self._label = label
        self._errors: tuple[type[Exception], ...] = BROKEN
        self._root = ""
        self._remote = is_remote(source)
        with self._reading("it"):
            self._store = self._open(source)

    def _open(self, source: str) -> Store:
        if self._remote:
            store, self._root, errors = open_remote(source)
            self._errors = (*BROKEN, *errors)
            return store
        path, self._root = locate(source, self._label)
        if path.is_dir():
            return LocalStore(path, read_only=True)
        if not zipfile.is_zipfile(path):
            raise DataError(f"{self._label}: {path.name} is not a zip file")
        return ZippedStore(path)

    def close(self) -> None:
        """Close the store; volumes out of it are not to be read any more."""
        self._store.close()

    def attributes(self, path: str = "") -> Mapping[str, Any]:
        """The attributes of the group at `path`. NotFound where there is no group, DataError."""
        return dict(self._group(path).attrs)

    def has_group(self, path: str) -> bool:
        """Whether there is a group at `path`. DataError where what is there cannot be read."""
        try:
            self._group(path)
        except NotFound:
            return False
        return True

    def stored_array(self, path: str) -> StoredArray:
        """What is known of the array at `path`. NotFound where there is none, DataError."""
        group = self._group("")
        with self._reading(f"the array {path!r}"):
            found = group.get(path)
            if found is None:
                raise NotFound(f"{self._label}: there is no array {path!r}")
            if not isinstance(found, zarr.Array):
                raise DataError(f"{self._label}: {path!r} is a group and not an array")
            names = found.metadata.dimension_names if isinstance(found.metadata, ArrayV3Metadata) else None
            return StoredArray(found.shape, found.dtype.name, names)

    def image(self, path: str, name: str, notes: tuple[str, ...] = ()) -> Volume:
        """The image whose multiscales are in the group at `path`, as a Volume called `name`. NotFound, DataError.

        `notes` are said of it before what the image itself gives reason to note.
        """
        group = self._group(path)
        with self._naming():
            multiscale = read_multiscale(dict(group.attrs))
        arrays = [self._array(group, dataset.path) for dataset in multiscale.datasets]
        metas = [ArrayMeta(array.shape, array.chunks, array.dtype) for array in arrays]
        labels = self._labels(group)
        with self._naming():
            pyramid = build_pyramid(name, multiscale, metas, labels)
        dtype = np.dtype(pyramid.info.dtype)
        sources = tuple(
            ZarrSource(
                arrays[index], reader(arrays[index]), dtype, mirrored, f"{name}: level {level.path!r}", self._errors
            )
            for index, level, mirrored in zip(pyramid.order, pyramid.info.levels, pyramid.mirrored, strict=True)
        )
        info = replace(pyramid.info, notes=(*notes, *pyramid.info.notes))
        return Volume(info, pyramid.roles, sources, self.close, lambda label: self._open_labels(path, label, info))

    def _open_labels(self, path: str, name: str, image: VolumeInfo) -> LabelImage:
        """The label image `name` of the image at `path`. NotFound, DataError."""
        inner = f"{path}/labels/{name}"
        attributes = self.attributes(inner)
        ids = self.image(inner, name)
        levels = placed_labels(ids.info, read_multiscale(attributes), image)
        return LabelImage(ids.with_levels(levels), read_label_metadata(attributes), image)

    def _group(self, path: str) -> zarr.Group:
        whole = "/".join(part for part in (self._root, path.strip("/")) if part)
        with self._reading(f"the group {path!r}" if path else "it"):
            try:
                # On a disk consolidated metadata save nothing and may be stale; over a network they save requests.
                consolidated = None if self._remote else False
                return zarr.open_group(self._store, path=whole, mode="r", use_consolidated=consolidated)
            except GroupNotFoundError as error:
                raise NotFound(f"{self._label}: no Zarr group at {path!r}") from error
            except ContainsArrayError as error:
                raise DataError(f"{self._label}: it is an array and no image: name the group above it") from error

    def _array(self, group: zarr.Group, path: str) -> zarr.Array[Any]:
        with self._reading(f"level {path!r}"):
            if path not in group:
                raise DataError(f"{self._label}: level {path!r} is listed in the metadata and does not exist")
            found = group[path]
            if not isinstance(found, zarr.Array):
                raise DataError(f"{self._label}: level {path!r} is a group and not an array")
            return with_checked_blosc(found)

    def _labels(self, group: zarr.Group) -> tuple[str, ...]:
        with self._reading("the group 'labels'"):
            found = group.get("labels")
            return label_names(dict(found.attrs)) if isinstance(found, zarr.Group) else ()

    @contextmanager
    def _naming(self) -> Iterator[None]:
        """What is pure knows no source: its errors get the source's label here."""
        try:
            yield
        except DataError as error:
            raise DataError(f"{self._label}: {error}") from error

    @contextmanager
    def _reading(self, what: str) -> Iterator[None]:
        try:
            with quiet:
                yield
        except self._errors as error:
            raise DataError(f"{self._label}: {what} cannot be read: {one_line(error)}") from error


@dataclass(frozen=True, slots=True)
class ZarrSource:
    """One level as an `ArraySource`: voxels as `dtype`, the axes `mirrored` read backwards.

    Voxels whose chunk is not stored have the array's fill value.
    """

    array: zarr.Array[Any]
    voxels: Callable[[Selection], Array]
    dtype: np.dtype[np.generic]
    mirrored: tuple[int, ...]
    label: str
    errors: tuple[type[Exception], ...]

    @property
    def shape(self) -> tuple[int, ...]:
        return self.array.shape

    @property
    def chunks(self) -> tuple[int, ...]:
        return self.array.chunks

    def read(self, selection: Selection) -> Array:
        """The voxels of `selection`, one slice (with both ends, without a step) or index for each axis. DataError."""
        stored = tuple(
            slice(size - span.stop, size - span.start) if axis in self.mirrored and isinstance(span, slice) else span
            for axis, (span, size) in enumerate(zip(selection, self.shape, strict=True))
        )
        try:
            block = self.voxels(stored)
        except self.errors as error:
            _tidy_at_exit()
            raise DataError(f"{self.label}, voxels {_span(stored)}: cannot be read: {one_line(error)}") from error
        if self.mirrored:
            kept = (axis for axis, span in enumerate(selection) if isinstance(span, slice))
            block = block[tuple(slice(None, None, -1 if axis in self.mirrored else 1) for axis in kept)]
        return block.astype(self.dtype, copy=False)


@cache
def _tidy_at_exit() -> None:
    """Of a read that failed zarr leaves the other chunks at work, and asyncio complains of each as Python ends.

    What is registered last runs first: before zarr stops its loop.
    """
    atexit.register(lambda: sync(_cancel_reads()))


async def _cancel_reads() -> None:
    left = asyncio.all_tasks() - {asyncio.current_task()}
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)


def locate(source: str, label: str) -> tuple[Path, str]:
    """A path and what of it lies inside a zip: "a/b.ozx/0" is (a/b.ozx, "0") where b.ozx is a file. NotFound."""
    path = Path(source)
    for parent in path.parents:
        if parent.suffix.lower() in ZIPS and parent.is_file():
            return parent, path.relative_to(parent).as_posix()
    if not path.exists():
        raise NotFound(f"{label}: there is nothing there")
    return path, ""


def one_line(error: BaseException) -> str:
    """What a foreign error says, on one line, not too long and without the server's own paths; its type if nothing."""
    says = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return " ".join(says.split())[:300] or type(error).__name__


def _span(selection: Selection) -> str:
    """As in Python: [0, 64:128, 0:7]."""
    return "[" + ", ".join(f"{s.start}:{s.stop}" if isinstance(s, slice) else str(s) for s in selection) + "]"
