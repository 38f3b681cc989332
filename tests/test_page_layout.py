"""The page around the picture in a real browser: four views, playback, saved pictures, themes, keys, narrow screens."""

import base64
import re
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from msgspec.structs import replace
from numpy.typing import NDArray
from PIL import Image

from render.encode import decode
from render.engine import Engine
from render.intent import Intent, resolve
from render.ladder import FINAL_SAMPLES, Budget, final_quality
from render.scene import Orthographic, Slice, View
from render.volume.catalogue import Catalogue
from tests import test_page
from tests.streaming import free_port, running
from tests.test_page import at_rest, difference, drag, middle_color, pixels, show
from voxelcast.app import make_app
from voxelcast.settings import Settings

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
Page = sync_api.Page

volumes, engine, url = test_page.volumes, test_page.engine, test_page.url
"""Fixtures: pytest looks for them by name in this module."""

MARGIN = 1.08
EXTENT = {"x": 28.0, "y": 20.0, "z": 24.0}
"""World size of "cells": 56, 40 and 12 voxels of 0.5, 0.5 and 2; each axis begins half a voxel below 0."""

CENTER = {"x": 13.75, "y": 9.75, "z": 11.0}
FACES = {"x": ("y", "z"), "y": ("x", "z"), "z": ("x", "y")}
"""What runs across and along the picture of a slice."""

PANELS_AT_REST = """() => [...document.querySelectorAll(".slice canvas")].every((canvas) => {
    const { rung, input, sent } = canvas.dataset;
    return rung && rung !== "draft" && input === sent;
})"""


def panels_at_rest(page: Page) -> None:
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    page.wait_for_function(PANELS_AT_REST)
    at_rest(page)


def four_views(page: Page) -> Page:
    page.keyboard.press("v")
    page.locator(".slice").first.wait_for()
    panels_at_rest(page)
    return page


def panel(page: Page, axis: str) -> Any:
    return page.locator(f'.slice[data-across="{axis}"] canvas')


def panel_pixels(page: Page, axis: str) -> NDArray[np.int16]:
    data_url = panel(page, axis).evaluate("(canvas) => canvas.toDataURL()")
    return decode(base64.b64decode(data_url.split(",")[1]))[..., :3].astype(np.int16)


def plane_of(page: Page, axis: str) -> int:
    """The plane that a panel says it shows, from 0."""
    return int(panel(page, axis).get_attribute("aria-valuenow")) - 1


def box_of(locator: Any) -> tuple[float, float, float, float]:
    """x, y, width and height on the page."""
    box = locator.bounding_box()
    return box["x"], box["y"], box["width"], box["height"]


def scale_of(page: Page) -> float:
    """World units a pixel at which the volume fits into all three panels."""
    needed = []
    for axis, faces in FACES.items():
        _, _, width, height = box_of(panel(page, axis))
        needed += [EXTENT[faces[0]] / width, EXTENT[faces[1]] / height]
    return MARGIN * max(needed)


def still(page: Page, engine: Engine, volumes: Catalogue, axis: str, position: float) -> NDArray[np.int16]:
    """The same slice, drawn at full quality by the engine."""
    volume = volumes.volume("cells")
    picture = panel_pixels(page, axis)
    size = (picture.shape[1], picture.shape[0])
    view = resolve(Intent(mode="slice", axis=axis, position=position, size=size), volume.info, volume.statistics)
    height = scale_of(page) * box_of(panel(page, axis))[3]
    view = replace(view, camera=replace(view.camera, projection=Orthographic(height)))
    quality = final_quality(volume.info, view, Budget(2**30), 1)
    return engine.submit(volume, view, quality).result().array[..., :3].astype(np.int16)


def test_three_slices_are_shown_beside_the_volume(
    new_page: Callable[..., Page], url: str, engine: Engine, volumes: Catalogue
) -> None:
    page = four_views(show(new_page(), url))
    assert page.get_by_role("button", name="Four views").get_attribute("aria-pressed") == "true"
    for axis, position in (("x", 14.0), ("y", 10.0), ("z", 12.0)):
        picture = panel_pixels(page, axis)
        assert picture.max() > 200
        assert difference(picture, still(page, engine, volumes, axis, position)) < 2


