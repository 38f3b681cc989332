"""How the pictures of one stream are encoded: moving ones at their rung, still ones as well as the client wants; pure.

A still picture that a slow link would take long for comes twice: soon, and then in full quality. A key frame of H.264
gets more bytes than those between, which tell only what has changed.
"""

import dataclasses
from dataclasses import dataclass

from render.frame import Frame
from viewer_bridge.actions import Encode, Render
from viewer_bridge.frames import Codec, Rung
from viewer_bridge.link import Link
from viewer_bridge.pace import Times

STILL_JPEG = 92
LOSSLESS = 100

STILL_BYTES = {Codec.JPEG: 1.8, Codec.PNG: 10.0}
"""What still pictures take, relative to JPEG at 80: measured on renderings of CT, MRI and electron microscopy."""

SOON = 0.25
"""Seconds of the link above which a still picture comes in quality `QUICK` first: in a third of the time."""

QUICK = 50

KEY_FRAME = 3.0
"""How many times the bytes of other frames a key frame takes ..."""

KEY_SECONDS = 0.1
"""... unless the link would need longer than this."""


@dataclass(frozen=True, slots=True)
class Taste:
    """What a client takes: codecs of moving pictures, and whether still ones are to come without loss."""

    codecs: tuple[Codec, ...] = (Codec.JPEG,)
    lossless: bool = False


class Encodings:
    """Decides for the pictures of one stream, by what its `link` and `times` were measured to be."""

    def __init__(self, link: Link, times: Times, taste: Taste) -> None:
        self._link, self._times = link, times
        self.taste = taste
        self._video_size = (0, 0)
        self._thread_lost = False

    def lose_thread(self) -> None:
        """The client needs a key frame."""
        self._thread_lost = True

    def encode(self, render: Render, frame: Frame) -> Encode:
        """How a picture that was drawn for `render` is encoded."""
        height, width = frame.array.shape[:2]
        if render.rung is not Rung.DRAFT:
            codec, quality = self._still
            nbytes = self._times.jpeg_bytes(width * height) * STILL_BYTES[codec]
            slow = render.rung is Rung.FINAL and self._link.seconds(nbytes) > SOON
            return Encode(frame, *((Codec.JPEG, QUICK) if slow else (codec, quality)), 0, False, render)
        _, codec = coding = render.choice.coding
        if codec is not Codec.H264:
            return Encode(frame, codec, coding.quality, 0, False, render)
        key = self._thread_lost or (width, height) != self._video_size
        return Encode(frame, codec, coding.quality, self._video_bytes(render, key), key, render)

    def encoded(self, encode: Encode) -> None:
        """The picture was really encoded, and is sent: one that was drawn may give way to a newer one."""
        if encode.codec is Codec.H264:
            height, width = encode.frame.array.shape[:2]
            self._video_size = (width, height)
            self._thread_lost = self._thread_lost and not encode.key

    def better(self, encode: Encode) -> Encode | None:
        """The same still picture in full quality, where it is not in it."""
        codec, quality = self._still
        if (encode.codec, encode.quality) == (codec, quality):
            return None
        return dataclasses.replace(encode, codec=codec, quality=quality)

    @property
    def _still(self) -> tuple[Codec, int]:
        return (Codec.PNG, LOSSLESS) if self.taste.lossless else (Codec.JPEG, STILL_JPEG)

    def _video_bytes(self, render: Render, key: bool) -> int:
        width, height = render.view.size
        nbytes = self._times.video_bytes(render.choice, width * height, self._link)
        if key:
            nbytes = max(nbytes, min(nbytes * KEY_FRAME, self._link.bandwidth * KEY_SECONDS))
        return round(nbytes)
