"""The compute renderer as a backend: is it there, and open it.

Dr.Jit is imported only when the renderer is opened, after a probe in a child process: with a libLLVM that lacks an
instruction it aborts the process, which no `except` can catch.
"""

import ctypes
import importlib
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Literal

from render.backends.base import Probe, Renderer
from render.backends.trials import Trials

DeviceName = Literal["cuda", "llvm"]

PROBE_SECONDS = 60

NICER = 5
"""By how much Dr.Jit's threads give way to others of the machine: three of them get as much as one of those."""

NO_DRIVER = "no NVIDIA driver R535 or newer with a GPU was found"
REMEDIES: dict[DeviceName, str] = {
    "llvm": "apt-get install libatomic1 libllvm19 (or any libllvm of version 15 or newer)",
    "cuda": "",
}


def probe(trials: Trials | None = None) -> list[Probe]:
    """What Dr.Jit can draw on here, CUDA first; each is tried in a child process (1 s).

    With `trials` the CPU is not tried again where it passed before.
    """
    devices: tuple[DeviceName, ...] = ("cuda", "llvm")
    with ThreadPoolExecutor(len(devices)) as pool:
        return list(pool.map(lambda backend: _probe_device(backend, trials), devices))


def open_compute(backend: DeviceName, budget: int, lean: bool = False) -> Renderer:
    """The renderer on `backend`, with at most `budget` bytes of voxels. Call it where `probe` said that it works."""
    import drjit as dr

    from render.compute.renderer import ComputeRenderer

    if backend == "llvm":
        _begin_workers()
        version = ".".join(str(part) for part in dr.detail.llvm_version())
        name = f"compute (LLVM {version}, {dr.thread_count()} threads)"
    else:
        name = "compute (CUDA)"
    return ComputeRenderer(importlib.import_module(f"drjit.{backend}"), name, budget, lean)


def _begin_workers() -> None:
    """Let Dr.Jit begin its threads, of which all but the one that calls it give way where processors are short.

    They take all that there are, whenever a picture is drawn; who answers clients must not wait for them. On Linux
    threads have the niceness of the one that begins them.
    """
    import drjit as dr

    def begin() -> None:
        if sys.platform == "linux":
            with suppress(OSError):  # a sandbox may refuse it
                os.nice(NICER)  # of this thread alone
        dr.set_thread_count(dr.thread_count())

    with ThreadPoolExecutor(1) as pool:
        pool.submit(begin).result()


def _has_driver() -> bool:
    """Whether NVIDIA's driver can be loaded; to see that there is none takes no child process."""
    try:
        ctypes.CDLL("libcuda.so.1")
    except OSError:
        return False
    return True


def _probe_device(backend: DeviceName, trials: Trials | None) -> Probe:
    hardware = backend == "cuda"
    if hardware and not _has_driver():
        return Probe("compute", False, hardware, f"cuda: {NO_DRIVER}", REMEDIES[backend])
    # A GPU comes and goes with the driver and with who else uses it; a libLLVM stays what it is.
    remembered = None if hardware or trials is None else trials.passed(backend)
    if remembered is not None:
        return Probe("compute", True, hardware, remembered)
    # -P keeps the folder that the user stands in out of the path: it may hold a package called `render` too.
    command = [sys.executable, "-P", "-m", "render.compute.probe", backend]
    try:
        child = subprocess.run(command, capture_output=True, text=True, timeout=PROBE_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return Probe("compute", False, hardware, f"{backend}: no answer within {PROBE_SECONDS} s", REMEDIES[backend])
    if child.returncode == 0:
        said = child.stdout.strip()
        if trials is not None and not hardware:
            trials.remember(backend, said)
        return Probe("compute", True, hardware, said)
    if child.returncode < 0:
        reason = f"{backend}: Dr.Jit ended with signal {-child.returncode}"
    else:
        lines = child.stderr.strip().splitlines() or [f"exit status {child.returncode}"]
        reason = f"{backend}: {lines[-1]}"
    return Probe("compute", False, hardware, reason, REMEDIES[backend])
