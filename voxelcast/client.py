"""A Voxelcast server from Python: the same pictures as `voxelcast.render`, drawn elsewhere; blocking."""

import io
import re
from dataclasses import dataclass, field
from typing import Unpack
from urllib.parse import quote, urlencode, urlsplit

import msgspec
import numpy as np

from render.encode import decode
from render.errors import BadRequest, NotFound
from render.frame import Frame, Timings
from render.pick import Pick
from render.scene import Quality, View, encode_view
from render.volume.info import VolumeInfo
from tiles.request import Wish, make_intent, write_intent
from voxelcast.door import Door
from voxelcast.session import Session


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

    @property
    def _door(self) -> Door:
        return Door(self.url.rstrip("/"), self.token)

    def volumes(self) -> list[str]:
        """The names of the volumes that are served."""
        body, _ = self._door.ask("GET", "/volumes")
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
        body, headers = self._door.ask("POST", f"/volumes/{quote(name)}/render.png{query}", text)
        distances = self._door.ask("POST", f"/volumes/{quote(name)}/depth.npy", text)[0] if depth else None
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
        body, _ = self._door.ask("POST", f"/volumes/{quote(view.volume)}/pick?x={x}&y={y}", encode_view(view))
        return msgspec.json.decode(body, type=Pick)

    def sessions(self) -> list[str]:
        """The names of the sessions that are open."""
        body, _ = self._door.ask("GET", "/sessions")
        return msgspec.json.decode(body, type=dict[str, list[str]])["sessions"]

    def session(self, name: str, volume: str | None = None, view: View | None = None) -> Session:
        """The session of this name, what people see in it and steer; with a `volume` it is begun if it is not there.

        An empty name is made up by the server. NotFound where there is no such session, and no volume was said.
        """
        try:
            if name:
                return Session.join(self._door, name)
        except NotFound:
            if volume is None:
                raise
        if volume is None:
            raise BadRequest("say the name of a session, or a volume for a new one")
        return Session.begin(self._door, volume, name, view)

    def _describe(self, name: str, query: str) -> _Description:
        body, _ = self._door.ask("GET", f"/volumes/{quote(name)}{query}")
        return msgspec.json.decode(body, type=_Description)


def connect(url: str, token: str = "") -> Server:
    """The server at `url`, such as http://127.0.0.1:8470; nothing is asked of it yet."""
    return Server(url, token)


def _timings(header: str) -> Timings:
    """The seconds in a Server-Timing header."""
    spans = {name: float(duration) / 1000 for name, duration in re.findall(r"(\w+);dur=([\d.]+)", header)}
    return Timings(spans["load"], spans["render"])
