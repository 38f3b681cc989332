"""The page in a real browser, on the real application and renderer: what a user does and sees.

The browser's pixels are read from the canvas, and every wait is for an event.
"""

import base64
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from render.backends import choice
from render.encode import decode
from render.engine import Engine
from render.errors import BackendError, Busy
from render.volume.catalogue import Catalogue
from render.volume.sources import open_volume
from tests.streaming import free_port, running
from tests.volumes import write_labels, write_ome_zarr
from viewer_bridge import rungs
from voxelcast.app import make_app
from voxelcast.settings import Settings

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
Page = sync_api.Page

AT_REST = """() => {
    const { rung, input, sent } = document.getElementById("picture").dataset;
    return rung && rung !== "draft" && input === sent;
}"""


def ellipsoids() -> NDArray[np.uint16]:
    """(t, c, z, y, x) = (3, 2, 12, 40, 56): a ball that is large in channel 0 and small, off the middle, in channel 1.

    Over time the large one fades.
    """
    z, y, x = np.meshgrid(*(np.linspace(-1, 1, n) for n in (12, 40, 56)), indexing="ij")
    large = (z**2 + y**2 + x**2 < 0.7) * 1000
    small = ((z / 0.4) ** 2 + ((y - 0.3) / 0.3) ** 2 + ((x - 0.4) / 0.3) ** 2 < 1) * 500
    return np.stack([np.stack([large * share, small]) for share in (1.0, 0.5, 0.2)]).astype(np.uint16)


