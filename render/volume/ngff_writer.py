"""Any source -> a multiscale OME-Zarr, block by block, so that memory stays bounded whatever the size.

NGFF 0.5 is Zarr v3 with chunks of 64^3 in shards of up to 256^3, NGFF 0.4 is Zarr v2; both are compressed with Blosc
(zstd). A block is as large as a shard: one dask task reads it, shrinks it where it is not of the finest level, and
writes it. What is being written stands beside the target and gets its name only when it is whole.
"""

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any

import dask
import numcodecs
import numpy as np
import zarr
from zarr.codecs import BloscCodec

from render.errors import BadRequest, DataError, NotFound
from render.geometry import Shape3
from render.volume.coarser import pyramid_levels, shrink
from render.volume.info import Level, VolumeInfo
from render.volume.ngff_metadata import multiscale, omero
from render.volume.sources import open_finest
from render.volume.stats import measure
from render.volume.store import one_line
from render.volume.volume import Array, Volume

CHUNK, SHARD, PART = 64, 256, 128
"""Voxels along a side of a chunk, of a shard, and of what is shrunk at once of a block."""

WORKERS = 4
"""Blocks at once at most, 32 MiB each for uint16 and what their making takes: 620 MiB in all for 1024^3 with two."""

Progress = Callable[[int, int], None]
Read = Callable[[Shape3, Shape3, int, int], Array]
"""(lower, upper, channel, time) -> (z, y, x) voxels of one level."""


def import_volume(
    source: str, target: str | Path, ngff: str = "0.5", progress: Progress = lambda done, total: None
) -> None:
    """Write the volume at `source` as an OME-Zarr folder `target`; `progress(done, total)` counts blocks.

    Spacing, origin, unit, colours and windows are kept; windows that the source does not give are measured. An oblique
    direction is kept as the group's attribute `{"voxelcast": {"direction": rows}}`, its rows x, y, z; axes along those
    of a body (LPS) say so as RFC-4 has it. BadRequest where `target` exists, NotFound, DataError.
    """
    target = Path(target)
    if ngff not in ("0.4", "0.5"):
        raise BadRequest(f"NGFF {ngff!r} cannot be written: 0.4 or 0.5")
    if target.exists():
        raise BadRequest(f"{target}: it exists already")
    if not target.absolute().parent.is_dir():
        raise NotFound(f"{target}: there is no folder to put it in")
    volume = open_finest(source)
    try:
        with _whole_folder(target) as folder:
            _write(volume, folder, ngff, progress)
    except OSError as error:
        raise DataError(f"{target}: it cannot be written: {one_line(error)}") from error
    finally:
        volume.close()


@contextmanager
def _whole_folder(target: Path) -> Iterator[Path]:
    """A folder that becomes `target` when the block ends well and vanishes when it does not."""
    unfinished = target.absolute().with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        yield unfinished
        unfinished.rename(target)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


@dataclass(frozen=True, slots=True)
class _Block:
    """A box of one level, channel and time."""

    lower: Shape3
    upper: Shape3
    channel: int
    time: int


@dataclass(frozen=True, slots=True)
class _Output:
    """One level as it is written; `letters` are its axes."""

    array: zarr.Array[Any]
    letters: str

    def read(self, lower: Shape3, upper: Shape3, channel: int, time: int) -> Array:
        return np.asarray(self.array[self._selection(_Block(lower, upper, channel, time))])

    def write(self, block: _Block, voxels: Array) -> None:
        self.array[self._selection(block)] = voxels

    def _selection(self, block: _Block) -> tuple[int | slice, ...]:
        box = tuple(slice(a, b) for a, b in zip(block.lower, block.upper, strict=True))
        return tuple({"t": block.time, "c": block.channel}[letter] for letter in self.letters[:-3]) + box