def test_a_click_in_a_slice_moves_the_planes_of_the_others(
    new_page: Callable[..., Page], url: str, engine: Engine, volumes: Catalogue
) -> None:
    page = four_views(show(new_page(), url))
    before = panel_pixels(page, "z")
    x, y, width, height = box_of(panel(page, "z"))
    scale = scale_of(page)
    # The voxel 40 of x and 12 of y: 20 and 6 in the world.
    page.mouse.click(x + width / 2 + (20 - CENTER["x"]) / scale, y + height / 2 + (6 - CENTER["y"]) / scale)
    panels_at_rest(page)
    assert (plane_of(page, "x"), plane_of(page, "y"), plane_of(page, "z")) == (40, 12, 6)
    assert difference(panel_pixels(page, "x"), still(page, engine, volumes, "x", 20.0)) < 2
    assert difference(panel_pixels(page, "y"), still(page, engine, volumes, "y", 6.0)) < 2
    assert difference(panel_pixels(page, "z"), before) < 1


def test_a_drag_takes_the_lines_along_and_z_runs_upwards(new_page: Callable[..., Page], url: str) -> None:
    page = four_views(show(new_page(), url))
    x, y, width, height = box_of(panel(page, "x"))
    scale = scale_of(page)
    page.mouse.move(x + width / 2, y + height / 2)
    page.mouse.down()
    page.mouse.move(x + width / 2 + 5 / scale, y + height / 2 - 6 / scale, steps=4)
    page.mouse.up()
    panels_at_rest(page)
    assert plane_of(page, "y") == round((CENTER["y"] + 5) / 0.5)
    assert plane_of(page, "z") == round((CENTER["z"] + 6) / 2)
    assert plane_of(page, "x") == 28


def test_the_lines_stand_where_the_other_planes_are(new_page: Callable[..., Page], url: str) -> None:
    page = four_views(show(new_page(), url))
    panel(page, "z").focus()
    for _ in range(10):
        page.keyboard.press("ArrowRight")
    panels_at_rest(page)
    _, _, width, _ = box_of(panel(page, "z"))
    line = page.locator('.slice[data-across="z"] .cross').evaluate(
        "(cross) => [cross.style.getPropertyValue('--x'), getComputedStyle(cross, '::before').backgroundImage]"
    )
    assert float(line[0].removesuffix("px")) == pytest.approx(width / 2 + (19 - CENTER["x"]) / scale_of(page), abs=1)
    assert "rgb(242, 66, 54)" in line[1]


def test_the_wheel_goes_through_planes_and_with_ctrl_zooms(
    new_page: Callable[..., Page], url: str, engine: Engine, volumes: Catalogue
) -> None:
    page = four_views(show(new_page(), url))
    panel(page, "z").hover()
    page.mouse.wheel(0, 100)
    panels_at_rest(page)
    assert plane_of(page, "z") == 8
    assert difference(panel_pixels(page, "z"), still(page, engine, volumes, "z", 16.0)) < 2
    lit = (panel_pixels(page, "z").max(axis=2) > 40).mean()
    page.keyboard.down("Control")
    page.mouse.wheel(0, 30)
    page.keyboard.up("Control")
    panels_at_rest(page)
    assert (panel_pixels(page, "z").max(axis=2) > 40).mean() == pytest.approx(lit * np.exp(-0.3) ** 2, rel=0.05)
    assert plane_of(page, "z") == 8
    panel(page, "z").press("r")
    panels_at_rest(page)
    assert difference(panel_pixels(page, "z"), still(page, engine, volumes, "z", 16.0)) < 2


def bright_center(picture: NDArray[np.int16]) -> tuple[float, float]:
    rows, columns = np.nonzero(picture.max(axis=2) > 40)
    return float(columns.mean()), float(rows.mean())


def test_a_right_drag_moves_a_slice_and_what_it_shares_with_another(new_page: Callable[..., Page], url: str) -> None:
    page = four_views(show(new_page(), url))
    page.get_by_label("Show spots").uncheck()
    panels_at_rest(page)
    before = {axis: bright_center(panel_pixels(page, axis)) for axis in "xyz"}
    x, y, width, height = box_of(panel(page, "z"))
    page.mouse.move(x + width / 2, y + height / 2)
    page.mouse.down(button="right")
    page.mouse.move(x + width / 2 + 24, y + height / 2, steps=3)
    page.mouse.up(button="right")
    panels_at_rest(page)
    moved = {axis: np.subtract(bright_center(panel_pixels(page, axis)), before[axis]) for axis in "xyz"}
    assert moved["z"] == pytest.approx((24, 0), abs=1)
    assert moved["y"] == pytest.approx((24, 0), abs=1)
    assert moved["x"] == pytest.approx((0, 0), abs=1)


