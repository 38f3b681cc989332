"""Depth, picking and the rays of a pixel over HTTP."""

import io

import msgspec
import numpy as np
import pytest
from aiohttp.test_utils import TestClient
from msgspec.structs import replace

from render.backends.null import NullRenderer
from render.frame import Frame
from render.geometry import length, subtract
from render.scene import Quality, View, decode_view, encode_view
from render.volume.volume import Volume
from tests.serving import VOXELS, serve


class AtTarget(NullRenderer):
    """Draws what lies at the target's distance, with a depth where it is asked for, and remembers the qualities."""

    def __init__(self) -> None:
        self.qualities: list[Quality] = []

    def render(self, volume: Volume, view: View, quality: Quality) -> Frame:
        self.qualities.append(quality)
        frame = super().render(volume, view, quality)
        if frame.depth is not None:
            frame.depth[:] = length(subtract(view.camera.target, view.camera.position))
        return frame


async def slice_view(client: TestClient) -> View:
    described = await (await client.get("/volumes/two?mode=slice&size=601x301")).json()
    return decode_view(msgspec.json.encode(described["view"]))


def test_a_pick_says_the_place_and_the_values_of_the_visible_channels() -> None:
    async def scenario(client: TestClient) -> None:
        # The middle of the volume, between voxels 149 and 150 of y and 299 and 300 of x.
        expected = VOXELS[:, 1, 149:151, 299:301].astype(float).mean(axis=(1, 2))
        for answer in (
            await client.get("/volumes/two/pick?mode=slice&size=601x301&x=300&y=150"),
            await client.post("/volumes/two/pick?x=300&y=150", data=encode_view(await slice_view(client))),
        ):
            picked = await answer.json()
            assert answer.status == 200
            # A depth of 670 in float32 is 3e-5 apart from the next.
            assert picked["position"] == pytest.approx([299.5, 149.5, 1.0], abs=1e-4)
            assert [one["channel"] for one in picked["values"]] == [0, 1]
            assert [one["value"] for one in picked["values"]] == pytest.approx(expected, rel=1e-4)
            assert picked["labels"] == []

    serve(scenario, open_renderer=AtTarget)


def test_where_there_is_nothing_a_pick_says_so() -> None:
    async def scenario(client: TestClient) -> None:
        answer = await client.get("/volumes/two/pick?size=80x60&x=0&y=0")
        assert await answer.json() == {"position": None, "distance": None, "values": [], "labels": []}

    serve(scenario)


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("x=3", "y '': write a whole number"),
        ("x=3&y=1.5", "y '1.5': write a whole number"),
        ("x=3&x=3&y=1", "x is given twice"),
        ("x=80&y=1&size=80x60", "pixel 80, 1: the picture has 80 x 60"),
        ("x=1&y=1&samples=4", "unknown parameter 'samples'"),
    ],
)
def test_what_is_no_pixel_is_refused(query: str, message: str) -> None:
    async def scenario(client: TestClient) -> None:
        answer = await client.get(f"/volumes/two/pick?{query}")
        assert answer.status == 400
        assert message in (await answer.json())["error"]

    serve(scenario)


def test_depth_is_an_array_in_numpy_s_format() -> None:
    async def scenario(client: TestClient) -> None:
        view = replace(await slice_view(client), size=(80, 60))
        for answer in (
            await client.get("/volumes/two/depth.npy?mode=slice&size=80x60"),
            await client.post("/volumes/two/depth.npy", data=encode_view(view)),
        ):
            depth = np.load(io.BytesIO(await answer.read()))
            assert (depth.shape, depth.dtype) == ((60, 80), np.float32)
            assert depth[7, 5] == pytest.approx(length(subtract(view.camera.target, view.camera.position)))

    serve(scenario, open_renderer=AtTarget)


def test_the_rays_of_a_pixel_can_be_said() -> None:
    renderer = AtTarget()

    async def scenario(client: TestClient) -> None:
        assert (await client.get("/volumes/two/render.png?size=8x8&samples=16")).status == 200
        view = replace(await slice_view(client), size=(9, 9))
        assert (await client.post("/volumes/two/render.png?samples=4", data=encode_view(view))).status == 200
        assert [quality.samples for quality in renderer.qualities] == [16, 4]
        for query, message in [
            ("samples=0", "samples 0: must be 1 to 256"),
            ("samples=x", "samples 'x'"),
            ("samples=65&size=2048x2048", "samples 65: the server draws at most 64 a pixel of 2048 x 2048"),
        ]:
            answer = await client.get(f"/volumes/two/render.png?{query}")
            assert (answer.status, message in (await answer.json())["error"]) == (400, True)
        answer = await client.post("/volumes/two/render.png?mode=mip", data=encode_view(view))
        assert "unknown parameter 'mode': beside a View" in (await answer.json())["error"]

    serve(scenario, open_renderer=lambda: renderer)
