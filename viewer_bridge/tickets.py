"""Tickets to sessions: signed, with a role and an end; whoever has one needs no other key to that session."""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import get_args

import jwt
from aiohttp import web

from render.errors import Forbidden
from viewer_bridge.protocol import Role

ALGORITHM = "HS256"

CLAIMS = ("session", "role", "exp", "seat")

COOKIE = "voxelcast_ticket"
"""Where a browser keeps the ticket of the link that it was opened with."""

RETURN = 24 * 3600.0
"""Seconds that a member's own ticket holds; the session itself ends a minute after the last member has left."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a ticket is for, and when it ends, in seconds since 1970; a `seat` is that of a member who comes back."""

    session: str
    role: Role
    expires: int
    seat: str = ""


@dataclass(frozen=True, slots=True)
class Tickets:
    """Issues and reads tickets; those of another `key` are not taken. `now` is in seconds since 1970."""

    key: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)
    now: Callable[[], float] = time.time

    def until(self, seconds: float) -> int:
        """When a ticket ends that is to be good for so long."""
        return int(self.now() + seconds)

    def issue(self, ticket: Ticket) -> str:
        """The signed ticket."""
        claims = {"session": ticket.session, "role": ticket.role, "exp": ticket.expires, "seat": ticket.seat}
        return jwt.encode(claims, self.key, ALGORITHM)

    def read(self, signed: str) -> Ticket:
        """Forbidden where it is not one of ours, or has ended."""
        # The time is compared here, on the clock that issued it.
        try:
            claims = jwt.decode(
                signed,
                self.key,
                [ALGORITHM],
                options={"verify_exp": False, "require": ["exp", "session", "role", "seat"]},
            )
        except jwt.InvalidTokenError as error:
            raise Forbidden(f"this ticket is none of this server's: {error}") from error
        late = self.now() - claims["exp"]
        if late >= 0:
            raise Forbidden(f"this ticket ended {late / 60:.0f} minutes ago: ask for another")
        if claims["role"] not in get_args(Role):
            raise Forbidden(f"this ticket is for a role that there is not, {claims['role']!r}")
        return Ticket(claims["session"], claims["role"], claims["exp"], claims["seat"])


TICKET = web.RequestKey("ticket", Ticket)
"""The ticket that a request came with."""

GUEST = web.RequestKey("guest", bool)
"""Whether it came with nothing else."""
