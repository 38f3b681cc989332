"""Pictures of the compute renderer a few rows at a time, several of them in turns: bit for bit those in one go."""

from collections.abc import Iterator

import numpy as np
import pytest

from render.backends.base import Renderer
from render.backends.choice import PROBES
from render.backends.compute import open_compute
from render.compute import slices
from render.compute.slices import Rate, Slices
from render.compute.sums import KeptSums, Sums
from render.frame import Frame
from render.scene import MIP, Annotations, Iso, Isosurface, Mode, Perspective, Quality, View
from render.steps import STEP_SECONDS, Steps, finish
from render.volume.volume import Volume
from tests.cases import OBLIQUE, UNSHADED, camera, ramp, view_of, volume_of

LINES = Annotations(bounding_box=True, axes=True, scale_bar=True)
MODES: list[Mode] = [UNSHADED, MIP(), Iso((Isosurface(0.6), Isosurface(0.3, opacity=0.5)))]
SIDES = (OBLIQUE, ((0.6, -0.5, -0.4), (0.0, 0.3, 1.0)))


@pytest.fixture(scope="module")
def renderer() -> Iterator[Renderer]:
    if not any(probe.usable and not probe.hardware for probe in PROBES["compute"]()):
        pytest.skip("compute draws nothing on the CPU here")
    opened = open_compute("llvm", 2**26)
    yield opened
    opened.close()


@pytest.fixture
def slivers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Steps of no time at all: a step is the four rows that are drawn at least."""
    monkeypatch.setattr(slices, "STEP_SECONDS", 1e-12)
    monkeypatch.setattr(slices, "WORTH", 0)


def seen(mode: Mode, side: int = 0) -> View:
    return view_of(mode, camera=camera(SIDES[side], Perspective(30.0)), annotations=LINES)


def rays(samples: int, depth: bool = False) -> Quality:
    return Quality(step=0.5, samples=samples, depth=depth)


def unknown() -> Volume:
    """A volume of which the renderer keeps nothing."""
    return volume_of(ramp("x") / 6)


def in_turns(*pictures: Steps[Frame]) -> tuple[list[Frame], int]:
    """The pictures, drawn a step of each at a time, and how many steps that took."""
    frames: dict[int, Frame] = {}
    steps = 0
    while len(frames) < len(pictures):
        for k, picture in enumerate(pictures):
            if k not in frames:
                steps += 1
                try:
                    next(picture)
                except StopIteration as end:
                    frames[k] = end.value
    return [frames[k] for k in range(len(pictures))], steps


@pytest.mark.parametrize("samples", [1, 4, 16])
@pytest.mark.parametrize("mode", MODES, ids=lambda mode: type(mode).__name__)
@pytest.mark.usefixtures("slivers")
def test_pictures_of_two_views_in_turns_are_those_in_one_go(renderer: Renderer, mode: Mode, samples: int) -> None:
    volume = unknown()
    drawn, steps = in_turns(*(renderer.steps(volume, seen(mode, k), rays(samples, depth=True)) for k in range(2)))
    # 40 rows.
    assert steps >= 2 * 10 * samples
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(slices, "STEP_SECONDS", 1e9)
        whole = [finish(renderer.steps(unknown(), seen(mode, k), rays(samples, depth=True))) for k in range(2)]
    for frame, expected in zip(drawn, whole, strict=True):
        assert np.array_equal(frame.array, expected.array)
        assert frame.depth is not None
        assert expected.depth is not None
        assert np.array_equal(frame.depth, expected.depth, equal_nan=True)


@pytest.mark.usefixtures("slivers")
def test_one_view_at_three_qualities_at_once(renderer: Renderer) -> None:
    """Each has sums of its own: rays that one adds are not found by another that has begun."""
    volume = unknown()
    drawn, _ = in_turns(*(renderer.steps(volume, seen(UNSHADED), rays(samples)) for samples in (9, 4, 16)))
    for frame in drawn:
        whole = renderer.render(unknown(), seen(UNSHADED), frame.quality)
        assert np.array_equal(frame.array, whole.array)


@pytest.mark.usefixtures("slivers")
def test_what_a_picture_that_was_left_had_is_not_drawn_again(renderer: Renderer) -> None:
    volume, quality = unknown(), rays(4)
    left = renderer.steps(volume, seen(UNSHADED), quality)
    for _ in range(25):
        next(left)
    left.close()
    (frame,), steps = in_turns(renderer.steps(volume, seen(UNSHADED), quality))
    assert steps <= 4 * 10 - 24
    assert np.array_equal(frame.array, renderer.render(unknown(), seen(UNSHADED), quality).array)


def test_sums_are_kept_for_several_views_and_not_for_more_than_there_is_room() -> None:
    kept = KeptSums(room=5 * 16 * 100)
    for key in range(9):
        kept.put(Sums(key, 100, [], count=4))
        kept.put(Sums("largest", 200, [], count=4))
    assert len(kept) == 4
    assert kept.take(8, 4, lambda: Sums("new", 0, [])).key == 8
    assert kept.take(5, 4, lambda: Sums("new", 0, [])).key == "new"
    # Taken, it is not there for another.
    assert kept.take(8, 4, lambda: Sums("new", 0, [])).key == "new"


def test_sums_that_nobody_asks_for_are_kept_for_a_minute() -> None:
    now = 0.0
    kept = KeptSums(2**20, clock=lambda: now)
    for key, at in (("left", 0.0), ("refined", 5.0), ("refined", 50.0), ("new", 65.0)):
        now = at
        kept.put(Sums(key, 100, []))
    assert len(kept) == 2
    assert kept.take("left", 4, lambda: Sums("made", 100, [])).key == "made"
    assert kept.take("refined", 4, lambda: Sums("made", 100, [])).key == "refined"


def test_sums_of_more_than_is_asked_for_stay_for_those_who_ask_for_more() -> None:
    kept = KeptSums(room=2**20)
    kept.put(Sums("view", 100, [], count=16))
    few = kept.take("view", 4, lambda: Sums("view", 100, []))
    assert few.count == 0
    few.count = 4
    kept.put(few)
    assert kept.take("view", 64, lambda: few).count == 16


def test_slices_fill_a_step_by_what_those_before_took() -> None:
    rate = Rate(seconds=STEP_SECONDS / 100 / 7, preparing=0.0)
    cut = Slices(rate, samples=7)
    assert cut.rows(left=1000) == 100
    # Neither a sliver at the end of a picture, nor at the end of a step.
    assert cut.rows(left=120) == 120
    cut.launch(80, lambda: None)
    assert cut.rows(left=60) == 0
    assert cut.rows(left=40) == 40


def test_an_empty_sky_does_not_make_the_next_slice_many_times_as_large() -> None:
    rate = Rate()
    rate.learn(1e-8, 0.001)
    rate.learn(1e-12, 0.001)
    assert rate.seconds == pytest.approx(0.7e-8)
    rate.learn(2e-8, 0.001)
    assert rate.seconds == 2e-8
