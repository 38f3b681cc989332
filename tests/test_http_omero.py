"""OMERO's web gateway over HTTP: which picture an address means, imgData, and errors where OMERO.web has none."""

import json
from typing import Any

import numpy as np
import pytest
from aiohttp.test_utils import TestClient
from numpy.testing import assert_array_equal

from render.encode import Pixels, decode
from tests.serving import serve
from tests.stacks import open_stack, value

GATEWAY = "/omero/webgateway"


async def fetch(client: TestClient, path: str) -> Pixels:
    answer = await client.get(f"{GATEWAY}/{path}")
    assert answer.status == 200, await answer.text()
    return decode(await answer.read())


async def told(client: TestClient, path: str) -> dict[str, Any]:
    answer = await client.get(f"{GATEWAY}/{path}")
    assert answer.status == 200, await answer.text()
    document: dict[str, Any] = await answer.json()
    return document


@pytest.mark.parametrize(
    ("path", "place"),
    [
        pytest.param("1/2/1/", (1, 2), id="a number, z and t"),
        pytest.param("two/2/1", (1, 2), id="a name, z and t, without a slash at the end"),
        pytest.param("two/0/", (0, 0), id="z alone"),
        pytest.param("two/", (0, 1), id="the plane in the middle and the first time"),
    ],
)
def test_z_and_t_are_counted_from_0(path: str, place: tuple[int, int]) -> None:
    async def scenario(client: TestClient) -> None:
        pixels = await fetch(client, f"render_image/{path}?format=png")
        assert pixels.shape == (80, 56, 4)
        for row, column in ((10, 10), (10, 40), (60, 10), (60, 40)):
            time, plane = place
            red, blue = (value(time, channel, plane, column > 28, row > 40) for channel in range(2))
            assert tuple(pixels[row, column]) == (red, 0, blue, 255)

    serve(scenario, opener=open_stack)


def test_a_region_is_counted_in_finest_pixels_and_cut_where_the_picture_ends() -> None:
    async def scenario(client: TestClient) -> None:
        whole = await fetch(client, "render_image/two/1/1/?q=1")
        part = await fetch(client, "render_image_region/two/1/1/?region=40,48,100,8&q=1")
        assert part.shape == (8, 16, 4)
        assert np.abs(part.astype(int) - whole[48:56, 40:]).max() <= 2

    serve(scenario, opener=open_stack)


