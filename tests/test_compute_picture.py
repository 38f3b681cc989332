"""Pictures of several rays a pixel, in bands, with lines and a scale bar: what the compute renderer puts together."""

from collections.abc import Iterator

import numpy as np
import pytest
from msgspec.structs import replace

from render.backends.base import Renderer
from render.backends.choice import PROBES
from render.backends.compute import open_compute
from render.compute import picture
from render.frame import Frame
from render.geometry import Vec3, scale
from render.scene import (
    MIP,
    Annotations,
    Camera,
    Clip,
    ClipPlane,
    Iso,
    Isosurface,
    MinIP,
    Mode,
    Oblique,
    Orthographic,
    Perspective,
    Quality,
    TransferFunction,
    View,
)
from tests.arrays import memory_volume
from tests.cases import MIDDLE, OBLIQUE, UNSHADED, camera, constant, ramp, view_of, visible, volume_of

SEEN = camera(OBLIQUE, Perspective(30.0))
LINES = Annotations(bounding_box=True, axes=True, scale_bar=True)
MODES = [UNSHADED, MIP(), Oblique(MIDDLE, (0.3, 0.2, 1.0))]
VOLUME = volume_of(ramp("x") / 6)


@pytest.fixture(scope="module")
def renderer() -> Iterator[Renderer]:
    if not any(probe.usable and not probe.hardware for probe in PROBES["compute"]()):
        pytest.skip("compute draws nothing on the CPU here")
    opened = open_compute("llvm", 2**26)
    yield opened
    opened.close()


def draw(renderer: Renderer, view: View, samples: int, depth: bool = False) -> Frame:
    return renderer.render(VOLUME, view, Quality(step=0.5, samples=samples, depth=depth))


def test_a_pixel_of_several_rays_shows_how_much_of_it_is_covered(renderer: Renderer) -> None:
    # The box is from 29.75 to 33.25 in x, and pixel 28 begins at 31.55: 7.2 pixels of 0.25 before one end, 6.8 after
    # the other.
    aside = replace(camera(), position=(31.55, -2.0, -8.0), target=(31.55, -2.0, 12.0))
    view = view_of(MIP(), camera=aside)
    row = renderer.render(constant(1.0), view, Quality(samples=64)).array[20, :, 0] / 255
    assert row[[19, 20, 21, 33, 34, 35]] == pytest.approx([0, 0.2, 1, 1, 0.8, 0], abs=0.03)


def test_rays_of_a_pixel_begin_their_samples_at_different_depths(renderer: Renderer) -> None:
    """At steps of four voxels one ray a pixel is far off what many are, which is the integral."""
    view = view_of(UNSHADED, camera=SEEN)
    exact = renderer.render(VOLUME, view, Quality(step=0.05, samples=16)).array.astype(float)
    off = [np.abs(renderer.render(VOLUME, view, Quality(step=4.0, samples=n)).array - exact).mean() for n in (1, 4)]
    assert off[1] < off[0] / 1.5


@pytest.mark.parametrize("mode", MODES, ids=lambda mode: type(mode).__name__)
def test_rays_that_are_added_make_the_picture_that_all_at_once_make(renderer: Renderer, mode: Mode) -> None:
    view, other = view_of(mode, camera=SEEN, annotations=LINES), view_of(mode, annotations=LINES)
    fresh = draw(renderer, view, 16).array
    draw(renderer, other, 8)
    for samples in (2, 4, 16):
        added = draw(renderer, view, samples).array
    assert np.array_equal(added, fresh)
    few = draw(renderer, view, 4).array
    assert not np.array_equal(few, fresh)
    draw(renderer, other, 4)
    assert np.array_equal(draw(renderer, view, 4).array, few)


@pytest.mark.parametrize("samples", [1, 4])
@pytest.mark.parametrize("mode", MODES, ids=lambda mode: type(mode).__name__)
def test_a_picture_in_bands_is_the_picture(
    renderer: Renderer, monkeypatch: pytest.MonkeyPatch, mode: Mode, samples: int
) -> None:
    view = view_of(mode, camera=SEEN, annotations=LINES)
    whole = draw(renderer, view, samples, depth=True)
    monkeypatch.setattr(picture, "BAND_PIXELS", 56 * 7)
    bands = draw(renderer, view, samples, depth=True)
    assert np.array_equal(bands.array, whole.array)
    assert np.array_equal(bands.depth, whole.depth, equal_nan=True)


@pytest.mark.parametrize("samples", [1, 4])
@pytest.mark.parametrize("mode", MODES, ids=lambda mode: type(mode).__name__)
def test_tiles_with_lines_are_the_whole(renderer: Renderer, mode: Mode, samples: int) -> None:
    whole = draw(renderer, view_of(mode, camera=SEEN, annotations=LINES), samples).array
    for left in (0, 1, 2, 3):
        region = (left / 4, 0.2, (left + 1) / 4, 0.6)
        tile = view_of(mode, camera=replace(SEEN, region=region), annotations=LINES, size=(14, 16))
        assert np.array_equal(draw(renderer, tile, samples).array, whole[8:24, 14 * left : 14 * left + 14])


def test_lines_and_a_scale_bar_are_drawn_where_no_channel_is(renderer: Renderer) -> None:
    view = view_of(UNSHADED, visible(0.0), camera=SEEN, annotations=LINES)
    drawn = draw(renderer, view, 1).array
    hidden = replace(view, channels=tuple(replace(one, visible=False) for one in view.channels))
    assert (drawn[..., :3].max(axis=2) > 100).sum() > 10
    assert np.array_equal(draw(renderer, hidden, 1).array, drawn)