@pytest.mark.parametrize(
    ("key", "planes"),
    [
        pytest.param("PageUp", (28, 20, 7), id="a plane on"),
        pytest.param("[", (28, 20, 5), id="a plane back"),
        pytest.param("Home", (28, 20, 0), id="the first"),
        pytest.param("End", (28, 20, 11), id="the last"),
        pytest.param("ArrowLeft", (27, 20, 6), id="the line to the left"),
        pytest.param("ArrowDown", (28, 21, 6), id="the line down"),
    ],
)
def test_keys_steer_the_slice_that_has_the_focus(
    new_page: Callable[..., Page], url: str, key: str, planes: tuple[int, int, int]
) -> None:
    page = four_views(show(new_page(), url))
    camera = pixels(page)
    panel(page, "z").press(key)
    panels_at_rest(page)
    assert tuple(plane_of(page, axis) for axis in "xyz") == planes
    assert difference(pixels(page), camera) < 1


def test_channels_labels_time_and_background_go_to_all_panels(new_page: Callable[..., Page], url: str) -> None:
    page = four_views(show(new_page(), url))
    # Through the spots, which the planes in the middle miss.
    page.get_by_text("Slices", exact=True).click()
    page.get_by_label("Position on x").fill("39")
    panels_at_rest(page)

    def changed(act: Callable[[], object], least: float) -> None:
        before = {axis: panel_pixels(page, axis) for axis in "xyz"}
        act()
        panels_at_rest(page)
        moved = {axis: difference(panel_pixels(page, axis), before[axis]) for axis in "xyz"}
        assert min(moved.values()) > least, moved

    changed(lambda: page.get_by_label("Colour of nuclei").fill("#0000ff"), 10)
    changed(lambda: page.get_by_label("Background colour").fill("#405060"), 5)
    changed(lambda: page.get_by_label("Time", exact=False).first.fill("2"), 10)
    changed(lambda: page.get_by_label("Show labels spots").check(), 0.2)


def test_planes_are_shown_in_the_volume_and_follow_the_lines(new_page: Callable[..., Page], url: str) -> None:
    page = four_views(show(new_page(), url))
    bare = pixels(page)
    page.get_by_text("Slices", exact=True).click()
    page.get_by_label("Planes in the volume").check()
    at_rest(page)
    crossed = pixels(page)
    assert difference(bare, crossed) > 1
    page.get_by_label("Position on x").fill("44")
    panels_at_rest(page)
    assert plane_of(page, "x") == 44
    assert difference(crossed, pixels(page)) > 1
    moved = pixels(page)
    for mode in ("Maximum projection", "Volume"):
        page.get_by_label("Mode").select_option(mode)
        at_rest(page)
    assert difference(moved, pixels(page)) < 1
    page.get_by_label("Planes in the volume").uncheck()
    at_rest(page)
    assert difference(bare, pixels(page)) < 1


def test_slices_have_connections_only_while_they_are_shown(new_page: Callable[..., Page], url: str) -> None:
    page = new_page()
    sockets: list[Any] = []
    page.on("websocket", lambda socket: sockets.append(socket))
    four_views(show(page, url))
    assert [socket.is_closed() for socket in sockets] == [False] * 4
    page.keyboard.press("v")
    page.wait_for_selector(".slice", state="hidden")
    for socket in sockets[1:]:
        if not socket.is_closed():
            socket.wait_for_event("close")
    assert not sockets[0].is_closed()
    before = pixels(page)
    drag(page, 60, 0)
    assert difference(before, pixels(page)) > 1


def test_slices_go_to_another_volume_with_the_page(new_page: Callable[..., Page], url: str) -> None:
    page = four_views(show(new_page(), url))
    before = panel_pixels(page, "z")
    page.locator("#volume").select_option("grey")
    page.wait_for_function("() => document.title.startsWith('grey')")
    panels_at_rest(page)
    assert difference(panel_pixels(page, "z"), before) > 2
    assert panel(page, "z").get_attribute("aria-valuetext").startswith("z 21 of 40")


