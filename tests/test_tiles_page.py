"""The page of tiles in a real browser: what a user does and sees, and the addresses that it gives."""

import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.request import urlopen

import numpy as np
import pytest

from render.backends.null import NullRenderer
from render.encode import Pixels, decode
from render.engine import Engine
from render.volume.catalogue import Catalogue
from render.volume.sources import open_volume
from tests.streaming import running
from tests.volumes import write_labels, write_ome_zarr
from voxelcast.app import make_app
from voxelcast.settings import Settings

SPACING = (2.0, 0.5, 0.5)
RED = {"label-value": 7, "rgba": [255, 0, 0, 255]}
TIMES, DEPTH, HEIGHT, WIDTH = 3, 6, 60, 88

LOADED = """() => {
    const shown = document.getElementById("picture").dataset.shown;
    return shown && shown === document.getElementById("address-deep-zoom").value.replace(".dzi", "_files/");
}"""
"""The newest picture is there, and lies over no other."""

PLACE = """([x, y]) => {
    const viewer = OpenSeadragon.getViewer(document.getElementById("picture"));
    const point = viewer.world.getItemAt(0).imageToViewerElementCoordinates(new OpenSeadragon.Point(x, y));
    return [point.x, point.y];
}"""


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    """ "plate/cells" is green to the left of voxel 30, fading with time, and magenta above voxel 20 in planes 4 and 5.

    Its spots are labelled 7, red, where y is 40 or more and x 50 or more.
    """
    array = np.zeros((TIMES, 2, DEPTH, HEIGHT, WIDTH), np.uint16)
    for time, share in enumerate((1.0, 0.5, 0.25)):
        array[time, 0, :, :, :30] = round(1000 * share)
    array[:, 1, 4:, :20] = 1000
    ids = np.zeros((DEPTH, HEIGHT, WIDTH), np.uint8)
    ids[:, 40:, 50:] = 7
    window = {"start": 0, "end": 1000}
    channels = [
        {"label": "nuclei", "color": "00FF00", "active": True, "window": window},
        {"label": "spots", "color": "FF00FF", "active": True, "window": window},
    ]
    folder = tmp_path_factory.mktemp("volumes")
    cells = write_ome_zarr(
        folder / "c.ome.zarr", array, "tczyx", spacing=SPACING, levels=2, omero={"channels": channels}
    )
    write_labels(cells, "dots", ids, spacing=SPACING, described={"colors": [RED]})
    return Catalogue({"plate/cells": str(cells), "gone": str(folder / "gone.ome.zarr")}, open_volume)


@pytest.fixture(scope="module")
def url(catalogue: Catalogue) -> Iterator[str]:
    with Engine(NullRenderer) as engine, running(make_app(Settings(), engine, catalogue)) as url:
        yield url


@pytest.fixture
def page(new_page: Callable[..., Any], url: str) -> Any:
    return show(new_page(), f"{url}/volumes/plate/cells/tiles")


@pytest.fixture
def page_with_token(new_page: Callable[..., Any], catalogue: Catalogue) -> Iterator[Any]:
    settings = Settings(token="open sesame")
    with Engine(NullRenderer) as engine, running(make_app(settings, engine, catalogue)) as url:
        yield show(new_page(), f"{url}/volumes/plate/cells/tiles?token=open%20sesame")


def show(page: Any, address: str) -> Any:
    page.goto(address)
    loaded(page)
    return page


def loaded(page: Any) -> None:
    page.wait_for_function(LOADED)
    page.evaluate("() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))")


def color_at(page: Any, x: float, y: float) -> list[int]:
    """What is seen at a pixel of the plane."""
    across, down = page.evaluate(PLACE, [x + 0.5, y + 0.5])
    picture: Pixels = decode(page.locator("#picture").screenshot())
    return [int(value) for value in picture[int(down), int(across), :3]]


def address(page: Any, label: str) -> str:
    field: str = page.get_by_label(label, exact=False).first.input_value()
    return field


def test_the_middle_plane_is_shown_in_the_colours_of_the_metadata(page: Any) -> None:
    assert page.title() == "plate/cells: tiles – Voxelcast"
    assert color_at(page, 10, 50) == pytest.approx([0, 255, 0], abs=4)
    assert color_at(page, 70, 50) == pytest.approx([0, 0, 0], abs=4)
    assert page.inner_text("#index-text") == "4 of 6 · 6 µm"
    assert page.inner_text("#about") == "88 × 60 × 6 voxels of 0.5 × 0.5 × 2 µm"


