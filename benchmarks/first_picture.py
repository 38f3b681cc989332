"""How long the first picture of a volume that does not fit takes, and what memory the server needs for it.

    python -m benchmarks.first_picture [VOLUME.ome.zarr] [--memory 1GiB] [--size 1024x768] [--repeat 3]

Without VOLUME a 1024^3 uint16 one is made by ../shared/tools/make_large.py (70 s, 1.5 GiB in the folder for temporary
files) and kept for the next run. Every figure is from a fresh server: `streamed draft` and `streamed final` are the
first binary frames of the native protocol after `open`, `picture` is a GET of render.jpg at full quality. All count
from the request to the last byte; peak is the server's own high-water mark of resident memory.
"""

import argparse
import asyncio
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import aiohttp

from viewer_bridge import protocol

SHARED = Path(__file__).resolve().parents[2] / "shared"

Measure = Callable[[aiohttp.ClientSession, str], Awaitable[dict[str, float]]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("volume", nargs="?", type=Path)
    parser.add_argument("--memory", default="1GiB")
    parser.add_argument("--size", default="1024x768")
    parser.add_argument("--repeat", type=int, default=3)
    arguments = parser.parse_args()
    volume = arguments.volume or large_volume()
    width, height = (int(side) for side in arguments.size.split("x"))

    async def stream(session: aiohttp.ClientSession, url: str) -> dict[str, float]:
        return await first_frames(session, url, (width, height))

    async def picture(session: aiohttp.ClientSession, url: str) -> dict[str, float]:
        begun = time.perf_counter()
        async with session.get(f"{url}/volumes/large/render.jpg", params={"size": arguments.size}) as response:
            response.raise_for_status()
            await response.read()
        return {"picture": time.perf_counter() - begun}

    print(f"{volume.name}, --memory {arguments.memory}, {width} x {height}, {arguments.repeat} fresh servers each")
    for measure in (stream, picture):
        report(arguments.repeat, lambda measure=measure: run(volume, arguments.memory, measure))


def report(repeat: int, one_run: Callable[[], dict[str, float]]) -> None:
    """Medians of what `one_run` measures: seconds, and `peak` in GiB."""
    runs = [one_run() for _ in range(repeat)]
    for name in runs[0]:
        values = sorted(run[name] for run in runs)
        unit = "GiB" if name == "peak" else "s"
        print(f"  {name:15} {statistics.median(values):6.2f} {unit}   ({values[0]:.2f} to {values[-1]:.2f})")


def run(volume: Path, memory: str, measure: Measure) -> dict[str, float]:
    with server(volume, memory) as (url, process):

        async def ask() -> dict[str, float]:
            async with aiohttp.ClientSession() as session:
                return await measure(session, url)

        seconds = asyncio.run(ask())
        status = Path(f"/proc/{process.pid}/status").read_text()
        peak = re.search(r"VmHWM:\s+(\d+) kB", status)
        assert peak is not None
        return seconds | {"peak": int(peak[1]) / 2**20}


async def first_frames(session: aiohttp.ClientSession, url: str, size: tuple[int, int]) -> dict[str, float]:
    """Seconds from `open` to the first draft and to the first final frame."""
    arrived: dict[str, float] = {}
    async with session.ws_connect(f"{url}/stream", max_msg_size=0) as socket:
        begun = time.perf_counter()
        await socket.send_str(protocol.encode(protocol.Open("large", size)))
        async for message in socket:
            if message.type is not aiohttp.WSMsgType.BINARY:
                if '"type":"error"' in message.data:
                    sys.exit(message.data)
                continue
            header, _ = protocol.unpack_frame(message.data)
            rung = protocol.Rung(header.rung)
            arrived.setdefault(f"streamed {rung.name.lower()}", time.perf_counter() - begun)
            await socket.send_str(protocol.encode(protocol.Ack(header.frame, 1.0)))
            if rung is protocol.Rung.FINAL:
                break
    return arrived


@contextmanager
def server(volume: Path, memory: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    command = [sys.executable, "-m", "voxelcast.cli", "serve", f"large={volume}", "--port", "0", "--memory", memory]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        for line in process.stdout:
            found = re.search(r"http://[\d.]+:\d+", line)
            if found:
                yield found[0], process
                break
        else:
            sys.exit("the server ended before it said where it is")
    finally:
        process.terminate()
        process.wait(10)


def large_volume() -> Path:
    tool, source = SHARED / "tools" / "make_large.py", SHARED / "data" / "fib25.v05.ome.zarr"
    target = Path(tempfile.gettempdir()) / "voxelcast-benchmark-1024.ome.zarr"
    if not tool.exists():
        sys.exit("no volume given, and ../shared/tools/make_large.py, which makes one, is not there")
    options = ["--source", str(source), "--size", "1024", "1024", "1024", "--upscale", "4", "--resume"]
    subprocess.run([sys.executable, str(tool), str(target), *options], check=True, stdout=sys.stderr)
    return target


if __name__ == "__main__":
    main()
