"""The IIIF Image API over HTTP: info.json, the pixels of its tiles, turned and grey pictures, what is refused."""

import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from aiohttp.test_utils import TestClient
from numpy.testing import assert_array_equal
from PIL import Image
from yarl import URL

from render.encode import Pixels, decode
from render.volume.volume import Volume
from tests.arrays import memory_volume
from tests.serving import VOXELS, serve

GRAY = "two;plane=z:1;channels=0:white:0-65535"
"""Plane 1 of the first channel, 600 x 300 pixels, as an ID."""

ROUGH = np.random.default_rng(4).integers(0, 60000, (9, 333, 517), np.uint16)
PLANES = {
    "z": "plane=z:4",
    "y": "plane=y:100",
    "x": "plane=x:11",
    "oblique": "plane=50,60,-5,300,90,0,-90,300,40",
    "slab": "plane=z;slab=2..6:mip",
}
WINDOW = "channels=0:white:0-60000"


def open_rough(_: str, name: str) -> Volume:
    """Anisotropic: 517 x 999 square pixels across z, 517 x 36 across y, 333 x 12 across x."""
    return memory_volume(ROUGH, ROUGH[:, ::2, ::2].copy(), spacing=(2.0, 1.5, 0.5), origin=(-7.0, 3.0, 20.0), name=name)


async def fetch(client: TestClient, url: str) -> Pixels:
    answer = await client.get(f"/iiif/{url}")
    assert answer.status == 200, await answer.text()
    return decode(await answer.read())


async def info(client: TestClient, url: str) -> dict[str, Any]:
    answer = await client.get(f"/iiif/{url}/info.json")
    assert answer.status == 200, await answer.text()
    document: dict[str, Any] = await answer.json(content_type=None)
    return document


def test_info_json_says_what_each_version_wants() -> None:
    async def scenario(client: TestClient) -> None:
        second, third = await info(client, "2/two"), await info(client, "3/two")
        host = client.make_url("/iiif")
        assert (second["@id"], third["id"]) == (f"{host}/2/two", f"{host}/3/two")
        assert second["@context"] == "http://iiif.io/api/image/2/context.json"
        assert third["@context"] == "http://iiif.io/api/image/3/context.json"
        assert next(iter(second)) == next(iter(third)) == "@context"
        assert second["profile"][0] == "http://iiif.io/api/image/2/level2.json"
        assert (third["type"], third["profile"]) == ("ImageService3", "level2")
        for document, limits in ((second, second["profile"][1]), (third, third)):
            assert document["protocol"] == "http://iiif.io/api/image"
            assert (document["width"], document["height"]) == (600, 300)
            assert document["tiles"] == [{"width": 512, "height": 512, "scaleFactors": [1, 2]}]
            assert document["sizes"] == [
                {"width": 75, "height": 38},
                {"width": 150, "height": 75},
                {"width": 300, "height": 150},
                {"width": 600, "height": 300},
            ]
            assert limits["maxArea"] == 4096 * 4096
        assert "webp" in second["profile"][1]["formats"]
        assert "webp" in third["extraFormats"]
        assert "sizeUpscaling" in third["extraFeatures"]
        assert (third["service"][0]["physicalScale"], third["service"][0]["physicalUnits"]) == (0.001, "mm")
        assert second["service"]["physicalScale"] == 0.001

    serve(scenario)


@pytest.mark.parametrize(
    ("identity", "url"),
    [
        pytest.param("plate%2FA%2F1%2F0", "plate%2FA%2F1%2F0/info.json", id="slashes escaped"),
        pytest.param("plate/A/1/0", "plate/A/1/0/info.json", id="slashes"),
        pytest.param("of%20people%20%231", "of%20people%20%231/info.json", id="other characters"),
        pytest.param("two;plane=x:7", "two;plane=x:7/info.json", id="a plane"),
        pytest.param("two%3Bplane%3Dx%3A7", "two%3Bplane%3Dx%3A7/info.json", id="a plane escaped"),
        pytest.param("two;plane=x:7", "two/info.json?plane=x:7", id="a plane in the query"),
    ],
)
def test_the_id_is_what_was_asked_for_and_leads_to_the_picture(identity: str, url: str) -> None:
    async def scenario(client: TestClient) -> None:
        start = f"{client.make_url('/iiif')}/3"
        answer = await client.session.get(URL(f"{start}/{url}", encoded=True))
        document = await answer.json(content_type=None)
        assert document["id"] == f"{start}/{identity}"
        assert (document["width"], document["height"]) == ((300, 3) if "plane" in identity else (600, 300))
        picture = await client.session.get(URL(f"{document['id']}/full/max/0/default.png", encoded=True))
        assert Image.open(io.BytesIO(await picture.read())).size == (document["width"], document["height"])

    serve(scenario)


