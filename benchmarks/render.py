"""Milliseconds of a frame: compute beside VTK's two mappers, on the same phantom, camera path and transfer function.

    .venv/bin/python -m benchmarks.render --n 256 --size 512 --frames 10

The workload is `../shared/tools/phantom_workload.py`, which also builds the VTK scenes; next to them stand our own two
renderers, which draw the View that means the same. All take turns, frame by frame, so that a load that comes and goes
is shared; one that has used up its `--seconds` sits out. Ratios are of medians to the first row.
"""

import argparse
import importlib.util
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from render.backends.base import Renderer
from render.backends.choice import chosen, open_renderer
from render.backends.vtk import working_window
from render.errors import BackendError
from render.scene import DVR, Camera, Channel, Perspective, Quality, TransferFunction, View
from tests.arrays import memory_volume

WORKLOAD = Path(__file__).parents[2] / "shared" / "tools" / "phantom_workload.py"
BUDGET = 8 * 2**30

Voxels = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Row:
    """A renderer, how it draws frame k, and the milliseconds that each of its frames took."""

    name: str
    draw: Callable[[int], object]
    milliseconds: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        return statistics.median(self.milliseconds)


def main() -> int:
    arguments = parse_arguments()
    if not WORKLOAD.is_file():
        print("the phantom workload is not there: ../shared/tools/phantom_workload.py next to the repository")
        return 2
    workload = load_workload()
    voxels = workload.phantom(arguments.n)
    rows = [*our_rows(workload, voxels, arguments.size), *vtk_rows(workload, voxels, arguments.size)]
    take_turns(rows, arguments.frames, 1000 * arguments.seconds)
    print(f"phantom {arguments.n}^3 uint8, {arguments.size} x {arguments.size} pixels, shaded, step 1 voxel")
    print(f"{'median ms':>10} {'p10':>8} {'p90':>8} {'frames':>7} {'ratio':>7}  renderer")
    for row in rows:
        low, high = np.percentile(row.milliseconds, (10, 90))
        count, ratio = len(row.milliseconds), row.median / rows[0].median
        print(f"{row.median:>10.1f} {low:>8.1f} {high:>8.1f} {count:>7} {ratio:>7.2f}  {row.name}")
    return 0


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--n", type=int, default=256, help="voxels along each axis")
    parser.add_argument("--size", type=int, default=512, help="width and height in pixels")
    parser.add_argument("--frames", type=int, default=10, help="frames of each renderer")
    parser.add_argument("--seconds", type=float, default=30, help="a renderer that takes longer draws fewer frames")
    return parser.parse_args()


def load_workload() -> ModuleType:
    spec = importlib.util.spec_from_file_location("phantom_workload", WORKLOAD)
    assert spec is not None
    assert spec.loader is not None
    workload = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(workload)
    return workload


def our_rows(workload: ModuleType, voxels: Voxels, size: int) -> Iterator[Row]:
    """Our renderers; what is not there is said and left out."""
    for name in ("compute", "vtk"):
        try:
            renderer = open_renderer(chosen(name), BUDGET)
        except BackendError as error:
            print(error, file=sys.stderr)
        else:
            yield Row(f"voxelcast {renderer.name}", through_view(renderer, workload, voxels, size))


def vtk_rows(workload: ModuleType, voxels: Voxels, size: int) -> Iterator[Row]:
    """VTK as it comes; without OpenGL it would end the process."""
    try:
        # What VTK reads: else the workload's window looks for an X server first, and complains.
        os.environ["VTK_DEFAULT_OPENGL_WINDOW"] = working_window().window
    except BackendError:
        return
    yield Row("vtkFixedPointVolumeRayCastMapper", through_vtk(workload, voxels, size, "fixed"))
    yield Row("vtkOpenGLGPUVolumeRayCastMapper", through_vtk(workload, voxels, size, "gpu"))


def through_view(renderer: Renderer, workload: ModuleType, voxels: Voxels, size: int) -> Callable[[int], object]:
    volume = memory_volume(voxels)
    stops = tuple((x, *color) for x, color in workload.COLOR)
    transfer = TransferFunction((0, 255), len(voxels) / 256, stops, tuple(workload.OPACITY))
    views = [phantom_view(workload, len(voxels), size, transfer, k) for k in range(int(360 / workload.STEP_DEG))]
    return lambda k: renderer.render(volume, views[k % len(views)], Quality())


def phantom_view(workload: ModuleType, n: int, size: int, transfer: TransferFunction, k: int) -> View:
    """The View that shows what the workload's `Scene.set_frame(k)` does."""
    middle, distance = (n - 1) / 2, 2.4 * n
    azimuth, elevation = np.deg2rad(workload.STEP_DEG * k), np.deg2rad(20.0)
    position = (
        float(middle + distance * np.cos(elevation) * np.sin(azimuth)),
        float(middle - distance * np.cos(elevation) * np.cos(azimuth)),
        float(middle + distance * np.sin(elevation)),
    )
    camera = Camera(position, (middle, middle, middle), (0.0, 0.0, 1.0), Perspective(30.0))
    background = (*workload.BG, 1.0)
    return View("phantom", camera, (Channel(0, transfer),), DVR(), background=background, size=(size, size))


def through_vtk(workload: ModuleType, voxels: Voxels, size: int, mapper: str) -> Callable[[int], object]:
    """Drawn and read back, as a picture that somebody gets."""
    from vtkmodules.vtkCommonCore import vtkUnsignedCharArray

    scene = workload.build(n=len(voxels), size=size, mapper=mapper, vol=voxels)

    def draw(k: int) -> object:
        scene.set_frame(k)
        scene.rw.Render()
        pixels = vtkUnsignedCharArray()
        scene.rw.GetPixelData(0, 0, size - 1, size - 1, 0, pixels, 0)
        return pixels

    return draw


def take_turns(rows: list[Row], frames: int, allowance: float) -> None:
    """`frames` frames of each row, or as many as fit in its `allowance` of milliseconds, after one to warm up."""
    for row in rows:
        row.draw(0)
    for k in range(1, frames + 1):
        for row in rows:
            if sum(row.milliseconds) < allowance:
                begun = time.perf_counter()
                row.draw(k)
                row.milliseconds.append(1000 * (time.perf_counter() - begun))


if __name__ == "__main__":
    sys.exit(main())
