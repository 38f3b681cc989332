"""Views as Deep Zoom pictures over HTTP: tiles that are the whole, the level of detail, what is refused."""

from xml.etree import ElementTree

import numpy as np
import pytest
from aiohttp.test_utils import TestClient
from numpy.testing import assert_array_equal

from render.backends.base import Renderer
from render.backends.choice import PROBES
from render.backends.compute import open_compute
from render.backends.null import NullRenderer
from render.encode import Pixels, decode
from render.frame import Frame
from render.scene import Quality, View
from render.volume.volume import Volume
from tests.agreement import waves
from tests.arrays import memory_volume
from tests.serving import serve

LOOK = "mode={}&azimuth=200&elevation=25&samples=2&bounding_box=true&axes=true&scale_bar=true"


def open_compute_here() -> Renderer:
    if not any(probe.usable and not probe.hardware for probe in PROBES["compute"]()):
        pytest.skip("compute draws nothing on the CPU here")
    return open_compute("llvm", 2**26)


def open_volume(source: str, name: str) -> Volume:
    """(9, 14, 17) voxels, and another level of every second."""
    fine = waves(0.0)
    return memory_volume(fine, fine[::2, ::2, ::2].copy(), spacing=(1.7, 0.9, 0.6), name=name)


async def fetch(client: TestClient, url: str) -> Pixels:
    answer = await client.get(url)
    assert answer.status == 200, await answer.text()
    return decode(await answer.read())


async def stitched(client: TestClient, query: str, level: int, size: tuple[int, int]) -> Pixels:
    """A level out of tiles of 40 pixels that overlap by 3; where they do, they are compared."""
    width, height = size
    whole, seen = np.zeros((height, width, 4), np.uint8), np.zeros((height, width), np.bool_)
    for row in range(-(-height // 40)):
        for column in range(-(-width // 40)):
            pixels = await fetch(client, f"/views/two_files/{level}/{column}_{row}.png?{query}")
            left, top = max(0, column * 40 - 3), max(0, row * 40 - 3)
            place = np.s_[top : top + pixels.shape[0], left : left + pixels.shape[1]]
            assert_array_equal(whole[place][seen[place]], pixels[seen[place]])
            whole[place], seen[place] = pixels, True
    assert seen.all()
    return whole


@pytest.mark.parametrize("mode", ["dvr", "mip", "slice"])
def test_stitched_tiles_are_the_picture_at_every_level(mode: str) -> None:
    look = LOOK.format(mode) if mode != "slice" else "mode=slice&axis=y&samples=2&scale_bar=true"

    async def scenario(client: TestClient) -> None:
        # 150 pixels are 152, which can be halved twice, until the picture is one tile.
        for level, size in ((8, (152, 100)), (7, (76, 50)), (6, (38, 25))):
            whole = await fetch(client, f"/volumes/two/render.png?{look}&size={size[0]}x{size[1]}")
            tiles = await stitched(client, f"{look}&size=150x100&tile=40&overlap=3", level, size)
            assert_array_equal(tiles, whole)

    serve(scenario, open_renderer=open_compute_here, opener=open_volume)


def test_a_gigapixel_is_described_and_its_corners_are_drawn() -> None:
    async def scenario(client: TestClient) -> None:
        query = "mode=mip&size=32768x32768"
        image = ElementTree.fromstring(await (await client.get(f"/views/two.dzi?{query}")).text())
        assert image.attrib == {"TileSize": "510", "Overlap": "1", "Format": "jpg"}
        assert image[0].attrib == {"Width": "32768", "Height": "32768"}
        # 64 columns of 510 pixels are 32640.
        assert (await fetch(client, f"/views/two_files/15/0_0.jpg?{query}")).shape == (511, 511, 4)
        assert (await fetch(client, f"/views/two_files/15/64_64.jpg?{query}")).shape == (129, 129, 4)
        assert (await fetch(client, f"/views/two_files/0/0_0.jpg?{query}")).shape == (1, 1, 4)

    serve(scenario)


class Noting(NullRenderer):
    """Notes what it draws."""

    def __init__(self) -> None:
        self.drawn: list[tuple[View, Quality]] = []

    def render(self, volume: Volume, view: View, quality: Quality) -> Frame:
        self.drawn.append((view, quality))
        return super().render(volume, view, quality)


def test_coarse_tiles_are_of_coarse_voxels_and_equal_ones_are_drawn_once() -> None:
    renderer = Noting()

    async def scenario(client: TestClient) -> None:
        for level in (5, 9):
            for _ in range(2):
                await fetch(client, f"/views/two_files/{level}/0_0.jpg?mode=mip&size=512x256&tile=128")

    serve(scenario, open_renderer=lambda: renderer)
    # "two" is 600 voxels wide, and its second level 300.
    assert [(view.size, quality.level) for view, quality in renderer.drawn] == [((32, 16), 1), ((129, 129), 0)]


def test_what_is_asked_may_stand_in_the_path() -> None:
    async def scenario(client: TestClient) -> None:
        by_query = await client.get("/views/two_files/9/0_0.jpg?mode=mip&tile=100&samples=1&size=512x256")
        by_path = await client.get("/views/two;mode=mip;tile=100_files/9/0_0.jpg?samples=1&size=512x256")
        assert by_query.headers["ETag"] == by_path.headers["ETag"]
        again = await client.get(
            "/views/two;mode=mip;tile=100_files/9/0_0.jpg?samples=1&size=512x256",
            headers={"If-None-Match": by_path.headers["ETag"]},
        )
        assert again.status == 304

    serve(scenario)


@pytest.mark.parametrize(
    ("url", "status", "message"),
    [
        pytest.param("two.dzi?size=32769x32768", 400, "the whole at most 1073741824", id="more than a gigapixel"),
        pytest.param("two.dzi?size=131073x1", 400, "a side is 1 to 131072", id="too long"),
        pytest.param("two.dzi?size=0x5", 400, "size 0 x 5", id="no pixels"),
        pytest.param("two.dzi?size=5", 400, "write WIDTHxHEIGHT", id="half a size"),
        pytest.param("two.dzi?tile=4096", 400, "tile 4096: must be 16 to 2048", id="tiles too large"),
        pytest.param("two.dzi?samples=65", 400, "samples 65: at most 64 a pixel", id="too many rays"),
        pytest.param("two.dzi?mode=fancy", 400, "mode 'fancy'", id="an unknown mode"),
        pytest.param("two_files/13/0_0.jpg", 404, "levels are 0 to 12", id="a level beyond the finest"),
        pytest.param("two_files/12/9_0.jpg", 404, "level 12 has 9 x 9 tiles", id="a column beyond the last"),
        pytest.param("two_files/8/0_0.gif", 400, "use one of png, jpg", id="an unknown format"),
        pytest.param("none.dzi", 404, "no volume 'none'", id="an unknown volume"),
        pytest.param("lost.dzi", 502, "no multiscales", id="a volume that is none"),
    ],
)
def test_what_cannot_be_drawn_says_why(url: str, status: int, message: str) -> None:
    async def scenario(client: TestClient) -> None:
        answer = await client.get(f"/views/{url}")
        assert answer.status == status
        assert message in (await answer.json())["error"]

    serve(scenario)
