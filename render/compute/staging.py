"""Staging: levels read and packed for a device, kept within a budget; any thread, numpy only."""

import weakref
from dataclasses import dataclass

from render.compute.label_packing import LabelPacker
from render.compute.layouts import BRICK
from render.compute.packing import PackedLevel, Packer
from render.compute.stored import WIDE
from render.scene import Quality, View
from render.volume.bricks import read_slabs
from render.volume.cache import ByteCache
from render.volume.levels import DEVICE_BYTES_PER_VOXEL, bytes_per_voxel, device_bytes
from render.volume.volume import Volume


@dataclass(frozen=True, slots=True)
class LevelKey:
    """One channel and time of a level of an open volume."""

    volume: int
    level: int
    channel: int
    time: int

    def bytes_per_voxel(self, volume: Volume, lean: bool) -> float:
        """What it takes."""
        return bytes_per_voxel(volume.info.dtype, lean)

    def pack(self, volume: Volume, lean: bool) -> PackedLevel:
        """Read and pack it, in this thread and dask's. DataError."""
        info = volume.info
        base = volume.statistics(self.channel, self.time).minimum if info.dtype in WIDE else 0.0
        packer = Packer(info.levels[self.level].shape, info.dtype, base, lean)
        read_slabs(volume, self.level, self.channel, self.time, packer.add, multiple=BRICK)
        return packer.finish()


@dataclass(frozen=True, slots=True)
class LabelKey:
    """One time of a label image of an open volume, on the grid of one of its levels; lean or not is the same."""

    volume: int
    level: int
    name: str
    time: int

    def bytes_per_voxel(self, volume: Volume, lean: bool) -> float:
        """What it takes."""
        return DEVICE_BYTES_PER_VOXEL

    def pack(self, volume: Volume, lean: bool) -> PackedLevel:
        """Read and pack it, in this thread and dask's. NotFound, DataError."""
        aligned = volume.labels(self.name).aligned
        packer = LabelPacker(aligned.info.levels[self.level].shape)
        read_slabs(aligned, self.level, 0, self.time, packer.add, multiple=BRICK)
        return packer.finish()


def level_keys(volume: Volume, view: View, quality: Quality) -> list[LevelKey]:
    """What the picture needs, one for each visible channel. NotFound where the volume has no such thing."""
    keys = []
    for channel in view.visible_channels:
        volume.info.check(level=quality.level, channel=channel.index, time=view.time)
        keys.append(LevelKey(volume.key, quality.level, channel.index, view.time))
    return keys


def label_keys(volume: Volume, view: View, quality: Quality) -> list[LabelKey]:
    """What the picture needs, one for each of the view's labels. NotFound, with the names there are; DataError."""
    volume.info.check(level=quality.level, time=view.time)
    return [
        LabelKey(volume.key, quality.level, labels.name, volume.labels(labels.name).time(view.time))
        for labels in view.labels
    ]


class Staging:
    """Packed levels, at most `budget` bytes of them beside what is being drawn; `lean` packs them with least memory."""

    def __init__(self, budget: int, lean: bool = False) -> None:
        self._packed: ByteCache[PackedLevel] = ByteCache(budget)
        self._lean = lean
        self._volumes: set[int] = set()

    def __contains__(self, key: LevelKey | LabelKey) -> bool:
        return key in self._packed

    def packed(self, volume: Volume, key: LevelKey | LabelKey) -> PackedLevel:
        """The packed level; reads and packs it in this thread unless that has been or is being done. DataError.

        Levels of a volume that nobody holds any more are let go.
        """
        if volume.key not in self._volumes:
            self._volumes.add(volume.key)
            weakref.finalize(volume, self._forget, volume.key)
        nbytes = device_bytes(volume.info.levels[key.level], 1, key.bytes_per_voxel(volume, self._lean))
        return self._packed.get(key, nbytes, lambda: key.pack(volume, self._lean))

    def _forget(self, volume: int) -> None:
        self._volumes.discard(volume)
        self._packed.drop(lambda key: isinstance(key, LevelKey | LabelKey) and key.volume == volume)
