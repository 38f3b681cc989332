"""How encoded pictures go into a link: drafts whole, still ones in parts that leave it soon."""

import numpy as np
import pytest

from render.frame import Frame, Timings
from render.scene import Quality
from tests.test_bridge_stream import default_view
from viewer_bridge.actions import Encode, Encoded, Ping, Render, SendFrame, SendMessage
from viewer_bridge.frames import MOST_PARTS, Codec, Rung
from viewer_bridge.link import Link
from viewer_bridge.outgoing import SMALLEST_PART, Outgoing
from viewer_bridge.protocol import Video
from viewer_bridge.rungs import FIRST

KILOBYTE = 1000


def link(bandwidth: float) -> Link:
    """Of so many bytes a second and no length, on which a frame went before time 0."""
    known = Link()
    known.pong(known.ping(-1.0), -1.0)
    known.acknowledge(known.send(10 * KILOBYTE, 1, -10 * KILOBYTE / bandwidth), 0.0, 0.0)
    return known


def work(rung: Rung, codec: Codec = Codec.JPEG, size: tuple[int, int] = (30, 20)) -> Encode:
    render = Render(default_view(size), Quality(), rung, 7, 3, FIRST, 0.0)
    frame = Frame(np.zeros((size[1], size[0], 4), np.uint8), render.view, Quality(level=1), "fake", Timings(0.1, 0.02))
    return Encode(frame, codec, 80, 0, False, render)


def picture(nbytes: int, video: str = "") -> Encoded:
    return Encoded(np.random.default_rng(3).bytes(nbytes), 0.005, False, video)


def frames(actions: list[Ping | SendMessage | SendFrame]) -> list[SendFrame]:
    return [action for action in actions if isinstance(action, SendFrame)]


def drain(outgoing: Outgoing, over: Link, first: list[SendFrame], bandwidth: float) -> list[SendFrame]:
    """All parts of a picture, each acknowledged as the link has carried it."""
    sent, waiting, now = list(first), list(first), 0.0
    while waiting:
        one = waiting.pop(0)
        now += len(one.picture) / bandwidth
        over.acknowledge(one.header.frame, 0.0, now)
        more = frames(outgoing.send(0, now))
        waiting += more
        sent += more
    return sent


def test_a_draft_is_one_frame_whatever_its_size_and_says_how_it_came_about() -> None:
    outgoing = Outgoing(link(50 * KILOBYTE))
    (frame,) = frames(outgoing.add(work(Rung.DRAFT), picture(400 * KILOBYTE), 0.0))
    header = frame.header
    assert (header.part, header.parts, header.frame, header.input, header.view_version) == (0, 1, 2, 7, 3)
    assert (header.width, header.height, header.level, header.quality) == (30, 20, 1, 80)
    assert (header.render_us, header.encode_us) == (20_000, 5_000)


def test_a_still_goes_whole_over_a_fast_link() -> None:
    (frame,) = frames(Outgoing(link(100_000 * KILOBYTE)).add(work(Rung.FINAL), picture(400 * KILOBYTE), 0.0))
    assert (frame.header.part, frame.header.parts) == (0, 1)


def test_the_parts_of_a_still_are_numbered_and_together_are_the_picture() -> None:
    bandwidth = 500 * KILOBYTE
    over = link(bandwidth)
    outgoing, whole = Outgoing(over), picture(400 * KILOBYTE)
    first = frames(outgoing.add(work(Rung.FINAL), whole, 0.0))
    # 40 ms of 500 kB/s are 20 kB; 50 ms may wait in front of the link.
    assert sum(len(frame.picture) for frame in first) <= 0.05 * bandwidth
    sent = drain(outgoing, over, first, bandwidth)
    assert b"".join(frame.picture for frame in sent) == whole.picture
    assert [frame.header.part for frame in sent] == list(range(20))
    assert {frame.header.parts for frame in sent} == {20}
    numbers = [frame.header.frame for frame in sent]
    assert numbers == list(range(numbers[0], numbers[0] + 20))
    assert not outgoing.pending


