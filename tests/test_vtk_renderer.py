"""What is particular to VTK; what it has in common with every renderer is in `tests.conformance`."""

import os
import threading
from collections.abc import Iterator

import numpy as np
import pytest
from msgspec import structs

from render.backends.base import Renderer
from render.backends.vtk import open_vtk
from render.engine import Engine
from render.errors import BackendError, BadRequest
from render.scene import (
    DVR,
    MIP,
    Annotations,
    Camera,
    Channel,
    Clip,
    ClipPlane,
    Labels,
    Oblique,
    Orthographic,
    Quality,
    TransferFunction,
    View,
)
from render.volume.levels import device_bytes
from tests.arrays import memory_volume
from tests.cases import CLEAR, CUT, FACING, GREY, MIDDLE, SHAPE, UNSHADED, constant, view_of, visible, volume_of

BUDGET = 2**24


@pytest.fixture(scope="module")
def by_opengl() -> Iterator[Renderer]:
    renderer = open_vtk(BUDGET, "accurate")
    yield renderer
    renderer.close()


@pytest.fixture(scope="module")
def on_cpu() -> Iterator[Renderer]:
    renderer = open_vtk(BUDGET, "fast")
    yield renderer
    renderer.close()


def test_the_name_says_what_draws(by_opengl: Renderer, on_cpu: Renderer) -> None:
    assert by_opengl.name.startswith("vtk 9.7")
    assert by_opengl.name.endswith("OpenGL ray caster)")
    assert on_cpu.name.endswith("CPU ray caster)")


def test_where_opengl_is_software_the_cpu_caster_is_taken() -> None:
    renderer = open_vtk(BUDGET)
    assert ("llvmpipe" in renderer.name) == renderer.name.endswith("CPU ray caster)")
    renderer.close()


def test_a_level_longer_than_a_texture_is_refused_with_the_numbers(by_opengl: Renderer, on_cpu: Renderer) -> None:
    volume = memory_volume(np.ones((3, 20, 20000), np.uint8))
    with pytest.raises(BackendError, match=r"level 0 is 3 x 20 x 20000; OpenGL draws at most \d+ voxels along an axis"):
        by_opengl.render(volume, view_of(MIP()), Quality())
    seen = Camera((10000.0, 9.5, -9.0), (10000.0, 9.5, 0.0), (0.0, -1.0, 0.0), Orthographic(10.0))
    assert on_cpu.render(volume, view_of(MIP(), camera=seen), Quality()).array[20, 28, 0] == 255


def test_all_that_is_not_drawn_is_named_before_a_voxel_is_read(by_opengl: Renderer) -> None:
    volume = constant(0.5)
    labels = (Labels("cells", 1.0),)
    view = view_of(MIP(), labels=labels, annotations=Annotations(scale_bar=True))
    for ask in (by_opengl.render, by_opengl.stage):
        with pytest.raises(BadRequest, match="vtk draws no labels, no annotations, no depth: use the compute renderer"):
            ask(volume, view, Quality(depth=True))
    assert not by_opengl.staged(volume, view, Quality())


def test_more_planes_than_vtk_has_are_refused_with_the_numbers(by_opengl: Renderer) -> None:
    around = Clip(box=((31.0, -4.0, 9.5), (33.0, 0.0, 14.0)))
    corner = Clip(box=((31.0, -4.0, 9.5), (99.0, 99.0, 99.0)))
    slab = Oblique(MIDDLE, (1.0, 1.0, 1.0), 1.0)
    planes = (ClipPlane(MIDDLE, (0.0, 1.0, 0.2)),)
    with pytest.raises(BadRequest, match=r"at most 8 planes.* and 9 cut this volume"):
        by_opengl.render(constant(1.0), view_of(slab, clip=structs.replace(around, planes=planes)), Quality())
    for clip in (around, structs.replace(corner, planes=planes)):
        assert by_opengl.render(constant(1.0), view_of(slab, clip=clip), Quality()).array[..., :3].any()


def test_a_clip_is_forgotten_with_the_next_picture(by_opengl: Renderer) -> None:
    volume, clip = constant(1.0), Clip(planes=(ClipPlane(MIDDLE, (1.0, 0.3, 0.2)),))
    for mode in (CUT, UNSHADED, MIP()):
        whole = by_opengl.render(volume, view_of(mode), Quality()).array
        cut = by_opengl.render(volume, view_of(mode, clip=clip), Quality()).array
        assert 0.3 < cut[..., 0].sum() / whole[..., 0].sum() < 0.7
        np.testing.assert_array_equal(by_opengl.render(volume, view_of(mode), Quality()).array, whole)


def test_wide_numbers_that_float32_cannot_tell_apart_are_refused(by_opengl: Renderer) -> None:
    volume = volume_of(np.full(SHAPE, 10**15, np.int64))
    with pytest.raises(BadRequest, match=r"int64 as float32, whose numbers are 6\.71089e\+07 apart around 1e\+15"):
        by_opengl.render(volume, view_of(MIP(), TransferFunction((1e15, 1e15 + 1000), 1.0)), Quality())
    wide = TransferFunction((0.0, 2e15), 1.0)
    assert by_opengl.render(volume, view_of(MIP(), wide), Quality()).array[20, 28, 0] in (127, 128)


