"""What a stream draws and sends, event by event; the clock is a number in the test."""

import dataclasses

import numpy as np
import pytest

from render.errors import BackendError, BadRequest, DataError, RenderError
from render.frame import Frame, Timings
from render.intent import Intent, resolve
from render.ladder import Budget
from render.scene import MIP, Labels, View
from tests.arrays import memory_volume
from viewer_bridge import navigate
from viewer_bridge.actions import (
    Action,
    CancelRender,
    Encode,
    Encoded,
    PickPixel,
    Ping,
    Prefetch,
    Render,
    SendFrame,
    SendMessage,
    WakeAt,
)
from viewer_bridge.encodings import Taste
from viewer_bridge.frames import Codec, FrameHeader, Rung
from viewer_bridge.link import Link
from viewer_bridge.protocol import Change, CurrentView, Error, Input, Orbit, Pick, Video
from viewer_bridge.stream import STILL_AFTER, Stream

FINE, COARSE = np.zeros((6, 10, 14), np.uint8), np.zeros((3, 5, 7), np.uint8)
VOLUME = memory_volume(FINE, COARSE, name="a")
BUDGET = 2**20
SIZE = (64, 48)
TASTE = Taste()
VIDEO = "avc1.42C01F"


def default_view(size: tuple[int, int] = SIZE) -> View:
    return resolve(Intent(size=size), VOLUME.info, VOLUME.statistics)


class Stage:
    """Takes a stream's actions as a connection does, and says when each piece of work is done.

    `seconds` is what drawing takes, `nbytes` how large pictures are.
    """

    def __init__(
        self, budget: int = BUDGET, *, times: int = 1, taste: Taste = TASTE, size: tuple[int, int] = SIZE
    ) -> None:
        self.acknowledging = True
        self.now = 100.0
        self.rendering: Render | None = None
        self.encoding: Encode | None = None
        self.wake: float | None = None
        self.drawn: list[tuple[Rung, int]] = []
        self.sent: list[FrameHeader] = []
        self.messages: list[object] = []
        self.cancelled = 0
        self.seconds, self.nbytes = 2.0, 1000
        self.link = Link()
        self.info = dataclasses.replace(VOLUME.info, times=times)
        self.view = self.home = default_view()
        self.version = 1
        self.stream = Stream(self.info, self.view, Budget(budget), self.link, taste)
        self.take(self.stream.on_open(1, 1, self.now))

    def take(self, actions) -> None:  # noqa: C901 - one case for each action
        for action in actions:
            match action:
                case Render():
                    assert self.rendering is None, "two pictures are drawn at once"
                    self.rendering = action
                    self.drawn.append((action.rung, action.input))
                case CancelRender():
                    self.rendering = None
                    self.cancelled += 1
                case Encode():
                    assert self.encoding is None, "two pictures are encoded at once"
                    self.encoding = action
                case SendFrame(header):
                    self.sent.append(header)
                    if self.acknowledging:
                        self.acknowledge()
                case Ping(number):
                    self.link.pong(number, self.now)
                case SendMessage(message):
                    self.messages.append(message)
                case WakeAt(at):
                    self.wake = at
                case Prefetch():
                    pass

    def change(self, number: int, **fields: object) -> list[Prefetch]:
        """What is prefetched for a change of the view."""
        return [action for action in self.input(Change(number, **fields)) if isinstance(action, Prefetch)]

    def orbit(self, number: int) -> None:
        self.input(Orbit(number, 0.1, 0.0))

    def input(self, message: Input) -> list[Action]:
        """The client's input has led to another view."""
        self.view = navigate.apply(message, self.view, self.home, self.info)
        self.version += 1
        actions = self.stream.on_input(message.input, self.view, self.version, self.now)
        self.take(actions)
        return actions

    def render(self) -> Render:
        """The picture being drawn is done."""
        render, self.rendering = self.rendering, None
        assert render is not None
        width, height = render.quality.drawn_size(render.view.size)
        pixels = np.zeros((height, width, 4), np.uint8)
        frame = Frame(pixels, render.view, render.quality, "fake", Timings(load=0.5, render=self.seconds))
        self.take(self.stream.on_rendered(render, frame, self.now))
        return render

    def encode(self) -> None:
        """The picture being encoded is done."""
        encode, self.encoding = self.encoding, None
        assert encode is not None
        if encode.codec is Codec.H264:
            # Quicker than JPEG: it is taken once JPEG was measured.
            encoded = Encoded(bytes(self.nbytes), 0.0, encode.key, VIDEO)
        else:
            encoded = Encoded(bytes(self.nbytes), 0.125)
        self.take(self.stream.on_encoded(encode, encoded, self.now))

    def acknowledge(self) -> None:
        self.take(self.stream.on_ack(self.sent[-1].frame, 0.0, 0, self.now))

    def finish_one(self) -> None:
        """The picture being drawn is done, encoded and sent."""
        self.render()
        self.encode()

    def finish(self) -> None:
        """All work that is under way or follows from it, without time passing."""
        while self.rendering or self.encoding:
            if self.rendering:
                self.render()
            if self.encoding:
                self.encode()

    def pass_time(self, seconds: float) -> None:
        """Time goes by, and the timer rings if it is due."""
        self.now += seconds
        if self.wake is not None and self.now >= self.wake:
            self.wake = None
            self.take(self.stream.on_timer(self.now))


