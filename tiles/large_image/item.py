"""What large_image tells of an item: its size, its pyramid and its frames; pure."""

from typing import Any

import msgspec

from render.volume.info import VolumeInfo
from tiles.large_image.words import Base
from tiles.stacks import Place, Stack

TILE = 256
"""Pixels along a tile."""

MAX_FRAMES = 2**17
"""Frames that are listed, 10 MiB of JSON; those beyond can be asked for all the same."""


def metadata(info: VolumeInfo, base: Base, stack: Stack) -> dict[str, Any]:
    """The document of `tiles`; frames are listed where there are several."""
    width, height = base.pyramid.size()
    document = {
        "levels": base.pyramid.max_zoom(TILE) + 1,
        "sizeX": width,
        "sizeY": height,
        "tileWidth": TILE,
        "tileHeight": TILE,
        "magnification": base.magnification,
        "mm_x": base.mm,
        "mm_y": base.mm,
        "dtype": info.dtype,
        "bandCount": 1,
    }
    counts = {"IndexC": stack.channels, "IndexZ": stack.planes, "IndexT": stack.times}
    if max(counts.values()) == 1:
        return document
    names = [channel.label for channel in info.channels]
    strides = {
        "IndexC": 1,
        "IndexZ": stack.frame(Place(plane=1)),
        "IndexT": stack.frame(Place(time=1)),
    }
    count = min(stack.frames, MAX_FRAMES)
    return document | {
        "frames": [_frame(stack, number, names) for number in range(count)],
        "IndexRange": {axis: n for axis, n in counts.items() if n > 1},
        "IndexStride": {axis: strides[axis] for axis, n in counts.items() if n > 1},
        "channels": names,
        "channelmap": {name: index for index, name in enumerate(names)},
    }


def _frame(stack: Stack, number: int, names: list[str]) -> dict[str, Any]:
    place = stack.place(number)
    channel = place.channel or 0
    return {
        "Frame": number,
        "IndexC": channel,
        "IndexZ": place.plane,
        "IndexT": place.time,
        "Index": number // stack.channels,
        "Channel": names[channel],
    }


def item(info: VolumeInfo, identifier: str) -> dict[str, Any]:
    """The document of the item itself, as Girder tells of it."""
    return {
        "_id": identifier,
        "_modelType": "item",
        "name": info.name,
        "description": " ".join(info.notes),
        "largeImage": {"fileId": identifier, "sourceName": "voxelcast"},
        "meta": {},
    }


def internal_metadata(info: VolumeInfo) -> dict[str, Any]:
    """All that is known of the volume."""
    return {"voxelcast": msgspec.to_builtins(info)}
