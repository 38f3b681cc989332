"""itk-vtk-viewer as npm published it, in Chromium: it opens what Voxelcast serves and shows its shape.

The viewer reads only Zarr v2 with Blosc and shows nothing, without a word, of all else; it is given the v2 view,
whatever the file is. Pictures are taken of the window, which is small, for WebGL is in software, again and again until
they show what they should: the viewer does not say when it is done.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numcodecs
import numpy as np
import pytest
from numpy.typing import NDArray

from render.backends.null import NullRenderer
from render.encode import decode
from render.engine import Engine
from render.volume.catalogue import Catalogue
from render.volume.sources import open_volume
from tests import clients
from tests.streaming import running
from tests.volumes import write_labels, write_ome_zarr
from voxelcast.app import make_app
from voxelcast.settings import Settings

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: make test")

WINDOW = {"width": 450, "height": 220}
"""Its canvas has this size at least."""

PATIENCE = 40.0
SPACING, ORIGIN = (1.0, 1.5, 1.0), (7.0, -4.0, 30.0)
CHUNKS = (8, 16, 16)

Mask = NDArray[np.bool_]


def bars() -> NDArray[np.uint16]:
    """(z, y, x): a bar along x, and from its low end one along y: no mirror and no swap of axes leaves it as it is."""
    volume = np.zeros((24, 40, 72), np.uint16)
    volume[4:20, 4:12, 4:68] = 1000
    volume[4:20, 12:36, 4:16] = 1000
    return volume


def block() -> NDArray[np.uint16]:
    """(z, y, x): a block in the corner that the bars leave free."""
    volume = np.zeros((24, 40, 72), np.uint16)
    volume[4:20, 20:36, 40:68] = 1000
    return volume


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("volumes")

    def write(name: str, array: NDArray[Any], axes: str = "zyx", **options: Any) -> Path:
        lead = (1,) * (len(axes) - 3)
        settings = {"spacing": SPACING, "origin": ORIGIN, "chunks": (*lead, *CHUNKS)} | options
        return write_ome_zarr(folder / f"{name}.ome.zarr", array, axes, **settings)

    labelled = write("labelled", bars(), shards=(24, 32, 32))
    write_labels(
        labelled, "blocks", (block() // 1000 * 7).astype(np.uint64), spacing=SPACING, origin=ORIGIN, chunks=CHUNKS
    )
    written = [
        labelled,
        write("v04", bars(), ngff="0.4", levels=2),
        write("gzip", bars(), ngff="0.4", compressors=numcodecs.GZip(1)),
        write("channels", np.stack([bars(), block()]), "czyx", ngff="0.4"),
        write("int64", bars().astype(np.int64)),
        write("times", np.stack([block(), bars()]), "tzyx"),
    ]
    assert not (folder / "gzip.ome.zarr" / "0" / "0" / "2" / "4").exists(), "chunks of zeros are not written"
    return {path.name.removesuffix(".ome.zarr"): str(path) for path in written}


@pytest.fixture(scope="module")
def url(sources: dict[str, str]) -> Iterator[str]:
    with Engine(NullRenderer) as engine, running(make_app(Settings(), engine, Catalogue(sources, open_volume))) as url:
        yield url


@pytest.fixture(scope="module")
def viewer() -> Iterator[str]:
    with clients.static(clients.files_of("itk-vtk-viewer") / "dist") as url:
        yield f"{url}/index.html"


@dataclass(frozen=True)
class Seen:
    """The window's pixels (height, width, 3), and the mask of those in which there is something of the volume."""

    pixels: NDArray[np.int16]

    @property
    def mask(self) -> Mask:
        """What is neither grey, as the background and the controls are, nor the green of the plane's edge."""
        red, green, blue = np.moveaxis(self.pixels, -1, 0)
        edge = (green > red + 40) & (green > blue + 40) & (green < 160)
        return np.asarray((np.ptp(self.pixels, axis=-1) > 24) & ~edge)[30:190, 60:430]

    def cut(self) -> tuple[Mask, NDArray[np.int16]]:
        """The mask and the pixels within its box."""
        rows, columns = np.nonzero(self.mask.any(1))[0], np.nonzero(self.mask.any(0))[0]
        box = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
        return self.mask[box], self.pixels[30:190, 60:430][box]


