"""OpenSeadragon on OMERO's addresses, as viewers of OMERO in pages do: imgData says what the grid of tiles is.

OMERO's own viewers are no packages that could be installed without its server.
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from render.backends.null import NullRenderer
from render.encode import decode
from render.engine import Engine
from render.volume.catalogue import Catalogue
from tests import clients
from tests.serving import open_volume
from tests.streaming import running
from voxelcast.app import make_app
from voxelcast.settings import Settings

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: make test")

GATEWAY = "/omero/webgateway"

PAGE = "<body style='margin: 0; background: #0000ff'><div id='viewer' style='width: 600px; height: 300px'></div>"

SHOW = """async (gateway) => {
    const image = await (await fetch(`${gateway}/imgData/1/`)).json();
    const plane = `${image.id}/${image.rdefs.defaultZ}/${image.rdefs.defaultT}`;
    const viewer = OpenSeadragon({
        element: document.getElementById("viewer"),
        showNavigationControl: false,
        drawer: "canvas",
        crossOriginPolicy: "Anonymous",
        animationTime: 0,
        tileSources: {
            width: image.size.width,
            height: image.size.height,
            tileSize: image.tile_size.width,
            maxLevel: image.levels - 1,
            getTileUrl: (level, x, y) =>
                `${gateway}/render_image_region/${plane}/?tile=${image.levels - 1 - level},${x},${y}&m=c&p=normal&q=1`,
        },
    });
    const item = await new Promise((done) => viewer.world.addHandler("add-item", (event) => done(event.item)));
    if (!item.getFullyLoaded()) {
        await new Promise((done) => item.addHandler("fully-loaded-change", done));
    }
    viewer.forceRedraw();
    await new Promise(requestAnimationFrame);
    await new Promise(requestAnimationFrame);
}"""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with (
        Engine(NullRenderer) as engine,
        running(make_app(Settings(), engine, Catalogue({"two": ""}, open_volume))) as url,
    ):
        yield url


def test_a_viewer_shows_the_picture_where_it_is(url: str, new_page: Callable[..., Any]) -> None:
    page = new_page(viewport={"width": 620, "height": 320})
    with clients.static(clients.files_of("openseadragon")) as origin:
        page.goto(f"{origin}/package.json")
        page.set_content(PAGE)
        page.add_script_tag(url=f"{origin}/build/openseadragon/openseadragon.min.js")
        page.evaluate(SHOW, url + GATEWAY)
    shown = decode(page.screenshot())[:300, :600, :3].astype(int)
    whole = decode(page.request.get(f"{url}{GATEWAY}/render_image/1/?format=png").body())[..., :3].astype(int)
    # It stretches tiles without overlap by a pixel, and from row to row the picture changes by 2 levels. With a tile
    # in a wrong place, or of a wrong resolution, it is 50 off.
    assert np.abs(shown - whole).mean() < 3.5
