"""Neuroglancer's web client, as PyPI's package brings it, opens the link of a volume: what it shows, and where.

The client of that package wants a server of its own beside the page, and says so in the last line of its window; it
takes its state from the address as any other.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from aiohttp import web
from numpy.typing import NDArray

from render.backends.null import NullRenderer
from render.encode import decode
from render.engine import Engine
from render.volume.catalogue import Catalogue
from render.volume.sources import open_volume
from tests.streaming import running
from tests.volumes import write_labels, write_ome_zarr
from tiles.precomputed.neuroglancer import PANEL
from voxelcast.app import make_app
from voxelcast.settings import Settings

if TYPE_CHECKING:
    from playwright.sync_api import Page

neuroglancer = pytest.importorskip("neuroglancer", reason="neuroglancer is not installed: make test")

CLIENT = Path(neuroglancer.__file__).parent / "static" / "client"
WINDOW = {"width": 1000, "height": 720}

EXTENT = (28.0, 20.0, 24.0)
"""Of the volume in micrometres, (x, y, z)."""

PLACE = {"spacing": (2.0, 0.5, 0.5), "origin": (100.0, -7.0, 30.0), "levels": 2}
CHANNELS = [
    {"label": "nuclei", "color": "00FF00", "active": True, "window": {"start": 100, "end": 1000}},
    {"label": "spots", "color": "FF00FF", "active": True, "window": {"start": 100, "end": 500}},
]
GREEN, MAGENTA, BLACK, OUTSIDE = (0, 255, 0), (255, 0, 255), (0, 0, 0), (128, 128, 128)

READY = """count => window.viewer && viewer.layerManager.managedLayers.length === count
    && viewer.layerManager.managedLayers.every(layer => layer.isReady()) && viewer.isReady()"""
PANELS = """() => [...document.querySelectorAll(".neuroglancer-rendered-data-panel")].map(panel => {
    const { left, top, width, height } = panel.getBoundingClientRect();
    return [left + width / 2, top + height / 2];
})"""


def cells() -> NDArray[np.uint16]:
    """(c, z, y, x) = (2, 12, 40, 56): nuclei at the upper left and, in the first quarter of z, on the left; spots at
    the lower right.
    """
    z, y, x = np.indices((12, 40, 56))
    nuclei = (x < 14) & ((y < 10) | (z < 3))
    spots = (x >= 42) & (y >= 30)
    return np.stack([nuclei * 1000, spots * 500]).astype(np.uint16)


def ids() -> NDArray[np.uint32]:
    """(z, y, x): 7 at the upper right, all through z."""
    _, y, x = np.indices((12, 40, 56))
    return np.where((x >= 42) & (y < 10), 7, 0).astype(np.uint32)


@pytest.fixture(scope="module")
def volumes(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    folder = tmp_path_factory.mktemp("volumes")
    image = write_ome_zarr(folder / "cells.zarr", cells(), "czyx", omero={"channels": CHANNELS}, **PLACE)
    colors = [{"label-value": 7, "rgba": [0, 0, 255, 255]}]
    write_labels(image, "corner", ids(), described={"colors": colors}, **PLACE)
    many = write_ome_zarr(folder / "many.zarr", cells()[0], omero={"channels": CHANNELS[:1]}, **PLACE)
    colors += [{"label-value": label, "rgba": [255, 0, 0]} for label in range(1000, 1600)]
    write_labels(many, "corner", ids(), described={"colors": colors}, **PLACE)
    return Catalogue({"plate 1/cells": str(image), "many": str(many)}, open_volume)


@contextmanager
def client() -> Iterator[str]:
    """The URL of the client."""

    async def nothing(_: web.Request) -> web.Response:
        return web.Response(status=204)

    app = web.Application()
    app.router.add_static("/v/test/", CLIENT)
    app.router.add_get("/events/test", nothing)
    with running(app) as url:
        yield f"{url}/v/test/index.html"


@dataclass
class Shown:
    """A screenshot; places in it are micrometres from the middle of the volume, in the first panel (xy) or another."""

    pixels: NDArray[np.uint8]
    middles: list[tuple[float, float]]

    def at(self, across: float, down: float, panel: int = 0) -> tuple[int, ...]:
        x, y = self.middles[panel]
        side = max(EXTENT) / PANEL
        return tuple(int(v) for v in self.pixels[round(y + down / side), round(x + across / side), :3])


@pytest.fixture
def show(new_page: "Callable[..., Page]", volumes: Catalogue) -> Iterator[Callable[..., Shown]]:
    """Opens a link and waits until all is drawn; nothing that it asks of Voxelcast may fail."""
    failed = []

    def on_response(response: object) -> None:
        if response.status >= 400:  # type: ignore[attr-defined]
            failed.append(f"{response.status} {response.url}")  # type: ignore[attr-defined]

    with client() as address, Engine(NullRenderer) as engine:

        def open_link(path: str, layers: int, token: str = "") -> Shown:
            settings = Settings(neuroglancer=address, token=token)
            with running(make_app(settings, engine, volumes)) as url:
                page = new_page(viewport=WINDOW)
                page.on("response", on_response)
                page.on("requestfailed", lambda request: failed.append(request.url))
                page.goto(f"{url}/neuroglancer/{path}")
                page.wait_for_function(READY, arg=layers)
                middles = page.evaluate(PANELS)
                shown = Shown(decode(page.screenshot()), middles)
                page.close()
            return shown

        yield open_link
    assert failed == []


def near(found: tuple[int, ...], expected: tuple[int, ...]) -> bool:
    return max(abs(a - b) for a, b in zip(found, expected, strict=True)) <= 8


def test_channels_are_where_they_are_in_the_volume(show: Callable[..., Shown]) -> None:
    shown = show("plate 1/cells", 2)
    assert near(shown.at(-12, -8), GREEN)
    assert near(shown.at(12, 8), MAGENTA)
    assert near(shown.at(-12, 8), BLACK)
    assert near(shown.at(-4, -4), BLACK)


def test_the_volume_fills_its_proportions(show: Callable[..., Shown]) -> None:
    """A yellow line is drawn at its end, two pixels wide."""
    shown = show("plate 1/cells", 2)
    assert near(shown.at(-13.6, 3), BLACK)
    assert near(shown.at(-14.5, 3), OUTSIDE)
    assert near(shown.at(3, 9.6), BLACK)
    assert near(shown.at(3, 10.5), OUTSIDE)


def test_planes_along_z_have_its_spacing(show: Callable[..., Shown]) -> None:
    """In the second panel z goes down: 3 planes of 2 micrometres of 12 are green."""
    shown = show("plate 1/cells", 2)
    assert near(shown.at(-12, -11, panel=1), GREEN)
    assert near(shown.at(-12, -6.5, panel=1), GREEN)
    assert near(shown.at(-12, -5.5, panel=1), BLACK)
    assert near(shown.at(-12, 11, panel=1), BLACK)
    assert near(shown.at(-12, 12.5, panel=1), OUTSIDE)


def test_labels_lie_over_it_in_their_colour(show: Callable[..., Shown]) -> None:
    red, green, blue = show("plate 1/cells", 2).at(12, -8)
    assert (red, green) == (0, 0)
    assert 100 < blue < 160


@pytest.mark.parametrize("encoding", ["png", "jpeg"])
def test_one_channel_as_pictures(show: Callable[..., Shown], encoding: str) -> None:
    shown = show(f"plate 1/cells;encoding={encoding};channel=0", 2)
    assert near(shown.at(-12, -8), GREEN)
    assert near(shown.at(12, 8), BLACK)


def test_a_state_too_long_for_a_link_is_fetched(show: Callable[..., Shown]) -> None:
    shown = show("many", 2)
    assert near(shown.at(-12, -8), GREEN)
    assert shown.at(12, -8)[2] > 100


def test_a_token_in_the_link_opens_the_volume(show: Callable[..., Shown]) -> None:
    shown = show("plate 1/cells?token=sesame", 2, token="sesame")
    assert near(shown.at(12, 8), MAGENTA)
