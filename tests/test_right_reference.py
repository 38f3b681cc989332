"""The marcher that judges the renderers stands the closed forms itself."""

from render.backends.base import Renderer
from tests.closed_forms.emission import EmissionTests
from tests.closed_forms.labels import LabelTests
from tests.closed_forms.planes import PlaneTests
from tests.closed_forms.projections import ProjectionTests
from tests.closed_forms.surfaces import SurfaceTests
from tests.reference import ReferenceRenderer


class TestReference(EmissionTests, ProjectionTests, SurfaceTests, PlaneTests, LabelTests):
    step = 0.05  # as good as needed here, and the marcher is slow

    @staticmethod
    def open() -> Renderer:
        return ReferenceRenderer()
