"""The bytes of a Zarr store as they are, by key: in a folder, a zip, or over http(s) and s3; nothing outside the store.

A key is that of Zarr: names with slashes between them. What is no such key, names a folder, or leads out of the store
by a link is as if it were not there.
"""

import os
import struct
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from zarr.core.sync import sync
from zarr.storage import FsspecStore

from render.errors import DataError
from render.volume.remote import is_missing, open_remote
from render.volume.store import one_line

LONGEST = 255
"""Bytes of a name that file systems take; keys of Zarr are far shorter."""

LOCAL_HEADER = struct.Struct("<26x2H")
"""Of an entry in a zip: the lengths of its name and of what else stands before its bytes."""

CHECKSUMS = ("ETag", "LastModified", "Last-Modified", "Content-MD5", "CRC", "mtime")
"""What file systems of fsspec say of a file that changes with its bytes, whichever they have."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of a store: its key, its bytes, and `version`, another where they are other ones; "" where unknown."""

    key: str
    size: int
    version: str


class RawStore(Protocol):
    """An open store, to be read from several threads. DataError where it cannot be read."""

    def find(self, key: str) -> Entry | None:
        """What is known of the file `key`, a key as of `clean_key`; None where there is none."""

    def read(self, entry: Entry, start: int, stop: int) -> bytes:
        """The bytes start <= i < stop of an entry."""

    def close(self) -> None: ...


def clean_key(key: str) -> str:
    """The key without doubled slashes; "" for what can be no key of a store."""
    parts = [part for part in key.split("/") if part]
    safe = all(p not in (".", "..") and len(p.encode()) <= LONGEST and not {"\\", "\0"} & set(p) for p in parts)
    return "/".join(parts) if safe else ""


class FolderStore:
    """A folder on this machine."""

    def __init__(self, folder: Path, label: str) -> None:
        self._root, self._label = folder.resolve(), label

    def find(self, key: str) -> Entry | None:
        try:
            path = (self._root / key).resolve(strict=True)
            if not path.is_relative_to(self._root) or not path.is_file():
                return None
            found = path.stat()
        except (FileNotFoundError, NotADirectoryError, RuntimeError):  # the last is a circle of links
            return None
        except OSError as error:
            raise DataError(f"{self._label}: {key!r} cannot be read: {one_line(error)}") from error
        return Entry(path.relative_to(self._root).as_posix(), found.st_size, f"{found.st_mtime_ns:x}-{found.st_ino:x}")

    def read(self, entry: Entry, start: int, stop: int) -> bytes:
        try:
            with (self._root / entry.key).open("rb") as file:
                file.seek(start)
                return _whole(file.read(stop - start), entry, start, stop, self._label)
        except OSError as error:
            raise DataError(f"{self._label}: {entry.key!r} cannot be read: {one_line(error)}") from error

    def close(self) -> None:
        """There is nothing to close."""


class ZippedStore:
    """The part of a zip below the folder `inner`; what it stores uncompressed is read in place."""

    def __init__(self, path: Path, inner: str, label: str) -> None:
        self._label, self._prefix = label, f"{inner}/" if inner else ""
        try:
            self._zip = zipfile.ZipFile(path)
            self._file = os.open(path, os.O_RDONLY)
        except (OSError, zipfile.BadZipFile) as error:
            raise DataError(f"{label}: it cannot be read: {one_line(error)}") from error

    def find(self, key: str) -> Entry | None:
        found = self._zip.NameToInfo.get(self._prefix + key)
        return None if found is None or found.is_dir() else Entry(key, found.file_size, f"{found.CRC:08x}")

    def read(self, entry: Entry, start: int, stop: int) -> bytes:
        info = self._zip.NameToInfo[self._prefix + entry.key]
        try:
            if info.compress_type == zipfile.ZIP_STORED:
                name, extra = LOCAL_HEADER.unpack(os.pread(self._file, LOCAL_HEADER.size, info.header_offset))
                first = info.header_offset + LOCAL_HEADER.size + name + extra
                data = os.pread(self._file, stop - start, first + start)
            else:
                with self._zip.open(info) as file:
                    file.seek(start)
                    data = file.read(stop - start)
        except (OSError, ValueError, EOFError, RuntimeError, struct.error, zipfile.BadZipFile, zlib.error) as error:
            raise DataError(f"{self._label}: {entry.key!r} cannot be read: {one_line(error)}") from error
        return _whole(data, entry, start, stop, self._label)

    def close(self) -> None:
        self._zip.close()
        os.close(self._file)


class RemoteStore:
    """What is at a URL; each question and each read is a request to where it is."""

    def __init__(self, url: str, label: str) -> None:
        store, root, errors = open_remote(url)
        assert isinstance(store, FsspecStore)
        self._store, self._label = store, label
        self._errors: tuple[type[Exception], ...] = (OSError, ValueError, KeyError, RuntimeError, *errors)
        self._root = "/".join(part for part in (store.path.rstrip("/"), root) if part)

    def find(self, key: str) -> Entry | None:
        try:
            info: dict[str, Any] = sync(self._store.fs._info(self._path(key)))
        except self._errors as error:
            if is_missing(error):
                return None
            raise DataError(f"{self._label}: {key!r} cannot be read: {one_line(error)}") from error
        if info.get("type") == "directory":
            return None
        if info.get("size") is None:
            raise DataError(f"{self._label}: {key!r}: where it is, nothing says how long it is")
        return Entry(key, int(info["size"]), " ".join(str(info[name]) for name in CHECKSUMS if name in info))

    def read(self, entry: Entry, start: int, stop: int) -> bytes:
        try:
            data: bytes = sync(self._store.fs._cat_file(self._path(entry.key), start=start, end=stop))
        except self._errors as error:
            raise DataError(f"{self._label}: {entry.key!r} cannot be read: {one_line(error)}") from error
        # A server that knows no ranges sends everything.
        part = data[start:stop] if len(data) == entry.size else data
        return _whole(part, entry, start, stop, self._label)

    def close(self) -> None:
        self._store.close()

    def _path(self, key: str) -> str:
        return f"{self._root}/{key}" if self._root else key


def _whole(data: bytes, entry: Entry, start: int, stop: int, label: str) -> bytes:
    if len(data) != stop - start:
        raise DataError(
            f"{label}: of bytes {start} to {stop} of {entry.key!r} there are {len(data)}: it is cut or changed"
        )
    return data
