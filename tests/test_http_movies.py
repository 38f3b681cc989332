"""Movies over HTTP: what is drawn, how far it is, what is refused, and what is left behind: nothing."""

import asyncio
import io
import tempfile
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import av
import msgspec
import numpy as np
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from msgspec.structs import replace
from numpy.typing import NDArray

from render.animation import Animation, Keyframe, view_at, views
from render.backends.null import NullRenderer
from render.encode import decode
from render.engine import Engine, Priority
from render.errors import DataError
from render.frame import Frame, Timings
from render.intent import Intent, resolve
from render.ladder import Budget
from render.scene import Quality, View
from render.volume.catalogue import Catalogue
from render.volume.volume import Volume
from tests.agreement import waves
from tests.arrays import memory_volume
from tests.serving import SOURCES, open_volume, serve
from tests.test_http_views import open_compute_here
from tiles.drawing.bricks import Bricks
from tiles.movies.routes import Movies
from tiles.movies.shelf import Limits
from tiles.movies.strips import LEAST_PIXELS, MOST_PIXELS, Artist, Stride, strips
from tiles.serving import Serving
from tiles.work import Workers
from voxelcast.middlewares import errors_as_json

RED, BLUE = (0.8, 0.1, 0.1, 1.0), (0.1, 0.2, 0.9, 1.0)


def waving(_source: str, name: str) -> Volume:
    fine = waves(0.0)
    return memory_volume(fine, fine[::2, ::2, ::2].copy(), spacing=(1.7, 0.9, 0.6), name=name)


def looked_at(volume: Volume, **wish: Any) -> View:
    return resolve(Intent(**wish), volume.info, volume.statistics)


def animation(name: str = "two", opener: Callable[[str, str], Volume] = open_volume, **options: Any) -> Animation:
    """A turn of 70 degrees from red to blue; in 0.8 seconds at 10 a second unless said otherwise."""
    volume = opener("", name)
    first = replace(looked_at(volume), background=RED)
    second = replace(looked_at(volume, azimuth=100.0, elevation=-10.0), background=BLUE)
    return Animation((Keyframe(first, 0.0), Keyframe(second, 0.8)), **{"size": (96, 64), "fps": 10} | options)


def body(movie: Animation, **changes: Any) -> bytes:
    return msgspec.json.encode(msgspec.to_builtins(movie) | changes)


async def begin(client: TestClient, movie: Animation) -> str:
    """The path of the movie that was asked for."""
    answer = await client.post("/movies", data=body(movie))
    assert answer.status == 202, await answer.text()
    told = await answer.json()
    assert (told["done"], told["frames"], told["message"]) == (0, movie.frames, "")
    assert answer.headers["Location"] == f"/movies/{told['id']}"
    assert told["url"] == f"/movies/{told['id']}.mp4"
    return answer.headers["Location"]


async def until(client: TestClient, path: str, state: str) -> dict[str, Any]:
    """What is told of a movie when it has come to a state."""
    async with asyncio.timeout(30):
        while (told := await (await client.get(path)).json())["state"] != state:
            assert told["state"] in ("waiting", "drawing"), told
    return told


async def said(answer: Any) -> tuple[int, str]:
    return answer.status, (await answer.json())["error"]


def frames(mp4: bytes) -> tuple[Any, list[NDArray[np.uint8]]]:
    """(rate, size) of a movie, and its pictures."""
    with av.open(io.BytesIO(mp4)) as container:
        stream = container.streams.video[0]
        seen = [frame.to_ndarray(format="rgb24") for frame in container.decode(stream)]
        return (stream.average_rate, (stream.width, stream.height)), seen


def files(folder: Path) -> list[Path]:
    return list(folder.rglob("*.mp4"))


