"""What a user names: one image, a container that holds several, a folder of volumes, a URL."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
import pytest
import zarr

from render.errors import BadRequest, DataError, NotFound
from render.volume.catalogue import Catalogue
from render.volume.sources import default_name, find_volumes, open_volume
from tests.volumes import gradient, write_ome_zarr

VOXELS = gradient((3, 5, 7))


def write_group(path: Path, ngff: str = "0.4", **attributes: Any) -> Path:
    group = zarr.create_group(str(path), zarr_format=2 if ngff == "0.4" else 3)
    group.attrs.update(attributes if ngff == "0.4" else {"ome": {"version": ngff, **attributes}})
    return path


def write_plate(path: Path, ngff: str) -> Path:
    write_group(path, ngff, plate={"wells": [{"path": "A/1"}, {"path": "B/2"}]})
    for well, fields in (("A/1", ["0", "1"]), ("B/2", ["0"])):
        write_group(path / well, ngff, well={"images": [{"path": field} for field in fields]})
        for field in fields:
            write_ome_zarr(path / well / field, VOXELS, ngff=ngff)
    return path


def write_container(path: Path, images: list[str], series: list[str] | None) -> Path:
    write_group(path, **{"bioformats2raw.layout": 3})
    if series is not None:
        write_group(path / "OME", series=series)
    for image in images:
        write_ome_zarr(path / image, VOXELS, ngff="0.4")
    return path


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("brain.ome.zarr", "brain"),
        ("/data/brain.zarr/", "brain"),
        ("https://host/a/brain.v04.ome.zarr", "brain.v04"),
        ("s3://bucket/brain.zarr", "brain"),
        ("https://host/brain.ozx?token=a.zarr", "brain"),
        ("head.nii.gz", "head"),
        ("cells.ome.tiff", "cells"),
        ("HEAD.NRRD", "HEAD"),
        ("/data/plate.zarr/A/1/0", "plate/A/1/0"),
        ("/data/series", "series"),
        (".zarr", ".zarr"),
    ],
)
def test_a_volume_is_called_by_the_last_part_of_its_source(source: str, name: str) -> None:
    assert default_name(source) == name


@pytest.mark.parametrize("ngff", ["0.4", "0.5"])
def test_a_plate_holds_the_images_of_its_wells(tmp_path: Path, ngff: str) -> None:
    plate = write_plate(tmp_path / "plate.ome.zarr", ngff)
    found = find_volumes(str(plate))
    assert found == {f"plate/{path}": f"{plate}/{path}" for path in ("A/1/0", "A/1/1", "B/2/0")}
    volume = open_volume(found["plate/A/1/1"])
    assert volume.info.name == "plate/A/1/1"
    assert list(find_volumes(f"{plate}/A/1")) == ["plate/A/1/0", "plate/A/1/1"]


def test_a_container_of_several_images_asks_which(tmp_path: Path) -> None:
    plate = write_plate(tmp_path / "plate.ome.zarr", "0.4")
    with pytest.raises(BadRequest, match=r"^hcs: it holds several images: A/1/0, A/1/1, B/2/0; .* such as hcs/A/1/0$"):
        open_volume(str(plate), "hcs")


@pytest.mark.parametrize(
    ("images", "series", "names"),
    [
        (["0", "1"], ["0", "1"], ["raw/0", "raw/1"]),
        (["first", "second"], ["second", "first"], ["raw/second", "raw/first"]),
        (["0", "1", "2"], None, ["raw/0", "raw/1", "raw/2"]),
    ],
    ids=["listed series", "series in their own order", "numbered without a list"],
)
def test_a_bioformats2raw_container_holds_its_series(
    tmp_path: Path, images: list[str], series: list[str] | None, names: list[str]
) -> None:
    assert list(find_volumes(str(write_container(tmp_path / "raw.zarr", images, series)))) == names


def test_a_container_of_one_image_opens_as_that_and_says_so(tmp_path: Path) -> None:
    volume = open_volume(str(write_container(tmp_path / "raw.zarr", ["0"], ["0"])))
    assert volume.info.name == "raw"
    assert np.array_equal(volume.read(0, (0, 0, 0), (3, 5, 7)), VOXELS)
    assert "only image, '0'" in volume.info.notes[0]


def test_a_container_of_none_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="holds none"):
        open_volume(str(write_container(tmp_path / "raw.zarr", [], [])))


def test_a_folder_holds_its_volumes_broken_ones_too(tmp_path: Path) -> None:
    write_ome_zarr(tmp_path / "b.ome.zarr", VOXELS)
    write_plate(tmp_path / "a.zarr", "0.5")
    (tmp_path / "c.nrrd").write_bytes(b"NRRD0004")
    (tmp_path / "notes.txt").write_text("not a volume")
    (tmp_path / ".hidden.zarr").mkdir()
    (tmp_path / "empty").mkdir()
    (tmp_path / "d.zarr").mkdir()
    (tmp_path / "d.zarr" / "zarr.json").write_text("{")
    assert find_volumes(str(tmp_path)) == {
        "a/A/1/0": f"{tmp_path}/a.zarr/A/1/0",
        "a/A/1/1": f"{tmp_path}/a.zarr/A/1/1",
        "a/B/2/0": f"{tmp_path}/a.zarr/B/2/0",
        "b": f"{tmp_path}/b.ome.zarr",
        "c": f"{tmp_path}/c.nrrd",
        "d": f"{tmp_path}/d.zarr",
    }


def test_two_volumes_of_one_name_in_a_folder_are_both_found(tmp_path: Path) -> None:
    write_ome_zarr(tmp_path / "brain.ome.zarr", VOXELS)
    write_ome_zarr(tmp_path / "brain.zarr", VOXELS)
    assert list(find_volumes(str(tmp_path))) == ["brain", "brain.zarr"]


def test_a_folder_is_no_image_and_one_without_volumes_is_empty(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="holds no volumes"):
        find_volumes(str(tmp_path))
    write_ome_zarr(tmp_path / "brain.zarr", VOXELS)
    with pytest.raises(BadRequest, match="it is a folder and no image; volumes in it: brain"):
        open_volume(str(tmp_path))


@pytest.mark.parametrize("source", ["missing.zarr", "missing.nrrd", "missing"])
def test_nothing_there_is_not_found(tmp_path: Path, source: str) -> None:
    with pytest.raises(NotFound, match="there is nothing there"):
        find_volumes(str(tmp_path / source))


def test_a_file_url_is_a_path(tmp_path: Path) -> None:
    path = write_ome_zarr(tmp_path / "brain.zarr", VOXELS)
    assert open_volume(f"file://{path}").info.name == "brain"


class Ranges(SimpleHTTPRequestHandler):
    """Files with byte ranges, which the standard library's handler does not know and a zip is read by."""

    def do_GET(self) -> None:
        if "forbidden" in self.path:
            self.send_error(403)
            return
        wanted = self.headers.get("Range")
        file = Path(self.translate_path(self.path))
        if wanted is None or not file.is_file():
            super().do_GET()
            return
        whole = file.read_bytes()
        first, _, last = wanted.removeprefix("bytes=").partition("-")
        start = int(first) if first else len(whole) - int(last)
        stop = min(int(last) + 1, len(whole)) if first and last else len(whole)
        self.send_response(206)
        self.send_header("Content-Range", f"bytes {start}-{stop - 1}/{len(whole)}")
        self.send_header("Content-Length", str(stop - start))
        self.end_headers()
        self.wfile.write(whole[start:stop])

    def log_message(self, format: str, *args: Any) -> None:
        pass


