"""How a moving picture follows the times of those before, and still ones get smoother: numbers in, rungs out."""

import pytest

from render.scene import Quality
from viewer_bridge.frames import Codec
from viewer_bridge.link import Link
from viewer_bridge.pace import ENCODE_PIXEL, FITS, FRAME, QUICK_AFTER, TARGET, Pace, Times
from viewer_bridge.rungs import FIRST, QUALITIES, REFINED, WORKS, Choice, Coding, refined

PIXELS = 1000 * 1000
BEST, LAST = Choice(0, Coding(0, Codec.JPEG)), Choice(len(WORKS) - 1, Coding(3, Codec.JPEG))
JPEG, WEBP, H264 = (Codec.JPEG,), (Codec.JPEG, Codec.WEBP), (Codec.JPEG, Codec.H264)


def link(bandwidth: float, round_trip: float = 0.0, decode: float = 0.0) -> Link:
    """A link of so many bytes a second, whose client decodes a picture of `PIXELS` in so many seconds."""
    known, now = Link(), 0.0
    known.pong(known.ping(0.0), round_trip)
    for _ in range(100):
        number = known.send(10_000, PIXELS, now)
        now += round_trip + 10_000 / bandwidth + decode
        known.acknowledge(number, decode, now)
    return known


FAST = link(1e8)


class Maker:
    """Draws and encodes pictures, each at the pace that the times before have led to.

    Drawing all samples takes `whole` seconds, and `waits` times that before it begins; JPEG at 80 takes `nbytes`.
    """

    def __init__(self, nbytes: float = 50_000, codecs: tuple[Codec, ...] = JPEG, waits: float = 0.0) -> None:
        self.pace, self.times = Pace(), Times()
        self.nbytes, self.codecs, self.waits = nbytes, codecs, waits

    def make(self, pictures: int, whole: float = 0.001, link: Link = FAST) -> list[Choice]:
        return [self._make(whole, link) for _ in range(pictures)]

    def _make(self, whole: float, link: Link) -> Choice:
        self.pace = self.pace.after(self.times, link, PIXELS, self.codecs)
        choice = self.pace.choice
        work, coding = WORKS[choice.work], choice.coding
        pixels = round(PIXELS * work.scale**2)
        seconds = whole * work.samples
        self.times.drawn(choice.work, PIXELS, seconds, self.waits * seconds)
        nbytes = round(self.nbytes * coding.size * pixels / PIXELS)
        self.times.encoded(coding, pixels, ENCODE_PIXEL[coding.codec] * pixels, nbytes)
        return choice


def test_rungs_get_cheaper_and_a_draft_says_its_scale_step_and_level() -> None:
    samples = [work.samples for work in WORKS]
    assert samples == sorted(samples, reverse=True)
    assert FIRST.draft(Quality(level=2, depth=True), 4) == Quality(level=2, step=2.0, scale=0.5, depth=True)
    assert LAST.draft(Quality(level=2), 3).level == 3


@pytest.mark.parametrize("codec", QUALITIES, ids=lambda codec: codec.name)
def test_encodings_get_smaller_and_look_worse(codec: Codec) -> None:
    assert [*QUALITIES[codec]] == sorted(QUALITIES[codec], reverse=True)
    assert [size for _, size in QUALITIES[codec]] == sorted((size for _, size in QUALITIES[codec]), reverse=True)


def test_a_fast_machine_over_a_fast_link_comes_to_draw_the_best() -> None:
    choices = Maker().make(30)
    assert choices[: QUICK_AFTER - 1] == [FIRST] * (QUICK_AFTER - 1)
    assert choices[-1] == BEST


@pytest.mark.parametrize("whole", [0.002, 0.01, 0.03, 0.1, 0.3, 0.5, 1.0])
def test_a_draft_holds_its_rate_on_every_machine_and_stays_where_it_is(whole: float) -> None:
    settled = Maker().make(100, whole)[50:]
    assert len(set(settled)) == 1
    assert whole * WORKS[settled[0].work].samples <= FRAME
    assert settled[0].coding.quality == 80


def test_a_slow_machine_gets_the_coarsest_and_no_error() -> None:
    assert Maker().make(20, 30.0)[-1].work == LAST.work