def opened() -> Stage:
    """A session whose first view is on the screen at full quality."""
    stage = Stage()
    stage.finish()
    stage.drawn.clear()
    stage.sent.clear()
    stage.messages.clear()
    return stage


def test_the_first_view_is_a_draft_and_full_quality_right_after_it():
    stage = Stage()
    stage.finish()
    assert [(header.rung, header.frame, header.input) for header in stage.sent] == [
        (Rung.DRAFT, 1, 1),
        (Rung.FINAL, 2, 1),
    ]
    assert stage.messages == []


def test_a_frame_says_how_it_came_about():
    stage = Stage()
    stage.finish()
    draft = stage.sent[0]
    assert (draft.width, draft.height, draft.view_width, draft.view_height) == (32, 24, 64, 48)
    assert (draft.level, draft.render_us, draft.encode_us) == (0, 2_000_000, 125_000)


def test_a_moving_view_is_drawn_in_drafts_and_a_still_one_at_full_quality():
    stage = opened()
    stage.orbit(2)
    stage.finish()
    stage.pass_time(STILL_AFTER - 0.01)
    assert stage.drawn == [(Rung.DRAFT, 2)]
    stage.pass_time(0.02)
    stage.finish()
    assert stage.drawn == [(Rung.DRAFT, 2), (Rung.FINAL, 2)]


def test_a_still_picture_is_drawn_again_with_more_rays_as_long_as_that_is_quick():
    stage = opened()
    stage.seconds = 0.01
    stage.orbit(2)
    stage.finish()
    stage.pass_time(1.0)
    samples = []
    while stage.rendering:
        samples.append((stage.rendering.rung, stage.rendering.quality.samples))
        stage.finish_one()
    assert samples == [(Rung.FINAL, 1), (Rung.REFINED, 4), (Rung.REFINED, 16), (Rung.REFINED, 64)]
    assert [header.rung for header in stage.sent] == [Rung.DRAFT, Rung.FINAL, *[Rung.REFINED] * 3]


def test_a_codec_that_fails_is_told_and_the_picture_comes_by_another():
    stage = video()
    stage.orbit(3)
    stage.render()
    failed, stage.encoding = stage.encoding, None
    assert failed.codec is H264
    stage.take(stage.stream.on_not_encoded(failed, BackendError("libx264: no more sessions"), stage.now))
    stage.finish()
    assert stage.messages[-1] == Error("backend_error", "libx264: no more sessions", 3)
    assert (stage.sent[-1].codec, stage.sent[-1].input) == (JPEG, 3)


