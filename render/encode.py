"""Pixels -> bytes: PNG, WebP, AVIF and TIFF by Pillow, JPEG by simplejpeg (1 ms for 512 x 512), movies by PyAV.

Pixels are (height, width, 4) uint8, row 0 on top, straight alpha. JPEG has no alpha: it is drawn over black there.
PNG uses zlib level 1, which is a third of the time of Pillow's default for a few percent of size.
"""

import io
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from fractions import Fraction
from pathlib import Path
from typing import Literal

import av
import numpy as np
import simplejpeg
from av.container import OutputContainer
from av.video.reformatter import ColorRange, Colorspace
from av.video.stream import VideoStream
from numpy.typing import NDArray
from PIL import Image

from render.errors import BackendError, BadRequest, NotFound

Pixels = NDArray[np.uint8]
ImageFormat = Literal["png", "jpg", "webp", "avif", "tif"]

MEDIA_TYPES: dict[str, str] = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "webp": "image/webp",
    "avif": "image/avif",
    "tif": "image/tiff",
}
"""File ending -> media type, of the still pictures that can be written."""

MOST_WEBP = 16383

BT709 = 1
"""The number of BT.709 in H.264, of its matrix, its primaries and its curve alike (ITU-T H.273)."""

WHOLE_CHROMA = 85
"""From this quality on colours are as fine as brightness."""


def encode_png(pixels: Pixels, quality: int = 90) -> bytes:
    """PNG, lossless; `quality` changes nothing."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def encode_webp(pixels: Pixels, quality: int = 90) -> bytes:
    """WebP; `quality` 1 to 99 is lossy, 100 is lossless. BadRequest where a side is longer than the format allows."""
    height, width = pixels.shape[:2]
    if max(width, height) > MOST_WEBP:
        raise BadRequest(f"{width} x {height} pixels: webp has at most {MOST_WEBP} on a side, use png or jpg")
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "WEBP", quality=quality, method=0, lossless=quality == 100)
    return buffer.getvalue()


def encode_avif(pixels: Pixels, quality: int = 90) -> bytes:
    """AVIF, lossy; chroma as in JPEG.

    At its fastest speed: 6 ms for 256 x 256 of a CT, where the next best takes 17 for 3 % less bytes. In the thread
    that asks: tiles come many at once.
    """
    subsampling = "4:2:0" if quality < WHOLE_CHROMA else "4:4:4"
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "AVIF", quality=quality, subsampling=subsampling, speed=10, max_threads=1)
    return buffer.getvalue()


def encode_tiff(pixels: Pixels, quality: int = 90) -> bytes:
    """TIFF, deflated, lossless; `quality` changes nothing."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "TIFF", compression="tiff_adobe_deflate")
    return buffer.getvalue()


def encode_jpeg(pixels: Pixels, quality: int = 90) -> bytes:
    """JPEG; chroma is halved below `WHOLE_CHROMA`, as while a view moves, and kept whole from there on."""
    subsampling = "420" if quality < WHOLE_CHROMA else "444"
    encoded: bytes = simplejpeg.encode_jpeg(
        flatten(pixels), quality=quality, colorspace="RGBX", colorsubsampling=subsampling
    )
    return encoded


ENCODERS: dict[str, Callable[[Pixels, int], bytes]] = {
    "png": encode_png,
    "jpg": encode_jpeg,
    "webp": encode_webp,
    "avif": encode_avif,
    "tif": encode_tiff,
}
"""File ending -> encoder of (pixels, quality 1..100)."""


SPELLINGS = {"jpeg": "jpg", "tiff": "tif"}
"""Endings that mean another."""


def picture_format(ending: str) -> str:
    """The format that a file's ending means. BadRequest names the endings there are."""
    ending = SPELLINGS.get(ending, ending)
    if ending not in ENCODERS:
        raise BadRequest(f"{ending!r} is no picture format: use one of {', '.join(ENCODERS)}")
    return ending


def encode(pixels: Pixels, ending: str, quality: int = 90) -> bytes:
    """One still picture as the bytes of a file with this ending. BadRequest where there is none."""
    return ENCODERS[picture_format(ending)](pixels, quality)


def decode(encoded: bytes) -> Pixels:
    """A PNG, JPEG, WebP, AVIF or TIFF back to (height, width, 4) uint8."""
    with Image.open(io.BytesIO(encoded)) as image:
        return np.asarray(image.convert("RGBA"))


