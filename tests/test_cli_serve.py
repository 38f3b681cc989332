"""`voxelcast serve` as a user runs it: a process, real files, the real renderer, HTTP, and how it ends."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import numpy as np
import pytest

import voxelcast
from render.encode import decode
from tests.volumes import gradient, write_ome_zarr

VOXELS = gradient((3, 50, 70))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two volumes; the second has lost part of a chunk."""
    folder = tmp_path_factory.mktemp("volumes")
    write_ome_zarr(folder / "whole.ome.zarr", VOXELS, spacing=(2, 1, 1))
    write_ome_zarr(folder / "broken.ome.zarr", VOXELS, spacing=(2, 1, 1))
    (chunk,) = (folder / "broken.ome.zarr" / "0").rglob("c/0/0/0")
    chunk.write_bytes(chunk.read_bytes()[:7])
    return folder


@contextmanager
def serving(
    *arguments: str, ended_by: signal.Signals = signal.SIGTERM, **environment: str
) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """The URL and the process of a server; it is ended by a signal, within 2 s, and with status 0."""
    command = [sys.executable, "-m", "voxelcast.cli", "serve", "--port", "0", *arguments]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("VOXELCAST_")}
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=kept | environment
    )
    with process:
        url = process.stdout.readline().strip() if process.stdout else ""
        assert url, process.stderr.read() if process.stderr else ""
        try:
            yield url, process
        finally:
            end(process, ended_by)


def end(process: subprocess.Popen[str], number: signal.Signals) -> None:
    began = time.monotonic()
    process.send_signal(number)
    assert process.wait(10) == 0
    assert time.monotonic() - began < 2
    assert process.stderr is not None
    assert "Traceback" not in process.stderr.read()


def get(url: str, headers: dict[str, str] | None = None) -> tuple[int, bytes]:
    try:
        with urlopen(Request(url, headers=headers or {}), timeout=60) as answer:
            return answer.status, answer.read()
    except HTTPError as error:
        return error.code, error.read()


def test_a_served_folder_is_seen_by_every_way_there_is(folder: Path) -> None:
    with serving(str(folder), f"mine={folder / 'whole.ome.zarr'}", "--memory", "256MiB") as (url, _):
        assert json.loads(get(f"{url}healthz")[1])["status"] == "ok"
        assert json.loads(get(f"{url}volumes")[1]) == {"volumes": ["broken", "whole", "mine"]}
        assert b"<!doctype html>" in get(url)[1]

        status, picture = get(f"{url}volumes/whole/render.png?size=64x48&mode=mip")
        pixels = decode(picture)
        assert (status, pixels.shape) == (200, (48, 64, 4))
        assert pixels[..., :3].max() > 100

        window = f"{VOXELS.min()}-{VOXELS.max()}"
        status, tile = get(f"{url}tiles/mine/0/0/0.png?plane=z@2&channels=0:white:{window}")
        expected = np.rint(VOXELS[1] / VOXELS.max() * 255)
        assert np.abs(decode(tile)[:50, :70, 0] - expected).max() <= 1

        for path, wrong, message in [
            ("volumes/whole/render.png?mode=fancy", 400, "fancy"),
            ("volumes/whole/render.bmp", 400, "'bmp' is no picture format: use one of png, jpg, webp, avif"),
            ("tiles/whole/0/0/0.gif", 400, "'gif' is no picture format"),
            ("volumes/whole/render.png?size=0x5", 400, "size 0 x 5"),
            ("volumes/none/render.png", 404, "no volume 'none'"),
            ("tiles/whole/0/1/0.png", 404, "zoom 0 has 1 x 1 tiles"),
            ("volumes/broken/render.png", 502, "broken"),
            ("tiles/broken/0/0/0.png", 502, "broken"),
        ]:
            status, body = get(f"{url}{path}")
            assert status == wrong
            assert message in json.loads(body)["error"]

        assert get(f"{url}volumes/whole/render.jpg?size=8x8")[0] == 200
        assert (
            b'voxelcast_requests_total{route="/tiles/{name}/{zoom}/{x}/{y}{double}.{ending}",status="502"} 1.0'
            in get(f"{url}metrics")[1]
        )


