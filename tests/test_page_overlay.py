"""The tools over the page's picture, in a real browser on the real renderer: they lie where the voxels are seen.

A volume with a single bright voxel says where a world point is in the picture; the server's own geometry says it for
cameras of every kind.
"""

import base64
import json
import math
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import numpy as np
import pytest

from render.encode import decode
from render.engine import Engine
from render.geometry import Vec3
from render.pick import world_position
from render.scene import Camera, Orthographic, Perspective, View
from render.volume.catalogue import Catalogue
from render.volume.sources import open_volume
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
    write_labels(slab_path, "parts", ids, spacing=(1.0, 0.5, 0.5), unit="millimeter")
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
    opened = {**wire.last("opened"), **start, "info": wire.last("opened")["info"]}
    predicted = page.evaluate(PREDICT, [opened, sent])
    assert np.abs(np.array(numbers(predicted)) - numbers(wire.last("view")["view"]["camera"])).max() < 1e-6


HISTORY = """async ([opened, camera]) => {
    const { Cameras } = await import("/web/cameras.js");
    const cameras = new Cameras();
    cameras.open(opened);
    cameras.sent(11, "pan", { dx: 1, dy: 0 });
    cameras.sent(12, "change", { mode: { type: "slice", axis: "x", position: 1 } });
    cameras.sent(13, "pan", { dx: 1, dy: 0 });
    cameras.sent(14, "change", { size: [8, 5] });
    const target = (number, version) => cameras.of(number, version)?.target ?? null;
    const before = [[10, 5], [11, 6], [12, 7], [13, 8]].map((shown) => target(...shown));
    cameras.confirm({ input: 12, version: 7, view: { ...opened.view, camera } });
    const told = [[12, 7], [12, 8], [13, 8], [14, 8], [99, 8]].map((shown) => target(...shown));
    cameras.confirm({ input: 14, version: 20, view: { ...opened.view, camera } });
    return [before, told, [19, 20].map((version) => target(14, version))];
}"""


def test_a_camera_that_only_the_server_knows_is_unknown_until_it_has_said_it(desk: Page) -> None:
    info = memory_volume(np.zeros((7, 5, 9), np.uint16)).info
    facing = Camera((0.0, 0.0, -10.0), (0.0, 0.0, 0.0), (0.0, -1.0, 0.0), Orthographic(10.0))
    opened = plain({"input": 10, "version": 5, "view": View("star", facing, ()), "info": info})
    aside = msgspec.structs.replace(facing, target=(3.0, 0.0, 0.0), position=(3.0, 0.0, -10.0))
    before, told, after_others = desk.evaluate(HISTORY, [opened, plain(aside)])
    assert before == [[0, 0, 0], [-10, 0, 0], None, None]
    # Version 8 after input 12 is somebody else's.
    assert told == [[3, 0, 0], None, [-7, 0, 0], [-7, 0, 0], [-7, 0, 0]]
    assert after_others == [None, [3, 0, 0]]


MOMENT = """() => {
    const picture = document.getElementById("picture");
    const dots = document.querySelectorAll("#overlay :is(.measured, .aside) circle");
    return [picture.toDataURL(), [...dots].map((dot) => [+dot.getAttribute("cx"), +dot.getAttribute("cy")])];
}"""


def seen_star(page: Page) -> tuple[float, float]:
    """Where the bright voxel is in the picture: [x, y] in pixels of the window, from the picture's top left."""
    return star_in(page, page.evaluate("document.getElementById('picture').toDataURL()"))


def star_in(page: Page, data_url: str) -> tuple[float, float]:
    bright = decode(base64.b64decode(data_url.split(",")[1]))[..., :3].max(axis=2).astype(float)
    bright[bright < bright.max() / 2] = 0
    rows, columns = np.indices(bright.shape) + 0.5
    box = page.locator("#picture").bounding_box()
    x, y = ((columns * bright).sum() / bright.sum(), (rows * bright).sum() / bright.sum())
    return x * box["width"] / bright.shape[1], y * box["height"] / bright.shape[0]