def test_a_link_brings_the_slices_along(new_page: Callable[..., Page], url: str) -> None:
    page = four_views(show(new_page(), url))
    panel(page, "y").press("End")
    page.wait_for_function("() => location.hash.includes('slices=14%2C19.5%2C12')")
    other = show(new_page(), page.evaluate("() => location.href"))
    other.locator(".slice").first.wait_for()
    panels_at_rest(other)
    assert tuple(plane_of(other, axis) for axis in "xyz") == (28, 39, 6)
    assert difference(panel_pixels(page, "y"), panel_pixels(other, "y")) < 1


def test_slices_come_back_with_the_server_and_say_nothing_of_their_own(
    new_page: Callable[..., Page], engine: Engine, volumes: Catalogue
) -> None:
    port = free_port()
    page = new_page()
    with running(make_app(Settings(), engine, volumes), port) as url:
        four_views(show(page, url))
        panel(page, "z").press("PageUp")
        panels_at_rest(page)
        before = panel_pixels(page, "z")
    page.wait_for_selector("#banner:visible")
    panel(page, "z").press("End")
    with running(make_app(Settings(), engine, volumes), port):
        page.get_by_role("button", name="Try now").click()
        page.wait_for_selector("#banner", state="hidden")
        page.wait_for_function(
            "() => document.querySelector('[data-across=z] canvas').getAttribute('aria-valuenow') === '12'"
        )
        page.wait_for_function("() => document.getElementById('waiting').hidden")
        panels_at_rest(page)
        assert difference(before, panel_pixels(page, "z")) > 2
        assert page.inner_text("#messages") == ""
        page.goto("about:blank")


WATCH_TIMES = """() => {
    const picture = document.getElementById("picture"), text = document.getElementById("time-text");
    window.times = [];
    new MutationObserver(() => {
        const time = parseInt(text.textContent);
        if (time !== times.at(-1)?.time) times.push({ time, drawn: picture.dataset.input === picture.dataset.sent });
    }).observe(text, { childList: true });
}"""


def played(page: Page, count: int) -> list[int]:
    """The first `count` times that are shown from now on; none before the picture of the one before."""
    page.wait_for_function("(count) => times.length >= count", arg=count)
    seen = page.evaluate("() => times")[:count]
    assert all(one["drawn"] for one in seen)
    return [one["time"] for one in seen]


def test_times_are_played_in_a_loop_and_none_before_the_last_is_seen(new_page: Callable[..., Page], url: str) -> None:
    page = show(new_page(), url)
    page.get_by_label("Speed").select_option("30 a second")
    page.evaluate(WATCH_TIMES)
    page.locator("#picture").press("Space")
    assert played(page, 6) == [2, 3, 1, 2, 3, 1]
    assert page.locator("#play").get_attribute("aria-label") == "Pause"
    page.locator("#picture").press("Space")
    assert page.locator("#play").get_attribute("aria-label") == "Play"
    at_rest(page)
    shown = page.inner_text("#time-text")
    drag(page, 30, 0)
    assert page.inner_text("#time-text") == shown


def test_times_are_played_back_and_forth_and_once_with_the_slices(new_page: Callable[..., Page], url: str) -> None:
    page = four_views(show(new_page(), url))
    page.get_by_label("Speed").select_option("10 a second")
    page.get_by_label("At the end").select_option("Back and forth")
    page.evaluate(WATCH_TIMES)
    page.get_by_role("button", name="Play").click()
    assert played(page, 5) == [2, 3, 2, 1, 2]
    page.get_by_label("At the end").select_option("Once")
    page.get_by_role("button", name="Play").wait_for()
    panels_at_rest(page)
    assert page.inner_text("#time-text").startswith("3 of 3")
    assert middle_color(page)[1] < 100


def open_still(page: Page) -> Any:
    page.keyboard.press("s")
    dialog = page.get_by_role("dialog", name="Save picture")
    dialog.wait_for()
    return dialog


def saved(page: Page, dialog: Any) -> tuple[str, bytes]:
    with page.expect_download() as saving:
        dialog.get_by_role("button", name="Save").click()
    return saving.value.suggested_filename, Path(saving.value.path()).read_bytes()


