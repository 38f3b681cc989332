"""A session on a server from Python: the very view that people watch; what a script sets is what they see."""

from collections.abc import Callable
from typing import Generic, TypeVar, overload
from urllib.parse import quote

import msgspec

from render.errors import Conflict
from render.scene import Camera, Channel, Clip, Labels, Mode, View, encode_view
from viewer_bridge.protocol import Invitation, Role
from viewer_bridge.scripting import Beginning, Link, SessionState
from voxelcast.door import Door

T = TypeVar("T")

TRIES = 20
"""How often a change is made anew on a view that somebody else has changed in the meantime."""


class _Part(Generic[T]):
    """A part of the session's view as an attribute: reading asks the server, setting changes it there."""

    def __set_name__(self, _owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, session: None, owner: type) -> "_Part[T]": ...

    @overload
    def __get__(self, session: "Session", owner: type) -> T: ...

    def __get__(self, session: "Session | None", owner: type) -> "T | _Part[T]":
        if session is None:
            return self
        part: T = getattr(session.view, self._name)
        return part

    def __set__(self, session: "Session", value: T) -> None:
        session.change(**{self._name: value})


class Session:
    """A session by its name; get one by `server.session(...)`.

    What people do meanwhile is not lost: setting a part leaves the others as they are then, and `update`, which changes
    the view by a function, is made anew where somebody was quicker. Setting `view` overwrites it.
    """

    mode = _Part[Mode]()
    camera = _Part[Camera]()
    channels = _Part[tuple[Channel, ...]]()
    labels = _Part[tuple[Labels, ...]]()
    clip = _Part[Clip]()
    time = _Part[int]()
    background = _Part[tuple[float, float, float, float]]()

    def __init__(self, door: Door, name: str) -> None:
        self._door, self.name = door, name

    @classmethod
    def join(cls, door: Door, name: str) -> "Session":
        """NotFound where there is none of this name."""
        session = cls(door, name)
        session.state  # noqa: B018 - asks the server
        return session

    @classmethod
    def begin(cls, door: Door, volume: str, name: str, view: View | None) -> "Session":
        """A new one. Conflict where there is one of this name."""
        answer, _ = door.ask("POST", "/sessions", msgspec.json.encode(Beginning(volume, name, view)))
        return cls(door, msgspec.json.decode(answer, type=SessionState).name)

    @property
    def state(self) -> SessionState:
        """Volume, version, view and members now. NotFound where the session is over."""
        return self._state("GET", "")

    @property
    def view(self) -> View:
        return self.state.view

    @view.setter
    def view(self, view: View) -> None:
        self._put(view, "*")

    def change(self, **parts: object) -> View:
        """Sets parts of the view by their names, all at once, whatever the others are; the view after it."""
        return self._state("PATCH", "/view", msgspec.json.encode(parts)).view

    def update(self, changed: Callable[[View], View]) -> View:
        """Makes the view `changed(view)`, anew where somebody else was quicker; the view after it. Conflict at last."""
        for _ in range(TRIES - 1):
            state = self.state
            try:
                return self._put(changed(state.view), f'"{state.version}"')
            except Conflict:
                continue
        state = self.state
        return self._put(changed(state.view), f'"{state.version}"')

    @property
    def _path(self) -> str:
        return f"/sessions/{quote(self.name, safe='')}"

    @property
    def url(self) -> str:
        """The page with this session, for who may use the server anyway."""
        return f"{self._door.url}/#session={self.name}"

    def invite(self, role: Role = "viewer", minutes: float = 60.0) -> str:
        """The page with this session, for anybody who has the link, for so many minutes."""
        body = msgspec.json.encode(Invitation(role, minutes))
        answer, _ = self._door.ask("POST", f"{self._path}/tickets", body)
        return self._door.url + msgspec.json.decode(answer, type=Link).path

    def _put(self, view: View, base: str) -> View:
        return self._state("PUT", "/view", encode_view(view), {"If-Match": base}).view

    def _state(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> SessionState:
        answer, _ = self._door.ask(method, f"{self._path}{path}", body, headers)
        return msgspec.json.decode(answer, type=SessionState)
