"""compute stands the closed forms of every mode, and draws what the reference draws; on LLVM and on CUDA."""

from collections.abc import Iterator

import numpy as np
import pytest

from render.backends.base import Renderer
from render.backends.compute import open_compute, probe
from render.scene import Quality
from tests.agreement import SCENES, STEP, AgreementTests, volume
from tests.closed_forms.emission import EmissionTests
from tests.closed_forms.labels import LabelTests
from tests.closed_forms.planes import PlaneTests
from tests.closed_forms.projections import ProjectionTests
from tests.closed_forms.surfaces import SurfaceTests

BUDGET = 2**26


def open_llvm() -> Renderer:
    return open_compute("llvm", BUDGET)


def open_cuda() -> Renderer:
    cuda = next(found for found in probe() if found.hardware)
    if not cuda.usable:
        pytest.skip(f"compute on {cuda.detail}")
    return open_compute("cuda", BUDGET)


class TestClosedForms(EmissionTests, ProjectionTests, SurfaceTests, PlaneTests, LabelTests):
    open = staticmethod(open_llvm)


class TestClosedFormsOnCUDA(EmissionTests, ProjectionTests, SurfaceTests, PlaneTests, LabelTests):
    open = staticmethod(open_cuda)


class TestAgreement(AgreementTests):
    open = staticmethod(open_llvm)


class TestAgreementOnCUDA(AgreementTests):
    open = staticmethod(open_cuda)


@pytest.fixture(scope="module")
def both() -> Iterator[tuple[Renderer, Renderer]]:
    """compute on CUDA and on LLVM."""
    cuda, llvm = open_cuda(), open_llvm()
    yield cuda, llvm
    cuda.close()
    llvm.close()


@pytest.mark.parametrize("name", SCENES)
def test_cuda_and_llvm_are_a_grey_level_apart_at_most(both: tuple[Renderer, Renderer], name: str) -> None:
    view = SCENES[name]
    seen = volume(len(view.channels))
    one, other = (renderer.render(seen, view, Quality(step=STEP)).array.astype(int) for renderer in both)
    assert np.abs(one - other).max() <= 1
