"""large_image's REST interface over HTTP: frames, tiles, regions, values, and what is refused."""

import json
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest
from aiohttp.test_utils import TestClient
from numpy.testing import assert_allclose, assert_array_equal

from render.encode import Pixels, decode
from tests.serving import VOXELS, serve
from tests.stacks import SHAPE, open_stack, stack, value

API = "/large_image/api/v1/item"


async def fetch(client: TestClient, path: str) -> Pixels:
    answer = await client.get(f"{API}/{path}")
    assert answer.status == 200, await answer.text()
    return decode(await answer.read())


async def told(client: TestClient, path: str) -> Any:
    answer = await client.get(f"{API}/{path}")
    assert answer.status == 200, await answer.text()
    return await answer.json()


def test_frames_are_channels_then_planes_then_times() -> None:
    async def scenario(client: TestClient) -> None:
        document = await told(client, "two/tiles")
        assert (document["sizeX"], document["sizeY"], document["levels"]) == (56, 80, 1)
        assert (document["tileWidth"], document["tileHeight"]) == (256, 256)
        assert (document["mm_x"], document["mm_y"], document["magnification"]) == (0.001, 0.001, 10)
        assert (document["dtype"], document["bandCount"]) == ("uint8", 1)
        assert document["IndexRange"] == {"IndexC": 2, "IndexZ": 3, "IndexT": 2}
        assert document["IndexStride"] == {"IndexC": 1, "IndexZ": 2, "IndexT": 6}
        assert document["channels"] == ["red one", "blue one"]
        assert document["channelmap"] == {"red one": 0, "blue one": 1}
        assert len(document["frames"]) == 12
        ninth = {"Frame": 9, "IndexC": 1, "IndexZ": 1, "IndexT": 1, "Index": 4, "Channel": "blue one"}
        assert document["frames"][9] == ninth

    serve(scenario, opener=open_stack)


def test_a_frame_is_one_channel_in_grey() -> None:
    async def scenario(client: TestClient) -> None:
        for path in ("tiles/fzxy/9/0/0/0?", "tiles/zxy/0/0/0?frame=9&", "tiles/region?frame=9&"):
            pixels = await fetch(client, f"two/{path}encoding=PNG")
            grey = value(time=1, channel=1, plane=1, right=True, below=False)
            assert tuple(pixels[10, 40]) == (grey, grey, grey, 255)
        both = await fetch(client, "two/tiles/zxy/0/0/0?encoding=PNG")
        assert tuple(both[10, 40]) == (value(0, 0, 1, True, False), 0, value(0, 1, 1, True, False), 255)

    serve(scenario, opener=open_stack)


def test_edges_of_tiles_are_filled_or_cut() -> None:
    async def scenario(client: TestClient) -> None:
        tile = "two/tiles/zxy/2/2/1?encoding=PNG"
        clear = await fetch(client, tile)
        assert clear.shape == (256, 256, 4)
        assert_array_equal(clear[44:], 0)
        cut = await fetch(client, f"{tile}&edge=crop")
        assert_array_equal(cut, clear[:44, :88])
        green = await fetch(client, f"{tile}&edge=lime")
        assert_array_equal(green[:44, :88], cut)
        assert_array_equal(green[:, 88:], np.broadcast_to([0, 255, 0, 255], (256, 168, 4)))

    serve(scenario)


