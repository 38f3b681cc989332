"""What lies under a pixel: its world position, the channels' values and the labels' ids there.

The renderer says how far along its ray a pixel's picture lies (`Quality.depth`); the rest is geometry and a few voxels
at full resolution.
"""

import math

from msgspec.structs import replace

from render.errors import BackendError, BadRequest
from render.frame import Frame
from render.geometry import Vec3, add, normalize, scale
from render.scene import Perspective, Value, View
from render.volume.volume import Volume


class ChannelValue(Value, frozen=True):
    """A channel's interpolated value, in the volume's own values; None where there is none, as where it is NaN."""

    channel: int
    value: float | None


class LabelId(Value, frozen=True):
    """The id of a label image; 0 is nothing."""

    name: str
    id: int


class Pick(Value, frozen=True):
    """What a pixel shows: `position` in the world, (x, y, z), `distance` along the pixel's ray from the eye.

    With parallel rays that is from the plane through the camera's position. Both are None where there is nothing, and
    nothing is then said of channels and labels. Values and ids are those of the view's visible channels and labels.
    """

    position: Vec3 | None
    distance: float | None
    values: tuple[ChannelValue, ...] = ()
    labels: tuple[LabelId, ...] = ()


NOTHING = Pick(None, None)


def check_pixel(view: View, x: int, y: int) -> None:
    """BadRequest where the picture of `view` has no such pixel."""
    width, height = view.size
    if not (0 <= x < width and 0 <= y < height):
        raise BadRequest(f"pixel {x}, {y}: the picture has {width} x {height}, from 0, 0")


def pixel_view(view: View, x: int, y: int) -> View:
    """The view of one pixel of `view`'s picture, (0, 0) at the top left. BadRequest where it has no such pixel."""
    check_pixel(view, x, y)
    width, height = view.size
    left, top, right, bottom = view.camera.region
    across, down = (right - left) / width, (bottom - top) / height
    # The upper ends are not to go beyond 1 by rounding.
    region = (left + x * across, top + y * down, min(1.0, left + (x + 1) * across), min(1.0, top + (y + 1) * down))
    return replace(view, camera=replace(view.camera, region=region), size=(1, 1))


def world_position(view: View, x: int, y: int, distance: float) -> Vec3:
    """The point at `distance` along the ray through the middle of a pixel."""
    camera = view.camera
    left, top, right, bottom = camera.region
    width, height = view.size
    # Shares of the whole picture's half height, right and up from its middle.
    aspect = (width / (right - left)) / (height / (bottom - top))
    across = (2 * (left + (right - left) * (x + 0.5) / width) - 1) * aspect
    upward = 1 - 2 * (top + (bottom - top) * (y + 0.5) / height)
    half = (
        math.tan(math.radians(camera.projection.fov) / 2)
        if isinstance(camera.projection, Perspective)
        else camera.projection.height / 2
    )
    offset = add(scale(camera.right, across * half), scale(camera.true_up, upward * half))
    if isinstance(camera.projection, Perspective):
        return add(camera.position, scale(normalize(add(camera.forward, offset)), distance))
    return add(add(camera.position, offset), scale(camera.forward, distance))


def pick(volume: Volume, view: View, pixel: tuple[int, int], frame: Frame) -> Pick:
    """What is under a pixel, of which `frame` is the picture with its depth; reads voxels. DataError, BackendError."""
    if frame.depth is None:
        raise BackendError(f"{frame.renderer}: drew no depth, which says where a pixel's picture lies")
    distance = float(frame.depth[0, 0])
    if math.isnan(distance):
        return NOTHING
    position = world_position(view, *pixel, distance)
    values = tuple(
        ChannelValue(channel.index, volume.at(position, channel.index, view.time)) for channel in view.visible_channels
    )
    ids = tuple(LabelId(one.name, volume.labels(one.name).at(position, view.time)) for one in view.labels)
    return Pick(position, distance, values, ids)
