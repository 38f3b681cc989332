"""What is the compute renderer's own; what it draws is in test_renderers_conform."""

import gc
import os
import sys
import weakref
from pathlib import Path
from types import ModuleType
from typing import NoReturn

import numpy as np
import pytest

from render.backends.choice import PROBES
from render.backends.compute import NICER, open_compute
from render.compute.renderer import ComputeRenderer
from render.compute.staging import Staging, level_keys
from render.errors import BackendError
from render.intent import Intent, resolve
from render.scene import Quality
from tests.arrays import memory_volume


class FullDevice(ModuleType):
    """A device without memory, which says so as Dr.Jit does."""

    def UInt32(self, _: object) -> NoReturn:
        raise RuntimeError("jit_malloc(): out of memory! Could not allocate 1 GiB\nof device memory.")


def test_a_device_without_memory_is_a_backend_error_of_one_line() -> None:
    volume = memory_volume(np.arange(3 * 5 * 7, dtype=np.uint8).reshape(3, 5, 7))
    view = resolve(Intent(size=(8, 6)), volume.info, volume.statistics)
    full = ComputeRenderer(FullDevice("full"), "compute (full)", 2**20)
    with pytest.raises(
        BackendError, match=r"^compute \(full\): jit_malloc\(\): out of memory! Could not allocate 1 GiB$"
    ):
        full.render(volume, view, Quality())


def test_the_voxels_of_a_volume_that_nobody_holds_are_let_go() -> None:
    voxels = np.random.default_rng(0).integers(0, 200, (64, 65, 66), np.uint8)
    volume, other = memory_volume(voxels), memory_volume(voxels)
    staging = Staging(2**30)
    view = resolve(Intent(size=(8, 6)), volume.info, volume.statistics)
    packed = [staging.packed(one, level_keys(one, view, Quality())[0]) for one in (volume, other)]
    watched = [weakref.ref(one.pool) for one in packed]
    (key,) = level_keys(volume, view, Quality())
    del packed, volume
    gc.collect()
    assert watched[0]() is None
    assert watched[1]() is not None
    assert key not in staging


def name_of(task: Path) -> str:
    """Of a thread; of one that has just ended nothing."""
    try:
        return (task / "comm").read_text()
    except OSError:
        return ""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere threads have no niceness of their own")
def test_the_threads_of_the_device_give_way_to_those_that_answer() -> None:
    if not any(probe.usable and not probe.hardware for probe in PROBES["compute"]()):
        pytest.skip("compute draws nothing on the CPU here")
    open_compute("llvm", 2**26).close()
    workers = [int(task.name) for task in Path("/proc/self/task").iterdir() if name_of(task).startswith("nt")]
    if not workers:
        pytest.skip("one processor: Dr.Jit begins no threads")
    mine = os.getpriority(os.PRIO_PROCESS, 0)
    assert {os.getpriority(os.PRIO_PROCESS, worker) for worker in workers} == {min(19, mine + NICER)}
