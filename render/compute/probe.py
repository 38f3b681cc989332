"""Does Dr.Jit draw right here? Run as `python -m render.compute.probe llvm|cuda`: prints on what, or exits with 1.

It has to be a process of its own: on a libLLVM that lacks an instruction a kernel ends the process.
"""

import ctypes
import importlib
import sys

import numpy as np

from render.volume.volume import Array

VOXELS, ALPHA = 8, 0.25


def describe(backend: str) -> str:
    """What draws, after it has drawn a constant volume and the picture was right. RuntimeError otherwise."""
    _check_libraries()
    import drjit as dr

    kind = dr.JitBackend.LLVM if backend == "llvm" else dr.JitBackend.CUDA
    if not dr.has_backend(kind):
        library = "libLLVM of version 15 or newer" if backend == "llvm" else "NVIDIA driver R535 or newer with a GPU"
        raise RuntimeError(f"no {library} was found")
    if backend == "llvm":
        version = ".".join(map(str, dr.detail.llvm_version()))
        name = f"LLVM {version}, {dr.thread_count()} threads"
    else:
        name = "CUDA"
    measured = _draw(backend)
    expected = 255 * (1 - (1 - ALPHA) ** VOXELS)
    if abs(measured - expected) > 1:
        raise RuntimeError(f"{name} drew {measured:.0f} where {expected:.0f} is right")
    return name


def _check_libraries() -> None:
    """Dr.Jit's wheel is linked with libatomic and does not bring it; without it its import is a NameError."""
    if sys.platform == "linux":
        try:
            ctypes.CDLL("libatomic.so.1")
        except OSError:
            raise RuntimeError("libatomic.so.1, which Dr.Jit needs, was not found") from None


def _draw(backend: str) -> float:
    """The middle pixel's grey of VOXELS voxels of constant opacity ALPHA each, seen along z."""
    from render.compute.renderer import ComputeRenderer
    from render.scene import DVR, Camera, Channel, Orthographic, Quality, TransferFunction, View
    from render.volume.info import ChannelInfo, Level, VolumeInfo
    from render.volume.volume import Volume

    shape = (VOXELS, VOXELS, VOXELS)
    info = VolumeInfo(
        name="probe",
        axes=(),
        dtype="uint8",
        levels=(Level("", shape, shape, (1.0, 1.0, 1.0), (0.0, 0.0, 0.0)),),
        channels=(ChannelInfo(""),),
    )
    view = View(
        volume="probe",
        camera=Camera((3.5, 3.5, -20), (3.5, 3.5, 3.5), (0, -1, 0), Orthographic(8)),
        channels=(Channel(0, TransferFunction((0, 1), 1.0, opacity=((0, 0), (1, ALPHA)))),),
        mode=DVR(shaded=False),
        size=(17, 9),
    )
    device = importlib.import_module(f"drjit.{backend}")
    renderer = ComputeRenderer(device, "probe", 2**20)
    frame = renderer.render(Volume(info, "zyx", (_Constant(),)), view, Quality(step=0.5))
    renderer.close()
    return float(frame.array[4, 8, 0])


class _Constant:
    """A source of ones."""

    shape = chunks = (VOXELS, VOXELS, VOXELS)
    dtype = np.dtype(np.uint8)

    def read(self, selection: tuple[slice | int, ...]) -> Array:
        return np.ones(self.shape, np.uint8)[selection]


if __name__ == "__main__":
    try:
        print(describe(sys.argv[1]))
    except RuntimeError as error:
        sys.exit(str(error))
