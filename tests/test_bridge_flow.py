"""How late pictures are, and how good, over links, clients and devices of every kind: the stream on a simulated clock.

The seconds are those of the simulation. Each bound is what a person is promised, and not what the code happens to do.
"""

import itertools
from collections.abc import Sequence

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.machines import DENSE, MEGABIT, THICK, Case, Path, Shown
from tests.simulation import Seen, Simulation, World, seen
from viewer_bridge.frames import Codec, Rung
from viewer_bridge.link import MOST_FRAMES

# Without shrinking: that would take minutes, and an example says it all as it is.
SOME = settings(max_examples=8, derandomize=True, deadline=None, database=None, phases=[Phase.generate])

JPEG, WEBP, H264 = (Codec.JPEG,), (Codec.JPEG, Codec.WEBP), (Codec.JPEG, Codec.H264)
COARSEST = {JPEG: 0.52 * 0.12, WEBP: 0.36 * 0.12, H264: 0.08 * 0.12}
"""Bytes at a quarter of the width, beside JPEG at 80 of the whole: 1/16 of the pixels with twice as many bytes each."""

BEGIN, DRAG = 2.0, 8.0
"""When the hand begins, and for how long it moves."""


def path(megabits: float, round_trip: float = 0.001, jitter: float = 0.0) -> Path:
    return Path(((0.0, megabits * MEGABIT),), round_trip / 2, jitter)


def dragged(case: Case, rate: float = 30, seconds: float = DRAG, begin: float = BEGIN) -> Simulation:
    """A stream of which the view was dragged, a second after."""
    simulation = Simulation(case)
    simulation.hand(begin, seconds, rate)
    return simulation.run(begin + seconds + 1)


def drag(case: Case, rate: float = 30, seconds: float = DRAG) -> Seen:
    return seen(dragged(case, rate, seconds), BEGIN, BEGIN + seconds)


def whole_stills(simulation: Simulation) -> list[Shown]:
    return [picture for picture in simulation.client.shown if picture.header.rung != Rung.DRAFT]


def quality_of(pictures: Sequence[Shown]) -> set[tuple[int, int]]:
    """Widths and qualities."""
    return {(picture.header.width, picture.header.quality) for picture in pictures}


@pytest.mark.parametrize("rate", [30, 60, 120])
@pytest.mark.parametrize("content", [DENSE, THICK], ids=["45 kB", "90 kB"])
def test_4_megabits_show_a_drag_as_it_happens(content: float, rate: float) -> None:
    simulation = dragged(Case(path(4), content=content), rate)
    got = seen(simulation, BEGIN, BEGIN + DRAG)
    assert got.percentile(0.5) <= 0.15
    assert got.percentile(0.99) <= 0.2
    assert got.last <= 0.25
    assert got.rate >= 20
    assert simulation.link.bandwidth == pytest.approx(4 * MEGABIT, rel=0.3)


@pytest.mark.parametrize("content", [DENSE, THICK], ids=["45 kB", "90 kB"])
@pytest.mark.parametrize("codecs", [JPEG, WEBP, H264], ids=["JPEG", "WebP", "H.264"])
def test_1_megabit_shows_the_last_input_at_once(codecs: tuple[Codec, ...], content: float) -> None:
    simulation = dragged(Case(path(1), codecs=codecs, content=content))
    got = seen(simulation, BEGIN, BEGIN + DRAG)
    assert got.last <= 0.25
    assert got.percentile(0.99) <= 0.2
    assert got.rate >= 20
    assert {picture.header.codec for picture in got.shown if picture.at > BEGIN + 1} == {codecs[-1]}
    assert simulation.link.bandwidth == pytest.approx(1 * MEGABIT, rel=0.3)


def test_video_takes_what_the_link_has() -> None:
    got = drag(Case(path(4), codecs=H264, content=THICK))
    settled = [picture for picture in got.shown if picture.at > BEGIN + 1]
    assert {picture.header.width for picture in settled} == {1024}
    assert sum(picture.nbytes for picture in settled) >= 0.5 * 4 * MEGABIT * (DRAG - 1)


def test_a_moving_picture_of_video_is_sent_once_and_the_last_one_twice() -> None:
    simulation = dragged(Case(path(4), codecs=H264))
    video = [header for _, header, _ in simulation.sent if header.codec == Codec.H264]
    twice = [one.input for one, two in itertools.pairwise(video) if one.input == two.input]
    assert twice == [max(simulation.made)]


@pytest.mark.parametrize(("round_trip", "megabits"), [(0.06, 20), (0.06, 100), (0.3, 20), (0.3, 4)])
def test_a_long_link_adds_its_length_and_nothing_else(round_trip: float, megabits: float) -> None:
    got = drag(Case(path(megabits, round_trip)))
    assert got.percentile(0.5) <= round_trip + 0.1
    assert got.last <= round_trip + 0.1
    assert got.rate >= 25