def made(folder: Path) -> bool:
    """Whether a server has its folder there."""
    return any(folder.iterdir())


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a server makes its folder of movies."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_a_movie_is_drawn_fetched_and_removed(folder: Path) -> None:
    movie = animation(size=(97, 64))

    async def scenario(client: TestClient) -> None:
        path = await begin(client, movie)
        told = await until(client, path, "done")
        assert (told["done"], told["frames"]) == (8, 8)
        answer = await client.get(told["url"])
        assert answer.content_type == "video/mp4"
        assert answer.headers["Content-Disposition"].startswith('attachment; filename="two.mp4"')
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        mp4 = await answer.read()
        about, seen = frames(mp4)
        assert about == (10, (96, 64))
        assert len(seen) == 8
        for shown, color in ((seen[0], RED), (seen[-1], BLUE)):
            assert np.abs(shown[:14, :14] / 255 - color[:3]).max() < 0.03
        part = await client.get(told["url"], headers={"Range": "bytes=4-7"})
        assert (part.status, await part.read()) == (206, b"ftyp")
        assert (await client.head(told["url"])).content_length == len(mp4)
        assert len(files(folder)) == 1
        assert (await client.delete(path)).status == 204
        assert (await client.get(told["url"])).status == 404
        assert (await said(await client.delete(path)))[0] == 404

    serve(scenario)
    assert list(folder.iterdir()) == []


def test_its_first_and_last_pictures_are_those_of_its_first_and_last_views() -> None:
    # More pixels than are drawn at once, so that strips meet.
    movie = animation("waves", waving, size=(800, 400), fps=5)
    assert MOST_PIXELS < 800 * 400
    lines = tuple(
        Keyframe(replace(key.view, annotations=replace(key.view.annotations, bounding_box=True)), key.seconds)
        for key in movie.keyframes
    )
    movie = replace(movie, keyframes=lines)

    async def scenario(client: TestClient) -> None:
        told = await until(client, await begin(client, movie), "done")
        _, seen = frames(await (await client.get(told["url"])).read())
        for shown, seconds in ((seen[0], 0.0), (seen[-1], 0.8)):
            asked = msgspec.json.encode(view_at(movie, seconds))
            answer = await client.post("/volumes/waves/render.png?samples=1", data=asked)
            still = decode(await answer.read())[..., :3].astype(int)
            assert np.ptp(still) > 100
            assert np.abs(shown - still).mean() < 2

    serve(scenario, open_renderer=open_compute_here, opener=waving, sources={"waves": ""})


class Gate(NullRenderer):
    """Draws a picture for each that is let through, and remembers the sizes of what it drew."""

    def __init__(self) -> None:
        self.drawn: list[tuple[int, int]] = []
        self.begun = threading.Semaphore(0)
        self.passes = threading.Semaphore(0)

    def render(self, volume: Volume, view: View, quality: Quality) -> Frame:
        self.begun.release()
        self.passes.acquire()
        self.drawn.append(view.size)
        return super().render(volume, view, quality)

    def open(self) -> None:
        for _ in range(10_000):
            self.passes.release()


def gated(scenario: Callable[[TestClient, Gate], Awaitable[None]]) -> None:
    gate = Gate()

    async def opened_at_last(client: TestClient) -> None:
        try:
            await scenario(client, gate)
        finally:
            gate.open()

    serve(opened_at_last, open_renderer=lambda: gate)


def test_one_is_drawn_at_a_time_and_so_many_wait(folder: Path) -> None:
    async def scenario(client: TestClient, gate: Gate) -> None:
        paths = [await begin(client, animation()) for _ in range(8)]
        first = await until(client, paths[0], "drawing")
        assert first["done"] == 0
        assert (await (await client.get(paths[1])).json())["state"] == "waiting"
        answer = await client.post("/movies", data=body(animation()))
        assert answer.headers["Retry-After"]
        assert await said(answer) == (
            503,
            "8 movies are being drawn or wait for it, and no more than 8 are taken: try again when one is done",
        )
        assert "voxelcast_movies_unfinished 8.0" in await (await client.get("/metrics")).text()
        status, message = await said(await client.get(first["url"]))
        assert (status, message.endswith("0 of 8 frames are drawn")) == (404, True)
        # Whoever waits goes on when another is given up, whether that was being drawn or not.
        for path in (paths[0], paths[2]):
            assert (await client.delete(path)).status == 204
            assert (await client.get(path)).status == 404
        await until(client, paths[1], "drawing")
        gate.open()
        for path in (paths[1], *paths[3:]):
            await until(client, path, "done")
        assert len(files(folder)) == 6

    gated(scenario)
    assert list(folder.iterdir()) == []


def test_who_looks_at_a_picture_goes_first() -> None:
    async def scenario(client: TestClient, gate: Gate) -> None:
        path = await begin(client, animation())
        await asyncio.to_thread(gate.begun.acquire)
        picture = asyncio.ensure_future(client.get("/volumes/two/render.png?size=20x10"))
        while "voxelcast_pictures_waiting 2.0" not in await (await client.get("/metrics")).text():
            pass
        gate.open()
        assert (await picture).status == 200
        await until(client, path, "done")
        assert gate.drawn.index((20, 10)) <= 1

    gated(scenario)


