"""The channels of the page in a real browser: window, opacity, colours, surfaces and looks, by mouse, keys and touch.

What a control does is read from the View in the page's address, which is what the server said, and from the picture.
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from render.engine import Engine
from render.volume.catalogue import Catalogue
from render.volume.sources import open_volume
from tests.streaming import running
from tests.test_page import at_rest, difference, engine, lit, middle_color, pixels, show
from tests.volumes import write_ome_zarr
from voxelcast.app import make_app
from voxelcast.settings import Settings

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
Page = sync_api.Page

__all__ = ["engine"]

PLOT_HEIGHT = 93


def radii(center: tuple[float, float, float] = (0.0, 0.0, 0.0)) -> NDArray[np.float64]:
    """(z, y, x) = (14, 40, 56): how far from `center`, z y x in -1..1."""
    grid = np.meshgrid(*(np.linspace(-1, 1, n) for n in (14, 40, 56)), indexing="ij")
    return np.sqrt(sum((axis - at) ** 2 for axis, at in zip(grid, center, strict=True)))


def hill() -> NDArray[np.uint16]:
    """1000 in the middle, falling to 0 at the faces."""
    return (1000 * np.clip(1 - radii(), 0, 1)).astype(np.uint16)


def chest() -> NDArray[np.int16]:
    """Hounsfield units: air, a body of muscle, two lungs, a spine of bone, and a vessel with contrast in it."""
    units = np.full((14, 40, 56), -1000)
    units[radii() < 0.95] = 50
    for side in (-0.4, 0.4):
        units[radii((0.1, -0.2, side)) < 0.42] = -750
    units[:, 30:35, 25:31] = 700
    units[:, 12:20, 24:34] = 350
    return units.astype(np.int16)


def spots() -> NDArray[np.uint16]:
    """(c, z, y, x): noise around 100 with a bright spot in each channel, on the left in 0 and on the right in 1."""
    noise = 100 + np.random.default_rng(3).integers(0, 20, (2, 14, 40, 56))
    for channel, side in enumerate((-0.4, 0.4)):
        noise[channel][radii((0, 0.1, side)) < 0.3] += 900
    return noise.astype(np.uint16)


@pytest.fixture(scope="module")
def volumes(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    folder = tmp_path_factory.mktemp("volumes")

    def write(name: str, array: NDArray[Any], axes: str = "zyx", **options: Any) -> str:
        return str(write_ome_zarr(folder / f"{name}.ome.zarr", array, axes, **options))

    def named(*labels: str) -> dict[str, Any]:
        colors = ("00FF00", "FF00FF", "FFFF00")
        return {"channels": [{"label": one, "color": colors[i % 3], "active": i < 2} for i, one in enumerate(labels)]}

    many = [f"antibody number {i} against something" for i in range(9)]
    sources = {
        "hill": write("hill", hill(), omero={"channels": [{"label": "height", "color": "FFFFFF", "active": True}]}),
        "chest": write("chest", chest(), unit="millimeter", spacing=(3.0, 2.0, 2.0)),
        "spots": write("spots", spots(), "czyx", omero=named("left", "right")),
        "many": write("many", np.concatenate([spots()] * 5)[:9], "czyx", omero=named(*many)),
    }
    return Catalogue(sources, open_volume)


@pytest.fixture(scope="module")
def url(engine: Engine, volumes: Catalogue) -> Iterator[str]:
    with running(make_app(Settings(), engine, volumes)) as url:
        yield url


@pytest.fixture
def hill_page(new_page: Callable[..., Page], url: str) -> Page:
    return settled(new_page(), f"{url}/#volume=hill")


def settled(page: Page, address: str) -> Page:
    """Shows it until the histograms are there: what is drawn beside them moves when they come."""
    show(page, address)
    page.wait_for_function("() => document.querySelector('.plot path').getAttribute('d')")
    return page


def says(page: Page, condition: str) -> None:
    """The View in the address comes to be as said: `view`, and `one` for the transfer function of its first channel."""
    page.wait_for_function(f"""async () => {{
        const {{ readAddress }} = await import("/web/url.js");
        const {{ view }} = await readAddress(location.hash);
        if (!view) return false;
        const one = view.channels[0].transfer;
        return {condition};
    }}""")
    at_rest(page)


def thumb(page: Page, key: str) -> Any:
    """The handle `key` of the first channel."""
    return page.locator(f"[data-key={key}]").first


def middle(element: Any) -> tuple[float, float]:
    element.scroll_into_view_if_needed()
    box = element.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def pull(page: Page, start: tuple[float, float], dx: float, dy: float) -> None:
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(start[0] + dx, start[1] + dy, steps=4)
    page.mouse.up()


def in_plot(page: Page, across: float, down: float) -> tuple[float, float]:
    """A place in shares of the first plot from its top left."""
    page.locator(".histogram").first.scroll_into_view_if_needed()
    box = page.locator(".plot").first.bounding_box()
    return box["x"] + across * box["width"], box["y"] + down * box["height"]


def test_a_point_of_the_curve_is_dragged(hill_page: Page) -> None:
    before = pixels(hill_page).mean()
    pull(hill_page, middle(thumb(hill_page, "point1")), -60, PLOT_HEIGHT * 0.8)
    # Heights are square roots: 0.2 of the height is an opacity of 0.04.
    says(hill_page, "one.opacity[1][0] < 0.9 && Math.abs(one.opacity[1][1] - 0.04) < 0.01 && one.opacity[0][1] === 0")
    assert pixels(hill_page).mean() < 0.8 * before


def test_a_point_of_the_curve_is_moved_by_keys(hill_page: Page) -> None:
    before = pixels(hill_page).mean()
    point = hill_page.get_by_role("slider", name="Point 2 of 2, height")
    point.focus()
    assert point.get_attribute("aria-valuetext").endswith("opacity 100 %")
    for key in ("PageDown", "PageDown", "PageDown", "PageDown", "ArrowUp", "Shift+ArrowLeft"):
        hill_page.keyboard.press(key)
    # 1 - 4 * 0.2 + 0.02 of the height.
    says(hill_page, "Math.abs(one.opacity[1][1] - 0.22 ** 2) < 1e-9 && one.opacity[1][0] < 1")
    assert point.get_attribute("aria-valuetext").endswith("opacity 4.8 %")
    assert hill_page.locator(".under").inner_text() == point.get_attribute("aria-valuetext")
    assert pixels(hill_page).mean() < before


def test_a_finger_drags_a_point_and_an_end(new_page: Callable[..., Page], url: str) -> None:
    page = settled(new_page(has_touch=True), f"{url}/#volume=hill")
    touch = page.context.new_cdp_session(page)

    def swipe(start: tuple[float, float], dx: float, dy: float) -> None:
        for kind, share in [("touchStart", 0.0), ("touchMove", 0.5), ("touchMove", 1.0), ("touchEnd", 1.0)]:
            point = {"x": start[0] + share * dx, "y": start[1] + share * dy}
            touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [] if kind == "touchEnd" else [point]})

    x, y = middle(thumb(page, "point1"))
    swipe((x - 8, y + 8), 0, PLOT_HEIGHT / 2)
    says(page, "Math.abs(one.opacity[1][1] - 0.25) < 0.05")
    high = float(thumb(page, "high").get_attribute("aria-valuenow"))
    swipe((x - 8, in_plot(page, 0, 1.15)[1]), -100, 0)
    says(page, f"one.window[1] < {0.8 * high}")


def test_a_click_on_the_curve_adds_a_point_and_a_double_click_removes_it(hill_page: Page) -> None:
    # Half of the window has the opacity 0.5, at the height of its square root.
    x = (middle(thumb(hill_page, "low"))[0] + middle(thumb(hill_page, "high"))[0]) / 2
    y = in_plot(hill_page, 0, 1 - np.sqrt(0.5))[1]
    hill_page.mouse.click(x, y)
    says(hill_page, "one.opacity.length === 3 && one.opacity[1].every((part) => Math.abs(part - 0.5) < 0.03)")
    hill_page.wait_for_function("() => document.activeElement.dataset.key === 'point1'")
    # Elsewhere, or a third press would follow soon on two.
    hill_page.mouse.click(*in_plot(hill_page, 0.5, 0.8))
    hill_page.mouse.dblclick(*middle(thumb(hill_page, "point1")))
    says(hill_page, "one.opacity.length === 2")


def test_a_double_click_adds_a_point_where_there_is_nothing(hill_page: Page) -> None:
    before = pixels(hill_page)
    hill_page.mouse.dblclick(*in_plot(hill_page, 0.3, 0.1))
    says(hill_page, "one.opacity.length === 3 && Math.abs(one.opacity[1][1] - 0.81) < 0.05 && one.opacity[1][0] < 0.4")
    assert difference(before, pixels(hill_page)) > 1


def test_a_point_that_is_dragged_out_is_gone_and_two_are_left(hill_page: Page) -> None:
    hill_page.mouse.dblclick(*in_plot(hill_page, 0.3, 0.3))
    says(hill_page, "one.opacity.length === 3")
    pull(hill_page, middle(thumb(hill_page, "point1")), 0, 200)
    says(hill_page, "one.opacity.length === 2")
    pull(hill_page, middle(thumb(hill_page, "point1")), 0, 200)
    says(hill_page, "one.opacity.length === 2 && one.opacity[1][1] === 0")
    assert pixels(hill_page).max() < 10


def test_points_are_added_and_removed_by_keys(hill_page: Page) -> None:
    thumb(hill_page, "point0").focus()
    hill_page.keyboard.press("Enter")
    says(hill_page, "one.opacity.length === 3 && Math.abs(one.opacity[1][0] - 0.5) < 1e-9")
    hill_page.keyboard.press("ArrowUp")
    says(hill_page, "one.opacity[1][1] > 0.5")
    hill_page.keyboard.press("Delete")
    says(hill_page, "one.opacity.length === 2")
    hill_page.keyboard.press("Delete")
    assert hill_page.evaluate("document.activeElement.dataset.key") == "point0"
    assert hill_page.get_by_role("slider", name="Point").count() == 2


def test_the_window_is_moved_and_widened_by_its_middle(hill_page: Page) -> None:
    low, high = (float(thumb(hill_page, end).get_attribute("aria-valuenow")) for end in ("low", "high"))
    before = pixels(hill_page)
    pull(hill_page, in_plot(hill_page, 0.5, 0.8), 40, 0)
    shift = 40 / hill_page.locator(".plot").bounding_box()["width"] * 1.06 * (high - low)
    says(hill_page, f"Math.abs(one.window[0] - {low} - {shift}) < {0.1 * shift}")
    says(hill_page, f"Math.abs(one.window[1] - one.window[0] - {high - low}) < 0.01")
    assert pixels(hill_page).mean() < before.mean()
    pull(hill_page, in_plot(hill_page, 0.5, 0.8), 0, -PLOT_HEIGHT * 0.6)
    # What goes beyond the first tenth of the height counts: half a height makes it 2 ** 0.5 as wide.
    says(hill_page, f"Math.abs((one.window[1] - one.window[0]) / {high - low} - 1.414) < 0.05")


def test_the_window_is_set_by_keys(hill_page: Page) -> None:
    before = pixels(hill_page)
    end = hill_page.get_by_role("slider", name="Upper end, height")
    high = float(end.get_attribute("aria-valuenow"))
    end.focus()
    for _ in range(20):
        hill_page.keyboard.press("ArrowLeft")
    says(hill_page, f"one.window[1] < {0.85 * high} && one.window[1] > {0.7 * high}")
    assert pixels(hill_page).mean() > before.mean()
    level = hill_page.get_by_role("slider", name="Level and width, height")
    level.focus()
    middle_value = float(level.get_attribute("aria-valuenow"))
    hill_page.keyboard.press("ArrowRight")
    hill_page.keyboard.press("ArrowUp")
    says(hill_page, f"(one.window[0] + one.window[1]) / 2 > {middle_value}")
    assert ", width " in level.get_attribute("aria-valuetext")


def test_value_and_opacity_under_the_pointer_are_said(hill_page: Page) -> None:
    hill_page.mouse.move(*in_plot(hill_page, 0.5, 0.6))
    value, opacity = hill_page.locator(".under").inner_text().split(" · ")
    low, high = (float(thumb(hill_page, end).get_attribute("aria-valuenow")) for end in ("low", "high"))
    assert float(value) == pytest.approx((low + high) / 2, rel=0.05)
    assert float(opacity.removesuffix(" %")) == pytest.approx(50, abs=3)
    hill_page.mouse.move(200, 200)
    assert hill_page.locator(".under").inner_text() == ""


def test_minimum_to_maximum_and_back_to_the_window_of_the_data(hill_page: Page) -> None:
    auto = float(thumb(hill_page, "low").get_attribute("aria-valuenow"))
    hill_page.get_by_role("button", name="from minimum to maximum").click()
    says(hill_page, f"one.window[0] === 0 && one.window[1] === {hill().max()}")
    hill_page.get_by_role("button", name="from the data").click()
    says(hill_page, f"Math.abs(one.window[0] - {auto}) < 0.01")


def test_counts_are_drawn_by_logarithm_or_as_they_are(hill_page: Page) -> None:
    path = hill_page.locator(".plot path").first
    before = path.get_attribute("d")
    hill_page.get_by_label("Linear counts of height").check()
    assert path.get_attribute("d") != before
    hill_page.get_by_label("Linear counts of height").uncheck()
    assert path.get_attribute("d") == before


def test_gamma_inversion_and_edges_change_the_picture(hill_page: Page) -> None:
    first = pixels(hill_page)
    for label, value, condition in [
        ("Gamma of", "2", "one.gamma === 4"),
        ("How much only edges", "1", "one.gradient_opacity[0]?.[1] === 0"),
    ]:
        slider = hill_page.get_by_label(label)
        before = slider.input_value()
        slider.fill(value)
        says(hill_page, condition)
        assert pixels(hill_page).mean() < 0.95 * first.mean()
        slider.fill(before)
        says(hill_page, "one.gamma === 1 && one.gradient_opacity.length === 0")
    hill_page.get_by_label("Invert height").check()
    says(hill_page, "one.inverted")
    assert difference(first, pixels(hill_page)) > 2
    # The curve falls now: what is bright is at the left.
    assert middle(thumb(hill_page, "point0"))[1] < middle(thumb(hill_page, "point1"))[1]


def test_colour_maps_are_chosen_by_mouse_and_by_keys(hill_page: Page) -> None:
    hill_page.get_by_label("Mode").select_option("Maximum projection")
    button = hill_page.get_by_role("button", name="Colour map of height")
    button.click()
    grey = hill_page.get_by_role("radio", name="grey")
    grey.wait_for(state="attached")
    assert grey.is_checked()
    strips = hill_page.locator(".strip").evaluate_all("(strips) => strips.map((strip) => strip.style.background)")
    assert len(set(strips)) == len(strips) > 30
    hill_page.get_by_text("plasma", exact=True).click()
    says(hill_page, "one.colormap === 'plasma'")
    assert middle_color(hill_page) == pytest.approx([0xF0, 0xF9, 0x21], abs=12)
    hill_page.keyboard.press("ArrowLeft")
    says(hill_page, "one.colormap === 'cividis'")
    hill_page.wait_for_function("() => document.querySelector('.colors').style.background.includes('rgb(0, 34, 78)')")
    hill_page.keyboard.press("Escape")
    assert not grey.is_visible()
    assert button.evaluate("(button) => button === document.activeElement")
    hill_page.get_by_label("Colour of height").fill("#ff0000")
    says(hill_page, "one.colormap === '#ff0000'")
    assert hill_page.get_by_role("radio", name="red", exact=True, include_hidden=True).is_checked()


LINK = """async ([volume, changes]) => {
    const { readAddress, writeAddress } = await import("/web/url.js");
    const { view } = await (await fetch(`/volumes/${volume}`)).json();
    Object.assign(view.channels[0].transfer, changes);
    return writeAddress(volume, view);
}"""


def test_a_curve_over_values_is_edited_as_one(new_page: Callable[..., Page], hill_page: Page, url: str) -> None:
    changes = {"opacity": {"points": [[300, 0], [400, 0.2], [900, 0.9]]}, "colormap": "tokyo"}
    link = hill_page.evaluate(LINK, ["hill", changes])
    page = settled(new_page(), f"{url}/{link}")
    point = page.get_by_role("slider", name="Point 2 of 3")
    assert point.get_attribute("aria-valuetext") == "400, opacity 20 %"
    point.focus()
    page.keyboard.press("ArrowRight")
    says(page, "one.opacity.points[1][0] > 400 && Math.abs(one.opacity.points[1][1] - 0.2) < 1e-9")
    page.get_by_label("Opacity of").fill("0.5")
    says(page, "Math.abs(one.opacity.points[2][1] - 0.25) < 1e-9")


def test_projections_have_a_window_and_no_curve(hill_page: Page) -> None:
    hill_page.get_by_label("Mode").select_option("Maximum projection")
    at_rest(hill_page)
    before = pixels(hill_page)
    assert thumb(hill_page, "point0").count() == 0
    assert not hill_page.get_by_label("Opacity of").is_visible()
    pull(hill_page, middle(thumb(hill_page, "high")), -100, 0)
    says(hill_page, "view.mode.type === 'mip'")
    assert pixels(hill_page).mean() > 1.1 * before.mean()


def test_a_surface_is_a_line_to_drag(hill_page: Page) -> None:
    hill_page.get_by_label("Mode").select_option("Surfaces")
    at_rest(hill_page)
    before = lit(hill_page)
    pull(hill_page, middle(thumb(hill_page, "surface")), 60, 0)
    says(hill_page, "view.mode.isosurfaces[0].value > (one.window[0] + one.window[1]) / 2 + 100")
    assert 0 < lit(hill_page) < before
    line = hill_page.get_by_role("slider", name="Surface, height")
    value = float(line.get_attribute("aria-valuenow"))
    line.focus()
    hill_page.keyboard.press("ArrowLeft")
    says(hill_page, f"view.mode.isosurfaces[0].value < {value} - 5")
    hill_page.get_by_label("Value of the surface of height").fill("300")
    says(hill_page, "view.mode.isosurfaces[0].value === 300")
    assert lit(hill_page) > before


def test_one_channel_is_shown_alone_and_all_again(new_page: Callable[..., Page], url: str) -> None:
    page = show(new_page(), f"{url}/#volume=spots")
    button = page.get_by_role("button", name="Show only left")
    button.click()
    says(page, "view.channels[0].visible && !view.channels[1].visible")
    red, green, _ = pixels(page).mean(axis=(0, 1))
    assert red < 0.2 * green
    assert button.get_attribute("aria-pressed") == "true"
    button.click()
    says(page, "view.channels.every((channel) => channel.visible)")
    page.get_by_label("Show right").click(modifiers=["Alt"])
    says(page, "!view.channels[0].visible && view.channels[1].visible")


def test_cards_of_many_channels_are_closed_and_readable_on_a_phone(new_page: Callable[..., Page], url: str) -> None:
    page = show(new_page(viewport={"width": 360, "height": 640}), f"{url}/#volume=many")
    page.get_by_role("button", name="Settings").click()
    assert page.locator(".shape:visible").count() == 1
    page.get_by_role("button", name="Details of antibody number 1").click()
    assert page.locator(".shape:visible").count() == 2
    cut = "(all) => all.filter((one) => one.scrollWidth > one.clientWidth && one.clientWidth).length"
    assert page.locator(".channel-head label, .channel-head .label, .opacity-row, .window").evaluate_all(cut) == 0
    assert page.evaluate("document.getElementById('panel').scrollWidth") == 360
    page.get_by_label("Show antibody number 8").check()
    page.get_by_role("button", name="Show only antibody number 8").click()
    says(page, "view.channels.every(({ index, visible }) => visible === (index === 8))")
    assert page.get_by_label("Upper end of the window of antibody number 8").is_visible()


def offered(page: Page) -> list[str]:
    page.get_by_text("Looks", exact=True).click()
    page.get_by_role("button", name="Undo the last look").wait_for()
    return [name for name in page.locator("#looks button").all_inner_texts() if name != "Undo"]


def test_looks_of_ct_and_the_way_back(new_page: Callable[..., Page], url: str) -> None:
    page = show(new_page(), f"{url}/#volume=chest")
    first = pixels(page)
    names = offered(page)
    assert names == ["CT bone", "CT soft tissue", "CT lung", "CT angio", "X-ray (mean)"]
    seen = [first]
    for name in names:
        page.get_by_role("button", name=name, exact=True).click()
        says(page, f"view.mode.type === '{'mean' if 'mean' in name else 'dvr'}'")
        seen.append(pixels(page))
        assert lit(page) > 0
        assert all(difference(seen[-1], other) > 0.5 for other in seen[:-1])
    page.get_by_role("button", name="Undo the last look").click()
    says(page, "view.mode.type === 'dvr' && one.window[0] === 120")
    assert difference(pixels(page), seen[-2]) < 1
    assert page.get_by_role("button", name="Undo the last look").is_disabled()


def test_looks_of_fluorescence_leave_the_haze_out(new_page: Callable[..., Page], url: str) -> None:
    page = show(new_page(), f"{url}/#volume=spots")
    assert offered(page) == ["Fluorescence MIP", "Fluorescence clear"]
    page.keyboard.press("3")
    at_rest(page)
    page.get_by_role("button", name="Fluorescence MIP").click()
    says(page, "view.mode.type === 'mip' && view.channels.every(({ transfer }) => transfer.window[0] > 110)")
    assert 0.01 < lit(page) < 0.3
    page.get_by_role("button", name="Undo the last look").click()
    says(page, "view.mode.type === 'slice' && view.camera.projection.type === 'orthographic'")


FITTING = """async ([kinds]) => {
    const { PRESETS } = await import("/web/presets.js");
    const transfer = { window: [0, 1], opacity: [[0, 0], [1, 1]], unit_distance: 1, colormap: "white" };
    return kinds.map(({ unit, minimum, maximum, counts }) => {
        const info = { unit, anatomical: false, channels: [{}] };
        const statistics = [{ minimum, maximum, counts, window: [minimum, maximum] }];
        const view = { mode: { type: "mip" }, channels: [{ index: 0, visible: true, transfer }] };
        return PRESETS.filter(({ make }) => make(info, statistics, view)).map(({ name }) => name);
    });
}"""


def test_looks_are_offered_where_they_make_sense(hill_page: Page) -> None:
    bell = [int(1000 * np.exp(-(((i - 128) / 60) ** 2))) for i in range(256)]
    peak = [100_000, *([10] * 255)]
    flat = [100] * 256
    electrons, light = ["Electron microscopy (inverted)"], ["Fluorescence MIP", "Fluorescence clear"]
    fitting = [
        ({"unit": "millimeter", "minimum": 0, "maximum": 240, "counts": peak}, ["MRI"]),
        ({"unit": "millimeter", "minimum": -1000, "maximum": 100, "counts": peak}, ["MRI"]),
        ({"unit": "nanometer", "minimum": 50, "maximum": 200, "counts": flat}, electrons),
        ({"unit": "micrometer", "minimum": 0, "maximum": 4000, "counts": peak}, light),
        ({"unit": "micrometer", "minimum": 0, "maximum": 4000, "counts": bell}, [*light, *electrons]),
    ]
    assert hill_page.evaluate(FITTING, [[kind for kind, _ in fitting]]) == [names for _, names in fitting]


ROUND = """async () => {
    const { added, moved, opacityAt, pointsOf, scaled, withPoints } = await import("/web/curve.js");
    const transfer = { window: [100, 300], gamma: 2, inverted: true, opacity: [[0, 0], [0.75, 0.5], [1, 1]] };
    const points = pointsOf(transfer);
    return {
        points,
        back: withPoints(transfer, points).opacity,
        middle: opacityAt(transfer, 200),
        outside: [opacityAt(transfer, 0), opacityAt(transfer, 900)],
        added: added(points, [150, 0.7]),
        kept: moved(points, 1, [50, 2], [0, 400])[1],
        half: scaled(transfer, 0.5).opacity.map(([, alpha]) => alpha),
        ramp: scaled({ ...transfer, opacity: [[0, 0]] }, 0.25).opacity,
    };
}"""


def test_the_arithmetic_of_curves(hill_page: Page) -> None:
    # x = 1 - ((value - 100) / 200) ** 2: 0.75 at 200, with the window's high end at 0.
    assert hill_page.evaluate(ROUND) == {
        "points": [[100, 1], [200, 0.5], [300, 0]],
        "back": [[0, 0], [0.75, 0.5], [1, 1]],
        "middle": 0.5,
        "outside": [1, 0],
        "added": [[[100, 1], [150, 0.7], [200, 0.5], [300, 0]], 1],
        "kept": [100, 1],
        "half": [0, 0.25, 0.5],
        "ramp": [[0, 0], [1, 0.25]],
    }