@pytest.mark.parametrize(
    ("query", "size", "box"),
    [
        pytest.param("", (56, 80), (0, 0, 56, 80), id="the whole picture"),
        pytest.param("left=20&top=30&right=40&bottom=50", (20, 20), (20, 30, 40, 50), id="by its corners"),
        pytest.param("left=20&regionWidth=8", (8, 80), (20, 0, 28, 80), id="by its width"),
        pytest.param("right=28&regionWidth=8", (8, 80), (20, 0, 28, 80), id="by its width from the right"),
        pytest.param("left=-10&top=-20", (10, 20), (46, 60, 56, 80), id="from the other edge"),
        pytest.param("left=50&right=70", (6, 80), (50, 0, 56, 80), id="beyond the edge"),
        pytest.param("left=.5&top=.25&units=fraction", (28, 60), (28, 20, 56, 80), id="by shares"),
        pytest.param("left=0.02&units=mm", (36, 80), (20, 0, 56, 80), id="in millimetres"),
        pytest.param("left=20&units=um&regionWidth=8&unitsWH=base_pixels", (8, 80), (20, 0, 28, 80), id="mixed"),
        pytest.param("width=28", (28, 40), (0, 0, 56, 80), id="half as wide"),
        pytest.param("width=100&height=40", (28, 40), (0, 0, 56, 80), id="in a box"),
        pytest.param("width=112", (112, 160), (0, 0, 56, 80), id="larger than it is"),
        pytest.param("magnification=5", (28, 40), (0, 0, 56, 80), id="at a magnification"),
        pytest.param("mm_x=0.002&mm_y=0.002&exact=true", (28, 40), (0, 0, 56, 80), id="with pixels of a size"),
        pytest.param(
            "left=10&units=pixels&magnification=5", (18, 40), (20, 0, 56, 80), id="in pixels of a magnification"
        ),
    ],
)
def test_a_region_is_the_part_and_size_that_are_asked_for(
    query: str, size: tuple[int, int], box: tuple[int, int, int, int]
) -> None:
    async def scenario(client: TestClient) -> None:
        pixels = await fetch(client, f"two/tiles/region?encoding=PNG&frame=0&{query}")
        assert pixels.shape[:2] == (size[1], size[0])
        left, top, right, bottom = box
        # The corners of the region, in the quarters that they are in.
        corners = {(0, 0): (left, top), (0, -1): (right - 1, top), (-1, 0): (left, bottom - 1)}
        for place, (x, y) in corners.items():
            assert pixels[place][0] == value(0, 0, 0, x >= 28, y >= 40)

    serve(scenario, opener=open_stack)


def test_regions_are_filled_up_and_attached_as_asked() -> None:
    async def scenario(client: TestClient) -> None:
        sides = await fetch(client, "two/tiles/region?encoding=PNG&width=80&height=80&fill=red")
        assert sides.shape == (80, 80, 4)
        assert_array_equal(sides[:, :12], np.broadcast_to([255, 0, 0, 255], (80, 12, 4)))
        corner = await fetch(client, "two/tiles/region?encoding=PNG&width=80&height=80&fill=corner:red")
        assert_array_equal(corner[:, :56], sides[:, 12:68])
        url = f"{API}/two/tiles/region?contentDisposition=attachment&contentDispositionFilename=a%20b.jpg"
        answer = await client.get(url)
        assert answer.headers["Content-Disposition"] == "attachment; filename*=UTF-8''a%20b.jpg"

    serve(scenario, opener=open_stack)


def test_thumbnails_fit_in_their_box() -> None:
    async def scenario(client: TestClient) -> None:
        sizes = {"": (128, 256), "?width=60": (30, 60), "?width=60&height=20": (20, 40), "?height=10": (10, 20)}
        for query, shape in sizes.items():
            assert (await fetch(client, f"two/tiles/thumbnail{query}")).shape[:2] == shape

    serve(scenario)


def test_a_pixel_tells_the_values_of_its_channels() -> None:
    async def scenario(client: TestClient) -> None:
        both = await told(client, "two/tiles/pixel?left=40&top=10")
        red, blue = value(0, 0, 1, True, False), value(0, 1, 1, True, False)
        assert both == {"value": [red, blue], "r": red, "g": 0, "b": blue, "a": 255}
        several = await told(client, "two/tiles/pixel?left=40&top=10&frameList=0,9")
        assert [(one["frame"], one["value"]) for one in several] == [
            (0, [value(0, 0, 0, True, False)]),
            (9, [value(1, 1, 1, True, False)]),
        ]

    serve(scenario, opener=open_stack)