@pytest.fixture(scope="module")
def volumes(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    """ "cells" is green and magenta with three times, and its spots are labelled 7.

    "grey" is its first time and channel, across its depth.
    """
    folder = tmp_path_factory.mktemp("volumes")
    channels = [
        {"label": "nuclei", "color": "00FF00", "active": True, "window": {"start": 100, "end": 1000}},
        {"label": "spots", "color": "FF00FF", "active": True, "window": {"start": 100, "end": 500}},
    ]
    cells = write_ome_zarr(
        folder / "cells.ome.zarr",
        ellipsoids(),
        "tczyx",
        spacing=(2.0, 0.5, 0.5),
        levels=2,
        omero={"channels": channels},
    )
    ids = ellipsoids()[0, 1] // 500 * 7
    write_labels(cells, "spots", ids.astype(np.uint8), spacing=(2.0, 0.5, 0.5))
    grey = write_ome_zarr(folder / "grey.ome.zarr", ellipsoids()[0, 0].swapaxes(0, 1), "zyx", levels=2)
    return Catalogue({"cells": str(cells), "grey": str(grey)}, open_volume)


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    try:
        chosen = choice.chosen("compute")
    except BackendError as error:
        pytest.skip(str(error))
    with pytest.MonkeyPatch.context() as patch, Engine(lambda: choice.open_renderer(chosen, 2**30)) as engine:
        # Pages that rest would keep both cores of a small machine busy with rays that no test looks at.
        patch.setattr(rungs, "REFINED", (4,))
        # However slow the machine, these do come: see `smooth`.
        patch.setattr(rungs, "REFINING", 60.0)
        yield engine


@pytest.fixture(scope="module")
def url(engine: Engine, volumes: Catalogue) -> Iterator[str]:
    with running(make_app(Settings(), engine, volumes)) as url:
        yield url


def show(page: Page, address: str) -> Page:
    page.goto(address)
    at_rest(page)
    return page


def at_rest(page: Page) -> None:
    """The picture is at full quality and shows everything that was done: from here on it only gets smoother."""
    page.evaluate("() => new Promise(requestAnimationFrame)")
    page.wait_for_function(AT_REST)


def smooth(page: Page) -> NDArray[np.int16]:
    """The picture once it is as smooth as it gets: the same for the same view, whatever was seen before."""
    at_rest(page)
    page.wait_for_function("() => document.getElementById('picture').dataset.rung === 'refined'")
    return pixels(page)


def pixels(page: Page) -> NDArray[np.int16]:
    """(height, width, 3) of the picture, 0 to 255."""
    data_url = page.evaluate("document.getElementById('picture').toDataURL()")
    return decode(base64.b64decode(data_url.split(",")[1]))[..., :3].astype(np.int16)


def difference(a: NDArray[np.int16], b: NDArray[np.int16]) -> float:
    """Mean absolute difference; whole range where the sizes differ."""
    return float(np.abs(a - b).mean()) if a.shape == b.shape else 255.0


def middle_color(page: Page) -> list[int]:
    picture = pixels(page)
    return [int(value) for value in picture[picture.shape[0] // 2, picture.shape[1] // 2]]


def drag(page: Page, dx: float, dy: float, button: str = "left") -> None:
    """Drag the middle of the picture."""
    box = page.locator("#picture").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down(button=button)
    page.mouse.move(x + dx, y + dy, steps=5)
    page.mouse.up(button=button)
    at_rest(page)


def bright_center(page: Page) -> tuple[float, float]:
    """(x, y) of the middle of what is not dark, in pixels."""
    rows, columns = np.nonzero(pixels(page).max(axis=2) > 40)
    return float(columns.mean()), float(rows.mean())


def test_the_page_shows_the_first_volume(new_page: Callable[..., Page], url: str) -> None:
    page = show(new_page(), url)
    assert page.title() == "cells – Voxelcast"
    red, green, blue = middle_color(page)
    assert green > 60
    assert green > red
    assert green > blue
    assert pixels(page)[0, 0].max() < 10
    assert page.inner_text("#volume").split() == ["cells", "grey"]
    readout = page.inner_text("#readout")
    assert re.search(r"level 0 \(0 to 1\) · (final|refined) · compute", readout)


def test_nothing_comes_from_elsewhere_and_it_is_light(new_page: Callable[..., Page], url: str) -> None:
    page = new_page(alone=True)
    asked: list[sync_api.Request] = []
    page.on("request", lambda request: asked.append(request))
    show(page, url)
    assert [one.url for one in asked if not one.url.startswith((url, "blob:", "data:"))] == []
    files = [one for one in asked if one.url.startswith(url) and "/volumes" not in one.url]
    assert 10_000 < sum(one.sizes()["responseBodySize"] for one in files) < 150_000


def test_a_drag_turns_the_volume(new_page: Callable[..., Page], url: str) -> None:
    page = show(new_page(), url)
    before = pixels(page)
    drag(page, 120, 60)
    assert difference(before, pixels(page)) > 2


def test_a_right_drag_moves_the_picture_with_the_hand(new_page: Callable[..., Page], url: str) -> None:
    page = show(new_page(), f"{url}/#volume=grey")
    x, y = bright_center(page)
    drag(page, 70, -30, button="right")
    moved = bright_center(page)
    assert (moved[0] - x, moved[1] - y) == pytest.approx((70, -30), abs=4)


def test_the_wheel_zooms(new_page: Callable[..., Page], url: str) -> None:
    page = show(new_page(), url)
    before = (pixels(page).max(axis=2) > 40).mean()
    page.locator("#picture").hover()
    page.mouse.wheel(0, 400)
    at_rest(page)
    assert (pixels(page).max(axis=2) > 40).mean() == pytest.approx(before * np.exp(-0.6) ** 2, rel=0.15)


def test_two_fingers_move_and_zoom(new_page: Callable[..., Page], url: str) -> None:
    page = show(new_page(has_touch=True), f"{url}/#volume=grey")
    page.keyboard.press("3")
    at_rest(page)
    x, y = bright_center(page)
    lit = (pixels(page).max(axis=2) > 40).mean()
    touch = page.context.new_cdp_session(page)
    box = page.locator("#picture").bounding_box()
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)

    def fingers(kind: str, shift: float, apart: float) -> None:
        points = [{"x": middle[0] + shift + side * apart, "y": middle[1], "id": side} for side in (-1, 1)]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points if kind != "touchEnd" else []})

    fingers("touchStart", 0, 80)
    for step in range(1, 6):
        fingers("touchMove", step * 8, 80 - step * 8)
    fingers("touchEnd", 0, 0)
    at_rest(page)
    moved = bright_center(page)
    assert (moved[0] - x, moved[1] - y) == pytest.approx((40, 0), abs=2)
    assert (pixels(page).max(axis=2) > 40).mean() == pytest.approx(lit / 4, rel=0.05)


def test_a_channel_takes_another_colour_and_goes_away(new_page: Callable[..., Page], url: str) -> None:
    page = show(new_page(), url)
    page.get_by_label("Show spots").uncheck()
    at_rest(page)
    page.get_by_label("Colour of nuclei").fill("#ff0000")
    at_rest(page)
    red, green, blue = middle_color(page)
    assert red > 60
    assert max(green, blue) < 12
    page.get_by_label("Show nuclei").uncheck()
    at_rest(page)
    assert pixels(page).max() < 10


def test_a_window_above_the_data_leaves_nothing_and_auto_brings_it_back(
    new_page: Callable[..., Page], url: str
) -> None:
    page = show(new_page(), f"{url}/#volume=grey")
    field = page.get_by_label("Upper end of the window of")
    field.fill("60000")
    page.get_by_label("Lower end of the window of").fill("50000")
    page.keyboard.press("Enter")
    at_rest(page)
    assert pixels(page).max() < 10
    page.get_by_role("button", name="from the data").click()
    at_rest(page)
    assert pixels(page).max() > 100
    assert float(field.input_value()) == pytest.approx(1000, rel=0.01)


