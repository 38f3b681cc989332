"""A scene's Camera -> vtkCamera."""

import math

from vtkmodules.vtkRenderingCore import vtkCamera

from render.geometry import Box, dot, subtract
from render.scene import Camera, Orthographic

NEAREST = 1e-4
"""The near plane of a camera inside the volume, as a share of the far plane's distance; VTK needs one above 0."""


Shift = tuple[float, float]
"""How far a picture is moved, to the right and down, in shares of its drawn width and height."""


def aim(lens: vtkCamera, camera: Camera, box: Box, shift: Shift) -> None:
    """Make `lens` look as `camera` does; `box` is all there is to see. Width follows from the window's size.

    A region is an off-centre frustum: VTK's window centre is in units of half the drawn width and height.
    """
    left, top, right, bottom = camera.region
    lens.SetPosition(*camera.position)
    lens.SetFocalPoint(*camera.target)
    lens.SetViewUp(*camera.up)
    across, down = shift
    lens.SetWindowCenter(
        (left + right - 1) / (right - left) + 2 * across, (1 - top - bottom) / (bottom - top) - 2 * down
    )
    depths = [dot(subtract(corner, camera.position), camera.forward) for corner in box.corners]
    slack = 0.01 * box.diagonal
    nearest, farthest = min(depths) - slack, max(depths) + slack
    if isinstance(camera.projection, Orthographic):
        lens.SetParallelProjection(True)
        lens.SetParallelScale(camera.projection.height / 2 * (bottom - top))
    else:
        lens.SetParallelProjection(False)
        lens.SetUseHorizontalViewAngle(False)
        lens.SetViewAngle(_angle_of_share(camera.projection.fov, bottom - top))
        farthest = max(farthest, slack)
        nearest = max(nearest, NEAREST * farthest)
    lens.SetClippingRange(nearest, farthest)


def _angle_of_share(fov: float, share: float) -> float:
    """The full angle, in degrees, of the middle `share` of the height of a picture of `fov` degrees."""
    return 2 * math.degrees(math.atan(math.tan(math.radians(fov) / 2) * share))
