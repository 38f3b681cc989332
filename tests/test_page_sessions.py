"""Several people on one session, each in a real browser, and a connection that is lost: what each of them sees."""

from collections.abc import Callable, Iterator

import pytest

from render.engine import Engine
from render.volume.catalogue import Catalogue
from tests.streaming import running
from tests.test_page import Page, at_rest, difference, drag, engine, pixels, show, volumes
from voxelcast.app import make_app
from voxelcast.client import connect
from voxelcast.settings import Settings

__all__ = ["engine", "volumes"]

HARD_OF_HEARING = """globalThis.WebSocket = class extends WebSocket {
    set onmessage(hear) {
        super.onmessage = (event) => (globalThis.unheard ? unheard.push(() => hear(event)) : hear(event));
    }
};"""

LOCKED = Settings(token="open sesame")


@pytest.fixture(scope="module")
def url(engine: Engine, volumes: Catalogue) -> Iterator[str]:
    """Of a server that wants its token."""
    with running(make_app(LOCKED, engine, volumes)) as url:
        yield url


def session_of(page: Page) -> str:
    return str(page.evaluate("JSON.parse(sessionStorage.getItem('voxelcast-session')).session"))


def people(page: Page, count: int) -> list[str]:
    """The members that the page lists, once there are so many."""
    page.locator("#sharing").evaluate("place => (place.open = true)")
    page.wait_for_function(f"() => document.querySelectorAll('#people li').length === {count}")
    return [str(row) for row in page.locator("#people li").all_inner_texts()]


def link_for(page: Page, words: str) -> str:
    """A link that the page's user makes for others."""
    page.locator("#sharing").evaluate("place => (place.open = true)")
    page.select_option("#invitation", words)
    page.click("#invite")
    page.wait_for_selector("#link-row:visible")
    return str(page.input_value("#link"))


def version(page: Page) -> int:
    return int(page.evaluate("document.getElementById('picture').dataset.version"))


def see_the_same(*pages: Page) -> bool:
    """Once all show the newest version at rest, whether they show the same picture."""
    newest = max(version(page) for page in pages)
    for page in pages:
        page.wait_for_function(
            f"""() => {{
                const {{ version, rung }} = document.getElementById("picture").dataset;
                return Number(version) >= {newest} && rung !== "draft";
            }}"""
        )
    first, *others = [pixels(page) for page in pages]
    return all(difference(first, other) < 2 for other in others)


def test_two_pilots_and_a_viewer_see_what_either_pilot_does(new_page: Callable[..., Page], url: str) -> None:
    one = show(new_page(), f"{url}/?token=open%20sesame")
    two = show(new_page(), link_for(one, "steer for an hour"))
    viewer = show(new_page(), link_for(one, "look for an hour"))
    assert people(viewer, 3) == ["Guest 1 · pilot", "Guest 2 · pilot", "Guest 3 (you)"]
    before = pixels(viewer)
    drag(one, 120, 30)
    assert see_the_same(one, two, viewer)
    assert difference(before, pixels(viewer)) > 2
    turned = pixels(viewer)
    drag(two, 0, 90)
    assert see_the_same(one, two, viewer)
    assert difference(turned, pixels(viewer)) > 2


def test_a_viewer_changes_nothing_and_is_told_why(new_page: Callable[..., Page], url: str) -> None:
    pilot = show(new_page(), f"{url}/?token=open%20sesame")
    viewer = show(new_page(), link_for(pilot, "look for an hour"))
    before = version(pilot)
    viewer.locator("#picture").click()
    viewer.keyboard.press("2")
    viewer.keyboard.press("ArrowLeft")
    viewer.get_by_text("You are watching this session: a pilot steers").wait_for()
    assert viewer.locator("#mode").input_value() == "dvr"
    assert viewer.locator("#share").is_hidden()
    assert version(pilot) == before


