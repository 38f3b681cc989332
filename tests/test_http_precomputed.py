"""The precomputed format over HTTP: what info says, what chunks hold, what is refused, and the link to Neuroglancer."""

import io
import json
from dataclasses import replace
from urllib.parse import unquote

import numpy as np
import pytest
from aiohttp.test_utils import TestClient
from numpy.testing import assert_array_equal
from numpy.typing import NDArray
from PIL import Image

from render.volume.info import ChannelInfo
from render.volume.labels import LabelMetadata
from render.volume.volume import LabelImage, Volume
from tests.arrays import ArrayInMemory, memory_volume
from tests.serving import Broken, serve
from tests.volumes import gradient
from tiles.precomputed.lattice import chunk_shapes
from tiles.precomputed.routes import split_place
from voxelcast.settings import Settings

SPACING, ORIGIN = (4.0, 1.0, 0.5), (10.0, -4.0, 30.25)
"""(z, y, x) in micrometres; the corner is at z 8 = 2 voxels, y -4.5 voxels, x 30 = 60 voxels."""

CELLS = gradient((2, 2, 5, 70, 90))
"""(t, c, z, y, x)."""

HALVED = CELLS[..., ::2, ::2].copy()
SOURCES_OF_CELLS = (ArrayInMemory(CELLS), ArrayInMemory(HALVED))

IDS = gradient((5, 70, 90), "uint32") % 11
METADATA = LabelMetadata(
    colors={3: (1.0, 0.0, 0.2, 1.0)},
    properties={5: {"class": "nucleus", "size": 2.5}, 7: {"class": "membrane", "size": 4, "by": "AB"}},
)
CHANNELS = (
    ChannelInfo("nuclei", "#00ff00", (100, 3500.5)),
    ChannelInfo("gl_spots (2)", "#ff00ff", (0, 9), active=False, inverted=True),
)
TYPES = {"bool": True, "int8": -7, "float64": 1e300, "int64": -(2**40), "uint64": 2**60, "float16": 0.5}
SOURCES = dict.fromkeys(("cells", "broken", "flat", "a/labels/b", *TYPES), "")


def cells(name: str) -> Volume:
    image = memory_volume(CELLS, HALVED, spacing=SPACING, origin=ORIGIN, name=name)
    info = replace(image.info, labels=("cells", "a/b"), channels=CHANNELS)
    pyramid = memory_volume(IDS, spacing=SPACING, origin=ORIGIN, name="cells")
    labels = LabelImage(pyramid, METADATA, info)
    return Volume(info, "tczyx", SOURCES_OF_CELLS, open_labels={"cells": labels, "a/b": labels}.__getitem__)


def open_volume(source: str, name: str) -> Volume:
    if name == "broken":
        return Volume(cells(name).info, "tczyx", (Broken(CELLS),) * 2)
    if name == "flat":
        return memory_volume(gradient((1, 300, 20), "uint8"), unit="parsec", name=name)
    if name in TYPES:
        return memory_volume(np.full((3, 5, 7), TYPES[name], name), name=name)
    return cells(name)


def ask(url: str, status: int = 200) -> bytes:
    """The body of the answer to a GET."""
    found = []

    async def scenario(client: TestClient) -> None:
        answer = await client.get(url)
        found.append(await answer.read())
        assert answer.status == status, found
        assert answer.headers["Access-Control-Allow-Origin"] == "*"

    serve(scenario, opener=open_volume, sources=SOURCES)
    return found[0]


def ask_json(url: str) -> dict:
    document: dict = json.loads(ask(url))
    return document


def voxels(body: bytes, dtype: str, *shape: int) -> NDArray[np.generic]:
    """(c, z, y, x): x is fastest in the bytes and the channel slowest."""
    return np.frombuffer(body, np.dtype(dtype).newbyteorder("<")).reshape(shape)


def test_info_says_where_and_how_large_voxels_are_in_nanometres() -> None:
    info = ask_json("/precomputed/cells/info")
    assert (info["type"], info["data_type"], info["num_channels"]) == ("image", "uint16", 2)
    assert [scale["size"] for scale in info["scales"]] == [[90, 70, 5], [45, 35, 5]]
    assert [scale["resolution"] for scale in info["scales"]] == [[500, 1000, 4000], [1000, 2000, 4000]]


def test_levels_begin_at_one_point_and_what_that_is_off_is_told() -> None:
    """y begins at voxel -4.5, and a level of half the voxels counts even ones: -4, and the half is the shift."""
    info = ask_json("/precomputed/cells/info")
    assert [scale["voxel_offset"] for scale in info["scales"]] == [[60, -4, 2], [30, -2, 2]]
    assert info["voxelcast"]["shift"] == [0, -500, 0]
    assert info["voxelcast"]["notes"] == [
        "In its world the volume lies 0, -0.5, 0 voxels (x, y, z) further on: voxel_offset is whole."
    ]


