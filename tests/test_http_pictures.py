"""Lists, descriptions and stateless pictures over HTTP, with the null renderer."""

import asyncio
from io import BytesIO
from threading import Event

import msgspec
import pytest
from aiohttp.test_utils import TestClient
from msgspec.structs import replace

from render.backends.null import NullRenderer
from render.encode import decode
from render.errors import BackendError
from render.frame import Frame
from render.scene import MIP, Labels, Quality, View, decode_view, encode_view
from render.volume.volume import Volume
from tests.serving import SOURCES, serve


async def default_view(client: TestClient, name: str = "two") -> View:
    described = await (await client.get(f"/volumes/{name}")).json()
    return decode_view(msgspec.json.encode(described["view"]))


def test_volumes_are_listed_by_name() -> None:
    async def scenario(client: TestClient) -> None:
        assert await (await client.get("/volumes")).json() == {"volumes": list(SOURCES)}

    serve(scenario)


def test_a_description_has_metadata_statistics_and_a_view() -> None:
    async def scenario(client: TestClient) -> None:
        described = await (await client.get("/volumes/two")).json()
        assert [level["shape"] for level in described["info"]["levels"]] == [[3, 300, 600], [3, 150, 300]]
        assert [sum(one["counts"]) for one in described["statistics"]] == [3 * 150 * 300] * 2
        assert described["view"]["volume"] == "two"

    serve(scenario)


def test_a_description_has_the_view_that_the_query_means() -> None:
    async def scenario(client: TestClient) -> None:
        described = await (await client.get("/volumes/two?mode=mip&size=80x60&channel=1:red:5-9")).json()
        view = decode_view(msgspec.json.encode(described["view"]))
        assert (view.mode, view.size) == (MIP(), (80, 60))
        (channel,) = view.visible_channels
        assert (channel.index, channel.transfer.window, channel.transfer.colormap) == (1, (5.0, 9.0), "red")

    serve(scenario)


@pytest.mark.parametrize(
    ("ending", "media_type"), [("png", "image/png"), ("jpg", "image/jpeg"), ("webp", "image/webp")]
)
def test_a_query_gives_a_picture_and_how_it_came_about(ending: str, media_type: str) -> None:
    async def scenario(client: TestClient) -> None:
        answer = await client.get(f"/volumes/two/render.{ending}?size=80x60")
        assert (answer.status, answer.content_type) == (200, media_type)
        assert decode(await answer.read()).shape == (60, 80, 4)
        assert answer.headers["Voxelcast-Renderer"] == "null"
        assert msgspec.json.decode(answer.headers["Voxelcast-Quality"], type=Quality).level == 1
        assert [part.split(";")[0] for part in answer.headers["Server-Timing"].split(", ")] == [
            "load",
            "render",
            "encode",
        ]

    serve(scenario)


def test_a_view_in_the_body_gives_its_picture() -> None:
    async def scenario(client: TestClient) -> None:
        view = replace(await default_view(client), size=(48, 32), background=(1.0, 0.0, 0.0, 1.0))
        answer = await client.post("/volumes/two/render.png", data=encode_view(view))
        pixels = decode(await answer.read())
        assert pixels.shape == (32, 48, 4)
        assert pixels[0, 0].tolist() == [255, 0, 0, 255]

    serve(scenario)


@pytest.mark.parametrize("path", ["plate/A/1/0", "plate%2FA%2F1%2F0", "of%20people%20%231"])
def test_names_may_hold_slashes_and_what_urls_escape(path: str) -> None:
    async def scenario(client: TestClient) -> None:
        for url in (f"/volumes/{path}", f"/volumes/{path}/render.png?size=8x8", f"/tiles/{path}/0/0/0.png"):
            assert (await client.get(url)).status == 200

    serve(scenario)


@pytest.mark.parametrize(
    ("url", "status", "code", "message"),
    [
        pytest.param("/volumes/one", 404, "not_found", "no volume 'one'; there are: two,", id="an unknown volume"),
        pytest.param("/volumes/lost", 502, "data_error", "lost: no multiscales", id="a volume that does not open"),
        pytest.param(
            "/volumes/broken/render.png", 502, "data_error", "chunk 0/0/0 is 7 bytes", id="a volume that is broken"
        ),
        pytest.param("/volumes/two/render.png?size=0x9", 400, "bad_request", "size 0 x 9", id="a size of nothing"),
        pytest.param(
            "/volumes/two/render.png?size=100000x9", 400, "bad_request", "size 100000 x 9", id="a size of no picture"
        ),
        pytest.param(
            "/volumes/two/render.png?size=4097x9", 400, "bad_request", "at most 4096 x 4096", id="a size for no server"
        ),
        pytest.param(
            "/volumes/two/render.png?mode=x", 400, "bad_request", "one of auto, dvr, mip", id="an unknown mode"
        ),
        pytest.param("/volumes/two/render.png?time=9", 404, "not_found", "no time 9", id="a time that is not there"),
        pytest.param(
            "/volumes/two/render.png?channel=2", 404, "not_found", "no channel 2", id="a channel that is not there"
        ),
        pytest.param(
            "/volumes/two/render.png?channel=0::nan-5", 400, "bad_request", "nan-5", id="a window of no numbers"
        ),
        pytest.param("/volumes/two?x=1", 400, "bad_request", "unknown parameter 'x'", id="an unknown parameter"),
        pytest.param("/volumes/two/render.gif", 400, "bad_request", "use one of png, jpg", id="an unknown format"),
    ],
)
def test_what_cannot_be_answered_says_why(url: str, status: int, code: str, message: str) -> None:
    async def scenario(client: TestClient) -> None:
        answer = await client.get(url)
        told = await answer.json()
        assert (answer.status, told["code"]) == (status, code)
        assert message in told["error"]
        assert "\n" not in told["error"]
        assert (await client.get("/volumes/two/render.png?size=8x8")).status == 200

    serve(scenario)


