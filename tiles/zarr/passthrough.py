"""A volume's own Zarr store over HTTP, byte for byte, for every client that reads Zarr: /zarr/NAME.ome.zarr/KEY.

Whatever the store holds is there, and nothing else. Ranges are answered as RFC 9110 has it, the last bytes (-N) too,
which readers of shards ask for. What is long is sent block by block: the memory of an answer is that of one block.
"""

import hashlib
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import msgspec
from aiohttp import web

from render.errors import BadRequest, NotFound
from render.volume.cache import ByteCache
from render.volume.raw import Entry, RawStore, clean_key
from render.volume.sources import open_raw
from tiles.names import split_path
from tiles.serving import Serving, caching, has
from tiles.zarr.ranges import content_range, none_of, wanted

SUFFIX = ".ome.zarr"
BLOCK = 2**22
"""Bytes that are read at once: with 64 downloads 256 MiB."""

METADATA = ("zarr.json", ".zattrs", ".zgroup", ".zarray", ".zmetadata")


@dataclass(frozen=True, slots=True, eq=False)
class Passthrough:
    """The routes of stores."""

    serving: Serving
    _stores: ByteCache[RawStore] = field(default_factory=lambda: ByteCache(2**30))
    """One handle for each volume, counted as 1."""
    _run: str = field(default_factory=lambda: secrets.token_hex(8))

    def routes(self) -> list[web.AbstractRouteDef]:
        return [web.get("/zarr/{path:.+}", self.key)]

    def close(self) -> None:
        """Close the stores that were opened."""
        for name in self.serving.volumes.names:
            if name in self._stores:
                self._store(name).close()

    async def key(self, request: web.Request) -> web.Response:
        path = request.match_info["path"]
        name, pairs, key = split_path(path + "/" if path.endswith(SUFFIX) else path, SUFFIX, self.serving.volumes.names)
        if pairs or request.query:
            said = "&".join(f"{k}={v}" for k, v in [*pairs, *request.query.items()])
            raise BadRequest(f"{said!r}: a store is served as it is; /zarr2/{name}.zarr/ takes parameters")
        store, entry = await self.serving.workers.run(name, self._find, name, clean_key(key))
        if entry is None:
            raise NotFound(f"{name}: its store has no {key[:200]!r}")
        return self._answer(request, name, store, entry)

    def _find(self, name: str, key: str) -> tuple[RawStore, Entry | None]:
        store = self._store(name)
        return store, store.find(key) if key else None

    def _store(self, name: str) -> RawStore:
        return self._stores.get(name, 1, lambda: open_raw(self.serving.volumes.source(name), name))

    def _answer(self, request: web.Request, name: str, store: RawStore, entry: Entry) -> web.Response:
        etag = self._etag(name, entry)
        headers = caching(etag) | {"Accept-Ranges": "bytes"}
        if has(request, etag):
            return web.Response(status=304, headers=headers)
        part = wanted(request, etag, entry.size)
        if part is not None and not part:
            return none_of(entry.key, entry.size, headers)
        if part is not None:
            headers |= content_range(part, entry.size)
        sent = range(entry.size) if part is None else part
        headers |= {"Content-Length": str(len(sent)), "Content-Type": _media_type(entry.key)}
        body = b"" if request.method == "HEAD" else self._blocks(name, store, entry, sent)
        return web.Response(status=200 if part is None else 206, body=body, headers=headers)

    async def _blocks(self, name: str, store: RawStore, entry: Entry, part: range) -> AsyncIterator[bytes]:
        for start in range(part.start, part.stop, BLOCK):
            yield await self.serving.workers.run(name, store.read, entry, start, min(start + BLOCK, part.stop))

    def _etag(self, name: str, entry: Entry) -> str:
        # Where nothing tells a new version from the old, bytes are those of before as long as the server runs.
        text = msgspec.json.encode([name, entry.key, entry.size, entry.version or self._run])
        return f'"{hashlib.sha256(text).hexdigest()[:24]}"'


def _media_type(key: str) -> str:
    return "application/json" if key.rpartition("/")[2] in METADATA else "application/octet-stream"
