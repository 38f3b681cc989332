"""XYZ tiles: square pictures of 256 pixels, zoom 0 holds the whole plane, (0, 0) is at the top left."""

import numpy as np

from render.encode import Pixels
from render.errors import BadRequest
from render.scene import Slice, View
from render.volume.volume import Volume
from tiles.compose import compose
from tiles.plane import Bricks, Plane, plane_grid, read_patch
from tiles.pyramid import TILE


def draw_tile(volume: Volume, view: View, tile: tuple[int, int, int], bricks: Bricks) -> Pixels:
    """The tile (zoom, x, y) of a view in slice mode: (256, 256, 4) uint8, transparent black outside the volume.

    Only the view's plane, time and channels count. NotFound outside the grid, BadRequest, DataError.
    """
    if not isinstance(view.mode, Slice):
        raise BadRequest(f"a tile shows a slice, not {view.mode}")
    plane = Plane(view.mode.axis, view.mode.position, view.time)
    patch = plane_grid(volume.info, plane.axis).tile(*tile)
    channels = view.visible_channels
    planes = read_patch(volume, plane, patch, tuple(channel.index for channel in channels), bricks)
    shown = compose(planes, tuple(channel.transfer for channel in channels))
    if shown.shape[:2] == (TILE, TILE):
        return shown
    padded = np.zeros((TILE, TILE, 4), np.uint8)
    padded[: patch.height, : patch.width] = shown
    return padded
