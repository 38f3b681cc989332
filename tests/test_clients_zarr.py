"""The libraries that people read Zarr with, over both doors: the same voxels, and the same place in the world."""

import zipfile
from collections.abc import Iterator
from typing import Any

import numcodecs
import numpy as np
import pytest
import zarr
from numpy.testing import assert_allclose, assert_array_equal
from numpy.typing import NDArray

from render.backends.null import NullRenderer
from render.engine import Engine
from render.volume.catalogue import Catalogue
from render.volume.sources import open_volume
from tests.streaming import running
from tests.volumes import gradient, write_labels, write_ome_zarr
from voxelcast.app import make_app
from voxelcast.settings import Settings

VOXELS = gradient((2, 5, 70, 90))
IDS = (VOXELS[0] % 9).astype(np.uint8)
SPACING, ORIGIN = (3.0, 0.5, 0.25), (10.0, 20.0, 30.0)

DOORS = [
    pytest.param("zarr/old.ome.zarr", 2, id="the store, 0.4"),
    pytest.param("zarr/new.ome.zarr", 3, id="the store, 0.5 in shards"),
    pytest.param("zarr/zipped.ome.zarr", 3, id="a zipped store"),
    pytest.param("zarr2/new.zarr", 2, id="the view of 0.5"),
    pytest.param("zarr2/old;chunk=1x32x32.zarr", 2, id="the view of 0.4 in planes"),
]


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("volumes")
    options: dict[str, Any] = {"spacing": SPACING, "origin": ORIGIN, "levels": 2, "chunks": (1, 5, 32, 32)}
    old = write_ome_zarr(folder / "old.ome.zarr", VOXELS, "czyx", ngff="0.4", compressors=numcodecs.GZip(1), **options)
    new = write_ome_zarr(folder / "new.ome.zarr", VOXELS, "czyx", shards=(2, 5, 64, 64), **options)
    for image, ngff in ((old, "0.4"), (new, "0.5")):
        write_labels(image, "cells", IDS, ngff=ngff, spacing=SPACING, origin=ORIGIN, levels=2)
    with zipfile.ZipFile(folder / "zipped.ozx", "w") as target:
        for file in sorted(new.rglob("*")):
            if file.is_file():
                target.write(file, file.relative_to(new).as_posix())
    sources = {"old": str(old), "new": str(new), "zipped": str(folder / "zipped.ozx")}
    with Engine(NullRenderer) as engine, running(make_app(Settings(), engine, Catalogue(sources, open_volume))) as url:
        yield url


def check_levels(finest: NDArray[Any], coarser: NDArray[Any]) -> None:
    assert_array_equal(finest, VOXELS)
    # 8 voxels that rise by 1, 90 and 6300 along x, y, z: their mean is what the first has and half of each, cut off
    assert_array_equal(coarser[:, 0, :, 0], VOXELS[:, 0, ::2, 0] + 3195)


@pytest.mark.parametrize(("door", "version"), DOORS)
def test_zarr_python_with_fsspec(url: str, door: str, version: int) -> None:
    group = zarr.open_group(f"{url}/{door}", mode="r")
    assert group.metadata.zarr_format == version
    check_levels(group["0"][:], group["1"][:])
    assert_array_equal(group["labels/cells/0"][:], IDS)
    assert_array_equal(group["0"][1, 2, 60:, 80:], VOXELS[1, 2, 60:, 80:])


@pytest.mark.parametrize(("door", "version"), DOORS)
def test_zarr_python_with_obstore(url: str, door: str, version: int) -> None:
    from obstore.store import HTTPStore

    store = zarr.storage.ObjectStore(HTTPStore(f"{url}/{door}", client_options={"allow_http": True}), read_only=True)
    group = zarr.open_group(store, mode="r", zarr_format=version)  # type: ignore[arg-type]
    check_levels(group["0"][:], group["1"][:])


@pytest.mark.parametrize(("door", "version"), DOORS)
def test_tensorstore(url: str, door: str, version: int) -> None:
    import tensorstore

    def read(path: str) -> NDArray[Any]:
        kvstore = {"driver": "http", "base_url": f"{url}/{door}/{path}/"}
        driver = "zarr" if version == 2 else "zarr3"
        return tensorstore.open({"driver": driver, "kvstore": kvstore}, read=True).result().read().result()

    check_levels(read("0"), read("1"))
    assert_array_equal(read("labels/cells/0"), IDS)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize(("door", "version"), DOORS)
def test_ome_zarr_py(url: str, door: str, version: int) -> None:
    from ome_zarr.io import parse_url
    from ome_zarr.reader import Reader

    location = parse_url(f"{url}/{door}")
    assert location is not None
    image, *labels = list(Reader(location)())
    check_levels(*(level.compute() for level in image.data[:2]))
    first, second = (steps[0]["scale"] for steps in image.metadata["coordinateTransformations"][:2])
    assert (first, second) == ([1, *SPACING], [1, *(2 * s for s in SPACING)])
    assert [axis["name"] for axis in image.metadata["axes"]] == list("czyx")
    ids = next(node for node in labels if "cells" in str(node.zarr))
    assert_array_equal(np.squeeze(ids.data[0].compute()), IDS)


@pytest.mark.parametrize(("door", "version"), DOORS)
def test_ngff_zarr(url: str, door: str, version: int) -> None:
    import ngff_zarr

    found = ngff_zarr.from_ngff_zarr(f"{url}/{door}")
    check_levels(*(image.data.compute() for image in found.images[:2]))
    for image, factor in zip(found.images[:2], (1, 2), strict=True):
        assert_allclose([image.scale[axis] for axis in "zyx"], np.multiply(SPACING, factor))
        expected = [o + (factor - 1) * s / 2 for o, s in zip(ORIGIN, SPACING, strict=True)]
        assert_allclose([image.translation[axis] for axis in "zyx"], expected)
