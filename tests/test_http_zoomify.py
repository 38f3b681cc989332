"""Planes as Zoomify pictures over HTTP: the document, the pixels of every tier, what is refused."""

from xml.etree import ElementTree

import numpy as np
import pytest
from aiohttp.test_utils import TestClient
from numpy.testing import assert_array_equal

from render.encode import Pixels, decode
from tests.serving import VOXELS, serve

GRAY = "two;plane=z:1;channels=0:white:0-65535"


async def stitched(client: TestClient, tier: int, columns: int, rows: int) -> Pixels:
    def url(x: int, y: int) -> str:
        return f"/zoomify/{GRAY}/TileGroup0/{tier}-{x}-{y}.png"

    tiles = [[await client.get(url(x, y)) for x in range(columns)] for y in range(rows)]
    return np.vstack([np.hstack([decode(await answer.read()) for answer in row]) for row in tiles])


def test_the_document_tells_size_and_tiles() -> None:
    async def scenario(client: TestClient) -> None:
        answer = await client.get("/zoomify/two/ImageProperties.xml")
        assert answer.content_type == "application/xml"
        properties = ElementTree.fromstring(await answer.text())
        assert properties.tag == "IMAGE_PROPERTIES"
        # 3 x 2 tiles, 2 x 1 and 1.
        assert properties.attrib == {
            "WIDTH": "600",
            "HEIGHT": "300",
            "NUMTILES": "9",
            "NUMIMAGES": "1",
            "VERSION": "1.8",
            "TILESIZE": "256",
        }

    serve(scenario)


def test_the_last_tier_shows_the_voxels() -> None:
    async def scenario(client: TestClient) -> None:
        whole = await stitched(client, 2, 3, 2)
        assert whole.shape == (300, 600, 4)
        assert np.abs(whole[..., 0] - VOXELS[0, 1] / 65535 * 255).max() <= 1

    serve(scenario)


def test_a_tier_is_the_same_picture_as_elsewhere() -> None:
    async def scenario(client: TestClient) -> None:
        query = "tile=2048&plane=z:1&channels=0:white:0-65535"
        other = decode(await (await client.get(f"/dzi/two_files/9/0_0.png?{query}")).read())
        assert_array_equal(await stitched(client, 1, 2, 1), other)

    serve(scenario)


def test_the_query_says_the_same_as_the_path_and_groups_are_but_folders() -> None:
    async def scenario(client: TestClient) -> None:
        by_path = await client.get("/zoomify/two;plane=y;quality=40/TileGroup0/0-0-0.jpg")
        by_query = await client.get("/zoomify/two/TileGroup7/0-0-0.jpg?plane=y&quality=40")
        assert by_path.headers["ETag"] == by_query.headers["ETag"]
        assert await by_path.read() == await by_query.read()

    serve(scenario)


@pytest.mark.parametrize(
    ("url", "status", "message"),
    [
        pytest.param("two/TileGroup0/3-0-0.jpg", 404, "tile 3-0-0: tiers are 0 to 2", id="a tier beyond the last"),
        pytest.param("two/TileGroup0/1-0-1.jpg", 404, "tier 1 has 2 x 1 tiles", id="a row beyond the last"),
        pytest.param("two/TileGroup0/0-0-0.gif", 400, "use one of png, jpg", id="an unknown format"),
        pytest.param("two;tile=64/ImageProperties.xml", 400, "'tile'", id="tiles of another size"),
        pytest.param("two;plane/ImageProperties.xml", 400, "write NAME;key=value", id="a word without a value"),
        pytest.param("none/ImageProperties.xml", 404, "no volume 'none'", id="an unknown volume"),
        pytest.param("broken/TileGroup0/0-0-0.jpg", 502, "chunk 0/0/0 is 7 bytes", id="a broken chunk"),
    ],
)
def test_what_is_no_tile_says_why(url: str, status: int, message: str) -> None:
    async def scenario(client: TestClient) -> None:
        answer = await client.get(f"/zoomify/{url}")
        assert answer.status == status
        assert message in (await answer.json())["error"]

    serve(scenario)
