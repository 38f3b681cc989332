"""Tiles against large_image, in the library and over HTTP, and what large_image has not: other planes, slabs, a crowd.

    make bench-peers                       # once: large_image 1.35 in a virtual environment of its own
    python -m benchmarks.tiles [--quick] [--only library,http,planes,slab,crowd]

Tiles are 256 x 256, JPEG of quality 85, two channels (magenta and green, 100 to 3500) of a uint16 volume of
4096 x 4096 x 32 in Blosc-zstd chunks of 512 x 512 with 5 levels. `A` are the 256 tiles in the middle plane at the
finest level, `B` 200 tiles at random levels and planes. Cold: nothing decoded is cached and the file is in the page
cache; again: the same tiles once more. Every case of every contestant is a process of its own, one caller; the rows are
the median of all rounds, in which the contestants take turns. Volumes are made once, in the folder for temporary files.
"""

import argparse
import asyncio
import json
import random
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.tile_http import Address, Tile, in_turn, ours, peers, serving, together
from benchmarks.tile_volumes import blocks, make, make_deep, planes
from render.encode import decode

HERE = Path(__file__).resolve().parent
PEER_PYTHON = HERE.parent / ".venv-peers" / "bin" / "python"
PEER = HERE / "peers" / "large_image_tiles.py"
TILE = 256
LEVELS = 5
PARTS = ("library", "http", "planes", "slab", "crowd")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a smaller volume, one round, a crowd for 5 seconds")
    parser.add_argument("--only", default=",".join(PARTS))
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "voxelcast-benchmark-tiles")
    arguments = parser.parse_args()
    if not PEER_PYTHON.exists():
        sys.exit("large_image is not there: make bench-peers")
    arguments.folder.mkdir(exist_ok=True)
    width, depth, rounds = (2048, 8, 1) if arguments.quick else (4096, 32, 3)
    volume = make(planes(width, depth), arguments.folder)
    warm_up(volume)
    chosen = arguments.only.split(",")
    cases = {"A": tiles_in_order(width, depth), "B": tiles_at_random(width, depth, 200)}
    if "library" in chosen:
        compare_library(volume, cases, rounds)
    if "http" in chosen:
        compare_http(volume, width, cases, rounds)
    if "planes" in chosen:
        show_planes(make(blocks(256 if arguments.quick else 512), arguments.folder))
    if "slab" in chosen:
        show_slab(make_deep(volume, 64 if arguments.quick else 256), width)
    if "crowd" in chosen:
        show_crowd(volume, width, tiles_at_random(width, depth, 2003), 5 if arguments.quick else 60)


