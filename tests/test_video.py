"""A live stream of H.264: what FFmpeg and Chromium decode of it, and that every picture keeps to its budget."""

import re
from base64 import b64encode
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from aiohttp import web
from av import CodecContext, Packet
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType, VideoFrame
from hypothesis import given, settings
from hypothesis import strategies as st

from render.encode import Pixels
from render.errors import BackendError, BadRequest
from render.video import CODECS, VideoEncoder, probe_codecs
from tests.streaming import running

if TYPE_CHECKING:
    from playwright.sync_api import Page

PLENTY = 60_000
IDR, PARAMETERS, DELTA = 5, {7, 8}, 1
"""Types of NAL units: the slice of a key frame, the two parameter sets, the slice of another picture."""

PATCHES = {
    "red": (255, 0, 0),
    "green": (0, 255, 0),
    "blue": (0, 0, 255),
    "grey": (128, 128, 128),
    "white": (255, 255, 255),
    "brown": (200, 100, 50),
}
"""Two rows of three, from the top left."""


@pytest.fixture(params=list(CODECS))
def codec(request: pytest.FixtureRequest) -> str:
    probe = next(probe for probe in probe_codecs() if probe.codec == request.param)
    if not probe.usable:
        pytest.skip(f"{probe.codec} does not open here: {probe.detail}")
    return probe.codec