def test_a_level_that_lies_elsewhere_is_told() -> None:
    """Every second voxel, whose centres stay: the level begins half a fine voxel, a quarter of its own, before."""
    info = ask_json("/precomputed/cells/info")
    volume = cells("cells")
    fine, coarse = volume.info.levels
    moved = replace(coarse, origin=fine.origin)

    async def scenario(client: TestClient) -> None:
        answer = await client.get("/precomputed/cells/info")
        document = await answer.json()
        assert [scale["voxel_offset"] for scale in document["scales"]] == [
            scale["voxel_offset"] for scale in info["scales"]
        ]
        assert (
            "In its world s1 lies -0.25, -0.25, 0 of its voxels further on than s0." in document["voxelcast"]["notes"]
        )

    serve(scenario, opener=lambda source, name: volume.with_levels((fine, moved)), sources={"cells": ""})


def test_a_raw_chunk_has_x_fastest_and_channels_slowest() -> None:
    found = voxels(ask("/precomputed/cells/s0/60-124_-4-60_2-7"), "uint16", 2, 5, 64, 64)
    assert_array_equal(found, CELLS[0, :, :, :64, :64])


def test_chunks_at_the_edge_are_cut() -> None:
    found = voxels(ask("/precomputed/cells;t=1/s0/124-150_60-66_2-7"), "uint16", 2, 5, 6, 26)
    assert_array_equal(found, CELLS[1, :, :, 64:, 64:])


def test_flat_chunks_of_every_direction_and_coarser_levels() -> None:
    across_y = voxels(ask("/precomputed/cells/s1/30-75_3-4_2-7"), "uint16", 2, 5, 1, 45)
    assert_array_equal(across_y, CELLS[0, :, :, 10:11:2, ::2])
    across_x = voxels(ask("/precomputed/cells;channel=1/s0/67-68_-4-66_2-7"), "uint16", 1, 5, 70, 1)
    assert_array_equal(across_x, CELLS[0, 1:, :, :, 7:8])


def test_what_is_said_may_stand_in_the_query() -> None:
    assert ask("/precomputed/cells/s1/30-75_-2-33_4-5?t=1") == ask("/precomputed/cells;t=1/s1/30-75_-2-33_4-5")


def test_a_volume_of_one_plane_is_offered_in_planes_only() -> None:
    info = ask_json("/precomputed/flat/info")
    assert info["scales"][0]["chunk_sizes"] == [[512, 512, 1]]
    assert (
        info["voxelcast"]["notes"][0] == "The unit of lengths is 'parsec', which is not known: micrometres are assumed."
    )
    assert_array_equal(voxels(ask("/precomputed/flat/s0/0-20_0-300_0-1"), "uint8", 300, 20).ravel()[:3], [0, 1, 2])


@pytest.mark.parametrize(
    ("dtype", "sent", "value"),
    [
        ("bool", "uint8", 1),
        ("int8", "int8", -7),
        ("float64", "float32", np.inf),
        ("float16", "float32", 0.5),
        ("int64", "int32", -(2**31)),
        ("uint64", "uint64", 2**60),
    ],
)
def test_types_that_neuroglancer_does_not_read_are_converted_and_told(dtype: str, sent: str, value: float) -> None:
    info = ask_json(f"/precomputed/{dtype}/info")
    assert info["data_type"] == sent
    told = f"Voxels are {dtype}, which Neuroglancer does not read, and are sent as {sent}."
    assert (told in info["voxelcast"]["notes"]) == (sent != dtype)
    assert_array_equal(voxels(ask(f"/precomputed/{dtype}/s0/0-7_0-5_0-3"), sent, 3, 5, 7), value)


def test_a_png_holds_uint16_as_it_is() -> None:
    body = ask("/precomputed/cells;encoding=png;channel=1/s0/60-124_-4-60_2-7")
    pixels = np.asarray(Image.open(io.BytesIO(body)))
    assert_array_equal(pixels.reshape(5, 64, 64), CELLS[0, 1, :, :64, :64])


def test_a_jpeg_shows_the_window_in_8_bits() -> None:
    info = ask_json("/precomputed/cells;encoding=jpeg;channel=0/info")
    assert (info["data_type"], info["scales"][0]["encoding"]) == ("uint8", "jpeg")
    told = "Voxels are uint16; the windows of the channels, 100 to 3500.5, are spread over 0 to 255."
    assert info["voxelcast"]["notes"][0] == told
    body = ask("/precomputed/cells;encoding=jpeg;channel=0;quality=100/s0/60-124_-4-60_2-7")
    pixels = np.asarray(Image.open(io.BytesIO(body))).reshape(5, 64, 64).astype(float)
    expected = np.clip((CELLS[0, 0, :, :64, :64] - 100.0) / 3400.5, 0, 1) * 255
    assert np.abs(pixels - expected).max() <= 2