def test_a_histogram_counts_every_pixel_of_the_region() -> None:
    async def scenario(client: TestClient) -> None:
        # Two rows of pixels a row of voxels; below, they are interpolated across the border of two quarters.
        (whole,) = await told(client, "two/tiles/histogram?frame=9&bins=4&bottom=30")
        plane = stack()[1, 1, 1, :15]
        assert (whole["min"], whole["max"], whole["samples"]) == (plane.min(), plane.max(), 2 * plane.size)
        assert whole["range"] == [plane.min(), plane.max() + 1]
        counts, edges = np.histogram(plane.repeat(2, 0), 4, whole["range"])
        assert_array_equal(whole["hist"], counts)
        assert_allclose(whole["bin_edges"], edges)
        assert_allclose([whole["mean"], whole["stdev"]], [plane.mean(), plane.std()])
        (right,) = await told(client, "two/tiles/histogram?frame=9&left=28&rangeMin=0&rangeMax=256&bins=2&density=true")
        assert right["hist"] == [0, 1]
        (rounded,) = await told(client, "two/tiles/histogram?frame=9&bins=6&bottom=30&roundRange=true")
        assert (rounded["bins"], rounded["range"]) == (6, [plane.min(), plane.max() + 1])
        assert len(await told(client, "two/tiles/histogram")) == SHAPE[1]

    serve(scenario, opener=open_stack)


def test_bands_tell_the_range_of_each_channel() -> None:
    async def scenario(client: TestClient) -> None:
        bands = await told(client, "two/tiles/bands?frame=4")
        plane = stack()[0, 0, 2]
        assert (bands["1"]["min"], bands["1"]["max"]) == (plane.min(), plane.max())
        assert list(await told(client, "two/tiles/bands")) == ["1", "2"]

    serve(scenario, opener=open_stack)


def test_deep_zoom_tiles_are_those_of_the_picture() -> None:
    async def scenario(client: TestClient) -> None:
        text = await (await client.get(f"{API}/two/tiles/dzi.dzi?encoding=PNG")).text()
        assert 'TileSize="256" Overlap="0" Format="png"' in text
        whole = await fetch(client, "two/tiles/region?encoding=PNG")
        tile = await fetch(client, "two/tiles/dzi_files/10/1_1.jpeg?encoding=PNG")
        assert_array_equal(tile, whole[256:, 256:512])
        overlapping = await fetch(client, "two/tiles/dzi_files/10/1_0.jpeg?encoding=PNG&tilesize=128&overlap=2")
        assert_array_equal(overlapping, whole[:130, 126:258])

    serve(scenario)


def test_many_frames_stand_in_one_picture_where_quad_info_says() -> None:
    async def scenario(client: TestClient) -> None:
        info = await told(client, "two/tiles/tile_frames/quad_info?query=_%3D1&maxTextureSize=256")
        (asked,) = info["src"]
        picture = await fetch(client, "two/tiles/tile_frames?" + "&".join(f"{k}={v}" for k, v in asked.items()))
        assert max(picture.shape[:2]) <= 256
        assert info["frames"] == list(range(12))
        for frame, quad in enumerate(info["quads"]):
            crop = quad["crop"]
            rows = slice(picture.shape[0] - crop["bottom"], picture.shape[0] - crop["top"])
            part = picture[rows, crop["left"] : crop["right"]]
            time, plane, channel = frame // 6, frame // 2 % 3, frame % 2
            row, column = part.shape[0] // 4, part.shape[1] * 3 // 4
            assert abs(int(part[row, column, 0]) - value(time, channel, plane, True, False)) <= 2

    serve(scenario, opener=open_stack)


def test_an_item_has_a_name_and_all_that_is_known_of_it() -> None:
    async def scenario(client: TestClient) -> None:
        assert (await told(client, "2"))["name"] == "plate/A/1/0"
        assert (await told(client, "plate/A/1/0"))["_id"] == "plate/A/1/0"
        assert (await told(client, "two/tiles/internal_metadata"))["voxelcast"]["times"] == 1
        assert await told(client, "two/tiles/images") == []

    serve(scenario)


def test_answers_can_be_kept_and_read_by_any_page() -> None:
    async def scenario(client: TestClient) -> None:
        for path in ("tiles", "tiles/zxy/0/0/0?edge=white", "tiles/region?width=50", "tiles/histogram", "tiles/bands"):
            answer = await client.get(f"{API}/two/{path}")
            assert answer.headers["Access-Control-Allow-Origin"] == "*"
            again = await client.get(f"{API}/two/{path}", headers={"If-None-Match": answer.headers["ETag"]})
            assert again.status == 304
            assert (await client.head(f"{API}/two/{path}")).headers["ETag"] == answer.headers["ETag"]

    serve(scenario)


