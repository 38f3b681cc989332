"""The volume, the views and the pictures that tests of renderers share.

Asymmetric in shape and spacing and away from the origin, so that no axis can be taken for another.
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from render.backends.base import Renderer
from render.frame import Frame
from render.geometry import Vec3, add, scale
from render.scene import (
    DVR,
    Camera,
    Channel,
    Mode,
    Orthographic,
    Perspective,
    Quality,
    Slice,
    TransferFunction,
    View,
)
from render.steps import Steps
from render.volume.volume import Volume
from tests.arrays import memory_volume

SHAPE = (3, 5, 7)
SPACING = (2.0, 1.0, 0.5)
ORIGIN = (10.0, -4.0, 30.0)
"""The box is 30 - 0.25 to 33.25 in x (3.5 wide), -4.5 to 0.5 in y (5), 9 to 15 in z (6)."""

MIDDLE: Vec3 = (31.5, -2.0, 12.0)

ALONG_Z = ((0.0, 0.0, 1.0), (0.0, -1.0, 0.0))
ALONG_Y = ((0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
OBLIQUE = ((0.6, 0.5, 0.4), (0.0, 0.3, 1.0))
"""Directions of sight with what is up: along z images are as stored (x right, y down); along y x is right and z up."""

TEN_HIGH = Orthographic(10.0)
GREY = TransferFunction((0, 1), 1.0, colormap="white")
CLEAR = (0.0, 0.0, 0.0, 0.0)
BLACK = (0.0, 0.0, 0.0, 1.0)


def volume_of(array: NDArray[np.generic]) -> Volume:
    return memory_volume(array, spacing=SPACING, origin=ORIGIN)


def constant(value: float, dtype: str = "float32", shape: tuple[int, ...] = SHAPE) -> Volume:
    return volume_of(np.full(shape, value, dtype))


def ramp(axis: str) -> NDArray[np.float32]:
    """0, 1, 2 ... along one axis."""
    return np.indices(SHAPE, dtype=np.float32)["zyx".index(axis)]


def camera(
    look: tuple[Vec3, Vec3] = ALONG_Z,
    projection: Perspective | Orthographic = TEN_HIGH,
    distance: float = 20.0,
    region: tuple[float, float, float, float] = (0, 0, 1, 1),
) -> Camera:
    """Looks at the middle of the volume; 10 world units high by default."""
    forward, up = look
    return Camera(add(MIDDLE, scale(forward, -distance)), MIDDLE, up, projection, region)


FACING = camera()


def view_of(mode: Mode, *transfers: TransferFunction, camera: Camera = FACING, **changes: Any) -> View:
    """56 x 40 pixels of 0.25 world units by default: the box is 14 x 20 pixels along z, 14 x 24 along y.

    `changes` are other parts of a View.
    """
    channels = tuple(Channel(index, transfer) for index, transfer in enumerate(transfers or (GREY,)))
    return View(
        **{"volume": "memory", "camera": camera, "channels": channels, "mode": mode, "size": (56, 40)} | changes
    )


def visible(alpha: float) -> TransferFunction:
    """White with the same opacity for every value."""
    return TransferFunction((0, 1), 2.0, opacity=((0, alpha), (1, alpha)))


def along(stops: tuple[Vec3, ...], window: tuple[float, float], **changes: Any) -> TransferFunction:
    """Colours at equal distances over the window; 0.2 opaque over 2 world units for every value."""
    colormap = tuple((i / max(len(stops) - 1, 1), *color) for i, color in enumerate(stops))
    return TransferFunction(
        window, **{"unit_distance": 2.0, "colormap": colormap, "opacity": ((0, 0.2), (1, 0.2))} | changes
    )


UNSHADED = DVR(shaded=False)
CUT = Slice("z", 12.0)


def interrupted(steps: Steps[Frame], between: Callable[[], object]) -> Frame:
    """The picture whose steps these are, with something else done after each of them but the last."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            frame: Frame = end.value
            return frame
        between()


class RendererCase:
    """Draws with one renderer, opened once a class. `step` (in voxels) is fine enough for `tolerance` (grey levels)."""

    step = 0.02
    tolerance = 1.0

    @staticmethod
    def open() -> Renderer:
        raise NotImplementedError

    @pytest.fixture(scope="class")
    @classmethod
    def renderer(cls) -> Iterator[Renderer]:
        opened = cls.open()
        yield opened
        opened.close()

    @property
    def quality(self) -> Quality:
        return Quality(step=self.step)

    def draw(self, renderer: Renderer, volume: Volume, view: View) -> Frame:
        return renderer.render(volume, view, self.quality)

    def depths(self, renderer: Renderer, volume: Volume, view: View) -> NDArray[np.float32]:
        """The map of depths, (height, width)."""
        depth = renderer.render(volume, view, Quality(step=self.step, depth=True)).depth
        assert depth is not None
        assert depth.dtype == np.float32
        return depth

    def check(self, array: NDArray[np.uint8] | np.uint8, expected: object, slack: float = 0.0) -> None:
        """`expected` is in 0..1 and broadcasts to the array; `slack` is added to the tolerance."""
        difference = np.abs(np.asarray(array) / 255 - np.asarray(expected)) * 255
        worst = np.unravel_index(difference.argmax(), difference.shape)
        assert difference.max() <= self.tolerance + slack, f"{difference.max():.2f} grey levels off at {worst}"
