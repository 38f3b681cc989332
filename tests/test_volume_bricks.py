"""Whole levels in slabs: every voxel once, whole layers of chunks, errors come out."""

import threading

import numpy as np
import pytest

from render.errors import DataError, NotFound
from render.volume.bricks import read_slabs, slab_thickness
from tests.arrays import memory_volume


def test_slabs_cover_every_voxel_once_and_say_where_they_start() -> None:
    voxels = np.arange(2 * 3 * 300 * 200 * 170, dtype=np.uint16).reshape(2, 3, 300, 200, 170)
    volume = memory_volume(voxels)
    found = np.zeros((300, 200, 170), np.uint16)
    lock, starts = threading.Lock(), []

    def on_slab(z: int, slab: np.ndarray) -> None:
        with lock:
            starts.append(z)
        found[z : z + len(slab)] += slab

    read_slabs(volume, 0, channel=2, time=1, on_slab=on_slab)
    assert np.array_equal(found, voxels[1, 2])
    assert len(starts) == len(set(starts))


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


def test_a_slab_is_whole_layers_of_chunks_and_no_thicker_than_the_level() -> None:
    assert slab_thickness(memory_volume(np.zeros((4, 3, 5), np.uint8)).info, 0) == 4
