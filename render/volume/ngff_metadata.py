"""The metadata of an OME-Zarr that is written: the counterpart of `ome` and `omero`; pure."""

from collections.abc import Sequence
from typing import Any

from render.colormap import PALETTE
from render.geometry import Spacing3
from render.volume.axes import KINDS
from render.volume.info import VolumeInfo
from render.volume.ome import LPS
from render.volume.stats import Statistics


def multiscale(info: VolumeInfo, letters: str, ngff: str) -> dict[str, Any]:
    """The entry of `multiscales` for the levels of `info`, with the axes `letters`."""
    datasets = [
        {
            "path": level.path,
            "coordinateTransformations": [
                {"type": "scale", "scale": _numbers(letters, level.spacing, {"t": info.time_step, "c": 1.0})},
                {"type": "translation", "translation": _numbers(letters, level.origin, {"t": 0.0, "c": 0.0})},
            ],
        }
        for level in info.levels
    ]
    axes = [_axis(letter, info) for letter in letters]
    version = {"version": ngff} if ngff == "0.4" else {}
    return version | {"name": info.name, "type": "mean", "axes": axes, "datasets": datasets}


def omero(info: VolumeInfo, statistics: Sequence[Statistics]) -> dict[str, Any]:
    """The channels, in the colours and windows of `info` or else of the data; `statistics` has one for each."""
    several = len(info.channels) > 1
    channels = []
    for index, (channel, found) in enumerate(zip(info.channels, statistics, strict=True)):
        start, end = channel.window or found.window
        color = channel.color or (PALETTE[index % len(PALETTE)] if several else "#ffffff")
        channels.append(
            {
                "label": channel.label,
                "color": color.removeprefix("#").upper(),
                "active": channel.active,
                "inverted": channel.inverted,
                "window": {"min": found.minimum, "max": found.maximum, "start": start, "end": end},
            }
        )
    return {"channels": channels, "rdefs": {"model": "color"}}


def _axis(letter: str, info: VolumeInfo) -> dict[str, Any]:
    unit = {"t": info.time_unit, "c": ""}.get(letter, info.unit)
    axis: dict[str, Any] = {"name": letter, "type": KINDS[letter]} | ({"unit": unit} if unit else {})
    if info.anatomical and not info.rotated and letter in LPS:
        axis["orientation"] = {"type": "anatomical", "value": LPS[letter]}
    return axis


def _numbers(letters: str, space: Spacing3, others: dict[str, float]) -> list[float]:
    known = dict(zip("zyx", space, strict=True)) | others
    return [known[letter] for letter in letters]