@pytest.mark.parametrize(("rate", "shown"), [(30, 29.5), (60, 58)])
def test_a_fast_link_shows_everything_at_full_quality(rate: float, shown: float) -> None:
    got = drag(Case(path(100)), rate)
    assert got.percentile(0.99) <= 0.065
    assert got.rate >= shown
    assert quality_of([picture for picture in got.shown if picture.at > BEGIN + 1]) == {(1024, 80)}


@pytest.mark.parametrize("codecs", [JPEG, H264], ids=["JPEG", "H.264"])
@pytest.mark.parametrize("rate", [30, 120])
def test_a_slow_decoder_gets_smaller_pictures_of_the_same_quality(rate: float, codecs: tuple[Codec, ...]) -> None:
    got = drag(Case(path(100), decode=0.06 / 2**20, codecs=codecs), rate)
    assert got.rate >= 25
    assert got.percentile(0.99) <= 0.1
    early, late = got.late[: len(got.late) // 2], got.late[len(got.late) // 2 :]
    assert sum(late) <= 1.2 * sum(early)
    assert {picture.header.quality for picture in got.shown} == {80}


def test_a_slow_device_finds_its_rung_within_5_pictures() -> None:
    got = drag(Case(path(100), draw=0.3 / 2**20))
    assert len({picture.header.width for picture in got.shown[5:]}) == 1
    assert got.rate >= 29
    assert got.percentile(0.99) <= 0.1


@pytest.mark.parametrize(("content", "late"), [(DENSE, 0.7), (THICK, 0.8)], ids=["45 kB", "90 kB"])
@pytest.mark.parametrize("codecs", [JPEG, WEBP, H264], ids=["JPEG", "WebP", "H.264"])
def test_a_link_that_gets_slow_in_mid_drag_lags_for_a_moment(
    codecs: tuple[Codec, ...], content: float, late: float
) -> None:
    rates = ((0.0, 20 * MEGABIT), (4.0, MEGABIT), (6.0, 20 * MEGABIT))
    simulation = dragged(Case(Path(rates), codecs=codecs, content=content), rate=60)
    before, after = seen(simulation, 3.0, 3.9), seen(simulation, 9.0, 9.9)
    assert max(seen(simulation, 4.0, 6.0).late) <= late
    assert max(seen(simulation, 5.0, 6.0).late) <= 0.15
    assert sum(picture.nbytes for picture in after.shown) >= 0.7 * sum(picture.nbytes for picture in before.shown)


def test_a_link_that_stands_still_for_a_moment_is_forgiven() -> None:
    simulation = dragged(Case(Path(((0.0, 20 * MEGABIT), (4.0, 1000.0), (4.3, 20 * MEGABIT)))))
    assert max(seen(simulation, 3.9, 4.5).late) <= 0.45
    assert max(seen(simulation, 4.5, 7.0).late) <= 0.1
    assert quality_of(seen(simulation, 6.0, 7.0).shown) <= {(1024, 80), (1024, 65)}


@pytest.mark.parametrize("megabits", [20, 100])
def test_a_delay_that_varies_is_not_taken_for_a_slow_link(megabits: float) -> None:
    got = drag(Case(path(megabits, round_trip=0.01, jitter=0.055)))
    assert got.percentile(0.5) <= 0.12 + 0.03
    assert got.rate >= 25
    assert min(width for width, _ in quality_of(got.shown[len(got.shown) // 2 :])) >= 768


@pytest.mark.parametrize("codecs", [JPEG, WEBP, H264], ids=["JPEG", "WebP", "H.264"])
@pytest.mark.parametrize("megabits", [0.5, 2, 5, 10, 20])
def test_rungs_do_not_flicker(megabits: float, codecs: tuple[Codec, ...]) -> None:
    simulation = dragged(Case(path(megabits, 0.02, 0.002), codecs=codecs))
    settled = seen(simulation, BEGIN + 2, BEGIN + DRAG)
    assert settled.changes <= settled.seconds / 2


def test_a_still_over_a_slow_link_arrives_whole_and_gives_way_to_a_hand() -> None:
    case = Case(path(1), content=THICK)
    rested = Simulation(case).run(4.0)
    first, second, *_ = whole_stills(rested)
    assert second.nbytes >= 100_000
    assert (first.header.quality, second.header.quality) == (50, 92)
    assert first.nbytes < 0.4 * second.nbytes
    assert max(header.parts for _, header, _ in rested.sent) > 10
    disturbed = Simulation(case)
    disturbed.hand(1.0, 0.1, 30)
    disturbed.run(2.0)
    assert max(seen(disturbed, 1.0, 1.1).late) <= 0.2
    first = next(number for number, (_, header, _) in enumerate(disturbed.sent) if header.input > 1)
    last_part = disturbed.sent[first - 1][1]
    assert 0 < last_part.part < last_part.parts - 1, "the still was being sent"
    assert disturbed.sent[first][1].rung == Rung.DRAFT


def test_a_still_comes_soon_after_the_hand_rests_and_is_refined_in_order() -> None:
    simulation = dragged(Case(path(20)), seconds=2.0)
    simulation.run(BEGIN + 6)
    ended = max(simulation.made.values())
    stills = [picture for picture in whole_stills(simulation) if picture.at > ended]
    assert [picture.header.rung for picture in stills] == [Rung.FINAL, Rung.REFINED, Rung.REFINED, Rung.REFINED]
    assert stills[0].at - ended <= 0.3
    assert {picture.header.width for picture in stills} == {1024}


def test_a_new_page_shows_a_picture_at_once_on_any_link() -> None:
    for megabits, late in ((100, 0.05), (4, 0.2), (1, 0.4)):
        first = Simulation(Case(path(megabits, 0.02))).run(1.0).client.shown[0]
        assert first.at <= late


def test_a_still_does_not_fill_a_link_that_nothing_is_known_of() -> None:
    simulation = Simulation(Case(path(1), content=THICK))
    simulation.hand(0.3, 1.0, 30)
    simulation.run(3.0)
    assert max(seen(simulation, 0.3, 1.3).late) <= 0.35


def test_a_stream_at_rest_does_nothing() -> None:
    simulation = Simulation(Case(path(20))).run(6.0)
    done = simulation.actions
    simulation.run(600.0)
    assert simulation.actions == done


def test_a_client_that_goes_silent_is_sent_no_more_than_the_link_holds() -> None:
    simulation = Simulation(Case(Path(((0.0, 20 * MEGABIT), (3.0, 1.0)))))
    simulation.hand(2.0, 8.0, 60)
    simulation.run(10.0)
    assert sum(nbytes for at, _, nbytes in simulation.sent if at > 3.0) <= 3 * 60_000


@pytest.mark.parametrize(("clients", "whole"), [(8, 0.001), (3, 0.02), (3, 0.1), (8, 0.02)])
def test_a_device_that_is_shared_serves_all_of_them(clients: int, whole: float) -> None:
    world = World()
    together = [Simulation(Case(path(100), draw=whole / 2**20), world) for _ in range(clients)]
    for number, simulation in enumerate(together):
        simulation.hand(BEGIN + 0.004 * number, 4.0, 30)
    world.clock.run(BEGIN + 5)
    for simulation in together:
        got = seen(simulation, BEGIN + 1, BEGIN + 4)
        assert got.rate >= 25
        assert got.percentile(0.5) <= 0.1


def test_a_slow_client_holds_up_nobody_else() -> None:
    world = World()
    pilot, viewer = Simulation(Case(path(100)), world), Simulation(Case(path(0.5)), world)
    for simulation in (pilot, viewer):
        simulation.hand(BEGIN, DRAG, 30)
    world.clock.run(BEGIN + DRAG + 1)
    got = seen(pilot, BEGIN, BEGIN + DRAG)
    assert got.rate >= 29
    assert got.percentile(0.99) <= 0.07


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Links of 0.5 to 200 Mbit/s, devices and clients of a whole picture in 0.5 to 400 ms, pictures of all kinds."""
    return Case(
        path(draw(st.floats(0.5, 200)), draw(st.floats(0.001, 0.25)), draw(st.floats(0, 0.02))),
        size=draw(st.sampled_from([(640, 360), (1024, 1024), (1920, 1080)])),
        draw=draw(st.floats(0.0005, 0.4)) / 2**20,
        decode=draw(st.floats(0.002, 0.08)) / 2**20,
        content=draw(st.floats(0.01, 0.12)),
        codecs=draw(st.sampled_from([JPEG, WEBP, H264])),
    )


@SOME
@given(case=cases(), rate=st.sampled_from([20, 30, 60, 120]))
def test_whatever_the_machines_a_hand_is_followed(case: Case, rate: float) -> None:
    simulation = dragged(case, rate, seconds=3.0)
    got = seen(simulation, BEGIN + 1, BEGIN + 3)
    (_, bandwidth), *_ = case.path.rates
    coarsest = case.content * COARSEST[case.codecs] * case.size[0] * case.size[1] / bandwidth
    allowed = 2 * (case.path.delay + case.path.jitter + coarsest)
    assert got.percentile(0.5) <= 0.15 + allowed
    assert got.last <= 0.25 + allowed
    assert got.rate >= 0.6 * min(rate, 30, 1 / coarsest)
    assert simulation.most_under_way <= MOST_FRAMES
    inputs = [picture.header.input for picture in simulation.client.shown]
    assert inputs == sorted(inputs)
    assert inputs[-1] == max(simulation.made)
