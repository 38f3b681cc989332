"""Planes as Deep Zoom pictures over HTTP: the document, the pixels of every level, what is refused."""

import io
from xml.etree import ElementTree

import numpy as np
import pytest
from aiohttp.test_utils import TestClient
from numpy.testing import assert_array_equal
from PIL import Image

from render.encode import Pixels, decode
from tests.serving import VOXELS, serve

GRAY = "plane=z:1&channels=0:white:0-65535"
NAMESPACE = "{http://schemas.microsoft.com/deepzoom/2008}"


async def fetch(client: TestClient, url: str) -> Pixels:
    answer = await client.get(url)
    assert answer.status == 200, await answer.text()
    return decode(await answer.read())


async def stitched(client: TestClient, level: int, tile: int, overlap: int, size: tuple[int, int]) -> Pixels:
    """A level of "two" out of its tiles; where they overlap, they are compared."""
    width, height = size
    whole, seen = np.zeros((height, width, 4), np.uint8), np.zeros((height, width), np.bool_)
    for row in range(-(-height // tile)):
        for column in range(-(-width // tile)):
            url = f"/dzi/two_files/{level}/{column}_{row}.png?tile={tile}&overlap={overlap}&{GRAY}"
            pixels = await fetch(client, url)
            left, top = max(0, column * tile - overlap), max(0, row * tile - overlap)
            place = np.s_[top : top + pixels.shape[0], left : left + pixels.shape[1]]
            assert_array_equal(whole[place][seen[place]], pixels[seen[place]])
            whole[place], seen[place] = pixels, True
    assert seen.all()
    return whole


def test_the_document_tells_size_tiles_and_format() -> None:
    async def scenario(client: TestClient) -> None:
        answer = await client.get("/dzi/two.dzi")
        assert answer.content_type == "application/xml"
        image = ElementTree.fromstring(await answer.text())
        assert image.tag == f"{NAMESPACE}Image"
        assert image.attrib == {"TileSize": "254", "Overlap": "1", "Format": "jpg"}
        size = image.find(f"{NAMESPACE}Size")
        assert size is not None
        assert size.attrib == {"Width": "600", "Height": "300"}
        chosen = ElementTree.fromstring(await (await client.get("/dzi/two.dzi?tile=64&overlap=0&format=webp")).text())
        assert chosen.attrib == {"TileSize": "64", "Overlap": "0", "Format": "webp"}

    serve(scenario)


def test_the_finest_level_shows_the_voxels() -> None:
    async def scenario(client: TestClient) -> None:
        whole = await stitched(client, 10, 128, 2, (600, 300))
        assert_array_equal(whole[..., 3], 255)
        assert np.abs(whole[..., 0] - VOXELS[0, 1] / 65535 * 255).max() <= 1

    serve(scenario)


@pytest.mark.parametrize(
    ("level", "size"), [(9, (300, 150)), (8, (150, 75)), (7, (75, 38)), (6, (38, 19)), (0, (1, 1))]
)
def test_stitched_tiles_are_the_level_as_one_tile(level: int, size: tuple[int, int]) -> None:
    async def scenario(client: TestClient) -> None:
        whole = await fetch(client, f"/dzi/two_files/{level}/0_0.png?tile=2048&{GRAY}")
        assert whole.shape == (size[1], size[0], 4)
        for tile, overlap in ((16, 1), (37, 5)):
            assert_array_equal(await stitched(client, level, tile, overlap, size), whole)

    serve(scenario)


def test_what_is_asked_may_stand_in_the_path() -> None:
    async def scenario(client: TestClient) -> None:
        by_query = await fetch(client, f"/dzi/two_files/9/0_0.png?tile=100&{GRAY}")
        by_path = await fetch(client, f"/dzi/two;tile=100;{GRAY.replace('&', ';')}_files/9/0_0.png")
        assert_array_equal(by_path, by_query)

    serve(scenario)


def test_a_name_with_slashes_has_its_own_tiles() -> None:
    async def scenario(client: TestClient) -> None:
        assert (await client.get("/dzi/plate/A/1/0.dzi")).status == 200
        assert (await fetch(client, "/dzi/plate/A/1/0_files/8/0_0.jpeg")).shape == (75, 150, 4)

    serve(scenario)


@pytest.mark.parametrize(("ending", "kind"), [("png", "PNG"), ("jpg", "JPEG"), ("webp", "WEBP"), ("avif", "AVIF")])
def test_tiles_are_of_the_format_of_their_ending(ending: str, kind: str) -> None:
    async def scenario(client: TestClient) -> None:
        answer = await client.get(f"/dzi/two_files/10/0_0.{ending}?quality=60")
        assert answer.content_type == f"image/{kind.lower()}"
        with Image.open(io.BytesIO(await answer.read())) as image:
            assert (image.format, image.size) == (kind, (255, 255))

    serve(scenario)


def test_answers_are_tagged_readable_by_any_page_and_have_a_head() -> None:
    async def scenario(client: TestClient) -> None:
        for url in ("/dzi/two.dzi", "/dzi/two_files/8/0_0.jpg"):
            answer = await client.get(url)
            assert answer.headers["Access-Control-Allow-Origin"] == "*"
            assert "max-age" in answer.headers["Cache-Control"]
            again = await client.get(url, headers={"If-None-Match": answer.headers["ETag"]})
            assert (again.status, await again.read()) == (304, b"")
            head = await client.head(url)
            assert (head.status, head.headers["ETag"]) == (200, answer.headers["ETag"])
            other = await client.get(f"{url}?plane=y&format=png")
            assert other.headers["ETag"] != answer.headers["ETag"]

    serve(scenario)


@pytest.mark.parametrize(
    ("url", "status", "message"),
    [
        pytest.param("two_files/11/0_0.jpg", 404, "tile 11/0_0: levels are 0 to 10", id="a level beyond the finest"),
        pytest.param("two_files/10/3_0.jpg", 404, "level 10 has 3 x 2 tiles", id="a column beyond the last"),
        pytest.param("none.dzi", 404, "no volume 'none'", id="an unknown volume"),
        pytest.param("two_files/8/0_0.gif", 400, "use one of png, jpg, webp, avif", id="an unknown ending"),
        pytest.param("two.dzi?format=gif", 400, "use one of png, jpg, webp, avif", id="an unknown format"),
        pytest.param("two.dzi?tile=9", 400, "tile 9: must be 16 to 2048", id="tiles too small"),
        pytest.param("two.dzi?quality=0", 400, "quality 0: must be 1 to 100", id="no quality"),
        pytest.param("two.dzi?tile=64&tile=65", 400, "tile is given twice", id="a parameter twice"),
        pytest.param("two;tile=64.dzi?tile=65", 400, "tile is given twice", id="a parameter in path and query"),
        pytest.param("two.dzi?size=1x1", 400, "'size'", id="a parameter of pictures"),
        pytest.param("two_files/8/0_0.jpg?plane=w", 400, "plane", id="a plane that cannot be read"),
        pytest.param("broken_files/8/0_0.jpg", 502, "chunk 0/0/0 is 7 bytes", id="a broken chunk"),
    ],
)
def test_what_is_no_tile_says_why(url: str, status: int, message: str) -> None:
    async def scenario(client: TestClient) -> None:
        answer = await client.get(f"/dzi/{url}")
        assert answer.status == status
        assert message in (await answer.json())["error"]
        assert answer.headers["Access-Control-Allow-Origin"] == "*"

    serve(scenario)
