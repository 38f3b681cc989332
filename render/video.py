"""One live stream of H.264: pictures in at irregular times, one access unit out for each, none above its budget.

Annex B, constrained baseline, no B-frames, key frames only where asked for. Rate control counts pictures and knows no
clock: a stream that stands still for a minute owes nothing.

x264 reads the bit rate of an open encoder again before each picture, and nothing else that PyAV lets through. So it is
opened at a rate above every budget, which stays its ceiling, and with a buffer below one picture's bits, which x264
widens to exactly one picture at whatever the rate is then: key frames, cuts and noise fit their budget like all else.
NVENC answers a new rate with a key frame, and its buffer stays what it was; it is opened anew, when the budget has
gone far enough to be worth that.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

import numpy as np
from av import CodecContext, VideoFrame, logging
from av.codec.codec import UnknownCodecError
from av.error import FFmpegError
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc, Interpolation, VideoReformatter

from render.encode import Pixels, flatten
from render.errors import BackendError, BadRequest

PACE = 25
"""Pictures a second that encoders are told of, so that they have a bit rate to keep: it means bytes a picture."""

LEAST_BYTES, MOST_BYTES = 100, 4_000_000
"""What a budget is held to: encoders have no rate below a kilobit a second, and x264 a ceiling when it opens."""

FINEST = 18
"""The quantiser below which nobody sees a difference: what changes little takes little, not its whole budget."""

BT601 = 6
"""The matrix's number in H.264. Chromium's software is exact to 2 of 255 in BT.601, and off by 12 in BT.709's blue."""

HALVING = Interpolation.AREA | Interpolation.FULL_CHR_H_INP
"""Chroma is the mean of four pixels: 1.4 ms for 1024 x 1024, where swscale's default takes 2.3 and is 1.5 dB worse."""

PARAMETER_SET = 7
"""The type of the NAL unit that says profile and level."""


@dataclass(frozen=True, slots=True)
class Codec:
    """How an encoder of FFmpeg is told to keep no picture back and to look at no later one.

    `start` is the budget it is opened with, in bytes a picture; `far` by which factor a budget may have moved before it
    is opened anew, with a key frame: 0 for one that is told while it is open. `levelled`: it is told the level by size.
    """

    options: Mapping[str, str]
    start: int
    far: float
    levelled: bool


CODECS: Mapping[str, Codec] = {
    # Deblocking is 0.5 dB for 0.2 ms; CABAC would be as much again for 1.5 ms, at 1024 x 1024 on one core.
    "libx264": Codec(
        {
            "preset": "ultrafast",
            "tune": "zerolatency",
            "forced-idr": "1",
            "maxrate": str(MOST_BYTES * 8 * PACE),
            "bufsize": "1000",  # bits
            "qmin": str(FINEST),
            "x264-params": "keyint=infinite:scenecut=0:no-deblock=0:deblock=0,0:log-level=error",
        },
        start=MOST_BYTES,
        far=0,
        levelled=True,
    ),
    # It refuses a level whose highest rate is below its own, and finds one itself.
    "h264_nvenc": Codec(
        {
            "preset": "p2",
            "tune": "ull",
            "profile": "baseline",
            "rc": "vbr",
            "zerolatency": "1",
            "delay": "0",
            "bf": "0",
            "g": str(2**31 - 1),
            "forced-idr": "1",
            "qmin": str(FINEST),
            "qmax": "51",
        },
        start=20_000,
        far=1.5,
        levelled=False,
    ),
}
"""Name -> how it is opened; the first works wherever PyAV does."""

MOST_SIDE = 16384
"""What x264 takes; H.264 would go to 16880."""

LEVELS = {3600: "3.1", 8192: "4.1", 36864: "5.1", 139264: "6.0"}
"""Macroblocks of 16 x 16 pixels -> the level of H.264 (table A-1) that has so many: 720p, 1080p, 4K, 8K."""


@dataclass(frozen=True, slots=True)
class CodecProbe:
    """Whether an encoder opens on this machine; `detail` says why not, in FFmpeg's words."""

    codec: str
    usable: bool
    detail: str


@cache
def probe_codecs() -> tuple[CodecProbe, ...]:
    """Every codec of `CODECS`, tried once in the life of the process by opening an encoder; ms, with CUDA 0.2 s."""
    return tuple(_probe(name) for name in CODECS)