def _write(volume: Volume, folder: Path, ngff: str, progress: Progress) -> None:
    levels = pyramid_levels(replace(volume.info.levels[0], path="0"))
    info = replace(volume.info, levels=tuple(level for level, _ in levels))
    letters = ("t" if info.times > 1 else "") + ("c" if len(info.channels) > 1 else "") + "zyx"
    group = zarr.create_group(str(folder), zarr_format=3 if ngff == "0.5" else 2)
    outputs = [_Output(_create(group, info, level, letters), letters) for level in info.levels]
    blocks = [_blocks(info, level) for level in info.levels]
    count = _Counter(sum(map(len, blocks)), progress)

    def read_source(lower: Shape3, upper: Shape3, channel: int, time: int) -> Array:
        return volume.read(0, lower, upper, channel, time)

    for index, (output, (_, factors)) in enumerate(zip(outputs, levels, strict=True)):
        read = outputs[index - 1].read if index else read_source
        shape = info.levels[max(0, index - 1)].shape
        _run([_task(block, output, _shrinking(read, shape, factors, info.dtype), count) for block in blocks[index]])

    def read_written(level: int, lower: Shape3, upper: Shape3, channel: int, time: int) -> Array:
        return outputs[level].read(lower, upper, channel, time)

    statistics = [measure(read_written, len(levels) - 1, info, channel, 0) for channel in range(len(info.channels))]
    attributes: dict[str, Any] = {"multiscales": [multiscale(info, letters, ngff)], "omero": omero(info, statistics)}
    group.attrs.update(attributes if ngff == "0.4" else {"ome": {"version": ngff, **attributes}})
    if info.rotated:
        group.attrs["voxelcast"] = {"direction": info.direction}


def _create(group: zarr.Group, info: VolumeInfo, level: Level, letters: str) -> zarr.Array[Any]:
    lead = len(letters) - 3
    chunks = tuple(min(CHUNK, n) for n in level.shape)
    sizes = {"t": info.times, "c": len(info.channels)}
    options: dict[str, Any]
    if group.metadata.zarr_format == 3:
        shards = tuple(c * min(SHARD // CHUNK, -(-n // c)) for c, n in zip(chunks, level.shape, strict=True))
        options = {
            "shards": (1,) * lead + shards,
            "compressors": [BloscCodec(cname="zstd", clevel=5)],
            "dimension_names": list(letters),
        }
    else:
        options = {
            "compressors": numcodecs.Blosc("zstd", clevel=5),
            "chunk_key_encoding": {"name": "v2", "separator": "/"},
        }
    return group.create_array(
        level.path,
        shape=(*(sizes[letter] for letter in letters[:lead]), *level.shape),
        chunks=(1,) * lead + chunks,
        dtype=info.dtype,
        **options,
    )


def _blocks(info: VolumeInfo, level: Level) -> list[_Block]:
    starts = [_three(list(start)) for start in product(*(range(0, n, SHARD) for n in level.shape))]
    boxes = [(start, _three([min(a + SHARD, n) for a, n in zip(start, level.shape, strict=True)])) for start in starts]
    return [
        _Block(lower, upper, channel, time)
        for time in range(info.times)
        for channel in range(len(info.channels))
        for lower, upper in boxes
    ]


def _shrinking(read: Read, shape: Shape3, factors: Shape3, dtype: str) -> Read:
    """`read`, of a level of this shape, as of the next one; part by part, so that sums take little memory."""
    if factors == (1, 1, 1):
        return read

    def read_shrunk(lower: Shape3, upper: Shape3, channel: int, time: int) -> Array:
        whole = np.empty([b - a for a, b in zip(lower, upper, strict=True)], dtype)
        for part in product(*(range(a, b, PART) for a, b in zip(lower, upper, strict=True))):
            ends = [min(a + PART, b) for a, b in zip(part, upper, strict=True)]
            first = _three([a * k for a, k in zip(part, factors, strict=True)])
            last = _three([min(b * k, n) for b, k, n in zip(ends, factors, shape, strict=True)])
            place = tuple(slice(a - o, b - o) for a, b, o in zip(part, ends, lower, strict=True))
            whole[place] = shrink(read(first, last, channel, time), factors)
        return whole

    return read_shrunk


def _task(block: _Block, output: _Output, read: Read, count: "_Counter") -> Any:
    def copy() -> None:
        output.write(block, read(block.lower, block.upper, block.channel, block.time))
        count.advance()

    return dask.delayed(copy)()  # type: ignore[attr-defined]


def _run(tasks: list[Any]) -> None:
    """All of a level, before the next is made from it; the first error ends it."""
    with ThreadPoolExecutor(min(WORKERS, os.cpu_count() or 1), thread_name_prefix="voxelcast-import") as pool:
        dask.compute(*tasks, scheduler="threads", pool=pool)  # type: ignore[attr-defined, no-untyped-call]


class _Counter:
    """Counts blocks from several threads and tells of each."""

    def __init__(self, total: int, progress: Progress) -> None:
        self._done, self._total, self._progress = 0, total, progress
        self._lock = threading.Lock()

    def advance(self) -> None:
        with self._lock:
            self._done += 1
            self._progress(self._done, self._total)


def _three(values: list[int]) -> Shape3:
    return (values[0], values[1], values[2])
