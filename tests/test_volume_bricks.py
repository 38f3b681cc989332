"""Whole levels in slabs: every voxel once, whole layers of chunks, a bounded number at once, errors come out."""

import threading
from dataclasses import replace

import numpy as np
import pytest

from render.errors import DataError, NotFound
from render.geometry import Shape3
from render.volume.bricks import read_slabs, slab_thickness
from render.volume.info import VolumeInfo
from render.volume.volume import Volume
from tests.arrays import ArrayInMemory, memory_volume


def chunked(info: VolumeInfo, shape: Shape3, chunks: Shape3) -> VolumeInfo:
    return replace(info, levels=(replace(info.levels[0], shape=shape, chunks=chunks),))


def test_slabs_are_whole_layers_of_chunks_that_cover_every_voxel_once() -> None:
    # A layer of 20 planes takes 12 MiB, two of them fit a slab of 32 MiB.
    voxels = np.arange(2 * 90 * 700 * 900, dtype=np.uint32).astype(np.uint8).reshape(1, 2, 90, 700, 900)
    volume = Volume(
        chunked(memory_volume(voxels).info, (90, 700, 900), (20, 64, 64)), "tczyx", (ArrayInMemory(voxels),)
    )
    found = np.zeros((90, 700, 900), np.uint8)
    lock, starts = threading.Lock(), []

    def on_slab(z: int, slab: np.ndarray) -> None:
        with lock:
            starts.append(z)
        found[z : z + len(slab)] += slab

    read_slabs(volume, 0, channel=1, time=0, on_slab=on_slab)
    assert sorted(starts) == [0, 40, 80]
    assert np.array_equal(found, voxels[0, 1])


@pytest.mark.parametrize(
    ("shape", "chunks", "multiple", "thickness"),
    [
        # In MiB of uint8: a plane is 1, so a slab is 32 planes, and 256 may be in flight.
        ((4, 3, 5), (4, 3, 5), 1, 4),
        ((512, 1024, 1024), (16, 64, 64), 1, 32),
        ((512, 1024, 1024), (48, 64, 64), 1, 48),
        ((512, 1024, 1024), (5, 64, 64), 1, 30),
        ((512, 1024, 1024), (48, 64, 64), 32, 96),
        ((512, 1024, 1024), (50, 64, 64), 32, 128),
        ((512, 1024, 1024), (400, 64, 64), 1, 128),
        ((512, 16384, 16384), (64, 64, 64), 32, 32),
    ],
    ids=[
        "a level smaller than a slab",
        "two layers fit a slab",
        "one layer is more than a slab",
        "as many layers as fit",
        "layers and bricks meet",
        "layers and bricks do not meet within the level",
        "one layer is more than may be in flight",
        "not even one layer of bricks may be in flight",
    ],
)
def test_a_slab_is_as_thick_as_chunks_and_memory_allow(
    shape: Shape3, chunks: Shape3, multiple: int, thickness: int
) -> None:
    info = chunked(memory_volume(np.zeros((1, 1, 1), np.uint8)).info, shape, chunks)
    assert slab_thickness(info, 0, multiple) == thickness


def test_an_error_in_the_receiver_ends_the_reading() -> None:
    volume = memory_volume(np.zeros((4, 3, 5), np.uint8))

    def refuse(z: int, slab: np.ndarray) -> None:
        raise DataError("enough")

    with pytest.raises(DataError, match="enough"):
        read_slabs(volume, 0, 0, 0, refuse)


def test_a_level_that_is_not_there_is_refused_before_anything_is_read() -> None:
    volume = memory_volume(np.zeros((4, 3, 5), np.uint8))
    with pytest.raises(NotFound, match="no level 1, it has 1 level"):
        read_slabs(volume, 1, 0, 0, lambda z, slab: None)
