"""Several people in a session, over real sockets: what each sees of what the others do, and who comes in as what.

Drawn by the null renderer. The server's clock can be moved on, so that nobody waits for a minute.
"""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from socket import SHUT_RDWR

import numpy as np
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from render.backends.null import NullRenderer
from render.engine import Engine
from render.ladder import Budget
from render.scene import MIP, View
from render.volume.catalogue import Catalogue
from render.volume.volume import Volume
from tests.arrays import memory_volume
from tests.streaming import Picture, StreamClient
from tests.test_bridge_websocket import volumes
from viewer_bridge.frames import Rung
from viewer_bridge.opening import Opener
from viewer_bridge.protocol import (
    Change,
    CurrentView,
    Error,
    Hand,
    Invite,
    Invited,
    Member,
    Members,
    Open,
    Opened,
    Orbit,
    ServerMessage,
)
from viewer_bridge.rooms import KEPT, Room, Rooms
from viewer_bridge.session import MOST_MEMBERS
from viewer_bridge.tickets import Ticket, Tickets
from viewer_bridge.websocket import Streams

ANN, BOB, CY = (64, 48), (30, 70), (20, 10)
"""Sizes of their pictures."""

RED = (1.0, 0.0, 0.0, 1.0)
WHITE = (1.0, 1.0, 1.0, 1.0)
VOXELS = np.arange(3 * 5 * 7, dtype=np.uint16).reshape(3, 5, 7)


class MovedLoop(asyncio.SelectorEventLoop):
    """An event loop whose clock can be put forward."""

    ahead = 0.0

    def time(self) -> float:
        return super().time() + self.ahead


class House:
    """A server of volumes a and b, and the way to it."""

    def __init__(self, client: TestClient, rooms: Rooms, loop: MovedLoop) -> None:
        self.client, self.rooms, self._loop = client, rooms, loop

    async def connect(self) -> StreamClient:
        return StreamClient(await self.client.ws_connect("/stream"))

    async def join(self, size: tuple[int, int], volume: str = "", **said: object) -> "Guest":
        """In the session "rounds" unless another is said, its first picture shown at full quality."""
        stream = await self.connect()
        await stream.send(Open(size, volume, 1, **{"session": "rounds", **said}))
        seen = await stream.until_still(1)
        (opened,) = [message for message in seen if isinstance(message, Opened)]
        return Guest(stream, opened, [message for message in seen if isinstance(message, Members)][-1])

    async def trio(self) -> tuple["Guest", "Guest", "Guest"]:
        """Two pilots and a viewer, who all know of each other."""
        ann = await self.join(ANN, "a", name="ann")
        bob = await self.join(BOB, name="bob")
        cy = await self.join(CY, name="cy", role="viewer")
        for one in (ann, bob):
            await one.told(Members, lambda message: len(message.members) == 3)
        return ann, bob, cy

    async def left(self, room: Room, count: int = 0) -> None:
        """So many are still there."""
        while len(room.session.members) != count:  # noqa: ASYNC110 - of the last to leave nobody is told
            await asyncio.sleep(0)

    async def later(self, seconds: float) -> None:
        """So much later; all that was due is done."""
        self._loop.ahead += seconds
        for _ in range(3):
            await asyncio.sleep(0)


class Guest:
    """A client that has come in, and what it was told then."""

    def __init__(self, stream: StreamClient, opened: Opened, members: Members) -> None:
        self.stream, self.opened, self.members = stream, opened, members

    async def told(self, kind: type[ServerMessage], which: Callable[[ServerMessage], bool] = lambda _: True):
        """The next message of this kind, of which that holds."""
        return (await self.stream.until(lambda got: isinstance(got, kind) and which(got)))[-1]

    async def drawn(self, version: int) -> list[ServerMessage | Picture]:
        """Everything up to a picture of this version."""
        return await self.stream.until(lambda got: isinstance(got, tuple) and got[0].view_version == version)

    async def shown(self, version: int) -> tuple[Picture, CurrentView]:
        """The picture of a version at full quality, and the view that was told last before it."""
        seen = await self.stream.until(
            lambda got: isinstance(got, tuple) and (got[0].rung, got[0].view_version) == (Rung.FINAL, version)
        )
        return seen[-1], [message for message in seen if isinstance(message, CurrentView)][-1]


def serve(
    scenario: Callable[[House], Awaitable[None]],
    most: int = 8,
    tickets: Tickets | None = None,
    catalogue: Callable[[], Catalogue] = volumes,
) -> None:
    """Run `scenario` in a house with at most so many sessions."""

    async def run() -> None:
        rooms = Rooms(tickets or Tickets(), most)
        with Engine(NullRenderer) as engine:
            streams = Streams(rooms, Opener(catalogue(), Budget(2**30)), engine, lambda _: None, most=2 * MOST_MEMBERS)
            app = web.Application()
            app.add_routes(streams.routes())
            app.on_shutdown.append(streams.close)
            async with TestClient(TestServer(app)) as client:
                loop = asyncio.get_running_loop()
                assert isinstance(loop, MovedLoop)
                await scenario(House(client, rooms, loop))

    with asyncio.Runner(loop_factory=MovedLoop) as runner:
        runner.run(run())