def patches(width: int = 96, height: int = 64) -> Pixels:
    pixels = np.full((height, width, 4), 255, np.uint8)
    for (row, column), color in zip(np.ndindex(2, 3), PATCHES.values(), strict=True):
        rows = slice(row * height // 2, (row + 1) * height // 2)
        pixels[rows, column * width // 3 : (column + 1) * width // 3, :3] = color
    return pixels


def middles(pixels: Pixels) -> dict[str, tuple[int, ...]]:
    """The colour in the middle of each patch."""
    height, width = pixels.shape[:2]
    places = [((2 * row + 1) * height // 4, (2 * column + 1) * width // 6) for row, column in np.ndindex(2, 3)]
    return {name: tuple(map(int, pixels[place][:3])) for name, place in zip(PATCHES, places, strict=True)}


def off(pixels: Pixels) -> int:
    """By how much the colours of the patches differ, at most."""
    return max(abs(a - b) for name, got in middles(pixels).items() for a, b in zip(got, PATCHES[name], strict=True))


def moving(count: int, width: int = 256, height: int = 192) -> list[Pixels]:
    """A grain that moves by 5 to the right and 2 down from picture to picture; 4000 bytes do not hold it."""
    coarse = np.random.default_rng(7).integers(0, 256, (height // 4, width // 4, 4), dtype=np.uint8)
    grain = coarse.repeat(4, axis=0).repeat(4, axis=1)
    grain[..., 3] = 255
    return [np.roll(grain, (2 * i, 5 * i), (0, 1)) for i in range(count)]


def decoded(units: list[bytes]) -> list[VideoFrame]:
    """What comes out of FFmpeg for each unit at once, without another after it."""
    decoder = CodecContext.create("h264", "r")
    assert isinstance(decoder, VideoCodecContext)
    frames = []
    for unit in units:
        (frame,) = decoder.decode(Packet(unit))
        frames.append(frame)
    return frames


def rgb(frame: VideoFrame) -> Pixels:
    return frame.to_ndarray(format="rgb24")  # type: ignore[return-value]


def nal_types(unit: bytes) -> list[int]:
    return [unit[match.end()] & 31 for match in re.finditer(b"\0\0\1", unit)]


def test_colours_come_back_each_in_its_place(codec: str) -> None:
    (frame,) = decoded([VideoEncoder((96, 64), codec).encode(patches(), PLENTY)])
    assert (frame.width, frame.height) == (96, 64)
    assert off(rgb(frame)) <= 4


def test_what_is_transparent_is_drawn_over_black() -> None:
    pixels = np.full((32, 48, 4), 200, np.uint8)
    pixels[..., 3] = 255
    pixels[:, :24, 3] = 51
    (frame,) = decoded([VideoEncoder((48, 32)).encode(pixels, PLENTY)])
    assert np.abs(rgb(frame)[16, [12, 36]].astype(int) - [[40] * 3, [200] * 3]).max() <= 3


@pytest.mark.parametrize(("width", "height"), [(97, 64), (96, 63), (35, 21), (1, 1)])
def test_an_odd_side_has_its_edge_twice(width: int, height: int) -> None:
    shade = np.linspace(20, 230, width)[None, :, None] + np.linspace(-20, 20, height)[:, None, None]
    pixels = np.full((height, width, 4), 255, np.uint8)
    pixels[..., :3] = shade.round()
    (frame,) = decoded([VideoEncoder((width, height)).encode(pixels, PLENTY)])
    assert (frame.width, frame.height) == (width + width % 2, height + height % 2)
    whole = rgb(frame).astype(int)
    assert np.abs(whole[:height, :width] - pixels[..., :3]).max() <= 6
    assert np.abs(whole[-1] - whole[height - 1]).max() <= 6
    assert np.abs(whole[:, -1] - whole[:, width - 1]).max() <= 6


def test_each_picture_comes_out_at_once_and_only_the_first_is_a_key_frame(codec: str) -> None:
    encoder = VideoEncoder((256, 192), codec)
    sent = moving(8)
    units = [encoder.encode(pixels, PLENTY) for pixels in sent]
    assert set(nal_types(units[0])) == {*PARAMETERS, IDR}
    assert all(set(nal_types(unit)) == {DELTA} for unit in units[1:])
    frames = decoded(units)
    assert [frame.pict_type for frame in frames] == [PictureType.I] + 7 * [PictureType.P]
    for pixels, frame in zip(sent, frames, strict=True):
        nearest = min(range(8), key=lambda i: np.abs(rgb(frame).astype(int) - sent[i][..., :3]).mean())
        assert sent[nearest] is pixels


def test_a_decoder_that_joins_at_a_key_frame_shows_what_the_others_show(codec: str) -> None:
    encoder = VideoEncoder((256, 192), codec)
    units = [encoder.encode(pixels, 20_000, key=i == 3) for i, pixels in enumerate(moving(6))]
    assert set(nal_types(units[3])) == {*PARAMETERS, IDR}
    for early, late in zip(decoded(units)[3:], decoded(units[3:]), strict=True):
        assert np.array_equal(rgb(early), rgb(late))


@settings(max_examples=20, deadline=None)
@given(st.lists(st.sampled_from([1500, 2500, 4000]), min_size=4, max_size=10), st.sets(st.integers(0, 9)))
def test_every_picture_keeps_to_its_budget_key_frames_too(budgets: list[int], keys: set[int]) -> None:
    encoder = VideoEncoder((256, 192))
    sizes = []
    for i, (pixels, budget) in enumerate(zip(moving(len(budgets)), budgets, strict=True)):
        unit = encoder.encode(pixels, budget, key=i in keys)
        assert (IDR in nal_types(unit)) == (i == 0 or i in keys)
        sizes.append(len(unit))
    for i, (size, budget) in enumerate(zip(sizes, budgets, strict=True)):
        assert size <= 1.1 * budget
        if i > 0 and budgets[i - 1] == budget:
            assert size >= 0.5 * budget


def test_a_cut_to_something_else_keeps_to_its_budget() -> None:
    encoder = VideoEncoder((256, 192))
    black, grain = np.zeros((192, 256, 4), np.uint8), moving(1)[0]
    sizes = [len(encoder.encode(pixels, 5000)) for pixels in [black] * 10 + [grain, 255 - grain, grain]]
    assert max(sizes) <= 5500


def test_what_changes_little_takes_little() -> None:
    encoder = VideoEncoder((256, 192))
    still = np.pad(patches(192, 128), ((32, 32), (32, 32), (0, 0)))
    sizes = [len(encoder.encode(still, PLENTY)) for _ in range(12)]
    assert sizes[-1] < 100
    still[90:94, 100:104, :3] = 255
    assert len(encoder.encode(still, PLENTY)) < 400


def test_a_view_that_stands_gets_better_from_picture_to_picture() -> None:
    encoder = VideoEncoder((256, 192))
    pixels = moving(1)[0]
    frames = decoded([encoder.encode(pixels, 12_000) for _ in range(8)])
    errors = [np.abs(rgb(frame).astype(int) - pixels[..., :3]).mean() for frame in frames]
    assert errors[-1] < 0.7 * errors[0]


@pytest.mark.parametrize("nbytes", [-5, 0, 1, 10**12])
def test_any_budget_is_taken(nbytes: int) -> None:
    encoder = VideoEncoder((64, 48))
    assert len(decoded([encoder.encode(patches(64, 48), nbytes) for _ in range(3)])) == 3


@pytest.mark.parametrize(
    ("size", "string"),
    [((1280, 720), "avc1.42C01F"), ((1920, 1080), "avc1.42C029"), ((16, 2800), "avc1.42C029"), ((2, 2), "avc1.42C01F")],
)
def test_the_string_for_webcodecs_is_constrained_baseline_at_the_least_level(
    size: tuple[int, int], string: str
) -> None:
    encoder = VideoEncoder(size)
    assert encoder.codec_string == string
    unit = encoder.encode(np.zeros((size[1], size[0], 4), np.uint8), PLENTY)
    start = unit.index(b"\0\0\1\x67") + 4
    assert f"avc1.{unit[start : start + 3].hex().upper()}" == string


@pytest.mark.parametrize(
    ("size", "message"),
    [
        ((0, 48), "0 x 48 pixels: a video has 1 to 16384 on each side"),
        ((64, 16385), "64 x 16385 pixels: a video has 1 to 16384 on each side"),
        ((8192, 8192), "8192 x 8192 pixels: 262144 blocks of 16 x 16, H.264 has at most 139264"),
    ],
)
def test_a_size_that_no_level_holds_is_refused_with_the_numbers(size: tuple[int, int], message: str) -> None:
    with pytest.raises(BadRequest, match=message):
        VideoEncoder(size)


def test_pixels_of_another_size_are_refused() -> None:
    with pytest.raises(BadRequest, match=r"shape \(48, 64, 4\): the stream is of 48 x 64"):
        VideoEncoder((48, 64)).encode(np.zeros((48, 64, 4), np.uint8), PLENTY)


def test_a_codec_that_is_not_there_is_named_with_the_reason() -> None:
    with pytest.raises(BadRequest, match="'h265' is no video codec: use one of libx264, h264_nvenc"):
        VideoEncoder((64, 48), "h265")
    assert {probe.codec: probe.usable for probe in probe_codecs()}["libx264"]
    for probe in probe_codecs():
        assert probe.detail
        if not probe.usable:
            with pytest.raises(BackendError, match=f"^{probe.codec}: "):
                VideoEncoder((64, 48), probe.codec)


def test_a_codec_that_ffmpeg_was_built_without_is_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(CODECS, "h264_elsewhere", CODECS["libx264"])  # type: ignore[arg-type]
    with pytest.raises(BackendError, match="h264_elsewhere: this FFmpeg was built without it"):
        VideoEncoder((64, 48), "h264_elsewhere")


def test_a_closed_encoder_says_so_and_its_neighbour_goes_on() -> None:
    closed, neighbour = VideoEncoder((64, 48)), VideoEncoder((64, 48))
    closed.close()
    closed.close()
    with pytest.raises(BackendError, match="closed"):
        closed.encode(patches(64, 48), PLENTY)
    assert neighbour.encode(patches(64, 48), PLENTY)


DECODING = """
async ({codec, hint, units, size}) => {
    const config = {codec, optimizeForLatency: hint};
    if (!(await VideoDecoder.isConfigSupported(config)).supported) return null;
    const shown = [];
    let told = () => {};
    const failed = new Promise((_, reject) => {
        globalThis.decoder = new VideoDecoder({output: frame => (shown.push(frame), told()), error: reject});
    });
    const until = count => Promise.race([failed, new Promise(resolve => {
        told = () => shown.length >= count && resolve();
        told();
    })]);
    decoder.configure(config);
    for (const [index, unit] of units.entries()) {
        const data = Uint8Array.from(atob(unit), character => character.charCodeAt(0));
        decoder.decode(new EncodedVideoChunk({type: index ? "delta" : "key", timestamp: index, data}));
        if (hint) await until(index + 1);
    }
    await until(units.length - 1);
    const canvas = new OffscreenCanvas(...size).getContext("2d", {willReadFrequently: true});
    canvas.drawImage(shown[units.length - 2], 0, 0);
    const {colorSpace} = shown[0];
    shown.forEach(frame => frame.close());
    return {pixels: Array.from(canvas.getImageData(0, 0, ...size).data), matrix: colorSpace.matrix,
            transfer: colorSpace.transfer, full: colorSpace.fullRange};
}
"""


async def blank(_: web.Request) -> web.Response:
    return web.Response(text="<!doctype html><title>video</title>", content_type="text/html")


@pytest.fixture
def page(new_page: "Callable[..., Page]") -> "Iterator[Page]":
    """A page in a secure context, as WebCodecs wants; localhost is one."""
    app = web.Application()
    app.add_routes([web.get("/", blank)])
    with running(app) as url:
        opened = new_page()
        opened.goto(url)
        yield opened


@pytest.mark.parametrize("size", [(96, 64), (97, 63)], ids=["even", "odd"])
@pytest.mark.parametrize("hint", [True, False], ids=["each picture at once", "the last one when it is repeated"])
def test_chromium_shows_the_right_colours(page: "Page", size: tuple[int, int], hint: bool) -> None:
    """With `optimizeForLatency` every picture is out before the next goes in; without, the one before the last."""
    encoder = VideoEncoder(size)
    last = patches(*size)
    units = [encoder.encode(pixels, PLENTY) for pixels in [255 - last | [[[0, 0, 0, 255]]], last, last]]
    units = [b64encode(unit).decode() for unit in units]
    wanted = {"codec": encoder.codec_string, "hint": hint, "units": units, "size": size}
    seen: dict[str, Any] | None = page.evaluate(DECODING, wanted)
    if seen is None:
        pytest.skip(f"this Chromium decodes no {encoder.codec_string}")
    assert (seen["matrix"], seen["transfer"], seen["full"]) == ("smpte170m", "iec61966-2-1", False)
    assert off(np.array(seen["pixels"], np.uint8).reshape(size[1], size[0], 4)) <= 4