def test_several_samples_show_how_much_of_a_pixel_is_covered(by_opengl: Renderer, on_cpu: Renderer) -> None:
    # The box is 3.5 wide: 14 columns of 0.25 from column 21 on. Moved by 0.4 of a column it covers 0.6 of the 21st.
    x, y, z = FACING.position
    aside = structs.replace(FACING, position=(x - 0.1, y, z), target=(MIDDLE[0] - 0.1, *MIDDLE[1:]))
    for renderer in (by_opengl, on_cpu):
        row = renderer.render(constant(1.0), view_of(MIP(), camera=aside), Quality(samples=64)).array[20, :, 0]
        assert row[20] == 0
        assert abs(row[21] / 255 - 0.6) < 0.03
        assert (row[22:35] == 255).all()
        assert abs(row[35] / 255 - 0.4) < 0.03
        assert row[36] == 0


@pytest.mark.parametrize("outlier", [1e30, -1e30, np.inf, np.nan])
def test_a_float_that_means_nothing_spoils_no_other_voxel(by_opengl: Renderer, outlier: float) -> None:
    array = np.full(SHAPE, 0.5, np.float32)
    array[0, 0, 0] = outlier
    for mode in (MIP(), CUT, UNSHADED):
        drawn = by_opengl.render(volume_of(array), view_of(mode, background=CLEAR), Quality(step=0.1)).array
        assert np.abs(drawn[24, 30, :3].astype(int) - 128).max() <= 1


def test_two_volumes_in_turn_stay_on_the_device(by_opengl: Renderer) -> None:
    volumes = [constant(0.25), constant(0.75)]
    first = [by_opengl.render(volume, view_of(MIP()), Quality()).array[20, 28, 0] for volume in volumes]
    held = dict(by_opengl._held)
    second = [by_opengl.render(volume, view_of(MIP()), Quality()).array[20, 28, 0] for volume in volumes]
    assert first == second == [64, 191]
    assert by_opengl._held == held


def test_what_does_not_fit_the_budget_is_let_go() -> None:
    voxels = np.ones((20, 20, 20), np.uint8)
    level = memory_volume(voxels).info.levels[0]
    renderer = open_vtk(int(2.5 * device_bytes(level, 1)), "accurate")
    for _ in range(5):
        renderer.render(memory_volume(voxels), view_of(MIP()), Quality())
    assert len(renderer._held) == 2
    renderer.close()
    assert not renderer._held


def test_a_look_may_change_from_picture_to_picture(by_opengl: Renderer, on_cpu: Renderer) -> None:
    volume = constant(0.5)
    for renderer in (by_opengl, on_cpu):
        for alpha in (0.2, 0.6, 0.2):
            drawn = renderer.render(volume, view_of(UNSHADED, visible(alpha), background=CLEAR), Quality(step=0.05))
            assert abs(drawn.array[20, 28, 3] - 255 * (1 - (1 - alpha) ** 3)) <= 1
        for window, grey in (((0, 1), 128), ((0, 2), 64)):
            transfer = TransferFunction(window, 1.0)
            assert abs(int(renderer.render(volume, view_of(MIP(), transfer), Quality()).array[20, 28, 0]) - grey) <= 1


@pytest.mark.parametrize("mode", [MIP(), UNSHADED], ids=["MIP", "DVR"])
def test_a_volume_out_of_sight_leaves_no_ghost(on_cpu: Renderer, mode: MIP | DVR) -> None:
    volume = constant(1.0)
    assert on_cpu.render(volume, view_of(mode, background=CLEAR), Quality()).array.any()
    aside = Camera((131.5, -2.0, -8.0), (131.5, -2.0, 12.0), (0.0, -1.0, 0.0), Orthographic(10.0))
    assert not on_cpu.render(volume, view_of(mode, camera=aside, background=CLEAR), Quality()).array.any()


def test_a_lit_face_is_brighter_than_a_grazed_one(by_opengl: Renderer, on_cpu: Renderer) -> None:
    depth = np.indices((24, 24, 24))[0] - 11.5
    volume = memory_volume(np.clip(depth * 40 + 128, 0, 255).astype(np.uint8))
    transfer = TransferFunction((0, 255), 0.5, opacity=((0, 0), (0.4, 0), (0.6, 1), (1, 1)))
    for renderer in (by_opengl, on_cpu):
        greys = []
        for forward in ((0.0, 0.0, 1.0), (0.9, 0.0, 0.436)):
            position = tuple(11.5 - 60 * part for part in forward)
            seen = Camera(position, (11.5, 11.5, 11.5), (0.0, -1.0, 0.0), Orthographic(8.0))
            view = View("memory", seen, (Channel(0, transfer),), DVR(), size=(9, 9))
            greys.append(int(renderer.render(volume, view, Quality(step=0.25)).array[4, 4, 0]))
        assert greys[0] > greys[1] + 30


def test_it_draws_on_the_engine_thread_and_ends_with_it() -> None:
    before = set(threading.enumerate())
    with Engine(lambda: open_vtk(BUDGET)) as engine:
        frames = [engine.submit(constant(1.0), view_of(MIP(), GREY, size=(20, 10)), Quality()) for _ in range(3)]
        assert [frame.result(timeout=60).array[5, 10, 0] for frame in frames] == [255, 255, 255]
    own = set(threading.enumerate()) - before
    for thread in own:
        thread.join(10)
    assert [thread.name for thread in own if thread.is_alive()] == []


def test_nothing_is_written_to_standard_error(capfd: pytest.CaptureFixture[str]) -> None:
    renderer = open_vtk(BUDGET)
    renderer.render(constant(1.0), view_of(MIP()), Quality())
    renderer.close()
    assert os.environ.get("DISPLAY") is not None or capfd.readouterr().err == ""
