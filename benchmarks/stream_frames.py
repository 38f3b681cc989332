"""Makes the frames that `benchmarks.streaming` replays, once: the first 40 of the phantom workload, drawn by VTK.

    python -m benchmarks.stream_frames SIZE FILE.npy

A program of its own, so that no renderer stays in the process that measures. Takes half a minute for 512 x 512 and two
minutes for 1024 x 1024 on two cores.
"""

import os
import sys
from pathlib import Path

import numpy as np
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkCommonCore import vtkUnsignedCharArray

from benchmarks.render import WORKLOAD, load_workload
from render.backends.vtk import working_window
from render.encode import whole_file

FRAMES = 40


def main(size: int, file: Path) -> None:
    if not WORKLOAD.is_file():
        sys.exit("the phantom workload is not there: ../shared/tools/phantom_workload.py next to the repository")
    # What VTK reads: else the workload's window looks for an X server first, and complains.
    os.environ["VTK_DEFAULT_OPENGL_WINDOW"] = working_window().window
    scene = load_workload().build(size=size, mapper="fixed")
    pixels = vtkUnsignedCharArray()
    pictures = np.empty((FRAMES, size, size, 3), np.uint8)
    for k in range(FRAMES):
        scene.set_frame(k)
        scene.rw.Render()
        scene.rw.GetPixelData(0, 0, size - 1, size - 1, 0, pixels, 0)
        # VTK's row 0 is at the bottom.
        pictures[k] = vtk_to_numpy(pixels).reshape(size, size, 3)[::-1]
    with whole_file(file) as unfinished:
        np.save(unfinished, pictures)


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
