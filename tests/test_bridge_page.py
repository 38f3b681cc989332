"""The page as files over HTTP: what a browser is given, without a browser."""

import asyncio
import re
from collections.abc import Awaitable, Callable

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from viewer_bridge.page import WEB, page_routes


def serve(scenario: Callable[[TestClient], Awaitable[None]]) -> None:
    async def run() -> None:
        app = web.Application()
        app.add_routes(page_routes())
        async with TestClient(TestServer(app)) as client:
            await scenario(client)

    asyncio.run(run())


def test_the_page_and_everything_that_it_names_is_there() -> None:
    async def scenario(client: TestClient) -> None:
        answer = await client.get("/")
        assert answer.content_type == "text/html"
        waiting, seen = set(re.findall(r'(?:src|href)="(web/[^"]+)"', await answer.text())), set()
        while waiting:
            path = waiting.pop()
            seen.add(path)
            answer = await client.get(f"/{path}")
            assert answer.status == 200, path
            imports = re.findall(r'(?:from |import\()"\./([^"]+)"', await answer.text())
            waiting |= {f"web/{name}" for name in imports} - seen
        assert {path.removeprefix("web/") for path in seen} == {path.name for path in WEB.iterdir()} - {"index.html"}

    serve(scenario)


def test_a_page_may_load_nothing_from_elsewhere_and_is_asked_for_again() -> None:
    async def scenario(client: TestClient) -> None:
        answer = await client.get("/web/main.js")
        assert answer.headers["Content-Encoding"] == "deflate"
        assert answer.headers["Vary"] == "Accept-Encoding"
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'self'")
        assert answer.headers["Cache-Control"] == "no-cache"
        again = await client.get("/web/main.js", headers={"If-None-Match": answer.headers["ETag"]})
        assert again.status == 304
        assert await again.read() == b""
        changed = await client.get("/web/main.js", headers={"If-None-Match": '"another"'})
        assert await changed.text() == await answer.text()

    serve(scenario)


@pytest.mark.parametrize("path", ["/web/", "/web/absent.js", "/web/%2e%2e/page.py", "/web/..%2fpage.py"])
def test_nothing_else_is_given_out(path: str) -> None:
    async def scenario(client: TestClient) -> None:
        assert (await client.get(path)).status == 404

    serve(scenario)
