"""Tiles over HTTP: the pixels, the grid, what is refused."""

import asyncio
import math
from threading import Event

import numpy as np
import pytest
from aiohttp.test_utils import TestClient
from numpy.testing import assert_array_equal

from render.encode import decode
from render.volume.volume import Volume
from tests.serving import VOXELS, open_volume, serve
from tiles.work import MAX_WAITING
from voxelcast.settings import Settings

GRAY = "plane=z:1&channels=0:white:0-65535"


def test_tiles_stitch_to_the_plane_of_voxels() -> None:
    async def scenario(client: TestClient) -> None:
        rows = []
        for y in range(2):
            answers = [await client.get(f"/tiles/two/2/{x}/{y}.png?{GRAY}") for x in range(3)]
            rows.append([decode(await answer.read()) for answer in answers])
        stitched = np.vstack([np.hstack(row) for row in rows])
        assert stitched.shape == (512, 768, 4)
        assert_array_equal(stitched[:300, :600, 3], 255)
        expected = np.rint(VOXELS[0, 1] / 65535 * 255)
        assert np.abs(stitched[:300, :600, 0] - expected).max() <= 1
        assert_array_equal(stitched[300:], 0)
        assert_array_equal(stitched[:, 600:], 0)

    serve(scenario)


def test_zoom_0_holds_the_whole_plane() -> None:
    async def scenario(client: TestClient) -> None:
        tile = decode(await (await client.get("/tiles/two/0/0/0.png")).read())
        rows, columns = np.nonzero(tile[..., 3])
        assert (rows.max() + 1, columns.max() + 1) == (75, 150)

    serve(scenario)


def test_a_tile_twice_as_fine_shows_what_its_four_neighbours_below_show() -> None:
    async def scenario(client: TestClient) -> None:
        double = decode(await (await client.get(f"/tiles/two/1/0/0@2x.png?{GRAY}")).read())
        assert double.shape == (512, 512, 4)
        for x, y in ((0, 0), (1, 0), (0, 1), (1, 1)):
            below = decode(await (await client.get(f"/tiles/two/2/{x}/{y}.png?{GRAY}")).read())
            assert_array_equal(double[256 * y : 256 * (y + 1), 256 * x : 256 * (x + 1)], below)
        # As fine as the finest tile can be: it is enlarged.
        assert decode(await (await client.get(f"/tiles/two/2/0/0@2x.png?{GRAY}")).read()).shape == (512, 512, 4)

    serve(scenario)


def test_tiles_of_512_have_a_zoom_less() -> None:
    async def scenario(client: TestClient) -> None:
        large = decode(await (await client.get(f"/tiles/two/1/0/0.png?tile=512&{GRAY}")).read())
        double = decode(await (await client.get(f"/tiles/two/1/0/0@2x.png?{GRAY}")).read())
        assert_array_equal(large, double)
        assert (await client.get(f"/tiles/two/2/0/0.png?tile=512&{GRAY}")).status == 404

    serve(scenario)


def test_tilejson_leads_to_the_tiles() -> None:
    async def scenario(client: TestClient) -> None:
        answer = await client.get("/tiles/plate/A/1/0/tilejson.json?plane=y&format=webp&quality=70&tile=512")
        assert answer.content_type == "application/json"
        document = await answer.json()
        assert (document["tilejson"], document["scheme"], document["tilesize"]) == ("3.0.0", "xyz", 512)
        # y planes are 600 x 3 pixels of 1 micrometre.
        assert (document["minzoom"], document["maxzoom"]) == (0, 1)
        assert (document["width"], document["height"], document["pixel"]) == (600, 3, 1)
        (template,) = document["tiles"]
        place = str(client.make_url("/tiles/plate/A/1/0/"))
        assert template == place + "{z}/{x}/{y}.webp?plane=y&quality=70&tile=512"
        for zoom, x, status in ((0, 0, 200), (1, 1, 200), (1, 2, 404), (2, 0, 404)):
            url = template.replace("{z}", str(zoom)).replace("{x}", str(x)).replace("{y}", "0")
            assert (await client.session.get(url)).status == status

    serve(scenario)


def test_tilejson_that_was_asked_for_with_a_token_has_it_in_its_tiles() -> None:
    async def scenario(client: TestClient) -> None:
        document = await (await client.get("/tiles/two/tilejson.json?token=open%20sesame&plane=y")).json()
        url = document["tiles"][0].replace("{z}/{x}/{y}", "0/0/0")
        assert (await client.session.get(url)).status == 200

    serve(scenario, Settings(token="open sesame"))


