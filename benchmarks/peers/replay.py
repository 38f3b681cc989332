"""What every system of `benchmarks.streaming` shows: frames made beforehand, and in each the number of an input.

Needs NumPy alone, for the servers of the peers import it in an environment of their own. A picture is (height, width,
3 or more) uint8, row 0 on top; an input is a whole number, 0 before the first.
"""

from typing import Any

import numpy as np

Pixels = np.ndarray[Any, np.dtype[np.uint8]]

BITS = 16
SHARE = 32
"""The width of a picture in blocks of the marker: 16 of them lie in its lower left corner, bit 0 first, 1 is white."""


def frame_at(number: int, count: int) -> int:
    """The index of the frame that input `number` leads to: to the last of `count` frames and back again, for ever."""
    place = number % (2 * count - 2)
    return min(place, 2 * count - 2 - place)


def draw_marker(picture: Pixels, number: int) -> None:
    """Write `number` into `picture`, in place."""
    edges = np.round(np.arange(BITS + 1) * picture.shape[1] / SHARE).astype(int)
    bits = 255 * ((number >> np.arange(BITS)) & 1).astype(np.uint8)
    picture[-edges[1] :, : edges[-1], :3] = np.repeat(bits, np.diff(edges))[:, None]


def read_marker(picture: Pixels) -> int:
    """The number in a picture of any size, encoded and decoded by whatever codec."""
    height, width = picture.shape[:2]
    block = width / SHARE
    y = int(height - 0.5 * block)
    bits = 0
    for bit in range(BITS):
        x = int((bit + 0.5) * block)
        if picture[max(0, y - 1) : y + 2, max(0, x - 1) : x + 2, :3].mean() > 127:
            bits |= 1 << bit
    return bits


def pointer_at(number: int) -> tuple[int, int]:
    """Where a pointer is, (x, y) in pixels from the lower left corner, that brings input `number` to a server."""
    return number % 256, number // 256


def number_at(x: int, y: int) -> int:
    return 256 * y + x
