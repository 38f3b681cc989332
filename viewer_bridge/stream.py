"""What one client is shown and when: events in, actions out; no sockets, no clocks, no pixels.

The latest view wins. While it moves, drafts are drawn one after the other as fast as the client takes them, at the
rung that `viewer_bridge.pace` finds; once it has been still for `STILL_AFTER` the picture is drawn at full quality, and
then again with more and more rays a pixel. New input takes that back, down to the parts of a picture that have not
been sent. At most one picture is being drawn and one encoded, and those under way to the client are bounded by its
`Link`; a picture that would only be replaced is neither drawn, encoded nor sent. `now` is any clock in seconds that
only grows.
"""

import dataclasses
import math

from msgspec.structs import replace

from render import ladder
from render.errors import BadRequest, Busy, RenderError
from render.frame import Frame
from render.intent import check_view
from render.pick import check_pixel
from render.scene import Quality, View
from render.volume.info import VolumeInfo
from viewer_bridge.actions import (
    Action,
    CancelRender,
    Encode,
    Encoded,
    PickPixel,
    Prefetch,
    Render,
    SendMessage,
    WakeAt,
)
from viewer_bridge.encodings import Encodings, Taste
from viewer_bridge.frames import Codec, Rung
from viewer_bridge.link import Link
from viewer_bridge.outgoing import SMALLEST_PART, Outgoing
from viewer_bridge.pace import FRAME, Pace, Times
from viewer_bridge.protocol import MAX_STREAM_SIDE, CurrentView, Pick, Size, error_message
from viewer_bridge.rungs import refined

STILL_AFTER = 0.12
"""Seconds without input after which a view is still: longer than the pauses within a drag, short for an eye."""

AGAIN = 0.5
"""Seconds after which a picture is asked for again that there were too many others for."""


