"""Every layout in which voxels are stored reads as the same numbers; what is broken is said with the numbers in it."""

import json
import shutil
import zipfile
from pathlib import Path
from typing import Any

import numcodecs
import numpy as np
import pytest
import zarr.codecs
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from render.errors import BadRequest, DataError, NotFound
from render.geometry import Shape3
from render.volume.sources import open_volume
from tests.volumes import gradient, write_ome_zarr

VOXELS = gradient((3, 5, 7), "uint16") * 3

LAYOUTS: dict[str, dict[str, Any]] = {
    "zarr v3, one chunk": {},
    "zarr v3, small chunks": {"chunks": (2, 3, 4)},
    "zarr v3, shards": {"chunks": (1, 2, 3), "shards": (2, 4, 6)},
    "zarr v3, transposed": {"filters": [zarr.codecs.TransposeCodec(order=(2, 0, 1))]},
    "zarr v3, gzip and checksum": {"compressors": [zarr.codecs.GzipCodec(), zarr.codecs.Crc32cCodec()]},
    "zarr v3, no compression": {"compressors": None},
    "zarr v3, keys as in v2": {"chunk_key_encoding": {"name": "v2", "separator": "."}},
    "zarr v3, big-endian": {"serializer": zarr.codecs.BytesCodec(endian="big")},
    "zarr v2, nested keys": {"ngff": "0.4", "chunks": (2, 3, 4)},
    "zarr v2, flat keys": {"ngff": "0.1", "chunks": (2, 3, 4)},
    "zarr v2, blosc lz4": {"ngff": "0.4", "compressors": numcodecs.Blosc("lz4")},
    "zarr v3, blosc": {"compressors": [zarr.codecs.BloscCodec()]},
    "zarr v3, blosc in shards": {"compressors": [zarr.codecs.BloscCodec()], "chunks": (1, 2, 3), "shards": (2, 4, 6)},
    "zarr v2, lzma": {"ngff": "0.4", "compressors": numcodecs.LZMA()},
    "zarr v2, raw lz4": {"ngff": "0.4", "compressors": numcodecs.LZ4()},
    "zarr v2, delta filter": {"ngff": "0.4", "filters": [numcodecs.Delta("<u2")]},
    "zarr v2, column order": {"ngff": "0.4", "order": "F", "chunks": (2, 3, 4)},
}


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_every_layout_reads_as_the_same_numbers(tmp_path: Path, layout: dict[str, Any]) -> None:
    volume = open_volume(str(write_ome_zarr(tmp_path / "layout.zarr", VOXELS, **layout)))
    assert np.array_equal(volume.read(0, (0, 0, 0), (3, 5, 7)), VOXELS)
    assert np.array_equal(volume.read(0, (1, 2, 3), (3, 5, 6)), VOXELS[1:3, 2:5, 3:6])


@pytest.mark.parametrize("dtype", [">u2", "<u2", ">f4", "float16", "int8", "uint64", "float64", "bool"])
def test_voxels_come_in_the_machine_s_byte_order(tmp_path: Path, dtype: str) -> None:
    stored = (VOXELS % 2).astype(dtype)
    volume = open_volume(str(write_ome_zarr(tmp_path / "order.zarr", stored, ngff="0.4")))
    found = volume.read(0, (0, 0, 0), (3, 5, 7))
    assert found.dtype == np.dtype("uint8" if dtype == "bool" else dtype).newbyteorder("=")
    assert volume.info.dtype == found.dtype.name
    assert np.array_equal(found, VOXELS % 2)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(draw=st.data(), axes=st.lists(st.sampled_from("tczyx"), min_size=1, max_size=5, unique=True))
def test_any_box_of_any_axis_order_is_that_of_numpy(tmp_path: Path, draw: st.DataObject, axes: list[str]) -> None:
    if not set(axes) & set("zyx"):
        axes.append("y")
    sizes = {"t": 2, "c": 3, "z": 4, "y": 5, "x": 7}
    voxels = gradient([sizes[axis] for axis in axes])
    path = tmp_path / "axes.zarr"
    shutil.rmtree(path, ignore_errors=True)
    volume = open_volume(str(write_ome_zarr(path, voxels, "".join(axes), chunks=[2] * len(axes))))

    boxes = [sorted(draw.draw(st.tuples(*[st.integers(0, sizes[a])] * 2))) if a in axes else (0, 1) for a in "zyx"]
    (z0, z1), (y0, y1), (x0, x1) = boxes
    t, c = (draw.draw(st.integers(0, sizes[a] - 1)) if a in axes else 0 for a in "tc")
    absent = [axis for axis in "tczyx" if axis not in axes]
    whole = voxels.reshape(voxels.shape + (1,) * len(absent))
    whole = whole.transpose([[*axes, *absent].index(axis) for axis in "tczyx"])
    found = volume.read(0, (z0, y0, x0), (z1, y1, x1), channel=c, time=t)
    assert np.array_equal(found, whole[t, c, z0:z1, y0:y1, x0:x1])


