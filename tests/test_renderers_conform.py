"""Every renderer, and the marcher that judges them, stands the tests of `tests.conformance`."""

import pytest

from render.backends.base import Renderer
from render.backends.compute import open_compute, probe
from render.backends.vtk import open_vtk
from tests.conformance import RendererTests
from tests.reference import ReferenceRenderer

BUDGET = 2**26


class TestReference(RendererTests):
    samples = 1

    @staticmethod
    def open() -> Renderer:
        return ReferenceRenderer()


class TestCompute(RendererTests):
    @staticmethod
    def open() -> Renderer:
        return open_compute("llvm", BUDGET)


class TestComputeOnCUDA(RendererTests):
    @staticmethod
    def open() -> Renderer:
        cuda = next(found for found in probe() if found.hardware)
        if not cuda.usable:
            pytest.skip(f"compute on {cuda.detail}")
        return open_compute("cuda", BUDGET)


class TestVtkByOpenGL(RendererTests):
    step = 0.01  # VTK begins its samples at the face: the last one is up to a step too long

    @staticmethod
    def open() -> Renderer:
        return open_vtk(BUDGET, "accurate")


class TestVtkOnCPU(RendererTests):
    step = 0.1  # its 15-bit numbers get no better with finer ones
    tolerance = 5.0

    @staticmethod
    def open() -> Renderer:
        return open_vtk(BUDGET, "fast")