def test_the_histogram_s_ends_can_be_dragged(new_page: Callable[..., Page], url: str) -> None:
    page = show(new_page(), f"{url}/#volume=grey")
    field = page.get_by_label("Upper end of the window of")
    before = float(field.input_value())
    page.locator(".histogram").scroll_into_view_if_needed()
    box = page.locator(".histogram").bounding_box()
    page.mouse.move(box["x"] + box["width"] - 12, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + 20, steps=4)
    page.mouse.up()
    at_rest(page)
    assert float(field.input_value()) == pytest.approx(0.6 * before, rel=0.1)


def test_the_opacity_slider_makes_a_volume_fainter(new_page: Callable[..., Page], url: str) -> None:
    page = show(new_page(), f"{url}/#volume=grey")
    before = pixels(page).mean()
    page.get_by_label("Opacity of").fill("0.1")
    at_rest(page)
    assert 0 < pixels(page).mean() < before * 0.8


def test_a_slice_is_chosen_by_its_plane(new_page: Callable[..., Page], url: str) -> None:
    page = show(new_page(), url)
    page.keyboard.press("3")
    at_rest(page)
    assert page.inner_text("#position-text") == "7 of 12 (z 12 µm)"
    assert middle_color(page)[1] > 200
    page.locator("#position").fill("0")
    at_rest(page)
    assert page.inner_text("#position-text") == "1 of 12 (z 0 µm)"
    assert pixels(page).max() < 10
    page.get_by_label("Across x").click()
    at_rest(page)
    assert page.inner_text("#position-text") == "29 of 56 (x 14 µm)"
    height, width = pixels(page).shape[:2]
    page.keyboard.press("1")
    at_rest(page)
    assert (height, width) == pixels(page).shape[:2]


def test_coming_back_from_a_slice_finds_the_camera_as_it_was(new_page: Callable[..., Page], url: str) -> None:
    page = show(new_page(), url)
    drag(page, 90, -50)
    before = smooth(page)
    for key in "31":
        page.keyboard.press(key)
        at_rest(page)
    assert difference(before, smooth(page)) < 1


def lit(page: Page) -> float:
    """The share of the picture that is not dark."""
    return float((pixels(page).max(axis=2) > 40).mean())


def test_surfaces_are_moved_and_go_with_their_channels(new_page: Callable[..., Page], url: str) -> None:
    page = show(new_page(), url)
    page.get_by_label("Mode").select_option("Surfaces")
    at_rest(page)
    before = lit(page)
    assert middle_color(page)[1] > 100
    slider = page.get_by_label("Value of the surface of nuclei")
    assert float(slider.input_value()) == pytest.approx(550, abs=5)
    # Nothing has more than 1000: only the spots are left, and then nothing.
    slider.fill(slider.get_attribute("max"))
    at_rest(page)
    assert 0 < lit(page) < before / 2
    page.get_by_label("Show spots").uncheck()
    at_rest(page)
    assert lit(page) == 0
    assert page.inner_text("#messages") == ""


def test_other_projections_can_be_chosen(new_page: Callable[..., Page], url: str) -> None:
    page = show(new_page(), f"{url}/#volume=grey")
    seen = [pixels(page)]
    for name in ("Minimum projection", "Mean projection", "Maximum projection"):
        page.get_by_label("Mode").select_option(name)
        at_rest(page)
        assert all(difference(pixels(page), other) > 1 for other in seen)
        seen.append(pixels(page))


def test_labels_are_shown_in_their_opacity(new_page: Callable[..., Page], url: str) -> None:
    page = show(new_page(), url)
    before = pixels(page)
    page.get_by_label("Show labels spots").check()
    at_rest(page)
    faint = difference(before, pixels(page))
    page.get_by_label("Opacity of labels spots").fill("1")
    at_rest(page)
    assert 0 < faint < difference(before, pixels(page))


def test_half_of_the_volume_is_clipped_away(new_page: Callable[..., Page], url: str) -> None:
    page = show(new_page(), f"{url}/#volume=grey")
    page.get_by_label("Mode").select_option("Maximum projection")
    at_rest(page)
    whole = lit(page)
    page.get_by_text("Clip", exact=True).click()
    page.get_by_label("Clip x to").fill("0.5")
    at_rest(page)
    assert 0.3 * whole < lit(page) < 0.75 * whole
    page.get_by_label("Clip x to").fill("1")
    at_rest(page)
    assert lit(page) == pytest.approx(whole, rel=0.01)


