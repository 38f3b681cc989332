"""What one client is shown and when: events in, actions out; no sockets, no clocks, no pixels.

The latest view wins. While it moves, drafts are drawn one after the other as fast as the client takes them, as coarse
as the times of those before demand; once it has been still for `STILL_AFTER` the picture is drawn at full quality, and
then again with more and more rays a pixel. New input takes that back. At most one picture is being drawn and one
encoded, and those under way to the client are bounded by its `AckWindow`; a picture that would only be replaced is
neither drawn, encoded nor sent. `now` is any clock in seconds that only grows.
"""

from msgspec.structs import replace

from render import ladder
from render.engine import Priority
from render.errors import BadRequest, RenderError
from render.frame import Frame
from render.intent import check_view
from render.pace import Pace, refined
from render.pick import check_pixel
from render.scene import Quality, View
from render.volume.info import VolumeInfo
from viewer_bridge import navigate
from viewer_bridge.actions import (
    Action,
    CancelRender,
    Encode,
    PickPixel,
    Prefetch,
    Render,
    SendFrame,
    SendMessage,
    WakeAt,
)
from viewer_bridge.flow import AckWindow
from viewer_bridge.protocol import MAX_STREAM_SIDE, Codec, CurrentView, FrameHeader, Input, Pick, Rung, error_message

STILL_AFTER = 0.12
"""Seconds without input after which a view is still: longer than the pauses within a drag, short for an eye."""

JPEG_QUALITY = {Rung.DRAFT: 70, Rung.FINAL: 92, Rung.REFINED: 92}
PRIORITY = {Rung.DRAFT: Priority.INTERACTIVE, Rung.FINAL: Priority.REFINE, Rung.REFINED: Priority.REFINE}


