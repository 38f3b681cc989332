"""What is learnt of a link from acknowledgements and pings: the clock is a number in the test, and bytes are round."""

import math

import pytest

from viewer_bridge.frames import Codec
from viewer_bridge.link import MOST_FRAMES, PING_EVERY, QUEUE, Link

ROUND_TRIP, KILOBYTE = 0.02, 1000


def pinged(*round_trips: float) -> Link:
    """A link on which empty messages took these times, a ping a second before time 0."""
    link = Link()
    for number, seconds in enumerate(round_trips):
        sent = number - len(round_trips)
        link.pong(link.ping(sent), sent + seconds)
    return link


def known(bandwidth: float = 100 * KILOBYTE) -> Link:
    """A link of 20 ms and this bandwidth, on which 10 kB went before time 0."""
    link = pinged(ROUND_TRIP)
    begin = -ROUND_TRIP - 10 * KILOBYTE / bandwidth
    link.acknowledge(link.send(10 * KILOBYTE, 1000, begin), 0.0, 0.0)
    return link


def test_bandwidth_is_bytes_over_the_time_that_they_took_beyond_an_empty_message() -> None:
    link = pinged(ROUND_TRIP)
    assert link.bandwidth == math.inf
    # Of 130 ms the way took 20, decoding 10, and so the bytes 100.
    link.acknowledge(link.send(10 * KILOBYTE, 1000, now=0.0), 0.01, now=0.13)
    assert link.bandwidth == pytest.approx(100 * KILOBYTE)
    assert link.seconds(5 * KILOBYTE) == pytest.approx(0.05)


def test_a_frame_behind_another_took_the_time_since_that_one_arrived() -> None:
    link = pinged(ROUND_TRIP)
    one, two = link.send(10 * KILOBYTE, 0, 0.0), link.send(20 * KILOBYTE, 0, 0.0)
    link.acknowledge(one, 0.0, 0.12)
    link.acknowledge(two, 0.0, 0.32)
    assert link.bandwidth == pytest.approx(100 * KILOBYTE)


def test_a_frame_that_waited_for_the_clients_decoder_says_nothing_about_the_link() -> None:
    link = pinged(ROUND_TRIP)
    one, two = link.send(10 * KILOBYTE, 1000, 0.0), link.send(10 * KILOBYTE, 1000, 0.0)
    link.acknowledge(one, 0.5, 0.62)
    link.acknowledge(two, 0.5, 1.12)
    assert link.bandwidth == pytest.approx(100 * KILOBYTE)


def test_a_frame_below_a_packet_says_nothing_about_the_link() -> None:
    link = known()
    for step in range(20):
        link.acknowledge(link.send(50, 0, step), 0.0, step + ROUND_TRIP + 0.005)
    assert link.bandwidth == pytest.approx(100 * KILOBYTE)


def test_a_link_that_has_become_slow_is_known_after_two_frames() -> None:
    link = known(1000 * KILOBYTE)
    now = 0.0
    for _ in range(2):
        number = link.send(10 * KILOBYTE, 0, now)
        now += ROUND_TRIP + 0.2
        link.acknowledge(number, 0.0, now)
    assert link.bandwidth == pytest.approx(50 * KILOBYTE, rel=0.25)


def test_decoding_is_known_by_the_pixel() -> None:
    link = pinged(ROUND_TRIP)
    for step in range(60):
        link.acknowledge(link.send(10 * KILOBYTE, 2000, step), 0.01, step + 0.1)
    assert link.decode_pixel(Codec.JPEG) == pytest.approx(0.01 / 2000, rel=1e-3)


def test_a_decoding_that_is_longer_than_the_frame_was_away_is_not_believed() -> None:
    link = pinged(ROUND_TRIP)
    link.acknowledge(link.send(10 * KILOBYTE, 1, 0.0), 1000.0, 0.1)
    assert link.decode_pixel(Codec.JPEG) <= 0.1
    assert 0 < link.bandwidth < math.inf


def test_parts_that_are_not_decoded_leave_the_clients_speed_as_it_is() -> None:
    link = known()
    before = link.decode_pixel(Codec.JPEG)
    link.acknowledge(link.send(10 * KILOBYTE, 0, 0.0), 0.0, 0.12)
    assert link.decode_pixel(Codec.JPEG) == before


