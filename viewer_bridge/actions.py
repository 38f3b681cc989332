"""What a stream wants done: it decides, and others draw, encode, wait and send."""

from dataclasses import dataclass

from render.frame import Frame
from render.scene import Quality, View
from viewer_bridge.frames import Codec, FrameHeader, Rung
from viewer_bridge.protocol import ServerMessage
from viewer_bridge.rungs import Choice


@dataclass(frozen=True, slots=True)
class Render:
    """Draw this and say `on_rendered` or `on_failed`; at most one is under way.

    `began` is when it was asked for, and `choice` the rung of a draft.
    """

    view: View
    quality: Quality
    rung: Rung
    input: int
    version: int
    choice: Choice
    began: float


@dataclass(frozen=True, slots=True)
class CancelRender:
    """Nobody will look at the picture that is being drawn."""


@dataclass(frozen=True, slots=True)
class Encode:
    """Encode `frame` and say `on_encoded`; at most one is under way.

    `quality` is 1 to 100, 100 lossless; H.264 is to take about `nbytes`, and `key` says that it begins anew.
    """

    frame: Frame
    codec: Codec
    quality: int
    nbytes: int
    key: bool
    render: Render


@dataclass(frozen=True, slots=True)
class Encoded:
    """What came of an `Encode` in so many seconds; of H.264 whether decoding can begin here, and for which codec."""

    picture: bytes
    seconds: float
    key: bool = False
    video: str = ""


@dataclass(frozen=True, slots=True)
class SendFrame:
    header: FrameHeader
    picture: bytes | memoryview


@dataclass(frozen=True, slots=True)
class SendMessage:
    message: ServerMessage


@dataclass(frozen=True, slots=True)
class Ping:
    """Send a ping and say `on_pong` with its number when it has come back."""

    number: int


@dataclass(frozen=True, slots=True)
class WakeAt:
    """Say `on_timer` at this time; replaces the one before."""

    time: float


@dataclass(frozen=True, slots=True)
class Prefetch:
    """This will perhaps be drawn next: make its voxels ready if there is nothing better to do."""

    view: View
    quality: Quality


@dataclass(frozen=True, slots=True)
class PickPixel:
    """Find out what is under this pixel (column, row) of the view, and tell the client; replaces the one before."""

    view: View
    pixel: tuple[int, int]
    quality: Quality


Action = Render | CancelRender | Encode | SendFrame | SendMessage | Ping | WakeAt | Prefetch | PickPixel
