"""Channels as they look best: windows, colours and opacity where the user says nothing of them; pure."""

from collections.abc import Callable, Iterable

from render.colormap import PALETTE, color_stops
from render.geometry import Box, Vec3
from render.intent.automatic import mean_window, minimum_window, quantile
from render.intent.words import ChannelIntent, Intent, Quantile
from render.scene import MAX_CHANNELS, RGB, Channel, TransferFunction
from render.scene.value import Points
from render.volume.info import VolumeInfo, Window
from render.volume.stats import Statistics

DEPTHS = 32
"""Opacity is given for this share of the volume's smallest side: a voxel of opacity 1 is a wall, one of 0.1 a veil."""

SOLID = ((0.0, 0.0), (1.0, 1.0))
"""The opacity curve of grey channels (EM, CT, MR), which fill space: surfaces are seen."""

CLEAR = tuple((i / 8, (i / 8) ** 3) for i in range(9))
"""The opacity curve of coloured channels (fluorescence), sparse in a haze: what is bright is seen through it."""

Narrow = Callable[[Statistics, Window], Window]

WINDOWS: dict[str, Narrow] = {"mean": mean_window, "sum": mean_window, "minip": minimum_window}
"""Modes that show other values than the voxels' own -> where those lie."""


def opacity_length(info: VolumeInfo) -> float:
    """The world length over which a channel's and a label's opacity holds."""
    return min(info.box.extent) / DEPTHS


def make_channels(
    intent: Intent, info: VolumeInfo, statistics: Callable[[int, int], Statistics], forward: Vec3
) -> tuple[Channel, ...]:
    """Every channel of the volume; visible are those asked for, or else the active ones, `MAX_CHANNELS` at most.

    NotFound for one that is not there.
    """
    unit = _mean_chord(info.box, info.pose.straightened(forward)) if intent.mode == "sum" else opacity_length(info)
    return _make(range(len(info.channels)), intent, info, statistics, unit)


def make_visible(intent: Intent, info: VolumeInfo, statistics: Callable[[int, int], Statistics]) -> tuple[Channel, ...]:
    """Of `make_channels` those that are visible in a plane; statistics are asked of no others. NotFound."""
    return _make(sorted(_visible(intent, info)), intent, info, statistics, opacity_length(info))


def _visible(intent: Intent, info: VolumeInfo) -> set[int]:
    for channel in intent.channels:
        info.check(channel=channel.index)
    active = [i for i, channel in enumerate(info.channels) if channel.active] or [0]
    return {channel.index for channel in intent.channels} or set(active[:MAX_CHANNELS])


def _make(
    indices: Iterable[int],
    intent: Intent,
    info: VolumeInfo,
    statistics: Callable[[int, int], Statistics],
    unit: float,
) -> tuple[Channel, ...]:
    asked = {channel.index: channel for channel in intent.channels}
    visible = _visible(intent, info)

    def make(index: int) -> Channel:
        said = asked.get(index, ChannelIntent(index))
        window = _window(said, info, lambda: statistics(index, intent.time), WINDOWS.get(intent.mode))
        return Channel(index, _transfer(said, info, window, unit), visible=index in visible)

    return tuple(make(index) for index in indices)


def _window(
    said: ChannelIntent, info: VolumeInfo, statistics: Callable[[], Statistics], narrow: Narrow | None
) -> Window:
    if said.window is not None:
        low, high = (quantile(statistics(), end.share) if isinstance(end, Quantile) else end for end in said.window)
        return (low, high)
    window = info.channels[said.index].window or statistics().window
    return window if narrow is None else narrow(statistics(), window)


def _transfer(said: ChannelIntent, info: VolumeInfo, window: Window, unit: float) -> TransferFunction:
    channel = info.channels[said.index]
    several = len(info.channels) > 1
    color = said.color or channel.color or (PALETTE[said.index % len(PALETTE)] if several else "white")
    return TransferFunction(
        window=window,
        unit_distance=unit,
        colormap=color,
        opacity=_scaled(SOLID if _is_grey(color) else CLEAR, said.opacity),
        gamma=said.gamma,
        inverted=said.inverted or channel.inverted,
    )


def surface_color(transfer: TransferFunction) -> RGB | None:
    """The colour of a channel's isosurfaces: that of its bright end, or by a map of several colours (None)."""
    if not isinstance(transfer.colormap, str):
        return None
    stops = color_stops(transfer.colormap)
    return stops[-1][1:] if len(stops) == 2 else None


def _scaled(curve: Points, top: float) -> Points:
    return tuple((x, alpha * top) for x, alpha in curve)


def _is_grey(colormap: str) -> bool:
    return all(red == green == blue for _, red, green, blue in color_stops(colormap))


def _mean_chord(box: Box, forward: Vec3) -> float:
    """The mean length of the lines along `forward` inside the box: with it as unit a sum is about a mean."""
    x, y, z = box.extent
    area = abs(forward[0]) * y * z + abs(forward[1]) * x * z + abs(forward[2]) * x * y
    return x * y * z / area
