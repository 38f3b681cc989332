"""Frames to the bytes that a stream sends, on encoder threads; each stream has a video encoder of its own."""

import logging
import time

from render.errors import BackendError
from render.video import VideoEncoder, probe_codecs
from viewer_bridge.actions import Encode, Encoded
from viewer_bridge.frames import Codec

log = logging.getLogger("voxelcast")

ENDINGS = {Codec.JPEG: "jpg", Codec.PNG: "png", Codec.WEBP: "webp"}

PARAMETER_SET = 7
"""The type of the unit of H.264 that a picture begins with which can be decoded by itself."""


class StreamEncoder:
    """Encodes the pictures of one stream, one after the other, on whichever thread asks."""

    def __init__(self) -> None:
        self._video: VideoEncoder | None = None

    def encode(self, work: Encode) -> Encoded:
        began = time.perf_counter()
        if work.codec is not Codec.H264:
            picture = work.frame.encode(ENDINGS[work.codec], work.quality)
            return Encoded(picture, time.perf_counter() - began)
        height, width = work.frame.array.shape[:2]
        if self._video is None or self._video.size != (width, height):
            self._video = _open_encoder((width, height))
        picture = self._video.encode(work.frame.array, work.nbytes, key=work.key)
        key = picture.lstrip(b"\0")[1] & 31 == PARAMETER_SET
        return Encoded(picture, time.perf_counter() - began, key, self._video.codec_string)


def _open_encoder(size: tuple[int, int]) -> VideoEncoder:
    """The GPU's where there is one that takes this size and has not too many others; else that on the CPU."""
    *better, last = [probe.codec for probe in reversed(probe_codecs()) if probe.usable]
    for codec in better:
        try:
            return VideoEncoder(size, codec)
        except BackendError as error:
            log.info("%s: %s x %s is encoded by %s", error, *size, last)
    return VideoEncoder(size, last)