class Stream:
    """One open volume on one connection. Every event returns the actions to take, in order.

    `view` is the first, in the size that the client wants; RenderError where it cannot be drawn within `budget`.
    """

    def __init__(self, info: VolumeInfo, view: View, budget: ladder.Budget, link: Link, taste: Taste) -> None:
        self._info, self._budget, self._link = info, budget, link
        self._pace, self._times = Pace(), Times()
        self._encodings, self._outgoing = Encodings(link, self._times, taste), Outgoing(link)
        self._input = 0
        self._told = (0, 0)
        self._still_at = 0.0
        self._unsent = 0
        self._drawn_samples = 0
        self._rendering: Render | None = None
        self._rendered: Encode | None = None
        self._encoding: Encode | None = None
        self._repeat: Encode | None = None
        self._polish: Encode | None = None
        self._done: Rung | None = None
        self._better: Quality | None = None
        self._show(view, 0)

    @property
    def size(self) -> Size:
        """Of the picture that the client wants."""
        return self._view.size

    @property
    def input(self) -> int:
        """The number of the client's newest input."""
        return self._input

    def on_open(self, number: int, version: int, now: float) -> list[Action]:
        """The first view: its draft at once and full quality right after it."""
        self._input, self._version, self._told = number, version, (number, version)
        self._still_at = now
        return self._next(now)

    def check_input(self, number: int) -> None:
        """BadRequest where the number of an input has not grown."""
        if number <= self._input:
            raise BadRequest(f"input {number}: must be greater than the one before, {self._input}")

    def on_input(self, number: int, view: View, version: int, now: float) -> list[Action]:
        """The client's own input `number` has led to `view`, which has its size."""
        self._input = number
        return self.on_view(view, version, now)

    def on_view(self, view: View, version: int, now: float) -> list[Action]:
        """The session's view has changed; its size here is the client's. RenderError where it cannot be drawn."""
        before = self._view
        self._show(view, version)
        self._still_at = now + STILL_AFTER
        return [*self._drop_still(), WakeAt(self._still_at), *self._next(now), *self._prefetch(before)]

    def on_refused(self, number: int, error: RenderError) -> list[Action]:
        """Input `number` makes no sense: the client is told why, and the view as it still is."""
        self._input, self._told = number, (number, self._version)
        told = CurrentView(number, self._view, self._version)
        return [SendMessage(error_message(error, number)), SendMessage(told)]

    def on_pick(self, message: Pick) -> list[Action]:
        """What is under a pixel of the latest view. BadRequest where it has no such pixel."""
        pixel = (message.x, message.y)
        check_pixel(self._view, *pixel)
        return [PickPixel(self._view, pixel, replace(self._final, samples=1, depth=True))]

    def on_preferred(self, taste: Taste, keyframe: bool, now: float) -> list[Action]:
        """The client takes other pictures from now on, or has lost the thread of H.264."""
        if keyframe:
            self._encodings.lose_thread()
        if taste.lossless and not self._encodings.taste.lossless and self._done is not None:
            self._done = Rung.DRAFT
        self._encodings.taste = taste
        self._pace = self._pace.within(taste.codecs)
        return self._next(now)

    def on_ack(self, frame: int, decode: float, unsent: int, now: float) -> list[Action]:
        """Frames up to `frame` are there, and decoding took seconds; the socket still holds `unsent` bytes."""
        self._link.acknowledge(frame, decode, now)
        self._unsent = unsent
        return self._next(now)

    def on_timer(self, now: float) -> list[Action]:
        """The time of the last `WakeAt` has come, or nearly: timers may fire a little early."""
        return [WakeAt(self._still_at)] if now < self._still_at else self._next(now)

    def on_rendered(self, render: Render, frame: Frame, now: float) -> list[Action]:
        """A picture was drawn; one that was taken back meanwhile is ignored."""
        if render is not self._rendering:
            return []
        self._finish(render)
        seconds = frame.timings.render
        if render.rung is Rung.DRAFT:
            waited = max(0.0, now - render.began - seconds - frame.timings.load)
            self._times.drawn(render.choice.work, _pixels(render.view), seconds, waited)
        else:
            before = 0 if render.rung is Rung.FINAL else self._drawn_samples
            self._better = refined(render.quality, seconds, before)
            self._drawn_samples = render.quality.samples
        self._rendered = self._encodings.encode(render, frame)
        return self._next(now)

    def on_failed(self, render: Render, error: RenderError, now: float) -> list[Action]:
        """A picture could not be drawn: the client is told, once, and may try another view."""
        if render is not self._rendering:
            return []
        self._finish(render)
        told: list[Action] = [SendMessage(error_message(error, render.input))]
        if isinstance(error, Busy) and self._is_current(render):
            self._done, self._still_at = None, now + AGAIN
            return [*told, WakeAt(self._still_at)]
        if self._is_current(render):
            self._done, self._better = Rung.FINAL, None
        return [*told, *self._next(now)]

    def on_encoded(self, encode: Encode, encoded: Encoded, now: float) -> list[Action]:
        """A picture is ready to be sent; full quality of a view that has moved on is not."""
        self._encoding = None
        self._encodings.encoded(encode)
        render = encode.render
        if render.rung is not Rung.DRAFT:
            if not self._is_current(render):
                return self._next(now)
            self._polish = self._encodings.better(encode)
        elif encode is self._repeat:
            self._repeat = None
        else:
            self._measure(encode, encoded)
            self._repeat = dataclasses.replace(encode, key=False) if encode.codec is Codec.H264 else None
        return [*self._outgoing.add(encode, encoded, now), *self._next(now)]

    def on_not_encoded(self, encode: Encode, error: RenderError, now: float) -> list[Action]:
        """A codec has failed on this machine: the client is told, and gets its pictures by the others."""
        self._encoding = self._repeat = None
        taste = self._encodings.taste
        others = tuple(codec for codec in taste.codecs if codec is not encode.codec or codec is Codec.JPEG)
        self._encodings.taste = dataclasses.replace(taste, codecs=others)
        self._pace = self._pace.within(others)
        if self._is_current(encode.render) and others != taste.codecs:
            self._done = None
        return [SendMessage(error_message(error, encode.render.input)), *self._next(now)]

    def _show(self, view: View, version: int) -> None:
        """Make `view` the latest one, or raise and keep the one before."""
        check_streamable(view, self._info)
        self._draft, self._final = ladder.draft_and_final(self._info, view, self._budget)
        self._view, self._version = view, version
        self._done = self._better = self._polish = None

    def _prefetch(self, before: View) -> list[Action]:
        """The time after this one where times pass one by one."""
        step = self._view.time - before.time
        if abs(step) != 1 or not 0 <= self._view.time + step < self._info.times:
            return []
        coming = replace(self._view, time=self._view.time + step)
        return [Prefetch(coming, self._draft)] if ladder.has_room(self._info, coming, self._budget) else []

    def _drop_still(self) -> list[Action]:
        """Take back what was meant for a still view."""
        self._outgoing.drop()
        if self._rendered is not None and self._rendered.render.rung is not Rung.DRAFT:
            self._rendered = None
        if self._rendering is None or self._rendering.rung is Rung.DRAFT:
            return []
        self._rendering = None
        return [CancelRender()]

    def _next(self, now: float) -> list[Action]:
        actions: list[Action] = []
        if now >= self._still_at and self._told != (self._input, self._version):
            self._told = (self._input, self._version)
            actions.append(SendMessage(CurrentView(self._input, self._view, self._version)))
        actions += self._outgoing.send(self._unsent, now)
        rung = self._wanted(now)
        if rung is not None and self._rendering is None and self._has_room(rung, now):
            if rung is Rung.DRAFT:
                codecs = self._encodings.taste.codecs
                self._pace = self._pace.after(self._times, self._link, _pixels(self._view), codecs)
            choice = self._pace.choice
            self._rendering = Render(
                self._view, self._quality(rung), rung, self._input, self._version, choice, began=now
            )
            actions.append(self._rendering)
        if self._encoding is None and (encode := self._next_encode(now)) is not None:
            self._encoding = encode
            actions.append(encode)
        return actions

    def _next_encode(self, now: float) -> Encode | None:
        """The picture that was drawn last; in a pause that of H.264 once more: a decoder may hold one back."""
        encode = self._rendered
        moving = encode is not None and encode.render.rung is Rung.DRAFT
        if self._repeat is not None and not moving and now >= self._still_at and self._done is not None:
            return self._repeat  # Before the still picture: a client shows what came last.
        if not moving and self._outgoing.pending:
            return None  # Another still picture would take the place of the one before, which is nearly there.
        if encode is None and self._rendering is None and self._wanted(now) is None:
            encode, self._polish = self._polish, None
        self._rendered = None
        return encode

    def _wanted(self, now: float) -> Rung | None:
        """The rung that the latest view is to be drawn at next."""
        if self._done is None:
            return Rung.DRAFT
        if now < self._still_at:
            return None
        if self._done is Rung.DRAFT:
            return Rung.FINAL
        return None if self._better is None else Rung.REFINED

    def _has_room(self, rung: Rung, now: float) -> bool:
        """Whether a picture that is begun now would find the link free enough."""
        before = (self._encoding is not None) + (self._rendered is not None)
        if rung is not Rung.DRAFT:
            idle = self._rendered is None and not self._outgoing.pending
            return idle and self._link.has_room(SMALLEST_PART, 2, self._unsent, now)
        choice, pixels = self._pace.choice, _pixels(self._view)
        _, _, link, decode = stages = self._times.whole(pixels, self._link).stages(choice)
        frames = max(2, math.ceil((self._link.round_trip + link + decode) / max(FRAME, *stages)))
        coming = self._times.nbytes(choice, pixels) * (1 + before)
        return before < frames and self._link.has_room(coming, frames - before, self._unsent, now)

    def _quality(self, rung: Rung) -> Quality:
        if rung is Rung.REFINED and self._better is not None:
            return self._better
        if rung is Rung.DRAFT:
            return self._pace.choice.draft(self._draft, len(self._info.levels) - 1)
        return self._final

    def _measure(self, encode: Encode, encoded: Encoded) -> None:
        """What the picture took decides on the rung of the next."""
        height, width = encode.frame.array.shape[:2]
        self._times.encoded(encode.render.choice.coding, width * height, encoded.seconds, len(encoded.picture))

    def _finish(self, render: Render) -> None:
        self._rendering = None
        if self._is_current(render):
            self._done = render.rung

    def _is_current(self, render: Render) -> bool:
        return render.view is self._view


def check_streamable(view: View, info: VolumeInfo) -> None:
    """RenderError where the view is not one of this volume, or too large to stream."""
    if view.volume != info.name:
        raise BadRequest(f"view of {view.volume!r}: the open volume is {info.name!r}")
    check_view(view, info)
    if max(view.size) > MAX_STREAM_SIDE:
        raise BadRequest(f"size {view.size[0]} x {view.size[1]}: a stream shows at most {MAX_STREAM_SIDE} on a side")


def _pixels(view: View) -> int:
    return view.size[0] * view.size[1]
