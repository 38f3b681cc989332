"""What the Zarr v2 view of a volume holds, before a voxel is read: levels, chunks, types, and its documents; pure.

The view is OME-Zarr 0.4 on Zarr v2 with axes of t, c, z, y, x: t and c where there are several, z where a level is
thicker than a voxel. Levels are the volume's own, and coarser ones after them down to one that comes at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from render.errors import BadRequest, NotFound
from render.geometry import Shape3
from render.volume.coarser import pyramid_levels
from render.volume.info import Level, VolumeInfo
from render.volume.labels import LabelMetadata
from render.volume.ngff_metadata import multiscale, omero
from render.volume.stats import Statistics
from tiles.names import Pairs
from tiles.request import read_whole, take

LEAST, MOST = 2**15, 2**22
"""Bytes of a chunk that is as the file has it; others are too many requests, or too much to be sent in one."""

LARGEST = 2**26
"""Bytes of a chunk that may be asked for."""

VOLUME_CHUNK: Shape3 = (64, 64, 64)
PLANE_CHUNK: Shape3 = (1, 512, 512)

READ_BY_ALL = ("uint8", "int8", "uint16", "int16", "uint32", "int32", "float32")
"""What itk-vtk-viewer and its like read; of 64 bits they read neither whole numbers nor, all of them, real ones."""

BLOSC = {"id": "blosc", "cname": "lz4", "clevel": 5, "shuffle": 1, "blocksize": 0}
GROUP = {"zarr_format": 2}


@dataclass(frozen=True, slots=True)
class Wish:
    """What a URL says: which channels (all), chunks of which shape (z, y, x), which time alone (all)."""

    channels: tuple[int, ...] = ()
    chunk: Shape3 | None = None
    time: int | None = None


@dataclass(frozen=True, slots=True)
class PlannedLevel:
    """A level of the view. `factors` are those to the level before it; None: the volume has it itself."""

    level: Level
    chunk: Shape3
    factors: Shape3 | None


@dataclass(frozen=True, slots=True)
class Plan:
    """The view: arrays have the axes `letters`; `channels` and `times` are those of the volume, in order."""

    info: VolumeInfo
    letters: str
    channels: tuple[int, ...]
    times: range
    levels: tuple[PlannedLevel, ...]
    dtype: str
    labels: bool

    def shape(self, level: int) -> tuple[int, ...]:
        return self._by_axis(self.levels[level].level.shape, len(self.times), len(self.channels))

    def chunks(self, level: int) -> tuple[int, ...]:
        return self._by_axis(self.levels[level].chunk, 1, 1)

    def _by_axis(self, space: Shape3, times: int, channels: int) -> tuple[int, ...]:
        known = dict(zip("zyx", space, strict=True)) | {"t": times, "c": channels}
        return tuple(known[letter] for letter in self.letters)


def read_wish(pairs: Pairs) -> Wish:
    """`channels=0,2` (or once for each), `chunk=ZxYxX` or `chunk=YxX`, `t=3`. BadRequest."""
    said, others = take(pairs, ("chunk", "t"))
    channels: list[int] = []
    for key, text in others:
        if key != "channels":
            raise BadRequest(f"unknown parameter {key!r}; there are: channels, chunk, t")
        channels += [read_whole("channels", word) for word in text.split(",")]
    if len(set(channels)) < len(channels):
        raise BadRequest(f"channels {','.join(map(str, channels))}: each at most once")
    chunk = _read_chunk(said["chunk"]) if "chunk" in said else None
    return Wish(tuple(channels), chunk, read_whole("t", said["t"]) if "t" in said else None)


def _read_chunk(text: str) -> Shape3:
    words = text.split("x")
    if len(words) not in (2, 3):
        raise BadRequest(f"chunk {text!r}: write ZxYxX or YxX, such as 1x512x512")
    z, y, x = [1] * (3 - len(words)) + [read_whole("chunk", word) for word in words]
    if 0 in (z, y, x) or z * y * x > LARGEST:
        raise BadRequest(f"chunk {text!r}: its sides must be 1 or more, and its voxels {LARGEST} at most")
    return (z, y, x)


def make_plan(info: VolumeInfo, wish: Wish, dtype: str, *, labels: bool = False) -> Plan:
    """The view of a volume, or of a label image's own pyramid, with voxels of `dtype`. NotFound, BadRequest."""
    for channel in wish.channels:
        info.check(channel=channel)
    if wish.time is not None:
        info.check(time=wish.time)
    channels = wish.channels or tuple(range(1 if labels else len(info.channels)))
    times = range(info.times) if wish.time is None else range(wish.time, wish.time + 1)
    deep = any(level.shape[0] > 1 for level in info.levels)
    letters = "t" * (len(times) > 1) + "c" * (len(channels) > 1) + "z" * deep + "yx"
    added = pyramid_levels(info.levels[-1])[1:]
    own: list[tuple[Level, Shape3 | None]] = [(level, None) for level in info.levels]
    itemsize = np.dtype(dtype).itemsize
    levels = tuple(
        PlannedLevel(replace(level, path=str(index)), _chunk(level, wish.chunk, itemsize), factors)
        for index, (level, factors) in enumerate([*own, *added])
    )
    return Plan(info, letters, channels, times, levels, dtype, labels)


