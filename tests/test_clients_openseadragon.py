"""OpenSeadragon, as it was published, on every protocol that it speaks: it shows what the library draws.

The viewer is served from another origin, so that whatever it fetches needs CORS. The plane is larger than a tile, and
the viewer as large as the plane, a pixel for a pixel.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest
from numpy.typing import NDArray

from render.backends.null import NullRenderer
from render.encode import decode
from render.engine import Engine
from render.intent import ChannelIntent
from render.volume.catalogue import Catalogue
from render.volume.sources import open_volume
from tests.clients import files_of, static
from tests.streaming import running
from tests.volumes import write_ome_zarr
from tiles.drawing.bricks import Bricks
from tiles.drawing.draw import draw
from tiles.section import AxisIntent, SectionIntent, resolve_section
from tiles.work import Job
from voxelcast.app import make_app
from voxelcast.settings import Settings

NAME = "plate/A 1"
WIDTH, HEIGHT = 423, 301
SAID = [("plane", "z:1"), ("channels", "0:green:0-1000,1:magenta:0-1000")]
QUERY = "&".join(f"{key}={value}" for key, value in SAID)
IN_PATH = "".join(f";{key}={value}" for key, value in SAID)

SOURCES = {
    "Deep Zoom": lambda url: f"{url}/dzi/{quote(NAME)}.dzi?{QUERY}",
    "Deep Zoom, in the path": lambda url: f"{url}/dzi/{quote(NAME)}{IN_PATH}.dzi",
    "Deep Zoom, wide overlap, webp": lambda url: (
        f"{url}/dzi/{quote(NAME)}.dzi?tile=100&overlap=9&format=webp&quality=100&{QUERY}"
    ),
    "IIIF 2": lambda url: f"{url}/iiif/2/{quote(NAME + IN_PATH, safe=';=:,')}/info.json",
    "IIIF 3": lambda url: f"{url}/iiif/3/{quote(NAME + IN_PATH, safe=';=:,')}/info.json",
    "Zoomify": lambda url: {
        "type": "zoomifytileservice",
        "width": WIDTH,
        "height": HEIGHT,
        "tilesUrl": f"{url}/zoomify/{quote(NAME)}{IN_PATH}/",
    },
}

OPEN = """([source, width, height]) => new Promise((resolve, reject) => {
    const element = document.createElement("div");
    element.style.cssText = `position: fixed; left: 0; top: 0; width: ${width}px; height: ${height}px`;
    element.style.background = "black";
    document.body.replaceChildren(element);
    const template = source.template;
    if (template) {
        const fill = (zoom, x, y) => template.replace("{z}", zoom).replace("{x}", x).replace("{y}", y);
        source = { width, height, tileSize: 256, minLevel: 8, getTileUrl: (level, x, y) => fill(level - 8, x, y) };
    }
    const viewer = new OpenSeadragon.Viewer({
        element, tileSources: source, showNavigationControl: false, drawer: "canvas", loadTilesWithAjax: true,
    });
    for (const event of ["open-failed", "tile-load-failed"])
        viewer.addHandler(event, ({ message }) => reject(new Error(message)));
    viewer.addHandler("open", () => {
        const loaded = () => requestAnimationFrame(() => requestAnimationFrame(resolve));
        const image = viewer.world.getItemAt(0);
        if (image.getFullyLoaded()) loaded();
        else image.addOnceHandler("fully-loaded-change", loaded);
    });
})"""


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """(c, z, y, x) = (2, 3, 301, 423): 0 is brighter to the right and in later planes, 1 has a disc top left."""
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    ramp = np.stack([(0.5 + 0.25 * z) * 1000 * x / WIDTH for z in range(3)])
    disc = np.stack([900 / (1 + np.exp((np.hypot(y - 80, x - 110) - 50) / 4))] * 3)
    array = np.stack([ramp, disc]).astype(np.uint16)
    folder = tmp_path_factory.mktemp("volumes")
    return write_ome_zarr(folder / "a.ome.zarr", array, "czyx", spacing=(2.0, 0.5, 0.5), origin=(5, -7, 3), levels=3)


@pytest.fixture(scope="module")
def url(path: Path) -> Iterator[str]:
    catalogue = Catalogue({NAME: str(path)}, open_volume)
    with Engine(NullRenderer) as engine, running(make_app(Settings(), engine, catalogue)) as url:
        yield url


@pytest.fixture(scope="module")
def viewer() -> Iterator[str]:
    with static(files_of("openseadragon")) as url:
        yield url


@pytest.fixture(scope="module")
def plane(path: Path) -> NDArray[np.uint8]:
    """The plane of `SAID` as the library draws it, (height, width, 3)."""
    channels = (ChannelIntent(0, "green", (0, 1000)), ChannelIntent(1, "magenta", (0, 1000)))
    volume = open_volume(str(path), NAME)
    section = resolve_section(
        SectionIntent(AxisIntent("z", index=1), channels=channels), volume.info, volume.statistics
    )
    patch = section.plane.pyramid.patch(0, 0, 0, WIDTH, HEIGHT)
    return draw(volume, section, patch, Bricks(2**24), Job())[..., :3]


def shown(new_page: Callable[..., Any], viewer: str, source: object, size: tuple[int, int]) -> NDArray[np.uint8]:
    """What the viewer shows of a tile source, (height, width, 3); no request may have failed."""
    page = new_page(viewport={"width": 520, "height": 520})
    failed: list[str] = []
    page.goto(f"{viewer}/LICENSE.txt")
    page.on("requestfailed", lambda request: failed.append(request.url))
    page.on("response", lambda answer: failed.append(f"{answer.status} {answer.url}") if answer.status >= 400 else None)
    page.add_script_tag(url=f"{viewer}/build/openseadragon/openseadragon.min.js")
    page.evaluate(OPEN, [source, *size])
    picture = page.screenshot(clip={"x": 0, "y": 0, "width": size[0], "height": size[1]})
    assert failed == []
    return decode(picture)[..., :3]


def check(picture: NDArray[np.uint8], plane: NDArray[np.uint8]) -> None:
    """The same but for what JPEG leaves out; mirrored, turned or a plane further it would be 30 levels off and more."""
    difference = np.abs(picture.astype(int) - plane)
    assert difference.mean() < 1.5
    assert np.percentile(difference, 99.9) < 12


@pytest.mark.parametrize("protocol", SOURCES)
def test_it_shows_the_plane(
    new_page: Callable[..., Any], url: str, viewer: str, plane: NDArray[np.uint8], protocol: str
) -> None:
    check(shown(new_page, viewer, SOURCES[protocol](url), (WIDTH, HEIGHT)), plane)


def test_it_shows_a_view_in_3d(new_page: Callable[..., Any], url: str, viewer: str) -> None:
    source = f"{url}/views/{quote(NAME)}.dzi?mode=mip&size=3000x2000&background=white"
    picture = shown(new_page, viewer, source, (423, 282))
    # The renderer of these tests draws squares of the background and of its opposite.
    assert picture.min() < 50
    assert picture.max() > 200


@pytest.mark.parametrize("ending", ["png", "jpg", "webp", "avif"])
def test_it_shows_xyz_tiles(
    new_page: Callable[..., Any], url: str, viewer: str, plane: NDArray[np.uint8], ending: str
) -> None:
    template = f"{url}/tiles/{quote(NAME)}/{{z}}/{{x}}/{{y}}.{ending}?{QUERY}"
    picture = shown(new_page, viewer, {"template": template}, (512, 512))
    check(picture[:HEIGHT, :WIDTH], plane)
    assert picture[HEIGHT + 8 :].max() < 8
    assert picture[:, WIDTH + 8 :].max() < 8
