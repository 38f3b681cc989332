"""Which level of the pyramid a picture is drawn from; pure.

The finest level whose visible channels fit the device's budget and whose voxels the picture can still show: a voxel
that is smaller than a pixel costs memory and time and changes nothing.
"""

import math

import numpy as np

from render.errors import BadRequest
from render.geometry import Box, Vec3, dot, length, subtract
from render.scene import Camera, Orthographic, View
from render.volume.info import Level, VolumeInfo

DEVICE_BYTES_PER_VOXEL = 4.6
"""What a voxel takes on a device in every fast layout, labels' too: 4.1 to 4.5 in bricks with their aprons and the
ranges of their values, 0.1 for what is empty."""

LEAN_BYTES_PER_VOXEL = {1: 1.25, 2: 2.4}
"""What a voxel of so many bytes takes in the lean layouts; of others there are none."""

DEVICE_BRICK = 32
"""Voxels are kept in whole bricks of this side; of levels with fewer planes, in bricks of one plane more than those."""

MOST_BYTES = 2**34
"""What one channel may take on any device: its words are counted in 32 bits."""

COARSER = 1.01
"""A spacing that is larger than another by less than this is the same, rounded."""


def bytes_per_voxel(dtype: str, lean: bool) -> float:
    """What a voxel of `dtype` takes on a device."""
    return LEAN_BYTES_PER_VOXEL.get(np.dtype(dtype).itemsize if lean else 0, DEVICE_BYTES_PER_VOXEL)


def device_bytes(level: Level, channels: int, per_voxel: float = DEVICE_BYTES_PER_VOXEL) -> int:
    """Bytes that `channels` channels, or label images, of a level take on a device."""
    depth, height, width = level.shape
    planes = depth + 1 if depth <= DEVICE_BRICK else _whole_bricks(depth)
    voxels = planes * _whole_bricks(height) * _whole_bricks(width)
    return math.ceil(voxels * per_voxel * channels)


def view_bytes(info: VolumeInfo, view: View, index: int, lean: bool = False) -> int:
    """Bytes that a level of a view's visible channels and labels takes on a device."""
    level, visible = info.levels[index], max(1, len(view.visible_channels))
    return device_bytes(level, visible, bytes_per_voxel(info.dtype, lean)) + device_bytes(level, len(view.labels))


def _whole_bricks(voxels: int) -> int:
    return -(-voxels // DEVICE_BRICK) * DEVICE_BRICK


def choose_level(info: VolumeInfo, view: View, budget: int, lean: bool = False) -> int:
    """The index of the level that `view` is drawn from within `budget` bytes, in `lean` layouts or not.

    BadRequest where not even the coarsest level fits.
    """
    pixel = pixel_size(view, info.bounds)
    largest = max(bytes_per_voxel(info.dtype, lean), DEVICE_BYTES_PER_VOXEL if view.labels else 0.0)
    # A tenth of a pixel of slack: writers round spacings, and a level that is 1.01 pixels coarse is the right one.
    shown = max(i for i in range(len(info.levels)) if coarsened_length(info, i) <= pixel * 1.1)
    for index in range(shown, len(info.levels)):
        single = device_bytes(info.levels[index], 1, largest)
        if single <= MOST_BYTES and view_bytes(info, view, index, lean) <= budget:
            return index
    coarsest, needed = info.levels[-1], view_bytes(info, view, len(info.levels) - 1, lean)
    parts = f"{len(view.visible_channels)} channels" + (f" and {len(view.labels)} labels" if view.labels else "")
    raise BadRequest(
        f"{info.name}: its coarsest level, {len(info.levels) - 1}, is {' x '.join(map(str, coarsest.shape))}, which "
        f"takes {needed / 2**20:.0f} MiB with {parts}, and the budget is {budget / 2**20:.0f} MiB, "
        f"{MOST_BYTES / 2**20:.0f} MiB a channel: allow more memory, show fewer channels, or write coarser levels"
    )


def coarsened_length(info: VolumeInfo, index: int, axes: tuple[int, ...] = (0, 1, 2)) -> float:
    """The smallest voxel side of a level among those of `axes`, (z, y, x), that it has coarser than the finest level.

    0 where it has none. The others do not count: many writers keep z as it is, and its spacing says nothing of what is
    lost in x and y; the same holds for the z of an image that has none.
    """
    level, finest = info.levels[index], info.levels[0]
    pairs = ((level.spacing[axis], finest.spacing[axis]) for axis in axes)
    return min((coarse for coarse, fine in pairs if coarse > fine * COARSER), default=0.0)


def pixel_size(view: View, box: Box) -> float:
    """World size of a pixel where the box is nearest to the camera; 0 when the camera is inside it."""
    _, top, _, bottom = view.camera.region
    rows = view.size[1] / (bottom - top)
    if isinstance(view.camera.projection, Orthographic):
        return view.camera.projection.height / rows
    depth = max(0.0, _nearest_depth(view.camera, box))
    return 2 * depth * math.tan(math.radians(view.camera.projection.fov) / 2) / rows


def _nearest_depth(camera: Camera, box: Box) -> float:
    """Distance along the line of sight to the nearest corner; negative or 0 when the camera is among the corners."""
    forward = camera.forward
    reach = sum(abs(slope) * side for slope, side in zip(forward, box.extent, strict=True)) / 2
    nearest = dot(subtract(box.center, camera.position), forward) - reach
    inside = all(a <= p <= b for a, p, b in zip(box.lower, camera.position, box.upper, strict=True))
    return 0.0 if inside else max(nearest, _gap(camera.position, box))


def _gap(point: Vec3, box: Box) -> float:
    """Distance from a point to the box."""
    clamped = tuple(min(max(p, a), b) for a, p, b in zip(box.lower, point, box.upper, strict=True))
    return length(subtract(point, clamped))  # type: ignore[arg-type]
