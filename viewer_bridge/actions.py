"""What a session wants done: it decides, and others draw, encode, wait and send."""

from dataclasses import dataclass

from render.frame import Frame
from render.scene import Quality, View
from viewer_bridge.protocol import FrameHeader, Rung, ServerMessage


@dataclass(frozen=True, slots=True)
class Render:
    """Draw this and say `on_rendered` or `on_failed`; at most one is under way."""

    view: View
    quality: Quality
    rung: Rung
    input: int


@dataclass(frozen=True, slots=True)
class CancelRender:
    """Nobody will look at the picture that is being drawn."""


@dataclass(frozen=True, slots=True)
class Encode:
    """Make JPEG of `frame` and say `on_encoded`; at most one is under way."""

    frame: Frame
    jpeg_quality: int
    render: Render


@dataclass(frozen=True, slots=True)
class SendFrame:
    header: FrameHeader
    picture: bytes


@dataclass(frozen=True, slots=True)
class SendMessage:
    message: ServerMessage


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


Action = Render | CancelRender | Encode | SendFrame | SendMessage | WakeAt | Prefetch | PickPixel
