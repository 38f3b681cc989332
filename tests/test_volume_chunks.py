"""Boxes read chunk by chunk are those that zarr-python reads, for every layout; and what is broken is an error."""

import threading
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numcodecs
import numpy as np
import pytest
import zarr
import zarr.codecs as v3
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from zarr.storage import LocalStore

from render.errors import DataError
from render.volume.blosc import with_checked_blosc
from render.volume.chunks import reader
from render.volume.decoding import decoder_of
from render.volume.sources import open_volume
from render.volume.store import BROKEN
from tests.volumes import gradient, write_ome_zarr

SHAPE = (2, 5, 7, 11)
CHUNKS = (1, 2, 3, 4)
NESTED = {"name": "v2", "separator": "/"}
SHARDED: dict[str, Any] = {"shards": (2, 4, 6, 8)}


def shards(**options: Any) -> dict[str, Any]:
    """Shards whose index is unlike what zarr writes by itself."""
    codec = v3.ShardingCodec(chunk_shape=CHUNKS, codecs=[v3.BytesCodec(), v3.ZstdCodec()], **options)
    return {"chunks": SHARDED["shards"], "serializer": codec, "compressors": None}


V2: dict[str, dict[str, Any]] = {
    "v2, blosc lz4": {"compressors": numcodecs.Blosc("lz4")},
    "v2, blosc zstd": {"compressors": numcodecs.Blosc("zstd", 5)},
    "v2, blosc lz4hc and bitshuffle": {"compressors": numcodecs.Blosc("lz4hc", shuffle=2)},
    "v2, blosc zlib": {"compressors": numcodecs.Blosc("zlib")},
    "v2, zlib": {"compressors": numcodecs.Zlib()},
    "v2, gzip": {"compressors": numcodecs.GZip()},
    "v2, zstd": {"compressors": numcodecs.Zstd()},
    "v2, bz2": {"compressors": numcodecs.BZ2()},
    "v2, lz4": {"compressors": numcodecs.LZ4()},
    "v2, lzma": {"compressors": numcodecs.LZMA()},
    "v2, no compression": {"compressors": None},
    "v2, nested keys": {"chunk_key_encoding": NESTED},
    "v2, delta filter": {"filters": [numcodecs.Delta("<u2")]},
    "v2, column order": {"order": "F"},
    "v2, column order without compression": {"order": "F", "compressors": None},
    "v2, big-endian": {"dtype": ">u2"},
    "v2, null for a fill value": {"fill_value": None},
    "v2, half floats": {"dtype": "<f2"},
    "v2, bytes": {"dtype": "uint8"},
    "v2, bool": {"dtype": "bool"},
}
V3: dict[str, dict[str, Any]] = {
    "v3, zstd": {"compressors": [v3.ZstdCodec()]},
    "v3, zstd with its own checksum": {"compressors": [v3.ZstdCodec(checksum=True)]},
    "v3, gzip": {"compressors": [v3.GzipCodec()]},
    "v3, blosc": {"compressors": [v3.BloscCodec()]},
    "v3, blosc of bytes": {"compressors": [v3.BloscCodec(typesize=1)], "dtype": "uint8"},
    "v3, no compression": {"compressors": None},
    "v3, gzip and checksum": {"compressors": [v3.GzipCodec(), v3.Crc32cCodec()]},
    "v3, big-endian": {"serializer": v3.BytesCodec(endian="big")},
    "v3, keys as in v2": {"chunk_key_encoding": NESTED},
    "v3, keys with dots": {"chunk_key_encoding": {"name": "default", "separator": "."}},
    "v3, NaN for a fill value": {"dtype": "float64", "fill_value": np.nan},
    "v3, shards": SHARDED,
    "v3, shards of blosc": SHARDED | {"compressors": [v3.BloscCodec()]},
    "v3, shards without compression": SHARDED | {"compressors": None},
    "v3, shards with a checksum of each chunk": SHARDED | {"compressors": [v3.ZstdCodec(), v3.Crc32cCodec()]},
    "v3, big-endian in shards": SHARDED | {"serializer": v3.BytesCodec(endian="big")},
    "v3, shards with the index in front": shards(index_location="start"),
    "v3, shards without a checksum of the index": shards(index_codecs=[v3.BytesCodec()]),
    "v3, shards with two checksums of the index": shards(index_codecs=[v3.BytesCodec(), *[v3.Crc32cCodec()] * 2]),
    "v3, shards with a big-endian index": shards(index_codecs=[v3.BytesCodec(endian="big"), v3.Crc32cCodec()]),
}
BY_ZARR: dict[str, dict[str, Any]] = {
    "v3, transposed": {"filters": [v3.TransposeCodec(order=(3, 0, 2, 1))]},
    "v3, transposed in shards": SHARDED | {"filters": [v3.TransposeCodec(order=(3, 0, 2, 1))]},
    "v3, complex numbers": {"dtype": "complex64"},
}