def test_labels_are_a_segmentation_of_ids_as_they_are() -> None:
    info = ask_json("/precomputed/cells/labels/cells/info")
    assert (info["type"], info["data_type"], info["num_channels"]) == ("segmentation", "uint32", 1)
    assert info["scales"][0]["encoding"] == "compressed_segmentation"
    assert info["scales"][0]["compressed_segmentation_block_size"] == [8, 8, 8]
    body = ask("/precomputed/cells/labels/a/b;encoding=raw/s0/60-124_-4-60_2-7")
    assert_array_equal(voxels(body, "uint32", 5, 64, 64), IDS[:, :64, :64])


def test_properties_say_what_ids_are() -> None:
    found = ask_json("/precomputed/cells/labels/cells/segment_properties/info")
    assert found["inline"]["ids"] == ["3", "5", "7"]
    assert found["inline"]["properties"] == [
        {"id": "class", "type": "label", "values": ["", "nucleus", "membrane"]},
        {"id": "size", "type": "string", "values": ["", "2.5", "4"]},
        {"id": "by", "type": "string", "values": ["", "", "AB"]},
    ]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("cells", ("cells", [], "")),
        ("cells;t=1/labels/x;y", ("cells", [("t", "1")], "x;y")),
        ("a/labels/b", ("a/labels/b", [], "")),
        ("a/labels/b/labels/c", ("a/labels/b", [], "c")),
        ("a/labels/c", ("a", [], "c")),
        ("none/labels/b", ("none/labels/b", [], "")),
    ],
)
def test_names_with_slashes_are_told_from_labels(text: str, meant: tuple[str, list[tuple[str, str]], str]) -> None:
    assert split_place(text, ["cells", "a", "a/labels/b"]) == meant


@pytest.mark.parametrize(
    ("url", "status", "message"),
    [
        pytest.param("none/info", 404, "no volume 'none'", id="an unknown volume"),
        pytest.param("cells/labels/none/info", 404, "no labels 'none'; there are: cells, a/b", id="unknown labels"),
        pytest.param("cells;t=2/info", 404, "no time 2", id="a time that is not there"),
        pytest.param("cells;channel=2/info", 404, "no channel 2", id="a channel that is not there"),
        pytest.param("cells;encoding=gif/info", 400, "must be one of raw, jpeg, png", id="an unknown encoding"),
        pytest.param("cells;encoding=jpeg/info", 400, "jpeg holds 1 or 3 channels, not 2", id="two channels in JPEG"),
        pytest.param("int8;encoding=png/info", 400, "png holds 1 to 4 channels of uint8", id="int8 in PNG"),
        pytest.param("cells;plane=z/info", 400, "unknown parameter 'plane'", id="a parameter of planes"),
        pytest.param("cells/labels/cells;channel=0/info", 400, "unknown parameter 'channel'", id="a channel of labels"),
        pytest.param("cells/segment_properties/info", 404, "are those of labels", id="properties of an image"),
        pytest.param("cells/s2/60-124_-4-60_2-7", 404, "no level 2", id="a scale that is not there"),
        pytest.param(
            "cells/s0/61-125_-4-60_2-7", 404, "s0 is 60-150_-4-66_2-7, in chunks of 64 x", id="beside the grid"
        ),
        pytest.param("cells/s0/60-150_-4-66_2-7", 404, "no chunk", id="a box that is no chunk"),
        pytest.param("cells/s0/188-252_-4-60_2-7", 404, "no chunk", id="a chunk outside"),
        pytest.param("cells/s0/60-124", 404, "no chunk", id="a chunk of one axis"),
        pytest.param("broken/s0/60-124_-4-60_2-7", 502, "chunk 0/0/0 is 7 bytes", id="a broken chunk"),
    ],
)
def test_what_is_not_there_says_why(url: str, status: int, message: str) -> None:
    assert message in json.loads(ask(f"/precomputed/{url}", status))["error"]


def test_an_answer_has_a_tag_and_its_head() -> None:
    async def scenario(client: TestClient) -> None:
        for url in ("cells/info", "cells/s1/30-75_-2-33_4-5", "cells/labels/cells/s0/60-124_-4-60_2-7"):
            answer = await client.get(f"/precomputed/{url}")
            again = await client.get(f"/precomputed/{url}", headers={"If-None-Match": answer.headers["ETag"]})
            head = await client.head(f"/precomputed/{url}")
            assert (answer.status, again.status, head.status) == (200, 304, 200)
            assert head.headers["Content-Length"] == str(len(await answer.read()))
            other = await client.get(f"/precomputed/{url}?t=0", headers={"If-None-Match": answer.headers["ETag"]})
            assert other.status == 200

    serve(scenario, opener=open_volume, sources={"cells": ""})


