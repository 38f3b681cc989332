"""large_image's side of `benchmarks.tiles`, run by the Python of an environment of its own: it needs zarr before 3.

Reads one JSON object from standard input: {"path", "tiles": [[level, z, x, y] ...], "passes"}; writes the milliseconds
of every tile of every pass, and with {"serve": true} instead serves /{level}/{z}/{x}/{y}.jpg on a free port, which it
writes, through a thin aiohttp application: large_image's own server is Girder's, with a database.
"""

import asyncio
import json
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import large_image
import large_image_source_zarr
from aiohttp import web

TILE = 256
WINDOW = {"min": 100, "max": 3500}


class Source:
    """A volume with two channels, magenta and green, at large_image's own default caches."""

    def __init__(self, path):
        # It opens a file, never a folder.
        metadata = os.path.join(path, ".zattrs")
        strides = large_image_source_zarr.open(metadata).getMetadata()["IndexStride"]
        bands = [
            {"framedelta": 0, "palette": "#ff00ff", **WINDOW},
            {"framedelta": strides["IndexC"], "palette": "#00ff00", **WINDOW},
        ]
        self._source = large_image_source_zarr.open(metadata, style={"bands": bands})
        self._planes = strides["IndexZ"]

    def tile(self, level, z, x, y):
        side = TILE * 2**level
        region = {"left": x * side, "top": y * side, "width": side, "height": side, "units": "base_pixels"}
        output = {"maxWidth": TILE, "maxHeight": TILE}
        body, _ = self._source.getRegion(
            region=region, output=output, frame=z * self._planes, encoding="JPEG", jpegQuality=85
        )
        return bytes(body)


def measure(source, tiles, passes):
    rounds = []
    for _ in range(passes):
        taken = []
        for tile in tiles:
            begun = time.perf_counter()
            source.tile(*tile)
            taken.append(1000 * (time.perf_counter() - begun))
        rounds.append(taken)
    return rounds


async def serve(source):
    pool = ThreadPoolExecutor(os.cpu_count())

    async def answer(request):
        numbers = [int(request.match_info[name]) for name in ("level", "z", "x", "y")]
        body = await asyncio.get_running_loop().run_in_executor(pool, source.tile, *numbers)
        return web.Response(body=body, content_type="image/jpeg")

    app = web.Application()
    app.router.add_get("/{level}/{z}/{x}/{y}.jpg", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(f"http://127.0.0.1:{runner.addresses[0][1]}", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    wanted = json.loads(sys.stdin.readline())
    opened = Source(wanted["path"])
    if wanted.get("serve"):
        asyncio.run(serve(opened))
    rounds = measure(opened, wanted["tiles"], wanted["passes"])
    sample = opened.tile(*wanted["tiles"][0])
    json.dump({"rounds": rounds, "sample": sample.hex(), "version": large_image.__version__}, sys.stdout)