def test_the_base_of_an_image_leads_to_its_info_json() -> None:
    async def scenario(client: TestClient) -> None:
        answer = await client.get("/iiif/2/two;plane=y:0", allow_redirects=False)
        assert answer.status == 303
        assert answer.headers["Location"] == f"{client.make_url('/iiif')}/2/two;plane=y:0/info.json"
        assert answer.headers["Access-Control-Allow-Origin"] == "*"

    serve(scenario)


@pytest.mark.parametrize("plane", PLANES.values(), ids=PLANES.keys())
@pytest.mark.parametrize("version", [2, 3])
def test_tiles_are_the_whole_picture_s_parts(version: int, plane: str) -> None:
    """As OpenSeadragon asks for them; the arithmetic is that of the specification's implementation notes."""

    async def scenario(client: TestClient) -> None:
        start = f"{version}/two;{plane};{WINDOW}"
        document = await info(client, start)
        width, height = document["width"], document["height"]
        for factor in document["tiles"][0]["scaleFactors"]:
            size = (-(-width // factor), -(-height // factor))
            whole = await fetch(client, f"{start}/full/{size[0]},{size[1]}/0/default.png")
            assert whole.shape[:2] == size[::-1]
            stitched = np.zeros_like(whole)
            for top in range(0, height, 512 * factor):
                for left in range(0, width, 512 * factor):
                    across, down = min(512 * factor, width - left), min(512 * factor, height - top)
                    wide, high = -(-across // factor), -(-down // factor)
                    said = f"{wide},{high}" if version == 3 else f"{wide},"
                    tile = await fetch(client, f"{start}/{left},{top},{across},{down}/{said}/0/default.png")
                    x, y = left // factor, top // factor
                    stitched[y : y + high, x : x + wide] = tile
            assert_array_equal(stitched, whole)

    serve(scenario, opener=open_rough)


def test_the_finest_picture_shows_the_voxels() -> None:
    async def scenario(client: TestClient) -> None:
        for whole in (f"2/{GRAY}/full/full/0/default.png", f"3/{GRAY}/full/max/0/default.png"):
            pixels = await fetch(client, whole)
            assert np.abs(pixels[..., 0] - VOXELS[0, 1] / 65535 * 255).max() <= 1
        part = await fetch(client, f"3/{GRAY}/101,53,211,97/max/0/default.png")
        assert_array_equal(part, pixels[53 : 53 + 97, 101 : 101 + 211])

    serve(scenario)


@pytest.mark.parametrize(
    ("rotation", "turned"),
    [
        ("90", lambda pixels: pixels[::-1].transpose(1, 0, 2)),
        ("180", lambda pixels: pixels[::-1, ::-1]),
        ("270", lambda pixels: pixels.transpose(1, 0, 2)[::-1]),
        ("!0", lambda pixels: pixels[:, ::-1]),
        ("!90", lambda pixels: pixels[::-1, ::-1].transpose(1, 0, 2)),
    ],
)
def test_pictures_are_mirrored_and_then_turned_clockwise(rotation: str, turned: Callable[[Pixels], Pixels]) -> None:
    async def scenario(client: TestClient) -> None:
        upright = await fetch(client, f"3/{GRAY}/20,10,50,30/max/0/default.png")
        assert_array_equal(await fetch(client, f"3/{GRAY}/20,10,50,30/max/{rotation}/default.png"), turned(upright))

    serve(scenario)


def test_gray_weighs_the_colours_and_bitonal_is_black_or_white() -> None:
    async def scenario(client: TestClient) -> None:
        start = "3/two;plane=z:1;channels=0:red:0-65535,1:lime:0-65535/full/max/0"
        color, gray, bitonal = [await fetch(client, f"{start}/{how}.png") for how in ("color", "gray", "bitonal")]
        assert_array_equal(color, await fetch(client, f"{start}/default.png"))
        expected = np.rint(color[..., :3] @ np.array([0.299, 0.587, 0.114]))
        assert np.abs(gray[..., :3] - expected[..., None]).max() <= 1
        assert set(np.unique(bitonal[..., :3])) <= {0, 255}
        assert_array_equal(bitonal[..., 0] == 255, gray[..., 0] >= 128)

    serve(scenario)


def test_enlarged_pictures_are_interpolated() -> None:
    async def scenario(client: TestClient) -> None:
        small = (await fetch(client, f"3/{GRAY}/100,100,8,4/max/0/default.png"))[..., 0].astype(float)
        large = (await fetch(client, f"3/{GRAY}/100,100,8,4/^32,16/0/default.png"))[..., 0].astype(float)
        assert large.shape == (16, 32)
        # Rows of 600 voxels are 2 grey levels apart: between them there is one in the middle.
        assert np.abs(np.diff(large, axis=0)).max() < np.abs(np.diff(small, axis=0)).max()
        assert np.abs(large.reshape(4, 4, 8, 4).mean(axis=(1, 3)) - small).max() <= 1

    serve(scenario)


def test_answers_carry_their_links_tags_and_what_they_vary_by() -> None:
    async def scenario(client: TestClient) -> None:
        picture = await client.get("/iiif/3/two;plane=z:1/pct:0,0,50,100/!150,900/0/color.jpg")
        canonical = f"{client.make_url('/iiif')}/3/two;plane=z:1/0,0,300,300/150,150/0/default.jpg"
        profile = '<http://iiif.io/api/image/3/level2.json>;rel="profile"'
        assert picture.headers["Link"] == f'<{canonical}>;rel="canonical",{profile}'
        assert await (await client.session.get(URL(canonical, encoded=True))).read() == await picture.read()
        tag = {"If-None-Match": picture.headers["ETag"]}
        assert (await client.session.get(URL(canonical, encoded=True), headers=tag)).status == 304

        plain = await client.get("/iiif/2/two/info.json")
        linked = await client.get("/iiif/2/two/info.json", headers={"Accept": "application/ld+json"})
        assert (plain.content_type, linked.content_type) == ("application/json", "application/ld+json")
        assert plain.headers["ETag"] != linked.headers["ETag"]
        assert plain.headers["Vary"] == linked.headers["Vary"] == "Accept"
        assert plain.headers["Access-Control-Allow-Origin"] == picture.headers["Access-Control-Allow-Origin"] == "*"
        head = await client.head("/iiif/3/two/full/max/0/default.jpg")
        assert (head.status, head.content_type) == (200, "image/jpeg")

    serve(scenario)


@pytest.mark.parametrize(
    ("url", "status", "message"),
    [
        pytest.param("3/none", 404, "no volume 'none'", id="the base of an unknown image"),
        pytest.param("3/none/info.json", 404, "no volume 'none'", id="an unknown image"),
        pytest.param("3/none/full/max/0/default.jpg", 404, "no volume 'none'", id="a picture of an unknown image"),
        pytest.param("4/two/info.json", 404, "404", id="a version that is not there"),
        pytest.param("3/two;plane/info.json", 400, "write NAME;key=value", id="an id that is no parameter"),
        pytest.param("3/two/everything/max/0/default.jpg", 400, "region 'everything'", id="an unknown region"),
        pytest.param("3/two/600,0,5,5/max/0/default.jpg", 400, "holds nothing", id="a region outside"),
        pytest.param("3/two/full/full/0/default.jpg", 400, "size 'full'", id="2.1's size in 3.0"),
        pytest.param("3/two/full/601,/0/default.jpg", 400, "write ^601,", id="larger than it is"),
        pytest.param("2/two/full/4097,4097/0/default.jpg", 400, "16777216 in all", id="too many pixels"),
        pytest.param("3/two/full/max/22.5/default.jpg", 400, "multiples of 90", id="another angle"),
        pytest.param("3/two/full/max/0/native.jpg", 400, "quality 'native'", id="an unknown quality"),
        pytest.param("3/two/full/max/0/default.jp2", 400, "'jp2' is no picture format", id="an unknown format"),
        pytest.param("3/two;quality=0/full/max/0/default.jpg", 400, "quality 0: must be 1 to 100", id="no quality"),
        pytest.param("3/broken/full/max/0/default.jpg", 502, "chunk 0/0/0 is 7 bytes", id="a broken chunk"),
    ],
)
def test_what_is_no_picture_says_why(url: str, status: int, message: str) -> None:
    async def scenario(client: TestClient) -> None:
        answer = await client.get(f"/iiif/{url}")
        assert answer.status == status
        assert message in (await answer.json())["error"]
        assert answer.headers["Access-Control-Allow-Origin"] == "*"

    serve(scenario)
