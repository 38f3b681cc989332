"""Does what a case of `benchmarks.streaming` says, and tells what came of it."""

import asyncio
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass

from benchmarks.stream_cases import RATE, Beside, Case, Changes, Crowd, Drag
from benchmarks.stream_client import Client, NothingSeen
from benchmarks.stream_link import LOOPBACK, Link, over
from benchmarks.stream_quality import Original
from benchmarks.stream_screen import Screen
from benchmarks.stream_systems import MakeClient, Server, System
from benchmarks.stream_tally import Figures, Seen, tally

FIRST = 20.0
"""Seconds that a first picture may take."""

STILL = 500_000
"""Bytes of a still picture that may follow the first one; a drag begins when they have arrived."""

REST = 0.7
"""Seconds between two changes: stills have arrived, and timers of half a second have run out."""


@dataclass(frozen=True, slots=True)
class How:
    """Seconds of a drag, how many more the last input is waited for, and what is to be seen, where that is a frame."""

    seconds: float
    patience: float
    original: Original | None


@dataclass(frozen=True, slots=True)
class Place:
    """A client before its screen."""

    client: Client
    screen: Screen


async def drive(case: Case, system: System, server: Server, how: How) -> list[Figures]:
    """What the pilot saw, and then what the viewer beside him did. NothingSeen."""
    async with AsyncExitStack() as stack:

        async def sit(link: Link = LOOPBACK, make: MakeClient = system.client) -> Place:
            port = await stack.enter_async_context(over(link, server.port))
            screen = await stack.enter_async_context(Screen())
            client = make(f"http://127.0.0.1:{port}", case.size, screen)
            await stack.enter_async_context(client)
            if not await screen.wait_for(0, FIRST):
                raise NothingSeen(f"no first picture within {FIRST:.0f} s")
            await asyncio.sleep(REST + min(4.0, STILL / link.rate))
            return Place(client, screen)

        match case:
            case Drag():
                return [await _drag_alone(await sit(case.link), server, how)]
            case Beside():
                return await _drag_beside([await sit(), await sit(case.slow)], server, how)
            case Changes():
                return [await _change(await sit(), server, how)]
            case Crowd():
                assert system.alone is not None
                places = [await sit(make=system.alone) for _ in range(case.pilots)]
                return [await _drag_together(places, server, how)]


async def _drag_alone(place: Place, server: Server, how: How) -> Figures:
    before = server.cpu
    sent = await drag(place.client, how.seconds)
    await place.screen.wait_for(max(sent), how.patience)
    return tally([Seen(sent, place.screen.shown)], server.cpu - before, how.original)


async def _drag_beside(places: list[Place], server: Server, how: How) -> list[Figures]:
    before = server.cpu
    sent = await drag(places[0].client, 2 * how.seconds)
    waiting = [place.screen.wait_for(max(sent), how.patience) for place in places]
    await asyncio.gather(*waiting)
    seen = [Seen(sent, place.screen.shown) for place in places]
    cpu = server.cpu - before
    return [tally(seen[:1], cpu, how.original), tally(seen[1:], cpu, how.original)]


async def _drag_together(places: list[Place], server: Server, how: How) -> Figures:
    before = server.cpu

    async def one(index: int, place: Place) -> Seen:
        # People's hands do not keep step.
        await asyncio.sleep(index / len(places) / RATE)
        sent = await drag(place.client, how.seconds)
        await place.screen.wait_for(max(sent), how.patience)
        return Seen(sent, place.screen.shown)

    seen = await asyncio.gather(*(one(index, place) for index, place in enumerate(places)))
    return tally(seen, server.cpu - before, how.original)


async def _change(place: Place, server: Server, how: How) -> Figures:
    before, sent = server.cpu, {}
    for number in range(1, int(1.5 * how.seconds) + 1):
        await asyncio.sleep(REST)
        sent[number] = time.perf_counter()
        await place.client.change(number)
        await place.screen.wait_for(number, how.patience)
    return tally([Seen(sent, place.screen.shown)], server.cpu - before, how.original)


async def drag(client: Client, seconds: float) -> dict[int, float]:
    """When each input was sent, by its number: 1, 2, ... on the beat, however late pictures are."""
    await client.press()
    begun = time.perf_counter()
    sent = {}
    for number in range(1, round(seconds * RATE) + 1):
        await asyncio.sleep(begun + number / RATE - time.perf_counter())
        sent[number] = time.perf_counter()
        await client.move(number)
    await client.release()
    return sent