def test_tiles_of_each_resolution_stitch_to_the_picture() -> None:
    async def scenario(client: TestClient) -> None:
        document = await told(client, "imgData/two/")
        assert (document["levels"], document["tile_size"]) == (3, {"width": 256, "height": 256})
        assert document["zoomLevelScaling"] == {"0": 1, "1": 0.5, "2": 0.25}
        for resolution, (width, height) in enumerate([(600, 300), (300, 150), (150, 75)]):
            rows = []
            for y in range(-(-height // 64)):
                tiles = [
                    await fetch(client, f"render_image_region/two/1/0/?tile={resolution},{x},{y},128,64&q=1")
                    for x in range(-(-width // 128))
                ]
                rows.append(np.hstack(tiles))
            assert np.vstack(rows).shape == (height, width, 4)
        default = await fetch(client, "render_image_region/two/1/0/?tile=0,2,1")
        assert default.shape == (300 - 256, 600 - 512, 4)

    serve(scenario)


def test_a_tile_shows_the_part_that_its_numbers_say() -> None:
    async def scenario(client: TestClient) -> None:
        whole = await fetch(client, "render_image/two/1/0/?q=1")
        tile = await fetch(client, "render_image_region/two/1/0/?tile=0,3,2,128,64&q=1")
        assert np.abs(tile.astype(int) - whole[128:192, 384:512]).mean() < 1

    serve(scenario)


def test_thumbnails_keep_their_proportions() -> None:
    async def scenario(client: TestClient) -> None:
        sizes = {"two/": (48, 96), "two/50/": (25, 50), "two/50/20/": (20, 40), "2/30/": (15, 30)}
        for path, shape in sizes.items():
            assert (await fetch(client, f"render_thumbnail/{path}")).shape[:2] == shape
        assert (await fetch(client, "render_birds_eye_view/two/64/")).shape[:2] == (32, 64)
        answers = [await client.get(f"{GATEWAY}/render_thumbnail/two/{query}") for query in ("", "?z=1", "?z=2")]
        middle, same, other = [await answer.read() for answer in answers]
        assert middle == same != other

    serve(scenario)


def test_img_data_tells_size_pixels_and_channels() -> None:
    async def scenario(client: TestClient) -> None:
        document = await told(client, "imgData/two/")
        assert document["id"] == 1
        assert document["meta"]["imageName"] == "two"
        assert document["meta"]["pixelsType"] == "uint8"
        assert document["size"] == {"width": 56, "height": 80, "z": 3, "t": 2, "c": 2}
        assert document["pixel_size"] == {"x": 1.0, "y": 1.0, "z": 4.0}
        assert document["pixel_range"] == [0, 255]
        assert (document["rdefs"]["defaultZ"], document["rdefs"]["defaultT"]) == (1, 0)
        assert (document["tiles"], "levels" in document) == (False, False)
        red, blue = document["channels"]
        assert (red["label"], red["color"], red["active"]) == ("red one", "FF0000", True)
        assert (blue["label"], blue["color"]) == ("blue one", "0000FF")
        assert blue["window"] == {"min": 51, "max": 78, "start": 0, "end": 255}
        # Two panels in a row, and three in two rows.
        assert document["split_channel"]["g"] == {"width": 118, "height": 84, "border": 2, "gridx": 2, "gridy": 1}
        assert document["split_channel"]["c"] == {"width": 118, "height": 166, "border": 2, "gridx": 2, "gridy": 2}

    serve(scenario, opener=open_stack)


def test_img_data_comes_as_jsonp_to_who_asks() -> None:
    async def scenario(client: TestClient) -> None:
        answer = await client.get(f"{GATEWAY}/imgData/two/?callback=jQuery.cb1&_=17")
        assert answer.content_type == "application/javascript"
        text = await answer.text()
        assert text.startswith("jQuery.cb1(")
        assert json.loads(text.removeprefix("jQuery.cb1(").removesuffix(")"))["id"] == 1

    serve(scenario)


def test_a_histogram_counts_the_pixels_of_a_plane() -> None:
    async def scenario(client: TestClient) -> None:
        counts = (await told(client, "histogram_json/two/channel/1/?theZ=2&theT=1&bins=7"))["data"]
        # At time 1, from value(1, 1, 0) to value(1, 1, 2, True, True), 27 apart; plane 2 has the last 8 of them.
        assert sum(counts) == 56 * 80
        assert counts[:5] == [0] * 5
        empty = await client.get(f"{GATEWAY}/histogram_json/two/channel/2/")
        assert (empty.status, "no c 2" in await empty.text()) == (404, True)

    serve(scenario, opener=open_stack)


def test_slashes_and_numbers_in_names_are_part_of_them() -> None:
    async def scenario(client: TestClient) -> None:
        assert (await told(client, "imgData/plate/A/1/0/"))["id"] == 2
        assert (await told(client, "imgData/plate%2FA%2F1%2F0/"))["id"] == 2
        middle = await fetch(client, "render_image/plate/A/1/0/?format=png")
        assert_array_equal(middle, await fetch(client, "render_image/plate/A/1/0/1/0/?format=png"))

    serve(scenario)


def test_answers_can_be_kept_and_read_by_any_page() -> None:
    async def scenario(client: TestClient) -> None:
        for path in ("render_image_region/1/1/0/?tile=0,0,0", "imgData/1/", "render_thumbnail/1/"):
            answer = await client.get(f"{GATEWAY}/{path}")
            assert answer.headers["Access-Control-Allow-Origin"] == "*"
            assert "max-age" in answer.headers["Cache-Control"]
            again = await client.get(f"{GATEWAY}/{path}", headers={"If-None-Match": answer.headers["ETag"]})
            assert again.status == 304
            head = await client.head(f"{GATEWAY}/{path}")
            assert (head.status, head.headers["ETag"]) == (200, answer.headers["ETag"])

    serve(scenario)


@pytest.mark.parametrize(
    ("path", "status", "message"),
    [
        ("render_image_region/1/0/0/", 400, "tile=RESOLUTION,X,Y[,WIDTH,HEIGHT] or region=X,Y,WIDTH,HEIGHT"),
        ("render_image_region/1/0/0/?tile=0,0", 400, "tile '0,0': write RESOLUTION,X,Y[,WIDTH,HEIGHT]"),
        ("render_image_region/1/0/0/?tile=a,0,0", 400, "whole numbers with commas"),
        ("render_image_region/1/0/0/?tile=0,0,0,2048,2048", 400, "1024 x 1024 pixels at most"),
        ("render_image_region/1/0/0/?tile=3,0,0", 404, "resolutions are 0 (the finest) to 2"),
        ("render_image_region/1/0/0/?tile=-1,0,0", 404, "resolutions are 0 (the finest) to 2"),
        ("render_image_region/1/0/0/?tile=0,3,0", 404, "resolution 0 has 3 x 2 tiles of 256 x 256"),
        ("render_image_region/1/0/0/?tile=0,0,-1", 404, "resolution 0 has 3 x 2 tiles"),
        ("render_image_region/1/0/0/?region=0,0,0,5", 400, "must be 1 or more"),
        ("render_image_region/1/0/0/?region=600,0,5,5", 404, "the picture is 600 x 300 pixels"),
        ("render_image_region/1/3/0/?tile=0,0,0", 404, "no z 3, it has 3 (0 to 2)"),
        ("render_image_region/1/0/1/?tile=0,0,0", 404, "no t 1, it has 1 (0 to 0)"),
        ("render_image_region/1/0/0/?tile=0,0,0&q=2", 400, "q '2': the quality is a number from 0 to 1"),
        ("render_image_region/1/0/?tile=0,0,0", 404, "no volume in '1/0/'"),
        ("render_image/9/0/0/", 404, "there are: 1 (two), 2 (plate/A/1/0)"),
        ("render_image/1/?format=bmp", 400, "use one of png"),
        ("render_thumbnail/1/0/", 400, "its sides must be 1 or more"),
        ("imgData/nothing/", 404, "no volume in 'nothing/'"),
        ("imgData/1/?callback=alert(1)", 400, "write the name of a function"),
        ("render_image_region/broken/0/0/?tile=0,0,0", 502, "chunk 0/0/0 is 7 bytes"),
    ],
)
def test_what_is_no_picture_says_why(path: str, status: int, message: str) -> None:
    async def scenario(client: TestClient) -> None:
        answer = await client.get(f"{GATEWAY}/{path}")
        assert answer.status == status
        assert message in (await answer.json())["error"]
        assert answer.headers["Access-Control-Allow-Origin"] == "*"

    serve(scenario)


@pytest.mark.parametrize(
    ("query", "color"),
    [
        pytest.param("c=2|0:255$00FF00", (0, value(1, 1, 2, True, False), 0), id="one channel, green"),
        pytest.param("c=-1,2|0:255$00FF00", (0, value(1, 1, 2, True, False), 0), id="the other switched off"),
        pytest.param("c=1|0:255$FF0000,2|0:255$0000FF&m=g", (value(1, 0, 2, True, False),) * 3, id="grey"),
        pytest.param(
            'c=1|0:255$FF0000&maps=[{"inverted":{"enabled":true}}]',
            (255 - value(1, 0, 2, True, False), 0, 0),
            id="inverted",
        ),
        pytest.param(
            "p=intmax|0:1", (value(1, 0, 1, True, False), 0, value(1, 1, 1, True, False)), id="a projection of planes"
        ),
        pytest.param(
            "p=intmax", (value(1, 0, 2, True, False), 0, value(1, 1, 2, True, False)), id="a projection of all planes"
        ),
    ],
)
def test_rendering_settings_are_read_as_omero_writes_them(query: str, color: tuple[int, int, int]) -> None:
    async def scenario(client: TestClient) -> None:
        pixels = await fetch(client, f"render_image/two/2/1/?format=png&{query}")
        assert tuple(pixels[10, 40, :3]) == color

    serve(scenario, opener=open_stack)


def test_other_planes_are_stacks_of_their_own() -> None:
    async def scenario(client: TestClient) -> None:
        document = await told(client, "imgData/two;plane=y/")
        assert document["size"] == {"width": 56, "height": 12, "z": 40, "t": 2, "c": 2}
        assert document["pixel_size"]["z"] == 2
        # z points up: plane 2 is on top.
        below = await fetch(client, "render_image/two;plane=y/25/1/?format=png")
        assert tuple(below[0, 40]) == (value(1, 0, 2, True, True), 0, value(1, 1, 2, True, True), 255)
        placed = await fetch(client, "render_image/two;plane=y:25/0/1/?format=png")
        assert_array_equal(placed, below)

    serve(scenario, opener=open_stack)