def shows(seen: Seen, expected: Mask) -> bool:
    """Whether what is seen is `expected`, rows of y down and columns of x, in its physical proportions."""
    if not seen.mask.any():
        return False
    rows, columns = np.nonzero(expected.any(1))[0], np.nonzero(expected.any(0))[0]
    wanted = expected[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    mask, _ = seen.cut()
    y, x = (np.arange(n) * m // n for n, m in zip(mask.shape, wanted.shape, strict=True))
    shape = (wanted.shape[0] * SPACING[1]) / (wanted.shape[1] * SPACING[2])
    return abs(mask.shape[0] / mask.shape[1] / shape - 1) < 0.06 and (mask == wanted[np.ix_(y, x)]).mean() > 0.95


@pytest.fixture
def plane(new_page: Callable[..., Any], viewer: str) -> Callable[[str, Mask], Seen]:
    """Opens the viewer with parameters, waits for it to show a volume, and for its plane across z to show a mask."""

    def look(said: str, expected: Mask) -> Seen:
        page = new_page(viewport=WINDOW)
        page.goto(f"{viewer}?rotate=false&{said}")
        press(page, "Annotations")
        assert wait(page, lambda seen: bool(seen.mask.sum() > 500)), "the viewer shows nothing of the volume"
        press(page, "Z plane [3]")
        seen = wait(page, lambda seen: shows(seen, expected))
        assert seen is not None, "the viewer's plane does not show the volume's shape"
        return seen

    return look


def press(page: Any, control: str) -> None:
    label = page.locator(f'label[itk-vtk-tooltip-content="{control}"]')
    label.wait_for(state="attached")
    label.evaluate("label => label.click()")


def wait(page: Any, good: Callable[[Seen], bool]) -> Seen | None:
    """The first picture that is good; None where none is for `PATIENCE` seconds."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        seen = Seen(decode(page.screenshot())[..., :3].astype(np.int16))
        if good(seen):
            return seen
    return None


@pytest.mark.parametrize(
    "said",
    [
        pytest.param("v04.zarr", id="ome-zarr-0.4"),
        pytest.param("labelled.zarr/", id="ome-zarr-0.5-sharded"),
        pytest.param("gzip;chunk=1x32x32.zarr", id="gzip-with-missing-chunks"),
        pytest.param("int64.zarr", id="int64"),
        pytest.param("times;t=1.zarr", id="another-time"),
        pytest.param("channels;channels=0.zarr", id="one-of-two-channels"),
    ],
)
def test_it_shows_the_shape_of_a_volume(plane: Callable[[str, Mask], Seen], url: str, said: str) -> None:
    # Quoted: vtk.js cuts a parameter off at its second "=".
    plane(f"fileToLoad={quote(f'{url}/zarr2/{said}', safe='')}", bars()[12] > 0)


def test_it_shows_two_channels_in_two_colours(plane: Callable[[str, Mask], Seen], url: str) -> None:
    first, second = colors(plane(f"fileToLoad={url}/zarr2/channels.zarr", (bars() + block())[12] > 0))
    assert np.abs(first - second).max() > 100


def test_it_shows_labels_over_the_image(plane: Callable[[str, Mask], Seen], url: str) -> None:
    store = f"{url}/zarr2/labelled.zarr"
    said = f"fileToLoad={store}&labelImage={store}/labels/blocks"
    image, label = colors(plane(said, (bars() + block())[12] > 0))
    assert np.abs(image - label).max() > 40


def colors(seen: Seen) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The mean colours of the bars (their end along y) and of the block."""
    mask, pixels = seen.cut()
    height, width = mask.shape
    bar, block = (
        (slice(height // 2, height), slice(0, width // 8)),
        (slice(height // 2, height), slice(width // 2, width)),
    )
    return pixels[bar][mask[bar]].mean(0), pixels[block][mask[block]].mean(0)