def test_the_end_of_the_server_is_the_end_of_its_movies(folder: Path) -> None:
    async def scenario(client: TestClient, gate: Gate) -> None:
        for _ in range(2):
            await begin(client, animation())
        await asyncio.to_thread(gate.begun.acquire)
        assert made(folder)

    gated(scenario)
    assert list(folder.iterdir()) == []


class Careful(NullRenderer):
    """Fails where the picture is rather blue."""

    def render(self, volume: Volume, view: View, quality: Quality) -> Frame:
        if view.background[2] > 0.6:
            raise DataError("chunk 0/0/1 is 7 bytes and should be 64")
        return super().render(volume, view, quality)


def test_a_picture_that_fails_fails_the_movie_with_its_words(folder: Path) -> None:
    async def scenario(client: TestClient) -> None:
        told = await until(client, await begin(client, animation()), "failed")
        assert told["message"] == "chunk 0/0/1 is 7 bytes and should be 64"
        assert 0 < told["done"] < 8
        assert await said(await client.get(told["url"])) == (404, told["message"])
        assert (await client.delete(f"/movies/{told['id']}")).status == 204
        # The one thread that writes files has taken this one away before it wrote the next.
        await until(client, await begin(client, animation()), "failed")
        assert len(files(folder)) <= 1

    serve(scenario, open_renderer=Careful)


@pytest.mark.parametrize(
    ("path", "data", "status", "message"),
    [
        pytest.param("", b"{", 400, "animation: Input data was truncated", id="no JSON"),
        pytest.param("", body(animation(), speed=2), 400, "unknown field `speed`", id="an unknown key"),
        pytest.param("", body(animation(), easing="wild"), 400, "'wild' - at `$.easing`", id="a wrong word"),
        pytest.param("", body(animation(), fps=999), 400, "fps 999: must be 1 to 60", id="too fast"),
        pytest.param("", body(animation("of people #1")), 404, "no volume", id="a volume that is not served"),
        pytest.param(
            "",
            body(
                replace(
                    animation(),
                    keyframes=tuple(replace(one, view=replace(one.view, time=3)) for one in animation().keyframes),
                )
            ),
            404,
            "no time 3",
            id="a time that is not there",
        ),
        pytest.param("/views", body(animation()), 400, "count", id="views without a count"),
        pytest.param("/views?count=1", body(animation()), 400, "count 1: must be 2 to 600", id="one view"),
        pytest.param("/views?n=3", body(animation()), 400, "unknown parameter 'n'", id="an unknown parameter"),
        pytest.param("/views?count=9", b"[]", 400, "animation: Expected `object`", id="views of nothing"),
    ],
)
def test_what_makes_no_movie_is_refused(path: str, data: bytes, status: int, message: str) -> None:
    async def scenario(client: TestClient) -> None:
        told = await said(await client.post(f"/movies{path}", data=data))
        assert told[0] == status
        assert message in told[1]
        assert (await said(await client.get("/movies/nothing")))[0] == 404
        assert (await said(await client.get("/movies/nothing.mp4")))[0] == 404

    serve(scenario, sources={"two": ""})


def test_the_views_of_a_movie_are_told_in_equal_steps() -> None:
    movie = animation(size=(64, 48))

    async def scenario(client: TestClient) -> None:
        answer = await client.post("/movies/views?count=5", data=body(movie))
        told = await answer.json()
        assert told["seconds"] == 0.8
        assert msgspec.convert(told["views"], list[View]) == views(movie, 5)

    serve(scenario)


def test_views_that_would_be_too_much_to_send_are_refused() -> None:
    stops = tuple((i / 999, 0.5, 0.5, 0.5) for i in range(1000))
    movie = animation()
    long = replace(
        movie,
        keyframes=tuple(
            replace(
                key,
                view=replace(
                    key.view,
                    channels=tuple(
                        replace(one, transfer=replace(one.transfer, colormap=stops)) for one in key.view.channels
                    ),
                ),
            )
            for key in movie.keyframes
        ),
    )

    async def scenario(client: TestClient) -> None:
        status, message = await said(await client.post("/movies/views?count=600", data=body(long)))
        assert status == 400
        assert "views of" in message

    serve(scenario)


