"""A stack in which every plane, time, channel and quarter of a picture can be told by its value, for 2-D protocols.

The values of a pixel are those of its colour: channel 0 is red, channel 1 blue, and windows reach from 0 to 255.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from render.volume.info import ChannelInfo
from render.volume.volume import Volume
from tests.arrays import ArrayInMemory, memory_volume
from tests.serving import open_volume

SHAPE = (2, 2, 3, 40, 56)
"""t, c, z, y, x; planes are 4, rows 2 and columns 1 micrometre apart: pictures across z are 56 x 80."""


def value(time: int, channel: int, plane: int, right: bool, below: bool) -> int:
    """The value of all voxels of a quarter of a plane."""
    return 100 * time + 50 * channel + 10 * plane + 5 * right + 2 * below + 1


def stack() -> NDArray[np.uint8]:
    voxels = np.empty(SHAPE, np.uint8)
    for time, channel, plane in np.ndindex(SHAPE[:3]):
        for right in (False, True):
            for below in (False, True):
                quarter = np.s_[20 * below : 20 + 20 * below, 28 * right : 28 + 28 * right]
                voxels[time, channel, plane][quarter] = value(time, channel, plane, right, below)
    return voxels


def open_stack(source: str, name: str) -> Volume:
    """The stack as the volume "two"; the others are those of `tests.serving`."""
    if name != "two":
        return open_volume(source, name)
    voxels = stack()
    info = memory_volume(voxels, spacing=(4.0, 2.0, 1.0), origin=(5.0, 3.0, -2.0), name=name).info
    channels = (ChannelInfo("red one", "#ff0000", (0.0, 255.0)), ChannelInfo("blue one", "#0000ff", (0.0, 255.0)))
    return Volume(replace(info, channels=channels), "tczyx", (ArrayInMemory(voxels),))