def test_dask_gives_the_level_in_the_file_s_own_axis_order(tmp_path: Path) -> None:
    voxels = gradient((2, 3, 5, 7))
    volume = open_volume(str(write_ome_zarr(tmp_path / "lazy.zarr", voxels, "cxyz", chunks=(1, 2, 3, 7), levels=2)))
    lazy = volume.dask(0)
    assert lazy.chunksize == (1, 2, 3, 7)
    assert np.array_equal(lazy.compute(scheduler="threads"), voxels)
    assert volume.dask(1).shape == (2, 2, 3, 4)


def test_voxels_of_chunks_that_are_not_stored_have_the_fill_value(tmp_path: Path) -> None:
    path = write_ome_zarr(tmp_path / "sparse.zarr", VOXELS, chunks=(3, 5, 4), fill_value=9)
    (path / "0" / "c" / "0" / "0" / "1").unlink()
    found = open_volume(str(path)).read(0, (0, 0, 0), (3, 5, 7))
    assert np.array_equal(found[:, :, :4], VOXELS[:, :, :4])
    assert (found[:, :, 4:] == 9).all()


def test_an_axis_with_a_negative_scale_is_read_backwards(tmp_path: Path) -> None:
    path = write_ome_zarr(tmp_path / "mirrored.zarr", VOXELS, spacing=(2, 1, -0.5), origin=(0, 0, 10), chunks=(2, 3, 4))
    volume = open_volume(str(path))
    assert volume.info.levels[0].origin == (0, 0, 7)
    assert np.array_equal(volume.read(0, (1, 2, 1), (3, 5, 4)), VOXELS[:, :, ::-1][1:3, 2:5, 1:4])
    assert np.array_equal(volume.dask(0).compute(scheduler="threads"), VOXELS[:, :, ::-1])


@pytest.mark.parametrize("ending", [".ozx", ".zip"])
def test_a_zip_is_read_in_place(tmp_path: Path, ending: str) -> None:
    folder = write_ome_zarr(tmp_path / "zipped.zarr", VOXELS, chunks=(1, 2, 3), shards=(2, 4, 6))
    packed = tmp_path / f"packed{ending}"
    with zipfile.ZipFile(packed, "w") as archive:
        for file in sorted(folder.rglob("*")):
            archive.write(file, Path("inner") / file.relative_to(folder))
    volume = open_volume(f"{packed}/inner")
    assert volume.info.name == "packed/inner"
    assert np.array_equal(volume.read(0, (0, 0, 0), (3, 5, 7)), VOXELS)
    volume.close()


