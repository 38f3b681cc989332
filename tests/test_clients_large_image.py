"""GeoJS as npm published it, which shows the items of Girder with large_image, in Chromium: tiles and frames."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

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

ITEM = "/large_image/api/v1/item/two/tiles"

PAGE = "<body style='margin: 0; background: #0000ff'><div id='map' style='width: 600px; height: 300px'></div>"

SHOW = """async ([tiles, query]) => {
    const item = await (await fetch(tiles)).json();
    const params = geo.util.pixelCoordinateParams("#map", item.sizeX, item.sizeY, item.tileWidth, item.tileHeight);
    Object.assign(params.layer, {url: `${tiles}/zxy/{z}/{x}/{y}?${query}`, renderer: "canvas", zIndex: 0});
    // Nothing of it is at rest before its zoom is: from there on a pixel of the screen is one of the picture.
    const map = geo.map({...params.map, zoom: item.levels - 1});
    const layer = map.createLayer("osm", params.layer);
    await new Promise((done) => layer.onIdle(done));
    await new Promise(requestAnimationFrame);
}"""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with (
        Engine(NullRenderer) as engine,
        running(make_app(Settings(), engine, Catalogue({"two": ""}, open_volume))) as url,
    ):
        yield url


@pytest.mark.parametrize("query", ["encoding=PNG", "encoding=PNG&edge=crop", "encoding=PNG&frame=3"])
def test_geojs_shows_the_picture_where_it_is(url: str, query: str, new_page: Callable[..., Any]) -> None:
    page = new_page(viewport={"width": 620, "height": 320})
    with clients.static(clients.files_of("geojs")) as origin:
        page.goto(f"{origin}/package.json")
        page.set_content(PAGE)
        page.add_script_tag(url=f"{origin}/geo.min.js")
        page.evaluate(SHOW, [url + ITEM, query])
    shown = seen(page.screenshot())[:300, :600]
    whole = seen(page.request.get(f"{url}{ITEM}/region?{query.replace('edge=crop', '')}").body())
    assert np.abs(shown - whole).max() <= 1


def seen(picture: bytes) -> NDArray[np.int16]:
    """(height, width, 3) of a picture."""
    return decode(picture)[..., :3].astype(np.int16)
