"""Does what a case of `benchmarks.streaming` says, and tells what came of it."""

import asyncio
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass

from benchmarks.peers.replay import read_marker
from benchmarks.stream_cases import RATE, Beside, Case, Changes, Crowd, Drag
from benchmarks.stream_client import Client
from benchmarks.stream_link import LOOPBACK, Link, over
from benchmarks.stream_screen import Pixels, Screen
from benchmarks.stream_systems import NothingSeen, Server, System
from benchmarks.stream_tally import Figures, Seen, tally
from benchmarks.stream_voxelcast import number_of

FIRST = 20.0
"""Seconds that a first picture may take."""

REST = 0.7
"""Seconds between two changes: stills have arrived, and timers of half a second have run out."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How long it goes: seconds of a drag, and how many more the last input is waited for."""

    seconds: float
    patience: float


@dataclass(frozen=True, slots=True)
class Place:
    """A client before its screen."""

    client: Client
    screen: Screen


async def drive(case: Case, system: System, server: Server, pace: Pace) -> list[Figures]:
    """What the pilot saw, and then what the viewer beside him did. NothingSeen."""
    async with AsyncExitStack() as stack:

        async def sit(link: Link = LOOPBACK, read: Callable[[Pixels], int] = read_marker) -> Place:
            port = await stack.enter_async_context(over(link, server.port))
            screen = await stack.enter_async_context(Screen(read))
            client = system.client(f"http://127.0.0.1:{port}", case.size, screen)
            await stack.enter_async_context(client)
            if not await screen.wait_for(0, FIRST):
                raise NothingSeen(f"no first picture within {FIRST:.0f} s")
            return Place(client, screen)

        match case:
            case Drag():
                return [await _drag_alone(await sit(case.link), server, pace)]
            case Beside():
                return await _drag_beside([await sit(), await sit(case.slow)], system, server, pace)
            case Changes():
                return [await _change(await sit(), server, pace)]
            case Crowd():
                places = [await sit(read=read_null) for _ in range(case.pilots)]
                return [await _drag_together(places, server, pace)]


async def _drag_alone(place: Place, server: Server, pace: Pace) -> Figures:
    before = server.cpu
    sent = await drag([place.client], pace.seconds)
    await place.screen.wait_for(max(sent), pace.patience)
    return tally([Seen(sent, place.screen.shown)], server.cpu - before)


async def _drag_beside(places: list[Place], system: System, server: Server, pace: Pace) -> list[Figures]:
    pilot, viewer = places
    before = server.cpu
    sent = await drag([pilot.client] if system.shared else [pilot.client, viewer.client], 2 * pace.seconds)
    waiting = [place.screen.wait_for(max(sent), pace.patience) for place in places]
    await asyncio.gather(*waiting)
    seen = [Seen(sent, place.screen.shown) for place in places]
    cpu = server.cpu - before
    return [tally(seen[:1], cpu), tally(seen[1:], cpu)]


async def _drag_together(places: list[Place], server: Server, pace: Pace) -> Figures:
    before = server.cpu

    async def one(index: int, place: Place) -> Seen:
        # People's hands do not keep step.
        await asyncio.sleep(index / len(places) / RATE)
        sent = await drag([place.client], pace.seconds)
        await place.screen.wait_for(max(sent), pace.patience)
        return Seen(sent, place.screen.shown)

    seen = await asyncio.gather(*(one(index, place) for index, place in enumerate(places)))
    return tally(seen, server.cpu - before)


async def _change(place: Place, server: Server, pace: Pace) -> Figures:
    before, sent = server.cpu, {}
    for number in range(1, int(1.5 * pace.seconds) + 1):
        await asyncio.sleep(REST)
        sent[number] = time.perf_counter()
        await place.client.change(number)
        await place.screen.wait_for(number, pace.patience)
    return tally([Seen(sent, place.screen.shown)], server.cpu - before)


async def drag(clients: list[Client], seconds: float) -> dict[int, float]:
    """When each input was sent, by its number: 1, 2, ... on the beat, however late pictures are."""
    for client in clients:
        await client.press()
    begun = time.perf_counter()
    sent = {}
    for number in range(1, round(seconds * RATE) + 1):
        await asyncio.sleep(begun + number / RATE - time.perf_counter())
        sent[number] = time.perf_counter()
        for client in clients:
            await client.move(number)
    for client in clients:
        await client.release()
    return sent


def read_null(picture: Pixels) -> int:
    """The number of the input in a picture of the null renderer: its first square has the background's colour."""
    red, green, blue = picture[4:12, 4:12, :3].mean(axis=(0, 1)) / 255
    return number_of(red, green, blue)
