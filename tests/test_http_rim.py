"""What holds for every request: CORS, the token, health, metrics, one form of error."""

import asyncio
import os
import threading

import pytest
from aiohttp import ServerDisconnectedError, WSServerHandshakeError, web
from aiohttp.test_utils import TestClient, TestServer
from prometheus_client.parser import text_string_to_metric_families

from render.volume.volume import Volume
from tests.serving import open_volume, serve
from voxelcast.middlewares import errors_as_json
from voxelcast.settings import Settings

LOCKED = Settings(token="open sesame")


@pytest.mark.parametrize(
    "url",
    ["/", "/volumes", "/volumes/none", "/nowhere", "/tiles/two/0/0/0.png", "/tiles/broken/0/0/0.png", "/healthz"],
)
def test_pages_of_any_origin_may_read_every_answer(url: str) -> None:
    async def scenario(client: TestClient) -> None:
        answer = await client.get(url, headers={"Origin": "https://elsewhere.example"})
        assert answer.headers["Access-Control-Allow-Origin"] == "*"

    serve(scenario)


def test_browsers_may_ask_before_they_post() -> None:
    async def scenario(client: TestClient) -> None:
        asked = {"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "POST"}
        answer = await client.options("/volumes/two/render.png", headers=asked)
        assert answer.status == 204
        assert "POST" in answer.headers["Access-Control-Allow-Methods"]
        assert "Authorization" in answer.headers["Access-Control-Allow-Headers"]

    serve(scenario, LOCKED)


def test_a_wrong_method_is_told_which_are_right() -> None:
    async def scenario(client: TestClient) -> None:
        answer = await client.delete("/volumes")
        assert (answer.status, answer.headers["Allow"]) == (405, "GET,HEAD")
        assert (await answer.json())["code"] == "method_not_allowed"

    serve(scenario)


def test_health_names_the_renderer() -> None:
    async def scenario(client: TestClient) -> None:
        assert await (await client.get("/healthz")).json() == {"status": "ok", "renderer": "null", "volumes": 5}

    serve(scenario)


def test_metrics_count_what_was_asked_and_sent() -> None:
    async def scenario(client: TestClient) -> None:
        picture = await (await client.get("/volumes/two/render.png?size=8x8")).read()
        tile = await (await client.get("/tiles/two/0/0/0.png")).read()
        await client.get("/tiles/two/9/0/0.png")
        text = await (await client.get("/metrics")).text()
        samples = {
            (sample.name, tuple(sample.labels.values())): sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
        }
        tiles = "/tiles/{name}/{zoom}/{x}/{y}{double}.{ending}"
        assert samples["voxelcast_requests_total", (tiles, "200")] == 1
        assert samples["voxelcast_requests_total", (tiles, "404")] == 1
        assert samples["voxelcast_picture_bytes_sent_total", ("picture",)] == len(picture)
        assert samples["voxelcast_picture_bytes_sent_total", ("tile",)] == len(tile)
        assert samples["voxelcast_render_seconds_count", ()] == 1
        assert samples["voxelcast_tile_seconds_count", ()] == 1
        assert samples["voxelcast_tile_cache_bytes", ()] == 2 * 3 * 150 * 300 * 2
        assert samples["voxelcast_pictures_waiting", ()] == 0

    serve(scenario)


def test_without_the_token_nothing_but_health_is_told() -> None:
    async def scenario(client: TestClient) -> None:
        for url in ("/", "/volumes", "/nowhere", "/tiles/two/0/0/0.png", "/metrics", "/volumes?token=wrong"):
            answer = await client.get(url, allow_redirects=False)
            assert (answer.status, (await answer.json())["code"]) == (401, "unauthorized")
        with pytest.raises(WSServerHandshakeError, match="401"):
            await client.ws_connect("/stream")
        assert (await client.get("/healthz")).status == 200

    serve(scenario, LOCKED)


def test_the_token_opens_by_header_and_by_url() -> None:
    async def scenario(client: TestClient) -> None:
        assert (await client.get("/volumes", headers={"Authorization": "Bearer open sesame"})).status == 200
        assert (await client.get("/tiles/two/0/0/0.png?plane=y&token=open%20sesame")).status == 200
        async with client.ws_connect("/stream?token=open%20sesame") as socket:
            await socket.send_str('{"type": "open", "volume": "two", "size": [8, 8], "input": 1}')
            assert (await socket.receive_json())["type"] == "opened"

    serve(scenario, LOCKED)


def test_a_page_opened_with_the_token_keeps_it_out_of_its_url() -> None:
    async def scenario(client: TestClient) -> None:
        first = await client.get("/?token=open%20sesame", allow_redirects=False)
        assert (first.status, first.headers["Location"]) == (303, "/")
        assert (await client.get("/")).status == 200
        assert (await client.get("/volumes")).status == 200
        async with client.ws_connect("/stream"):
            pass

    serve(scenario, LOCKED)


@pytest.mark.parametrize("header", [b"Authorization: Bearer \xff", b"Cookie: voxelcast_token=\xff"])
def test_a_token_that_is_no_text_is_a_wrong_token(header: bytes) -> None:
    async def scenario(client: TestClient) -> None:
        reader, writer = await asyncio.open_connection(client.server.host, client.server.port)
        writer.write(b"GET /volumes HTTP/1.1\r\nHost: here\r\nConnection: close\r\n" + header + b"\r\n\r\n")
        assert (await reader.read()).startswith(b"HTTP/1.1 401 ")
        writer.close()

    serve(scenario, LOCKED)


def test_stores_that_do_not_answer_take_the_page_from_nobody() -> None:
    answering = threading.Event()

    def open_when_it_answers(source: str, name: str) -> Volume:
        assert answering.wait(20)
        return open_volume(source, name)

    async def scenario(client: TestClient) -> None:
        # More than the event loop has threads of its own, which read the page's files.
        streams = [await client.ws_connect("/stream") for _ in range((os.cpu_count() or 1) + 6)]
        for stream in streams:
            await stream.send_str('{"type": "open", "volume": "two", "size": [16, 16]}')
        async with asyncio.timeout(10):
            assert (await client.get("/")).status == 200
        answering.set()

    serve(scenario, opener=open_when_it_answers)


def test_who_hangs_up_before_an_answer_is_no_fault_for_the_log(caplog: pytest.LogCaptureFixture) -> None:
    async def vanished(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.abort()
        response = web.StreamResponse()
        await response.prepare(request)
        return response

    async def scenario() -> None:
        app = web.Application(middlewares=[errors_as_json])
        app.add_routes([web.get("/", vanished)])
        async with TestClient(TestServer(app)) as client:
            with pytest.raises(ServerDisconnectedError):
                await client.get("/")

    asyncio.run(scenario())
    assert not caplog.records
