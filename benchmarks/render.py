"""Milliseconds of a frame: compute beside VTK's two mappers, on the same volumes, cameras and transfer functions.

    python -m benchmarks.render [--cases dvr,mip] [--frames 10] [--seconds 30]

The phantom is that of `../shared/tools/phantom_workload.py`, which also builds the scenes of VTK as it comes; beside
them stand our own renderers, which draw the View that means the same, and two real volumes as they are drawn by
default. All take turns, frame by frame, so that a load that comes and goes is shared; one that has used up its
`--seconds` sits out. Figures are medians; ratios are to compute. To compare with two cores: taskset -c 0,1.
"""

import argparse
import importlib.util
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from render.backends.base import Renderer
from render.backends.choice import chosen, open_renderer
from render.backends.vtk import working_window
from render.errors import BackendError, BadRequest
from render.intent import Intent, resolve
from render.scene import DVR, MIP, Camera, Channel, Iso, Isosurface, Mode, Perspective, Quality, TransferFunction, View
from render.volume.sources import open_volume
from render.volume.volume import Volume
from tests.arrays import memory_volume

SHARED = Path(__file__).resolve().parents[2] / "shared"
WORKLOAD = SHARED / "tools" / "phantom_workload.py"
BUDGET = 8 * 2**30
NEAR, FAR = 2.4, 3.3
"""Distances of the eye from the middle, in sides of the phantom. The workload's is the first, which is what its VTK
figures are from; from the second, half as large in the picture, the figures of the first prototype are."""

Voxels = np.ndarray[Any, Any]
Draw = Callable[[int], object]


@dataclass(frozen=True)
class Case:
    """A volume and the views of its frames; `scene` says whether VTK as it comes draws it too, from these voxels."""

    name: str
    volume: Volume
    view: Callable[[int], View]
    scene: Voxels | None = None


@dataclass(frozen=True)
class Row:
    """A renderer, how it draws frame k, and the milliseconds that each of its frames took."""

    name: str
    draw: Draw
    milliseconds: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        return statistics.median(self.milliseconds)


def main() -> int:
    arguments = parse_arguments()
    if not WORKLOAD.is_file():
        print("the phantom workload is not there: ../shared/tools/phantom_workload.py next to the repository")
        return 2
    renderers = list(open_renderers())
    for name in arguments.cases.split(","):
        case = CASES[name]()
        rows = [*our_rows(renderers, case), *(vtk_rows(case) if case.scene is not None else ())]
        take_turns(rows, arguments.frames, 1000 * arguments.seconds)
        report(case.name, rows)
    return 0


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", default=",".join(CASES), help=f"of {', '.join(CASES)}")
    parser.add_argument("--frames", type=int, default=10, help="frames of each renderer")
    parser.add_argument("--seconds", type=float, default=30, help="a renderer that takes longer draws fewer frames")
    return parser.parse_args()


def report(title: str, rows: list[Row]) -> None:
    print(f"\n{title}\n{'median ms':>10} {'p10':>8} {'p90':>8} {'frames':>7} {'ratio':>7}  renderer")
    for row in rows:
        low, high = np.percentile(row.milliseconds, (10, 90))
        count, ratio = len(row.milliseconds), row.median / rows[0].median
        print(f"{row.median:>10.1f} {low:>8.1f} {high:>8.1f} {count:>7} {ratio:>7.2f}  {row.name}", flush=True)


@cache
def load_workload() -> ModuleType:
    spec = importlib.util.spec_from_file_location("phantom_workload", WORKLOAD)
    assert spec is not None
    assert spec.loader is not None
    workload = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(workload)
    return workload


@cache
def phantom(n: int, dtype: str = "uint8") -> Voxels:
    voxels: Voxels = load_workload().phantom(n, dtype)
    return voxels


def phantom_case(name: str, n: int, size: int, mode: Mode, distance: float = NEAR, scene: bool = False) -> Case:
    voxels = phantom(n)

    def view(k: int) -> View:
        return phantom_view(n, size, mode, k, distance)

    return Case(f"phantom {name}", memory_volume(voxels), view, voxels if scene else None)


def two_channels() -> Case:
    voxels = phantom(256, "uint16")
    both = np.stack([voxels, voxels[::-1]])

    def view(k: int) -> View:
        transfers = [phantom_transfer(256, (0, 65535), color) for color in ("lime", "magenta")]
        return phantom_view(256, 512, DVR(shaded=False), k, NEAR, transfers)

    return Case("phantom 256^3 uint16, 2 channels, 512 x 512, dvr, unlit", memory_volume(both), view)