def test_parts_are_not_smaller_than_is_worth_a_message_nor_more_than_can_be_numbered() -> None:
    bandwidth = 10 * KILOBYTE
    for nbytes, size in ((100 * KILOBYTE, SMALLEST_PART), (10_000 * KILOBYTE, -(-10_000 * KILOBYTE // MOST_PARTS))):
        (frame, *_) = frames(Outgoing(link(bandwidth)).add(work(Rung.FINAL), picture(nbytes), 0.0))
        assert len(frame.picture) == size
        assert frame.header.parts <= MOST_PARTS


def test_the_rest_of_a_still_is_dropped_for_a_draft() -> None:
    over = link(500 * KILOBYTE)
    outgoing = Outgoing(over)
    outgoing.add(work(Rung.FINAL), picture(400 * KILOBYTE), 0.0)
    assert outgoing.pending
    (draft,) = frames(outgoing.add(work(Rung.DRAFT), picture(5 * KILOBYTE), 0.01))
    assert (draft.header.rung, draft.header.parts) == (Rung.DRAFT, 1)
    assert not outgoing.pending
    over.acknowledge(draft.header.frame, 0.0, 1.0)
    assert outgoing.send(0, 1.0) == []


def test_a_part_waits_for_what_the_socket_still_holds() -> None:
    over = link(500 * KILOBYTE)
    outgoing = Outgoing(over)
    one, *_ = frames(outgoing.add(work(Rung.FINAL), picture(400 * KILOBYTE), 0.0))
    over.acknowledge(one.header.frame, 0.0, 0.04)
    over.send(KILOBYTE, 0, 0.04)
    assert outgoing.send(25 * KILOBYTE, 0.04) == []
    (two,) = frames(outgoing.send(0, 0.04))
    assert two.header.part == 1


def test_a_client_decodes_with_the_last_part() -> None:
    bandwidth = 500 * KILOBYTE
    over = link(bandwidth)
    outgoing = Outgoing(over)
    sent = drain(outgoing, over, frames(outgoing.add(work(Rung.FINAL), picture(60 * KILOBYTE), 0.0)), bandwidth)
    assert len(sent) == 3
    assert over.decode_pixel(Codec.JPEG) == 0.0
    (still,) = frames(outgoing.add(work(Rung.FINAL), picture(8 * KILOBYTE), 10.0))
    over.acknowledge(still.header.frame, 0.06, 10.1)
    assert over.decode_pixel(Codec.JPEG) > 0.0


def test_the_link_is_measured_before_a_frame_on_an_empty_one() -> None:
    over = link(500 * KILOBYTE)
    outgoing = Outgoing(over)
    ping, frame = outgoing.add(work(Rung.DRAFT), picture(KILOBYTE), 10.0)
    assert isinstance(ping, Ping)
    assert isinstance(frame, SendFrame)
    assert [type(action) for action in outgoing.add(work(Rung.DRAFT), picture(KILOBYTE), 20.0)] == [SendFrame]


@pytest.mark.parametrize(
    ("codec", "size", "announced"),
    [
        ("avc1.42C01F", (30, 20), []),
        ("avc1.42C028", (30, 20), [Video("avc1.42C028", 30, 20)]),
        ("avc1.42C01F", (31, 20), [Video("avc1.42C01F", 31, 20)]),
    ],
    ids=["the same", "another codec string", "another size"],
)
def test_video_is_announced_before_its_first_frame_and_when_it_changes(
    codec: str, size: tuple[int, int], announced: list[Video]
) -> None:
    outgoing = Outgoing(link(500 * KILOBYTE))

    def add(encode: Encode, encoded: Encoded) -> list[Video | str]:
        actions = [action for action in outgoing.add(encode, encoded, 0.0) if not isinstance(action, Ping)]
        return [action.message if isinstance(action, SendMessage) else "frame" for action in actions]

    first = add(work(Rung.DRAFT, Codec.H264), picture(KILOBYTE, "avc1.42C01F"))
    assert first == [Video("avc1.42C01F", 30, 20), "frame"]
    # A still picture in between changes nothing for the decoder.
    outgoing.add(work(Rung.FINAL), picture(KILOBYTE), 0.0)
    assert add(work(Rung.DRAFT, Codec.H264, size), picture(KILOBYTE, codec)) == [*announced, "frame"]