def test_what_somebody_else_has_just_changed_is_not_overwritten(new_page: Callable[..., Page], url: str) -> None:
    one = show(new_page(), f"{url}/?token=open%20sesame")
    two = new_page()
    two.add_init_script(HARD_OF_HEARING)
    show(two, link_for(one, "steer for an hour"))
    two.evaluate("globalThis.unheard = []")
    one.select_option("#mode", "mip")
    at_rest(one)
    two.select_option("#mode", "iso")
    two.evaluate("() => new Promise(requestAnimationFrame)")
    two.evaluate("() => { const late = unheard; unheard = null; for (const hear of late) hear(); }")
    two.get_by_text("Somebody else has just changed that: look, and try again").wait_for()
    two.wait_for_function("() => document.getElementById('mode').value === 'mip'")
    two.select_option("#mode", "iso")
    one.wait_for_function("() => document.getElementById('mode').value === 'iso'")


def test_the_pilots_hat_is_passed(new_page: Callable[..., Page], url: str) -> None:
    pilot = show(new_page(), f"{url}/?token=open%20sesame")
    viewer = show(new_page(), link_for(pilot, "look for an hour"))
    people(pilot, 2)
    pilot.get_by_role("button", name="Let guest 2 steer instead of you").click()
    viewer.get_by_text("You are a pilot now").wait_for()
    pilot.get_by_text("You are watching now").wait_for()
    before = pixels(pilot)
    drag(viewer, 100, 0)
    assert see_the_same(pilot, viewer)
    assert difference(before, pixels(pilot)) > 2


def test_who_has_passed_the_hat_on_opens_no_other_volume(new_page: Callable[..., Page], url: str) -> None:
    pilot = show(new_page(), f"{url}/?token=open%20sesame")
    viewer = show(new_page(), link_for(pilot, "look for an hour"))
    people(pilot, 2)
    pilot.get_by_role("button", name="Let guest 2 steer instead of you").click()
    pilot.get_by_text("You are watching now").wait_for()
    session = session_of(pilot)
    pilot.select_option("#volume", "grey")
    pilot.get_by_text("You are watching this session: a pilot steers").wait_for()
    assert pilot.input_value("#volume") == "cells"
    drag(viewer, 100, 0)
    assert see_the_same(pilot, viewer)
    assert session_of(pilot) == session


def test_a_guest_sees_the_volume_of_the_session_and_no_other(new_page: Callable[..., Page], url: str) -> None:
    pilot = show(new_page(), f"{url}/?token=open%20sesame")
    guest = show(new_page(), link_for(pilot, "look for an hour"))
    assert guest.inner_text("#volume").split() == ["cells"]
    statuses = guest.evaluate(
        """() => Promise.all(["volumes/cells", "volumes/grey", "sessions", "tiles/cells/0/0/0.png"].map(
            async (path) => (await fetch(path)).status))"""
    )
    assert statuses == [200, 403, 403, 403]


def test_a_pilot_takes_everybody_to_another_volume(new_page: Callable[..., Page], url: str) -> None:
    pilot = show(new_page(), f"{url}/?token=open%20sesame")
    viewer = show(new_page(), link_for(pilot, "look for an hour"))
    pilot.select_option("#volume", "grey")
    viewer.wait_for_function("() => document.title.startsWith('grey')")
    at_rest(pilot)
    assert see_the_same(pilot, viewer)


def test_a_page_that_is_loaded_again_is_in_the_same_session_and_view(new_page: Callable[..., Page], url: str) -> None:
    pilot = show(new_page(), f"{url}/?token=open%20sesame")
    viewer = show(new_page(), link_for(pilot, "look for an hour"))
    drag(pilot, 120, 30)
    assert see_the_same(pilot, viewer)
    before, session = pixels(viewer), session_of(viewer)
    viewer.reload()
    at_rest(viewer)
    assert session_of(viewer) == session
    assert difference(before, pixels(viewer)) < 2
    assert len(people(pilot, 2)) == 2


def test_a_script_steers_what_a_person_watches(new_page: Callable[..., Page], url: str) -> None:
    page = show(new_page(), f"{url}/?token=open%20sesame")
    before, now = pixels(page), version(page)
    session = connect(url, "open sesame").session(session_of(page))
    session.background = (0.0, 0.0, 1.0, 1.0)
    page.wait_for_function(f"() => Number(document.getElementById('picture').dataset.version) > {now}")
    page.wait_for_function("() => document.getElementById('picture').dataset.rung !== 'draft'")
    assert pixels(page)[0, 0].tolist() == pytest.approx([0, 0, 254], abs=3)
    assert difference(before, pixels(page)) > 20
    page.wait_for_function("() => document.getElementById('background').value === '#0000ff'")
