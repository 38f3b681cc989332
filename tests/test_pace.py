"""How drafts follow the times of the pictures before, and still pictures get smoother: numbers in, rungs out."""

import pytest

from render.pace import DRAFTS, FIRST, FRAME, REFINED, Pace, refined
from render.scene import Quality


def cost(rung: int) -> float:
    scale, step = DRAFTS[rung]
    return scale * scale / step


def drawn(pace: Pace, whole: float, pictures: int) -> list[int]:
    """The rungs of so many drafts where all samples take `whole` seconds, and a picture 1 ms besides."""
    rungs = []
    for _ in range(pictures):
        rungs.append(pace.rung)
        pace = pace.after(0.001 + whole * cost(pace.rung))
    return rungs


def test_rungs_get_cheaper_and_a_draft_says_its_scale_and_step() -> None:
    assert [cost(rung) for rung in range(len(DRAFTS))] == sorted((cost(r) for r in range(len(DRAFTS))), reverse=True)
    assert Pace().draft(Quality(level=2, depth=True)) == Quality(level=2, step=2.0, scale=0.5, depth=True)


@pytest.mark.parametrize("whole", [0.002, 0.01, 0.03, 0.1, 0.3, 0.5, 1.0])
def test_a_draft_holds_its_rate_on_every_machine_and_stays_where_it_is(whole: float) -> None:
    rungs = drawn(Pace(), whole, 100)
    settled = rungs[50:]
    assert len(set(settled)) == 1
    assert 0.001 + whole * cost(settled[0]) <= FRAME


def test_a_slow_machine_gets_the_coarsest_and_no_error() -> None:
    assert drawn(Pace(), 30.0, 20)[-1] == len(DRAFTS) - 1


def test_a_slow_picture_is_answered_at_once_by_a_rung_that_will_do() -> None:
    assert drawn(Pace(0), 0.3, 4) == [0, 0, 4, 4]


def test_one_picture_that_compiled_a_kernel_changes_nothing() -> None:
    assert Pace().after(2.0).after(0.02).rung == FIRST


def test_a_finer_rung_is_tried_only_after_a_while() -> None:
    rungs = drawn(Pace(), 0.0, 30)
    assert rungs[:6] == [FIRST] * 6
    assert rungs[-1] == 0


def test_a_still_picture_gets_more_rays_while_that_is_quick() -> None:
    quality, before, counts = Quality(step=0.5), 0, []
    while (better := refined(quality, 0.01 * (quality.samples - before), before)) is not None:
        quality, before = better, quality.samples
        counts.append(quality.samples)
    assert counts == list(REFINED)


def test_a_still_picture_that_took_long_is_left_as_it_is() -> None:
    # 3 rays take three times as long as the first, 12 four times as long as those 3.
    assert refined(Quality(), 0.4, 0) == Quality(samples=4)
    assert refined(Quality(), 0.6, 0) is None
    assert refined(Quality(samples=4), 0.3, 1) == Quality(samples=16)
    assert refined(Quality(samples=4), 0.5, 1) is None
