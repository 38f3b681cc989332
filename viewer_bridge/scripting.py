"""Sessions over HTTP, for scripts: the same view that people watch, read and written with its version as ETag."""

from typing import TypeVar

import msgspec
from aiohttp import web

from render.errors import BadRequest, Conflict
from render.scene import Value, View, decode_view
from viewer_bridge.opening import Opener
from viewer_bridge.protocol import Change, Invitation, Member, SessionName, Size
from viewer_bridge.rooms import Room, Rooms
from viewer_bridge.tickets import Ticket

T = TypeVar("T")


class Beginning(Value, frozen=True):
    """A session to begin: `name` empty is made up by the server; `view` None is one that the server chooses."""

    volume: str
    name: SessionName = ""
    view: View | None = None
    size: Size = (1024, 768)


class SessionState(Value, frozen=True):
    """A session as a script sees it."""

    name: str
    volume: str
    version: int
    view: View
    members: tuple[Member, ...]


class Link(Value, frozen=True):
    """A ticket, when it ends in seconds since 1970, and the page's address with it, relative to the server's root."""

    ticket: str
    expires: int
    path: str


class Scripting:
    """`/sessions`: every call keeps a session that nobody is in for another minute."""

    def __init__(self, rooms: Rooms, opener: Opener) -> None:
        self._rooms, self._opener = rooms, opener

    def routes(self) -> list[web.AbstractRouteDef]:
        return [
            web.get("/sessions", self.list),
            web.post("/sessions", self.begin),
            web.get("/sessions/{name}", self.look),
            web.put("/sessions/{name}/view", self.put),
            web.patch("/sessions/{name}/view", self.merge),
            web.post("/sessions/{name}/tickets", self.invite),
        ]

    async def list(self, _request: web.Request) -> web.Response:
        return web.json_response({"sessions": self._rooms.names})

    async def begin(self, request: web.Request) -> web.Response:
        """201, or Conflict where there is one of this name."""
        asked = _decode(await request.read(), Beginning)
        self._check_new(asked.name)
        volume, scene = await self._opener.open(asked.volume, asked.size)
        self._check_new(asked.name)
        room = self._rooms.begin(asked.name, volume, scene, asked.view or scene.home)
        return _answer(room, status=201)

    async def look(self, request: web.Request) -> web.Response:
        return _answer(self._room(request))

    async def put(self, request: web.Request) -> web.Response:
        """The view is this from now on; with `If-Match` only if that is still its version, else Conflict."""
        view, base = decode_view(await request.read()), _base(request)
        room = self._room(request)
        room.put(view, base)
        return _answer(room)

    async def merge(self, request: web.Request) -> web.Response:
        """Parts of the view, by the names that they have in a `change`, are these from now on; the others stay."""
        room = self._room(request)
        room.merge(_decode_change(await request.read()))
        return _answer(room)

    async def invite(self, request: web.Request) -> web.Response:
        asked, room = _decode(await request.read(), Invitation), self._room(request)
        name, tickets = room.session.name, self._rooms.tickets
        ticket = Ticket(name, asked.role, tickets.until(asked.minutes * 60))
        signed = tickets.issue(ticket)
        link = Link(signed, ticket.expires, f"/?ticket={signed}#session={name}")
        return web.Response(body=msgspec.json.encode(link), content_type="application/json")

    def _room(self, request: web.Request) -> Room:
        room = self._rooms.room(request.match_info["name"])
        self._rooms.touch(room)
        return room

    def _check_new(self, name: str) -> None:
        if name and self._rooms.find(name) is not None:
            raise Conflict(f"session {name!r} is there already")


def _answer(room: Room, status: int = 200) -> web.Response:
    session = room.session
    state = SessionState(session.name, session.scene.info.name, session.version, session.view, session.members)
    headers = {"ETag": f'"{session.version}"', "Cache-Control": "no-cache"}
    return web.Response(
        body=msgspec.json.encode(state), content_type="application/json", headers=headers, status=status
    )


def _base(request: web.Request) -> int | None:
    """The version that `If-Match` names; None where any will do."""
    said = request.headers.get("If-Match", "*").strip()
    if said == "*":
        return None
    if not said.strip('"').isdecimal():
        raise BadRequest(f'If-Match {said[:40]}: must be a version such as "3", or *')
    return int(said.strip('"'))


def _decode_change(text: bytes) -> Change:
    parts = _decode(text, dict[str, msgspec.Raw])
    own = {"type", "input", "base"} & parts.keys()
    if own:
        raise BadRequest(f"body: {', '.join(sorted(own))} has no place here: say parts of the view")
    return _decode(msgspec.json.encode(parts | {"type": "change", "input": 0}), Change)


def _decode(text: bytes, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(text, type=kind)
    except msgspec.DecodeError as error:
        raise BadRequest(f"body: {error}") from error
