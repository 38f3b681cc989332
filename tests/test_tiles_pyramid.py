"""The grids of tiles: numbers worked out by hand for planes whose sides are no multiples of anything."""

import pytest

from render.errors import BadRequest, NotFound
from tiles import zoomify
from tiles.dzi import Grid, read_grid
from tiles.pyramid import Patch, Pyramid

PLANE = Pyramid(extent=(500.0, 150.0), pixel=0.5)
"""1000 x 300 pixels."""


def test_zoom_0_is_one_tile_that_holds_the_whole_plane() -> None:
    assert PLANE.max_zoom(256) == 2
    assert [PLANE.tiles(halvings, 256) for halvings in (2, 1, 0)] == [(1, 1), (2, 1), (4, 2)]
    assert [PLANE.size(halvings) for halvings in (2, 1, 0)] == [(250, 75), (500, 150), (1000, 300)]
    assert PLANE.max_zoom(512) == 1


def test_a_plane_smaller_than_a_tile_has_one_zoom() -> None:
    assert Pyramid(extent=(7.0, 5.0), pixel=1.0).max_zoom(256) == 0


def test_a_plane_of_exactly_two_tiles_has_no_third() -> None:
    plane = Pyramid(extent=(0.1 * 512, 0.1 * 256), pixel=0.1)
    assert plane.max_zoom(256) == 1
    assert plane.tiles(0, 256) == (2, 1)


def test_a_pixel_that_the_plane_covers_in_part_counts() -> None:
    assert Pyramid(extent=(10.2, 5.0), pixel=1.0).size() == (11, 5)
    assert Pyramid(extent=(10.2, 5.0), pixel=1.0).size(3) == (2, 1)


def test_edge_tiles_are_cut_where_the_plane_ends() -> None:
    assert PLANE.tile(2, 3, 1, 256) == Patch(left=768, top=256, width=232, height=44, pixel=(0.5, 0.5))
    assert PLANE.tile(0, 0, 0, 256) == Patch(left=0, top=0, width=250, height=75, pixel=(2.0, 2.0))


@pytest.mark.parametrize(
    ("tile", "message"),
    [
        pytest.param((9, 3, 0), "tile 9/3/0: zoom is 0 to 2", id="a zoom beyond the finest"),
        pytest.param((1, 2, 0), "tile 1/2/0: zoom 1 has 2 x 1 tiles", id="a column beyond the last"),
        pytest.param((1, 0, 1), "tile 1/0/1: zoom 1 has 2 x 1 tiles", id="a row beyond the last"),
        pytest.param((10**9, 0, 0), "zoom is 0 to 2", id="a zoom that no float could hold"),
    ],
)
def test_there_is_nothing_outside_the_grid(tile: tuple[int, int, int], message: str) -> None:
    with pytest.raises(NotFound, match=message):
        PLANE.tile(*tile, 256)


def test_level_0_of_deep_zoom_is_one_pixel_and_the_last_the_whole_plane() -> None:
    grid = Grid(PLANE, tile=254, overlap=1)
    assert grid.last == 10
    assert grid.patch(0, 0, 0) == Patch(left=0, top=0, width=1, height=1, pixel=(512.0, 512.0))
    assert grid.patch(1, 0, 0) == Patch(left=0, top=0, width=2, height=1, pixel=(256.0, 256.0))


@pytest.mark.parametrize(("side", "last"), [(1, 0), (2, 1), (3, 2), (4, 2), (5, 3), (2**20, 20), (2**20 + 1, 21)])
def test_levels_of_deep_zoom_double_until_they_hold_the_picture(side: int, last: int) -> None:
    assert Grid(Pyramid((1.0, float(side)), 1.0), 254, 1).last == last


@pytest.mark.parametrize(
    ("place", "span"),
    [
        pytest.param((0, 0), (0, 0, 255, 255), id="the corner: overlap to the right and below"),
        pytest.param((1, 0), (253, 0, 256, 255), id="the upper edge: overlap on three sides"),
        pytest.param((3, 1), (761, 253, 239, 47), id="the last: cut, overlap to the left and above"),
    ],
)
def test_tiles_of_deep_zoom_overlap_on_inner_edges(place: tuple[int, int], span: tuple[int, int, int, int]) -> None:
    assert Grid(PLANE, tile=254, overlap=1).patch(10, *place) == Patch(*span, pixel=(0.5, 0.5))


@pytest.mark.parametrize(
    ("place", "message"),
    [
        pytest.param((11, 0, 0), "tile 11/0_0: levels are 0 to 10", id="a level beyond the finest"),
        pytest.param((10, 4, 0), "tile 10/4_0: level 10 has 4 x 2 tiles", id="a column beyond the last"),
        pytest.param((7, 0, 1), "tile 7/0_1: level 7 has 1 x 1 tiles", id="a row beyond the last"),
    ],
)
def test_there_is_nothing_outside_deep_zoom(place: tuple[int, int, int], message: str) -> None:
    with pytest.raises(NotFound, match=message):
        Grid(PLANE, tile=254, overlap=1).patch(*place)


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"tile": "15"}, "tile 15: must be 16 to 2048"),
        ({"tile": "4096"}, "tile 4096: must be 16 to 2048"),
        ({"tile": "64", "overlap": "33"}, "overlap 33: must be at most half of the tile, 32"),
        ({"overlap": "-1"}, "overlap '-1': write a whole number"),
    ],
)
def test_a_grid_that_cannot_be_is_refused(said: dict[str, str], message: str) -> None:
    with pytest.raises(BadRequest, match=message):
        read_grid(PLANE, said)


def test_tiers_of_zoomify_are_halved_and_rounded_down() -> None:
    tiers = zoomify.tiers(Pyramid((1003.0, 301.0), 1.0))
    assert tiers == [(250, 75), (501, 150), (1003, 301)]
    assert zoomify.count_tiles(tiers) == 1 + 2 + 4 * 2


def test_a_plane_far_longer_than_wide_keeps_a_pixel_of_its_width() -> None:
    assert zoomify.tiers(Pyramid((3.0, 2000.0), 1.0)) == [(1, 250), (1, 500), (1, 1000), (3, 2000)]


def test_tiles_of_zoomify_are_cut_where_their_tier_ends() -> None:
    plane = Pyramid((1003.0, 301.0), 1.0)
    assert zoomify.tile_patch(plane, 1, 1, 0) == Patch(left=256, top=0, width=245, height=150, pixel=(2.0, 2.0))
    with pytest.raises(NotFound, match="tile 3-0-0: tiers are 0 to 2"):
        zoomify.tile_patch(plane, 3, 0, 0)
    with pytest.raises(NotFound, match="tile 1-2-0: tier 1 has 2 x 1 tiles"):
        zoomify.tile_patch(plane, 1, 2, 0)
