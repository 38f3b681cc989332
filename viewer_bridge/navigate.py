"""Drags and wheels -> cameras and views; pure.

Drags are in picture heights, x to the right and y down, so that they mean the same on every screen. Orbiting tumbles
freely about the picture's own axes: a specimen in a volume has no floor, any side can be looked at, and without a pole
there is nothing to flip over or stop at. The volume follows the hand: what is at the target's depth moves with a pan,
and the near side of the volume moves with an orbit.
"""

import math

from msgspec import UNSET
from msgspec.structs import asdict, replace

from render import intent
from render.geometry import Vec3, add, cross, rotate, scale, subtract
from render.scene import Camera, Channel, Oblique, Perspective, Slice, View, unit_normal
from render.volume.info import VolumeInfo
from viewer_bridge.protocol import Change, Input, Orbit, Pan, Reset, SetView, Zoom

DEGREES_PER_HEIGHT = 180.0
FEWEST_VOXELS = 4.0
"""The picture never shows less than this many of the finest voxels from top to bottom ..."""

MOST_DIAGONALS = 20.0
"""... nor more than this many diagonals of the volume."""


def apply(message: Input, view: View, home: View, info: VolumeInfo) -> View:
    """The view after an input. `home` is the one that the server chose at first. BadRequest from the values made."""
    match message:
        case Orbit(dx=dx, dy=dy):
            return replace(view, camera=orbit(view.camera, dx, dy))
        case Pan(dx=dx, dy=dy):
            return replace(view, camera=pan(view.camera, dx, dy))
        case Zoom(factor=factor, x=x, y=y):
            return replace(view, camera=zoom(view.camera, factor, (x, y), height_bounds(info)))
        case Change():
            return change(view, message, info)
        case SetView(view=whole):
            return whole
        case Reset(what="camera"):
            return replace(view, camera=default_camera(view, info))
        case Reset():
            sized = replace(home, size=view.size)
            return replace(sized, camera=default_camera(sized, info))


def orbit(camera: Camera, dx: float, dy: float) -> Camera:
    """The camera turned around its target by a drag; two picture heights are a full turn."""
    drag = math.hypot(dx, dy)
    if drag == 0:
        return camera
    axis = scale(add(scale(camera.true_up, dx), scale(camera.right, dy)), -1 / drag)
    angle = DEGREES_PER_HEIGHT * drag
    offset = rotate(subtract(camera.position, camera.target), axis, angle)
    return replace(camera, position=add(camera.target, offset), up=rotate(camera.true_up, axis, angle))


def pan(camera: Camera, dx: float, dy: float) -> Camera:
    """The camera moved across its line of sight, so that the target's plane follows the drag."""
    return _moved(camera, _across(camera, -dx, -dy))


def zoom(camera: Camera, factor: float, point: tuple[float, float], bounds: tuple[float, float]) -> Camera:
    """Things `factor` times as large; what is at `point` in the target's plane stays there.

    `point` is in picture heights from the middle, x right and y down. `bounds` are the least and greatest world height
    of the picture at the target; a camera that is beyond one of them can only come back.
    """
    height = picture_height(camera)
    bounded = min(max(height / factor, min(bounds[0], height)), max(bounds[1], height))
    kept = bounded / height
    camera = _moved(camera, scale(_across(camera, *point), 1 - kept))
    if isinstance(camera.projection, Perspective):
        offset = scale(subtract(camera.position, camera.target), kept)
        return replace(camera, position=add(camera.target, offset))
    return replace(camera, projection=replace(camera.projection, height=camera.projection.height * kept))


def change(view: View, message: Change, info: VolumeInfo) -> View:
    """The view with what is present in `message`.

    Going to a slice, from one direction of slices to another, or back to the volume moves the camera to where that is
    seen whole, unless the message brings a camera.
    """
    given = {name: value for name, value in asdict(message).items() if value is not UNSET}
    del given["input"], given["base"]
    if message.channels is not UNSET:
        given["channels"] = _merged(view.channels, message.channels)
    changed = replace(view, **given)
    if message.camera is UNSET and _stance(changed) != _stance(view):
        changed = replace(changed, camera=default_camera(changed, info))
    return changed


def default_camera(view: View, info: VolumeInfo) -> Camera:
    """Where the whole volume is seen from in this view's mode and size."""
    if isinstance(view.mode, Slice | Oblique):
        return intent.face_plane(info, view.mode.normal, view.size)
    return intent.orbit(info, view.size)


def picture_height(camera: Camera) -> float:
    """World height of the drawn picture at the target's depth."""
    _, top, _, bottom = camera.region
    return camera.picture_height * (bottom - top)


def height_bounds(info: VolumeInfo) -> tuple[float, float]:
    """The least and greatest `picture_height` that zooming goes to."""
    return (FEWEST_VOXELS * min(info.levels[0].spacing), MOST_DIAGONALS * info.box.diagonal)


def _across(camera: Camera, x: float, y: float) -> Vec3:
    """The world vector of a shift in the target's plane by (x right, y down) picture heights."""
    height = picture_height(camera)
    right = camera.right
    return add(scale(right, x * height), scale(cross(camera.forward, right), y * height))


def _moved(camera: Camera, shift: Vec3) -> Camera:
    return replace(camera, position=add(camera.position, shift), target=add(camera.target, shift))


def _stance(view: View) -> Vec3 | None:
    """What the camera faces: planes across a direction, or the volume."""
    return unit_normal(view.mode) if isinstance(view.mode, Slice | Oblique) else None


def _merged(channels: tuple[Channel, ...], changed: tuple[Channel, ...]) -> tuple[Channel, ...]:
    by_index = {channel.index: channel for channel in channels} | {channel.index: channel for channel in changed}
    return tuple(by_index[index] for index in sorted(by_index))