def test_python_sees_what_the_server_draws(folder: Path) -> None:
    with serving(str(folder / "whole.ome.zarr"), "--renderer", "null") as (url, _):
        server = voxelcast.connect(url)
        assert server.volumes() == ["whole"]
        assert server.info("whole").levels[0].shape == (3, 50, 70)
        frame = server.render("whole", mode="mip", size=(40, 30), channels=["0:red:0-9"])
        assert frame.array.shape == (30, 40, 4)
        assert frame.view.channels[0].transfer.window == (0.0, 9.0)
        assert (frame.renderer, frame.quality.level) == ("null", 0)
        assert frame.timings.render >= 0
        assert np.array_equal(server.render("whole", frame.view).array, frame.array)
        # The null renderer's squares lie at a distance of 1; its first square is background.
        deep = server.render("whole", frame.view, samples=4, depth=True)
        assert (deep.quality.samples, deep.depth.shape) == (4, (30, 40))
        assert np.nanmax(deep.depth) == 1
        assert server.pick(frame.view, 5, 7) == voxelcast.Pick(None, None)
        with pytest.raises(voxelcast.NotFound, match="no volume 'none'"):
            server.render("none")
        with pytest.raises(voxelcast.BadRequest, match="draws at most 4096 x 4096"):
            server.render("whole", size=(5000, 10))
        with pytest.raises(voxelcast.BadRequest, match="a view or mode, not both"):
            server.render("whole", frame.view, mode="mip")
    with pytest.raises(voxelcast.BackendError, match="does not answer"):
        server.volumes()


def test_a_token_from_the_environment_locks_the_server(folder: Path) -> None:
    with serving(str(folder), "--renderer", "null", VOXELCAST_TOKEN="sesame") as (url, _):
        address, _, query = url.partition("?")
        assert query == "token=sesame"
        assert get(f"{address}volumes")[0] == 401
        assert get(f"{address}volumes", {"Authorization": "Bearer sesame"})[0] == 200
        assert voxelcast.connect(address, token="sesame").volumes() == ["broken", "whole"]
        with pytest.raises(voxelcast.RenderError, match="wants its token"):
            voxelcast.connect(address).volumes()


def test_without_a_source_it_serves_the_samples() -> None:
    with serving("--renderer", "null") as (url, _):
        assert json.loads(get(f"{url}volumes")[1]) == {"volumes": ["ct_aorta", "mitosis"]}
        assert get(f"{url}volumes/ct_aorta")[0] == get(f"{url}tiles/mitosis/0/0/0.jpg?t=2")[0] == 200


HANDSHAKE = (
    b"GET /stream HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


def test_ctrl_c_ends_it_while_a_picture_is_drawn_and_clients_hold_on(folder: Path) -> None:
    with serving(str(folder), ended_by=signal.SIGINT) as (url, _), ExitStack() as sockets:
        address = ("127.0.0.1", int(url.rstrip("/").rpartition(":")[2]))
        idle, stream, busy = (sockets.enter_context(socket.create_connection(address)) for _ in range(3))
        idle.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        assert idle.recv(15) == b"HTTP/1.1 200 OK"
        stream.sendall(HANDSHAKE)
        assert stream.recv(12) == b"HTTP/1.1 101"
        busy.sendall(b"GET /volumes/whole/render.png?size=4096x4096 HTTP/1.1\r\nHost: x\r\n\r\n")
        while b"voxelcast_pictures_waiting 1.0" not in get(f"{url}metrics")[1]:
            pass


def test_what_is_no_http_at_all_harms_nobody(folder: Path) -> None:
    with serving(str(folder), "--renderer", "null") as (url, _):
        address = ("127.0.0.1", int(url.rstrip("/").rpartition(":")[2]))
        for garbage in (b"\x16\x03\x01\x02\r\n\r\n", b"GET /" + b"x" * 20_000 + b" HTTP/1.1\r\n\r\n"):
            with socket.create_connection(address) as client:
                client.sendall(garbage)
                assert b" 400 " in client.recv(20)
        assert get(f"{url}healthz")[0] == 200


def test_a_port_that_is_taken_is_said_in_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        command = [sys.executable, "-m", "voxelcast.cli", "serve", "--port", port, "--renderer", "null"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert f"voxelcast: port {port} on 127.0.0.1 is taken" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr
