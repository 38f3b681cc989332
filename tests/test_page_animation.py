"""Movies on the page, in a real browser: keyframes, what is seen of them before, and the file that the server draws."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from render.animation import Animation, decode_animation
from render.engine import Engine
from render.geometry import length, subtract
from render.volume.catalogue import Catalogue
from tests import test_page
from tests.streaming import running
from tests.test_page import Page, at_rest, difference, drag, pixels, show
from voxelcast.app import make_app
from voxelcast.settings import Settings

volumes, engine = test_page.volumes, test_page.engine


@pytest.fixture(scope="module")
def url(engine: Engine, volumes: Catalogue) -> Iterator[str]:
    with running(make_app(Settings(), engine, volumes)) as url:
        yield url


@pytest.fixture
def page(new_page: Callable[..., Page], url: str) -> Page:
    """The volume "grey" with the section of animations open."""
    return opened(show(new_page(), f"{url}/#volume=grey"))


def opened(page: Page) -> Page:
    # A page that is loaded again finds its sections as they were left.
    if page.locator("#animation[open]").count() == 0:
        page.locator("#animation > summary").click()
    page.get_by_role("button", name="Load", exact=True).wait_for()
    return page


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def add(page: Page, count: int = 1) -> None:
    """Add what is shown, so that there are `count` keyframes, and see its picture."""
    press(page, "Add this view")
    thumbnails(page, count)


def thumbnails(page: Page, count: int) -> None:
    page.wait_for_function(
        "(n) => [...document.querySelectorAll('.thumbnail')].filter((one) => one.naturalWidth === 128).length === n",
        arg=count,
    )


def turned(page: Page) -> tuple[NDArray[np.int16], NDArray[np.int16]]:
    """Two keyframes, and the pictures of them."""
    add(page)
    before = pixels(page)
    drag(page, 110, 40)
    add(page, 2)
    return before, pixels(page)


def saved(page: Page) -> Animation:
    with page.expect_download() as saving:
        press(page, "Save")
    assert saving.value.suggested_filename == "grey.animation.json"
    return decode_animation(Path(saving.value.path()).read_bytes())


def focused(page: Page) -> str:
    label: str = page.evaluate("document.activeElement.getAttribute('aria-label')")
    return label


def test_keyframes_are_added_moved_replaced_shown_and_removed(page: Page) -> None:
    first, second = turned(page)
    page.get_by_label("Seconds until keyframe 2 of 2").fill("0.5")
    page.keyboard.press("Tab")
    assert page.inner_text("#animation-time") == "0.0 of 0.5 s"
    press(page, "Show keyframe 1 of 2")
    at_rest(page)
    assert difference(first, pixels(page)) < 1
    press(page, "Move down keyframe 1 of 2")
    assert focused(page) == "Show keyframe 2 of 2"
    press(page, "Show keyframe 1 of 2")
    at_rest(page)
    assert difference(second, pixels(page)) < 1
    page.keyboard.press("Alt+ArrowDown")
    assert focused(page) == "Show keyframe 2 of 2"
    press(page, "Put the present view in place of keyframe 1 of 2")
    one, two = saved(page).keyframes
    assert (one.view, one.seconds, two.seconds) == (two.view, 0.0, 0.5)
    press(page, "Remove keyframe 1 of 2")
    assert focused(page) == "Show keyframe 1 of 1"
    assert page.get_by_label("Seconds that the movie rests at first").input_value() == "0"
    page.keyboard.press("Delete")
    assert page.locator(".keyframe").count() == 0
    assert page.evaluate("document.activeElement.id") == "keyframe-add"
    assert page.locator("#movie-begin").is_hidden()


def test_a_movie_is_seen_before_it_is_made(page: Page) -> None:
    first, second = turned(page)
    page.get_by_label("Time in the movie").fill("500")
    page.get_by_text("1.0 of 2.0 s").wait_for()
    at_rest(page)
    assert min(difference(pixels(page), other) for other in (first, second)) > 1
    page.get_by_label("Time in the movie").fill("0")
    at_rest(page)
    assert difference(first, pixels(page)) < 1
    press(page, "Play")
    page.get_by_role("button", name="Pause").wait_for()
    page.get_by_role("button", name="Play", exact=True).wait_for()
    assert page.inner_text("#animation-time") == "2.0 of 2.0 s"
    at_rest(page)
    assert difference(second, pixels(page)) < 1


def test_who_takes_hold_of_the_picture_stops_the_movie(page: Page) -> None:
    turned(page)
    page.get_by_label("Seconds until keyframe 2 of 2").fill("60")
    press(page, "Play")
    page.get_by_role("button", name="Pause").wait_for()
    drag(page, 40, 0)
    page.get_by_role("button", name="Play", exact=True).wait_for()


def test_a_movie_is_exported_and_saved(page: Page) -> None:
    first, second = turned(page)
    page.get_by_label("Seconds until keyframe 2 of 2").fill("0.4")
    page.get_by_label("Shape").select_option("as here")
    page.get_by_label("Pictures a second").select_option("24 fps")
    page.get_by_role("button", name="Export MP4").focus()
    with page.expect_download() as saving:
        page.keyboard.press("Enter")
        page.get_by_role("progressbar", name="Pictures of the movie that are drawn").wait_for()
        assert page.evaluate("document.activeElement.id") == "movie-cancel"
    assert saving.value.suggested_filename == "grey.mp4"
    assert page.inner_text("#movie-said") == "The movie is done. Save grey.mp4"
    assert page.evaluate("document.activeElement.id") == "movie-begin"
    with av.open(str(saving.value.path())) as container:
        stream = container.streams.video[0]
        seen = [frame.to_ndarray(format="rgb24").astype(np.int16) for frame in container.decode(stream)]
    height, width = first.shape[:2]
    assert (stream.average_rate, stream.height) == (24, 720)
    assert stream.width == pytest.approx(720 * width / height, abs=1)
    assert len(seen) == 10
    for shown, still in ((seen[0], first), (seen[-1], second)):
        assert shown.mean() == pytest.approx(still.mean(), rel=0.02)
    page.reload()
    at_rest(page)
    opened(page)
    with page.expect_download() as again:
        page.get_by_role("link", name="Save grey.mp4").click()
    assert Path(again.value.path()).stat().st_size == Path(saving.value.path()).stat().st_size


def test_an_export_is_given_up(page: Page) -> None:
    turned(page)
    page.get_by_label("Seconds until keyframe 2 of 2").fill("60")
    with page.expect_response(lambda answer: answer.request.method == "GET" and "/movies/" in answer.url) as asked:
        press(page, "Export MP4")
    page.wait_for_function(
        "() => /^[1-9][0-9]* of 1800 pictures/.test(document.getElementById('movie-said').textContent)"
    )
    with page.expect_response(lambda answer: answer.request.method == "DELETE"):
        press(page, "Cancel")
    assert page.inner_text("#movie-said") == "Given up."
    assert page.request.get(asked.value.url).status == 404


def test_a_movie_that_cannot_be_made_says_why(page: Page) -> None:
    turned(page)
    page.get_by_label("Seconds until keyframe 2 of 2").fill("300")
    press(page, "Export MP4")
    page.get_by_text("No movie was made: 300 seconds at 30 a second are 9000 frames: at most 3600").wait_for()
    assert page.get_by_role("button", name="Export MP4").is_enabled()


def test_keyframes_are_there_after_a_reload_and_are_those_of_the_volume(page: Page) -> None:
    turned(page)
    page.get_by_label("Resolution").select_option("1080p")
    before = saved(page)
    page.reload()
    at_rest(page)
    opened(page)
    thumbnails(page, 2)
    assert saved(page) == before
    assert before.size == (1920, 1080)
    page.get_by_label("Volume", exact=True).select_option("cells")
    at_rest(page)
    assert page.locator(".keyframe").count() == 0
    page.get_by_label("Volume", exact=True).select_option("grey")
    thumbnails(page, 2)


def test_keyframes_are_saved_loaded_and_refused(page: Page, tmp_path: Path) -> None:
    turned(page)
    page.get_by_label("Begin, turn and end gently").uncheck()
    page.get_by_label("Shape").select_option("square")
    before = saved(page)
    assert (before.easing, before.size) == ("linear", (720, 720))
    kept, wrong = tmp_path / "kept.json", tmp_path / "wrong.json"
    page.evaluate("() => sessionStorage.clear()")
    with page.expect_download() as saving:
        press(page, "Save")
    kept.write_bytes(Path(saving.value.path()).read_bytes())
    press(page, "Clear")
    assert page.locator(".keyframe").count() == 0
    page.get_by_label("File of keyframes").set_input_files(kept)
    thumbnails(page, 2)
    assert saved(page) == before
    told = json.loads(kept.read_text())
    told["keyframes"][1]["view"]["time"] = 7
    wrong.write_text(json.dumps(told))
    page.get_by_label("File of keyframes").set_input_files(wrong)
    page.get_by_text("wrong.json is no animation of grey: grey: no time 7").wait_for()
    assert saved(page) == before


def test_a_full_turn_goes_around_the_picture_s_vertical(page: Page) -> None:
    add(page)
    press(page, "Add a full turn")
    thumbnails(page, 5)
    cameras = [keyframe.view.camera for keyframe in saved(page).keyframes]
    for i, camera in enumerate(cameras):
        assert camera.true_up == pytest.approx(cameras[0].true_up)
        assert camera.target == cameras[0].target
        assert length(subtract(camera.position, camera.target)) == pytest.approx(
            length(subtract(cameras[0].position, cameras[0].target))
        )
        assert camera.forward == pytest.approx(
            [
                (1, 0, -1, 0, 1)[i] * ahead + (0, -1, 0, 1, 0)[i] * aside
                for ahead, aside in zip(cameras[0].forward, cameras[0].right, strict=True)
            ]
        )
    page.keyboard.press("3")
    at_rest(page)
    press(page, "Add a full turn")
    page.get_by_text("A slice cannot be turned around").wait_for()


def test_it_fits_into_a_narrow_window(new_page: Callable[..., Page], url: str) -> None:
    page = show(new_page(viewport={"width": 360, "height": 640}, has_touch=True), f"{url}/#volume=grey")
    page.get_by_role("button", name="Settings").click()
    opened(page)
    add(page)
    add(page, 2)
    assert page.evaluate("document.getElementById('panel').scrollWidth") == 360
    for name in ("Remove keyframe 2 of 2", "Export MP4", "Play"):
        box = page.get_by_role("button", name=name, exact=True).bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 360