def written(path: Path, layout: dict[str, Any]) -> zarr.Array[Any]:
    """An array of `SHAPE`, all of it stored but for the corner from (0, 2, 3, 4) on, which has the fill value."""
    options = {"shape": SHAPE, "chunks": CHUNKS, "dtype": "<u2", "fill_value": 1} | layout
    version = 2 if layout in V2.values() else 3
    made: Any = zarr.create_group(str(path), zarr_format=version).create_array("inner/0", **options)
    voxels = (gradient(SHAPE) % 251).astype(made.dtype)
    made[:, :2], made[:, 2:, :3], made[:, 2:, 3:, :4] = voxels[:, :2], voxels[:, 2:, :3], voxels[:, 2:, 3:, :4]
    return with_checked_blosc(zarr.open_array(LocalStore(path, read_only=True), path="inner/0", mode="r"))


def spans(size: int) -> st.SearchStrategy[slice | int]:
    ends = st.tuples(st.integers(0, size), st.integers(0, size + 2)).map(sorted)
    return st.one_of(ends.map(lambda ab: slice(*ab)), st.just(slice(0, size)), st.integers(0, size - 1))


@pytest.mark.parametrize("layout", (V2 | V3 | BY_ZARR).values(), ids=V2 | V3 | BY_ZARR)
def test_any_box_is_the_one_that_zarr_reads(tmp_path: Path, layout: dict[str, Any]) -> None:
    array = written(tmp_path / "matrix.zarr", layout)
    read = reader(array)

    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(selection=st.tuples(*(spans(size) for size in SHAPE)))
    def compare(selection: tuple[slice | int, ...]) -> None:
        found, meant = read(selection), np.asarray(array[selection])
        assert found.dtype == array.dtype.newbyteorder("=") or layout in BY_ZARR.values()
        assert found.flags.writeable
        np.testing.assert_array_equal(found, meant, strict=found.dtype == meant.dtype)

    compare()
    everything = tuple(slice(0, size) for size in SHAPE)
    np.testing.assert_array_equal(read(everything), array[everything])


@pytest.mark.parametrize("layout", (V2 | V3).values(), ids=V2 | V3)
def test_common_layouts_are_decoded_in_the_calling_thread(tmp_path: Path, layout: dict[str, Any]) -> None:
    array = written(tmp_path / "direct.zarr", layout)
    assert decoder_of(array) is not None
    assert reader(array).__qualname__ == "Chunks.read"


@pytest.mark.parametrize("layout", BY_ZARR.values(), ids=BY_ZARR)
def test_uncommon_layouts_are_zarr_s(tmp_path: Path, layout: dict[str, Any]) -> None:
    assert reader(written(tmp_path / "zarr.zarr", layout)).__qualname__ != "Chunks.read"