def test_a_picture_is_saved_at_the_size_that_was_asked_for(new_page: Callable[..., Page], url: str) -> None:
    page = show(new_page(), url)
    height, width = pixels(page).shape[:2]
    dialog = open_still(page)
    assert dialog.get_by_label("Width").input_value() == str(width)
    dialog.get_by_label("Width").fill(str(2 * width))
    assert dialog.get_by_label("Height").input_value() == str(2 * height)
    dialog.get_by_label("Transparent background").check()
    name, data = saved(page, dialog)
    picture = decode(data)
    assert name == "cells.png"
    assert picture.shape == (2 * height, 2 * width, 4)
    assert picture[0, 0, 3] == 0
    assert picture[height, width, 3] > 128
    assert dialog.is_hidden()


def test_a_preset_shape_cuts_nothing_off(new_page: Callable[..., Page], url: str) -> None:
    page = show(new_page(viewport={"width": 900, "height": 300}), url)
    dialog = open_still(page)
    dialog.get_by_role("combobox", name="Size").select_option("1080p (1920 × 1080)")
    dialog.get_by_label("Format").select_option("JPEG")
    assert dialog.get_by_label("Transparent background").is_disabled()
    dialog.get_by_label("With a scale bar").check()
    name, data = saved(page, dialog)
    with Image.open(BytesIO(data)) as picture:
        assert (picture.format, picture.size, name) == ("JPEG", (1920, 1080), "cells.jpg")
        lit = np.asarray(picture).max(axis=2) > 40
    # All that the wide picture on the screen shows is there, in the middle of a taller one.
    rows, columns = np.nonzero(lit[:1000])
    on_screen = np.nonzero(pixels(page).max(axis=2) > 40)
    scale = 1920 / pixels(page).shape[1]
    assert np.ptp(rows) == pytest.approx(np.ptp(on_screen[0]) * scale, rel=0.02)
    assert np.ptp(columns) == pytest.approx(np.ptp(on_screen[1]) * scale, rel=0.02)
    assert lit[1000:, 1500:].any()


def test_a_picture_too_large_for_one_request_is_put_together(
    new_page: Callable[..., Page], url: str, engine: Engine, volumes: Catalogue
) -> None:
    page = show(new_page(), url)
    size = (pixels(page).shape[1], pixels(page).shape[0])
    dialog = open_still(page)
    dialog.get_by_label("Keep this shape").uncheck()
    dialog.get_by_label("Width").fill("4200")
    dialog.get_by_label("Height").fill("150")
    name, data = saved(page, dialog)
    assert name == "cells.png"
    volume = volumes.volume("cells")
    view: View = replace(resolve(Intent(size=size), volume.info, volume.statistics), size=(4200, 150))
    quality = final_quality(volume.info, view, Budget(2**30), FINAL_SAMPLES)
    whole = engine.submit(volume, view, quality).result().array
    assert np.abs(decode(data).astype(int) - whole).max() <= 1


def test_a_picture_of_too_many_pixels_is_not_asked_for(new_page: Callable[..., Page], url: str) -> None:
    page = show(new_page(), url)
    dialog = open_still(page)
    dialog.get_by_label("Keep this shape").uncheck()
    dialog.get_by_label("Width").fill("16384")
    dialog.get_by_label("Height").fill("16384")
    fault = dialog.get_by_label("Width").evaluate("(input) => input.validationMessage")
    assert fault == "268 million pixels: at most 67 are drawn"
    page.keyboard.press("Escape")
    dialog.wait_for(state="hidden")


def test_pictures_and_links_are_copied(new_page: Callable[..., Page], url: str) -> None:
    page = new_page(permissions=["clipboard-read", "clipboard-write"])
    show(page, url)
    page.get_by_role("button", name="Copy link").click()
    page.get_by_text("Link copied", exact=True).wait_for()
    link = page.evaluate("() => navigator.clipboard.readText()")
    assert "#volume=cells&view=" in link
    assert link == page.evaluate("() => location.href")
    dialog = open_still(page)
    dialog.get_by_role("button", name="Copy").click()
    dialog.get_by_text("Copied").wait_for()
    assert page.evaluate("async () => (await navigator.clipboard.read())[0].types") == ["image/png"]


