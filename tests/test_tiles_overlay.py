"""Labels over planes: which pixels have which colour, worked out by hand."""

from collections.abc import Mapping

import numpy as np
import pytest
from numpy.typing import NDArray

from render.encode import Pixels
from render.volume.labels import RGBA, label_colors
from render.volume.volume import COLOR_TABLE, Volume
from tests.arrays import labelled_volume
from tiles.drawing.bricks import Bricks
from tiles.drawing.draw import draw
from tiles.pyramid import Patch
from tiles.section import resolve_section
from tiles.words.dialect import read_section
from tiles.work import Job

SHAPE = (3, 5, 7)
SPACING, ORIGIN = (4.0, 1.0, 1.0), (10.0, -2.5, 100.0)
RED, GREEN, VEIL = (1.0, 0.0, 0.0, 1.0), (0.0, 1.0, 0.0, 1.0), (0.0, 0.0, 1.0, 0.5)
GREY = [40, 40, 40]


def volume(ids: NDArray[np.generic], colors: Mapping[int, RGBA] | None = None) -> Volume:
    """Voxels of 40, and `ids` over them."""
    return labelled_volume(np.full(SHAPE, 40, np.uint8), ids, colors or {}, SPACING, ORIGIN)


def show(source: Volume, said: str, patch: Patch | None = None) -> Pixels:
    """The patch (the whole plane, in its finest pixels, where none is said) of a plane in grey."""
    pairs = [("channels", "0:white:0-255"), *(tuple(word.split("=")) for word in said.split())]
    section = resolve_section(read_section(pairs), source.info, source.statistics)  # type: ignore[arg-type]
    pyramid = section.plane.pyramid
    whole = pyramid.patch(0, 0, 0, *pyramid.size())
    return draw(source, section, patch or whole, Bricks(2**24), Job())


def blocks(*places: tuple[int, tuple[slice, slice]]) -> NDArray[np.uint64]:
    """Ids (z, y, x) of rectangles in the middle plane across z."""
    ids = np.zeros(SHAPE, np.uint64)
    for label, (rows, columns) in places:
        ids[1, rows, columns] = label
    return ids


BLOCK = (slice(1, 4), slice(2, 6))
"""Three rows and four columns, away from every border."""


def test_colours_lie_over_the_picture_by_their_opacity() -> None:
    pixels = show(volume(blocks((3, BLOCK)), {3: RED}), "plane=z:1 labels=cells:0.25")
    inside = np.zeros((5, 7), bool)
    inside[BLOCK] = True
    # 40 + (255 - 40) / 4 = 93.75
    assert (pixels[inside] == [94, 30, 30, 255]).all()
    assert (pixels[~inside] == [*GREY, 255]).all()


def test_the_alpha_of_a_files_colour_counts_too() -> None:
    pixels = show(volume(blocks((3, BLOCK)), {3: VEIL}), "plane=z:1 labels=cells:0.5")
    assert pixels[2, 3].tolist() == [30, 30, 94, 255]


def test_a_plane_without_labels_is_the_picture_alone() -> None:
    pixels = show(volume(blocks((3, BLOCK)), {3: RED}), "plane=z:0 labels=cells:1")
    assert (pixels == [*GREY, 255]).all()


def test_labels_alone_are_on_black() -> None:
    source = volume(blocks((3, BLOCK)), {3: RED})
    pairs = [("plane", "z:1"), ("channels", "none"), ("labels", "cells:1")]
    section = resolve_section(read_section(pairs), source.info, source.statistics)
    pixels = draw(source, section, section.plane.pyramid.patch(0, 0, 0, 7, 5), Bricks(2**24), Job())
    assert (pixels[BLOCK] == [255, 0, 0, 255]).all()
    assert pixels[0, 0].tolist() == [0, 0, 0, 255]


def test_only_the_ids_that_are_asked_for_are_drawn() -> None:
    source = volume(blocks((3, (slice(0, 2), slice(0, 7))), (9, (slice(3, 5), slice(0, 7)))), {3: RED, 9: GREEN})
    pixels = show(source, "plane=z:1 labels=cells:1 ids=9,1000")
    assert (pixels[:3, :, :3] == GREY).all()
    assert (pixels[3:, :, :3] == [0, 255, 0]).all()


def test_an_outline_is_the_pixels_that_touch_another_id() -> None:
    pixels = show(volume(blocks((3, BLOCK)), {3: RED}), "plane=z:1 labels=cells:1 outline=true")
    red = (pixels[..., :3] == [255, 0, 0]).all(axis=-1)
    assert ["".join(".#"[one] for one in row) for row in red.astype(int)] == [
        ".......",
        "..####.",
        "..#..#.",
        "..####.",
        ".......",
    ]
    assert (pixels[~red][:, :3] == GREY).all()


def test_an_outline_is_around_what_is_drawn_and_not_around_what_is_left_out() -> None:
    """Two labels side by side: with one left out, the other's outline is closed."""
    source = volume(blocks((3, (slice(0, 5), slice(0, 4))), (9, (slice(0, 5), slice(4, 7)))), {3: RED, 9: GREEN})
    pixels = show(source, "plane=z:1 labels=cells:1 outline=true ids=3", Patch(1, 1, 6, 3, (1.0, 1.0)))
    red = (pixels[..., :3] == [255, 0, 0]).all(axis=-1)
    assert (red == [[False, False, True, False, False, False]] * 3).all()


