"""What is the compute renderer's own; what it draws is in test_renderers_conform."""

from types import ModuleType
from typing import NoReturn

import numpy as np
import pytest

from render.compute.renderer import ComputeRenderer
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
