"""Tables for people: what a volume is, which renderers there are."""

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from render.backends.base import Probe
from render.errors import RenderError
from render.geometry import Spacing3
from render.scene import MAX_CHANNELS
from render.volume.info import ChannelInfo, VolumeInfo
from render.volume.volume import Volume


def volume_table(volume: Volume) -> RenderableType:
    """Axes, size, spacing, levels, channels, labels, times, memory and what was assumed; opens the labels."""
    info = volume.info
    facts = Table(box=None, show_header=False, pad_edge=False, padding=(0, 3, 0, 0))
    unit = info.unit or "unit not said"
    facts.add_row("axes", " ".join(axis.name for axis in info.axes))
    facts.add_row("type", info.dtype)
    facts.add_row("size", f"{_times(info.box.extent)} {unit} (x, y, z)")
    facts.add_row("memory", f"{human_bytes(info.nbytes)} decoded, all channels and times")
    if info.times > 1:
        facts.add_row("times", f"{info.times}, every {info.time_step:g} {info.time_unit}".rstrip())
    if info.rotated:
        facts.add_row("rotated", "; ".join(_list(row) for row in info.direction) + " (rows x, y, z)")
    facts.add_row("labels", "; ".join(_labels(volume, name) for name in info.labels) or "none")
    notes = [f"Note: {note}" for note in info.notes]
    return Group(Text(info.name, style="bold"), facts, "", _levels(info), "", _channels(info.channels), *notes)


def volumes_table(infos: list[VolumeInfo]) -> RenderableType:
    """A line for each of many volumes."""
    table = _table("volume", "axes", "voxels z, y, x", "channels", "times", "type", "memory")
    for info in infos:
        table.add_row(
            info.name,
            " ".join(axis.name for axis in info.axes),
            _times(info.levels[0].shape),
            str(len(info.channels)),
            str(info.times),
            info.dtype,
            human_bytes(info.nbytes),
        )
    return table


def devices_table(probes: list[Probe], verdict: str) -> RenderableType:
    """Every renderer, what it draws on or why it does not, and the command that would mend that."""
    table = _table("renderer", "works", "on", "to mend it")
    for probe in probes:
        table.add_row(probe.name, "yes" if probe.usable else "no", probe.detail, probe.remedy)
    return Group(table, "", Text(verdict))


def human_bytes(count: int) -> str:
    """1536 -> "1.5 KiB"."""
    value, units = float(count), ["B", "KiB", "MiB", "GiB", "TiB"]
    while value >= 1024 and len(units) > 1:
        value /= 1024
        units.pop(0)
    return f"{value:.4g} {units[0]}"


def _labels(volume: Volume, name: str) -> str:
    """A label image in a few words; those that cannot be opened say why, and the rest of the volume is told."""
    try:
        labels = volume.labels(name)
    except RenderError as error:
        return str(error)
    count = len(labels.info.levels)
    return f"{name}, {labels.info.dtype}, {count} level{'s' if count > 1 else ''}"


def _levels(info: VolumeInfo) -> Table:
    table = _table("level", "path", "voxels z, y, x", "chunks", "spacing z, y, x", "origin z, y, x")
    for index, level in enumerate(info.levels):
        table.add_row(
            str(index),
            level.path,
            _times(level.shape),
            _times(level.chunks),
            _list(level.spacing),
            _list(level.origin),
        )
    return table


def _channels(channels: tuple[ChannelInfo, ...]) -> Table:
    table = _table("channel", "label", "colour", "window", "shown")
    drawn = 0
    for index, channel in enumerate(channels):
        window = "from the data" if channel.window is None else f"{channel.window[0]:g} to {channel.window[1]:g}"
        drawn += channel.active
        beyond = channel.active and drawn > MAX_CHANNELS
        shown = f"no: {MAX_CHANNELS} at once" if beyond else "yes" if channel.active else "no"
        shown += ", inverted" if channel.inverted else ""
        table.add_row(str(index), channel.label, channel.color or "chosen here", window, shown)
    return table


def _table(*headers: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0), header_style="dim")
    for header in headers:
        table.add_column(header, overflow="fold")
    return table


def _times(numbers: tuple[float, ...]) -> str:
    return " x ".join(f"{number:g}" for number in numbers)


def _list(numbers: Spacing3) -> str:
    return ", ".join(f"{number:g}" for number in numbers)