class Bucket(Ranges):
    """As much of S3 as reading takes: objects by GET and HEAD, and a listing that is empty. Refuses what is signed."""

    def do_GET(self) -> None:
        if self.headers.get("Authorization"):
            self.send_error(403)
            return
        if "list-type=2" not in self.path:
            super().do_GET()
            return
        listing = b"<ListBucketResult><KeyCount>0</KeyCount><IsTruncated>false</IsTruncated></ListBucketResult>"
        self.send_response(200)
        self.send_header("Content-Length", str(len(listing)))
        self.end_headers()
        self.wfile.write(listing)


@contextmanager
def served(folder: Path, handler: type[Ranges] = Ranges) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=str(folder))) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize("ngff", ["0.4", "0.5"])
def test_an_image_opens_over_http(tmp_path: Path, ngff: str) -> None:
    shards = {"shards": (2, 4, 6)} if ngff == "0.5" else {}
    write_ome_zarr(tmp_path / "brain.ome.zarr", VOXELS, ngff=ngff, levels=2, chunks=(1, 2, 3), **shards)
    with served(tmp_path) as url:
        volume = open_volume(f"{url}/brain.ome.zarr")
        assert (volume.info.name, len(volume.info.levels)) == ("brain", 2)
        assert np.array_equal(volume.read(0, (1, 2, 3), (3, 5, 6)), VOXELS[1:3, 2:5, 3:6])
        with pytest.raises(NotFound, match="no Zarr group"):
            open_volume(f"{url}/missing.zarr")