def drawn_dots(page: Page) -> list[tuple[float, float]]:
    """The middles of the points of measurements, in pixels from the picture's top left."""
    return [tuple(place) for place in page.evaluate(MOMENT)[1]]


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
    moved = []
    page.mouse.move(300, 250)
    page.mouse.down()
    for step in range(1, 8):
        shown = page.locator("#picture").get_attribute("data-frame")
        page.mouse.move(300 + 20 * step, 250 + 9 * step)
        page.wait_for_function("(shown) => document.getElementById('picture').dataset.frame !== shown", arg=shown)
        # The picture and the lines of one moment, whichever input it shows.
        picture, dots = page.evaluate(MOMENT)
        # A pixel of a draft is that of several on the screen.
        assert dots == [pytest.approx(star_in(page, picture), abs=4)]
        moved.append(dots[0])
    page.mouse.up()
    assert math.dist(moved[0], moved[-1]) > 20


SHOWS_VERSION = """(version) => {
    const { rung, version: shown } = document.getElementById("picture").dataset;
    return shown === version && rung !== "draft";
}"""


def test_the_point_is_found_again_after_somebody_else_has_steered(new_page: Callable[..., Page], url: str) -> None:
    pilot, other = new_page(), new_page()
    wire = Wire(pilot)
    show(pilot, f"{url}/#volume=star")
    show(other, f"{url}/#session={wire.last('opened')['session']}")
    measure_star(other)
    before = seen_star(other)
    drag(pilot, 110, -50)
    other.wait_for_function(SHOWS_VERSION, arg=pilot.locator("#picture").get_attribute("data-version"))
    assert math.dist(before, seen_star(other)) > 20
    assert drawn_dots(other) == [pytest.approx(seen_star(other), abs=1.5)]


def middle(page: Page) -> tuple[float, float]:
    """The middle of the picture in the window."""
    box = page.locator("#picture").bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def slice_of_slab(page: Page, url: str) -> tuple[Wire, float]:
    """A plane across z with the labels 3 on the left and 8 on the right; millimetres of a pixel of the window."""
    wire = Wire(page)
    show(page, f"{url}/#volume=slab")
    page.keyboard.press("3")
    at_rest(page)
    height = wire.last("view")["view"]["camera"]["projection"]["height"]
    return wire, height / page.locator("#picture").bounding_box()["height"]


def last_camera(page: Page, wire: Wire) -> dict[str, Any]:
    at_rest(page)
    camera = wire.last("view")["view"]["camera"]
    assert isinstance(camera, dict)
    return camera


def offset(camera: dict[str, Any]) -> list[float]:
    """From the target to the eye."""
    return [at - to for at, to in zip(camera["position"], camera["target"], strict=True)]


@pytest.mark.parametrize("how", ["mouse", "keyboard", "touch"])
def test_an_end_of_the_axes_looks_from_there_at_the_same_distance(
    new_page: Callable[..., Page], url: str, how: str
) -> None:
    page = new_page(has_touch=how == "touch")
    wire = Wire(page)
    show(page, f"{url}/#volume=slab")
    away = math.hypot(*offset(wire.last("opened")["view"]["camera"]))
    end = page.get_by_role("button", name="Look from +x")
    if how == "mouse":
        end.click()
    elif how == "touch":
        end.tap()
    else:
        end.focus()
        page.keyboard.press("Enter")
    camera = last_camera(page, wire)
    assert offset(camera) == pytest.approx([away, 0, 0], abs=1e-9)
    assert camera["up"] == [0, 0, 1]
    # The end that is nearest lies in the middle of the axes, and z above it.
    ends = {name: page.get_by_role("button", name=f"Look from {name}").bounding_box() for name in ("+x", "−x", "+z")}
    assert ends["+x"] == ends["−x"]
    assert ends["+z"]["y"] < ends["+x"]["y"] - 20


