"""The tools over the page's picture, in a real browser on the real renderer: they lie where the voxels are seen.

A volume with a single bright voxel says where a world point is in the picture; the server's own geometry says it for
cameras of every kind.
"""

import json
import math
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import numpy as np
import pytest

from render.engine import Engine
from render.geometry import Vec3
from render.intent import Intent, resolve
from render.pick import world_position
from render.scene import Camera, Orthographic, Perspective, View
from render.volume.catalogue import Catalogue
from render.volume.sources import open_volume
from render.volume.volume import Volume
from tests.arrays import memory_volume
from tests.streaming import running
from tests.test_page import Page, at_rest, difference, drag, engine, lit, pixels, show
from tests.volumes import write_labels, write_ome_zarr
from viewer_bridge import navigate
from viewer_bridge.protocol import Orbit, Pan, Zoom
from voxelcast.app import make_app
from voxelcast.settings import Settings

__all__ = ["engine"]

SPACING = (2.0, 0.5, 1.0)
STAR = (3, 20, 9)
"""The bright voxel, z y x, of (10, 50, 22)."""

STAR_AT: Vec3 = (9.0, 10.0, 6.0)

CAMERAS = {
    "perspective": Camera((3.0, -80.0, 20.0), (11.0, 12.0, 9.0), (0.1, 0.3, 1.0), Perspective(40.0)),
    "orthographic": Camera((30.0, -8.0, 2.0), (11.0, 12.0, 9.0), (0.1, 0.3, 1.0), Orthographic(30.0)),
    "a region of a perspective picture": Camera(
        (3.0, -80.0, 20.0), (11.0, 12.0, 9.0), (0.1, 0.3, 1.0), Perspective(40.0), (0.25, 0.125, 1.0, 0.75)
    ),
    "a region of an orthographic picture": Camera(
        (30.0, -8.0, 2.0), (11.0, 12.0, 9.0), (0.1, 0.3, 1.0), Orthographic(30.0), (0.0, 0.5, 0.5, 0.75)
    ),
}
each_camera = pytest.mark.parametrize("camera", CAMERAS.values(), ids=CAMERAS)


