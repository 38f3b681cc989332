"""Volumes out of numpy arrays: what a renderer draws, without a file.

Also a fake of `ArraySource`: it counts its reads, so that a test can see what was read and what came from a cache.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from render.geometry import Spacing3
from render.volume.info import AxisInfo, ChannelInfo, Level, VolumeInfo
from render.volume.labels import RGBA, LabelMetadata
from render.volume.volume import Array, LabelImage, Volume


@dataclass
class ArrayInMemory:
    """One level's voxels in the order t, c, z, y, x; one chunk for each time and channel."""

    array: NDArray[np.generic]
    reads: list[tuple[slice | int, ...]] = field(default_factory=list)

    @property
    def shape(self) -> tuple[int, ...]:
        return self.array.shape

    @property
    def chunks(self) -> tuple[int, ...]:
        return (1, 1, *self.array.shape[2:])

    @property
    def dtype(self) -> np.dtype[np.generic]:
        return self.array.dtype

    def read(self, selection: tuple[slice | int, ...]) -> Array:
        self.reads.append(selection)
        return self.array[selection]


def memory_volume(
    *levels: NDArray[np.generic],
    spacing: Spacing3 = (1.0, 1.0, 1.0),
    origin: Spacing3 = (0.0, 0.0, 0.0),
    unit: str = "micrometer",
    name: str = "memory",
) -> Volume:
    """A Volume of arrays (z, y, x), (c, z, y, x) or (t, c, z, y, x), the finest level first.

    `spacing` and `origin` (z, y, x) are those of the finest level; the coarser ones fill the same box.
    """
    arrays = [level.reshape((1,) * (5 - level.ndim) + level.shape) for level in levels]
    finest = arrays[0].shape
    described = []
    for index, array in enumerate(arrays):
        factors = [fine / coarse for fine, coarse in zip(finest[2:], array.shape[2:], strict=True)]
        described.append(
            Level(
                path=str(index),
                shape=array.shape[2:],  # type: ignore[arg-type]
                chunks=array.shape[2:],  # type: ignore[arg-type]
                spacing=tuple(s * f for s, f in zip(spacing, factors, strict=True)),  # type: ignore[arg-type]
                origin=tuple(  # type: ignore[arg-type]
                    o + (f - 1) / 2 * s for o, s, f in zip(origin, spacing, factors, strict=True)
                ),
            )
        )
    info = VolumeInfo(
        name=name,
        axes=tuple(AxisInfo(a, k, "") for a, k in zip("tczyx", ["time", "channel", *["space"] * 3], strict=True)),
        dtype=str(arrays[0].dtype),
        levels=tuple(described),
        channels=tuple(ChannelInfo(f"channel {index}") for index in range(finest[1])),
        unit=unit,
        times=finest[0],
    )
    return Volume(info, "tczyx", tuple(ArrayInMemory(array) for array in arrays))


def labelled_volume(
    array: NDArray[np.generic],
    ids: NDArray[np.generic],
    colors: Mapping[int, RGBA],
    spacing: Spacing3,
    origin: Spacing3,
) -> Volume:
    """A Volume of one level (z, y, x) or (c, z, y, x) with the label image "cells" of `ids` (z, y, x) on its grid."""
    image = memory_volume(array, spacing=spacing, origin=origin)
    info = replace(image.info, labels=("cells",))
    pyramid = memory_volume(ids, spacing=spacing, origin=origin, name="cells")
    cells = LabelImage(pyramid, LabelMetadata(colors), info)
    source = ArrayInMemory(array.reshape((1,) * (5 - array.ndim) + array.shape))
    return Volume(info, "tczyx", (source,), open_labels={"cells": cells}.__getitem__)
