"""Animation: all that decides the pixels of a movie."""

import itertools
import math
from typing import Literal

import msgspec

from render.errors import BadRequest
from render.scene import Value, View

MAX_KEYFRAMES = 64
MAX_SECONDS = 300.0
MAX_FRAMES = 3600
MAX_FPS = 60

LEAST_SIDE, MOST_SIDE = 16, 4096
"""Pixels of a side: less is no movie, and players give up beyond."""

Easing = Literal["smooth", "linear"]


class Keyframe(Value, frozen=True):
    """A view that a movie comes to, `seconds` after the one before; for so long it rests on the first.

    0 seconds is a cut. The view's own size says nothing.
    """

    view: View
    seconds: float

    def __post_init__(self) -> None:
        if not 0 <= self.seconds <= MAX_SECONDS:
            raise BadRequest(f"keyframe after {self.seconds} seconds: must be 0 to {MAX_SECONDS:g}")


class Animation(Value, frozen=True):
    """A movie through `keyframes` of one volume, `size` (width, height) in pixels, `fps` pictures a second.

    `easing` "smooth" begins and ends gently and slows down at keyframes where the camera turns another way; "linear"
    takes each way from a keyframe to the next at a steady rate.
    """

    keyframes: tuple[Keyframe, ...]
    size: tuple[int, int] = (1280, 720)
    fps: int = 30
    easing: Easing = "smooth"

    def __post_init__(self) -> None:
        if not 2 <= len(self.keyframes) <= MAX_KEYFRAMES:
            raise BadRequest(f"{len(self.keyframes)} keyframes: a movie has 2 to {MAX_KEYFRAMES}")
        volumes = sorted({keyframe.view.volume for keyframe in self.keyframes})
        if len(volumes) > 1:
            raise BadRequest(f"keyframes of the volumes {', '.join(volumes)}: a movie is of one volume")
        if not 1 <= self.fps <= MAX_FPS:
            raise BadRequest(f"fps {self.fps}: must be 1 to {MAX_FPS}")
        if not all(LEAST_SIDE <= side <= MOST_SIDE for side in self.size):
            width, height = self.size
            raise BadRequest(f"size {width} x {height}: a side of a movie is {LEAST_SIDE} to {MOST_SIDE} pixels")
        if not 0 < self.seconds <= MAX_SECONDS:
            raise BadRequest(f"{self.seconds:g} seconds: a movie lasts more than 0 and at most {MAX_SECONDS:g}")
        if self.frames > MAX_FRAMES:
            raise BadRequest(
                f"{self.seconds:g} seconds at {self.fps} a second are {self.frames} frames: at most {MAX_FRAMES}"
            )

    @property
    def volume(self) -> str:
        return self.keyframes[0].view.volume

    @property
    def times(self) -> tuple[float, ...]:
        """When each keyframe is reached, in seconds from the beginning."""
        return tuple(itertools.accumulate(keyframe.seconds for keyframe in self.keyframes))

    @property
    def seconds(self) -> float:
        """When the last keyframe is reached."""
        return self.times[-1]

    @property
    def frames(self) -> int:
        """How many pictures: the first shows the first keyframe and the last one the last."""
        return max(2, math.floor(self.seconds * self.fps + 0.5))

    @property
    def even_size(self) -> tuple[int, int]:
        """`size` without an odd last column or row: H.264 halves the resolution of colours."""
        width, height = self.size
        return (width // 2 * 2, height // 2 * 2)


def decode_animation(text: bytes | str) -> Animation:
    """An Animation from JSON. BadRequest says where it is wrong, such as "... - at `$.keyframes[1].view.time`"."""
    try:
        return msgspec.json.decode(text, type=Animation)
    except msgspec.DecodeError as error:
        raise BadRequest(f"animation: {error}") from error