def test_a_slow_picture_is_answered_at_once_by_a_rung_that_will_do() -> None:
    maker = Maker()
    maker.make(30)
    works = [choice.work for choice in maker.make(4, 0.3)]
    # The median of three forgives one slow picture; the second is the machine's.
    assert works[:2] == [0, 0]
    assert all(0.3 * WORKS[work].samples <= FRAME for work in works[2:])


def test_one_picture_that_compiled_a_kernel_changes_nothing() -> None:
    maker = Maker()
    maker.make(1, 2.0)
    assert maker.make(3, 0.02) == [FIRST] * 3


def test_a_picture_that_is_hardly_too_slow_is_not_left_for_one_of_them() -> None:
    maker = Maker()
    maker.make(30, 0.02)
    # 1.1 times what there is: the second in a row decides.
    works = [choice.work for choice in maker.make(4, FRAME * 1.1)]
    assert works == [0, 0, 0, 1]


def test_over_a_slow_link_quality_gives_way_before_scale() -> None:
    # At 50 kB and 1.2 MB/s a picture takes 42 ms, and at quality 50, with 0.63 of the bytes, 26.
    maker = Maker()
    maker.make(30)
    settled = maker.make(60, link=link(1.2e6))[-1]
    assert settled.work == 0
    assert settled.coding.quality < 80
    assert 50_000 * settled.coding.size / 1.2e6 <= FRAME


@pytest.mark.parametrize("megabits", [0.5, 1, 4, 10, 30])
def test_a_rung_takes_no_longer_than_a_frame_on_any_link(megabits: float) -> None:
    settled = Maker().make(200, link=link(megabits * 125_000))[100:]
    assert len(set(settled)) == 1
    (choice,) = set(settled)
    taken = 50_000 * choice.coding.size * WORKS[choice.work].scale ** 2 / (megabits * 125_000)
    assert taken <= FRAME


def test_a_rung_that_does_not_fit_is_left_though_a_finer_one_of_worse_quality_would_fit() -> None:
    maker = Maker(nbytes=90_000)
    choices = maker.make(3, link=link(500_000))
    # FIRST would take 22.5 kB, 45 ms.
    assert 90_000 * choices[-1].coding.size * WORKS[choices[-1].work].scale ** 2 / 500_000 <= FRAME


def test_a_slow_decoder_gets_fewer_pixels_and_no_worse_quality() -> None:
    settled = Maker().make(60, link=link(1e8, decode=0.06))[-1]
    assert settled.coding.quality == 80
    assert 0.06 * WORKS[settled.work].scale ** 2 <= FRAME


def test_a_long_link_is_not_made_up_for_by_worse_pictures() -> None:
    assert Maker().make(60, link=link(1e8, round_trip=0.3))[-1] == BEST
    assert TARGET < 0.3


def test_who_shares_a_device_draws_a_share_of_what_it_can() -> None:
    settled = Maker(waits=2.0).make(60, 0.025)
    assert 3 * 0.025 * WORKS[settled[-1].work].samples <= FRAME
    # A wait that no rung makes shorter, of a hundred times the drawing, leaves a picture to look at.
    assert Maker(waits=100.0).make(60, 0.001)[-1].work <= FIRST.work


def test_a_slow_link_takes_the_codec_with_the_fewest_bytes_and_a_fast_one_the_quickest() -> None:
    slow, fast = link(125_000), link(1e8)
    assert Maker(codecs=WEBP).make(60, link=slow)[-1].coding.codec is Codec.WEBP
    assert Maker(codecs=H264).make(60, link=slow)[-1].coding.codec is Codec.H264
    assert Maker(codecs=H264).make(60, link=fast)[-1] == BEST


def test_a_codec_that_the_client_no_longer_takes_is_left_at_once() -> None:
    maker = Maker(codecs=H264)
    maker.make(60, link=link(125_000))
    assert maker.pace.within(H264) == maker.pace
    assert maker.pace.within(JPEG).choice.coding.codec is Codec.JPEG


def test_video_is_told_what_the_link_takes_in_a_frame_but_no_more_than_looks_better() -> None:
    times = Times()
    for _ in range(30):
        times.encoded(BEST.coding, PIXELS, 0.004, 50_000)
    choice = Choice(0, Coding(3, Codec.H264))
    assert times.video_bytes(choice, PIXELS, link(125_000)) == pytest.approx(125_000 * FRAME * FITS, rel=0.01)
    assert times.video_bytes(choice, PIXELS, link(1e8)) == pytest.approx(50_000 * QUALITIES[Codec.H264][0][1], rel=0.01)


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
