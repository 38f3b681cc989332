"""A Voxelcast server from Python: the same pictures as `voxelcast.render`, drawn elsewhere; blocking."""

import io
import json
import re
from dataclasses import dataclass, field
from typing import Unpack, cast
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode, urlsplit
from urllib.request import Request, urlopen

import msgspec
import numpy as np

from render.encode import decode
from render.errors import BackendError, BadRequest, RenderError
from render.frame import Frame, Timings
from render.pick import Pick
from render.scene import Quality, View, encode_view
from render.volume.info import VolumeInfo
from tiles.request import Wish, make_intent, write_intent
from voxelcast.errors import KINDS

TIMEOUT = 300.0
"""Seconds; a first picture of a large volume on a slow store takes minutes."""


class _Description(msgspec.Struct):
    """What GET /volumes/NAME answers and a client uses of it."""

    info: VolumeInfo
    view: View


@dataclass(frozen=True, slots=True)
class Server:
    """A server at `url`; every method asks it and raises what the server raised, or BackendError if it is not there."""

    url: str
    token: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        if urlsplit(self.url).scheme not in ("http", "https"):
            raise BadRequest(f"{self.url!r}: write http://HOST:PORT")

    def volumes(self) -> list[str]:
        """The names of the volumes that are served."""
        body, _ = self._ask("/volumes")
        return msgspec.json.decode(body, type=dict[str, list[str]])["volumes"]

    def info(self, name: str) -> VolumeInfo:
        """What is known about a volume."""
        return self._describe(name, "").info

    def view(self, name: str, **wish: Unpack[Wish]) -> View:
        """The View that the keywords of `render` mean, to change and to render."""
        return self._describe(name, "?" + urlencode(write_intent(make_intent(**wish)))).view

    def render(
        self,
        name: str,
        view: View | None = None,
        *,
        samples: int | None = None,
        depth: bool = False,
        **wish: Unpack[Wish],
    ) -> Frame:
        """A picture of the volume `name`: of `view`, or of what the keywords say, as in `voxelcast.render`."""
        if view is None:
            view = self.view(name, **wish)
        elif wish:
            raise BadRequest(f"give a view or {', '.join(wish)}, not both")
        text, query = encode_view(view), "" if samples is None else f"?samples={samples}"
        body, headers = self._ask(f"/volumes/{quote(name)}/render.png{query}", text)
        distances = self._ask(f"/volumes/{quote(name)}/depth.npy", text)[0] if depth else None
        return Frame(
            array=decode(body),
            view=view,
            quality=msgspec.json.decode(headers["voxelcast-quality"], type=Quality),
            renderer=headers["voxelcast-renderer"],
            timings=_timings(headers["server-timing"]),
            depth=None if distances is None else np.load(io.BytesIO(distances)),
        )

    def pick(self, view: View, x: int, y: int) -> Pick:
        """What is under the pixel (x, y), (0, 0) at the top left, of the picture of `view`."""
        body, _ = self._ask(f"/volumes/{quote(view.volume)}/pick?x={x}&y={y}", encode_view(view))
        return msgspec.json.decode(body, type=Pick)

    def _describe(self, name: str, query: str) -> _Description:
        body, _ = self._ask(f"/volumes/{quote(name)}{query}")
        return msgspec.json.decode(body, type=_Description)

    def _ask(self, path: str, body: bytes | None = None) -> tuple[bytes, dict[str, str]]:
        """The answer's body and headers, whose names are in lower case."""
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        request = Request(self.url.rstrip("/") + path, body, headers)
        try:
            with urlopen(request, timeout=TIMEOUT) as answer:
                return answer.read(), {name.lower(): value for name, value in answer.headers.items()}
        except HTTPError as error:
            raise _told(error) from error
        except (URLError, OSError) as error:
            reason = error.reason if isinstance(error, URLError) else error
            raise BackendError(f"{self.url} does not answer: {reason}") from error


def connect(url: str, token: str = "") -> Server:
    """The server at `url`, such as http://127.0.0.1:8470; nothing is asked of it yet."""
    return Server(url, token)


def _told(error: HTTPError) -> RenderError:
    """The error that the server raised; RenderError itself for one that only a server has (401, 500)."""
    text = error.read()
    try:
        told = cast(dict[str, str], json.loads(text))
        return KINDS.get(told["code"], RenderError)(told["error"])
    except (ValueError, KeyError, TypeError):
        return RenderError(f"{error.url} answers {error.code} {error.reason}, and is not a Voxelcast server")


def _timings(header: str) -> Timings:
    """The seconds in a Server-Timing header."""
    spans = {name: float(duration) / 1000 for name, duration in re.findall(r"(\w+);dur=([\d.]+)", header)}
    return Timings(spans["load"], spans["render"])