def test_light_and_depth_cue_change_the_picture(new_page: Callable[..., Page], url: str) -> None:
    page = show(new_page(), f"{url}/#volume=grey")
    before = pixels(page)
    page.get_by_label("Light", exact=True).select_option("from the upper left")
    at_rest(page)
    assert difference(before, pixels(page)) > 0.5
    page.get_by_label("Light", exact=True).select_option("at the eye")
    page.get_by_label("Darker with depth").fill("1")
    at_rest(page)
    assert 0 < pixels(page).mean() < 0.9 * before.mean()


def test_lines_are_drawn_with_the_volume(new_page: Callable[..., Page], url: str) -> None:
    page = show(new_page(), url)
    bare = pixels(page)
    for name in ("Box", "Axes", "Scale bar"):
        page.get_by_label(name, exact=True).check()
        at_rest(page)
        changed = np.abs(pixels(page) - bare).max(axis=2)
        # Edges get smoother while a picture rests: where a line is, far more changes than that.
        line = changed > 100
        assert line.sum() > 20
        page.get_by_label(name, exact=True).uncheck()
        at_rest(page)
        assert np.abs(pixels(page) - bare)[line].mean() < 30


def test_a_click_says_what_is_there(new_page: Callable[..., Page], url: str) -> None:
    page = show(new_page(), url)
    page.keyboard.press("3")
    at_rest(page)
    page.locator("#picture").click()
    page.locator("#picked").wait_for()
    said = page.inner_text("#picked")
    assert re.fullmatch(r"x 1[34]\S* y (9|10)\S* z 12 µm · nuclei 1000 · spots \d+", said)
    page.mouse.wheel(0, 100)
    page.locator("#picked").wait_for(state="hidden")


QUESTIONS = """async () => {
    const { Picked } = await import(new URL("picked.js", document.querySelector("script[type=module]").src));
    const place = document.createElement("p"), asked = [];
    const picked = new Picked(place, (x, y) => asked.push([x, y]));
    const answer = ([x, y]) => picked.answer({ x, y, position: null, values: [], labels: [] });
    picked.pick(0.25, 0.5, [8, 8]);
    picked.clear();
    picked.pick(0.75, 0.5, [8, 8]);
    answer(asked[0]);
    const late = place.hidden;
    answer(asked[1]);
    return [asked, late, place.textContent];
}"""


def test_an_answer_is_that_of_the_newest_question(new_page: Callable[..., Page], url: str) -> None:
    page = show(new_page(), url)
    assert page.evaluate(QUESTIONS) == [[[2, 4], [6, 4]], True, "nothing here"]


