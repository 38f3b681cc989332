"""Boxes of an array out of its chunks, each fetched and decoded in the calling thread.

`reader` decides at opening who reads an array: this module where `decoding` knows the layout, zarr-python else. Over a
network zarr-python also reads what spans several chunks: it asks for ten at once.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import numpy as np
import zarr
from numpy.typing import NDArray
from zarr.abc.store import ByteRequest, RangeByteRequest, SuffixByteRequest, SupportsGetSync
from zarr.core.buffer import default_buffer_prototype
from zarr.core.sync import sync

from render.volume.cache import ByteCache
from render.volume.decoding import Decoder, ShardLayout, decoder_of, shard_layout_of

Array = NDArray[np.generic]
Selection = tuple[slice | int, ...]
Fetch = Callable[[str, ByteRequest | None], Any]
"""A key of the store, and which bytes of it (None: all) -> the bytes, None where the key does not exist."""

INDEX_BYTES = 16 * 2**20
"""Of shard indices kept for each level: 1 KiB for 64 chunks in a shard, so those of a million chunks."""

LARGEST = 2**31
"""Bytes of an encoded chunk that an index is believed: no codec takes more."""

ABSENT = 2**64 - 1
"""Offset and length of a chunk that is not stored, in the index of a shard."""


def reader(array: zarr.Array[Any]) -> Callable[[Selection], Array]:
    """What reads boxes of `array`: one slice (with both ends, without a step) or index for each axis, in any thread.

    Values are the same whoever reads. What is broken raises one of `store.BROKEN` or of the store's own errors.
    """

    def through_zarr(selection: Selection) -> Array:
        return np.asarray(array[selection])

    decode = decoder_of(array)
    shards = None if array.shards is None else shard_layout_of(array)
    if decode is None or (array.shards is not None and shards is None):
        return through_zarr
    store = array.store
    if isinstance(store, SupportsGetSync):
        return Chunks(array, decode, shards, lambda key, part: store.get_sync(key, byte_range=part)).read

    def remote(key: str, part: ByteRequest | None) -> Any:
        return sync(store.get(key, default_buffer_prototype(), part))

    chunks = Chunks(array, decode, shards, remote)
    return lambda selection: chunks.read(selection) if chunks.count(selection) == 1 else through_zarr(selection)


@dataclass(frozen=True, slots=True)
class _Run:
    """What chunk `index` has of a box along one axis: `inside` the chunk, and where that goes in the box.

    Where the box has a single `index` along the axis, `inside` is a number and the box does not have the axis.
    """

    index: int
    inside: slice | int
    target: slice | None


@dataclass(frozen=True, slots=True)
class Chunks:
    """`array`, chunk by chunk."""

    array: zarr.Array[Any]
    decode: Decoder
    shards: ShardLayout | None
    fetch: Fetch
    indices: ByteCache[Array | None] = field(default_factory=lambda: ByteCache(INDEX_BYTES))

    def read(self, selection: Selection) -> Array:
        """The voxels of `selection` in native byte order, a new array."""
        spans = self._spans(selection)
        shape = [len(span) for span in spans if isinstance(span, range)]
        box = np.empty(shape, self.decode.dtype.newbyteorder("="))
        fill = self.array.fill_value
        for runs in product(*map(_runs, spans, self.decode.shape)):
            target = tuple(run.target for run in runs if run.target is not None)
            stored = self._stored(tuple(run.index for run in runs))
            if stored is None:
                # Zarr v2 may say null.
                box[target] = 0 if fill is None else fill
            else:
                box[target] = self.decode(stored.as_array_like())[tuple(run.inside for run in runs)]
        return box

    def count(self, selection: Selection) -> int:
        """How many chunks `selection` touches."""
        return sum(1 for _ in product(*map(_runs, self._spans(selection), self.decode.shape)))

    def _spans(self, selection: Selection) -> list[range | int]:
        # A range cuts off what is outside, and refuses an index there, as numpy and zarr do.
        return [range(size)[span] for span, size in zip(selection, self.array.shape, strict=True)]

    def _stored(self, index: tuple[int, ...]) -> Any:
        """The bytes of a chunk; None where it is not stored."""
        if self.shards is None:
            return self.fetch(self._key(index), None)
        inner = tuple(i % n for i, n in zip(index, self.shards.counts, strict=True))
        key = self._key(tuple(i // n for i, n in zip(index, self.shards.counts, strict=True)))
        where = self.indices.get(key, self.shards.nbytes, lambda: self._index(key))
        if where is None:
            return None
        offset, length = (int(number) for number in where[inner])
        if offset == length == ABSENT:
            return None
        if length > LARGEST or offset + length >= 2**63:
            raise ValueError(f"the shard {key!r} has a chunk of {length} bytes at {offset}, says its index")
        return self.fetch(key, RangeByteRequest(offset, offset + length))

    def _index(self, key: str) -> Array | None:
        assert self.shards is not None
        nbytes = self.shards.nbytes
        part = RangeByteRequest(0, nbytes) if self.shards.at_start else SuffixByteRequest(nbytes)
        stored = self.fetch(key, part)
        return None if stored is None else self.shards.decode(stored.as_array_like())

    def _key(self, index: tuple[int, ...]) -> str:
        return f"{self.array.path}/{self.array.metadata.encode_chunk_key(index)}"


def _runs(span: range | int, chunk: int) -> Iterator[_Run]:
    if isinstance(span, int):
        yield _Run(span // chunk, span % chunk, None)
        return
    for index in range(span.start // chunk, -(-span.stop // chunk) if span else 0):
        first, last = max(span.start, index * chunk), min(span.stop, (index + 1) * chunk)
        yield _Run(
            index,
            slice(first - index * chunk, last - index * chunk),
            slice(first - span.start, last - span.start),
        )
