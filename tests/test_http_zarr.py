"""The two doors to Zarr on the wire: a store byte for byte, and any volume as OME-Zarr 0.4 on Zarr v2."""

import asyncio
import os
import zipfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import numcodecs
import numpy as np
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from numpy.testing import assert_array_equal
from numpy.typing import NDArray
from yarl import URL

from render.backends.null import NullRenderer
from render.engine import Engine
from render.volume.catalogue import Catalogue
from render.volume.sources import open_volume
from render.volume.volume import Volume
from tests.arrays import labelled_volume, memory_volume
from tests.streaming import running
from tests.volumes import gradient, write_labels, write_ome_zarr
from tiles.zarr.ranges import byte_range
from voxelcast.app import make_app
from voxelcast.settings import Settings

Scenario = Callable[[TestClient], Awaitable[None]]
SPACING = (3.0, 0.5, 0.25)


def serve(sources: dict[str, str], scenario: Scenario, opener: Callable[[str, str], Volume] = open_volume) -> None:
    async def run() -> None:
        with Engine(NullRenderer) as engine:
            app = make_app(Settings(), engine, Catalogue(sources, opener))
            async with TestClient(TestServer(app, handler_cancellation=True)) as client:
                await scenario(client)

    asyncio.run(run())


def serve_volume(volume: Volume, scenario: Scenario) -> None:
    serve({"v": ""}, scenario, lambda source, name: volume)


async def document(client: TestClient, key: str) -> dict[str, Any]:
    answer = await client.get(f"/zarr2/{key}")
    assert answer.status == 200, await answer.text()
    found: dict[str, Any] = await answer.json()
    return found


