"""Colour maps over HTTP: what a picker is given, and that a View takes every name of it."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from render.colormap import color_stops
from render.scene import TransferFunction
from viewer_bridge.colormaps import CHOICE, colormap_routes
from voxelcast.middlewares import errors_as_json


def serve(scenario: Callable[[TestClient], Awaitable[None]]) -> None:
    async def run() -> None:
        app = web.Application(middlewares=[errors_as_json])
        app.add_routes(colormap_routes())
        async with TestClient(TestServer(app)) as client:
            await scenario(client)

    asyncio.run(run())


def test_the_choice_has_each_map_once_with_its_ends_and_middle() -> None:
    async def scenario(client: TestClient) -> None:
        answer = await client.get("/colormaps")
        assert answer.content_type == "application/json"
        maps = [one for group in (await answer.json())["groups"] for one in group["maps"]]
        colors = {one["name"]: one["colors"] for one in maps}
        assert len(colors) == len(maps) > 30
        assert colors["#ff8000"] == ["#000000", "#ff8000"]
        assert colors["black-red-white"] == ["#000000", "#ff0000", "#ffffff"]
        assert (len(colors["viridis"]), colors["viridis"][0], colors["viridis"][-1]) == (17, "#440154", "#fde725")
        assert colors["bwr"][8] in ("#fefefe", "#ffffff")

    serve(scenario)


@pytest.mark.parametrize("name", [name for maps in CHOICE.values() for name in maps])
def test_a_view_takes_what_is_offered(name: str, caplog: pytest.LogCaptureFixture) -> None:
    TransferFunction(window=(0.0, 1.0), unit_distance=1.0, colormap=name)
    color_stops.cache_clear()
    color_stops(name)
    # cmap warns of names that several of its catalogues have.
    assert caplog.records == []


@pytest.mark.parametrize(
    ("path", "colors"),
    [
        ("teal", ["#000000", "#008080"]),
        ("%23102030", ["#000000", "#102030"]),
        ("red-white-blue", ["#ff0000", "#ffffff", "#0000ff"]),
    ],
)
def test_a_ramp_is_its_own_colours(path: str, colors: list[str]) -> None:
    async def scenario(client: TestClient) -> None:
        assert (await (await client.get(f"/colormaps/{path}")).json())["colors"] == colors

    serve(scenario)


def test_any_map_is_given_finely_and_no_other_name() -> None:
    async def scenario(client: TestClient) -> None:
        found = await (await client.get("/colormaps/tokyo")).json()
        assert (found["name"], len(found["colors"])) == ("tokyo", 65)
        refused = await client.get("/colormaps/absent")
        assert refused.status == 404
        assert "'absent' is neither a colour nor a colour map" in (await refused.json())["error"]

    serve(scenario)


@pytest.mark.parametrize("path", ["/colormaps", "/colormaps/viridis"])
def test_what_a_browser_holds_is_not_sent_again(path: str) -> None:
    async def scenario(client: TestClient) -> None:
        answer = await client.get(path)
        assert "max-age" in answer.headers["Cache-Control"]
        again = await client.get(path, headers={"If-None-Match": answer.headers["ETag"]})
        assert (again.status, await again.read(), again.headers["ETag"]) == (304, b"", answer.headers["ETag"])
        other = await client.get(path, headers={"If-None-Match": '"other"'})
        assert (other.status, await other.read()) == (200, await answer.read())

    serve(scenario)