def test_in_a_slice_the_axes_go_to_the_plane_through_the_middle(new_page: Callable[..., Page], url: str) -> None:
    page = new_page()
    wire, millimetres = slice_of_slab(page, url)
    drag(page, -50, 0)
    page.get_by_role("button", name="Look from −y").click()
    at_rest(page)
    assert wire.last("view")["view"]["mode"]["axis"] == "y"
    camera = wire.last("view")["view"]["camera"]
    assert camera["target"] == pytest.approx([12.25 + 50 * millimetres, 7.25, 6], abs=1e-6)
    assert lit(page) > 0.05


LETTERS = """async (info) => {
    const { Gizmo } = await import("/web/gizmo.js");
    const place = document.createElement("div");
    new Gizmo(place, () => {}).open(info);
    return [...place.querySelectorAll("button")].map((end) => [end.textContent, end.ariaLabel]);
}"""


def test_the_ends_of_a_body_have_its_letters(desk: Page) -> None:
    info = memory_volume(np.zeros((7, 5, 9), np.uint16)).info
    assert [text for text, _ in desk.evaluate(LETTERS, plain(info))] == ["x", "", "y", "", "z", ""]
    body = desk.evaluate(LETTERS, {**plain(info), "anatomical": True})
    # x goes to the left, y to the back, z to the head.
    assert "".join(text for text, _ in body) == "LRPASI"
    assert body[0][1] == "Look from left"


def handles(page: Page) -> None:
    page.get_by_text("Clip", exact=True).click()
    page.get_by_label("Box with handles in the picture").check()


def place_of(page: Page, name: str) -> tuple[float, float]:
    """The middle of a handle in the window."""
    box = page.get_by_role("slider", name=name).locator(".knob").bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


@pytest.mark.parametrize("how", ["mouse", "touch"])
def test_a_face_of_the_clip_box_follows_the_pointer(new_page: Callable[..., Page], url: str, how: str) -> None:
    page = show(new_page(has_touch=how == "touch"), f"{url}/#volume=slab")
    drag(page, 40, 20)
    page.keyboard.press("2")
    at_rest(page)
    before = lit(page)
    handles(page)
    near, far = place_of(page, "Face x to"), place_of(page, "Face x from")
    to = tuple(a + 0.6 * (b - a) for a, b in zip(near, far, strict=True))
    if how == "mouse":
        page.mouse.move(*near)
        page.mouse.down()
        page.mouse.move(*to, steps=4)
        page.mouse.up()
    else:
        touch = page.context.new_cdp_session(page)
        for kind, points in (("touchStart", [near]), ("touchMove", [to]), ("touchEnd", [])):
            points = [{"x": x, "y": y} for x, y in points]
            touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    at_rest(page)
    assert place_of(page, "Face x to") == pytest.approx(to, abs=1.5)
    assert 0.3 < float(page.get_by_label("Clip x to").input_value()) < 0.5
    assert page.get_by_label("Clip x from").input_value() == "0"
    assert lit(page) < 0.7 * before


def test_keys_move_a_face_and_sliders_keep_the_others(new_page: Callable[..., Page], url: str) -> None:
    page = new_page()
    wire = Wire(page)
    show(page, f"{url}/#volume=slab")
    camera = wire.last("opened")["view"]["camera"]
    handles(page)
    page.get_by_role("slider", name="Face z from").focus()
    for key in ("ArrowUp", "ArrowRight", "PageUp", "ArrowDown"):
        page.keyboard.press(key)
    at_rest(page)
    # Eleven steps of what is between the lower end and the other face, less a hundredth of the volume.
    lower = wire.last("view")["view"]["clip"]["box"][0]
    assert lower == pytest.approx([-0.25, -0.25, -0.5 + 0.11 * 12 * 0.99], abs=1e-9)
    assert wire.last("view")["view"]["camera"] == camera
    page.get_by_label("Clip y to").fill("0.5")
    at_rest(page)
    assert wire.last("view")["view"]["clip"]["box"] == [pytest.approx(lower), pytest.approx([24.75, 7.25, 11.5])]
    page.get_by_role("slider", name="Face z from").press("Home")
    at_rest(page)
    assert page.get_by_label("Clip z from").input_value() == "0"