@pytest.mark.parametrize("layout", (V2 | V3).values(), ids=V2 | V3)
def test_chunks_cut_short_or_longer_than_they_should_be_are_errors(tmp_path: Path, layout: dict[str, Any]) -> None:
    array = written(tmp_path / "cut.zarr", layout)
    everything = tuple(slice(0, size) for size in SHAPE)
    inner = tmp_path / "cut.zarr" / "inner" / "0"
    chunk = min(file for file in inner.rglob("*") if file.is_file() and "z" not in file.name)
    whole = chunk.read_bytes()
    # What follows after compressed bytes is nobody's, and so it is between the chunks of a shard.
    longer = [whole + b"ab"] if array.shards is None and layout.get("compressors", 0) is None else []
    for broken in (b"", whole[:1], whole[: len(whole) // 2], whole[:-1], *longer):
        chunk.write_bytes(broken)
        with pytest.raises(BROKEN):
            reader(array)(everything)


@pytest.mark.parametrize(
    ("offset", "length"),
    [
        pytest.param(10**6, 50, id="beyond the end"),
        pytest.param(0, 2**40, id="larger than any chunk"),
        pytest.param(2**64 - 2, 50, id="further than files reach"),
        pytest.param(2**63, 2**63, id="more than 64 bits together"),
        pytest.param(0, 0, id="without bytes"),
    ],
)
def test_a_shard_whose_index_points_nowhere_is_an_error(tmp_path: Path, offset: int, length: int) -> None:
    plain = shards(index_codecs=[v3.BytesCodec()])
    path = write_ome_zarr(tmp_path / "lost.zarr", gradient(SHAPE), "czyx", **plain)
    shard = path / "0" / "c" / "0" / "0" / "0" / "0"
    stored = bytearray(shard.read_bytes())
    index = np.frombuffer(stored, "<u8", offset=len(stored) - 16 * 16)
    index[:2] = offset, length
    shard.write_bytes(stored)
    with pytest.raises(DataError, match=r"^lost: level '0', voxels \[0, 0:2, 0:3, 0:4\]: cannot be read"):
        open_volume(str(path)).read(0, (0, 0, 0), CHUNKS[1:])


def test_an_index_with_a_wrong_checksum_is_an_error(tmp_path: Path) -> None:
    path = write_ome_zarr(tmp_path / "sum.zarr", gradient(SHAPE), "czyx", chunks=CHUNKS, **SHARDED)
    shard = path / "0" / "c" / "0" / "0" / "0" / "0"
    stored = bytearray(shard.read_bytes())
    stored[-20] ^= 1
    shard.write_bytes(stored)
    with pytest.raises(DataError, match="checksum"):
        open_volume(str(path)).read(0, (0, 0, 0), CHUNKS[1:])


def zipped(folder: Path, compression: int = zipfile.ZIP_STORED) -> Path:
    """`folder` as a zip beside it, after some bytes that are not of the zip, with extra fields as Info-ZIP writes."""
    path = folder.with_suffix(".ozx")
    path.write_bytes(b"#!/bin/sh\n")
    with zipfile.ZipFile(path, "a", compression) as archive:
        for file in sorted(file for file in folder.rglob("*") if file.is_file()):
            entry = zipfile.ZipInfo(file.relative_to(folder).as_posix())
            entry.compress_type = compression
            entry.extra = b"UT\5\0\1\0\0\0\0"
            archive.writestr(entry, file.read_bytes())
    return path


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED], ids=["stored", "deflated"])
def test_shards_in_a_zip_are_read_by_several_threads_at_once(tmp_path: Path, compression: int) -> None:
    voxels = gradient(SHAPE)
    folder = write_ome_zarr(tmp_path / "packed.zarr", voxels, "czyx", chunks=CHUNKS, **SHARDED)
    volume = open_volume(str(zipped(folder, compression)))
    together = threading.Barrier(4)

    def read(channel: int) -> bool:
        together.wait()
        return all(
            np.array_equal(volume.read(0, (z, 1, 2), (z + 1, 7, 11), channel), voxels[channel, z : z + 1, 1:7, 2:11])
            for z in range(SHAPE[1])
        )

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(read, [0, 1, 0, 1]))
    volume.close()


@pytest.mark.parametrize("layout", [{}, SHARDED], ids=["chunks", "shards"])
def test_a_zip_in_which_bytes_were_changed_is_an_error(tmp_path: Path, layout: dict[str, Any]) -> None:
    folder = write_ome_zarr(
        tmp_path / "rotten.zarr", gradient(SHAPE), "czyx", chunks=CHUNKS, compressors=None, **layout
    )
    path = zipped(folder)
    with zipfile.ZipFile(path) as archive:
        entry = archive.getinfo("0/c/0/0/0/0")
        stored = archive.read(entry)
    rotten = bytearray(path.read_bytes())
    # The last byte: of a chunk, or of the checksum that ends a shard's index.
    rotten[rotten.index(stored) + len(stored) - 1] ^= 1
    path.write_bytes(rotten)
    volume = open_volume(str(path))
    with pytest.raises(DataError, match=r"^rotten: level '0', voxels .* cannot be read"):
        volume.read(0, (0, 0, 0), CHUNKS[1:])
    volume.close()


def test_a_zip_whose_directory_points_elsewhere_is_an_error(tmp_path: Path) -> None:
    folder = write_ome_zarr(tmp_path / "moved.zarr", gradient(SHAPE), "czyx", chunks=CHUNKS)
    path = zipped(folder)
    rotten = bytearray(path.read_bytes())
    rotten[rotten.index(b"0/c/0/0/0/0") - 30] ^= 1
    path.write_bytes(rotten)
    volume = open_volume(str(path))
    with pytest.raises(DataError, match="no entry where '0/c/0/0/0/0' should be"):
        volume.read(0, (0, 0, 0), CHUNKS[1:])
    volume.close()
