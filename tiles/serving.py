"""What every route of tiles is made of: volumes by name, sections, work on threads, tags and caching.

A tag is made of the opening of the volume and of all that decides the bytes, before anything is drawn: whoever holds
them already gets 304 at once, equal requests share one computation, and finished bytes are kept for the next.
"""

import hashlib
import re
import secrets
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

import msgspec
from aiohttp import web

from render.encode import MEDIA_TYPES, Pixels, encode
from render.errors import BadRequest
from render.volume.catalogue import Catalogue
from render.volume.volume import Volume
from tiles.drawing.bricks import Bricks
from tiles.drawing.draw import draw
from tiles.names import Pairs, split_name
from tiles.pyramid import Patch
from tiles.request import take
from tiles.section import Section, SectionIntent, resolve_section
from tiles.words.dialect import read_section
from tiles.work import Job, Workers

T = TypeVar("T")

TOKEN = web.RequestKey("token", str)
"""Where a request has the token that its address said, for links to say it too."""

FRESH = "private, max-age=600"
"""What was sent is the same for as long as the server runs; after this the browser asks whether it still is (304)."""

QUALITY = 85
"""Of lossy tiles, where nothing is said: half the size of 92, and differences to it are not seen on a screen."""

MAX_PIXELS = 2**24
"""Pixels of one picture of a plane: 4096 x 4096."""

KEPT = 2048
"""Sections that are remembered with the request that they came from: a viewer asks for thousands of tiles of one."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What an answer took, in seconds and bytes, for those who measure."""

    kind: Literal["picture", "tile", "chunk"]
    draw_s: float
    encode_s: float
    nbytes: int


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """A section of an open volume, ready to be drawn; `tag` stands for both."""

    volume: Volume
    section: Section
    tag: str


@dataclass(frozen=True, slots=True)
class Look:
    """How a patch becomes a file: its ending and quality (1 to 100), and what is done to its pixels before, as `how`
    says it in the tag.
    """

    ending: str
    quality: int = QUALITY
    finish: Callable[[Pixels], Pixels] = lambda pixels: pixels
    how: str = ""

    @property
    def tag(self) -> str:
        return f"{self.ending}{self.quality}{self.how}"


@dataclass(frozen=True, slots=True)
class Made:
    """The body of an answer and its media type."""

    body: bytes
    media_type: str


class Recent(Generic[T]):
    """The values used last, at most `capacity` of what `weigh` says of them. Of one thread."""

    def __init__(self, capacity: int, weigh: Callable[[T], int] = lambda _: 1) -> None:
        self._capacity, self._weigh = capacity, weigh
        self._values: OrderedDict[Hashable, T] = OrderedDict()
        self.weight = 0

    def get(self, key: Hashable) -> T | None:
        if key not in self._values:
            return None
        self._values.move_to_end(key)
        return self._values[key]

    def keep(self, key: Hashable, value: T) -> None:
        if key in self._values:
            self.weight -= self._weigh(self._values.pop(key))
        self._values[key] = value
        self.weight += self._weigh(value)
        while self.weight > self._capacity:
            self.weight -= self._weigh(self._values.popitem(last=False)[1])