def real_case(name: str) -> Case:
    volume = open_volume(str(SHARED / "data" / name))

    def view(k: int) -> View:
        return resolve(Intent(mode="dvr", size=(512, 512), azimuth=30.0 + 3 * k), volume.info, volume.statistics)

    shape = " x ".join(map(str, volume.info.levels[0].shape))
    return Case(f"{volume.info.name} {shape}, 512 x 512, dvr", volume, view)


def phantom_transfer(n: int, window: tuple[float, float], color: str | None = None) -> TransferFunction:
    workload = load_workload()
    stops = tuple((x, *rgb) for x, rgb in workload.COLOR)
    return TransferFunction(window, n / 256, color or stops, tuple(workload.OPACITY))


def phantom_view(
    n: int, size: int, mode: Mode, k: int, distance: float, transfers: list[TransferFunction] | None = None
) -> View:
    """The View that shows what the workload's `Scene.set_frame(k)` does, from 2.4 sides away."""
    workload = load_workload()
    middle, away = (n - 1) / 2, distance * n
    azimuth, elevation = np.deg2rad(workload.STEP_DEG * k), np.deg2rad(20.0)
    position = (
        float(middle + away * np.cos(elevation) * np.sin(azimuth)),
        float(middle - away * np.cos(elevation) * np.cos(azimuth)),
        float(middle + away * np.sin(elevation)),
    )
    camera = Camera(position, (middle, middle, middle), (0.0, 0.0, 1.0), Perspective(30.0))
    channels = tuple(Channel(i, one) for i, one in enumerate(transfers or [phantom_transfer(n, (0, 255))]))
    return View("memory", camera, channels, mode, background=(*workload.BG, 1.0), size=(size, size))


CASES: dict[str, Callable[[], Case]] = {
    "dvr": lambda: phantom_case("256^3 uint8, 512 x 512, dvr, lit", 256, 512, DVR(), scene=True),
    "dvr1024": lambda: phantom_case("256^3 uint8, 1024 x 1024, dvr, lit", 256, 1024, DVR(), scene=True),
    "dvr-far": lambda: phantom_case("256^3 uint8, 512 x 512, dvr, lit, from farther away", 256, 512, DVR(), FAR),
    "mip": lambda: phantom_case("256^3 uint8, 512 x 512, mip", 256, 512, MIP()),
    "mip-far": lambda: phantom_case("256^3 uint8, 512 x 512, mip, from farther away", 256, 512, MIP(), FAR),
    "iso": lambda: phantom_case("256^3 uint8, 512 x 512, iso", 256, 512, Iso((Isosurface(128.0),))),
    "iso-far": lambda: phantom_case(
        "256^3 uint8, 512 x 512, iso, from farther away", 256, 512, Iso((Isosurface(128.0),)), FAR
    ),
    "channels": two_channels,
    "dvr512": lambda: phantom_case("512^3 uint8, 512 x 512, dvr, lit", 512, 512, DVR()),
    "ct": lambda: real_case("ct_aorta.v05.ome.zarr"),
    "em": lambda: real_case("fib25.v05.ome.zarr"),
}


def open_renderers() -> Iterator[Renderer]:
    """Ours; what is not there is said and left out."""
    for name in ("compute", "vtk"):
        try:
            yield open_renderer(chosen(name), BUDGET)
        except BackendError as error:
            print(error, file=sys.stderr)


def our_rows(renderers: list[Renderer], case: Case) -> Iterator[Row]:
    """Those of our renderers that draw the case."""
    for renderer in renderers:
        try:
            renderer.render(case.volume, case.view(0), Quality())
        except BadRequest as error:
            print(error, file=sys.stderr)
        else:
            yield Row(f"voxelcast {renderer.name}", through_view(renderer, case))


def through_view(renderer: Renderer, case: Case) -> Draw:
    return lambda k: renderer.render(case.volume, case.view(k), Quality())


def vtk_rows(case: Case) -> Iterator[Row]:
    """VTK as it comes; without OpenGL it would end the process."""
    try:
        # What VTK reads: else the workload's window looks for an X server first, and complains.
        os.environ["VTK_DEFAULT_OPENGL_WINDOW"] = working_window().window
    except BackendError:
        return
    assert case.scene is not None
    size = case.view(0).size[0]
    yield Row("vtkFixedPointVolumeRayCastMapper", through_vtk(case.scene, size, "fixed"))
    yield Row("vtkOpenGLGPUVolumeRayCastMapper", through_vtk(case.scene, size, "gpu"))


def through_vtk(voxels: Voxels, size: int, mapper: str) -> Draw:
    """Drawn and read back, as a picture that somebody gets."""
    from vtkmodules.vtkCommonCore import vtkUnsignedCharArray

    scene = load_workload().build(n=len(voxels), size=size, mapper=mapper, vol=voxels)

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
