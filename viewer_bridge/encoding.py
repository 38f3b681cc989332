"""Frames to the bytes that a stream sends, on encoder threads; each stream has an encoder of its own for video."""

import time

from viewer_bridge.actions import Encode, Encoded
from viewer_bridge.frames import Codec

ENDINGS = {Codec.JPEG: "jpg", Codec.PNG: "png", Codec.WEBP: "webp"}


class StreamEncoder:
    """Encodes the pictures of one stream, one after the other, on whichever thread asks."""

    def encode(self, work: Encode) -> Encoded:
        began = time.perf_counter()
        picture = work.frame.encode(ENDINGS[work.codec], work.quality)
        return Encoded(picture, time.perf_counter() - began)
