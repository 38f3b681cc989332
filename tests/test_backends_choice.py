"""Which renderer draws: the order of preference, what a refusal says, and what this machine really has."""

import subprocess
import sys

import pytest

from render.backends.base import Probe
from render.backends.choice import Choice, Requested, choose, chosen, open_renderer, probe_all
from render.backends.vtk import working_window
from render.errors import BackendError
from render.scene import MIP, Quality
from tests.cases import constant, view_of

CUDA = Probe("compute", usable=True, hardware=True, detail="CUDA")
NO_CUDA = Probe("compute", usable=False, hardware=True, detail="cuda: no NVIDIA driver")
LLVM = Probe("compute", usable=True, hardware=False, detail="LLVM 19")
NO_LLVM = Probe("compute", usable=False, hardware=False, detail="llvm: no libLLVM", remedy="apt-get install libllvm19")
GPU = Probe("vtk", usable=True, hardware=True, detail="NVIDIA A40")
MESA = Probe("vtk", usable=True, hardware=False, detail="llvmpipe")
NO_GL = Probe("vtk", usable=False, hardware=False, detail="no libEGL.so.1", remedy="apt-get install libegl1")
NULL = Probe("null", usable=True, hardware=False, detail="draws a checkerboard")


@pytest.mark.parametrize(
    ("requested", "probes", "backend"),
    [
        pytest.param("auto", [LLVM, MESA, GPU, CUDA], "cuda", id="auto takes CUDA first"),
        pytest.param("auto", [NO_CUDA, LLVM, GPU], "gpu", id="auto takes OpenGL on a GPU before compute on the CPU"),
        pytest.param("auto", [NO_CUDA, LLVM, MESA, NULL], "llvm", id="auto takes compute on the CPU before Mesa"),
        pytest.param("auto", [NO_CUDA, NO_LLVM, MESA], "software", id="auto takes Mesa where there is nothing else"),
        pytest.param("compute", [NO_CUDA, LLVM, GPU], "llvm", id="compute is compute even beside a GPU"),
        pytest.param("vtk", [CUDA, LLVM, MESA], "software", id="vtk is vtk even beside CUDA"),
        pytest.param("null", [CUDA, NULL], "none", id="null is there when asked for"),
    ],
)
def test_the_choice(requested: Requested, probes: list[Probe], backend: str) -> None:
    assert choose(requested, probes).backend == backend


def test_the_reason_says_what_would_have_come_first() -> None:
    choice = choose("auto", [NO_CUDA, LLVM, MESA])
    assert choice.reason == (
        "compute is the best of what is usable (LLVM 19); not here: compute: cuda: no NVIDIA driver"
    )


def test_with_nothing_usable_the_remedies_are_named_and_null_is_not_taken() -> None:
    with pytest.raises(BackendError) as refusal:
        choose("auto", [NO_CUDA, NO_LLVM, NO_GL, NULL])
    assert str(refusal.value) == (
        "no renderer can draw here: compute: cuda: no NVIDIA driver; "
        "compute: llvm: no libLLVM (install it with: apt-get install libllvm19); "
        "vtk: no libEGL.so.1 (install it with: apt-get install libegl1)"
    )


def test_what_was_asked_for_is_not_replaced() -> None:
    with pytest.raises(BackendError, match=r"the renderer vtk cannot draw here: vtk: no libEGL.so.1 \(install it with"):
        choose("vtk", [CUDA, LLVM, NO_GL])


@pytest.mark.parametrize(
    ("requested", "graphics", "compute", "asked"),
    [
        pytest.param("auto", True, LLVM, ["compute", "vtk"], id="auto asks all where there is a graphics device"),
        pytest.param("auto", False, LLVM, ["compute"], id="auto without one asks for no OpenGL"),
        pytest.param("auto", False, NO_LLVM, ["compute", "vtk"], id="but for software where nothing else is left"),
        pytest.param("compute", True, LLVM, ["compute"], id="compute"),
        pytest.param("vtk", False, LLVM, ["vtk"], id="vtk"),
    ],
)
def test_only_what_could_be_chosen_is_probed(
    requested: Requested, graphics: bool, compute: Probe, asked: list[str]
) -> None:
    probed: list[str] = []

    def answer(probe: Probe) -> list[Probe]:
        probed.append(probe.name)
        return [probe]

    table = {"compute": lambda: answer(compute), "vtk": lambda: answer(MESA), "null": lambda: answer(NULL)}
    chosen(requested, table, lambda: graphics)
    assert sorted(probed) == asked


def test_what_the_probes_promise_draws() -> None:
    probes = probe_all()
    assert [probe.name for probe in probes] == ["compute", "compute", "vtk", "null"]
    for name in ("compute", "vtk"):
        renderer = open_renderer(choose(name, probes), 2**24)
        frame = renderer.render(constant(1.0), view_of(MIP(), size=(21, 15)), Quality())
        assert frame.array.shape == (15, 21, 4)
        assert frame.array[7, 10, :3].tolist() == [255, 255, 255]
        assert frame.renderer.startswith(name)
        renderer.close()


def test_probing_vtk_loads_no_vtk_here() -> None:
    code = "import sys, render.backends.choice as c; c.chosen('vtk'); sys.exit('vtkmodules' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_without_an_opengl_library_vtk_is_refused_before_it_can_crash() -> None:
    libraries = (("libNoSuchEGL.so.1", "vtkEGLRenderWindow"), ("libNoSuchMesa.so.8", "vtkOSOpenGLRenderWindow"))
    with pytest.raises(BackendError, match=r"libNoSuchEGL.so.1 is not installed; libNoSuchMesa.so.8 is not installed"):
        working_window(libraries)


def test_a_child_that_cannot_draw_is_reported_with_its_own_words() -> None:
    with pytest.raises(BackendError, match=r"libc.so.6: .*vtkNoSuchWindow"):
        working_window((("libc.so.6", "vtkNoSuchWindow"),))


def test_a_choice_is_opened_by_its_backend() -> None:
    assert open_renderer(Choice("null", "none", ""), 0).name == "null"
