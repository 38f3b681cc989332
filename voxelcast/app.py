"""The web application: every route of Voxelcast on one engine, and the server that runs it until it is told to end."""

import asyncio
import errno
import gc
import hashlib
import logging
import os
import signal
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.log import server_logger

from render.engine import Engine
from render.errors import BackendError
from render.volume.catalogue import Catalogue
from tiles.drawing.bricks import Bricks
from tiles.dzi import DeepZoom
from tiles.http import Pictures
from tiles.iiif.routes import Images
from tiles.large_image.frames import Frames
from tiles.large_image.routes import LargeImage
from tiles.movies.routes import Movies
from tiles.omero.routes import Omero
from tiles.page import TilePage
from tiles.precomputed.neuroglancer import Links
from tiles.precomputed.routes import Precomputed
from tiles.serving import Serving
from tiles.stacks import Stacks
from tiles.views import Views
from tiles.work import Workers
from tiles.xyz import Tiles
from tiles.zarr.chunks import Chunks
from tiles.zarr.passthrough import Passthrough
from tiles.zarr.view import VirtualZarr
from tiles.zoomify import Zoomify
from viewer_bridge.colormaps import colormap_routes
from viewer_bridge.opening import Opener
from viewer_bridge.page import page_routes
from viewer_bridge.rooms import Rooms
from viewer_bridge.scripting import Scripting
from viewer_bridge.tickets import Tickets
from viewer_bridge.websocket import Streams
from voxelcast.metrics import Metrics
from voxelcast.middlewares import any_origin, count_requests, errors_as_json, own_pages, read_ticket, require_token
from voxelcast.settings import Settings

MAX_BODY = 2**20
"""Bytes of a request's body: a View of a hundred channels takes a tenth."""

LAST_WORDS = 0.5
"""Seconds that open connections get at the end."""

PATIENCE = 1.5
"""Seconds after which the process ends whatever still runs: a read from a slow store cannot be interrupted."""


def make_app(settings: Settings, engine: Engine, catalogue: Catalogue) -> web.Application:
    """The application; whoever made `engine` and `catalogue` closes them after it."""
    bricks = Bricks(settings.tile_memory)
    # More than there are cores: a lane has half of them, and threads that read from a store mostly wait.
    threads = 2 * (os.cpu_count() or 1) + 2
    pool = ThreadPoolExecutor(threads, thread_name_prefix="voxelcast-pictures")
    workers = Workers(pool, threads)
    budget = settings.budget
    # With a token, tickets hold over a new start of the server.
    tickets = Tickets(_ticket_key(settings.token)) if settings.token else Tickets()
    rooms, opener = Rooms(tickets), Opener(catalogue, budget)
    metrics = Metrics(
        {
            "pictures_waiting": ("Pictures asked for and not yet drawn", lambda: engine.waiting),
            "tile_cache_bytes": ("Decoded voxels kept for tiles", lambda: bricks.nbytes),
            "sessions": ("Sessions, those that nobody is in included", lambda: rooms.count),
            "streams": ("Clients on streams", lambda: streams.count),
            "movies_unfinished": ("Movies being drawn or waiting for it", lambda: movies.unfinished),
            "tasks": ("Tasks on the event loop", lambda: len(asyncio.all_tasks())),
        }
    )
    streams = Streams(rooms, opener, engine, metrics.on_frame, settings.origins)
    middlewares = [
        count_requests(metrics.on_request),
        any_origin,
        errors_as_json,
        own_pages(settings.origins),
        read_ticket(tickets),
    ]
    if settings.token:
        middlewares.append(require_token(settings.token, lambda name: rooms.room(name).session.scene.info.name))
    app = web.Application(middlewares=middlewares, client_max_size=MAX_BODY)

    async def health(_: web.Request) -> web.Response:
        return web.json_response({"status": "ok", "renderer": engine.renderer_name, "volumes": len(catalogue.names)})

    async def numbers(_: web.Request) -> web.Response:
        return web.Response(body=metrics.text(), content_type="text/plain", charset="utf-8")

    async def pool_for_life(_: web.Application) -> AsyncIterator[None]:
        yield
        workers.close()
        pool.shutdown(wait=False, cancel_futures=True)
        stores.close()

    app.cleanup_ctx.append(pool_for_life)
    app.add_routes([web.get("/healthz", health), web.get("/metrics", numbers)])
    serving = Serving(catalogue, bricks, workers, metrics.on_picture)
    stacks = Stacks(serving)
    stores = Passthrough(serving)
    movies = Movies(serving, engine, budget)
    app.cleanup_ctx.append(movies.lifetime)
    doors = (
        stores,
        VirtualZarr(serving, Chunks(bricks)),
        Tiles(serving),
        DeepZoom(serving),
        Zoomify(serving),
        Images(serving),
        Omero(serving, stacks),
        Frames(serving, stacks),
        LargeImage(serving, stacks),
        Precomputed(serving),
        Links(serving, settings.neuroglancer),
        Views(serving, engine, budget),
        movies,
        TilePage(serving),
        Pictures(serving, engine, budget),
    )
    for door in doors:
        app.add_routes(door.routes())
    app.add_routes(streams.routes())
    app.add_routes(Scripting(rooms, opener).routes())
    app.on_shutdown.append(streams.close)
    app.add_routes(colormap_routes())
    app.add_routes(page_routes())
    return app


def _ticket_key(token: str) -> bytes:
    """A key by which nobody who has a ticket can try out tokens: each takes 0.1 s and 32 MiB."""
    return hashlib.scrypt(token.encode(), salt=b"voxelcast tickets", n=2**15, r=8, p=1, maxmem=2**26, dklen=32)


async def serve(app: web.Application, settings: Settings, ready: Callable[[str], None]) -> None:
    """Serve until SIGINT or SIGTERM; `ready` is told the URL. BackendError where the address cannot be had."""
    server_logger.addFilter(_is_ours)
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    runner = web.AppRunner(app, handle_signals=False, handler_cancellation=True, shutdown_timeout=LAST_WORDS)
    await runner.setup()
    _settle()
    try:
        await _listen(runner, settings)
        host, port = runner.addresses[0][:2]
        ready(f"http://{f'[{host}]' if ':' in host else host}:{port}/")
        await stopped.wait()
        end_soon()
    finally:
        await runner.cleanup()


def _settle() -> None:
    """Spare the garbage collector what is there for good: to look at 175000 objects of modules stops every thread.

    It did for 100 to 170 ms, every twenty seconds of a busy server.
    """
    gc.collect()
    gc.freeze()


def end_soon() -> None:
    """From now on the process has `PATIENCE` seconds; files are whole whenever it ends."""
    watchdog = threading.Timer(PATIENCE, os._exit, (0,))
    watchdog.daemon = True
    watchdog.start()


def _is_ours(record: logging.LogRecord) -> bool:
    """Whether a record tells of the server: aiohttp logs a traceback for whatever a client sends that is no HTTP."""
    return record.exc_info is None or not isinstance(record.exc_info[1], HttpProcessingError)


async def _listen(runner: web.AppRunner, settings: Settings) -> None:
    try:
        await web.TCPSite(runner, settings.host, settings.port).start()
    except OSError as error:
        where = f"port {settings.port} on {settings.host}"
        if error.errno == errno.EADDRINUSE:
            raise BackendError(f"{where} is taken: end what listens there, or choose another with --port") from error
        raise BackendError(f"{where} cannot be had: {error.strerror or error}") from error
