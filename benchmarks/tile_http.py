"""Servers and clients for `benchmarks.tiles`: one caller after the other, and many at once."""

import asyncio
import json
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

Tile = tuple[int, int, int, int]
Address = Callable[[Tile], str]
"""(level, z, x, y) -> the path of its URL."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server, as a process and a URL."""

    url: str
    process: int

    @property
    def resident(self) -> float:
        """MiB of memory that it holds now."""
        found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{self.process}/status").read_text())
        return int(found[1]) / 1024 if found else 0.0


@contextmanager
def serving(command: Sequence[str], said: str = "") -> Iterator[Server]:
    """Start a server that writes its URL, with `said` on its standard input, and end it."""
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(said)
        process.stdin.flush()
        for line in process.stdout:
            found = re.search(r"http://[\d.]+:\d+", line)
            if found:
                yield Server(found[0], process.pid)
                break
        else:
            sys.exit(f"the server ended before it said where it is: {' '.join(command)}")
    finally:
        process.terminate()
        process.wait(10)


def ours(volume: Path) -> tuple[list[str], str]:
    return [sys.executable, "-m", "voxelcast.cli", "serve", f"volume={volume}", "--port", "0"], ""


def peers(python: Path, script: Path, volume: Path) -> tuple[list[str], str]:
    return [str(python), str(script)], json.dumps({"path": str(volume), "serve": True}) + "\n"


async def in_turn(server: Server, address: Address, tiles: Sequence[Tile], passes: int) -> list[list[float]]:
    """Milliseconds of each tile of each pass, one request at a time on one connection."""
    rounds = []
    async with aiohttp.ClientSession(server.url) as session:
        for _ in range(passes):
            taken = []
            for tile in tiles:
                begun = time.perf_counter()
                async with session.get(address(tile)) as response:
                    response.raise_for_status()
                    await response.read()
                taken.append(1000 * (time.perf_counter() - begun))
            rounds.append(taken)
    return rounds


@dataclass(slots=True)
class Load:
    """What many clients at once saw."""

    taken: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    resident: list[float] = field(default_factory=list)
    """MiB at the start, after each quarter of the time and at the end."""

    def __str__(self) -> str:
        ordered = sorted(self.taken)
        median, late = statistics.median(ordered), ordered[int(0.99 * len(ordered))]
        memory = " ".join(f"{mib:.0f}" for mib in self.resident)
        return (
            f"{len(ordered)} tiles, {len(self.errors)} errors, median {median:.1f} ms, p99 {late:.1f} ms "
            f"({late / median:.1f}x), memory {memory} MiB"
        )


async def together(server: Server, address: Address, tiles: Sequence[Tile], clients: int, seconds: float) -> Load:
    """`clients` that each ask for tile after tile for `seconds`, each in an order of its own."""
    load = Load()
    begun = time.perf_counter()

    async def client(session: aiohttp.ClientSession, number: int) -> None:
        place = number * len(tiles) // clients
        while time.perf_counter() - begun < seconds:
            started = time.perf_counter()
            async with session.get(address(tiles[place % len(tiles)])) as response:
                body = await response.read()
                if response.status != 200:
                    load.errors.append(f"{response.status} {body[:200]!r}")
            load.taken.append(1000 * (time.perf_counter() - started))
            # Steps that share no factor with the number of tiles: every client sees all, in another order.
            place += 7 + 2 * number

    async def watch() -> None:
        load.resident.append(server.resident)
        for _ in range(4):
            await asyncio.sleep(seconds / 4)
            load.resident.append(server.resident)

    async with aiohttp.ClientSession(server.url, connector=aiohttp.TCPConnector(limit=clients)) as session:
        await asyncio.gather(watch(), *(client(session, number) for number in range(clients)))
    return load