def test_tilejson_says_where_the_plane_lies_on_a_map_of_the_world() -> None:
    async def scenario(client: TestClient) -> None:
        west, south, east, north = (await (await client.get("/tiles/two/tilejson.json")).json())["bounds"]
        # 600 x 300 of the 1024 x 1024 pixels of a square world, at its north-west.
        assert (west, north) == (-180, pytest.approx(85.0511287798066))
        assert east == pytest.approx(-180 + 360 * 600 / 1024)
        # What a web map shows 300 pixels below the top of 1024 (Mercator): its y is pi (1 - 2 * 300 / 1024).
        assert south == pytest.approx(math.degrees(math.atan(math.sinh(math.pi * (1 - 600 / 1024)))))

    serve(scenario)


@pytest.mark.parametrize("query", ["tile=300", "quality=101", "format=gif", "tile=512&tile=512"])
def test_tilejson_that_cannot_be_is_refused(query: str) -> None:
    async def scenario(client: TestClient) -> None:
        answer = await client.get(f"/tiles/two/tilejson.json?{query}")
        assert answer.status == 400
        assert query.partition("=")[0].replace("format", "gif") in (await answer.json())["error"]

    serve(scenario)


def test_other_axes_and_several_channels() -> None:
    async def scenario(client: TestClient) -> None:
        url = "/tiles/two/2/0/0.png?plane=y@0&channels=0:red:0-65535,1:blue:0-65535"
        tile = decode(await (await client.get(url)).read()).astype(float)
        # z points up: the top row is z = 2
        assert np.abs(tile[0, :256, 0] - VOXELS[0, 2, 0, :256] / 65535 * 255).max() <= 1
        assert np.abs(tile[2, :256, 2] - VOXELS[1, 0, 0, :256] / 65535 * 255).max() <= 1
        assert_array_equal(tile[3:], 0)

    serve(scenario)


@pytest.mark.parametrize(
    ("url", "status", "message"),
    [
        pytest.param("two/9/3/0.png", 404, "tile 9/3/0: zoom is 0 to 2", id="a zoom beyond the finest"),
        pytest.param("two/2/3/0.png", 404, "tile 2/3/0: zoom 2 has 3 x 2 tiles", id="a column beyond the last"),
        pytest.param("none/0/0/0.png", 404, "no volume 'none'", id="an unknown volume"),
        pytest.param("two/0/0/0.gif", 400, "use one of png, jpg, webp, avif", id="an unknown format"),
        pytest.param("two/0/0/-1.png", 404, "404 Not Found", id="a negative row"),
        pytest.param("two/0/0/0.png?plane=w", 400, "plane 'w'", id="an unknown axis"),
        pytest.param("two/0/0/0.png?plane=z@3", 400, "position 3.0 on z: it is -0.5 to 2.5", id="a plane outside"),
        pytest.param("two/0/0/0.png?plane=z@nan", 400, "plane 'z@nan'", id="a plane nowhere"),
        pytest.param("two/0/0/0.png?channels=5", 404, "no channel 5", id="a channel that is not there"),
        pytest.param("two/0/0/0.png?size=1x1", 400, "'size'", id="a size, which tiles have not"),
        pytest.param("broken/0/0/0.png", 502, "chunk 0/0/0 is 7 bytes", id="a broken chunk"),
    ],
)
def test_what_is_no_tile_says_why(url: str, status: int, message: str) -> None:
    async def scenario(client: TestClient) -> None:
        answer = await client.get(f"/tiles/{url}")
        assert answer.status == status
        assert message in (await answer.json())["error"]

    serve(scenario)


def test_what_is_too_much_at_once_is_refused_and_may_come_again() -> None:
    free = Event()

    def open_slowly(source: str, name: str) -> Volume:
        assert free.wait(30)
        return open_volume(source, name)

    async def scenario(client: TestClient) -> None:
        # Of planes that differ, because equal requests are one.
        urls = [f"/tiles/two/0/0/0.jpg?plane=z@{i / MAX_WAITING}" for i in range(MAX_WAITING + 1)]
        asked = [asyncio.create_task(client.get(url)) for url in urls]
        (refused,), _ = await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
        answer = refused.result()
        assert (answer.status, answer.headers["Retry-After"]) == (503, "1")
        assert f"{MAX_WAITING} requests of 'two' are at work" in (await answer.json())["error"]
        free.set()
        assert sorted([(await one).status for one in asked]) == [200] * MAX_WAITING + [503]
        assert (await client.get(urls[-1])).status == 200

    serve(scenario, opener=open_slowly)
