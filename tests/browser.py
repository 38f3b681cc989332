"""Chromium for tests of pages: headless, WebGL in software, and without a way to any machine but this one.

The fixtures live as long as a test module: playwright's event loop runs on the main thread until the browser is closed,
so a module that asks for them may not call `asyncio.run`.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, ViewportSize

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WINDOW: "ViewportSize" = {"width": 900, "height": 500}

FORGET = """() => {
    if (location.protocol === "about:") return;
    sessionStorage.clear();
    Storage.prototype.setItem = () => {};
}"""
"""What the page is still told would be kept again."""


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: make test")
    if not CHROMIUM.exists():
        pytest.skip(f"there is no Chromium at {CHROMIUM}: apt-get install chromium")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


class CommonPage:
    """The page that most tests of a module get, one after the other: emptied it is there in 0.4 s, a new one in 1.2."""

    def __init__(self, browser: "Browser") -> None:
        self._browser = browser
        self._page: Page | None = None

    def take(self) -> "Page":
        page = self._page or self._browser.new_context(viewport=WINDOW).new_page()
        # Until it is given back it is nobody's: what a test has broken is not for the next.
        self._page = None
        return page

    def give_back(self, page: "Page") -> None:
        """What a test kept in it goes, and what it was granted, and where its mouse was; files that it loaded stay."""
        if page.is_closed():
            return
        page.evaluate(FORGET)
        page.goto("about:blank")
        page.set_viewport_size(WINDOW)
        page.mouse.up()
        page.mouse.move(0, 0)
        kept = {"origin": "*", "storageTypes": "cookies,local_storage"}
        chromium = page.context.new_cdp_session(page)
        chromium.send("Storage.clearDataForOrigin", kept)
        chromium.detach()
        page.context.clear_permissions()
        self._page = page


@pytest.fixture(scope="module")
def common_page(browser: "Browser") -> CommonPage:
    return CommonPage(browser)


@pytest.fixture
def new_page(browser: "Browser", common_page: CommonPage) -> "Iterator[Callable[..., Page]]":
    """Opens pages that know nothing of each other; at the end none of them may have had an error of its own.

    Whose page is to have a script before all others, or options of Playwright's, says so: it is a new one.
    """
    contexts, common, faults = [], [], []

    def note(error: object) -> None:
        faults.append(str(error))

    def new(alone: bool = False, **options: object) -> "Page":
        if alone or options or common:
            context = browser.new_context(**{"viewport": WINDOW, **options})  # type: ignore[arg-type]
            contexts.append(context)
            page = context.new_page()
        else:
            page = common_page.take()
            common.append(page)
        page.on("pageerror", note)
        return page

    yield new
    for context in contexts:
        context.close()
    for page in common:
        common_page.give_back(page)
        page.remove_listener("pageerror", note)
    assert faults == []