class Session:
    """One open volume on one connection. Every event returns the actions to take, in order.

    `home` is the view that the server chose and `view` the one to begin with. RenderError where it cannot be drawn
    within `budget`.
    """

    def __init__(self, info: VolumeInfo, home: View, budget: ladder.Budget, window: AckWindow) -> None:
        self._info, self._home, self._budget, self._window = info, home, budget, window
        self._view = home
        self._draft = self._final = Quality()
        self._pace = Pace()
        self._better: Quality | None = None
        self._drawn_samples = 0
        self._input = self._told = 0
        self._done: Rung | None = None
        self._still_at = 0.0
        self._rendering: Render | None = None
        self._encoding: Encode | None = None
        self._rendered: Encode | None = None

    def on_open(self, view: View, number: int, now: float) -> list[Action]:
        """The first view: its draft at once and full quality right after it."""
        self._show(view, number)
        self._told = number
        self._still_at = now
        return self._next(now)

    def on_input(self, message: Input, now: float) -> list[Action]:
        """Show the view that the input leads to; what makes no sense is answered with an error and the view as it is.

        BadRequest where the number of the input has not grown.
        """
        if message.input <= self._input:
            raise BadRequest(f"input {message.input}: must be greater than the one before, {self._input}")
        before = self._view
        try:
            self._show(navigate.apply(message, self._view, self._home, self._info), message.input)
        except RenderError as error:
            self._input = self._told = message.input
            refused = error_message(error, message.input)
            return [SendMessage(refused), SendMessage(CurrentView(message.input, self._view))]
        self._still_at = now + STILL_AFTER
        return [*self._drop_final(), WakeAt(self._still_at), *self._next(now), *self._prefetch(before)]

    def on_pick(self, message: Pick) -> list[Action]:
        """What is under a pixel of the latest view. BadRequest where it has no such pixel."""
        pixel = (message.x, message.y)
        check_pixel(self._view, *pixel)
        return [PickPixel(self._view, pixel, replace(self._final, samples=1, depth=True))]

    def on_ack(self, frame: int, now: float) -> list[Action]:
        self._window.acknowledge(frame, now)
        return self._next(now)

    def on_timer(self, now: float) -> list[Action]:
        """The time of the last `WakeAt` has come, or nearly: timers may fire a little early."""
        return [WakeAt(self._still_at)] if now < self._still_at else self._next(now)

    def on_rendered(self, render: Render, frame: Frame, now: float) -> list[Action]:
        """A picture was drawn; one that was taken back meanwhile is ignored."""
        if render is not self._rendering:
            return []
        self._finish(render)
        if render.rung is Rung.DRAFT:
            self._pace = self._pace.after(frame.timings.render)
        else:
            before = 0 if render.rung is Rung.FINAL else self._drawn_samples
            self._better = refined(render.quality, frame.timings.render, before)
            self._drawn_samples = render.quality.samples
        self._rendered = Encode(frame, JPEG_QUALITY[render.rung], render)
        return self._next(now)

    def on_failed(self, render: Render, error: RenderError, now: float) -> list[Action]:
        """A picture could not be drawn: the client is told, once, and may try another view."""
        if render is not self._rendering:
            return []
        self._finish(render)
        if self._is_current(render):
            self._done, self._better = Rung.FINAL, None
        return [SendMessage(error_message(error, render.input)), *self._next(now)]

    def on_encoded(self, encode: Encode, picture: bytes, seconds: float, now: float) -> list[Action]:
        """A picture is ready to be sent; full quality of a view that has moved on is not."""
        self._encoding = None
        render = encode.render
        if render.rung is not Rung.DRAFT and not self._is_current(render):
            return self._next(now)
        height, width = encode.frame.array.shape[:2]
        header = FrameHeader(
            codec=Codec.JPEG,
            rung=render.rung,
            level=encode.frame.quality.level,
            frame=self._window.send(now),
            input=render.input,
            width=width,
            height=height,
            view_width=render.view.size[0],
            view_height=render.view.size[1],
            render_us=_microseconds(encode.frame.timings.render),
            encode_us=_microseconds(seconds),
        )
        return [SendFrame(header, picture), *self._next(now)]

    def _show(self, view: View, number: int) -> None:
        """Make `view` the latest one, or raise and keep the one before."""
        _check(view, self._info)
        self._draft = ladder.draft_quality(self._info, view, self._budget)
        self._final = ladder.final_quality(self._info, view, self._budget, samples=1)
        self._view, self._input, self._done, self._better = view, number, None, None

    def _prefetch(self, before: View) -> list[Action]:
        """The time after this one where times pass one by one."""
        step = self._view.time - before.time
        if abs(step) != 1 or not 0 <= self._view.time + step < self._info.times:
            return []
        coming = replace(self._view, time=self._view.time + step)
        return [Prefetch(coming, self._draft)] if ladder.has_room(self._info, coming, self._budget) else []

    def _drop_final(self) -> list[Action]:
        """Take back what was meant for a still view."""
        if self._rendered is not None and self._rendered.render.rung is not Rung.DRAFT:
            self._rendered = None
        if self._rendering is None or self._rendering.rung is Rung.DRAFT:
            return []
        self._rendering = None
        return [CancelRender()]

    def _next(self, now: float) -> list[Action]:
        actions: list[Action] = []
        if now >= self._still_at and self._told != self._input:
            self._told = self._input
            actions.append(SendMessage(CurrentView(self._input, self._view)))
        if self._rendered is not None and self._encoding is None:
            self._encoding, self._rendered = self._rendered, None
            actions.append(self._encoding)
        rung = self._wanted(now)
        if rung is not None and self._rendering is None and self._under_way < self._window.size:
            self._rendering = Render(self._view, self._quality(rung), rung, self._input)
            actions.append(self._rendering)
        return actions

    def _wanted(self, now: float) -> Rung | None:
        """The rung that the latest view is to be drawn at next."""
        if self._done is None:
            return Rung.DRAFT
        if now < self._still_at:
            return None
        if self._done is Rung.DRAFT:
            return Rung.FINAL
        return None if self._better is None else Rung.REFINED

    def _quality(self, rung: Rung) -> Quality:
        if rung is Rung.REFINED and self._better is not None:
            return self._better
        return self._final if rung is Rung.FINAL else self._pace.draft(self._draft)

    @property
    def _under_way(self) -> int:
        """Pictures between the renderer and the client's screen."""
        return self._window.unacknowledged + (self._encoding is not None) + (self._rendered is not None)

    def _finish(self, render: Render) -> None:
        self._rendering = None
        if self._is_current(render):
            self._done = render.rung

    def _is_current(self, render: Render) -> bool:
        return render.view is self._view


def _check(view: View, info: VolumeInfo) -> None:
    """RenderError where the view is not one of this volume, or too large to stream."""
    if view.volume != info.name:
        raise BadRequest(f"view of {view.volume!r}: the open volume is {info.name!r}")
    check_view(view, info)
    if max(view.size) > MAX_STREAM_SIDE:
        raise BadRequest(f"size {view.size[0]} x {view.size[1]}: a stream shows at most {MAX_STREAM_SIDE} on a side")


def _microseconds(seconds: float) -> int:
    return min(round(seconds * 1e6), 2**32 - 1)
