"""The compute renderer as a backend: is it there, and open it.

Dr.Jit is imported only when the renderer is opened, after a probe in a child process: with a libLLVM that lacks an
instruction it aborts the process, which no `except` can catch.
"""

import importlib
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Literal

from render.backends.base import Probe, Renderer

DeviceName = Literal["cuda", "llvm"]

PROBE_SECONDS = 60
REMEDIES: dict[DeviceName, str] = {
    "llvm": "apt-get install libatomic1 libllvm19 (or any libllvm of version 15 or newer)",
    "cuda": "",
}


def probe() -> list[Probe]:
    """What Dr.Jit can draw on here, CUDA first; each is tried in a child process (0.6 s)."""
    devices: tuple[DeviceName, ...] = ("cuda", "llvm")
    with ThreadPoolExecutor(len(devices)) as pool:
        return list(pool.map(_probe_device, devices))


def open_compute(backend: DeviceName, budget: int, lean: bool = False) -> Renderer:
    """The renderer on `backend`, with at most `budget` bytes of voxels. Call it where `probe` said that it works."""
    import drjit as dr

    from render.compute.renderer import ComputeRenderer

    if backend == "llvm":
        version = ".".join(str(part) for part in dr.detail.llvm_version())
        name = f"compute (LLVM {version}, {dr.thread_count()} threads)"
    else:
        name = "compute (CUDA)"
    return ComputeRenderer(importlib.import_module(f"drjit.{backend}"), name, budget, lean)


def _probe_device(backend: DeviceName) -> Probe:
    hardware = backend == "cuda"
    # -P keeps the folder that the user stands in out of the path: it may hold a package called `render` too.
    command = [sys.executable, "-P", "-m", "render.compute.probe", backend]
    try:
        child = subprocess.run(command, capture_output=True, text=True, timeout=PROBE_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return Probe("compute", False, hardware, f"{backend}: no answer within {PROBE_SECONDS} s", REMEDIES[backend])
    if child.returncode == 0:
        return Probe("compute", True, hardware, child.stdout.strip())
    if child.returncode < 0:
        reason = f"{backend}: Dr.Jit ended with signal {-child.returncode}"
    else:
        lines = child.stderr.strip().splitlines() or [f"exit status {child.returncode}"]
        reason = f"{backend}: {lines[-1]}"
    return Probe("compute", False, hardware, reason, REMEDIES[backend])