def test_after_a_question_that_failed_another_is_answered(
    new_page: Callable[..., Page], url: str, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = show(new_page(), url)
    page.keyboard.press("3")
    at_rest(page)
    submit = engine.submit

    def full(*_: object, **__: object) -> None:
        raise Busy("one picture is waiting")

    monkeypatch.setattr(engine, "submit", full)
    page.locator("#picture").click()
    page.get_by_text("one picture is waiting").wait_for()
    monkeypatch.setattr(engine, "submit", submit)
    page.locator("#picture").click()
    page.locator("#picked").wait_for()


def test_time_goes_on(new_page: Callable[..., Page], url: str) -> None:
    page = show(new_page(), url)
    page.keyboard.press("2")
    at_rest(page)
    first = middle_color(page)[1]
    page.locator("#time").fill("2")
    at_rest(page)
    assert page.inner_text("#time-text").startswith("3 of 3")
    assert middle_color(page)[1] < first / 3


def test_the_background_and_reset_all(new_page: Callable[..., Page], url: str) -> None:
    page = show(new_page(), url)
    before = smooth(page)
    page.get_by_label("Background colour").fill("#204060")
    at_rest(page)
    assert pixels(page)[2, 2] == pytest.approx((32, 64, 96), abs=3)
    drag(page, 80, 0)
    page.get_by_role("button", name="Reset all").click()
    at_rest(page)
    assert difference(before, smooth(page)) < 1


def test_a_link_shows_the_same_picture_in_another_browser(new_page: Callable[..., Page], url: str) -> None:
    page = show(new_page(), url)
    drag(page, 100, 40)
    page.get_by_label("Colour of nuclei").fill("#ffaa00")
    at_rest(page)
    page.wait_for_function("() => location.hash.includes('view=')")
    other = show(new_page(), page.evaluate("() => location.href"))
    assert difference(smooth(page), smooth(other)) < 1
    assert other.get_by_label("Colour of nuclei").input_value() == "#ffaa00"


def test_a_link_keeps_a_camera_over_small_voxels_far_from_the_origin(new_page: Callable[..., Page], url: str) -> None:
    page = show(new_page(), url)
    view = {"camera": {"position": [1234567.0125, -0.1, 3e-7]}}
    through_a_link = """async (view) => {
      const { readAddress, writeAddress } = await import("/web/url.js");
      return (await readAddress(await writeAddress("far", view))).view;
    }"""
    assert page.evaluate(through_a_link, view) == view


def test_pictures_that_cannot_be_decoded_do_not_end_the_stream(new_page: Callable[..., Page], url: str) -> None:
    page = new_page(alone=True)
    # As many as the server sends without an acknowledgement.
    page.add_init_script("""
      const decode = createImageBitmap;
      let failures = 2;
      window.createImageBitmap = (blob) => (failures-- > 0 ? Promise.reject(new Error("no memory")) : decode(blob));
    """)
    page.goto(url)
    page.get_by_text("A picture could not be shown: no memory").wait_for()
    page.wait_for_function("() => document.getElementById('channels').children.length > 0")
    drag(page, 60, 30)
    assert pixels(page).max() > 60


def test_a_damaged_link_shows_the_volume_and_says_so(new_page: Callable[..., Page], url: str) -> None:
    page = show(new_page(), f"{url}/#volume=grey&view=AAAA")
    assert "link is damaged" in page.inner_text("#messages")
    assert page.title() == "grey – Voxelcast"


def test_a_link_to_a_volume_that_is_gone_says_so(new_page: Callable[..., Page], url: str) -> None:
    page = show(new_page(), f"{url}/#volume=gone")
    assert "There is no volume gone" in page.inner_text("#messages")


def test_the_picture_follows_the_window(new_page: Callable[..., Page], url: str) -> None:
    page = show(new_page(), url)
    page.set_viewport_size({"width": 640, "height": 700})
    page.wait_for_function("() => document.getElementById('picture').dataset.sent > 1")
    at_rest(page)
    box = page.locator("#picture").bounding_box()
    assert pixels(page).shape[:2] == (round(box["height"]), round(box["width"]))


def test_a_narrow_window_shows_the_picture_and_settings_on_demand(new_page: Callable[..., Page], url: str) -> None:
    page = show(new_page(viewport={"width": 360, "height": 640}), url)
    assert pixels(page).shape[:2] == (640, 360)
    page.get_by_role("button", name="Settings").click()
    at_rest(page)
    assert page.get_by_label("Mode").is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    assert page.evaluate("document.getElementById('panel').scrollWidth") == 360


def test_the_picture_is_saved_at_full_quality(new_page: Callable[..., Page], url: str) -> None:
    page = show(new_page(), url)
    drag(page, 60, 30)
    with page.expect_download() as saving:
        page.get_by_role("button", name="Save picture").click()
        page.get_by_role("button", name="Save", exact=True).click()
    assert saving.value.suggested_filename == "cells.png"
    saved = decode(Path(saving.value.path()).read_bytes())
    assert difference(saved[..., :3].astype(np.int16), pixels(page)) < 2


def test_two_pages_on_two_volumes_do_not_disturb_each_other(new_page: Callable[..., Page], url: str) -> None:
    one, two = show(new_page(), f"{url}/#volume=cells"), show(new_page(), f"{url}/#volume=grey")
    before = pixels(two)
    drag(one, 100, 0)
    one.get_by_label("Show spots").uncheck()
    at_rest(one)
    after = pixels(one)
    # Less than a drag changes: a still picture only gets smoother.
    assert difference(before, pixels(two)) < 1
    drag(two, -40, 80)
    assert difference(after, pixels(one)) < 1
    assert one.title() != two.title()


def test_a_server_that_goes_away_is_told_and_found_again(
    new_page: Callable[..., Page], engine: Engine, volumes: Catalogue
) -> None:
    port = free_port()
    page = new_page()
    with running(make_app(Settings(), engine, volumes), port) as url:
        show(page, url)
        drag(page, 100, 40)
        before = smooth(page)
        assert page.locator("#banner").is_hidden()
    page.wait_for_selector("#banner:visible")
    assert page.inner_text("#banner-text").startswith("The server is gone")
    assert difference(before, pixels(page)) < 1
    with running(make_app(Settings(), engine, volumes), port):
        page.get_by_role("button", name="Try now").click()
        page.wait_for_selector("#banner", state="hidden")
        assert difference(before, smooth(page)) < 1
        page.goto("about:blank")