async def array(client: TestClient, store: str, level: int) -> NDArray[Any]:
    """A whole level of a view, decoded here from its chunks; every one must be there, of full size."""
    meta = await document(client, f"{store}/{level}/.zarray")
    shape, chunks = meta["shape"], meta["chunks"]
    grid = [-(-n // c) for n, c in zip(shape, chunks, strict=True)]
    whole = np.zeros([g * c for g, c in zip(grid, chunks, strict=True)], meta["dtype"])
    codec = numcodecs.get_codec(meta["compressor"])
    for index in np.ndindex(*grid):
        answer = await client.get(f"/zarr2/{store}/{level}/{'/'.join(map(str, index))}")
        assert answer.status == 200, await answer.text()
        block = np.frombuffer(codec.decode(await answer.read()), meta["dtype"]).reshape(chunks)
        whole[tuple(slice(i * c, (i + 1) * c) for i, c in zip(index, chunks, strict=True))] = block
    return whole[tuple(slice(n) for n in shape)]


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    return write_ome_zarr(tmp_path / "v.ome.zarr", gradient((5, 7, 11)), spacing=SPACING, chunks=(2, 4, 8))


@pytest.fixture
def zipped(stored: Path) -> Path:
    """The same in a zip: its metadata deflated, its chunks not."""
    path = stored.parent / "z.ozx"
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(stored.rglob("*")):
            if file.is_file():
                packing = zipfile.ZIP_DEFLATED if file.suffix == ".json" else zipfile.ZIP_STORED
                archive.write(file, file.relative_to(stored).as_posix(), packing)
    return path


def test_every_file_of_a_store_comes_as_it_is(stored: Path, zipped: Path) -> None:
    files = {file.relative_to(stored).as_posix(): file.read_bytes() for file in stored.rglob("*") if file.is_file()}
    remote = web.Application()
    remote.router.add_static("/", stored.parent)

    async def scenario(client: TestClient) -> None:
        for name in ("folder", "plate/A/1/0", "zip", "far", "far zip"):
            for key, content in files.items():
                answer = await client.get(f"/zarr/{name}.ome.zarr/{key}")
                assert (answer.status, await answer.read()) == (200, content), (name, key)
                assert int(answer.headers["Content-Length"]) == len(content)
                part = await client.get(f"/zarr/{name}.ome.zarr/{key}", headers={"Range": "bytes=-5"})
                assert (part.status, await part.read()) == (206, content[-5:])
                assert part.headers["Content-Range"] == f"bytes {len(content) - 5}-{len(content) - 1}/{len(content)}"
            assert (await client.get(f"/zarr/{name}.ome.zarr/0/c/9")).status == 404

    with running(remote) as url:
        sources = {"folder": str(stored), "plate/A/1/0": str(stored), "zip": str(zipped)}
        serve(sources | {"far": f"{url}/v.ome.zarr", "far zip": f"{url}/z.ozx"}, scenario)


def test_a_remote_store_that_fails_is_no_missing_key() -> None:
    async def fail(request: web.Request) -> web.Response:
        raise web.HTTPInternalServerError

    remote = web.Application()
    remote.router.add_get("/{path:.*}", fail)

    async def scenario(client: TestClient) -> None:
        assert (await client.get("/zarr/far.ome.zarr/zarr.json")).status == 502

    with running(remote) as url:
        serve({"far": f"{url}/v.ome.zarr"}, scenario)


@pytest.mark.parametrize(
    ("header", "status", "part"),
    [
        ("bytes=0-3", 206, slice(0, 4)),
        ("bytes=5-", 206, slice(5, None)),
        ("bytes=-7", 206, slice(-7, None)),
        ("bytes=-99999", 206, slice(None)),
        ("bytes=3-99999", 206, slice(3, None)),
        ("bytes=99999-", 416, None),
        ("bytes=-0", 416, None),
        ("bytes=3-1", 200, slice(None)),
        ("bytes=0-1,3-4", 200, slice(None)),
        ("lines=0-1", 200, slice(None)),
    ],
)
def test_ranges(stored: Path, header: str, status: int, part: slice | None) -> None:
    content = (stored / "zarr.json").read_bytes()

    async def scenario(client: TestClient) -> None:
        answer = await client.get("/zarr/v.ome.zarr/zarr.json", headers={"Range": header})
        assert (answer.status, answer.headers["Access-Control-Allow-Origin"]) == (status, "*")
        if part is None:
            assert answer.headers["Content-Range"] == f"bytes */{len(content)}"
        else:
            assert await answer.read() == content[part]

    serve({"v": str(stored)}, scenario)


def test_nothing_has_no_range() -> None:
    assert byte_range("bytes=0-", 0) == byte_range("bytes=-5", 0) == range(0)


def test_heads_tags_and_what_changed(stored: Path) -> None:
    url, file = "/zarr/v.ome.zarr/zarr.json", stored / "zarr.json"

    async def scenario(client: TestClient) -> None:
        head = await client.head(url)
        assert (head.status, head.headers["Accept-Ranges"], await head.read()) == (200, "bytes", b"")
        assert int(head.headers["Content-Length"]) == file.stat().st_size
        tag = head.headers["ETag"]
        assert (await client.get(url, headers={"If-None-Match": tag})).status == 304
        wanted = {"Range": "bytes=0-3", "If-Range": tag}
        assert (await client.get(url, headers=wanted)).status == 206
        file.write_bytes(file.read_bytes() + b"\n")
        assert (await client.get(url, headers={"If-None-Match": tag})).status == 200
        assert (await client.get(url, headers=wanted)).status == 200

    serve({"v": str(stored)}, scenario)


def test_what_is_long_comes_whole_and_in_parts(stored: Path) -> None:
    content = np.random.default_rng(1).bytes(9_000_001)
    (stored / "long").write_bytes(content)

    async def scenario(client: TestClient) -> None:
        answer = await client.get("/zarr/v.ome.zarr/long")
        assert await answer.read() == content
        answer = await client.get("/zarr/v.ome.zarr/long", headers={"Range": "bytes=100-8999999"})
        assert await answer.read() == content[100:9_000_000]

    serve({"v": str(stored)}, scenario)


@pytest.mark.parametrize(
    "key",
    [
        "../secret",
        "0/../../secret",
        "%2e%2e/secret",
        "..%2fsecret",
        "%2e%2e%2fsecret",
        "%252e%252e/secret",
        "..%5csecret",
        "%2fsecret",
        "/secret",
        "out",
        "around/x",
        "0/c",
        "a%00b",
        "x" * 300,
        "",
    ],
)
def test_nothing_outside_the_store_is_given(stored: Path, key: str) -> None:
    (stored.parent / "secret").write_text("hidden words")
    os.symlink(stored.parent / "secret", stored / "out")
    os.symlink("around", stored / "around")

    async def scenario(client: TestClient) -> None:
        answer = await client.get(URL(f"/zarr/v.ome.zarr/{key}", encoded=True))
        assert (answer.status, answer.headers["Access-Control-Allow-Origin"]) == (404, "*")
        assert "hidden" not in await answer.text()

    serve({"v": str(stored)}, scenario)


def test_what_is_no_store_says_so(tmp_path: Path) -> None:
    (tmp_path / "scan.nrrd").write_bytes(b"NRRD0004\n")

    async def scenario(client: TestClient) -> None:
        for key, status, says in [
            ("scan.ome.zarr/zarr.json", 404, "scan: it is no Zarr"),
            ("none.ome.zarr/zarr.json", 404, "there are: scan"),
            ("scan;t=1.ome.zarr/zarr.json", 400, "/zarr2/scan.zarr/ takes parameters"),
        ]:
            answer = await client.get(f"/zarr/{key}")
            assert answer.status == status
            assert says in (await answer.json())["error"]

    serve({"scan": str(tmp_path / "scan.nrrd")}, scenario)


def test_a_view_is_zarr_2_with_every_chunk_of_every_level() -> None:
    voxels = gradient((2, 3, 70, 9, 130))
    volume = memory_volume(voxels, spacing=SPACING, origin=(10.0, 20.0, 30.0))

    async def scenario(client: TestClient) -> None:
        attributes = await document(client, "v.zarr/.zattrs")
        (image,) = attributes["multiscales"]
        assert image["version"] == "0.4"
        assert [axis["name"] for axis in image["axes"]] == ["t", "c", "z", "y", "x"]
        assert [axis.get("unit") for axis in image["axes"]][2:] == ["micrometer"] * 3
        scale, translation = image["datasets"][0]["coordinateTransformations"]
        assert (scale["scale"][2:], translation["translation"][2:]) == ([*SPACING], [10, 20, 30])
        # 130 columns of 0.25 are halved once to 65 of 0.5, with the rows to 33 of 1, the planes stay coarser yet
        meta = await document(client, "v.zarr/1/.zarray")
        assert (meta["shape"], meta["order"], meta["filters"]) == ([2, 3, 70, 9, 65], "C", None)
        assert meta["compressor"] == {"id": "blosc", "cname": "lz4", "clevel": 5, "shuffle": 1, "blocksize": 0}
        assert_array_equal(await array(client, "v.zarr", 0), voxels)
        pairs = voxels.astype(float).reshape(2, 3, 70, 9, 65, 2).mean(-1)
        assert_array_equal(await array(client, "v.zarr//", 1), np.rint(pairs))
        last = await document(client, f"v.zarr/{len(image['datasets']) - 1}/.zarray")
        assert max(last["shape"]) <= 64
        assert last["chunks"] == [1, 1, *last["shape"][2:]]
        windows = [[c["window"]["start"], c["window"]["end"]] for c in attributes["omero"]["channels"]]
        assert image["ranges"] == windows
        assert [c["label"] for c in attributes["omero"]["channels"]] == ["channel 0", "channel 1", "channel 2"]

    serve_volume(volume, scenario)


def test_a_view_chooses_channels_chunks_and_a_time() -> None:
    voxels = gradient((4, 3, 5, 7, 11))

    async def scenario(client: TestClient) -> None:
        for said in ("v;channels=0,2;chunk=1x4x8;t=3.zarr", "v;channels=0;channels=2;chunk=4x8;t=3.zarr"):
            meta = await document(client, f"{said}/0/.zarray")
            assert (meta["shape"], meta["chunks"]) == ([2, 5, 7, 11], [1, 1, 4, 8])
            assert_array_equal(await array(client, said, 0), voxels[3, [0, 2]])
        by_query = await document(client, "v.zarr/0/.zarray?channels=1&t=0")
        assert by_query["shape"] == [5, 7, 11]

    serve_volume(memory_volume(voxels), scenario)


@pytest.mark.parametrize(
    ("key", "status", "says"),
    [
        ("v.zarr/9/.zarray", 404, "which has 1 levels"),
        ("v.zarr/0/0/0/9", 404, "level 0, which has 1 x 1 x 1"),
        ("v.zarr/0/0/0", 404, "no chunk '0/0'"),
        ("v.zarr/0/0/-1/0", 404, "no chunk '0/-1/0'"),
        ("v.zarr/zarr.json", 404, "no key 'zarr.json'"),
        ("v.zarr", 404, "no key ''"),
        ("v;channels=3.zarr/.zattrs", 404, "no channel 3"),
        ("v;channels=0,0.zarr/.zattrs", 400, "each at most once"),
        ("v;channels=a.zarr/.zattrs", 400, "channels 'a'"),
        ("v;chunk=1.zarr/.zattrs", 400, "write ZxYxX"),
        ("v;chunk=0x4.zarr/.zattrs", 400, "must be 1 or more"),
        ("v;chunk=9999x9999x9999.zarr/.zattrs", 400, "at most"),
        ("v;t=1.zarr/.zattrs", 404, "no time 1"),
        ("v;plane=z.zarr/.zattrs", 400, "unknown parameter 'plane'"),
        ("w.zarr/.zattrs", 404, "there are: v"),
    ],
)
def test_what_a_view_has_not_it_says(key: str, status: int, says: str) -> None:
    async def scenario(client: TestClient) -> None:
        answer = await client.get(f"/zarr2/{key}")
        assert (answer.status, answer.headers["Access-Control-Allow-Origin"]) == (status, "*")
        assert says in (await answer.json())["error"]

    serve_volume(memory_volume(gradient((5, 7, 11))), scenario)


@pytest.mark.parametrize(
    ("dtype", "values", "sent"),
    [
        ("int64", (-5, 2**31 - 1), "<i4"),
        ("uint64", (0, 2**32 - 1), "<u4"),
        ("uint64", (0, 2**40), "<f4"),
        ("float64", (-0.5, 1e300), "<f4"),
        ("float16", (-0.5, 3.0), "<f4"),
        ("int8", (-5, 7), "|i1"),
    ],
)
def test_types_that_clients_do_not_read_become_ones_they_do(dtype: str, values: tuple[float, float], sent: str) -> None:
    voxels = np.array(values, dtype).reshape(1, 1, 2)

    async def scenario(client: TestClient) -> None:
        assert (await document(client, "v.zarr/0/.zarray"))["dtype"] == sent
        with np.errstate(over="ignore"):
            assert_array_equal(await array(client, "v.zarr", 0), voxels[0].astype(sent))

    serve_volume(memory_volume(voxels), scenario)


def test_label_images_are_views_of_their_own_with_nearest_ids(tmp_path: Path) -> None:
    image = write_ome_zarr(tmp_path / "v.ome.zarr", gradient((2, 3, 100, 70)), "czyx", spacing=SPACING)
    ids = np.where(np.arange(70) % 3, 7, 2**31).astype(np.uint64) * np.ones((3, 100, 1), np.uint64)
    described = {"colors": [{"label-value": 7, "rgba": [255, 0, 128, 255]}]}
    write_labels(image, "cells", ids, spacing=SPACING, described=described)

    async def scenario(client: TestClient) -> None:
        assert await document(client, "v.zarr/labels/.zattrs") == {"labels": ["cells"]}
        attributes = await document(client, "v;channels=1.zarr/labels/cells/.zattrs")
        assert attributes["image-label"]["colors"] == described["colors"]
        assert attributes["image-label"]["source"] == {"image": "../../"}
        assert (await document(client, "v.zarr/labels/cells/0/.zarray"))["dtype"] == "<u4"
        assert_array_equal(await array(client, "v.zarr/labels/cells", 0), ids)
        assert set(np.unique(await array(client, "v.zarr/labels/cells", 2))) == {7, 2**31}
        consolidated = (await document(client, "v.zarr/.zmetadata"))["metadata"]
        assert {".zgroup", "0/.zarray", "labels/.zattrs", "labels/cells/0/.zarray"} <= set(consolidated)
        answer = await client.get("/zarr2/v.zarr/labels/nuclei/.zattrs")
        assert (answer.status, "there are: cells" in await answer.text()) == (404, True)

    serve({"v": str(image)}, scenario)


def test_an_id_that_no_client_can_read_is_an_error() -> None:
    volume = labelled_volume(
        gradient((2, 3, 4)), np.full((2, 3, 4), 2**40), {}, spacing=(1.0, 1.0, 1.0), origin=(0.0, 0.0, 0.0)
    )

    async def scenario(client: TestClient) -> None:
        answer = await client.get("/zarr2/v.zarr/labels/cells/0/0/0/0")
        assert (answer.status, "its id 1099511627776" in await answer.text()) == (502, True)

    serve_volume(volume, scenario)


def test_flat_images_have_two_axes_and_chunks_are_told_by_tags() -> None:
    async def scenario(client: TestClient) -> None:
        attributes = await document(client, "v.zarr/.zattrs")
        assert [axis["name"] for axis in attributes["multiscales"][0]["axes"]] == ["y", "x"]
        first = await client.get("/zarr2/v.zarr/0/0/0")
        again = await client.get("/zarr2/v.zarr/0/0/0", headers={"If-None-Match": first.headers["ETag"]})
        assert (first.status, again.status) == (200, 304)
        assert (await client.head("/zarr2/v.zarr/0/0/0")).status == 200
        part = await client.get("/zarr2/v.zarr/0/0/0", headers={"Range": "bytes=-7"})
        assert (part.status, await part.read()) == (206, (await first.read())[-7:])
        assert (await client.get("/zarr2/v.zarr/0/0/0", headers={"Range": "bytes=9999-"})).status == 416
        assert (await array(client, "v.zarr", 0)).shape == (7, 11)

    serve_volume(memory_volume(gradient((7, 11))), scenario)