def test_nothing_comes_from_elsewhere_and_nothing_fails(new_page: Callable[..., Any], url: str) -> None:
    page = new_page()
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    show(page, f"{url}/volumes/plate/cells/tiles")
    assert [one for one in asked if not one.startswith(url)] == []
    assert said == []


def test_another_plane_and_a_slab_of_several(page: Any) -> None:
    page.get_by_label("Plane", exact=False).and_(page.locator("#index")).fill("5")
    loaded(page)
    assert color_at(page, 70, 10) == pytest.approx([255, 0, 255], abs=4)
    page.locator("#index").fill("2")
    loaded(page)
    assert color_at(page, 70, 10) == pytest.approx([0, 0, 0], abs=4)
    page.locator("#thickness").fill("6")
    loaded(page)
    assert page.inner_text("#index-text") == "1 to 6 of 6"
    assert page.inner_text("#thickness-text") == "6 planes · 12 µm"
    assert color_at(page, 70, 10) == pytest.approx([255, 0, 255], abs=4)
    page.get_by_label("Projection").select_option("mean")
    loaded(page)
    assert color_at(page, 70, 10) == pytest.approx([85, 0, 85], abs=5)


def test_planes_across_y_have_the_aspect_of_the_world_and_z_up(page: Any) -> None:
    page.get_by_role("button", name="Across y").click()
    page.locator("#index").fill("10")
    loaded(page)
    # 6 planes of 2 um are 24 pixels of 0.5 um; the later planes are on top.
    assert color_at(page, 70, 3) == pytest.approx([255, 0, 255], abs=6)
    assert color_at(page, 70, 14) == pytest.approx([0, 0, 0], abs=4)
    assert page.inner_text("#index-text") == "11 of 60 · 5 µm"


def test_channels_have_a_switch_a_colour_and_a_window(page: Any) -> None:
    page.get_by_label("Colour of nuclei").fill("#ffff00")
    loaded(page)
    assert color_at(page, 10, 50) == pytest.approx([255, 255, 0], abs=4)
    page.get_by_label("Upper end of the window of nuclei").fill("2000")
    page.keyboard.press("Tab")
    loaded(page)
    assert color_at(page, 10, 50) == pytest.approx([128, 128, 0], abs=5)
    page.locator("fieldset[aria-label=nuclei] .visible").uncheck()
    loaded(page)
    assert color_at(page, 10, 50) == pytest.approx([0, 0, 0], abs=4)
    assert page.locator("fieldset[aria-label=spots] .visible").is_disabled()


def test_time_goes_on(page: Any) -> None:
    page.locator("#time").fill("1")
    loaded(page)
    assert page.inner_text("#time-text") == "2 of 3"
    assert color_at(page, 10, 50) == pytest.approx([0, 127, 0], abs=5)


def test_labels_lie_over_the_plane(page: Any) -> None:
    page.get_by_label("dots").check()
    loaded(page)
    assert color_at(page, 70, 50) == pytest.approx([127, 0, 0], abs=6)
    page.get_by_label("Opacity").fill("1")
    loaded(page)
    assert color_at(page, 70, 50) == pytest.approx([255, 0, 0], abs=6)
    page.get_by_label("Outlines only").check()
    loaded(page)
    assert color_at(page, 70, 50) == pytest.approx([0, 0, 0], abs=6)


def test_addresses_follow_what_is_shown_and_can_be_copied(page: Any, url: str) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.locator("#index").fill("5")
    page.get_by_label("Colour of nuclei").fill("#ffff00")
    loaded(page)
    query = "plane=z:5&channels=0:%23ffff00,1"
    assert address(page, "Deep Zoom") == f"{url}/dzi/plate/cells.dzi?{query}"
    assert address(page, "TileJSON") == f"{url}/tiles/plate/cells/tilejson.json?{query}"
    assert address(page, "IIIF 3") == f"{url}/iiif/3/plate%2Fcells;plane=z:5;channels=0:%23ffff00,1/info.json"
    page.get_by_role("button", name="Copy the address for Deep Zoom").click()
    page.get_by_text("Copied").wait_for()
    assert page.evaluate("() => navigator.clipboard.readText()") == address(page, "Deep Zoom")