def test_a_view_that_makes_no_sense_is_refused_with_the_place() -> None:
    async def scenario(client: TestClient) -> None:
        view = await default_view(client)
        for body, status, message in [
            (b"{", 400, "view: "),
            (b'{"volume": 3}', 400, "$.volume"),
            (encode_view(view).replace(b'"dvr"', b'"fancy"'), 400, "fancy"),
            (encode_view(replace(view, volume="lost")), 400, "'lost', the request of 'two'"),
            (encode_view(replace(view, time=3)), 404, "no time 3"),
            (encode_view(replace(view, channels=(replace(view.channels[0], index=7),))), 404, "no channel 7"),
            (encode_view(replace(view, labels=(Labels("cells", 1.0),))), 404, "no labels 'cells'; there are: none"),
            (b" " * (2**20 + 1), 413, ""),
        ]:
            answer = await client.post("/volumes/two/render.png", data=BytesIO(body))
            assert answer.status == status
            assert message in (await answer.json())["error"]

    serve(scenario)


def test_an_unchanged_picture_is_not_sent_again() -> None:
    async def scenario(client: TestClient) -> None:
        for url in ("/volumes/two/render.jpg?size=8x8", "/tiles/two/0/0/0.jpg"):
            first = await client.get(url)
            tag = first.headers["ETag"]
            for held in (tag, f'"other", W/{tag}', "*"):
                again = await client.get(url, headers={"If-None-Match": held})
                assert (again.status, again.headers["ETag"], await again.read()) == (304, tag, b"")
            assert (await client.get(url, headers={"If-None-Match": '"other"'})).status == 200

    serve(scenario)


def test_different_pictures_have_different_tags() -> None:
    async def scenario(client: TestClient) -> None:
        urls = [
            "/volumes/two/render.jpg?size=8x8",
            "/volumes/two/render.png?size=8x8",
            "/volumes/two/render.jpg?size=8x9",
            "/volumes/plate/A/1/0/render.jpg?size=8x8",
            "/tiles/two/0/0/0.jpg",
            "/tiles/two/1/0/0.jpg",
            "/tiles/two/0/0/0.jpg?channel=1",
        ]
        tags = [(await client.get(url)).headers["ETag"] for url in urls]
        assert len(set(tags)) == len(urls)

    serve(scenario)


def test_head_tells_the_length_without_the_picture() -> None:
    async def scenario(client: TestClient) -> None:
        for url in ("/volumes/two/render.png?size=8x8", "/tiles/two/0/0/0.png"):
            whole, head = await client.get(url), await client.head(url)
            assert await head.read() == b""
            for header in ("Content-Length", "Content-Type", "ETag"):
                assert head.headers[header] == whole.headers[header]

    serve(scenario)


class Held(NullRenderer):
    """Draws nothing until it is let go, and remembers the sizes that it drew."""

    def __init__(self) -> None:
        self.begun, self.free = Event(), Event()
        self.drawn: list[tuple[int, int]] = []

    def render(self, volume: Volume, view: View, quality: Quality) -> Frame:
        self.drawn.append(view.size)
        self.begun.set()
        assert self.free.wait(10)
        return super().render(volume, view, quality)


async def until_metric(client: TestClient, line: str) -> None:
    """Asks until /metrics has a line that begins so."""
    async with asyncio.timeout(10):
        while not any(one.startswith(line) for one in (await (await client.get("/metrics")).text()).splitlines()):
            pass


def test_a_client_that_hangs_up_takes_back_its_picture() -> None:
    renderer = Held()

    async def scenario(client: TestClient) -> None:
        first = asyncio.create_task(client.get("/volumes/two/render.png?size=8x8"))
        await asyncio.to_thread(renderer.begun.wait, 10)
        second = asyncio.create_task(client.get("/volumes/two/render.png?size=9x9"))
        await until_metric(client, "voxelcast_pictures_waiting 2.0")
        second.cancel()
        route = "/volumes/{name}/render.{ending}"
        await until_metric(client, f'voxelcast_requests_total{{route="{route}",status="499"}}')
        renderer.free.set()
        assert (await first).status == 200
        assert (await client.get("/volumes/two/render.png?size=7x7")).status == 200
        assert renderer.drawn == [(8, 8), (7, 7)]

    serve(scenario, open_renderer=lambda: renderer)


class Failing(NullRenderer):
    def __init__(self, error: Exception) -> None:
        self.error = error

    def render(self, volume: Volume, view: View, quality: Quality) -> Frame:
        raise self.error


def test_a_renderer_that_fails_is_a_503_that_may_be_tried_again() -> None:
    async def scenario(client: TestClient) -> None:
        answer = await client.get("/volumes/two/render.png")
        assert (answer.status, answer.headers["Retry-After"]) == (503, "1")
        assert (await answer.json())["code"] == "backend_error"

    serve(scenario, open_renderer=lambda: Failing(BackendError("the device is gone")))


def test_a_fault_of_ours_is_logged_and_shows_no_details(caplog: pytest.LogCaptureFixture) -> None:
    async def scenario(client: TestClient) -> None:
        answer = await client.get("/volumes/two/render.png")
        assert answer.status == 500
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert await answer.json() == {"error": "the server failed; its log says why", "code": "internal_error"}
        assert (await client.get("/volumes")).status == 200

    serve(scenario, open_renderer=lambda: Failing(ZeroDivisionError("at /secret/path")))
    assert "at /secret/path" in caplog.text
