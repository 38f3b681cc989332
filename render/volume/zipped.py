"""A store in a zip file that is read in the calling thread."""

from zarr.abc.store import ByteRequest
from zarr.core.buffer import Buffer, BufferPrototype, default_buffer_prototype
from zarr.storage import ZipStore


class ZippedStore(ZipStore):
    """zarr's own, one of its readers at a time, with the synchronous `get` that its LocalStore has."""

    def get_sync(
        self, key: str, *, prototype: BufferPrototype | None = None, byte_range: ByteRequest | None = None
    ) -> Buffer | None:
        """The bytes of an entry, None where there is none."""
        with self._lock:
            return self._get(key, prototype or default_buffer_prototype(), byte_range)