def test_two_pilots_and_a_viewer_see_each_others_changes_each_in_their_own_size() -> None:
    async def scenario(house: House) -> None:
        ann, bob, cy = await house.trio()
        version = cy.opened.version
        await ann.stream.send(Change(2, mode=MIP()))
        await bob.shown(version + 1)
        await bob.stream.send(Change(2, background=RED))
        for one, size, number in ((ann, ANN, 2), (bob, BOB, 2), (cy, CY, 1)):
            (header, _), told = await one.shown(version + 2)
            assert ((header.width, header.height), header.input) == (size, number)
            assert (told.version, told.input, told.view.size) == (version + 2, number, size)
            assert (told.view.mode, told.view.background) == (MIP(), RED)

    serve(scenario)


def test_who_joins_sees_what_the_others_see() -> None:
    async def scenario(house: House) -> None:
        ann = await house.join(ANN, "a")
        await ann.stream.send(Change(2, mode=MIP()))
        await ann.shown(ann.opened.version + 1)
        bob = await house.join(BOB, "a")
        assert (bob.opened.session, bob.opened.version) == ("rounds", ann.opened.version + 1)
        assert (bob.opened.view.mode, bob.opened.view.size) == (MIP(), BOB)

    serve(scenario)


def test_what_was_made_for_an_older_version_is_refused_with_the_view_as_it_is() -> None:
    async def scenario(house: House) -> None:
        ann, bob, _ = await house.trio()
        seen = bob.opened.version
        await ann.stream.send(Change(2, base=seen, mode=MIP(), background=WHITE))
        await bob.shown(seen + 1)
        await bob.stream.send(Change(2, base=seen, background=RED))
        error, told = await bob.told(Error), await bob.told(CurrentView)
        assert (error.code, error.input) == ("conflict", 2)
        assert (told.version, told.input, told.view.mode) == (seen + 1, 2, MIP())
        assert told.view.background == WHITE
        await bob.stream.send(Change(3, base=told.version, background=RED))
        _, told = await ann.shown(seen + 2)
        assert (told.view.mode, told.view.background) == (MIP(), RED)

    serve(scenario)


def test_a_viewer_steers_nothing_but_the_size_of_the_own_picture() -> None:
    async def scenario(house: House) -> None:
        ann, _, cy = await house.trio()
        version = cy.opened.version
        await cy.stream.send(Orbit(2, 0.1, 0.0))
        error, told = await cy.told(Error), await cy.told(CurrentView)
        assert (error.code, error.input) == ("forbidden", 2)
        assert (told.view, told.version, told.input) == (cy.opened.view, version, 2)
        await cy.stream.send(Invite())
        assert (await cy.told(Error)).code == "forbidden"
        await cy.stream.send(Hand(cy.members.you))
        assert (await cy.told(Error)).code == "forbidden"
        await cy.stream.send(Change(3, size=(33, 22)))
        (header, _), _ = await cy.shown(version)
        assert (header.view_width, header.view_height, header.input) == (33, 22, 3)
        await ann.stream.send(Orbit(2, 0.1, 0.0))
        _, told = await ann.shown(version + 1)
        assert told.view.size == ANN

    serve(scenario)


def test_the_hat_is_passed_and_all_are_told() -> None:
    async def scenario(house: House) -> None:
        ann, bob, cy = await house.trio()
        await ann.stream.send(Hand(to=cy.members.you))
        for one in (ann, bob, cy):
            told = await one.told(Members)
            assert [(member.name, member.role) for member in told.members] == [
                ("ann", "viewer"),
                ("bob", "pilot"),
                ("cy", "pilot"),
            ]
            assert told.you == one.members.you
        await ann.stream.send(Orbit(2, 0.1, 0.0))
        assert (await ann.told(Error)).code == "forbidden"
        await cy.stream.send(Orbit(2, 0.1, 0.0))
        await ann.shown(cy.opened.version + 1)

    serve(scenario)


def test_members_are_told_who_comes_and_goes() -> None:
    async def scenario(house: House) -> None:
        ann = await house.join(ANN, "a", name="ann")
        assert ann.members.members == (Member(1, "ann", "pilot"),)
        bob = await house.join(BOB, name="bob", role="viewer")
        both = (Member(1, "ann", "pilot"), Member(2, "bob", "viewer"))
        assert (await ann.told(Members)).members == bob.members.members == both
        assert (ann.members.you, bob.members.you) == (1, 2)
        await bob.stream.socket.close()
        assert (await ann.told(Members)).members == (Member(1, "ann", "pilot"),)
        # Who comes back is another member.
        again = await house.join(BOB, name="bob")
        assert again.members.you == 3

    serve(scenario)


