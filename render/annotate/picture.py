"""The pixels of a drawn picture as part of the whole one, and where points of the world fall on them.

All positions are in pixels of the WHOLE picture, x to the right and y down from its top left corner, as float64: a
region must compute for a pixel the very numbers that the whole picture computes for it.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from render.scene import Orthographic, View

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """`width` x `height` pixels that are drawn, the first one at `first` (x, y) of the whole picture of size `whole`.

    `scale` is drawn pixels per pixel of the view, so what is sized in pixels keeps its share of a draft. `half` is half
    the extent (across, down) of the whole picture: tangents in perspective, else world lengths. `basis` has the unit
    vectors right, down and forward as rows.
    """

    width: int
    height: int
    whole: tuple[float, float]
    first: tuple[float, float]
    scale: float
    half: tuple[float, float]
    perspective: bool
    eye: Floats
    basis: Floats

    def from_eye(self, points: Floats) -> Floats:
        """World points (n, 3) as (n, 3) lengths to the right, down and forward of the camera's position."""
        return np.asarray((points - self.eye) @ self.basis.T)

    def project(self, points: Floats) -> Floats:
        """Where `points` (n, 3) of `from_eye`, in front of a perspective camera, fall: (n, 2) of x, y."""
        on_plane = points[:, :2] / points[:, 2:] if self.perspective else points[:, :2]
        return np.asarray((on_plane / self.half + 1) * self.whole / 2)

    def centers(self, column: NDArray[np.int64] | Floats, row: NDArray[np.int64] | Floats) -> tuple[Floats, Floats]:
        """x, y of the centres of drawn pixels."""
        return np.asarray(column + (self.first[0] + 0.5)), np.asarray(row + (self.first[1] + 0.5))

    def distance(self, forward: Floats, x: Floats, y: Floats) -> Floats:
        """World distance along the rays of pixel centres (x, y) to where they are `forward` of the camera."""
        if not self.perspective:
            return forward
        across = (2 / self.whole[0] * x - 1) * self.half[0]
        down = (2 / self.whole[1] * y - 1) * self.half[1]
        return np.asarray(forward * np.sqrt(across * across + down * down + 1))

    def pixel_length(self, forward: Floats) -> Floats:
        """The world length of a pixel's side, `forward` of the camera."""
        side = 2 * self.half[1] / self.whole[1]
        return np.asarray(side * forward) if self.perspective else np.full_like(forward, side)


def plan_picture(view: View, size: tuple[int, int]) -> Picture:
    """The picture of `size` (width, height) drawn of `view.camera.region`, as the renderer's rays see it."""
    camera = view.camera
    left, top, right, bottom = camera.region
    share = (right - left, bottom - top)
    whole = (_whole(size[0] / share[0]), _whole(size[1] / share[1]))
    full = (_whole(view.size[0] / share[0]), _whole(view.size[1] / share[1]))
    if isinstance(camera.projection, Orthographic):
        tall = camera.projection.height / 2
    else:
        tall = math.tan(math.radians(camera.projection.fov) / 2)
    return Picture(
        width=size[0],
        height=size[1],
        whole=whole,
        first=(_whole(left * whole[0]), _whole(top * whole[1])),
        scale=max(whole) / max(full),
        half=(tall * whole[0] / whole[1], tall),
        perspective=not isinstance(camera.projection, Orthographic),
        eye=np.array(camera.position, np.float64),
        basis=np.array([camera.right, [-x for x in camera.true_up], camera.forward], np.float64),
    )


def _whole(pixels: float) -> float:
    """A number of pixels, free of the rounding of a region's share: a region must see what the whole picture sees."""
    return float(round(pixels)) if abs(pixels - round(pixels)) < 1e-3 else pixels
