"""Many clients that come, drag, resize, switch volumes and vanish, for a long time: does the server stay as it was?

    python -m benchmarks.soak [--minutes 30] [--clients 20] [--renderer compute]

After the first sixth (5 of 30 minutes) memory, tasks and file descriptors may not grow, every `/healthz` must be
answered within 100 ms, and the log must hold no error. Prints what was seen every few seconds; ends with 1 where that
fails. CI runs two minutes of it (`make soak`), and gives /healthz 0.5 s: its machines do other things too.
"""

import argparse
import asyncio
import json
import re
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from aiohttp import ClientSession

SAMPLES = 60
"""Over the whole run, of what the server uses."""

WARM = 80.0
"""Seconds that a run of minutes must have for warming up: sessions are kept for 60 after their last member has left."""

GROWTH = {"tasks": 0.25, "descriptors": 0.25}
"""Shares by which the last third may lie above the first after the warm-up: what is used goes up and down by the
number of clients that are there."""


@dataclass(slots=True)
class Seen:
    """What was seen of a server: seconds, bytes, counts."""

    used: list[dict[str, float]] = field(default_factory=list)
    health: list[float] = field(default_factory=list)
    crowd: dict[str, int] = field(default_factory=lambda: {"visits": 0, "frames": 0})

    def faults(self, warm: int, bounds: argparse.Namespace) -> list[str]:
        """What is wrong, in sentences; the first `warm` samples are not looked at."""
        healthy: float = bounds.healthy
        found = []
        third = max(1, (len(self.used) - warm) // 3)
        for name, allowed in {"memory": bounds.growth, **GROWTH}.items():
            before, after = (
                median(one[name] for one in part) for part in (self.used[warm:][:third], self.used[-third:])
            )
            if after > before * (1 + allowed):
                found.append(f"{name} grew from {before:.0f} to {after:.0f}")
        if max(self.health) > healthy:
            late = sum(one > healthy for one in self.health)
            found.append(f"/healthz took up to {1000 * max(self.health):.0f} ms, {late} of {len(self.health)} too long")
        return found


@asynccontextmanager
async def process(*arguments: str) -> AsyncIterator[tuple[asyncio.subprocess.Process, list[str]]]:
    """A Python that runs a module, and the lines of its stderr; it ends with the block."""
    child = await asyncio.create_subprocess_exec(sys.executable, "-m", *arguments, stdout=-1, stderr=-1)
    log: list[str] = []

    async def read() -> None:
        while line := await child.stderr.readline():  # type: ignore[union-attr]
            log.append(line.decode().rstrip())

    reading = asyncio.create_task(read())
    try:
        yield child, log
    finally:
        if child.returncode is None:
            child.terminate()
        await child.wait()
        await reading


async def follow(crowd: asyncio.subprocess.Process, seen: Seen) -> None:
    """What the visitors say of themselves, until they end."""
    while line := await crowd.stdout.readline():  # type: ignore[union-attr]
        seen.crowd = json.loads(line)


async def watch(http: ClientSession, server: asyncio.subprocess.Process, seen: Seen, seconds: float) -> None:
    """Samples of what the server uses, and how fast it answers in between."""
    proc = Path(f"/proc/{server.pid}")
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        until, before = time.monotonic() + seconds / SAMPLES, len(seen.health)
        while time.monotonic() < until:
            began = time.monotonic()
            async with http.get("/healthz") as answer:
                await answer.read()
            seen.health.append(time.monotonic() - began)
            await asyncio.sleep(0.2)
        async with http.get("/metrics") as answer:
            numbers = dict(re.findall(r"^(voxelcast_\w+) ([\d.e+]+)$", await answer.text(), re.MULTILINE))
        memory = float(re.search(r"VmRSS:\s+(\d+) kB", (proc / "status").read_text())[1]) * 1024  # type: ignore[index]
        used = {
            "memory": memory,
            "tasks": float(numbers["voxelcast_tasks"]),
            "descriptors": float(len(list((proc / "fd").iterdir()))),
        }
        seen.used.append(used)
        slowest = 1000 * max(seen.health[before:])
        print(
            f"{time.monotonic() - ends + seconds:6.0f} s  {memory / 2**20:6.0f} MiB  {used['tasks']:4.0f} tasks  "
            f"{used['descriptors']:4.0f} descriptors  {float(numbers['voxelcast_streams']):3.0f} streams  "
            f"{float(numbers['voxelcast_sessions']):3.0f} sessions  /healthz {slowest:4.0f} ms  "
            f"{seen.crowd['visits']} visits, {seen.crowd['frames']} frames",
            flush=True,
        )


async def run(said: argparse.Namespace) -> list[str]:
    """What is wrong after so long, in sentences."""
    seen, seconds = Seen(), said.minutes * 60
    async with process("voxelcast.cli", "serve", "--port", "0", "--renderer", said.renderer) as (server, log):
        url = (await server.stdout.readline()).decode().strip()  # type: ignore[union-attr]
        begun = len(log)
        async with (
            process("benchmarks.soak_client", url, str(said.clients)) as (crowd, complaints),
            ClientSession(url) as http,
        ):
            watching = asyncio.create_task(watch(http, server, seen, seconds))
            following = asyncio.create_task(follow(crowd, seen))
            await asyncio.wait([watching, following], return_when=asyncio.FIRST_COMPLETED)
            for task in (watching, following):
                task.cancel()
            await asyncio.gather(watching, following, return_exceptions=True)
        warm = round(SAMPLES * max(1 / 6, WARM / seconds))
        faults = [f"a visitor failed: {line}" for line in complaints[-1:]]
        faults += [f"the log says: {line}" for line in log[begun:]]
    return [*faults, *seen.faults(warm, said)]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--minutes", type=float, default=30.0)
    options.add_argument("--clients", type=int, default=20)
    options.add_argument("--renderer", default="auto")
    options.add_argument("--healthy", type=float, default=0.1, help="seconds within which /healthz is to be answered")
    options.add_argument("--growth", type=float, default=0.03, help="the share by which memory may grow")
    said = options.parse_args()
    if said.minutes < 2:
        options.error(f"--minutes {said.minutes}: a server has not warmed up before {WARM:.0f} s")
    faults = asyncio.run(run(said))
    print("\n".join(faults) or "nothing grew, nothing failed, and the server was well all the time")
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