def test_a_ticket_says_what_its_holder_is() -> None:
    async def scenario(house: House) -> None:
        ann = await house.join(ANN, "a", name="ann")
        await ann.stream.send(Invite(role="viewer", minutes=5))
        invited = await ann.told(Invited)
        assert (invited.session, invited.role) == ("rounds", "viewer")
        cy = await house.join(CY, ticket=invited.ticket)
        assert cy.members.members[-1] == Member(2, "", "viewer")
        await cy.stream.send(Orbit(2, 0.1, 0.0))
        assert (await cy.told(Error)).code == "forbidden"

    serve(scenario)


def test_tickets_that_are_forged_or_have_ended_let_nobody_in() -> None:
    clock = [1000.0]

    async def scenario(house: House) -> None:
        ann = await house.join(ANN, "a")
        await ann.stream.send(Invite(minutes=5))
        ended = (await ann.told(Invited)).ticket
        forged = Tickets().issue(Ticket("rounds", "pilot", 4_000_000_000))
        clock[0] += 5 * 60
        for ticket, words in ((ended, "this ticket ended 0 minutes ago"), (forged, "none of this server's")):
            stream = await house.connect()
            await stream.send(Open(CY, "", 1, session="rounds", ticket=ticket))
            error = await stream.receive()
            assert isinstance(error, Error)
            assert (error.code, error.input) == ("forbidden", 1)
            assert words in error.message
        assert len(house.rooms.room("rounds").session.members) == 1

    serve(scenario, tickets=Tickets(now=lambda: clock[0]))


def test_a_connection_that_was_lost_comes_back_to_the_same_view_in_its_role() -> None:
    async def scenario(house: House) -> None:
        ann = await house.join(ANN, "a", name="ann")
        cy = await house.join(CY, name="cy", role="viewer")
        await ann.stream.send(Change(2, mode=MIP(), background=RED))
        _, told = await cy.shown(cy.opened.version + 1)
        room = house.rooms.room("rounds")
        for one in (ann, cy):
            # Without a word, as where a browser is killed.
            one.stream.socket.get_extra_info("socket").shutdown(SHUT_RDWR)
        await house.left(room)
        await house.later(KEPT - 1)
        back = await house.join(CY, ticket=cy.members.ticket)
        assert (back.opened.view, back.opened.version) == (told.view, told.version)
        assert back.members.members == (Member(3, "", "viewer"),)
        ann = await house.join(ANN, ticket=ann.members.ticket)
        assert ann.members.members[-1].role == "pilot"

    serve(scenario)


def test_a_session_ends_a_minute_after_the_last_member_has_left() -> None:
    async def scenario(house: House) -> None:
        ann = await house.join(ANN, "a")
        room = house.rooms.room("rounds")
        await house.later(10 * KEPT)
        assert house.rooms.names == ["rounds"]
        await ann.stream.socket.close()
        await house.left(room)
        await house.later(KEPT - 1)
        bob = await house.join(BOB)
        await house.later(KEPT)
        assert house.rooms.names == ["rounds"]
        await bob.stream.socket.close()
        await house.left(room)
        await house.later(KEPT)
        assert house.rooms.names == []
        stream = await house.connect()
        await stream.send(Open(ANN, "", 1, session="rounds"))
        message = "no session 'rounds': a session ends 60 s after the last member has left it"
        assert await stream.receive() == Error("not_found", message, 1)
        again = await house.join(ANN, "b")
        assert again.opened.info.name == "b"

    serve(scenario)


def test_neither_a_volume_nor_a_session_is_no_wish() -> None:
    async def scenario(house: House) -> None:
        stream = await house.connect()
        await stream.send(Open(ANN, "", 1))
        assert await stream.receive() == Error("bad_request", "open: say a volume, or a session that is there", 1)

    serve(scenario)


def test_a_pilot_takes_all_members_to_another_volume() -> None:
    async def scenario(house: House) -> None:
        ann, bob, cy = await house.trio()
        await bob.stream.send(Orbit(2, 0.1, 0.0))
        await cy.shown(cy.opened.version + 1)
        await ann.stream.send(Open(ANN, "b", 2, session="rounds", name="ann"))
        for one, size, number in ((ann, ANN, 2), (bob, BOB, 2), (cy, CY, 1)):
            opened = await one.told(Opened)
            assert (opened.info.name, opened.view.volume, opened.view.size) == ("b", "b", size)
            assert (opened.input, opened.version, opened.session) == (number, cy.opened.version + 2, "rounds")
            got = (await one.stream.until(lambda got: isinstance(got, tuple) and got[0].rung == Rung.FINAL))[-1]
            assert (got[0].width, got[0].height) == size
            assert (got[0].input, got[0].view_version) == (number, opened.version)

    serve(scenario)


