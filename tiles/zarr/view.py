"""Any volume as OME-Zarr 0.4 on Zarr v2 with Blosc, for clients that read only that: /zarr2/NAME.zarr/KEY.

itk-vtk-viewer and itk-viewer read no Zarr v3, no codec but Blosc and no array with a chunk missing, and say nothing:
the view has every chunk of every level. Chunks are made when they are asked for. Parameters stand in the query, or
beside the name for clients that append keys to a URL: /zarr2/NAME;t=3;chunk=1x512x512.zarr. The label images of a
volume are below labels/, each a view of its own.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import msgspec
from aiohttp import web

from render.errors import DataError, NotFound
from render.volume.labels import LabelMetadata
from render.volume.volume import Volume
from tiles.names import split_path
from tiles.serving import KEPT, Made, Recent, Sent, Serving
from tiles.work import Job
from tiles.zarr.chunks import Chunks
from tiles.zarr.plan import (
    GROUP,
    Plan,
    Wish,
    array_document,
    chunk_index,
    image_document,
    label_document,
    make_plan,
    read_wish,
    sent_type,
)
from tiles.zarr.ranges import part_of

SUFFIX = ".zarr"
JSON = "application/json"
BINARY = "application/octet-stream"


@dataclass(frozen=True, slots=True, eq=False)
class Sight:
    """The view of an open volume, or of a label image of it where there is `metadata`; `tag` stands for it."""

    name: str
    volume: Volume
    plan: Plan
    tag: str
    metadata: LabelMetadata | None = None

    def attributes(self) -> dict[str, Any]:
        if self.metadata is not None:
            return label_document(self.plan, self.metadata)
        found = [self.volume.statistics(channel, self.plan.times[0]) for channel in self.plan.channels]
        return image_document(self.plan, found)

    def documents(self) -> dict[str, Any]:
        """All metadata by key, labels apart."""
        arrays = {f"{level}/.zarray": array_document(self.plan, level) for level in range(len(self.plan.levels))}
        return {".zgroup": GROUP, ".zattrs": self.attributes()} | arrays


@dataclass(frozen=True, slots=True, eq=False)
class VirtualZarr:
    """The routes of the view."""

    serving: Serving
    chunks: Chunks
    _sights: Recent[Sight] = field(default_factory=lambda: Recent(KEPT))

    def routes(self) -> list[web.AbstractRouteDef]:
        return [web.get("/zarr2/{path:.+}", self.key)]

    async def key(self, request: web.Request) -> web.Response:
        return part_of(request, await self._whole(request))

    async def _whole(self, request: web.Request) -> web.Response:
        path = request.match_info["path"]
        name, pairs, key = split_path(path + "/" if path.endswith(SUFFIX) else path, SUFFIX, self.serving.volumes.names)
        wish = read_wish([*pairs, *request.query.items()])
        sight = await self._sight(name, wish)
        parts = [part for part in key.split("/") if part]
        if parts == [".zmetadata"]:
            return await self._consolidated(request, sight, wish)
        if parts[:1] == ["labels"] and sight.volume.info.labels:
            if len(parts) == 2 and parts[1].startswith("."):
                return await self._label_list(request, sight, parts[1])
            label, parts = _split_label(sight, parts[1:])
            sight = await self._sight(name, wish, label)
        return await self._answer(request, sight, parts)

    async def _answer(self, request: web.Request, sight: Sight, parts: list[str]) -> web.Response:
        levels = len(sight.plan.levels)
        match parts:
            case [".zgroup"]:
                return await self._document(request, sight, ".zgroup", lambda: GROUP)
            case [".zattrs"]:
                return await self._document(request, sight, ".zattrs", sight.attributes)
            case [level, ".zarray"] if level in map(str, range(levels)):
                index = int(level)
                return await self._document(request, sight, level, lambda: array_document(sight.plan, index))
            case [level, *words] if level in map(str, range(levels)) and words and not words[0].startswith("."):
                return await self._chunk(request, sight, int(level), chunk_index(sight.plan, int(level), words))
        raise NotFound(
            f"{sight.plan.info.name}: no key {'/'.join(parts)[:200]!r} in its view, which has {levels} levels"
        )

    async def _chunk(self, request: web.Request, sight: Sight, level: int, index: tuple[int, ...]) -> web.Response:
        def make(job: Job) -> Made:
            started = time.perf_counter()
            body, drawn = self.chunks.encoded(sight.volume, sight.plan, level, index, job)
            self.serving.observe(Sent("chunk", drawn, time.perf_counter() - started - drawn, len(body)))
            return Made(body, BINARY)

        tag = f"{sight.tag}-{level}-{'.'.join(map(str, index))}"
        return await self.serving.kept(request, tag, lambda: self.serving.workers.share(sight.name, tag, make))

    async def _document(self, request: web.Request, sight: Sight, key: str, make: Callable[[], object]) -> web.Response:
        tag = f"{sight.tag}-{key}"
        return await self.serving.kept(
            request,
            tag,
            lambda: self.serving.workers.share(sight.name, tag, lambda _: Made(msgspec.json.encode(make()), JSON)),
        )

    async def _label_list(self, request: web.Request, sight: Sight, key: str) -> web.Response:
        documents = {".zgroup": GROUP, ".zattrs": {"labels": sight.volume.info.labels}}
        if key not in documents:
            raise NotFound(f"{sight.name}: no key 'labels/{key[:100]}' in its view")
        return await self._document(request, sight, f"labels/{key}", lambda: documents[key])

    async def _consolidated(self, request: web.Request, sight: Sight, wish: Wish) -> web.Response:
        """All metadata in one document. Label images that cannot be opened are not in it: asking for them says why."""
        labels = {}
        for label in sight.volume.info.labels:
            try:
                labels[label] = await self._sight(sight.name, wish, label)
            except (DataError, NotFound):
                continue

        def make() -> object:
            found = sight.documents()
            if labels:
                found |= {"labels/.zgroup": GROUP, "labels/.zattrs": {"labels": list(labels)}}
            for label, one in labels.items():
                found |= {f"labels/{label}/{key}": document for key, document in one.documents().items()}
            return {"zarr_consolidated_format": 1, "metadata": found}

        return await self._document(request, sight, ".zmetadata", make)

    async def _sight(self, name: str, wish: Wish, label: str = "") -> Sight:
        """The view of a volume, or of its label image `label`. NotFound, DataError, BadRequest."""
        asked = (name, wish, label)
        known = self._sights.get(asked)
        if known is None:
            known = await self.serving.workers.share(name, ("zarr2", *asked), lambda _: self._look(name, wish, label))
            self._sights.keep(asked, known)
        return known

    def _look(self, name: str, wish: Wish, label: str) -> Sight:
        volume, metadata = self.serving.volumes.volume(name), None
        if label:
            image = volume.labels(label)
            volume, metadata = image.ids, image.metadata
            wish = Wish((), wish.chunk, None if wish.time is None else image.time(wish.time))
        labels, dtype = bool(label), volume.info.dtype
        first = 0 if wish.time is None else wish.time
        wide = not labels and dtype in ("int64", "uint64")
        found = [volume.statistics(c, first) for c in wish.channels or range(len(volume.info.channels)) if wide]
        plan = make_plan(volume.info, wish, sent_type(dtype, found, labels=labels), labels=labels)
        return Sight(name, volume, plan, self.serving.tag(volume, "zarr2", name, label, wish), metadata)


def _split_label(sight: Sight, parts: list[str]) -> tuple[str, list[str]]:
    """The label image that a key below labels/ is of, and the rest of the key. NotFound."""
    text = "/".join(parts) + "/"
    fitting = [label for label in sight.volume.info.labels if text.startswith(label + "/")]
    if not fitting:
        there = ", ".join(sight.volume.info.labels)
        raise NotFound(f"{sight.name}: no labels {text[:100]!r}; there are: {there}")
    label = max(fitting, key=len)
    return label, [part for part in text[len(label) :].split("/") if part]