def test_the_link_opens_the_client_with_the_state() -> None:
    async def scenario(client: TestClient) -> None:
        answer = await client.get("/neuroglancer/cells;t=1", allow_redirects=False)
        state = await (await client.get("/neuroglancer/cells;t=1?json")).json()
        assert answer.status == 303
        address, state_in_link = answer.headers["Location"].split("#!")
        assert address == "https://viewer.example/"
        assert json.loads(unquote(state_in_link)) == state

    serve(scenario, Settings(neuroglancer="https://viewer.example/"), opener=open_volume, sources={"cells": ""})


def test_the_state_says_where_the_volume_and_its_labels_are() -> None:
    state = ask_json("/neuroglancer/cells;t=1?json")
    image, labels = state["layers"][:2]
    assert state["dimensions"] == {"x": [5e-7, "m"], "y": [1e-6, "m"], "z": [4e-6, "m"]}
    assert state["position"] == [60 + 45, -4.5 + 35, 2 + 2.5]
    assert image["source"]["url"].endswith("/precomputed/cells;t=1")
    assert labels["source"]["url"].endswith("/precomputed/cells/labels/cells;t=1")
    # both count y from -4 and begin at -4.5 voxels
    assert image["source"]["transform"]["matrix"] == [
        [1, 0, 0, 0, 0],
        [0, 1, 0, 0, -0.5],
        [0, 0, 1, 0, 0],
        [0, 0, 0, 1, 0],
    ]
    assert labels["source"]["transform"]["matrix"][1] == [0, 1, 0, -0.5]
    assert labels["segmentColors"] == {"3": "#ff0033"}


def test_a_volume_that_is_turned_in_its_world_is_turned_in_the_state() -> None:
    """A quarter about z, around the centre of the first voxel at x 30.25, y -4: x of the array is y of the world.

    A voxel of x is half a micrometre and one of y a whole. The point that the array counts from, x 0 and y -0.5, is
    30.25 to the left of and 3.5 below the centre.
    """
    volume = cells("cells")
    turned = replace(volume.info, direction=((0.0, -1.0, 0.0), (1.0, 0.0, 0.0), (0.0, 0.0, 1.0)), labels=())

    async def scenario(client: TestClient) -> None:
        state = await (await client.get("/neuroglancer/cells;channel=0?json")).json()
        x, y = 30.25 - 3.5, -4 - 30.25
        assert state["layers"][0]["source"]["transform"]["matrix"] == [[0, -2, 0, 2 * x], [0.5, 0, 0, y], [0, 0, 1, 0]]
        info = await (await client.get("/precomputed/cells/info")).json()
        assert info["voxelcast"]["notes"][-1] == "The volume is turned in its world, and not in this document."

    serve(scenario, opener=lambda source, name: Volume(turned, "tczyx", SOURCES_OF_CELLS), sources={"cells": ""})


def test_chunks_of_many_channels_are_smaller() -> None:
    """Of 4 MiB at most: 80 bytes a voxel are 20 MiB for 64^3."""
    info = cells("cells").info
    assert chunk_shapes(info, 2) == ((64, 64, 64), (512, 512, 1), (512, 1, 512), (1, 512, 512))
    assert chunk_shapes(info, 80) == ((32, 32, 32), (128, 128, 1), (128, 1, 128), (1, 128, 128))


def test_the_state_shows_channels_in_their_colours_and_windows() -> None:
    shader = ask_json("/neuroglancer/cells?json")["layers"][0]["shader"]
    assert "#uicontrol invlerp c0_nuclei(range=[100, 3500], channel=0)" in shader
    assert '#uicontrol vec3 c0_nuclei_color color(default="#00ff00")' in shader
    # inverted, and not shown at first
    assert "#uicontrol invlerp c1_gl_spots_2(range=[9, 0], channel=1)" in shader
    assert "#uicontrol bool c1_gl_spots_2_shown checkbox(default=false)" in shader
    alone = ask_json("/neuroglancer/cells;channel=1?json")["layers"][0]["shader"]
    assert "#uicontrol bool c1_gl_spots_2_shown checkbox(default=true)" in alone


def test_a_token_in_the_link_goes_on_to_what_it_opens() -> None:
    async def scenario(client: TestClient) -> None:
        state = await (await client.get("/neuroglancer/cells?json&token=sesame")).json()
        url = state["layers"][1]["source"]["url"]
        assert url.endswith("/precomputed/cells/labels/cells/?token=sesame|neuroglancer-precomputed:")
        info = await client.get("/precomputed/cells/labels/cells/info?token=sesame")
        assert info.status == 200

    serve(scenario, Settings(token="sesame"), opener=open_volume, sources={"cells": ""})
