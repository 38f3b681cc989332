"""Whole levels read in slabs: each slab is one dask task of many chunks, a bounded number of them at once.

A task costs dask about 1 ms and zarr decodes a chunk in 0.5 to 1 ms, so a slab covers whole layers of chunks: no chunk
is decoded twice, and 32 MiB are 10 to 50 ms of work. 512^3 uint16 in shards takes 0.4 s so on 2 cores (0.44 s in one
read of everything, which needs the memory of the whole level at once).
"""

import math
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import dask

from render.volume.info import VolumeInfo
from render.volume.volume import Array, Volume

SLAB_BYTES = 32 * 2**20
IN_FLIGHT_BYTES = 256 * 2**20
"""Slabs that exist at once take at most this, unless a single layer of chunks takes more."""


def slab_thickness(info: VolumeInfo, level: int, multiple: int = 1) -> int:
    """Planes of one slab: whole layers of chunks, as many as fit `SLAB_BYTES` and at least one.

    Also a multiple of `multiple` planes. Where both need more planes than there are, or more than `IN_FLIGHT_BYTES`,
    slabs cut through chunks, which are then decoded twice or more: as thick as two at once may be.
    """
    depth, height, width = info.levels[level].shape
    plane_bytes = height * width * info.voxel_bytes
    layer = math.lcm(info.levels[level].chunks[0], multiple)
    if layer > depth or layer * plane_bytes > IN_FLIGHT_BYTES:
        return min(depth, multiple * max(1, IN_FLIGHT_BYTES // 2 // (multiple * plane_bytes)))
    return min(depth, layer * max(1, SLAB_BYTES // (layer * plane_bytes)))


def read_slabs(
    volume: Volume, level: int, channel: int, time: int, on_slab: Callable[[int, Array], None], multiple: int = 1
) -> None:
    """Read all of a level of one channel and time and hand each slab to `on_slab(z, slab)`; blocks.

    A slab is (planes, y, x) as `Volume.read` gives it and starts at plane `z`. Slabs begin at multiples of `multiple`
    and come in no order, several at once on worker threads; an error out of reading or out of `on_slab` ends the rest
    and is raised here.
    """
    volume.info.check(level=level, channel=channel, time=time)
    depth, height, width = volume.info.levels[level].shape
    thickness = slab_thickness(volume.info, level, multiple)

    def load(first: int) -> None:
        last = min(first + thickness, depth)
        on_slab(first, volume.read(level, (first, 0, 0), (last, height, width), channel, time))

    slab_bytes = thickness * height * width * volume.info.voxel_bytes
    workers = max(1, min(os.cpu_count() or 1, IN_FLIGHT_BYTES // slab_bytes))
    tasks = [dask.delayed(load)(first) for first in range(0, depth, thickness)]  # type: ignore[attr-defined]
    with ThreadPoolExecutor(workers, thread_name_prefix="voxelcast-slab") as pool:
        dask.compute(*tasks, scheduler="threads", pool=pool)  # type: ignore[attr-defined, no-untyped-call]
