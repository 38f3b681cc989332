"""Pixels to files and back: right way up, right colours, alpha, and files that are whole or not there."""

from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest
from av.video.reformatter import ColorRange, Colorspace
from PIL import Image

from render.encode import Pixels, decode, encode, whole_file, write_movie
from render.errors import BadRequest, NotFound


def corners(width: int = 64, height: int = 48) -> Pixels:
    """Red top left, green top right, blue bottom left, white bottom right; half transparent on the right."""
    pixels = np.zeros((height, width, 4), np.uint8)
    pixels[..., 3] = 255
    pixels[: height // 2, : width // 2, 0] = 200
    pixels[: height // 2, width // 2 :, 1] = 200
    pixels[height // 2 :, : width // 2, 2] = 200
    pixels[height // 2 :, width // 2 :, :3] = 200
    return pixels


@pytest.mark.parametrize(
    ("ending", "quality", "tolerance"),
    [
        ("png", 90, 0),
        ("tiff", 90, 0),
        ("webp", 100, 0),
        ("webp", 80, 12),
        ("jpg", 90, 6),
        ("jpeg", 70, 12),
        ("avif", 90, 6),
        ("avif", 70, 12),
    ],
)
def test_a_picture_comes_back_as_it_was(ending: str, quality: int, tolerance: int) -> None:
    pixels = corners()
    again = decode(encode(pixels, ending, quality))
    assert again.shape == pixels.shape
    # Away from the edges between colours, where lossy formats ring.
    for row, column in ((12, 16), (12, 48), (36, 16), (36, 48)):
        difference = np.abs(again[row, column].astype(int) - pixels[row, column])
        assert difference.max() <= tolerance


def test_jpeg_draws_what_is_transparent_over_black() -> None:
    pixels = np.full((16, 16, 4), 200, np.uint8)
    pixels[..., 3] = 51
    assert np.abs(decode(encode(pixels, "jpg", 95))[..., :3].astype(int) - 40).max() <= 2


def test_an_unknown_format_is_named_with_those_there_are() -> None:
    with pytest.raises(BadRequest, match=r"'bmp'.*png, jpg, webp, avif, tif"):
        encode(corners(), "bmp")


def test_a_file_is_whole_or_not_there(tmp_path: Path) -> None:
    def half(path: Path) -> None:
        with whole_file(path) as unfinished:
            unfinished.write_bytes(b"half")
            raise ZeroDivisionError

    kept = tmp_path / "kept.png"
    kept.write_bytes(b"old")
    for path in (kept, tmp_path / "new.png"):
        with pytest.raises(ZeroDivisionError):
            half(path)
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("kept.png", b"old")]


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"there is no folder .*missing"), whole_file(tmp_path / "missing" / "a.png"):
        pass


@pytest.mark.parametrize("ending", [".mp4", ".gif", ".webp"])
def test_a_movie_has_all_frames_right_way_up(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"movie{ending}"
    frames = [np.roll(corners(65, 48), 4 * i, axis=1) for i in range(5)]
    write_movie(path, frames, fps=10)
    shown = list(_frames(path))
    assert len(shown) == 5
    for sent, got in zip(frames, shown, strict=True):
        assert np.abs(got[12, 30].astype(int) - sent[12, 30, :3]).max() <= 25
        assert np.abs(got[36, 30].astype(int) - sent[36, 30, :3]).max() <= 25


def test_a_movie_says_what_its_colours_are(tmp_path: Path) -> None:
    green = np.zeros((720, 1280, 4), np.uint8)
    green[:] = (20, 200, 60, 255)
    write_movie(tmp_path / "green.mp4", [green])
    with av.open(str(tmp_path / "green.mp4")) as container:
        (frame,) = container.decode(video=0)
    assert (frame.colorspace, frame.color_range) == (Colorspace.ITU709, ColorRange.MPEG)
    # Y = 16 + 219 (0.2126 R + 0.7152 G + 0.0722 B), each of R, G, B in 0..1.
    luma = 16 + 219 * (0.2126 * 20 + 0.7152 * 200 + 0.0722 * 60) / 255
    assert np.abs(frame.to_ndarray()[:720] - luma).max() < 1.5
    assert np.abs(frame.to_ndarray(format="rgb24").astype(int) - (20, 200, 60)).max() <= 3


def test_a_movie_whose_frames_fail_leaves_nothing(tmp_path: Path) -> None:
    def frames() -> Iterator[Pixels]:
        yield corners()
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_movie(tmp_path / "movie.mp4", frames())
    assert list(tmp_path.iterdir()) == []


def _frames(path: Path) -> Iterator[np.ndarray]:  # type: ignore[type-arg]
    if path.suffix == ".mp4":
        with av.open(str(path)) as container:
            yield from (frame.to_ndarray(format="rgb24") for frame in container.decode(video=0))
    else:
        with Image.open(path) as image:
            for index in range(getattr(image, "n_frames", 1)):
                image.seek(index)
                yield np.asarray(image.convert("RGB"))


def test_what_a_format_cannot_hold_is_refused_with_the_numbers(tmp_path: Path) -> None:
    with pytest.raises(BadRequest, match="16384 x 2 pixels: webp has at most 16383"):
        encode(np.zeros((2, 16384, 4), np.uint8), "webp")
    with pytest.raises(BadRequest, match="9 x 1 pixels: an mp4 needs 2"):
        write_movie(tmp_path / "thin.mp4", [np.zeros((1, 9, 4), np.uint8)])
    assert list(tmp_path.iterdir()) == []