def test_a_cut_faces_the_view_and_is_moved_through_the_volume(new_page: Callable[..., Page], url: str) -> None:
    page = new_page()
    wire = Wire(page)
    show(page, f"{url}/#volume=slab")
    before, whole = pixels(page), lit(page)
    page.get_by_text("Clip", exact=True).click()
    page.get_by_role("button", name="Cut here, facing me").click()
    at_rest(page)
    (plane,) = wire.last("view")["view"]["clip"]["planes"]
    away = offset(wire.last("view")["view"]["camera"])
    assert plane["normal"] == pytest.approx([-part / math.hypot(*away) for part in away])
    assert plane["point"] == pytest.approx([12.25, 7.25, 5.5])
    assert float(page.get_by_label("Depth of the cut").input_value()) == 0.5
    assert difference(before, pixels(page)) > 1
    # Its handle can be dragged once it is not seen end-on.
    page.get_by_label("Box with handles in the picture").check()
    cut = page.get_by_role("slider", name="Cut", exact=True)
    assert cut.is_hidden()
    drag(page, 120, 0)
    cut.press("PageUp")
    at_rest(page)
    assert float(page.get_by_label("Depth of the cut").input_value()) == pytest.approx(0.6)
    page.get_by_label("Depth of the cut").fill("1")
    at_rest(page)
    assert lit(page) == 0
    page.get_by_role("button", name="Remove cut").click()
    at_rest(page)
    assert lit(page) > whole / 2


def measured(page: Page) -> list[str]:
    return [text.strip() for text in page.locator("#measured-list li").all_inner_texts()]


def press(page: Page, key: str, times: int) -> None:
    for _ in range(times):
        page.keyboard.press(key)


@pytest.mark.parametrize("how", ["mouse", "keyboard", "touch"])
def test_a_distance_is_that_of_the_points_in_the_world(new_page: Callable[..., Page], url: str, how: str) -> None:
    page = new_page(has_touch=how == "touch")
    _, millimetres = slice_of_slab(page, url)
    x, y = middle(page)
    if how == "keyboard":
        page.keyboard.press("m")
        press(page, "ArrowLeft", 6)
        page.keyboard.press("Enter")
        said(page, "Point 2 of 2")
        press(page, "ArrowRight", 12)
        page.keyboard.press("Enter")
    else:
        put = page.mouse.click if how == "mouse" else page.touchscreen.tap
        page.get_by_role("button", name="Distance").click()
        put(x - 96, y)
        said(page, "Point 2 of 2")
        put(x + 96, y)
    said(page, "mm. Point 1 of 2")
    (text,) = measured(page)
    length, unit = text.split()[:2]
    assert unit == "mm"
    assert float(length) == pytest.approx(192 * millimetres, abs=millimetres)
    # It stays where it is in the world.
    assert page.locator("#overlay text").text_content() == f"{length} mm"
    before = drawn_dots(page)
    page.keyboard.press("Escape")
    drag(page, 50, 30)
    assert drawn_dots(page) == [pytest.approx((x + 50, y + 30), abs=1) for x, y in before]
    assert page.locator("#overlay .aside").count() == 0
    page.keyboard.press("]")
    at_rest(page)
    assert page.locator("#overlay .aside").count() == 1