CONTRASTS = """() => {
    const parse = (text) => { const [r, g, b, a = 1] = text.match(/[\\d.]+/g).map(Number); return [r, g, b, a]; };
    const light = ([r, g, b]) => {
        const part = (v) => ((v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
        return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
    };
    const ground = (element) => {
        for (let one = element; one; one = one.parentElement) {
            const color = parse(getComputedStyle(one).backgroundColor);
            if (color[3] > 0.8) return color;
        }
        return [0, 0, 0, 1];
    };
    const worded = [...document.querySelectorAll("body *")].filter((element) =>
        element.checkVisibility() && !element.matches(":disabled, #skip, #gizmo *") &&
        [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim()));
    return worded.map((element) => {
        const [a, b] = [light(parse(getComputedStyle(element).color)), light(ground(element))];
        return [(Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), element.textContent.trim().slice(0, 40)];
    });
}"""


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_words_can_be_read_in_both_themes(new_page: Callable[..., Page], url: str, scheme: str) -> None:
    page = four_views(show(new_page(color_scheme=scheme), url))
    ground = page.evaluate("() => getComputedStyle(document.getElementById('panel')).backgroundColor")
    assert (int(re.findall(r"\d+", ground)[0]) > 128) == (scheme == "light")
    page.keyboard.press("?")
    page.get_by_role("dialog").wait_for()
    contrasts = page.evaluate(CONTRASTS)
    assert len(contrasts) > 40
    assert [one for one in contrasts if one[0] < 4.5] == []
    # The picture keeps the background of its View.
    assert pixels(page)[0, 0].max() < 10


def test_a_theme_is_chosen_and_kept(new_page: Callable[..., Page], url: str) -> None:
    page = show(new_page(color_scheme="dark"), url)
    ground = "() => getComputedStyle(document.getElementById('panel')).backgroundColor"
    dark = page.evaluate(ground)
    page.get_by_label("Theme").select_option("light")
    light = page.evaluate(ground)
    assert light != dark
    page.reload()
    at_rest(page)
    assert page.get_by_label("Theme").input_value() == "light"
    assert page.evaluate(ground) == light
    page.get_by_label("Theme").select_option("as the system")
    assert page.evaluate(ground) == dark


def test_the_page_fills_the_screen_and_comes_back(new_page: Callable[..., Page], url: str) -> None:
    page = show(new_page(), url)
    button = page.get_by_role("button", name="Full screen")
    for state in ("true", "false"):
        page.keyboard.press("f")
        page.wait_for_function("(state) => String(document.fullscreenElement !== null) === state", arg=state)
        button.and_(page.locator(f'[aria-pressed="{state}"]')).wait_for()


def test_help_is_opened_and_closed_by_keys_which_do_nothing_else_meanwhile(
    new_page: Callable[..., Page], url: str
) -> None:
    page = show(new_page(), url)
    before = pixels(page)
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keys, mouse and touch")
    dialog.wait_for()
    assert dialog.get_by_text("play, pause").is_visible()
    page.keyboard.press("3")
    page.keyboard.press("Escape")
    dialog.wait_for(state="hidden")
    at_rest(page)
    assert page.locator("#mode").input_value() == "dvr"
    assert difference(before, pixels(page)) < 1


TABBABLE = """() => {
    const kinds = "a[href], button, select, input, summary, [tabindex='0']";
    return [...document.querySelectorAll(kinds)]
        .filter((one) => !one.disabled && one.tabIndex >= 0 && one.checkVisibility())
        .filter((one) => one.getBoundingClientRect().width)
        .map((one, index) => (one.dataset.stop = index));
}"""


def test_tab_reaches_everything_and_from_the_picture_onwards(new_page: Callable[..., Page], url: str) -> None:
    page = four_views(show(new_page(), url))
    for summary in page.locator("details:not([open]) > summary").all():
        if summary.is_visible():
            summary.press("Enter")
    stops = page.evaluate(TABBABLE)
    page.locator("#skip").focus()
    reached = []
    for _ in stops:
        reached.append(int(page.evaluate("() => document.activeElement.dataset.stop ?? -1")))
        page.keyboard.press("Tab")
    assert reached == stops
    page.locator("#skip").press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.id") == "volume"


def test_everything_has_a_name(new_page: Callable[..., Page], url: str) -> None:
    page = four_views(show(new_page(), url))
    open_still(page)
    nameless = """() => [...document.querySelectorAll("input, select, button, canvas")].filter((one) =>
        !(one.labels?.length || one.ariaLabel || one.getAttribute("aria-label") || one.textContent.trim())
    ).map((one) => one.outerHTML)"""
    assert page.evaluate(nameless) == []