@pytest.mark.parametrize("said", ["labels=cells:0.3", "labels=cells:1 outline=true"], ids=["filled", "outlined"])
@pytest.mark.parametrize("plane", ["z:1", "y:2", "x:3", "100.2,-1.9,15,5,1,0,-0.8,4,0"], ids=["z", "y", "x", "oblique"])
def test_tiles_fit_together(plane: str, said: str) -> None:
    rng = np.random.default_rng(5)
    source = volume(rng.integers(0, 4, SHAPE))
    pixel = (0.3, 0.3)
    whole = show(source, f"plane={plane} {said}", Patch(0, 0, 16, 12, pixel))
    parts = [
        np.concatenate(
            [show(source, f"plane={plane} {said}", Patch(left, top, 8, 6, pixel)) for left in (0, 8)], axis=1
        )
        for top in (0, 6)
    ]
    assert (np.concatenate(parts) == whole).all()
    assert len(np.unique(whole.reshape(-1, 4), axis=0)) > 2


def test_ids_are_never_mixed_however_large_a_voxel_is() -> None:
    """In pixels of a quarter of a voxel every voxel is a square of 4 x 4, of 16 x 4 across its long side."""
    ids = np.arange(1, 106, dtype=np.uint64).reshape(SHAPE) * 1000
    colors = {int(label): ((int(label) // 1000) / 255, 0.0, 0.0, 1.0) for label in ids.ravel()}
    source = volume(ids, colors)
    across_z = show(source, "plane=z:1 labels=cells:1", Patch(0, 0, 28, 20, (0.25, 0.25)))
    assert (across_z[..., 0] == (ids[1] // 1000).repeat(4, axis=0).repeat(4, axis=1)).all()
    across_y = show(source, "plane=y:4 labels=cells:1", Patch(0, 0, 28, 48, (0.25, 0.25)))
    assert (across_y[..., 0] == (ids[::-1, 4] // 1000).repeat(16, axis=0).repeat(4, axis=1)).all()


def test_what_is_outside_of_the_volume_is_clear() -> None:
    pixels = show(volume(np.full(SHAPE, 3), {3: RED}), "plane=z:1 labels=cells:1", Patch(-2, -1, 11, 7, (1.0, 1.0)))
    assert (pixels[1:6, 2:9] == [255, 0, 0, 255]).all()
    pixels[1:6, 2:9] = 0
    assert not pixels.any()


def test_an_id_has_one_colour_whatever_is_beside_it() -> None:
    """Small ids are looked up and large ones worked out; both are as in 3-D views."""
    small, large = 17, COLOR_TABLE + 17
    alone, beside = blocks((small, BLOCK)), blocks((small, BLOCK), (large, (slice(0, 1), slice(0, 7))))
    said = "plane=z:1 labels=cells:1"
    first, second = show(volume(alone), said), show(volume(beside), said)
    assert first[2, 3].tolist() == second[2, 3].tolist()
    expected = np.rint(255 * label_colors(np.array([small, large], np.uint64), {})).tolist()
    assert [second[2, 3].tolist(), second[0, 0].tolist()] == expected
    assert expected[0] != expected[1]


def test_ids_below_0_are_nothing() -> None:
    ids = np.full(SHAPE, -3, np.int16)
    ids[1, 2, 3] = 3
    pixels = show(volume(ids, {3: RED}), "plane=z:1 labels=cells:1")
    assert pixels[2, 3].tolist() == [255, 0, 0, 255]
    pixels[2, 3] = [*GREY, 255]
    assert (pixels == [*GREY, 255]).all()


def test_of_a_slab_the_id_in_front_is_seen() -> None:
    """Planes across z are seen from below: the plane of the lowest z is in front."""
    ids = np.zeros(SHAPE, np.uint8)
    ids[0, :, :2], ids[1, :, :4], ids[2] = 1, 2, 3
    source = volume(ids, {1: RED, 2: GREEN, 3: (0.0, 0.0, 1.0, 1.0)})
    pixels = show(source, "slab=all labels=cells:1")
    assert (pixels[0, :, :3] == [[255, 0, 0]] * 2 + [[0, 255, 0]] * 2 + [[0, 0, 255]] * 3).all()


def test_an_oblique_plane_shows_the_nearest_ids() -> None:
    """The diagonal from (100, y, 10) to (106, y, 18): a third of it nearest to each plane across z."""
    ids = np.zeros(SHAPE, np.uint8)
    ids[0], ids[1], ids[2] = 1, 2, 3
    source = volume(ids, {1: RED, 2: GREEN, 3: (0.0, 0.0, 1.0, 1.0)})
    pixels = show(source, "plane=100,-2.5,10,6,0,8,0,4,0 labels=cells:1", Patch(0, 0, 20, 4, (0.5, 0.5)))
    # Along the diagonal, 10 long, z rises by 8: it is nearest to the middle plane from 2.5 to 7.5.
    assert (pixels[1, :, :3] == [[255, 0, 0]] * 5 + [[0, 255, 0]] * 10 + [[0, 0, 255]] * 5).all()
