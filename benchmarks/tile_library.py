"""Our side of `benchmarks.tiles` in the library: a process of its own for each case, as for large_image.

Reads one JSON object from standard input: {"path", "case", "tiles": [[level, z, x, y] ...], "passes"}; writes numbers.
"""

import json
import math
import os
import resource
import statistics
import sys
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError
from typing import Any

from render.encode import encode
from render.volume.sources import open_volume
from render.volume.volume import Volume
from tiles.drawing.bricks import Bricks
from tiles.drawing.draw import draw
from tiles.pyramid import Patch
from tiles.section import AxisIntent, ObliqueIntent, Section, SectionIntent, SlabIntent, resolve_section
from tiles.work import Job

TILE = 256
CACHE = 2**30

Tile = Sequence[int]


def section_of(volume: Volume, plane: AxisIntent | ObliqueIntent, slab: SlabIntent | None = None) -> Section:
    """In the windows and colours of the file's own metadata."""
    return resolve_section(SectionIntent(plane=plane, slab=slab), volume.info, volume.statistics)


def tile_maker(volume: Volume, bricks: Bricks) -> Callable[[int, int, int, int], bytes]:
    """Draws and encodes the tile x, y of plane z at a level: what a server does for a request, but for HTTP."""
    sections: dict[int, Section] = {}

    def make(level: int, z: int, x: int, y: int) -> bytes:
        section = sections.get(z)
        if section is None:
            section = sections[z] = section_of(volume, AxisIntent("z", index=z))
        patch = section.plane.pyramid.patch(level, x * TILE, y * TILE, TILE, TILE)
        return encode(draw(volume, section, patch, bricks, Job()), "jpg", 85)

    return make


def milliseconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - begun)


def passes(path: str, tiles: Sequence[Tile], count: int) -> dict[str, Any]:
    """Milliseconds of every tile of every pass over `tiles`, and the first tile's bytes."""
    make = tile_maker(open_volume(path), Bricks(CACHE))
    rounds = [[milliseconds(lambda: make(*tile)) for tile in tiles] for _ in range(count)]  # noqa: B023
    return {"rounds": rounds, "sample": make(*tiles[0]).hex()}


def one_core(path: str, tiles: Sequence[Tile], count: int) -> dict[str, Any]:
    """As `passes`, every brick in the cache from the start, the whole process on one core."""
    make = tile_maker(open_volume(path), Bricks(CACHE))
    for tile in tiles:
        make(*tile)
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    return {"rounds": [[milliseconds(lambda: make(*tile)) for tile in tiles] for _ in range(count)]}  # noqa: B023


def planes(path: str, count: int) -> dict[str, list[float]]:
    """Medians [cold, hot] of the tile in the middle of `count` planes: xy, xz, and one turned about two axes."""
    volume = open_volume(path)
    depth = volume.info.levels[0].shape[0]
    taken: dict[str, list[tuple[float, float]]] = {"xy": [], "xz": [], "oblique": []}
    for k in range(count):
        index = 3 + k * (depth - 6) // count
        places = (AxisIntent("z", index=index), AxisIntent("y", index=index), tilted(volume, k))
        for name, place in zip(taken, places, strict=True):
            section, bricks = section_of(volume, place), Bricks(CACHE)
            width, height = section.plane.pyramid.size()
            patch = section.plane.pyramid.patch(0, (width - TILE) // 2, (height - TILE) // 2, TILE, TILE)

            def make(section: Section = section, patch: Patch = patch, bricks: Bricks = bricks) -> bytes:
                return encode(draw(volume, section, patch, bricks, Job()), "jpg", 85)

            taken[name].append((milliseconds(make), milliseconds(make)))
    return {name: [statistics.median(times) for times in zip(*pairs, strict=True)] for name, pairs in taken.items()}


def tilted(volume: Volume, shift: int) -> ObliqueIntent:
    """A plane of a tile's size about the middle of a volume of cubic voxels, `shift` voxels from it along y."""
    side = TILE * volume.info.levels[0].spacing[0]
    (sin_a, cos_a), (sin_b, cos_b) = ((math.sin(a), math.cos(a)) for a in map(math.radians, (30, 20)))
    right = (side * cos_a, 0.0, side * sin_a)
    down = (-side * sin_a * sin_b, side * cos_b, side * cos_a * sin_b)
    box = volume.info.box
    x, y, z = ((low + high - r - d) / 2 for low, high, r, d in zip(box.lower, box.upper, right, down, strict=True))
    return ObliqueIntent((x, y + shift * side / TILE, z), right, down)


def slab(path: str, tiles: Sequence[Tile]) -> dict[str, float]:
    """The brightest voxels of all planes: the coarsest tile first, then `tiles` of (level, z, x, y)."""
    volume, bricks = open_volume(path), Bricks(CACHE)
    depth = volume.info.levels[0].shape[0]
    section = section_of(volume, AxisIntent("z"), SlabIntent("mip", first=0, last=depth - 1))
    pyramid = section.plane.pyramid

    def make(patch: Patch, job: Job) -> bytes:
        return encode(draw(volume, section, patch, bricks, job), "jpg", 85)

    before = peak()
    first = milliseconds(lambda: make(pyramid.tile(0, 0, 0, TILE), Job()))
    each = [
        milliseconds(lambda: make(pyramid.patch(level, x * TILE, y * TILE, TILE, TILE), Job()))  # noqa: B023
        for level, _, x, y in tiles
    ]
    whole = milliseconds(lambda: make(pyramid.patch(2, 0, 0, 1024, 1024), Job()))
    return {
        "first": first,
        "each": statistics.median(each),
        "whole": whole,
        "peak": (peak() - before) / 2**20,
        "cancelled": cancelled(lambda job: make(pyramid.patch(0, 0, 0, 4096, 4096), job)),
    }


def cancelled(work: Callable[[Job], object]) -> float:
    """Milliseconds from the word that nobody waits to the end of the work, said when half a second of it is done."""
    job, ended = Job(), threading.Event()

    def run() -> None:
        try:
            work(job)
        except CancelledError:
            ended.set()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(0.5)
    begun = time.perf_counter()
    job.abandon()
    thread.join()
    return 1000 * (time.perf_counter() - begun) if ended.is_set() else math.nan


def peak() -> int:
    """Bytes."""
    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def main() -> None:
    wanted = json.loads(sys.stdin.readline())
    path, tiles, count = wanted["path"], wanted["tiles"], wanted["passes"]
    cases: dict[str, Callable[[], object]] = {
        "passes": lambda: passes(path, tiles, count),
        "one core": lambda: one_core(path, tiles, count),
        "planes": lambda: planes(path, count),
        "slab": lambda: slab(path, tiles),
    }
    json.dump(cases[wanted["case"]](), sys.stdout)


if __name__ == "__main__":
    main()
