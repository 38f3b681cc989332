"""Frame: a rendered picture and how it came about."""

import io
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from render.encode import encode, whole_file
from render.errors import BackendError
from render.scene import Quality, View


@dataclass(frozen=True, slots=True)
class Timings:
    """Seconds spent on making voxels ready and on drawing.

    `waited` are those between asking an `Engine` and having the picture in which it was not being drawn: in the queue,
    while a loader read its voxels, and while more urgent pictures came in between its steps. The time from asking to
    having is the sum of all three; of a picture that several asked for, it counts from the first of them.
    """

    load: float
    render: float
    waited: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """A picture: `array` is (height, width, 4) uint8, row 0 on top, straight alpha, owned by the frame.

    `quality` is the rung it was drawn at; below scale 1 the array is smaller than `view.size`. `depth`, where the
    quality asks for it, is (height, width) float32: how far along its ray from the eye (orthographic: from the plane
    through the camera's position across the line of sight) lies what a pixel shows, in world units, NaN for nothing.
    """

    array: NDArray[np.uint8] = field(repr=False)
    view: View
    quality: Quality
    renderer: str
    timings: Timings
    depth: NDArray[np.float32] | None = field(default=None, repr=False)

    def encode(self, ending: str, quality: int = 90) -> bytes:
        """The bytes of a png, jpg, webp or avif file."""
        return encode(self.array, ending, quality)

    def encode_depth(self) -> bytes:
        """`depth` in NumPy's file format, .npy. BackendError where the picture has none."""
        if self.depth is None:
            raise BackendError(f"{self.renderer}: drew no depth")
        buffer = io.BytesIO()
        np.save(buffer, self.depth)
        return buffer.getvalue()

    def save(self, path: str | Path, quality: int = 90) -> None:
        """Write a .png, .jpg, .webp or .avif; the file appears only when it is whole."""
        target = Path(path)
        encoded = self.encode(target.suffix.lower().removeprefix("."), quality)
        with whole_file(target) as unfinished:
            unfinished.write_bytes(encoded)

    def _repr_png_(self) -> bytes:
        return self.encode("png")
