"""imgData: what OMERO.web tells its viewers of an image; pure but for the statistics of channels."""

import dataclasses
from typing import Any

import numpy as np

from render.colormap import color_stops, color_table
from render.intent import Intent, resolve
from render.scene import Channel
from render.volume.axes import METRES
from render.volume.info import STRAIGHT
from render.volume.volume import Volume
from tiles.section import SectionIntent, resolve_section
from tiles.stacks import stack_of

TILE = 256
"""Pixels along a tile where a client does not say: as OMERO's own default."""

BORDER = 2
"""Pixels between the panels of a split view."""

TYPES = {"float32": "float", "float64": "double", "bool": "bit"}
"""NumPy's names of types where OMERO has others."""


def describe(volume: Volume, intent: SectionIntent, number: int) -> dict[str, Any]:
    """The document for the stack that `intent` chooses from, whose image is called `number`."""
    info = volume.info
    stack = stack_of(intent, info)
    section = resolve_section(intent, info, volume.statistics)
    pyramid = section.plane.pyramid
    width, height = pyramid.size()
    levels = pyramid.max_zoom(TILE) + 1
    micrometre = METRES[info.unit] * 1e6 if info.unit in METRES else None
    document = {
        "id": number,
        "meta": {
            "imageName": info.name,
            "imageDescription": " ".join(info.notes),
            "imageAuthor": "",
            "projectName": "",
            "projectId": None,
            "projectDescription": "",
            "datasetName": "",
            "datasetId": None,
            "datasetDescription": "",
            "wellSampleId": "",
            "wellId": "",
            "imageTimestamp": 0,
            "imageId": number,
            "pixelsType": TYPES.get(info.dtype, info.dtype),
        },
        "perms": {"canAnnotate": False, "canEdit": False, "canDelete": False, "canLink": False},
        "interpolate": True,
        "size": {"width": width, "height": height, "z": stack.planes, "t": stack.times, "c": stack.channels},
        "pixel_size": {
            "x": micrometre and section.plane.pixel * micrometre,
            "y": micrometre and section.plane.pixel * micrometre,
            "z": micrometre and stack.step * micrometre,
        },
        "pixel_range": pixel_range(np.dtype(info.dtype)),
        "channels": _channels(volume, intent),
        "split_channel": {"g": _panels(width, height, stack.channels), "c": _panels(width, height, stack.channels + 1)},
        "rdefs": {
            "model": "color",
            "projection": "normal",
            "defaultZ": stack.planes // 2,
            "defaultT": 0,
            "invertAxis": False,
        },
        "tiles": levels > 1,
        "init_zoom": 0,
    }
    if levels > 1:
        document |= {
            "tile_size": {"width": TILE, "height": TILE},
            "levels": levels,
            # How large the pixels are, and not how many whole ones there are: viewers lay tiles out by it.
            "zoomLevelScaling": {str(level): 0.5**level for level in range(levels)},
        }
    return document


def pixel_range(dtype: np.dtype[Any]) -> tuple[int, int]:
    """The least and the largest value, as OMERO counts them: of floats it is that of 32-bit integers."""
    if dtype.kind == "b":
        return (0, 1)
    counted = np.iinfo(np.int32 if dtype.kind == "f" else dtype)
    return (int(counted.min), int(counted.max))


def _channels(volume: Volume, intent: SectionIntent) -> list[dict[str, Any]]:
    looks = Intent(mode="slice", time=intent.time, channels=intent.channels)
    view = resolve(looks, dataclasses.replace(volume.info, direction=STRAIGHT), volume.statistics)
    return [_channel(volume, channel, intent.time) for channel in view.channels]


def _channel(volume: Volume, channel: Channel, time: int) -> dict[str, Any]:
    transfer = channel.transfer
    statistics = volume.statistics(channel.index, time)
    start, end = transfer.window
    entry = {
        "emissionWave": None,
        "label": volume.info.channels[channel.index].label,
        "color": "".join(f"{round(255 * share):02X}" for share in color_table(transfer.colormap, 2)[-1]),
        "inverted": transfer.inverted,
        "reverseIntensity": transfer.inverted,
        "family": "linear" if transfer.gamma == 1 else "exponential",
        "coefficient": transfer.gamma,
        "window": {"min": statistics.minimum, "max": statistics.maximum, "start": start, "end": end},
        "active": channel.visible,
    }
    if isinstance(transfer.colormap, str) and len(color_stops(transfer.colormap)) > 2:
        entry["lut"] = f"{transfer.colormap}.lut"
    return entry


def _panels(width: int, height: int, count: int) -> dict[str, int]:
    """How so many pictures are laid out in a grid that is about as wide as it is high."""
    rows = round(count**0.5)
    columns = -(-count // rows)
    return {
        "width": width * columns + BORDER * (columns + 1),
        "height": height * rows + BORDER * (rows + 1),
        "border": BORDER,
        "gridx": columns,
        "gridy": rows,
    }