def test_a_still_picture_comes_in_low_quality_first_where_the_link_is_slow():
    stage = opened()
    stage.nbytes = 2000
    stage.acknowledging = False
    stage.orbit(2)
    stage.finish()
    # 2000 bytes took a second: a still picture of 64 x 48 would take many.
    stage.now += 1.0
    stage.acknowledging = True
    stage.acknowledge()
    stage.pass_time(1.0)
    stage.finish()
    stills = [(header.rung, header.quality, header.part, header.parts) for header in stage.sent[1:]]
    assert stills == [(Rung.FINAL, 50, 0, 1), (Rung.FINAL, 92, 0, 1)]
    stage.pass_time(1.0)
    assert stage.encoding is None


def test_new_input_takes_back_a_refinement():
    stage = opened()
    stage.seconds = 0.01
    stage.orbit(2)
    stage.finish()
    stage.pass_time(1.0)
    stage.finish_one()
    assert stage.rendering.rung is Rung.REFINED
    stage.orbit(3)
    assert stage.cancelled == 1
    assert stage.rendering.rung is Rung.DRAFT


def test_the_next_time_is_prefetched_where_times_pass_one_by_one():
    stage = Stage(times=5)
    stage.finish()
    (prefetch,) = stage.change(2, time=1)
    assert (prefetch.view.time, prefetch.quality.level) == (2, 0)
    assert [one.view.time for one in stage.change(3, time=2)] == [3]
    assert [one.view.time for one in stage.change(4, time=1)] == [0]
    assert stage.change(5, time=0) == []
    assert stage.change(6, time=3) == []
    assert stage.change(7, background=(1.0, 0.0, 0.0, 1.0)) == []


def test_nothing_is_prefetched_where_memory_has_no_room_for_it():
    # 14 x 10 x 6 voxels are 7 planes of 32 x 32, 33 kB in one channel.
    stage = Stage(times=5, budget=70_000)
    stage.finish()
    assert stage.change(2, time=1) == []


def test_a_pick_asks_for_the_depth_of_one_pixel_of_the_latest_view():
    stage = opened()
    stage.orbit(2)
    (asked,) = stage.stream.on_pick(Pick(5, 7))
    assert isinstance(asked, PickPixel)
    assert asked.pixel == (5, 7)
    assert asked.view == stage.rendering.view
    assert (asked.quality.depth, asked.quality.scale, asked.quality.samples) == (True, 1.0, 1)
    with pytest.raises(BadRequest, match="pixel 64, 7: the picture has 64 x 48"):
        stage.stream.on_pick(Pick(64, 7))


def test_every_input_puts_full_quality_off():
    stage = opened()
    for number in range(2, 12):
        stage.orbit(number)
        stage.finish()
        stage.pass_time(STILL_AFTER / 2)
    assert {rung for rung, _ in stage.drawn} == {Rung.DRAFT}


def test_inputs_while_a_picture_is_drawn_become_one_picture_of_the_latest():
    stage = opened()
    for number in (2, 3, 4, 5):
        stage.orbit(number)
    stage.finish()
    assert stage.drawn == [(Rung.DRAFT, 2), (Rung.DRAFT, 5)]


def test_a_late_draft_comes_before_full_quality():
    stage = opened()
    stage.orbit(2)
    stage.orbit(3)
    stage.pass_time(1.0)
    stage.finish()
    assert stage.drawn == [(Rung.DRAFT, 2), (Rung.DRAFT, 3), (Rung.FINAL, 3)]


def test_new_input_takes_back_full_quality_that_is_being_drawn():
    stage = opened()
    stage.orbit(2)
    stage.finish()
    stage.pass_time(1.0)
    taken_back = stage.rendering
    stage.orbit(3)
    assert stage.cancelled == 1
    assert stage.drawn[-1] == (Rung.DRAFT, 3)
    late = Frame(np.zeros((48, 64, 4), np.uint8), taken_back.view, taken_back.quality, "fake", Timings(0.0, 0.0))
    assert stage.stream.on_rendered(taken_back, late, stage.now) == []


def test_full_quality_that_is_being_encoded_when_the_view_moves_on_is_not_sent():
    stage = opened()
    stage.orbit(2)
    stage.finish()
    stage.pass_time(1.0)
    stage.render()
    stage.orbit(3)
    stage.finish()
    assert [(header.rung, header.input) for header in stage.sent] == [(Rung.DRAFT, 2), (Rung.DRAFT, 3)]


