"""The sessions of a server: who is in each, and how what one member does reaches the others.

On the event loop only. A session that nobody is in is kept for a minute, view and all: a connection that was lost finds
it again, and so does a person whom a script has sent there.
"""

import asyncio
import re
import secrets
from typing import Protocol

from render.errors import BadRequest, Busy, NotFound, RenderError
from render.scene import View
from render.volume.volume import Volume
from viewer_bridge.protocol import Change, Hand, Input, Members, Open, ServerMessage, error_message
from viewer_bridge.session import SCRIPT, Scene, Session
from viewer_bridge.show import Show, now
from viewer_bridge.tickets import RETURN, Ticket, Tickets

KEPT = 60.0
"""Seconds that a session lives on that nobody is in or asks for."""

MOST_SESSIONS = 1024

NAME = re.compile(r"[A-Za-z0-9._~-]{1,64}")


class Presence(Protocol):
    """A member's connection, as the others need it."""

    @property
    def show(self) -> Show:
        """What the member is shown."""

    def say(self, message: ServerMessage) -> None:
        """Tell the client."""

    def reopen(self) -> None:
        """The room shows another volume."""


class Room:
    """A session, its volume, and the seats of its members by their ids."""

    def __init__(self, session: Session, volume: Volume, tickets: Tickets) -> None:
        self.session, self.volume = session, volume
        self._tickets = tickets
        self._present: dict[int, Presence] = {}

    @property
    def empty(self) -> bool:
        return not self._present

    def sit(self, member: int, presence: Presence) -> None:
        self._present[member] = presence
        self._announce()

    def stand(self, member: int) -> None:
        self.session.leave(member)
        del self._present[member]
        self._announce()

    def steer(self, member: int, message: Input) -> None:
        """An input of a member: all see where it leads to, or the member is told why not."""
        show = self._present[member].show
        show.stream.check_input(message.input)
        before = self.session.version
        try:
            view = self.session.steer(member, message, show.stream.size)
            show.take(show.stream.on_input(message.input, view, self.session.version, now()))
        except RenderError as error:
            show.take(show.stream.on_refused(message.input, error))
        if self.session.version != before:
            self._show_others(member)

    def put(self, view: View, base: int | None) -> None:
        """A view from outside, a script's. Conflict where `base` is no longer the version; RenderError."""
        self.session.check_version(base)
        self.session.move(self.session.scene, view)
        self._show_others(SCRIPT)

    def merge(self, change: Change) -> None:
        """Parts of the view from outside. RenderError."""
        self.session.merge(change)
        self._show_others(SCRIPT)

    def move(self, volume: Volume, scene: Scene, view: View) -> None:
        """All members see another volume. RenderError where its view cannot be shown."""
        self.session.move(scene, view)
        self.volume = volume
        for seat in list(self._present.values()):
            seat.reopen()

    def check_open(self, member: int, message: Open) -> None:
        """Forbidden where a viewer would take this session to another volume: it stays where it is."""
        if message.session == self.session.name and message.volume not in ("", self.session.scene.info.name):
            self.session.check_pilot(member, "take the session to another volume")

    def hand(self, member: int, message: Hand) -> None:
        self.session.hand(member, message.to, message.keep)
        self._announce()

    def _show_others(self, member: int) -> None:
        for one, seat in self._present.items():
            if one == member:
                continue
            stream = seat.show.stream
            try:
                seat.show.take(stream.on_view(self.session.view_for(stream.size), self.session.version, now()))
            except RenderError as error:
                seat.say(error_message(error))

    def _announce(self) -> None:
        for member, seat in self._present.items():
            seat.say(Members(self.session.members, member, self._ticket(member)))

    def _ticket(self, member: int) -> str:
        """By which a member comes back; a guest for no longer than by its own."""
        seat = self.session.seat(member)
        expires = int(min(seat.expires, self._tickets.until(RETURN)))
        return self._tickets.issue(Ticket(self.session.name, self.session.role(member), expires, seat.key))


class Rooms:
    """All sessions by name."""

    def __init__(self, tickets: Tickets, most: int = MOST_SESSIONS) -> None:
        self.tickets, self._most = tickets, most
        self._rooms: dict[str, Room] = {}
        self._private: set[str] = set()
        self._ends: dict[str, asyncio.TimerHandle] = {}

    @property
    def names(self) -> list[str]:
        """Of those that somebody has named: nobody finds the others."""
        return sorted(self._rooms.keys() - self._private)

    @property
    def count(self) -> int:
        """Of all sessions."""
        return len(self._rooms)

    def find(self, name: str) -> Room | None:
        return self._rooms.get(name)

    def room(self, name: str) -> Room:
        """NotFound where there is no such session (any more)."""
        room = self._rooms.get(name)
        if room is None:
            raise NotFound(f"no session {name!r}: a session ends {KEPT:.0f} s after the last member has left it")
        return room

    def begin(self, name: str, volume: Volume, scene: Scene, view: View) -> Room:
        """A new session, to be used within a minute; an empty name gets one that is not guessed. Busy, RenderError."""
        private = not name
        name = name or secrets.token_urlsafe(9)
        if not NAME.fullmatch(name):
            raise BadRequest(f"session {name!r}: 1 to 64 letters, digits, and . _ ~ -")
        if len(self._rooms) >= self._most and not self._end_an_empty_one():
            raise Busy(f"{len(self._rooms)} sessions are open, and no more are kept: try again later")
        room = Room(Session(name, scene, view), volume, self.tickets)
        self._rooms[name] = room
        if private:
            self._private.add(name)
        self.touch(room)
        return room

    def touch(self, room: Room) -> None:
        """The session was used just now: where nobody is in it, its minute begins."""
        name = room.session.name
        end = self._ends.pop(name, None)
        if end is not None:
            end.cancel()
        if room.empty:
            self._ends[name] = asyncio.get_running_loop().call_later(KEPT, self._end, name)

    def close(self) -> None:
        for name in list(self._ends):
            self._end(name)

    def _end(self, name: str) -> None:
        self._ends.pop(name).cancel()
        del self._rooms[name]
        self._private.discard(name)

    def _end_an_empty_one(self) -> bool:
        """The one that has been empty for longest gives way."""
        oldest = next(iter(self._ends), None)
        if oldest is None:
            return False
        self._end(oldest)
        return True