class VideoEncoder:
    """A stream of pictures of one `size`, (width, height); used from one thread at a time.

    `codec_string` is what WebCodecs and RFC 6381 call it: "avc1.42C01F". Colours are sRGB by the matrix of BT.601 in
    limited range, and flagged so. H.264 crops 4:2:0 in steps of two pixels, so that it cannot say an odd side:
    such a picture has its last column or row twice, and a client draws what it decodes at (0, 0) into a canvas of the
    true size.

    BadRequest where no level of H.264 holds the size or there is no such codec, BackendError where it does not open.
    """

    def __init__(self, size: tuple[int, int], codec: str = "libx264") -> None:
        if codec not in CODECS:
            raise BadRequest(f"{codec!r} is no video codec: use one of {', '.join(CODECS)}")
        self.size = size
        self._codec = codec
        self._coded = (size[0] + size[0] % 2, size[1] + size[1] % 2)
        self._level = _level(size)
        self._reformatter = VideoReformatter()
        self._count = 0
        self._aimed = CODECS[codec].start
        self._context: VideoCodecContext | None = self._opened()
        # A picture that nobody gets: it says profile and level, and takes along the 700 bytes that x264 says of itself.
        self.codec_string = _codec_string(self._send(self._context, np.zeros((*self._coded[::-1], 4), np.uint8), True))
        self._key = True

    def encode(self, pixels: Pixels, nbytes: int, key: bool = False) -> bytes:
        """`pixels`, (height, width, 4) straight RGBA over black, as one access unit of at most about `nbytes`.

        It takes three quarters of them or more where there is that much to tell, and more than all where the coarsest
        quantiser still does. A budget that grows is reached one picture later. With `key`, and the first time, a key
        frame with its parameter sets: decoders can begin there. All others need every unit since, so that one which
        does not reach the client calls for `key`. BadRequest where the pixels are of another size.
        """
        if self._context is None:
            raise BackendError("the video encoder is closed")
        if pixels.shape != (self.size[1], self.size[0], 4):
            raise BadRequest(f"pixels of shape {pixels.shape}: the stream is of {self.size[0]} x {self.size[1]}")
        context = self._aim(self._context, min(max(nbytes, LEAST_BYTES), MOST_BYTES))
        unit = self._send(context, _even(flatten(pixels)), key or self._key)
        self._key = False
        return unit

    def close(self) -> None:
        """Free the encoder; it takes no more pictures."""
        self._context = None

    def _aim(self, context: VideoCodecContext, nbytes: int) -> VideoCodecContext:
        """The encoder that makes pictures of `nbytes`: the same, told so, or another."""
        far = CODECS[self._codec].far
        if not far:
            context.bit_rate = nbytes * 8 * PACE
        elif not self._aimed / far <= nbytes <= self._aimed * far:
            self._aimed, self._key = nbytes, True
            self._context = context = self._opened()
        return context

    def _opened(self) -> VideoCodecContext:
        """An encoder at the rate of `_aimed` bytes a picture, with its buffer of one picture unless its options say."""
        try:
            context = CodecContext.create(self._codec, "w")
        except UnknownCodecError as error:
            raise BackendError(f"{self._codec}: this FFmpeg was built without it") from error
        assert isinstance(context, VideoCodecContext)
        context.width, context.height = self._coded
        context.pix_fmt = "yuv420p"
        context.framerate, context.time_base = Fraction(PACE), Fraction(1, PACE)
        context.colorspace = BT601
        context.color_range = ColorRange.MPEG
        context.color_primaries, context.color_trc = ColorPrimaries.BT709, ColorTrc.IEC61966_2_1
        # With two threads 1024 x 1024 takes 3.6 ms and not 4.4, of two cores: other streams have more of them.
        context.thread_count = 1
        bits = self._aimed * 8
        context.bit_rate = bits * PACE
        rates = {"maxrate": str(bits * PACE), "bufsize": str(bits)}
        level = {"level": self._level} if CODECS[self._codec].levelled else {}
        context.options = {**rates, **CODECS[self._codec].options, **level}
        try:
            context.open()
        except FFmpegError as error:
            raise BackendError(f"{self._codec}: {error.strerror}") from error
        return context

    def _send(self, context: VideoCodecContext, pixels: Pixels, key: bool) -> bytes:
        frame = self._reformatter.reformat(
            VideoFrame.from_numpy_buffer(pixels, format="rgba"),
            format="yuv420p",
            dst_colorspace=Colorspace.ITU601,
            dst_color_range=ColorRange.MPEG,
            interpolation=HALVING,
            threads=1,
        )
        frame.pts, frame.time_base = self._count, context.time_base
        frame.pict_type = PictureType.I if key else PictureType.NONE
        self._count += 1
        try:
            packets = context.encode(frame)
        except FFmpegError as error:
            raise BackendError(f"{self._codec}: {error.strerror}") from error
        if len(packets) != 1:
            raise BackendError(f"{self._codec}: {len(packets)} packets for one picture, it keeps pictures back")
        return bytes(packets[0])


def _probe(codec: str) -> CodecProbe:
    level = logging.get_level()
    logging.set_level(logging.ERROR)  # without it FFmpeg says no more than "Operation not permitted"
    try:
        with logging.Capture() as logged:
            VideoEncoder((256, 256), codec).close()
    except BackendError as error:
        return CodecProbe(codec, False, "; ".join(line.strip() for _, _, line in logged) or str(error))
    finally:
        logging.set_level(level)
    return CodecProbe(codec, True, "opens")


def _level(size: tuple[int, int]) -> str:
    """The least level of H.264 that holds `size`; BadRequest where there is none."""
    width, height = size
    if not 1 <= min(size) <= max(size) <= MOST_SIDE:
        raise BadRequest(f"{width} x {height} pixels: a video has 1 to {MOST_SIDE} on each side")
    across, down = -(-width // 16), -(-height // 16)
    for most, level in LEVELS.items():
        # "PicWidthInMbs is less than or equal to Sqrt( MaxFS * 8 )", and the height as well.
        if across * down <= most and max(across, down) ** 2 <= most * 8:
            return level
    raise BadRequest(f"{width} x {height} pixels: {across * down} blocks of 16 x 16, H.264 has at most {max(LEVELS)}")


def _even(pixels: Pixels) -> Pixels:
    """`pixels` with the last row or column once more where a side is odd."""
    height, width = pixels.shape[:2]
    if height % 2 == 0 and width % 2 == 0:
        return pixels
    return np.pad(pixels, ((0, height % 2), (0, width % 2), (0, 0)), "edge")


def _codec_string(unit: bytes) -> str:
    """Profile, constraints and level out of the parameter set of an access unit, as RFC 6381 writes them."""
    starts = (match.end() for match in re.finditer(b"\0\0\1", unit))
    start = next(start for start in starts if unit[start] & 31 == PARAMETER_SET)
    return f"avc1.{unit[start + 1 : start + 4].hex().upper()}"