def tiles_in_order(width: int, depth: int) -> list[Tile]:
    side = width // TILE
    return [(0, depth // 2, x, y) for y in range(side) for x in range(side)]


def tiles_at_random(width: int, depth: int, count: int) -> list[Tile]:
    dice = random.Random(7)
    tiles = []
    for _ in range(count):
        level = dice.randrange(min(LEVELS, (width // TILE).bit_length()))
        side = width // 2**level // TILE
        tiles.append((level, dice.randrange(depth), dice.randrange(side), dice.randrange(side)))
    return tiles


def warm_up(volume: Path) -> None:
    """Have every chunk in the page cache."""
    for file in volume.rglob("*"):
        if file.is_file():
            file.read_bytes()


def compare_library(volume: Path, cases: dict[str, list[Tile]], rounds: int) -> None:
    print("\nin the library, one caller                     tiles/s           median ms        p95 ms")
    contestants = {
        "voxelcast": [sys.executable, "-m", "benchmarks.tile_library"],
        "large_image": [str(PEER_PYTHON), str(PEER)],
    }
    for name, tiles in cases.items():
        found: dict[str, list[Any]] = {who: [] for who in contestants}
        for _ in range(rounds):
            for who, command in contestants.items():
                found[who].append(child(command, path=str(volume), case="passes", tiles=tiles, passes=2))
        for index, label in enumerate(("cold", "again")):
            times = {who: [run["rounds"][index] for run in runs] for who, runs in found.items()}
            report(f"{name}, {label}", times["voxelcast"], times["large_image"])
    samples = {who: decode(bytes.fromhex(runs[0]["sample"])).astype(np.int16) for who, runs in found.items()}
    difference = np.abs(samples["voxelcast"] - samples["large_image"])[..., :3]
    print(f"  the two pictures of a tile differ by {difference.mean():.2f} grey levels on average")
    hot = child(contestants["voxelcast"], path=str(volume), case="one core", tiles=cases["A"], passes=4 * rounds)
    best = statistics.median(1000 / statistics.mean(taken) for taken in hot["rounds"])
    print(f"  every brick cached, one core: {best:.0f} tiles/s")


def compare_http(volume: Path, width: int, cases: dict[str, list[Tile]], rounds: int) -> None:
    print("\nover HTTP, one caller                          tiles/s           median ms        p95 ms")
    for name, tiles in cases.items():
        mine: list[list[list[float]]] = []
        theirs: list[list[list[float]]] = []
        for _ in range(rounds):
            with serving(*ours(volume)) as server:
                mine.append(asyncio.run(in_turn(server, our_address(width), tiles, 2)))
            with serving(*peers(PEER_PYTHON, PEER, volume)) as server:
                theirs.append(asyncio.run(in_turn(server, peer_address, tiles, 2)))
        for index, label in enumerate(("cold", "again")):
            report(f"{name}, {label}", [run[index] for run in mine], [run[index] for run in theirs])


def our_address(width: int) -> Address:
    """Zoom 0 is the whole plane in one tile."""
    finest = (width // TILE).bit_length() - 1
    return lambda tile: f"/tiles/volume/{finest - tile[0]}/{tile[2]}/{tile[3]}.jpg?plane=z:{tile[1]}"


def peer_address(tile: Tile) -> str:
    return "/{}/{}/{}/{}.jpg".format(*tile)


def show_planes(volume: Path) -> None:
    print("\na tile of a volume in chunks of 64^3, milliseconds     cold      hot     cold/xy   hot/xy")
    found = child(
        [sys.executable, "-m", "benchmarks.tile_library"], path=str(volume), case="planes", tiles=[], passes=9
    )
    for name, (cold, hot) in found.items():
        print(f"  {name:50} {cold:8.1f} {hot:8.2f} {cold / found['xy'][0]:8.2f} {hot / found['xy'][1]:8.2f}")


def show_slab(volume: Path, width: int) -> None:
    side = width // TILE
    tiles = [(0, 0, side // 5, side // 4), (0, 0, side // 2, side // 2), (0, 0, side - 2, 1)]
    found = child(
        [sys.executable, "-m", "benchmarks.tile_library"], path=str(volume), case="slab", tiles=tiles, passes=1
    )
    print(
        f"\nMIP of {volume.name}\n"
        f"  the whole plane in one coarse tile {found['first']:.0f} ms, in 1024 x 1024 {found['whole']:.0f} ms\n"
        f"  a tile at the finest level {found['each']:.0f} ms; ends {found['cancelled']:.1f} ms after nobody waits\n"
        f"  memory grew by {found['peak']:.0f} MiB, 1024 of which bricks may take"
    )


def show_crowd(volume: Path, width: int, tiles: list[Tile], seconds: float) -> None:
    with serving(*ours(volume)) as server:
        load = asyncio.run(together(server, our_address(width), tiles, 64, seconds))
    print(f"\n64 clients for {seconds} s: {load}")
    for error in sorted(set(load.errors))[:5]:
        print(f"  {error}")


def report(label: str, mine: list[list[float]], theirs: list[list[float]]) -> None:
    rates = [statistics.median(1000 / statistics.mean(taken) for taken in runs) for runs in (mine, theirs)]
    both = [sorted(one for taken in runs for one in taken) for runs in (mine, theirs)]
    medians = " : ".join(f"{statistics.median(times):.2f}" for times in both)
    late = " : ".join(f"{times[int(0.95 * len(times))]:.1f}" for times in both)
    ratio = rates[0] / rates[1]
    print(f"  {label:10} {ratio:5.1f} x large_image {rates[0]:13.0f} : {rates[1]:<8.0f} {medians:>16} {late:>14}")


def child(command: list[str], **wanted: object) -> Any:
    """What a process of its own answers to one line of JSON."""
    done = subprocess.run(command, input=json.dumps(wanted) + "\n", stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout)


if __name__ == "__main__":
    main()
