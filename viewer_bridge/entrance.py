"""Who comes into which session, in which role: what `open` and tickets mean."""

import math
from dataclasses import dataclass

from msgspec.structs import replace

from render.errors import BadRequest, Forbidden
from viewer_bridge.opening import Opener
from viewer_bridge.protocol import Open, Role
from viewer_bridge.rooms import Room, Rooms
from viewer_bridge.session import Seat
from viewer_bridge.tickets import Ticket


@dataclass(frozen=True, slots=True)
class Pass:
    """What a connection came in with: a ticket or none; a `guest` has nothing else, and sees only its session."""

    ticket: Ticket | None = None
    guest: bool = False


@dataclass(frozen=True, slots=True)
class Entrance:
    """Leads to rooms: those that are there, and new ones on volumes that are opened for them."""

    rooms: Rooms
    opener: Opener

    async def enter(self, message: Open, shown: Pass) -> tuple[Room, Seat]:
        """The room that `message` asks for, and the seat there. RenderError."""
        if shown.guest and shown.ticket and not (message.session or message.volume):
            message = replace(message, session=shown.ticket.session)
        name = message.session
        ticket = self.rooms.tickets.read(message.ticket) if message.ticket else shown.ticket
        if ticket is not None and ticket.session != name:
            ticket = None
        if shown.guest and ticket is None:
            self._check_beside(message, shown)
        seat = _seat(message, ticket, shown)
        role, room = seat.role, self.rooms.find(name)
        if room is None and shown.guest and name:
            room = self.rooms.room(name)
        if room is None or message.volume not in ("", room.session.scene.info.name):
            if shown.guest and name:
                raise Forbidden("your ticket is for what this session shows: other volumes need the server's token")
            room = await self._show(message, role, room)
        return room, seat

    async def _show(self, message: Open, role: Role, room: Room | None) -> Room:
        """`room`, or where it is None a new one, in which the volume is shown that is asked for."""
        if not message.volume:
            if message.session:
                return self.rooms.room(message.session)
            raise BadRequest("open: say a volume, or a session that is there")
        if room is not None:
            _check_pilot(role)
        volume, scene = await self.opener.open(message.volume, message.size)
        view = scene.home if message.view is None else replace(message.view, size=message.size)
        # It may have been begun by somebody else, or have ended, while the volume was being opened.
        room = self.rooms.find(message.session)
        if room is None:
            return self.rooms.begin(message.session, volume, scene, view)
        if room.session.scene.info.name != message.volume:
            _check_pilot(role)
            room.move(volume, scene, view)
        return room

    def _check_beside(self, message: Open, shown: Pass) -> None:
        """A guest may look at its session's volume by itself too: the page shows slices beside the view."""
        room = None if shown.ticket is None else self.rooms.find(shown.ticket.session)
        if room is None or message.session or message.volume != room.session.scene.info.name:
            raise Forbidden("your ticket is for another session")


def _seat(message: Open, ticket: Ticket | None, shown: Pass) -> Seat:
    """A ticket says who somebody is and what they may; without one they are what they ask to be."""
    # What admits a guest is the ticket that it came with, whichever it says afterwards.
    expires = shown.ticket.expires if shown.guest and shown.ticket else math.inf
    if ticket is None:
        return Seat(message.role, expires=expires)
    role = message.role if ticket.role == "pilot" else ticket.role
    return Seat(role, ticket.seat, expires)


def _check_pilot(role: Role) -> None:
    if role != "pilot":
        raise Forbidden("only a pilot may take a session to another volume: you are watching this session")
