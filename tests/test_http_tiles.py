"""Tiles over HTTP: the pixels, the grid, what is refused."""

import asyncio
from threading import Event

import numpy as np
import pytest
from aiohttp.test_utils import TestClient
from numpy.testing import assert_array_equal

from render.encode import decode
from render.volume.volume import Volume
from tests.serving import VOXELS, open_volume, serve
from tiles.work import MAX_WAITING

GRAY = "channel=0:white:0-65535"


def test_tiles_stitch_to_the_plane_of_voxels() -> None:
    async def scenario(client: TestClient) -> None:
        rows = []
        for y in range(2):
            answers = [await client.get(f"/tiles/two/2/{x}/{y}.png?position=1&{GRAY}") for x in range(3)]
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


def test_other_axes_and_several_channels() -> None:
    async def scenario(client: TestClient) -> None:
        url = "/tiles/two/2/0/0.png?axis=y&position=0&channel=0:red:0-65535&channel=1:blue:0-65535"
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
        pytest.param("two/0/0/0.gif", 400, "use one of png, jpg, webp", id="an unknown format"),
        pytest.param("two/0/0/-1.png", 404, "404 Not Found", id="a negative row"),
        pytest.param("two/0/0/0.png?axis=w", 400, "axis 'w': must be one of x, y, z", id="an unknown axis"),
        pytest.param("two/0/0/0.png?position=3", 400, "position 3.0 on z: it is -0.5 to 2.5", id="a plane outside"),
        pytest.param("two/0/0/0.png?position=nan", 400, "position nan", id="a plane nowhere"),
        pytest.param("two/0/0/0.png?channel=5", 404, "no channel 5", id="a channel that is not there"),
        pytest.param("two/0/0/0.png?size=1x1", 400, "unknown parameter 'size'", id="a size, which tiles have not"),
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
        asked = [asyncio.create_task(client.get("/tiles/two/0/0/0.jpg")) for _ in range(MAX_WAITING + 1)]
        (refused,), _ = await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
        answer = refused.result()
        assert (answer.status, answer.headers["Retry-After"]) == (503, "1")
        assert f"{MAX_WAITING} requests are at work" in (await answer.json())["error"]
        free.set()
        assert sorted([(await one).status for one in asked]) == [200] * MAX_WAITING + [503]
        assert (await client.get("/tiles/two/0/0/0.jpg")).status == 200

    serve(scenario, opener=open_slowly)
