"""The page over slow links, with H.264 and after losses; and a client of the protocol that is no page of ours."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from aiohttp import web

from benchmarks.stream_link import megabits
from render.engine import Engine
from render.volume.catalogue import Catalogue
from tests.streaming import behind, running
from tests.test_page import Page, at_rest, difference, drag, engine, pixels, show, volumes
from voxelcast.app import make_app
from voxelcast.settings import Settings

__all__ = ["engine", "volumes"]

EXAMPLES = Path(__file__).parents[1] / "examples"

WITH_H264 = """async () => (globalThis.VideoDecoder !== undefined)
    && (await VideoDecoder.isConfigSupported({ codec: "avc1.42E01F", codedWidth: 640, codedHeight: 480 })).supported"""

LOG = """() => {
    globalThis.shown = [];
    const canvas = document.getElementById("picture");
    new MutationObserver(() => {
        const { codec, rung, input, sent } = canvas.dataset;
        shown.push({ codec, rung, input: Number(input), behind: Number(sent) - Number(input), at: performance.now() });
    }).observe(canvas, { attributes: true, attributeFilter: ["data-frame"] });
}"""


@pytest.fixture(scope="module")
def url(engine: Engine, volumes: Catalogue) -> Iterator[str]:
    with running(make_app(Settings(), engine, volumes)) as url:
        yield url


@pytest.fixture(scope="module")
def far(url: str) -> Iterator[str]:
    """The server at the other end of 0.3 Mbit/s; one for all, so that most find its page in their browser's cache."""
    with behind(megabits(0.3), url) as far:
        yield far


def codec(page: Page) -> str:
    """Of the picture that is shown."""
    return str(page.evaluate("document.getElementById('picture').dataset.codec"))


def hold_and_drag(page: Page, moves: int) -> int:
    """Drags the picture without letting go, one move each time a picture was drawn; the number of the last input."""
    page.mouse.move(300, 250)
    page.mouse.down()
    for move in range(moves):
        page.mouse.move(300 + 4 * (move % 50), 250 + move % 30)
        page.evaluate("() => new Promise(requestAnimationFrame)")
    return int(page.evaluate("() => document.getElementById('picture').dataset.sent"))


def test_the_last_move_is_shown_soon_over_a_slow_link(new_page: Callable[..., Page], far: str) -> None:
    page = show(new_page(), f"{far}/#volume=grey")
    page.evaluate(LOG)
    last = hold_and_drag(page, 150)
    page.wait_for_function("(last) => shown.some(({ input }) => input >= last)", arg=last)
    # However slow the link, few inputs are under way at any time: nothing queues up.
    assert page.evaluate("() => Math.max(...shown.slice(20).map((one) => one.behind))") < 30
    page.mouse.up()
    at_rest(page)


def test_moving_pictures_come_as_video_and_still_ones_do_not(new_page: Callable[..., Page], far: str) -> None:
    page = show(new_page(), f"{far}/#volume=grey")
    if not page.evaluate(WITH_H264):
        pytest.skip("this Chromium was built without H.264")
    before = pixels(page)
    page.evaluate(LOG)
    last = hold_and_drag(page, 200)
    page.mouse.up()
    at_rest(page)
    shown = page.evaluate("shown")
    assert {one["codec"] for one in shown if one["rung"] != "draft"} == {"jpeg"}
    video = [one for one in shown if one["codec"] == "h264"]
    assert len(video) > 20
    assert max(one["input"] for one in shown if one["rung"] == "draft") == last
    assert difference(before, pixels(page)) > 2


def test_a_video_picture_shows_what_the_still_one_shows(new_page: Callable[..., Page], far: str) -> None:
    page = show(new_page(), f"{far}/#volume=grey")
    if not page.evaluate(WITH_H264):
        pytest.skip("this Chromium was built without H.264")
    page.evaluate(
        """() => {
            const canvas = document.getElementById("picture");
            globalThis.small = () => {
                const place = Object.assign(document.createElement("canvas"), { width: 60, height: 40 });
                place.getContext("2d").drawImage(canvas, 0, 0, 60, 40);
                return [...place.getContext("2d").getImageData(0, 0, 60, 40).data];
            };
            new MutationObserver(() => {
                if (canvas.dataset.codec === "h264") globalThis.video = small();
            }).observe(canvas, { attributes: true, attributeFilter: ["data-frame"] });
        }"""
    )
    hold_and_drag(page, 200)
    page.mouse.up()
    at_rest(page)
    video, still = (np.array(page.evaluate(words), dtype=float) for words in ("video", "small()"))
    assert np.abs(video - still).mean() < 4


