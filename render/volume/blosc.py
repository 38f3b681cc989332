"""Blosc chunks whose length is checked before they are decoded.

A Blosc chunk says in its header how long it is, and neither c-blosc nor numcodecs 0.16 compares that with what there
is: a chunk cut short is decoded out of memory beyond its end, which gives other data of the process or ends it with a
segmentation fault. A server of other people's files cannot have either, so codecs that check take their place.
"""

import struct
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numcodecs
import numpy as np
import zarr
from zarr.abc.codec import Codec
from zarr.codecs import BloscCodec, ShardingCodec
from zarr.core.array_spec import ArraySpec
from zarr.core.buffer import Buffer

HEADER = struct.Struct("<4B3I")
"""version, version of the inner codec, flags, type size; bytes decoded, bytes of a block, bytes encoded."""

LARGEST = 2**31 - 17
"""Bytes that a Blosc chunk can hold; numcodecs takes more for a negative number."""


def with_checked_blosc(array: zarr.Array[Any]) -> zarr.Array[Any]:
    """The same array, reading Blosc chunks only where they are whole: ValueError where one is not."""
    metadata: Any = array.metadata
    if metadata.zarr_format == 3:
        metadata = replace(metadata, codecs=_checked(metadata.codecs))
    elif isinstance(metadata.compressor, numcodecs.Blosc):
        metadata = replace(metadata, compressor=_checked_v2(metadata.compressor))
    return zarr.Array(zarr.AsyncArray(metadata, array.store_path))


class CheckedBlosc(numcodecs.Blosc):  # type: ignore[misc]
    """As Zarr v2 uses it."""

    def decode(self, buf: Any, out: Any = None) -> Any:
        _check(buf)
        return super().decode(buf, out)


class CheckedBloscCodec(BloscCodec):
    """As Zarr v3 uses it."""

    async def _decode_single(self, chunk_bytes: Buffer, chunk_spec: ArraySpec) -> Buffer:
        _check(chunk_bytes.as_array_like())
        return await super()._decode_single(chunk_bytes, chunk_spec)


def _checked(codecs: Iterable[Codec]) -> tuple[Codec, ...]:
    return tuple(_checked_v3(codec) for codec in codecs)


def _checked_v3(codec: Codec) -> Codec:
    if isinstance(codec, ShardingCodec):
        return replace(codec, codecs=_checked(codec.codecs))
    if isinstance(codec, BloscCodec):
        return CheckedBloscCodec.from_dict(codec.to_dict())
    return codec


def _checked_v2(codec: numcodecs.Blosc) -> numcodecs.Blosc:
    configuration = codec.get_config()
    return CheckedBlosc(**{key: value for key, value in configuration.items() if key != "id"})


def _check(chunk: Any) -> None:
    there = np.frombuffer(chunk, np.uint8)
    if there.size < HEADER.size:
        raise ValueError(f"a Blosc chunk has {there.size} bytes, less than its header")
    *_, decoded, _, encoded = HEADER.unpack_from(there.data)
    if decoded > LARGEST:
        raise ValueError(f"a Blosc chunk says that it holds {decoded} bytes: at most {LARGEST} are possible")
    if encoded > there.size:
        raise ValueError(f"a Blosc chunk has {there.size} bytes and should have {encoded}")
