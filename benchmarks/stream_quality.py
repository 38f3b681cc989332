"""How much of a frame is left in the picture that arrives: a system must not win by what it leaves out; pure."""

import math
import statistics
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.peers.replay import Pixels, draw_marker, frame_at
from benchmarks.stream_screen import Shown

Original = Callable[[int], Pixels]
"""The number of an input -> the frame that shows it, as every server has it."""


def originals(file: Path) -> Original:
    """The frames in a .npy file."""
    frames = np.load(file, mmap_mode="r")

    def original(number: int) -> Pixels:
        frame = np.array(frames[frame_at(number, len(frames))])
        draw_marker(frame, number)
        return frame

    return original


def decibels(shown: Sequence[Shown], original: Original) -> float:
    """Median peak signal-to-noise ratio of the pictures that were kept, scaled up to the frames' size; NaN of none."""
    ratios = [_ratio(one.kept, original(one.number)) for one in shown if one.kept is not None]
    return statistics.median(ratios) if ratios else math.nan


def _ratio(picture: Pixels, frame: Pixels) -> float:
    height, width = frame.shape[:2]
    scaled = np.asarray(Image.fromarray(picture[..., :3]).resize((width, height), Image.Resampling.BILINEAR))
    error = np.mean((scaled.astype(np.float32) - frame) ** 2)
    return float(10 * np.log10(255**2 / max(error, 1e-3)))