@pytest.fixture(scope="module")
def volumes(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    """ "star" is one bright voxel; "slab" two labels side by side along x, 3 and 8, in a body's millimetres."""
    folder = tmp_path_factory.mktemp("volumes")
    star = np.zeros((10, 50, 22), np.uint16)
    star[STAR] = 1000
    star_path = write_ome_zarr(folder / "star.ome.zarr", star, spacing=SPACING)
    slab = np.zeros((12, 30, 50), np.uint16)
    slab[2:10, 5:25, 5:45] = 700
    ids = np.zeros(slab.shape, np.uint8)
    ids[2:10, 5:25, 5:20], ids[2:10, 5:25, 25:45] = 3, 8
    slab_path = write_ome_zarr(folder / "slab.ome.zarr", slab, spacing=(1.0, 0.5, 0.5), unit="millimeter")
    write_labels(slab_path, "parts", ids, spacing=(1.0, 0.5, 0.5))
    return Catalogue({"star": str(star_path), "slab": str(slab_path)}, open_volume)


@pytest.fixture(scope="module")
def url(engine: Engine, volumes: Catalogue) -> Iterator[str]:
    with running(make_app(Settings(), engine, volumes)) as url:
        yield url


@pytest.fixture(scope="module")
def desk(browser: Any, url: str) -> Iterator[Page]:
    """A page on which modules are called and nothing is clicked."""
    page = browser.new_page()
    yield show(page, url)
    page.close()


def plain(value: Any) -> Any:
    """A Value as JSON has it."""
    return json.loads(msgspec.json.encode(value))


PROJECT = """async ([camera, size, points]) => {
    const { Projection } = await import("/web/projection.js");
    const projection = new Projection(camera, size);
    return points.map((point) => {
        const place = projection.project(point), { origin, direction } = projection.ray(place);
        const away = Math.hypot(...point.map((part, i) => part - origin[i]));
        return [place, origin.map((part, i) => part + away * direction[i])];
    });
}"""


@each_camera
def test_a_world_point_is_projected_to_the_pixel_of_which_the_server_says_it(desk: Page, camera: Camera) -> None:
    view = View("star", camera, (), size=(70, 40))
    pixels_asked = [(0, 0), (69, 39), (13, 31), (50, 7)]
    points = [world_position(view, x, y, distance) for x, y in pixels_asked for distance in (2.0, 90.0)]
    answers = desk.evaluate(PROJECT, [plain(camera), view.size, points])
    places = [place for place, _ in answers]
    expected = [(x + 0.5, y + 0.5) for x, y in pixels_asked for _ in range(2)]
    assert np.abs(np.array(places) - expected).max() < 1e-6


@pytest.mark.parametrize("kind", ["perspective", "a region of a perspective picture"])
def test_a_ray_goes_back_to_the_point(desk: Page, kind: str) -> None:
    points = [(1.0, 2.0, 3.0), (14.0, 30.0, -2.0)]
    for (_, back), point in zip(desk.evaluate(PROJECT, [plain(CAMERAS[kind]), (70, 40), points]), points, strict=True):
        assert back == pytest.approx(point)


NEARNESS = """async ([camera, a, b]) => {
    const { Projection } = await import("/web/projection.js");
    const projection = new Projection(camera, [100, 50]);
    return [projection.project(a), projection.segment(a, b), projection.segment(a, a)];
}"""


def test_what_is_behind_the_eye_is_not_seen_and_lines_end_before_it(desk: Page) -> None:
    camera = Camera((0.0, 0.0, -10.0), (0.0, 0.0, 0.0), (0.0, -1.0, 0.0), Perspective(90.0))
    behind, before = (0.0, 0.0, -20.0), (5.0, 0.0, 0.0)
    point, line, nothing = desk.evaluate(NEARNESS, [plain(camera), behind, before])
    assert point is None
    assert nothing is None
    # At 45 degrees and 10 away the picture is 20 tall: 2.5 pixels a unit.
    assert line[1] == pytest.approx((62.5, 25.0))
    # The other end lies to the right of the eye, and very near.
    assert line[0][0] > 1000


NAVIGATE = """async ([camera, inputs, info]) => {
    const navigate = await import("/web/navigate.js");
    const bounds = navigate.heightBounds(info);
    return inputs.map(([how, fields]) => (camera = navigate[how](camera, fields, bounds)));
}"""


def numbers(camera: dict[str, Any]) -> list[float]:
    projection = camera["projection"]
    size = projection.get("height", projection.get("fov"))
    return [*camera["position"], *camera["target"], *camera["up"], size, *camera["region"]]


@each_camera
def test_drags_and_wheels_turn_the_camera_as_the_server_does(desk: Page, camera: Camera) -> None:
    info = memory_volume(np.zeros((7, 5, 9), np.uint16), spacing=SPACING).info
    steps = [Orbit(1, 0.13, -0.4), Pan(2, 0.2, -0.3), Zoom(3, 1.7, 0.1, -0.2), Orbit(4, 0.0, 0.0), Zoom(5, 1000.0)]
    expected, view = [], View("star", camera, ())
    for step in steps:
        view = navigate.apply(step, view, view, info)
        expected.append(numbers(plain(view.camera)))
    inputs = [(type(step).__name__.lower(), plain(step)) for step in steps]
    got = desk.evaluate(NAVIGATE, [plain(camera), inputs, plain(info)])
    assert np.abs(np.array([numbers(one) for one in got]) - expected).max() < 1e-6


class Wire:
    """What a page sends and is told, as it goes by."""

    def __init__(self, page: Page) -> None:
        self.sent: list[dict[str, Any]] = []
        self.told: list[dict[str, Any]] = []
        page.on("websocket", self._listen)

    def _listen(self, socket: Any) -> None:
        socket.on("framesent", lambda text: self._keep(self.sent, text))
        socket.on("framereceived", lambda text: self._keep(self.told, text))

    def _keep(self, place: list[dict[str, Any]], text: str | bytes) -> None:
        if isinstance(text, str):
            place.append(json.loads(text))

    def last(self, kind: str) -> dict[str, Any]:
        return [message for message in self.told if message["type"] == kind][-1]


PREDICT = """async ([opened, sent]) => {
    const { Cameras } = await import("/web/cameras.js");
    const cameras = new Cameras();
    cameras.open(opened);
    for (const { input, type, ...fields } of sent) cameras.sent(input, type, fields);
    return cameras.newest;
}"""


@pytest.mark.parametrize("key", ["1", "3"], ids=["the volume", "a slice"])
def test_after_drags_the_predicted_camera_is_the_server_s(new_page: Callable[..., Page], url: str, key: str) -> None:
    page = new_page()
    wire = Wire(page)
    show(page, url)
    page.keyboard.press(key)
    at_rest(page)
    begun = len(wire.sent)
    start = wire.last("view") if key == "3" else wire.last("opened")
    drag(page, 97, -41)
    drag(page, -30, 66, button="right")
    page.mouse.wheel(0, -130)
    at_rest(page)
    sent = [message for message in wire.sent[begun:] if "input" in message]
    assert {message["type"] for message in sent} >= {"pan", "zoom"}
    opened = {**wire.last("opened"), "view": start["view"]}
    predicted = page.evaluate(PREDICT, [opened, sent])
    assert np.abs(np.array(numbers(predicted)) - numbers(wire.last("view")["view"]["camera"])).max() < 1e-6


HISTORY = """async ([opened, camera]) => {
    const { Cameras } = await import("/web/cameras.js");
    const cameras = new Cameras();
    cameras.open(opened);
    cameras.sent(11, "pan", { dx: 1, dy: 0 });
    cameras.sent(12, "change", { mode: { type: "slice", axis: "x", position: 1 } });
    cameras.sent(13, "pan", { dx: 1, dy: 0 });
    const before = [10, 11, 12, 13].map((number) => cameras.of(number)?.target ?? null);
    cameras.confirm({ input: 12, view: { ...opened.view, camera } });
    return [before, cameras.of(12).target, cameras.of(13).target, cameras.of(99).target];
}"""


def test_a_camera_that_only_the_server_knows_is_unknown_until_it_has_said_it(desk: Page) -> None:
    info = memory_volume(np.zeros((7, 5, 9), np.uint16)).info
    facing = Camera((0.0, 0.0, -10.0), (0.0, 0.0, 0.0), (0.0, -1.0, 0.0), Orthographic(10.0))
    opened = plain({"input": 10, "view": View("star", facing, ()), "info": info})
    aside = msgspec.structs.replace(facing, target=(3.0, 0.0, 0.0), position=(3.0, 0.0, -10.0))
    before, told, moved, later = desk.evaluate(HISTORY, [opened, plain(aside)])
    assert before == [[0, 0, 0], [-10, 0, 0], None, None]
    assert (told, moved, later) == ([3, 0, 0], [-7, 0, 0], [-7, 0, 0])


def seen_star(page: Page) -> tuple[float, float]:
    """Where the bright voxel is in the picture: [x, y] in pixels of the window, from the picture's top left."""
    bright = pixels(page).max(axis=2).astype(float)
    bright[bright < bright.max() / 2] = 0
    rows, columns = np.indices(bright.shape) + 0.5
    box = page.locator("#picture").bounding_box()
    x, y = ((columns * bright).sum() / bright.sum(), (rows * bright).sum() / bright.sum())
    return x * box["width"] / bright.shape[1], y * box["height"] / bright.shape[0]


def drawn_dots(page: Page) -> list[tuple[float, float]]:
    """The middles of the points of measurements, in pixels from the picture's top left."""
    circles = page.locator("#overlay g:not([class]) circle")
    return [
        (float(circles.nth(i).get_attribute("cx")), float(circles.nth(i).get_attribute("cy")))
        for i in range(circles.count())
    ]


def click_at(page: Page, x: float, y: float) -> None:
    box = page.locator("#picture").bounding_box()
    page.mouse.click(box["x"] + x, box["y"] + y)


def said(page: Page, text: str) -> None:
    page.wait_for_function("(text) => document.getElementById('tool-hint').textContent.includes(text)", arg=text)


def measure_star(page: Page) -> None:
    """Begin to measure, with the first point on the bright voxel."""
    page.get_by_role("button", name="Distance").click()
    click_at(page, *seen_star(page))
    said(page, "Point 2 of 2")


@pytest.mark.parametrize("key", ["1", "2"], ids=["volume", "maximum"])
def test_a_point_is_drawn_where_its_voxel_is_seen_from_all_sides(
    new_page: Callable[..., Page], url: str, key: str
) -> None:
    page = show(new_page(), f"{url}/#volume=star")
    page.keyboard.press(key)
    at_rest(page)
    measure_star(page)
    for dx, dy, button in ((130, -60, "left"), (60, 30, "right"), (-70, 150, "left")):
        drag(page, dx, dy, button)
        assert drawn_dots(page) == [pytest.approx(seen_star(page), abs=1.5)]


def test_the_point_goes_with_the_picture_while_it_is_dragged(new_page: Callable[..., Page], url: str) -> None:
    page = show(new_page(), f"{url}/#volume=star")
    page.keyboard.press("2")
    at_rest(page)
    measure_star(page)
    page.mouse.move(450, 250)
    page.mouse.down()
    for step in range(1, 8):
        page.mouse.move(450 + 20 * step, 250 + 9 * step)
        # The picture and the lines of one moment, whichever input that shows.
        picture, dots = seen_star(page), drawn_dots(page)
        if picture == seen_star(page):
            assert dots == [pytest.approx(picture, abs=4)]
    page.mouse.up()
    at_rest(page)