def test_angles_are_measured_listed_copied_and_deleted(new_page: Callable[..., Page], url: str) -> None:
    page = new_page()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    slice_of_slab(page, url)
    x, y = middle(page)
    page.get_by_role("button", name="Angle").click()
    # All at once: they are asked for one after the other.
    for dx, dy in ((-100, 0), (0, 0), (0, -80)):
        page.mouse.click(x + dx, y + dy)
    said(page, "90.0°. Point 1 of 3")
    page.keyboard.press("m")
    page.mouse.click(x - 50, y)
    said(page, "Point 2 of 2")
    page.keyboard.press("Escape")
    said(page, "Point 1 of 2")
    page.mouse.click(3, y)
    said(page, "Nothing is there. Point 1 of 2")
    page.keyboard.press("Escape")
    assert page.get_by_role("button", name="Distance").get_attribute("aria-pressed") == "false"
    page.get_by_role("button", name="Copy as CSV").click()
    head, row, end = page.evaluate("navigator.clipboard.readText()").split("\n")
    assert head == "kind,value,unit,x1,y1,z1,x2,y2,z2,x3,y3,z3"
    kind, value, unit, *places = row.split(",")
    assert (kind, float(value), unit, end) == ("angle", pytest.approx(90), "degree", "")
    assert float(places[0]) < float(places[3]) == pytest.approx(float(places[6]))
    assert float(places[2]) == pytest.approx(6, abs=1e-5)
    page.get_by_role("button", name="Delete measurement 1").click()
    assert page.locator("#measured").is_hidden()
    assert page.locator("#overlay text").count() == 0


def test_measurements_are_of_one_volume(new_page: Callable[..., Page], url: str) -> None:
    page = new_page()
    slice_of_slab(page, url)
    x, y = middle(page)
    page.keyboard.press("m")
    page.mouse.click(x, y)
    page.mouse.click(x + 60, y)
    said(page, "Point 1 of 2")
    page.locator("#measured-list li").wait_for()
    page.get_by_label("Volume", exact=True).select_option("star")
    page.wait_for_function("() => document.title.startsWith('star')")
    assert page.locator("#measured-list li").count() == 0


def ids_drawn(page: Page, wire: Wire) -> list[int]:
    at_rest(page)
    (labels,) = wire.last("view")["view"]["labels"]
    return list(labels["ids"])


def test_labels_are_said_under_the_pointer_and_shown_alone(new_page: Callable[..., Page], url: str) -> None:
    page = new_page()
    wire, _ = slice_of_slab(page, url)
    page.get_by_label("Show labels parts").check()
    at_rest(page)
    x, y = middle(page)
    page.mouse.move(x - 100, y)
    page.get_by_text("· parts 3").wait_for()
    page.mouse.move(x + 100, y)
    page.get_by_text("· parts 8").wait_for()
    assert page.locator("#label-ids button").count() == 0
    both = pixels(page)
    page.mouse.click(x - 100, y)
    page.get_by_role("button", name="Only parts 3").click()
    assert ids_drawn(page, wire) == [3]
    assert difference(both, pixels(page)) > 1
    # By keys: Enter says what is in the middle; here that is on the right of the border.
    drag(page, -60, 0)
    page.locator("#picture").press("Enter")
    page.get_by_role("button", name="And 8").press("Enter")
    assert ids_drawn(page, wire) == [3, 8]
    assert page.get_by_text("parts: 3, 8").is_visible()
    page.get_by_role("button", name="All parts").click()
    assert ids_drawn(page, wire) == []
    assert page.locator("#label-ids button").count() == 0


def test_the_tools_fit_a_narrow_window(new_page: Callable[..., Page], url: str) -> None:
    page = show(new_page(viewport={"width": 360, "height": 640}, has_touch=True), f"{url}/#volume=star")
    page.get_by_role("button", name="Distance").tap()
    page.touchscreen.tap(*seen_star(page))
    said(page, "Point 2 of 2")
    assert drawn_dots(page) == [pytest.approx(seen_star(page), abs=1.5)]
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    boxes = [page.locator(one).bounding_box() for one in ("#corner", "#gizmo", "#panel-toggle")]
    assert boxes[0]["x"] + boxes[0]["width"] <= boxes[1]["x"]
    assert boxes[2]["y"] + boxes[2]["height"] <= boxes[1]["y"] + 10
