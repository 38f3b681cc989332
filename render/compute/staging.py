"""Staging: levels read and packed for a device, kept within a budget; any thread, numpy only."""

from dataclasses import dataclass

from render.compute.packing import BRICK, PackedLevel, Packer
from render.compute.stored import WIDE
from render.scene import Quality, View
from render.volume.bricks import read_slabs
from render.volume.cache import ByteCache
from render.volume.levels import device_bytes
from render.volume.volume import Volume


@dataclass(frozen=True, slots=True)
class LevelKey:
    """One channel and time of a level of an open volume."""

    volume: int
    level: int
    channel: int
    time: int


def level_keys(volume: Volume, view: View, quality: Quality) -> list[LevelKey]:
    """What the picture needs, one for each visible channel. NotFound where the volume has no such thing."""
    keys = []
    for channel in view.visible_channels:
        volume.info.check(level=quality.level, channel=channel.index, time=view.time)
        keys.append(LevelKey(volume.key, quality.level, channel.index, view.time))
    return keys


class Staging:
    """Packed levels, at most `budget` bytes of them beside what is being drawn."""

    def __init__(self, budget: int) -> None:
        self._packed: ByteCache[PackedLevel] = ByteCache(budget)

    def __contains__(self, key: LevelKey) -> bool:
        return key in self._packed

    def packed(self, volume: Volume, key: LevelKey) -> PackedLevel:
        """The packed level; reads and packs it in this thread unless that has been or is being done. DataError."""
        nbytes = device_bytes(volume.info.levels[key.level], 1)
        return self._packed.get(key, nbytes, lambda: _pack(volume, key))


def _pack(volume: Volume, key: LevelKey) -> PackedLevel:
    dtype = volume.info.dtype
    base = volume.statistics(key.channel, key.time).minimum if dtype in WIDE else 0.0
    packer = Packer(volume.info.levels[key.level].shape, dtype, base)
    read_slabs(volume, key.level, key.channel, key.time, packer.add, multiple=BRICK)
    return packer.finish()