def flatten(pixels: Pixels) -> Pixels:
    """`pixels` over black, fourth component meaningless; the same array where it is opaque already."""
    pixels = np.ascontiguousarray(pixels)
    # By whole pixels, alpha in the highest byte: 0.16 ms for 1024 x 1024, and 0.5 by every fourth byte.
    if np.bitwise_and.reduce(pixels.view("<u4"), axis=None) >= 0xFF000000:
        return pixels
    alpha = pixels[..., 3:]
    return ((pixels.astype(np.uint16) * alpha + 127) // 255).astype(np.uint8)


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A path to write to that becomes `path` when the block ends well and vanishes when it does not. NotFound."""
    if not path.parent.is_dir():
        raise NotFound(f"{path}: there is no folder {path.parent}")
    unfinished = path.with_name(f".{path.stem}.{os.getpid()}.tmp{path.suffix}")
    try:
        yield unfinished
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def write_movie(path: Path, frames: Iterable[Pixels], fps: int = 30) -> None:
    """H.264 in MP4 (.mp4), or an animation that loops (.gif, .webp), by the ending of `path`.

    Frames are drawn one at a time; an MP4 of any length needs the memory of a few frames. H.264 in 4:2:0 wants even
    sides: an odd last row or column is left out. The file appears under its name only when it is whole.
    """
    if path.suffix.lower() not in MOVIE_WRITERS:
        raise BadRequest(f"{path.name}: a movie ends in {', '.join(MOVIE_WRITERS)}")
    with whole_file(path) as unfinished:
        MOVIE_WRITERS[path.suffix.lower()](unfinished, frames, fps)


class Mp4:
    """H.264 in MP4 at `path`, written picture by picture on up to `threads` threads, 0: as many as there are cores.

    Used by one thread at a time; BackendError where the file cannot be written. Colours are BT.709's and say so:
    players take untagged ones of a large picture for that, and of a small one for BT.601's.
    """

    def __init__(self, path: Path, fps: int, threads: int = 0) -> None:
        self._path, self._fps, self._threads = path, fps, threads
        self._container: OutputContainer | None = None
        self._stream: VideoStream | None = None

    def add(self, pixels: Pixels) -> None:
        """The next picture, without an odd last row or column. BadRequest where nothing is left."""
        height, width = pixels.shape[0] // 2 * 2, pixels.shape[1] // 2 * 2
        if not (height and width):
            raise BadRequest(f"{pixels.shape[1]} x {pixels.shape[0]} pixels: an mp4 needs 2 at least on each side")
        rgb = av.VideoFrame.from_ndarray(np.ascontiguousarray(flatten(pixels)[:height, :width, :3]), format="rgb24")
        picture = rgb.reformat(format="yuv420p", dst_colorspace=Colorspace.ITU709, dst_color_range=ColorRange.MPEG)
        with _writing():
            container, stream = self._opened(width, height)
            container.mux(stream.encode(picture))

    def finish(self) -> None:
        """Write what the encoder still holds, and the table of contents in front of it all."""
        with _writing():
            if self._container is not None and self._stream is not None:
                self._container.mux(self._stream.encode())
                self._container.close()

    def abandon(self) -> None:
        """Let go of the file, which is no movie."""
        with suppress(av.FFmpegError):
            if self._container is not None:
                self._container.close()

    def _opened(self, width: int, height: int) -> tuple[OutputContainer, VideoStream]:
        if self._container is None or self._stream is None:
            self._container = av.open(str(self._path), "w", options={"movflags": "+faststart"})
            options = {"crf": "18", "preset": "medium"}
            stream = self._container.add_stream("libx264", rate=Fraction(self._fps), options=options)
            stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
            coder = stream.codec_context
            coder.thread_count = self._threads
            coder.color_range = ColorRange.MPEG
            coder.colorspace = coder.color_primaries = coder.color_trc = BT709
            self._stream = stream
        return self._container, self._stream


@contextmanager
def _writing() -> Iterator[None]:
    """The library's errors as ours, without the path."""
    try:
        yield
    except av.FFmpegError as error:
        raise BackendError(f"the movie cannot be written: {error.strerror}") from error


def _write_mp4(path: Path, frames: Iterable[Pixels], fps: int) -> None:
    movie = Mp4(path, fps)
    try:
        for pixels in frames:
            movie.add(pixels)
    except BaseException:
        movie.abandon()
        raise
    movie.finish()


def _write_animation(path: Path, frames: Iterable[Pixels], fps: int) -> None:
    images = (Image.fromarray(np.ascontiguousarray(flatten(pixels)[..., :3])) for pixels in frames)
    first = next(images)
    first.save(path, save_all=True, append_images=images, duration=1000 / fps, loop=0)


MOVIE_WRITERS: dict[str, Callable[[Path, Iterable[Pixels], int], None]] = {
    ".mp4": _write_mp4,
    ".gif": _write_animation,
    ".webp": _write_animation,
}
"""Ending -> writer of (path, frames, frames per second)."""