def test_the_values_of_a_large_plane_are_those_of_its_pixels() -> None:
    async def scenario(client: TestClient) -> None:
        (found,) = await told(client, "two/tiles/histogram?frame=5")
        plane = VOXELS[1, 2]
        assert (found["min"], found["max"], found["samples"]) == (plane.min(), plane.max(), plane.size)
        assert_allclose(found["mean"], plane.mean())

    serve(scenario)


@pytest.mark.parametrize(
    ("path", "status", "message"),
    [
        ("nothing/tiles", 404, "no volume 'nothing'"),
        ("99/tiles", 404, "no volume '99'"),
        ("two/tiles/zxy/3/0/0", 404, "zoom is 0 to 2"),
        ("two/tiles/zxy/2/3/0", 404, "zoom 2 has 3 x 2 tiles"),
        ("two/tiles/fzxy/6/0/0/0", 404, "no frame 6, it has 6 (0 to 5)"),
        ("two/tiles/zxy/0/0/0?frame=x", 400, "frame 'x'"),
        ("two/tiles/zxy/0/0/0?edge=nocolour", 400, "'nocolour' is no colour"),
        ("two/tiles/region?encoding=pickle:4", 400, "no picture format"),
        ("two/tiles/region?left=a", 400, "left 'a': write a number"),
        ("two/tiles/region?left=600", 404, "the picture is 600 x 300"),
        ("two/tiles/region?units=furlongs", 400, "units 'furlongs': must be base_pixels"),
        ("two/tiles/region?width=0", 400, "must be 1 or more"),
        ("two/tiles/region?width=60000", 400, "16777216 at most"),
        ("two/tiles/region?mm_x=0.003&exact=true", 400, "there is no picture with pixels 3"),
        ("two/tiles/region?jpegQuality=101", 400, "jpegQuality 101: must be 1 to 100"),
        ("two/tiles/region?jpegSubsampling=7", 400, "must be 0, 1 or 2"),
        ("two/tiles/region?contentDisposition=none", 400, "must be inline or attachment"),
        ("two/tiles/thumbnail?width=1", 400, "width '1': write a whole number, 2 or more"),
        ("two/tiles/histogram?bins=0", 400, "bins '0'"),
        ("two/tiles/histogram?rangeMin=3&rangeMax=2", 400, "the first must be the lower one"),
        ("two/tiles/dzi.dzi?tilesize=100", 400, "must be a power of 2"),
        ("two/tiles/tile_frames?frameList=1,b", 400, "frameList '1,b'"),
        ("two/tiles/tile_frames?width=3000&height=3000", 400, "16777216 at most"),
        ("two/tiles/tile_frames/quad_info?maxTextureSize=32", 400, "6 frames do not fit"),
        ("broken/tiles/zxy/0/0/0", 502, "chunk 0/0/0 is 7 bytes"),
    ],
)
def test_what_makes_no_sense_says_why(path: str, status: int, message: str) -> None:
    async def scenario(client: TestClient) -> None:
        answer = await client.get(f"{API}/{path}")
        assert answer.status == status
        assert message in (await answer.json())["error"]

    serve(scenario)


def test_a_style_colours_the_channels_of_a_frames_plane() -> None:
    async def scenario(client: TestClient) -> None:
        bands = [
            {"framedelta": 0, "palette": ["#000", "#0f0"], "min": 0, "max": 255},
            {"framedelta": 1, "palette": ["#000", "#f0f"], "min": 0, "max": 255},
        ]
        style = quote(json.dumps({"bands": bands}))
        # Frame 10 is channel 0 of plane 2 at time 1.
        pixels = await fetch(client, f"two/tiles/region?encoding=PNG&frame=10&style={style}")
        first, second = (value(1, channel, 2, True, False) for channel in range(2))
        assert tuple(pixels[10, 40]) == (second, first, second, 255)

    serve(scenario, opener=open_stack)
