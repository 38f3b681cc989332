"""Tickets to sessions: what they say, and which are not taken; the clock is a number in the test."""

import jwt
import pytest

from render.errors import Forbidden
from viewer_bridge.tickets import Ticket, Tickets

KEY = b"k" * 32
PILOT = Ticket("rounds", "pilot", 4_000_000_000)


class Clock:
    def __init__(self) -> None:
        self.now = 1_800_000_000.5

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize("role", ["pilot", "viewer"])
def test_a_ticket_says_what_it_was_issued_for(role) -> None:
    tickets = Tickets()
    ticket = Ticket("rounds", role, tickets.until(60), "seat")
    assert tickets.read(tickets.issue(ticket)) == ticket


def test_a_ticket_ends_when_it_says() -> None:
    clock = Clock()
    tickets = Tickets(KEY, clock)
    expires = tickets.until(120)
    assert expires == 1_800_000_120
    ticket = Ticket("rounds", "viewer", expires)
    signed = tickets.issue(ticket)
    clock.now = expires - 0.1
    assert tickets.read(signed) == ticket
    clock.now = expires
    with pytest.raises(Forbidden, match="this ticket ended 0 minutes ago: ask for another"):
        tickets.read(signed)
    clock.now = expires + 5 * 60
    with pytest.raises(Forbidden, match="this ticket ended 5 minutes ago: ask for another"):
        tickets.read(signed)


def test_a_ticket_of_another_server_is_not_taken() -> None:
    signed = Tickets().issue(PILOT)
    with pytest.raises(Forbidden, match="this ticket is none of this server's: Signature verification failed"):
        Tickets().read(signed)


def test_servers_with_one_key_take_each_others_tickets() -> None:
    assert Tickets(KEY).read(Tickets(KEY).issue(PILOT)) == PILOT


def test_a_ticket_that_was_altered_is_not_taken() -> None:
    """A viewer's ticket with the claims of a pilot's."""
    tickets = Tickets(KEY)
    viewer = tickets.issue(Ticket("rounds", "viewer", PILOT.expires))
    pilot = Tickets().issue(PILOT)
    header, _, signature = viewer.split(".")
    with pytest.raises(Forbidden, match="none of this server's"):
        tickets.read(".".join((header, pilot.split(".")[1], signature)))


CLAIMS = {"session": "rounds", "role": "pilot", "exp": 4_000_000_000, "seat": ""}


@pytest.mark.parametrize(
    ("signed", "words"),
    [
        ("", "none of this server's"),
        ("garbage", "none of this server's"),
        ("ä.ö.ü", "none of this server's"),
        (jwt.encode(CLAIMS, None, "none"), "none of this server's"),
        (jwt.encode(CLAIMS, "k" * 64, "HS512"), "none of this server's"),
        (jwt.encode({**CLAIMS, "role": "king"}, KEY, "HS256"), "for a role that there is not, 'king'"),
        (jwt.encode({"role": "pilot", "exp": 4_000_000_000}, KEY, "HS256"), "none of this server's"),
        (jwt.encode({"session": "rounds", "role": "pilot"}, KEY, "HS256"), "none of this server's"),
        (jwt.encode({"session": "rounds", "exp": 4_000_000_000}, KEY, "HS256"), "none of this server's"),
    ],
    ids=[
        "nothing",
        "no token",
        "no letters of a token",
        "unsigned",
        "signed another way",
        "another role",
        "no session",
        "no end",
        "no role",
    ],
)
def test_what_is_no_ticket_is_not_taken(signed: str, words: str) -> None:
    with pytest.raises(Forbidden, match=words):
        Tickets(KEY).read(signed)


def test_a_key_is_not_shown() -> None:
    assert "kkkk" not in repr(Tickets(KEY))