def test_full_quality_that_waits_to_be_encoded_when_the_view_moves_on_is_not_encoded():
    stage = opened()
    stage.orbit(2)
    stage.render()
    stage.pass_time(1.0)
    stage.render()
    assert stage.encoding.render.rung is Rung.DRAFT
    stage.orbit(3)
    stage.encode()
    assert stage.encoding is None
    stage.finish()
    assert [(header.rung, header.input) for header in stage.sent] == [(Rung.DRAFT, 2), (Rung.DRAFT, 3)]


def test_a_client_that_does_not_acknowledge_gets_two_frames_and_then_the_latest():
    stage = opened()
    stage.acknowledging = False
    for number in range(2, 20):
        stage.orbit(number)
        stage.finish()
    assert [header.input for header in stage.sent] == [2, 3]
    assert stage.rendering is None
    stage.acknowledge()
    stage.finish()
    assert [header.input for header in stage.sent] == [2, 3, 19]


def test_frame_numbers_grow_by_one_whatever_was_dropped():
    stage = opened()
    for number in range(2, 6):
        stage.orbit(number)
        stage.pass_time(1.0)
        stage.finish()
    frames = [header.frame for header in stage.sent]
    assert frames == list(range(frames[0], frames[0] + len(frames)))


def test_a_view_that_has_come_to_rest_is_told_once():
    stage = opened()
    stage.orbit(2)
    stage.orbit(3)
    stage.finish()
    assert stage.messages == []
    stage.pass_time(1.0)
    stage.finish()
    (told,) = stage.messages
    assert isinstance(told, CurrentView)
    assert told.input == 3
    assert told.view.camera != default_view().camera


def test_a_timer_that_rings_early_is_set_again():
    stage = opened()
    stage.orbit(2)
    stage.finish()
    assert stage.stream.on_timer(stage.wake - 1e-9) == [WakeAt(stage.wake)]


def test_an_input_that_is_refused_is_told_with_the_view_as_it_is():
    stage = opened()
    stage.take(stage.stream.on_refused(2, BadRequest("no time 7")))
    assert stage.messages == [Error("bad_request", "no time 7", 2), CurrentView(2, default_view(), 1)]
    stage.pass_time(1.0)
    assert stage.drawn == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (Change(2, time=7), "no time 7, it has 1 time"),
        (Change(2, labels=(Labels("cells", 1.0),)), "no labels 'cells'; there are: none"),
        (Change(2, size=(5000, 10)), "size 5000 x 10: a stream shows at most 4096"),
    ],
    ids=["a time that is not there", "labels that are not there", "a picture too large"],
)
def test_a_view_that_cannot_be_shown_changes_nothing(change: Change, words: str):
    stage = opened()
    with pytest.raises(RenderError, match=words):
        stage.input(change)
    stage.pass_time(1.0)
    assert stage.drawn == []


def test_input_numbers_must_grow():
    stage = opened()
    stage.orbit(5)
    with pytest.raises(BadRequest, match="input 5: must be greater than the one before, 5"):
        stage.stream.check_input(5)


def test_a_picture_that_fails_is_told_once_and_the_next_view_is_drawn():
    stage = opened()
    stage.orbit(2)
    failed, stage.rendering = stage.rendering, None
    stage.take(stage.stream.on_failed(failed, DataError("chunk 3/1/0 is broken"), stage.now))
    stage.pass_time(1.0)
    assert [message for message in stage.messages if isinstance(message, Error)] == [
        Error("data_error", "chunk 3/1/0 is broken", 2)
    ]
    assert stage.drawn == [(Rung.DRAFT, 2)]
    stage.change(3, mode=MIP())
    stage.finish()
    assert stage.sent[-1].input == 3


def test_a_volume_that_does_not_fit_is_refused_when_it_is_opened():
    with pytest.raises(BadRequest, match="the budget is"):
        Stage(budget=100)