def test_labels_are_listed_by_name(tmp_path: Path) -> None:
    path = write_ome_zarr(tmp_path / "image.zarr", VOXELS)
    labels = zarr.open_group(str(path / "labels"), mode="w")
    labels.attrs["labels"] = ["organs", "cells/round"]
    assert open_volume(str(path)).info.labels == ("organs", "cells/round")


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_a_truncated_chunk_is_an_error_with_its_level_and_voxels(tmp_path: Path, layout: dict[str, Any]) -> None:
    path = write_ome_zarr(tmp_path / "broken.zarr", VOXELS, **layout)
    for chunk in [file for file in (path / "0").rglob("*") if file.is_file() and "z" not in file.name]:
        chunk.write_bytes(chunk.read_bytes()[: chunk.stat().st_size // 2])
    volume = open_volume(str(path))
    with pytest.raises(DataError, match=r"^broken: level '0', voxels \[0:3, 0:5, 0:7\]: cannot be read: .+") as caught:
        volume.read(0, (0, 0, 0), (3, 5, 7))
    assert "\n" not in str(caught.value)


def test_a_blosc_chunk_that_lies_about_its_size_is_an_error(tmp_path: Path) -> None:
    path = write_ome_zarr(tmp_path / "lying.zarr", VOXELS, compressors=[zarr.codecs.BloscCodec()])
    chunk = path / "0" / "c" / "0" / "0" / "0"
    stored = bytearray(chunk.read_bytes())
    stored[4:8] = (2**32 - 16).to_bytes(4, "little")
    chunk.write_bytes(stored)
    with pytest.raises(DataError, match="holds 4294967280 bytes"):
        open_volume(str(path)).read(0, (0, 0, 0), (3, 5, 7))


def edit(file: Path, **changes: Any) -> None:
    file.write_text(json.dumps(json.loads(file.read_text()) | changes))


def break_codec_v3(path: Path) -> None:
    edit(path / "0" / "zarr.json", codecs=[{"name": "bytes", "configuration": {"endian": "little"}}, {"name": "magic"}])


def break_codec_v2(path: Path) -> None:
    edit(path / "0" / ".zarray", compressor={"id": "magic"})


def remove_level(path: Path) -> None:
    shutil.rmtree(path / "1")


def level_is_group(path: Path) -> None:
    shutil.rmtree(path / "1")
    zarr.open_group(str(path / "1"), mode="w")


def no_multiscales(path: Path) -> None:
    zarr.open_group(str(path), mode="r+").attrs.clear()


def no_json(path: Path) -> None:
    (path / "zarr.json").write_text('{"zarr_format": 3, ')


def path_leads_out(path: Path) -> None:
    group = zarr.open_group(str(path), mode="r+")
    ome = dict(group.attrs["ome"])
    ome["multiscales"][0]["datasets"][0]["path"] = "../elsewhere"
    group.attrs["ome"] = ome


@pytest.mark.parametrize(
    ("ngff", "damage", "message"),
    [
        pytest.param("0.5", break_codec_v3, "level '0' cannot be read: .*magic", id="a codec that v3 does not know"),
        pytest.param("0.4", break_codec_v2, "level '0' cannot be read: .*magic", id="a codec that v2 does not know"),
        pytest.param("0.5", remove_level, "level '1' is listed .* does not exist", id="a level without an array"),
        pytest.param("0.5", level_is_group, "level '1' is a group", id="a level that is a group"),
        pytest.param("0.5", no_multiscales, 'no "multiscales"', id="a group without multiscales"),
        pytest.param("0.5", no_json, "it cannot be read: .*", id="metadata that are no JSON"),
        pytest.param("0.5", path_leads_out, "level '../elsewhere' cannot be read", id="a level outside the image"),
    ],
)
def test_what_is_broken_is_said_when_it_is_opened(tmp_path: Path, ngff: str, damage: Any, message: str) -> None:
    path = write_ome_zarr(tmp_path / "damaged.zarr", VOXELS, ngff=ngff, levels=2)
    damage(path)
    with pytest.raises(DataError, match=f"^sample: .*{message}") as caught:
        open_volume(str(path), "sample")
    assert str(tmp_path) not in str(caught.value).removeprefix(str(path))
    assert "\n" not in str(caught.value)


def test_metadata_that_zarr_warns_of_open_without_a_warning(tmp_path: Path) -> None:
    path = write_ome_zarr(tmp_path / "odd.zarr", VOXELS, ngff="0.4")
    edit(path / "0" / ".zarray", filters=[])
    shutil.copy(write_ome_zarr(tmp_path / "other.zarr", VOXELS) / "zarr.json", path / "zarr.json")
    shutil.rmtree(path / "0")
    shutil.copytree(tmp_path / "other.zarr" / "0", path / "0")
    assert np.array_equal(open_volume(str(path)).read(0, (0, 0, 0), (3, 5, 7)), VOXELS)


def test_nothing_there_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"missing.zarr: there is nothing there"):
        open_volume(str(tmp_path / "missing.zarr"))


def test_an_array_is_no_image(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="it is an array and no image"):
        open_volume(str(write_ome_zarr(tmp_path / "image.zarr", VOXELS) / "0"))


def test_a_file_that_is_no_zip_is_said_to_be_unreadable(tmp_path: Path) -> None:
    (tmp_path / "fake.ozx").write_bytes(b"not a zip at all")
    with pytest.raises(DataError, match=r"fake.ozx: fake.ozx is not a zip file"):
        open_volume(str(tmp_path / "fake.ozx"))


def test_a_scheme_that_is_not_known_is_refused() -> None:
    with pytest.raises(BadRequest, match="gopher://"):
        open_volume("gopher://host/image.zarr")


@pytest.mark.parametrize(("lower", "upper"), [((0, 0, 0), (3, 5, 7)), ((2, 4, 6), (3, 5, 7)), ((1, 1, 1), (1, 1, 1))])
def test_boxes_may_be_whole_single_or_empty(tmp_path: Path, lower: Shape3, upper: Shape3) -> None:
    volume = open_volume(str(write_ome_zarr(tmp_path / "boxes.zarr", VOXELS)))
    expected = VOXELS[tuple(slice(a, b) for a, b in zip(lower, upper, strict=True))]
    assert np.array_equal(volume.read(0, lower, upper), expected)