def test_sections_stay_as_they_were_left(new_page: Callable[..., Page], url: str) -> None:
    page = show(new_page(), url)
    page.get_by_text("View", exact=True).click()
    page.get_by_text("Clip", exact=True).click()
    assert page.get_by_label("Mode").is_hidden()
    # A section says that it was opened a moment after it is open.
    page.wait_for_function("() => JSON.parse(localStorage.getItem('voxelcast.sections'))?.clip")
    page.reload()
    at_rest(page)
    assert page.get_by_label("Mode").is_hidden()
    assert page.get_by_label("Clip x to").is_visible()
    assert page.get_by_label("Show nuclei").is_visible()


NARROW = {"viewport": {"width": 360, "height": 640}, "has_touch": True, "is_mobile": True}


def test_a_narrow_screen_has_room_for_all_of_it(new_page: Callable[..., Page], url: str) -> None:
    page = four_views(show(new_page(**NARROW), url))
    page.get_by_role("button", name="Settings").tap()
    panels_at_rest(page)
    for summary in page.locator("details:not([open]) > summary").all():
        if summary.is_visible():
            summary.tap()
    widths = "() => ['html', '#views', '#panel'].map((one) => document.querySelector(one).scrollWidth)"
    assert page.evaluate(widths) == [360, 360, 360]
    small = """() => [...document.querySelectorAll("button, select, summary, input")]
        .filter((one) => one.checkVisibility() && one.id !== "skip")
        .map((one) => [(one.closest("label:has(> input[type=checkbox])") ?? one).getBoundingClientRect(), one])
        .filter(([box]) => box.height < 39.5 || box.width < 39.5)
        .map(([box, one]) => [box.width, box.height, one.outerHTML])"""
    assert page.evaluate(small) == []
    for axis in "xyz":
        _, _, width, height = box_of(panel(page, axis))
        assert (width, height) == pytest.approx((179, 159), abs=1)
    for key in "s?":
        page.keyboard.press(key)
        dialog = page.get_by_role("dialog")
        dialog.wait_for()
        assert dialog.evaluate("(one) => one.scrollWidth <= one.clientWidth && one.offsetWidth <= 360")
        page.keyboard.press("Escape")
        dialog.wait_for(state="hidden")


def test_two_taps_reset_the_camera(new_page: Callable[..., Page], url: str) -> None:
    page = show(new_page(**NARROW), url)
    before = pixels(page)
    page.locator("#picture").press("ArrowLeft")
    page.locator("#picture").press("+")
    at_rest(page)
    assert difference(before, pixels(page)) > 1
    for _ in range(2):
        page.touchscreen.tap(180, 300)
    at_rest(page)
    assert difference(before, pixels(page)) < 1


def test_the_slice_of_the_main_view_is_one_of_the_linked_planes(new_page: Callable[..., Page], url: str) -> None:
    page = four_views(show(new_page(), url))
    page.keyboard.press("3")
    page.locator("#position").fill("9")
    panels_at_rest(page)
    assert plane_of(page, "z") == 9
    panel(page, "x").press("ArrowUp")
    panels_at_rest(page)
    assert page.inner_text("#position-text") == "11 of 12 (z 20 µm)"


def test_planes_of_a_link_are_those_of_the_slices(new_page: Callable[..., Page], url: str, volumes: Catalogue) -> None:
    page = show(new_page(), url)
    volume = volumes.volume("cells")
    view = resolve(Intent(planes=()), volume.info, volume.statistics)
    planes = (Slice("x", 5.0), Slice("y", 15.0), Slice("z", 4.0))
    view = replace(view, mode=replace(view.mode, planes=planes))
    write = """async (view) => {
        const { writeAddress } = await import("/web/url.js");
        return location.origin + "/" + await writeAddress("cells", JSON.parse(view), null, [0, 0, 0]);
    }"""
    page = show(new_page(), page.evaluate(write, msgspec.json.encode(view).decode()))
    page.locator(".slice").first.wait_for()
    panels_at_rest(page)
    assert tuple(plane_of(page, axis) for axis in "xyz") == (10, 30, 2)
    assert page.locator("#planes").is_checked()
