"""Neuroglancer's precomputed format: a volume or one of its label images as scales of chunks, cut out as asked for.

`/precomputed/NAME[;key=value]/info` describes a volume and `/precomputed/NAME/labels/LABEL/info` a label image; chunks
are below the keys of scales that it names. Clients append to a URL, so what is said of encoding, time and channel
stands in the path (or in the query, for those that keep it).
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import msgspec
import numpy as np
from aiohttp import web

from render.errors import BadRequest, NotFound
from render.volume.info import Window
from render.volume.labels import LabelMetadata
from render.volume.volume import Volume
from tiles.drawing.bricks import Bricks, Source
from tiles.names import Pairs, split_name
from tiles.precomputed.lattice import Box, Lattice, Whole3, chunk_shapes, make_lattice, nanometres
from tiles.precomputed.segmentation import BLOCK, compressed, id_type, make_ids, segment_properties
from tiles.precomputed.voxels import check_encoding, convert, jpeg, png, raw, readable_type, windowed
from tiles.request import read_whole, take
from tiles.serving import Made, Sent, Serving
from tiles.work import Job
from tiles.xyz import read_quality

OWN = ("t", "channel", "encoding", "quality")
LABELS = "/labels/"
MEDIA_TYPES = {"jpeg": "image/jpeg", "png": "image/png"}
IMAGE_ENCODINGS = ("raw", "jpeg", "png")
LABEL_ENCODINGS = ("compressed_segmentation", "raw")


@dataclass(frozen=True, slots=True)
class Layer:
    """What one info document describes: some channels of a volume at one time, or a label image.

    Voxels are those of `volume`, sent as `dtype`; `windows`, one for each channel, are spread over 0 to 255 where there
    are any. `labels` says what ids mean; None of an image.
    """

    volume: Volume
    lattice: Lattice
    channels: tuple[int, ...]
    time: int
    dtype: str
    encoding: str
    quality: int
    notes: tuple[str, ...] = ()
    windows: tuple[Window, ...] = ()
    labels: LabelMetadata | None = None

    @property
    def shapes(self) -> tuple[Whole3, ...]:
        return chunk_shapes(self.volume.info, len(self.channels) * np.dtype(self.dtype).itemsize)


def image_layer(volume: Volume, pairs: Pairs) -> Layer:
    """The image that `pairs` (of OWN) mean. BadRequest, NotFound; blocks where a window is measured."""
    said, when, encoding = _read(pairs, OWN, IMAGE_ENCODINGS)
    info, notes = volume.info, []
    channels = (read_whole("channel", said["channel"]),) if "channel" in said else tuple(range(len(info.channels)))
    info.check(channel=channels[0], time=when)
    dtype = readable_type(info.dtype)
    windows: list[Window] = []
    if encoding == "jpeg" and dtype != "uint8":
        windows = [info.channels[c].window or volume.statistics(c, when).window for c in channels]
        told = ", ".join(f"{low:g} to {high:g}" for low, high in windows)
        notes.append(f"Voxels are {info.dtype}; the windows of the channels, {told}, are spread over 0 to 255.")
        dtype = "uint8"
    elif dtype != info.dtype:
        notes.append(f"Voxels are {info.dtype}, which Neuroglancer does not read, and are sent as {dtype}.")
    check_encoding(encoding, dtype, len(channels))
    layer = Layer(volume, make_lattice(info), channels, when, dtype, encoding, read_quality(said))
    return replace(layer, notes=tuple(notes), windows=tuple(windows))


def label_layer(image: Volume, name: str, pairs: Pairs) -> Layer:
    """The label image `name` of a volume. BadRequest, NotFound; blocks where it is opened."""
    labels = image.labels(name)
    _, when, encoding = _read(pairs, ("t", "encoding"), LABEL_ENCODINGS)
    # It lies in the world of its image.
    info = replace(labels.info, unit=image.info.unit, direction=image.info.direction)
    image.info.check(time=when)
    return Layer(
        volume=labels.ids,
        lattice=make_lattice(info),
        channels=(0,),
        time=labels.time(when),
        dtype=id_type(info.dtype),
        encoding=encoding,
        quality=0,
        labels=labels.metadata,
    )


def describe(layer: Layer) -> dict[str, object]:
    """The info document. What it cannot say is under "voxelcast": where voxel 0 begins in the world (nm), and notes."""
    coding: dict[str, object] = {"encoding": layer.encoding, "chunk_sizes": layer.shapes}
    if layer.encoding == "compressed_segmentation":
        coding["compressed_segmentation_block_size"] = BLOCK
    scales = [
        {"key": scale.key, "size": scale.size, "voxel_offset": scale.offset, "resolution": scale.resolution, **coding}
        for scale in layer.lattice.scales
    ]
    lost = {
        "shift": [side * nanometres(layer.volume.info) for side in layer.lattice.shift],
        "notes": [*layer.notes, *layer.lattice.notes],
    }
    document: dict[str, object] = {
        "@type": "neuroglancer_multiscale_volume",
        "type": "image" if layer.labels is None else "segmentation",
        "data_type": layer.dtype,
        "num_channels": len(layer.channels),
        "scales": scales,
        "voxelcast": lost,
    }
    if layer.labels is not None and (layer.labels.colors or layer.labels.properties):
        document["segment_properties"] = "segment_properties"
    return document


def cut(layer: Layer, level: int, box: Box, bricks: Bricks, job: Job) -> bytes:
    """The bytes of a chunk. DataError."""
    lower, upper = layer.lattice.scales[level].inside(box)
    blocks = []
    for channel in layer.channels:
        job.check()
        blocks.append(bricks.box(Source(layer.volume, level, channel, layer.time), lower, upper))
    if layer.labels is not None:
        ids = make_ids(blocks[0], layer.dtype)
        return raw(ids) if layer.encoding == "raw" else compressed(ids)
    voxels = np.stack(blocks)
    voxels = windowed(voxels, layer.windows) if layer.windows else convert(voxels, layer.dtype)
    if layer.encoding == "jpeg":
        return jpeg(voxels, layer.quality)
    return png(voxels) if layer.encoding == "png" else raw(voxels)


def split_place(text: str, names: list[str]) -> tuple[str, Pairs, str]:
    """The volume, what is said beside it, and what follows /labels/, if anything does, of an address.

    Names may hold slashes, and even /labels/: the longest of `names` that fits is meant, and then labels.
    """
    ends = [i for i in range(len(text)) if text.startswith(LABELS, i)]
    found = [(*split_name(text[:end], names), text[end + len(LABELS) :]) for end in ends]
    known = max([one for one in found if one[0] in names], key=lambda one: len(one[0]), default=None)
    whole = max((len(name) for name in names if f"{text};".startswith(f"{name};")), default=0)
    if known is None or whole > len(known[0]):
        return (*split_name(text, names), "")
    return known


@dataclass(frozen=True, slots=True)
class Precomputed:
    """The routes of the precomputed format."""

    serving: Serving

    def routes(self) -> list[web.AbstractRouteDef]:
        return [
            web.get("/precomputed/{place:.+}/segment_properties/info", self.properties),
            web.get("/precomputed/{place:.+}/info", self.info),
            web.get(r"/precomputed/{place:.+}/s{level:\d{1,3}}/{box:[-\d_]+}", self.chunk),
        ]

    async def info(self, request: web.Request) -> web.Response:
        def make(layer: Layer, _: Job) -> Made:
            return Made(msgspec.json.encode(describe(layer)), "application/json")

        return await self._answer(request, make)

    async def properties(self, request: web.Request) -> web.Response:
        """What is known of the ids of a label image."""

        def make(layer: Layer, _: Job) -> Made:
            if layer.labels is None:
                raise NotFound("segment_properties are those of labels: write NAME/labels/LABEL/segment_properties")
            return Made(msgspec.json.encode(segment_properties(layer.labels)), "application/json")

        return await self._answer(request, make)

    async def chunk(self, request: web.Request) -> web.Response:
        level, name = int(request.match_info["level"]), request.match_info["box"]

        def make(layer: Layer, job: Job) -> Made:
            layer.volume.info.check(level=level)
            box = layer.lattice.scales[level].chunk(name, layer.shapes)
            started = time.perf_counter()
            body = cut(layer, level, box, self.serving.bricks, job)
            self.serving.observe(Sent("chunk", time.perf_counter() - started, 0.0, len(body)))
            return Made(body, MEDIA_TYPES.get(layer.encoding, "application/octet-stream"))

        return await self._answer(request, make)

    async def _answer(self, request: web.Request, make: Callable[[Layer, Job], Made]) -> web.Response:
        """What `make` makes of the layer that the address and the query mean."""
        name, said, rest = split_place(request.match_info["place"], self.serving.volumes.names)
        volume = await self.serving.volume(name)
        label, more = split_name(rest, volume.info.labels) if rest else ("", [])
        pairs = [*said, *more, *request.query.items()]
        tag = self.serving.tag(volume, "precomputed", request.path, pairs)

        def answer(job: Job) -> Made:
            return make(label_layer(volume, label, pairs) if rest else image_layer(volume, pairs), job)

        return await self.serving.answer(request, volume, tag, answer)


def _read(pairs: Pairs, known: tuple[str, ...], encodings: tuple[str, ...]) -> tuple[dict[str, str], int, str]:
    """What is said, and of that the time and the encoding. BadRequest."""
    said, others = take(pairs, known)
    if others:
        raise BadRequest(f"unknown parameter {others[0][0]!r}; there are: {', '.join(known)}")
    encoding = said.get("encoding", encodings[0])
    if encoding not in encodings:
        raise BadRequest(f"encoding {encoding!r}: must be one of {', '.join(encodings)}")
    return said, read_whole("t", said["t"]) if "t" in said else 0, encoding