@pytest.mark.parametrize("look", [OBLIQUE, ((0.6, -0.5, -0.4), (0.0, 0.3, 1.0))], ids=["from below", "from above"])
def test_a_clip_that_lies_on_the_volumes_faces_cuts_nothing(renderer: Renderer, look: tuple[Vec3, Vec3]) -> None:
    """A page clips by all six faces as soon as one is moved."""
    volume = volume_of(np.full((3, 5, 7), 1.0, np.float32))
    box = volume.info.box
    view = view_of(Iso((Isosurface(0.5),)), camera=camera(look, Perspective(30.0)))
    moved = replace(view, clip=Clip(box=(box.lower, (*box.upper[:2], box.upper[2] - 2.0))))
    without = replace(view, clip=Clip(planes=(ClipPlane((0.0, 0.0, box.upper[2] - 2.0), (0.0, 0.0, -1.0)),)))
    drawn = [renderer.render(volume, one, Quality(step=0.5)).array for one in (view, moved, without)]
    # What is all inside a surface shows it where it is cut, and nowhere else.
    assert np.array_equal(drawn[1], drawn[2])
    assert np.array_equal(
        renderer.render(volume, replace(view, clip=Clip(box=(box.lower, box.upper))), Quality(step=0.5)).array, drawn[0]
    )


@pytest.mark.parametrize("value", [9.96921e36, 3.4e38, -9.96921e36, -3.4e38])
def test_the_fill_values_of_other_formats_are_numbers_as_any(renderer: Renderer, value: float) -> None:
    array = ramp("x").copy()
    array[1, 2, 3] = value
    tame = ramp("x").copy()
    tame[1, 2, 3] = 1e20 if value > 0 else -1e20
    for mode in (Iso((Isosurface(2.5),), shaded=False), MIP(), MinIP()):
        view = view_of(mode, TransferFunction((0.0, 6.0), 1.0), camera=SEEN)
        drawn = [renderer.render(volume_of(one), view, Quality(step=0.5)).array for one in (array, tame)]
        assert (np.abs(drawn[0].astype(int) - drawn[1]) > 1).sum() == 0


def test_long_steps_pass_over_no_hole(renderer: Renderer) -> None:
    """A cell of one value with a hole in it looks as smooth as can be."""
    array = np.full((40, 44, 48), 0.5, np.float32)
    array[2::5, 2::5, 2::5] = np.nan
    volume = memory_volume(array)
    faint = TransferFunction((0.0, 1.0), 20.0, opacity=((0.0, 0.3), (1.0, 0.3)))
    view = view_of(UNSHADED, faint, camera=Camera((90.0, 70.0, -60.0), (23.0, 21.0, 19.0), (0.0, 0.0, 1.0)))
    coarse, fine = (renderer.render(volume, view, Quality(step=step)).array.astype(int) for step in (0.5, 0.05))
    assert fine.max() > 100
    assert np.abs(coarse - fine).mean() < 2


@pytest.mark.parametrize("unit", [1e-9, 1e6])
def test_a_world_of_any_unit_is_cut_alike(renderer: Renderer, unit: float) -> None:
    pictures = []
    for factor in (1.0, unit):
        volume = memory_volume(ramp("x") / 6, spacing=(2 * factor, factor, 0.5 * factor))
        place = Camera(*(scale(point, factor) for point in ((9.0, 8.0, -12.0), (1.5, 2.0, 2.0))), (0.0, 0.0, 1.0))
        clip = Clip(planes=(ClipPlane(scale((1.5, 2.0, 2.0), factor), (0.3, 1.0, -0.2)),))
        mode = Oblique(scale((1.5, 2.0, 2.0), factor), (0.3, 0.2, 1.0))
        view = replace(view_of(mode, camera=place), clip=clip)
        pictures.append(renderer.render(volume, view, Quality(step=0.5)).array.astype(int))
    assert pictures[0][..., :3].max() > 100
    assert (np.abs(pictures[0] - pictures[1]) > 2).sum() <= 4


@pytest.mark.parametrize(("mode", "x"), [(MIP(), 33.0), (MinIP(), 30.0)], ids=["largest", "smallest"])
def test_the_depth_of_an_extreme_is_its_own_where_the_picture_saturates(
    renderer: Renderer, mode: Mode, x: float
) -> None:
    """Along x values rise from 0 at 30 to 6 at 33; the window ends long before."""
    seen = Camera((20.0, -2.0, 12.0), MIDDLE, (0.0, 0.0, 1.0), Orthographic(2.0))
    view = view_of(mode, TransferFunction((2.0, 3.0), 1.0), camera=seen, size=(9, 7))
    depth = renderer.render(volume_of(ramp("x")), view, Quality(depth=True)).depth
    assert depth is not None
    # In the outer half voxel the edge value holds: the first of equals is at the centre, or where the ray enters.
    assert depth[3, 4] + 20 == pytest.approx(x, abs=0.26)


def test_a_peak_between_samples_is_seen(renderer: Renderer) -> None:
    array = np.zeros((3, 5, 7), np.float32)
    array[1, 2, 3] = 1.0
    view = view_of(MIP(), camera=camera(), size=(57, 41))
    coarse, fine = (renderer.render(volume_of(array), view, Quality(step=step)).array for step in (3.0, 0.02))
    assert fine[..., 0].max() > 200
    assert np.abs(coarse[..., 0].astype(int) - fine[..., 0]).max() <= 2