def sent_type(dtype: str, found: Sequence[Statistics], *, labels: bool) -> str:
    """The type that voxels of `dtype` are sent as; `found` are the statistics of what is sent, where they matter.

    Whole numbers of 64 bits become those of 32 where the values (of the coarsest level) fit; ids must.
    """
    if dtype in READ_BY_ALL:
        return dtype
    if dtype not in ("int64", "uint64"):
        return "float32"
    target = dtype.replace("64", "32")
    limits = np.iinfo(target)
    fits = all(limits.min <= one.minimum and one.maximum <= limits.max for one in found)
    return target if fits or labels else "float32"


def _chunk(level: Level, wished: Shape3 | None, itemsize: int) -> Shape3:
    chunk = wished or level.chunks
    nbytes = itemsize * chunk[0] * chunk[1] * chunk[2]
    if wished is not None and nbytes > LARGEST:
        raise BadRequest(f"chunk {'x'.join(map(str, wished))}: it has {nbytes} bytes, at most {LARGEST} are sent")
    if wished is None and not LEAST <= nbytes <= MOST:
        chunk = PLANE_CHUNK if level.chunks[0] == 1 else VOLUME_CHUNK
    z, y, x = (min(c, n) for c, n in zip(chunk, level.shape, strict=True))
    return (z, y, x)


def array_document(plan: Plan, level: int) -> dict[str, Any]:
    """`.zarray` of a level."""
    return {
        "zarr_format": 2,
        "shape": plan.shape(level),
        "chunks": plan.chunks(level),
        "dtype": np.dtype(plan.dtype).newbyteorder("<").str,
        "compressor": BLOSC,
        "fill_value": 0,
        "order": "C",
        "filters": None,
        "dimension_separator": "/",
    }


def image_document(plan: Plan, statistics: Sequence[Statistics]) -> dict[str, Any]:
    """`.zattrs` of an image; `statistics` has one for each channel of the view."""
    info = replace(plan.info, channels=tuple(plan.info.channels[channel] for channel in plan.channels))
    windows = [channel.window or found.window for channel, found in zip(info.channels, statistics, strict=True)]
    # Not of the specification: itk-vtk-viewer, which reads no omero, takes them for the range of its colours.
    return {"multiscales": [_multiscale(plan) | {"ranges": windows}], "omero": omero(info, statistics)}


def label_document(plan: Plan, metadata: LabelMetadata) -> dict[str, Any]:
    """`.zattrs` of a label image."""
    described: dict[str, Any] = {"version": "0.4", "source": {"image": "../../"}}
    if metadata.colors:
        described["colors"] = [
            {"label-value": label, "rgba": [round(255 * share) for share in rgba]}
            for label, rgba in metadata.colors.items()
        ]
    if metadata.properties:
        described["properties"] = [{"label-value": label, **said} for label, said in metadata.properties.items()]
    return {"multiscales": [_multiscale(plan) | {"type": "nearest"}], "image-label": described}


def chunk_index(plan: Plan, level: int, words: Sequence[str]) -> tuple[int, ...]:
    """The place in the grid of chunks that the words of a key name. NotFound, with the size of the grid."""
    grid = [-(-n // c) for n, c in zip(plan.shape(level), plan.chunks(level), strict=True)]
    index = tuple(int(word) if word.isascii() and word.isdecimal() and len(word) < 10 else -1 for word in words)
    if len(index) != len(grid) or not all(0 <= i < n for i, n in zip(index, grid, strict=True)):
        said = "/".join(words)[:100]
        raise NotFound(f"{plan.info.name}: no chunk {said!r} of level {level}, which has {' x '.join(map(str, grid))}")
    return index


def _multiscale(plan: Plan) -> dict[str, Any]:
    found = multiscale(replace(plan.info, levels=tuple(one.level for one in plan.levels)), plan.letters, "0.4")
    if plan.info.rotated:
        # Not of the specification: itk-vtk-viewer's own, a matrix with the axes in the order of the array.
        found["direction"] = [[_cosine(plan.info, row, column) for column in plan.letters] for row in plan.letters]
    return found


def _cosine(info: VolumeInfo, row: str, column: str) -> float:
    if row in "zyx" and column in "zyx":
        return info.direction["xyz".index(row)]["xyz".index(column)]
    return float(row == column)