class Serving:
    """`encoded` is how many bytes of finished answers are kept. Of one event loop."""

    def __init__(
        self,
        volumes: Catalogue,
        bricks: Bricks,
        workers: Workers,
        observe: Callable[[Sent], None],
        encoded: int = 2**27,
    ) -> None:
        self.volumes, self.bricks, self.workers, self.observe = volumes, bricks, workers, observe
        self._largest = encoded // 8
        # A volume may be another one under the same name after a restart, and then no old tag may match.
        self._run = secrets.token_hex(8)
        self._sheets: Recent[Sheet] = Recent(KEPT)
        self._made: Recent[Made] = Recent(encoded, lambda made: len(made.body) + 512)

    def tag(self, volume: Volume, *what: object) -> str:
        """Stands for all of `what` (values of msgspec) of this opening of a volume."""
        text = msgspec.json.encode([self._run, volume.key, *what])
        return hashlib.sha256(text).hexdigest()[:24]

    def named(self, text: str) -> tuple[str, Pairs]:
        """The volume's name and what is said beside it in NAME;key=value."""
        return split_name(text, self.volumes.names)

    async def volume(self, name: str) -> Volume:
        """The open volume. NotFound, DataError."""
        return await self.workers.run(name, self.volumes.volume, name)

    async def sheet(self, text: str, pairs: Pairs) -> Sheet:
        """The section that NAME[;key=value...] and the query's `pairs` mean."""
        name, said = self.named(text)
        asked = (name, *said, *pairs)
        known = self._sheets.get(asked)
        if known is not None:
            return known
        return await self.resolved(name, read_section([*said, *pairs]), asked)

    async def asked(
        self, text: str, query: Iterable[tuple[str, str]], own: Sequence[str]
    ) -> tuple[Sheet, dict[str, str]]:
        """The section that NAME[;key=value...] and the `query` mean, and what they say of the parameters `own`."""
        name, said = self.named(text)
        of_own, pairs = take([*said, *query], own)
        return await self.sheet(name, pairs), of_own

    async def resolved(self, name: str, intent: SectionIntent, asked: Hashable = None) -> Sheet:
        """The section that `intent` means; remembered as what was `asked` for."""

        def look() -> Sheet:
            volume = self.volumes.volume(name)
            section = resolve_section(intent, volume.info, volume.statistics)
            return Sheet(volume, section, self.tag(volume, section))

        sheet = await self.workers.share(name, ("section", name, intent), lambda _: look())
        if asked is not None:
            self._sheets.keep(asked, sheet)
        return sheet

    async def picture(
        self,
        request: web.Request,
        sheet: Sheet,
        patch: Patch,
        look: Look,
    ) -> web.Response:
        """The answer with a patch of a section as a picture. BadRequest where it is too large."""
        if patch.width * patch.height > MAX_PIXELS:
            raise BadRequest(f"{patch.width} x {patch.height} pixels: a picture of a plane has {MAX_PIXELS} at most")
        across, down = patch.pixel
        place = f"{patch.left:.17g},{patch.top:.17g},{patch.width},{patch.height},{across:.17g},{down:.17g}"

        def make(job: Job) -> Made:
            started = time.perf_counter()
            pixels = look.finish(draw(sheet.volume, sheet.section, patch, self.bricks, job))
            drawn = time.perf_counter()
            body = encode(pixels, look.ending, look.quality)
            self.observe(Sent("tile", drawn - started, time.perf_counter() - drawn, len(body)))
            return Made(body, MEDIA_TYPES[look.ending])

        return await self.answer(request, sheet.volume, f"{sheet.tag}-{place}-{look.tag}", make)

    async def answer(self, request: web.Request, volume: Volume, tag: str, make: Callable[[Job], Made]) -> web.Response:
        """The answer that `make` makes on a worker's thread; `tag` stands for all that decides its bytes."""
        return await self.kept(request, tag, lambda: self.workers.share(volume.info.name, tag, make))

    async def kept(self, request: web.Request, tag: str, make: Callable[[], Awaitable[Made]]) -> web.Response:
        """304 where the client has what `tag` stands for, and no work where it was made before."""
        etag = f'"{tag}"'
        if has(request, etag):
            return web.Response(status=304, headers=caching(etag))
        made = self._made.get(tag)
        if made is None:
            made = await make()
            if len(made.body) <= self._largest:
                self._made.keep(tag, made)
        return web.Response(body=made.body, headers=caching(etag) | {"Content-Type": made.media_type})


def has(request: web.Request, etag: str) -> bool:
    """Whether the client says that it holds what has this tag (RFC 9110 13.1.2, weak comparison)."""
    held = request.headers.get("If-None-Match", "")
    # A tag may have commas in it, as those of pictures do.
    return held.strip() == "*" or etag in re.findall(r'"[^"]*"', held)


def caching(etag: str) -> dict[str, str]:
    return {"ETag": etag, "Cache-Control": FRESH}
