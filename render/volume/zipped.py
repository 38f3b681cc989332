"""A store in a zip file that is read in the calling thread, by any number of threads at once.

An .ozx holds its shards as they are, not compressed: parts of them are read where they lie in the file. zipfile reads
up to them instead (before Python 3.13), 5 ms for a chunk in the middle of a shard of 16 MiB, and one reader at a time.
"""

import os
import struct
import weakref
import zipfile
import zlib
from pathlib import Path

from zarr.abc.store import ByteRequest, OffsetByteRequest, RangeByteRequest
from zarr.core.buffer import Buffer, BufferPrototype, default_buffer_prototype
from zarr.storage import ZipStore

LOCAL_HEADER = struct.Struct("<4s22x2H")
"""What stands before an entry's bytes: signature, and the lengths of the name and the extra field that follow."""

ENCRYPTED = 1


class ZippedStore(ZipStore):
    """zarr's own, read-only, with the synchronous `get` that its LocalStore has."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, mode="r")
        self._file = path.open("rb")
        # Volumes that nobody closes end with the last who holds them, and so does this.
        weakref.finalize(self, self._file.close)

    def close(self) -> None:
        super().close()
        self._file.close()

    def get_sync(
        self, key: str, *, prototype: BufferPrototype | None = None, byte_range: ByteRequest | None = None
    ) -> Buffer | None:
        """The bytes of an entry, None where there is none. BadZipFile."""
        prototype = prototype or default_buffer_prototype()
        entry = self._zf.NameToInfo.get(key)
        if entry is None:
            return None
        if entry.compress_type != zipfile.ZIP_STORED or entry.flag_bits & ENCRYPTED:
            with self._lock:
                return self._get(key, prototype, byte_range)
        first, last = _span(byte_range, entry.file_size)
        stored = os.pread(self._file.fileno(), last - first, self._begin(entry) + first)
        if byte_range is None and zlib.crc32(stored) != entry.CRC:
            raise zipfile.BadZipFile(f"bad CRC-32 of {key!r}")
        return prototype.buffer.from_bytes(stored)

    def _begin(self, entry: zipfile.ZipInfo) -> int:
        """Where in the file an entry's bytes begin."""
        header = os.pread(self._file.fileno(), LOCAL_HEADER.size, entry.header_offset)
        if len(header) < LOCAL_HEADER.size or not header.startswith(b"PK\3\4"):
            raise zipfile.BadZipFile(f"no entry where {entry.filename!r} should be")
        _, name, extra = LOCAL_HEADER.unpack(header)
        return int(entry.header_offset + LOCAL_HEADER.size + name + extra)


def _span(part: ByteRequest | None, size: int) -> tuple[int, int]:
    """The first byte that is asked for and the one after the last, of an entry of `size`."""
    if part is None:
        return 0, size
    if isinstance(part, RangeByteRequest):
        return min(part.start, size), min(part.end, size)
    if isinstance(part, OffsetByteRequest):
        return min(part.offset, size), size
    return max(0, size - part.suffix), size
