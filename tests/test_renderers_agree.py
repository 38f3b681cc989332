"""On real volumes all renderers, and the marcher that judges them, draw the same picture; unshaded.

Scenes are what a user gets without options, at fine steps: two channels and thick slices, an origin far from zero, a
time point in the middle of a series. What is right and wrong in numbers is in `tests.conformance`; this finds what only
real data show. Shading is not compared: each renderer has a gradient of its own.
"""

from collections.abc import Iterator, Mapping
from itertools import combinations
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from numpy.typing import NDArray

from render.backends.base import Renderer
from render.backends.compute import open_compute
from render.backends.vtk import open_vtk
from render.encode import encode_png
from render.intent import Intent, resolve
from render.scene import Axis, Quality
from render.volume.sources import open_volume
from render.volume.volume import Volume
from tests.reference import ReferenceRenderer

BUDGET = 2**28
SIZE = (160, 120)
LIMIT = 1.0
"""Mean absolute difference over the picture, in grey levels of 255. Seen: 0.0 to 0.9 (0.4 but for VTK on the CPU).

For scale: a camera half a voxel aside is 0.1 to 3.1 off in these scenes, one pixel 0.4 to 6.2, a mirror 0.6 to 21.
"""

LEVELS = {"brain2ch.v04": 1, "ct_aorta.v05": 0, "mni152_t1.v05": 1, "mitosis5d.v05": 0}
"""Set -> the level compared; finer ones only make the marcher slower."""

STEPS = {"marcher": 0.5, "compute": 0.25, "vtk by OpenGL": 0.25, "vtk on the CPU": 0.25}
"""Renderer -> step in voxels; the marcher samples the middle of its intervals, which is worth half a step."""

MODES: tuple[Literal["dvr", "mip", "slice"], ...] = ("dvr", "mip", "slice")


@pytest.fixture(scope="module")
def renderers() -> Iterator[Mapping[str, Renderer]]:
    opened = {
        "marcher": ReferenceRenderer(),
        "compute": open_compute("llvm", BUDGET),
        "vtk by OpenGL": open_vtk(BUDGET, "accurate"),
        "vtk on the CPU": open_vtk(BUDGET, "fast"),
    }
    yield opened
    for renderer in opened.values():
        renderer.close()


@pytest.fixture(scope="module", params=LEVELS)
def volume(request: pytest.FixtureRequest, shared_data: Path) -> Volume:
    return open_volume(str(shared_data / f"{request.param}.ome.zarr"), request.param)


@pytest.fixture(scope="module", params=MODES)
def pictures(
    request: pytest.FixtureRequest, volume: Volume, renderers: Mapping[str, Renderer]
) -> Mapping[str, NDArray[np.uint8]]:
    """The same view drawn by each renderer."""
    axis: Axis = "y" if request.param == "slice" else "z"
    intent = Intent(mode=request.param, size=SIZE, time=volume.info.times // 2, shaded=False, axis=axis)
    view = resolve(intent, volume.info, volume.statistics)
    level = LEVELS[volume.info.name]
    drawn = {
        name: renderer.render(volume, view, Quality(level=level, step=STEPS[name])).array
        for name, renderer in renderers.items()
    }
    assert drawn["marcher"][..., :3].max() > 100, "there is nothing in the picture"
    return drawn


@pytest.mark.parametrize(("one", "other"), list(combinations(STEPS, 2)))
def test_renderers_agree(pictures: Mapping[str, NDArray[np.uint8]], one: str, other: str, tmp_path: Path) -> None:
    difference = np.abs(pictures[one].astype(int) - pictures[other])
    for name in (one, other):
        (tmp_path / f"{name}.png").write_bytes(encode_png(pictures[name]))
    assert difference.mean() <= LIMIT, f"{difference.mean():.2f} grey levels apart on average: see {tmp_path}"