def small_server(limits: Limits, scenario: Callable[[TestClient, list[float]], Awaitable[None]]) -> None:
    """`scenario` on a server of movies only, with limits of its own and a clock to drive, [seconds]."""
    clock = [0.0]

    async def run() -> None:
        with Engine(NullRenderer) as engine, ThreadPoolExecutor(2) as pool:
            catalogue = Catalogue(SOURCES, open_volume)
            serving = Serving(catalogue, Bricks(2**20), Workers(pool, 2), lambda _: None)
            movies = Movies(serving, engine, Budget(2**30), limits, lambda: clock[0])
            app = web.Application(middlewares=[errors_as_json])
            app.add_routes(movies.routes())
            app.cleanup_ctx.append(movies.lifetime)
            async with TestClient(TestServer(app)) as client:
                await scenario(client, clock)

    asyncio.run(run())


def test_a_movie_is_kept_for_ten_minutes(folder: Path) -> None:
    async def scenario(client: TestClient, clock: list[float]) -> None:
        told = await until(client, await begin(client, animation()), "done")
        clock[0] += 599.0
        assert (await client.get(told["url"])).status == 200
        clock[0] += 1.0
        assert (await client.get(told["url"])).status == 404

    small_server(Limits(), scenario)
    assert list(folder.iterdir()) == []


def test_older_files_make_room_for_newer_ones(folder: Path) -> None:
    async def scenario(client: TestClient, clock: list[float]) -> None:
        for _ in range(3):
            await until(client, await begin(client, animation()), "done")
            clock[0] += 1.0
        # The one thread that writes files has taken the first away before it wrote the third.
        assert len(files(folder)) <= 2

    small_server(Limits(nbytes=1), scenario)


def test_a_movie_of_too_many_bytes_is_given_up(folder: Path) -> None:
    async def scenario(client: TestClient, _: list[float]) -> None:
        told = await until(client, await begin(client, animation(fps=60, size=(512, 512))), "failed")
        assert "frames take more than the" in told["message"]

    small_server(Limits(nbytes_each=10), scenario)


def test_a_full_queue_is_waited_for() -> None:
    volume, gate = open_volume("", "two"), Gate()
    view = replace(looked_at(volume), size=(32, 16))

    async def scenario(engine: Engine) -> None:
        other = asyncio.wrap_future(engine.submit(volume, looked_at(volume), Quality(1), Priority.STILL))
        picture = asyncio.ensure_future(anext(Artist(engine, volume, Quality(1), breath=0.0).pictures([view])))
        await asyncio.to_thread(gate.begun.acquire)
        assert not picture.done()
        gate.open()
        assert (await picture).shape == (16, 32, 4)
        assert (await other).view == looked_at(volume)

    with Engine(lambda: gate, queue=1) as engine:
        asyncio.run(scenario(engine))


def test_strips_are_the_picture_from_its_top_down() -> None:
    view = replace(looked_at(open_volume("", "two")), size=(1001, 700))
    view = replace(view, camera=replace(view.camera, region=(0.25, 0.5, 0.75, 1.0)))
    cut = strips(view, 2**18)
    assert [one.size for one in cut] == [(1001, 233), (1001, 233), (1001, 234)]
    edges = [0.5, 0.5 + 0.5 * 233 / 700, 0.5 + 0.5 * 466 / 700, 1.0]
    for one, upper, lower in zip(cut, edges[:-1], edges[1:], strict=True):
        assert one.camera.region == pytest.approx((0.25, upper, 0.75, lower))
    assert strips(replace(view, size=(512, 512)), 2**18) == [replace(view, size=(512, 512))]


def test_strips_are_as_large_as_a_device_draws_in_a_moment() -> None:
    stride, picture = Stride(), np.zeros((500, 1000, 4), np.uint8)
    view = looked_at(open_volume("", "two"))

    def drawn(seconds: float) -> list[Frame]:
        return [Frame(picture, view, Quality(), "null", Timings(9.0, seconds / 2))] * 2

    assert stride.pixels == LEAST_PIXELS
    for seconds, pixels in ((0.5, 160_000), (1.0, 80_000), (60.0, LEAST_PIXELS), (0.0, MOST_PIXELS)):
        stride.learn(drawn(seconds))
        assert stride.pixels == pytest.approx(pixels, rel=1e-3)