def test_acknowledging_a_frame_acknowledges_those_before_it() -> None:
    link = known()
    numbers = [link.send(KILOBYTE, 1000, 0.0) for _ in range(3)]
    link.acknowledge(numbers[1], 0.0, 1.0)
    assert (link.frames_under_way, link.bytes_under_way) == (1, KILOBYTE)


@pytest.mark.parametrize("number", [0, 1, 99], ids=["never sent", "acknowledged before", "not sent yet"])
def test_an_acknowledgement_of_nothing_changes_nothing(number: int) -> None:
    link = known()
    link.send(KILOBYTE, 1000, 1.0)
    before = (link.bandwidth, link.decode_pixel(Codec.JPEG))
    link.acknowledge(number, 0.3, 2.0)
    assert link.frames_under_way == 1
    assert (link.bandwidth, link.decode_pixel(Codec.JPEG)) == before


def test_the_first_frame_goes_alone() -> None:
    link = pinged(ROUND_TRIP)
    assert link.has_room(KILOBYTE, 4, 0, now=0.0)
    number = link.send(KILOBYTE, 1000, 0.0)
    assert not link.has_room(KILOBYTE, 4, 0, now=0.001)
    link.acknowledge(number, 0.0, 0.03)
    link.send(KILOBYTE, 1000, 0.03)
    assert link.has_room(KILOBYTE, 4, 0, now=0.031)


def test_under_way_is_what_fills_the_link_and_a_short_queue() -> None:
    link = known()
    window = 100 * KILOBYTE * (ROUND_TRIP + QUEUE)
    link.send(round(window - 2 * KILOBYTE), 0, 0.0)
    assert link.has_room(2 * KILOBYTE, 4, 0, now=0.001)
    assert not link.has_room(2 * KILOBYTE + 10, 4, 0, now=0.001)


def test_one_frame_of_any_size_may_be_under_way() -> None:
    assert known(KILOBYTE).has_room(100 * KILOBYTE, 1, 0, now=0.0)


def test_no_more_frames_are_under_way_than_keep_the_link_busy() -> None:
    link = known(1e9)
    for _ in range(3):
        assert link.has_room(KILOBYTE, 3, 0, now=0.0)
        link.send(KILOBYTE, 1000, 0.0)
    assert not link.has_room(KILOBYTE, 3, 0, now=0.0)
    while link.has_room(KILOBYTE, 1000, 0, now=0.0):
        link.send(KILOBYTE, 1000, 0.0)
    assert link.frames_under_way == MOST_FRAMES


def test_what_the_socket_still_holds_is_under_way() -> None:
    link = known()
    link.send(KILOBYTE, 1000, 0.0)
    assert link.has_room(KILOBYTE, 4, 0, now=0.001)
    assert not link.has_room(KILOBYTE, 4, 7 * KILOBYTE, now=0.001)


def test_a_frame_that_is_late_holds_back_the_next() -> None:
    link = known(1000 * KILOBYTE)
    link.send(10 * KILOBYTE, 0, 0.0)
    assert link.has_room(10 * KILOBYTE, 4, 0, now=0.03)
    # After 120 ms its 10 kB are still not there: that is less than 100 kB a second.
    assert not link.has_room(10 * KILOBYTE, 4, 0, now=0.12)


def test_a_ping_goes_out_now_and_then_and_only_on_an_empty_link() -> None:
    link = Link()
    assert link.wants_ping(0.0)
    link.pong(link.ping(0.0), 0.1)
    assert not link.wants_ping(PING_EVERY / 2)
    assert link.wants_ping(PING_EVERY)
    link.send(KILOBYTE, 0, PING_EVERY)
    assert not link.wants_ping(PING_EVERY)


def test_one_ping_that_was_held_up_does_not_count() -> None:
    assert pinged(0.02, 0.3, 0.02).round_trip == pytest.approx(0.02)
    assert pinged(0.3, 0.02).round_trip == pytest.approx(0.02)


def test_the_route_may_become_longer() -> None:
    assert pinged(*[0.02] * 8, *[0.1] * 5).round_trip == pytest.approx(0.1)


def test_only_the_last_ping_is_waited_for() -> None:
    link = Link()
    first, second = link.ping(0.0), link.ping(1.0)
    link.pong(first, 5.0)
    assert link.round_trip == 0.0
    link.pong(second, 1.03)
    assert link.round_trip == pytest.approx(0.03)