def test_a_zip_opens_over_http(tmp_path: Path) -> None:
    folder = write_ome_zarr(tmp_path / "brain.zarr", VOXELS, chunks=(1, 2, 3), shards=(2, 4, 6))
    shutil.make_archive(str(tmp_path / "packed"), "zip", folder)
    with served(tmp_path) as url:
        volume = open_volume(f"{url}/packed.zip")
        assert np.array_equal(volume.read(0, (0, 0, 0), (3, 5, 7)), VOXELS)


def test_a_public_bucket_opens_without_credentials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_ome_zarr(tmp_path / "bucket" / "brain.zarr", VOXELS, chunks=(1, 2, 3), shards=(2, 4, 6))
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    with served(tmp_path, Bucket) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        volume = open_volume("s3://bucket/brain.zarr")
        assert volume.info.name == "brain"
        assert np.array_equal(volume.read(0, (1, 2, 3), (3, 5, 6)), VOXELS[1:3, 2:5, 3:6])
        with pytest.raises(NotFound, match="no Zarr group"):
            open_volume("s3://bucket/missing.zarr")


def test_a_server_that_is_gone_is_an_error(tmp_path: Path) -> None:
    write_ome_zarr(tmp_path / "brain.zarr", VOXELS)
    with served(tmp_path) as url:
        volume = open_volume(f"{url}/brain.zarr")
    with pytest.raises(DataError, match=r"brain: level '0', voxels \[0:3, 0:5, 0:7\]: cannot be read"):
        volume.read(0, (0, 0, 0), (3, 5, 7))
    with pytest.raises(DataError, match="cannot be read"):
        open_volume(f"{url}/brain.zarr")


def test_a_server_that_refuses_is_an_error(tmp_path: Path) -> None:
    with served(tmp_path) as url, pytest.raises(DataError, match="it cannot be read: 403"):
        open_volume(f"{url}/forbidden.zarr")


def test_a_catalogue_opens_volumes_by_name_once(tmp_path: Path) -> None:
    write_ome_zarr(tmp_path / "a.zarr", VOXELS)
    catalogue = Catalogue({"one": str(tmp_path / "a.zarr"), "gone": str(tmp_path / "b.zarr")}, open_volume)
    assert catalogue.volume("one") is catalogue.volume("one")
    assert catalogue.volume("one").info.name == "one"
    with pytest.raises(NotFound, match=r"^gone: there is nothing there$"):
        catalogue.volume("gone")
    with pytest.raises(NotFound, match="no volume 'a'; there are: one, gone"):
        catalogue.volume("a")
    catalogue.close()