@pytest.mark.parametrize(
    "method",
    [
        """decode({ type, timestamp }) {
            super.decode(new EncodedVideoChunk({ type, timestamp, data: new Uint8Array(99) }));
        }""",
        """configure(config) {
            globalThis.configured = (globalThis.configured ?? 0) + 1;
            super.configure({ ...config, codec: "avc1.F4001F", codedWidth: 60000 });
        }""",
    ],
    ids=["at every picture", "at the size"],
)
def test_a_page_whose_decoder_fails_goes_on(new_page: Callable[..., Page], far: str, method: str) -> None:
    page = new_page(alone=True)
    page.add_init_script(f"globalThis.VideoDecoder &&= class extends VideoDecoder {{ {method} }};")
    page = show(page, f"{far}/#volume=grey")
    before = pixels(page)
    hold_and_drag(page, 150)
    page.mouse.up()
    at_rest(page)
    assert difference(before, pixels(page)) > 2
    assert codec(page) == "jpeg"
    # Three failures, and key frames that were on their way: each is tried once.
    assert page.evaluate("globalThis.configured ?? 0") < 20


def test_still_pictures_are_without_loss_where_that_is_wanted(new_page: Callable[..., Page], url: str) -> None:
    page = show(new_page(), f"{url}/#volume=grey")
    assert codec(page) == "jpeg"
    page.check("#lossless")
    # What takes long to send comes as a JPEG first.
    lossless = "() => document.getElementById('picture').dataset.codec === 'png'"
    page.wait_for_function(lossless)
    drag(page, 100, 40)
    page.wait_for_function(lossless)
    page.reload()
    at_rest(page)
    assert page.is_checked("#lossless")
    page.wait_for_function(lossless)
    page.uncheck("#lossless")
    drag(page, 100, 40)
    assert codec(page) == "jpeg"


def test_a_picture_that_the_connection_before_left_behind_is_not_shown(new_page: Callable[..., Page], url: str) -> None:
    page = new_page(alone=True)
    page.add_init_script(
        """const decode = createImageBitmap;
        globalThis.createImageBitmap = async (blob) => {
            const picture = await decode(blob);
            if (globalThis.held === "next") await new Promise((go) => (globalThis.held = go));
            return picture;
        };"""
    )
    with behind(megabits(50), url) as far:
        show(page, far)
        drag(page, 100, 40)
        page.evaluate("globalThis.held = 'next'")
        page.locator("#picture").press("ArrowLeft")
        page.wait_for_function("() => typeof held === 'function'")
        port = int(far.rsplit(":", 1)[1])
    page.wait_for_selector("#banner:visible")
    with behind(megabits(50), url, port):
        page.wait_for_selector("#banner", state="hidden")
        page.evaluate("held()")
        at_rest(page)
        drag(page, 40, 100)
        page.goto("about:blank")


def test_a_connection_that_is_lost_comes_back_to_its_session_and_view(new_page: Callable[..., Page], url: str) -> None:
    page = new_page()
    with behind(megabits(50), url) as far:
        show(page, far)
        drag(page, 100, 40)
        before = pixels(page)
        session = page.evaluate("() => JSON.parse(sessionStorage.getItem('voxelcast-session')).session")
        port = int(far.rsplit(":", 1)[1])
    page.wait_for_selector("#banner:visible")
    with behind(megabits(50), url, port):
        page.wait_for_selector("#banner", state="hidden")
        at_rest(page)
        assert page.evaluate("() => JSON.parse(sessionStorage.getItem('voxelcast-session')).session") == session
        assert difference(before, pixels(page)) < 2
        page.goto("about:blank")


def test_a_client_made_from_the_protocol_alone_works_on_another_site(
    new_page: Callable[..., Page], engine: Engine, volumes: Catalogue
) -> None:
    site = web.Application()
    site.router.add_static("/", EXAMPLES)
    with (
        running(site) as elsewhere,
        running(make_app(Settings(origins=(elsewhere,)), engine, volumes)) as url,
    ):
        page = new_page()
        page.goto(f"{elsewhere}/stream_client.html?server={url.removeprefix('http://')}&volume=cells")
        resting = """() => {
            const { rung, input, sent } = document.querySelector("canvas").dataset;
            return Number(rung) > 0 && input === sent;
        }"""
        page.wait_for_function(resting)
        before = page.evaluate("() => document.querySelector('canvas').toDataURL()")
        page.mouse.move(300, 200)
        page.mouse.down()
        page.mouse.move(380, 230, steps=5)
        page.mouse.up()
        page.mouse.wheel(0, 200)
        page.wait_for_function(
            f"(before) => ({resting})() && document.querySelector('canvas').toDataURL() !== before", arg=before
        )
        page.goto("about:blank")


def test_another_site_that_is_not_named_is_not_let_in(new_page: Callable[..., Page], url: str) -> None:
    site = web.Application()
    site.router.add_static("/", EXAMPLES)
    with running(site) as elsewhere:
        page = new_page()
        page.goto(f"{elsewhere}/stream_client.html?server={url.removeprefix('http://')}&volume=cells")
        page.wait_for_function("() => document.title.startsWith('The stream has ended')")
