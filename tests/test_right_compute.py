"""compute stands the closed forms of every mode, and draws what the reference draws; on LLVM and on CUDA."""

import pytest

from render.backends.base import Renderer
from render.backends.compute import open_compute, probe
from tests.agreement import AgreementTests
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
