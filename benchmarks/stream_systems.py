"""The systems that `benchmarks.streaming` compares: for each a server, a process of its own, and a client."""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO

from benchmarks.stream_client import Client, NothingSeen
from benchmarks.stream_rendercanvas import Rendercanvas
from benchmarks.stream_screen import Screen
from benchmarks.stream_voxelcast import Voxelcast
from benchmarks.stream_wslink import RemoteControlledArea, RemoteView

HERE = Path(__file__).resolve().parent
PEER_PYTHON = HERE.parent / ".venv-peers-streaming" / "bin" / "python"
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Server:
    """A running server, as a port of this machine and a process."""

    port: int
    process: int

    @property
    def cpu(self) -> float:
        """Seconds of all its threads so far."""
        numbers = Path(f"/proc/{self.process}/stat").read_text().rpartition(")")[2].split()
        return (int(numbers[11]) + int(numbers[12])) / TICKS


MakeClient = Callable[[str, int, Screen], Client]


@dataclass(frozen=True, slots=True)
class System:
    """`command` starts its server when the file of frames is added to it; `client` is made of URL, size and screen.

    `alone` makes one with a scene of its own, in a process that has several. A `variant` differs from another system in
    what its name says; an eager client sends inputs as they come, where trame-rca's page waits for the answer to the
    one before.
    """

    command: Sequence[str]
    client: MakeClient
    alone: MakeClient | None = None
    variant: bool = False


def _peer(script: str) -> list[str]:
    return [str(PEER_PYTHON), str(HERE / "peers" / script)]


OURS = "voxelcast"
JPEG = partial(Voxelcast, codecs=("jpeg",))
OUR_SERVER = [sys.executable, "-m", "benchmarks.stream_replay"]

SYSTEMS = {
    "trame VtkRemoteView": System([*_peer("trame_views.py"), "remote-view"], RemoteView),
    "trame-rca JPEG": System([*_peer("trame_views.py"), "rca-jpeg"], RemoteControlledArea),
    "trame-rca JPEG, eager": System(
        [*_peer("trame_views.py"), "rca-jpeg"], partial(RemoteControlledArea, patient=False), variant=True
    ),
    "trame-rca VP9": System([*_peer("trame_views.py"), "rca-vp9"], partial(RemoteControlledArea, codec="vp9")),
    "trame-rca VP9, eager": System(
        [*_peer("trame_views.py"), "rca-vp9"], partial(RemoteControlledArea, codec="vp9", patient=False), variant=True
    ),
    "rendercanvas http": System(_peer("rendercanvas_view.py"), Rendercanvas),
    "voxelcast JPEG": System(OUR_SERVER, JPEG, alone=partial(JPEG, session=""), variant=True),
    OURS: System(OUR_SERVER, Voxelcast, alone=partial(Voxelcast, session="")),
}


@contextmanager
def serving(command: Sequence[str]) -> Iterator[Server]:
    """Start a server that writes its URL, and end it. NothingSeen says with what words it ended instead."""
    if not Path(command[0]).exists():
        raise NothingSeen("not installed: make bench-peers-streaming")
    with tempfile.TemporaryFile("w+") as complaints:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=complaints, text=True)
        try:
            yield Server(_port(process, complaints), process.pid)
        finally:
            process.terminate()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _port(process: "subprocess.Popen[str]", complaints: IO[str]) -> int:
    assert process.stdout is not None
    for line in process.stdout:
        found = re.search(r"http://127\.0\.0\.1:(\d+)", line)
        if found:
            return int(found[1])
    complaints.seek(0)
    words = complaints.read().strip().splitlines() or ["without a word"]
    raise NothingSeen(f"its server ended: {words[-1]}")