@pytest.mark.parametrize(
    "label", ["Neuroglancer", "OME-Zarr", "Deep Zoom", "IIIF 3", "IIIF 2", "XYZ tiles", "TileJSON", "Zoomify", "OMERO"]
)
def test_every_address_answers(page: Any, label: str) -> None:
    found = address(page, label).replace("{z}/{x}/{y}", "0/0/0")
    # The group of an OME-Zarr is its metadata, and a link to Neuroglancer leads away from here.
    found += {"OME-Zarr": "/zarr.json", "Neuroglancer": "?json"}.get(label, "")
    with urlopen(found) as answer:
        assert answer.status == 200


def test_the_view_in_3d_is_described(page: Any) -> None:
    with urlopen(address(page, "3-D view")) as answer:
        assert b'Width="8192"' in answer.read()


def test_itk_vtk_viewer_and_zarr_python_get_what_they_read(page: Any, url: str) -> None:
    link = address(page, "itk-vtk-viewer")
    assert link == f"https://kitware.github.io/itk-vtk-viewer/app/?fileToLoad={url}/zarr2/plate/cells.zarr"
    with urlopen(f"{link.partition('=')[2]}/.zattrs") as answer:
        assert "multiscales" in json.load(answer)
    assert address(page, "zarr-python") == f'zarr.open_group("{url}/zarr/plate/cells.ome.zarr", mode="r")'


def test_it_is_used_with_the_keyboard(page: Any) -> None:
    page.keyboard.press("Tab")
    before = page.evaluate(PLACE, [0, 0])
    page.keyboard.press("+")
    page.wait_for_function(f"(before) => ({PLACE})([0, 0])[1] < before - 20", arg=before[1])
    page.keyboard.press("f")
    page.keyboard.press("r")
    viewport = "OpenSeadragon.getViewer(document.getElementById('picture')).viewport"
    assert page.evaluate(f"() => [{viewport}.getFlip(), {viewport}.getRotation()]") == [False, 0]
    page.get_by_role("button", name="Show all of the plane").press("Enter")
    page.wait_for_function(f"(before) => Math.abs(({PLACE})([0, 0])[1] - before) < 0.5", arg=before[1])


def test_the_bar_is_as_long_as_it_says(page: Any) -> None:
    left, right = (page.evaluate(PLACE, [x, 0])[0] for x in (0, 88))
    number, unit = page.inner_text("#scale-text").split()
    assert unit == "µm"
    assert page.locator("#scale").bounding_box()["width"] == pytest.approx(float(number) * (right - left) / 44, abs=1)


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_a_narrow_window_shows_all_in_either_scheme(new_page: Callable[..., Any], url: str, scheme: str) -> None:
    page = show(
        new_page(viewport={"width": 360, "height": 740}, color_scheme=scheme), f"{url}/volumes/plate/cells/tiles"
    )
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    assert page.evaluate("document.getElementById('panel').scrollWidth") == 360
    ground = page.evaluate("getComputedStyle(document.getElementById('panel')).backgroundColor")
    red = int(ground.removeprefix("rgb(").split(",")[0])
    assert red < 60 if scheme == "dark" else red > 200


def test_what_cannot_be_shown_says_why(new_page: Callable[..., Any], url: str) -> None:
    page = new_page()
    page.goto(f"{url}/volumes/gone/tiles")
    page.locator("#message").wait_for()
    assert "gone" in page.inner_text("#message")
    answer = page.goto(f"{url}/volumes/none/tiles")
    assert answer.status == 404
    assert "no volume 'none'" in answer.json()["error"]


def test_the_page_of_3d_leads_here_and_back(page: Any, url: str) -> None:
    page.get_by_role("link", name="The volume in 3-D").click()
    page.wait_for_function("() => document.title === 'plate/cells – Voxelcast'")
    page.get_by_role("link", name="Its planes").click()
    page.wait_for_url(f"{url}/volumes/plate/cells/tiles")
    loaded(page)


def test_whoever_opens_it_with_the_token_gets_a_cookie(page_with_token: Any) -> None:
    assert "token" not in page_with_token.url
    assert color_at(page_with_token, 10, 50) == pytest.approx([0, 255, 0], abs=4)
