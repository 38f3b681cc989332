"""VTK's GPU mapper draws what the reference draws, of the scenes that it does not refuse.

Isosurfaces are left out: at their edges a pixel is one or the other. `tests.test_renderers_agree` compares them.
"""

import pytest

from render.backends.base import Renderer
from render.backends.vtk import open_vtk
from render.scene import Quality
from tests.agreement import SCENES, Comparison, expected, volume

DRAWN = (
    "dvr",
    "dvr, orthographic",
    "dvr from inside",
    "dvr, opacity curve, inverted",
    "dvr, gradient opacity",
    "dvr, two channels",
    "dvr, lit",
    "dvr, two lights, depth cue",
    "dvr, central gradient",
    "dvr, lit, clipped",
    "mip",
    "mip, two channels, clipped",
    "minip",
    "mean",
    "sum",
    "slice",
    "slab",
    "oblique slab of a sum",
)


class TestVtkByOpenGL(Comparison):
    quality = Quality(step=0.02)
    """VTK's extremes are those of its samples, where the reference looks at the ends of a chord too."""

    @staticmethod
    def open() -> Renderer:
        return open_vtk(2**26, "accurate")

    @pytest.mark.parametrize("name", DRAWN)
    def test_a_scene_is_what_the_reference_draws(self, renderer: Renderer, name: str) -> None:
        view = SCENES[name]
        self.compare(renderer.render(volume(len(view.channels)), view, self.quality), expected(name))
