"""What tests of pages stand on: that a page which many of them get is to each as if it were new."""

from typing import Any

from aiohttp import web

from tests.browser import CommonPage
from tests.streaming import running


async def blank(_: web.Request) -> web.Response:
    return web.Response(text="<!doctype html><title>blank</title>", content_type="text/html")


def site() -> web.Application:
    app = web.Application()
    app.add_routes([web.get("/", blank)])
    return app


KEEP = "() => { localStorage.kept = sessionStorage.kept = 1; document.cookie = 'kept=1'; globalThis.kept = 1; }"
KEPT = "() => [localStorage.kept, sessionStorage.kept, document.cookie, globalThis.kept]"


def test_nothing_of_a_test_is_left_in_the_page_of_the_next(browser: Any) -> None:
    common = CommonPage(browser)
    page = common.take()
    with running(site()) as one, running(site()) as two:
        for url in (one, two):
            page.goto(url)
            page.evaluate(KEEP)
        page.set_viewport_size({"width": 300, "height": 200})
        common.give_back(page)
        again = common.take()
        assert again is page
        assert again.evaluate("innerWidth") == 900
        for url in (one, two):
            again.goto(url)
            assert again.evaluate(KEPT) == [None, None, "", None]


def test_a_page_that_was_not_given_back_is_not_for_another(browser: Any) -> None:
    common = CommonPage(browser)
    assert common.take() is not common.take()