JPEG, PNG, H264 = Codec.JPEG, Codec.PNG, Codec.H264


def video(*, lossless: bool = False) -> Stage:
    """A session of a client that decodes video, after a first picture of a drag, by which JPEG was found slow."""
    stage = Stage(taste=Taste((JPEG, H264), lossless))
    stage.finish()
    stage.orbit(2)
    stage.finish()
    return stage


def coded(stage: Stage) -> list[tuple[Codec, int, int]]:
    """Of each frame its codec, input, and whether decoding can begin there."""
    return [(Codec(header.codec), header.input, header.key) for header in stage.sent]


def test_video_comes_after_a_first_picture_that_everybody_decodes_and_begins_with_a_key():
    stage = video()
    for number in (3, 4):
        stage.orbit(number)
        stage.finish()
    assert coded(stage) == [(JPEG, 1, 0), (JPEG, 1, 0), (JPEG, 2, 0), (H264, 3, 1), (H264, 4, 0)]
    assert stage.messages == [Video(VIDEO, stage.sent[-1].width, stage.sent[-1].height)]


def test_a_client_that_has_lost_the_thread_gets_a_key():
    stage = video()
    for number in (3, 4, 5):
        stage.orbit(number)
        if number == 4:
            stage.take(stage.stream.on_preferred(Taste((JPEG, H264)), True, stage.now))
        stage.finish()
    # The second was being drawn when that was said, and is the next picture.
    assert [key for codec, _, key in coded(stage) if codec is H264] == [1, 1, 0]


@pytest.mark.parametrize(("lossless", "still"), [(False, JPEG), (True, PNG)], ids=["as JPEG", "without loss"])
def test_in_a_pause_the_last_picture_of_video_comes_once_more_and_then_the_still_one(lossless: bool, still: Codec):
    stage = video(lossless=lossless)
    for number in (3, 4):
        stage.orbit(number)
        stage.finish()
    stage.sent.clear()
    stage.pass_time(STILL_AFTER / 2)
    stage.finish()
    assert stage.sent == []
    stage.pass_time(STILL_AFTER)
    stage.finish()
    assert coded(stage) == [(H264, 4, 0), (still, 4, 0)]
    assert [header.rung for header in stage.sent] == [Rung.DRAFT, Rung.FINAL]
    # Video goes on where it was.
    stage.orbit(5)
    stage.finish()
    assert coded(stage)[2:] == [(H264, 5, 0)]
    assert len([message for message in stage.messages if isinstance(message, Video)]) == 1


def test_the_picture_before_the_last_is_not_repeated():
    stage = video()
    stage.orbit(3)
    stage.finish()
    stage.orbit(4)
    stage.pass_time(1.0)
    stage.finish()
    assert [number for codec, number, _ in coded(stage) if codec is H264] == [3, 4, 4]


def test_another_size_is_announced():
    stage = video()
    stage.orbit(3)
    stage.finish()
    stage.change(4, size=(128, 96))
    stage.finish()
    announced = [message for message in stage.messages if isinstance(message, Video)]
    sizes = [(header.width, header.height) for header in stage.sent if header.codec == H264]
    assert [(one.width, one.height) for one in announced] == list(dict.fromkeys(sizes))
    assert sizes[-1][0] / sizes[-1][1] == 128 / 96


def test_a_client_that_takes_no_video_any_more_gets_jpeg_at_once():
    stage = video()
    stage.orbit(3)
    stage.finish()
    assert coded(stage)[-1][0] is H264
    stage.take(stage.stream.on_preferred(Taste((JPEG,)), False, stage.now))
    stage.orbit(4)
    stage.finish()
    assert coded(stage)[-1] == (JPEG, 4, 0)


def test_a_still_picture_comes_again_without_loss_when_that_is_asked_for():
    stage = opened()
    stage.pass_time(1.0)
    stage.take(stage.stream.on_preferred(Taste((JPEG,), lossless=True), False, stage.now))
    stage.finish()
    assert [(header.codec, header.rung, header.quality) for header in stage.sent] == [(PNG, Rung.FINAL, 100)]
