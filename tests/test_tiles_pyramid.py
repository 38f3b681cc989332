"""The grid of tiles: numbers worked out by hand for planes whose sides are no multiples of anything."""

import pytest

from render.errors import NotFound
from tiles.pyramid import Patch, TileGrid


def test_zoom_0_is_one_tile_that_holds_the_whole_plane() -> None:
    grid = TileGrid(extent=(1000.0, 300.0), pixel=1.0)
    assert grid.max_zoom == 2
    assert [grid.tiles(zoom) for zoom in range(3)] == [(1, 1), (2, 1), (4, 2)]
    assert [grid.size(zoom) for zoom in range(3)] == [(250, 75), (500, 150), (1000, 300)]


def test_a_plane_smaller_than_a_tile_has_one_zoom() -> None:
    assert TileGrid(extent=(7.0, 5.0), pixel=1.0).max_zoom == 0


def test_a_plane_of_exactly_two_tiles_has_no_third() -> None:
    grid = TileGrid(extent=(0.1 * 512, 0.1 * 256), pixel=0.1)
    assert grid.max_zoom == 1
    assert grid.tiles(1) == (2, 1)


def test_edge_tiles_are_cut_where_the_plane_ends() -> None:
    grid = TileGrid(extent=(1000.0, 300.0), pixel=1.0)
    assert grid.tile(2, 3, 1) == Patch(left=768, top=256, width=232, height=44, pixel=1.0)
    assert grid.tile(0, 0, 0) == Patch(left=0, top=0, width=250, height=75, pixel=4.0)


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
        TileGrid(extent=(1000.0, 300.0), pixel=1.0).tile(*tile)
