"""cloud-volume reads what Voxelcast serves as precomputed: every encoding, every scale, boxes across chunks."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from render.backends.null import NullRenderer
from render.engine import Engine
from render.volume.catalogue import Catalogue
from render.volume.sources import open_volume
from tests.streaming import running
from tests.volumes import gradient, write_labels, write_ome_zarr
from voxelcast.app import make_app
from voxelcast.settings import Settings

cloudvolume = pytest.importorskip("cloudvolume", reason="cloud-volume is not installed: make test")

PLACE = {"spacing": (2.0, 0.5, 0.25), "origin": (97.0, -11.75, 4.125), "levels": 3}
"""The corner is at voxel (16, -24, 48), (x, y, z), which levels of four times the voxel count as well."""

CELLS = gradient((2, 6, 90, 150))
"""(c, z, y, x), a different value in each voxel."""

IDS = (gradient((6, 90, 150), "uint64") // 977 << np.uint64(33)) + gradient((6, 90, 150), "uint64") % 3


def smooth() -> np.ndarray:
    """uint8 (z, y, x) without edges, which JPEG keeps within a few grey levels."""
    z, y, x = np.meshgrid(np.arange(6), np.arange(90), np.arange(150), indexing="ij")
    return (10 * z + y + x / 2).astype(np.uint8)


@pytest.fixture(scope="module")
def volumes(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    folder = tmp_path_factory.mktemp("volumes")
    path = write_ome_zarr(folder / "cells.zarr", CELLS, "czyx", chunks=(1, 2, 40, 60), **PLACE)
    write_labels(path, "nuclei", IDS, chunks=(4, 50, 70), **PLACE)
    grey = write_ome_zarr(folder / "grey.zarr", smooth(), chunks=(3, 33, 44), **PLACE)
    return Catalogue({"plate/cells #1": str(path), "grey": str(grey)}, open_volume)


@pytest.fixture(scope="module")
def url(volumes: Catalogue) -> Iterator[str]:
    with Engine(NullRenderer) as engine, running(make_app(Settings(), engine, volumes)) as url:
        yield f"precomputed://{url}/precomputed/"


def opened(url: str, mip: int = 0, **options: Any) -> Any:
    return cloudvolume.CloudVolume(url, mip=mip, progress=False, parallel=1, **options)


def whole(volumes: Catalogue, name: str, level: int, channel: int = 0) -> np.ndarray:
    volume = volumes.volume(name)
    return volume.read(level, (0, 0, 0), volume.info.levels[level].shape, channel)


def zyx(found: Any, channel: int = 0) -> np.ndarray:
    return np.asarray(found)[..., channel].T


@pytest.mark.parametrize("mip", [0, 1, 2])
def test_every_scale_of_every_channel_is_read(url: str, volumes: Catalogue, mip: int) -> None:
    volume = opened(f"{url}plate/cells%20%231", mip)
    assert list(volume.resolution) == [250 * 2**mip, 500 * 2**mip, 2000 * 2**mip]
    found = volume[:]
    for channel in range(2):
        assert_array_equal(zyx(found, channel), whole(volumes, "plate/cells #1", mip, channel))


def test_a_box_across_chunks_is_where_its_numbers_say(url: str) -> None:
    volume = opened(f"{url}plate/cells%20%231")
    assert volume.bounds.minpt.tolist() == [16, -24, 48]
    found = volume[16 + 50 : 16 + 133, -24 + 3 : -24 + 71, 48 + 1 : 48 + 5]
    assert_array_equal(zyx(found, 1), CELLS[1, 1:5, 3:71, 50:133])


@pytest.mark.parametrize("mip", [0, 1, 2])
def test_levels_cover_the_same_nanometres(url: str, mip: int) -> None:
    volume = opened(f"{url}plate/cells%20%231", mip)
    begin = volume.bounds.minpt * volume.resolution
    assert begin.tolist() == [16 * 250, -24 * 500, 48 * 2000]


@pytest.mark.parametrize("encoding", ["raw", "compressed_segmentation"])
@pytest.mark.parametrize("mip", [0, 1])
def test_labels_are_the_ids_of_64_bits(url: str, volumes: Catalogue, encoding: str, mip: int) -> None:
    volume = opened(f"{url}plate/cells%20%231/labels/nuclei;encoding={encoding}", mip)
    assert (volume.layer_type, volume.encoding, volume.data_type) == ("segmentation", encoding, "uint64")
    expected = volumes.volume("plate/cells #1").labels("nuclei").ids.read(mip, (0, 0, 0), volume_shape(volume))
    assert_array_equal(zyx(volume[:]), expected)


def volume_shape(volume: Any) -> tuple[int, int, int]:
    x, y, z = (int(n) for n in volume.volume_size)
    return (z, y, x)


@pytest.mark.parametrize("mip", [0, 1])
def test_a_png_is_exact(url: str, volumes: Catalogue, mip: int) -> None:
    """Of uint8: its PNG reader takes 16 bits for two channels of 8 (12.15)."""
    assert_array_equal(zyx(opened(f"{url}grey;encoding=png", mip)[:]), whole(volumes, "grey", mip))


@pytest.mark.parametrize("mip", [0, 1])
def test_a_jpeg_is_near(url: str, volumes: Catalogue, mip: int) -> None:
    found = zyx(opened(f"{url}grey;encoding=jpeg", mip)[:])
    assert np.abs(found.astype(int) - whole(volumes, "grey", mip)).max() <= 6


def test_flat_chunks_are_read_as_well(url: str) -> None:
    """It takes the first shape of chunks that is told; here the others are told alone."""
    for shape in ([512, 512, 1], [512, 1, 512], [1, 512, 512]):
        address = f"{url}grey;encoding=png"
        info = opened(address).info
        info["scales"][0]["chunk_sizes"] = [shape]
        assert_array_equal(zyx(opened(address, info=info)[:]), smooth())