def test_a_session_that_ends_while_another_volume_is_opened_for_it_begins_anew() -> None:
    reached, opened = threading.Event(), threading.Event()

    def read(_: str, name: str) -> Volume:
        if name == "b":
            reached.set()
            opened.wait()
        return memory_volume(VOXELS, name=name)

    async def scenario(house: House) -> None:
        ann = await house.join(ANN, "a")
        await ann.stream.send(Open(ANN, "b", 2, session="rounds"))
        await asyncio.to_thread(reached.wait)
        await house.later(KEPT)
        assert house.rooms.names == []
        opened.set()
        assert (await ann.told(Opened)).view.volume == "b"
        room = house.rooms.room("rounds")
        await ann.stream.socket.close()
        await house.left(room)
        await house.later(KEPT)
        assert house.rooms.names == []

    serve(scenario, catalogue=lambda: Catalogue({"a": "", "b": ""}, read))


def test_a_viewer_takes_nobody_to_another_volume() -> None:
    async def scenario(house: House) -> None:
        ann, _, cy = await house.trio()
        await cy.stream.send(Open(CY, "b", 2, session="rounds", role="viewer"))
        error = await cy.told(Error)
        assert (error.code, error.input) == ("forbidden", 2)
        await ann.stream.send(Orbit(2, 0.1, 0.0))
        _, told = await ann.shown(cy.opened.version + 1)
        assert told.view.volume == "a"
        _, told = await cy.shown(cy.opened.version + 1)
        assert told.view.volume == "a"

    serve(scenario)


def test_two_who_begin_a_session_at_once_are_in_one_and_the_later_volume_counts() -> None:
    async def scenario(house: House) -> None:
        one, two = await house.connect(), await house.connect()
        await asyncio.gather(
            one.send(Open(ANN, "a", 1, session="rounds")), two.send(Open(BOB, "b", 1, session="rounds"))
        )
        views: list[View] = []
        for stream in (one, two):
            seen = await stream.until(lambda got: isinstance(got, Members) and len(got.members) == 2)
            views.append([message for message in seen if isinstance(message, Opened)][-1].view)
        room = house.rooms.room("rounds")
        assert {view.volume for view in views} == {room.session.view.volume}
        assert len(room.session.members) == 2

    serve(scenario)


def test_no_more_come_in_than_can_be_served() -> None:
    async def scenario(house: House) -> None:
        guests = [await house.join((8, 6), "a") for _ in range(MOST_MEMBERS)]
        late = await house.connect()
        await late.send(Open((8, 6), "", 1, session="rounds"))
        message = "64 are in session 'rounds', and no more can join"
        assert await late.receive() == Error("busy", message, 1)
        await guests[7].stream.socket.close()
        await house.left(house.rooms.room("rounds"), MOST_MEMBERS - 1)
        await house.join((8, 6))

    serve(scenario)


def test_of_too_many_sessions_one_that_nobody_is_in_gives_way() -> None:
    async def scenario(house: House) -> None:
        one = await house.join(ANN, "a", session="one")
        await house.join(ANN, "a", session="two")
        stream = await house.connect()
        await stream.send(Open(ANN, "b", 1, session="three"))
        error = await stream.receive()
        assert isinstance(error, Error)
        assert (error.code, error.message) == ("busy", "2 sessions are open, and no more are kept: try again later")
        room = house.rooms.room("one")
        await one.stream.socket.close()
        await house.left(room)
        await house.join(ANN, "b", session="three")
        assert house.rooms.names == ["three", "two"]

    serve(scenario, most=2)


def test_a_member_that_does_not_read_holds_up_nobody_and_sees_the_latest_when_it_does() -> None:
    async def scenario(house: House) -> None:
        ann, bob, cy = await house.trio()
        version = cy.opened.version
        for number in range(2, 42):
            await ann.stream.send(Orbit(number, 0.01, 0.0))
            await bob.drawn(version + number - 1)
        await ann.shown(version + 40)
        seen = await cy.drawn(version + 40)
        drafts = [got for got in seen if isinstance(got, tuple) and got[0].view_version > version]
        assert len(drafts) <= 4

    serve(scenario)


def test_sessions_without_a_name_are_apart() -> None:
    async def scenario(house: House) -> None:
        one, two = [await house.join(ANN, "a", session="") for _ in range(2)]
        assert one.opened.session != two.opened.session
        await one.stream.send(Orbit(2, 0.1, 0.0))
        await one.shown(one.opened.version + 1)
        await two.stream.send(Orbit(2, 0.2, 0.0))
        _, told = await two.shown(two.opened.version + 1)
        assert told.version == two.opened.version + 1

    serve(scenario)
