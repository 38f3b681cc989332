"""Labels: where their voxels are, what colours they have, and how they mix with channels in each mode."""

import numpy as np
import pytest
from numpy.typing import NDArray

from render.backends.base import Renderer
from render.errors import NotFound
from render.geometry import Vec3
from render.scene import DVR, MIP, Iso, Isosurface, Labels, Mean, Mode, Shading, Slice, TransferFunction
from render.volume.volume import Volume
from tests.arrays import labelled_volume
from tests.cases import (
    ALONG_Z,
    CLEAR,
    CUT,
    ORIGIN,
    SHAPE,
    SPACING,
    UNSHADED,
    RendererCase,
    camera,
    constant,
    view_of,
    visible,
)

HUGE = 2**63 + 5
PINK, TEAL = (1.0, 0.5, 0.75, 1.0), (0.0, 0.5, 0.5, 1.0)
COLORS = {7: PINK, HUGE: TEAL}
HALF = Labels("cells", 2.0, 0.5)
CLEAR_TRANSFER = TransferFunction((0, 1), 1.0, opacity=((0, 0), (1, 0)))


def cells(ids: NDArray[np.uint64], value: float = 0.5) -> Volume:
    return labelled_volume(np.full(SHAPE, value, np.float32), ids, COLORS, SPACING, ORIGIN)


def block() -> NDArray[np.uint64]:
    """7 in the three middle rows and columns of all planes, but for a huge id in the very middle of each."""
    ids = np.zeros(SHAPE, np.uint64)
    ids[:, 1:4, 2:5] = 7
    ids[:, 2, 3] = HUGE
    return ids


class LabelTests(RendererCase):
    """Closed forms of labels. Columns 25 to 30 and rows 14 to 25 see the block, 27 and 28 by 18 to 21 its middle."""

    def picture(self, block: Vec3 | float, middle: Vec3 | float, around: Vec3 | float) -> NDArray[np.float64]:
        """(40, 56, 3) with one colour for each part of `block()`, seen along z, and black outside the box."""
        expected = np.zeros((40, 56, 3))
        expected[10:30, 21:35] = around
        expected[14:26, 25:31] = block
        expected[18:22, 27:29] = middle
        return expected

    @pytest.mark.parametrize(
        ("mode", "share"),
        [(CUT, 0.5), (MIP(), 1 - 0.5**3), (Slice("z", 12.0, 2.0, "mean"), 0.5)],
        ids=["plane", "MIP", "slab"],
    )
    def test_labels_lie_over_a_projection_and_a_plane(self, renderer: Renderer, mode: Mode, share: float) -> None:
        drawn = self.draw(renderer, cells(block()), view_of(mode, labels=(HALF,))).array
        under = 0.5 * (1 - share)
        pink, teal = (share * np.array(color[:3]) + under for color in (PINK, TEAL))
        self.check(drawn[..., :3], self.picture(pink, teal, 0.5))

    def test_labels_absorb_over_their_unit_distance(self, renderer: Renderer) -> None:
        view = view_of(UNSHADED, CLEAR_TRANSFER, labels=(Labels("cells", 3.0, 0.3),), background=CLEAR)
        drawn = self.draw(renderer, cells(block()), view).array
        self.check(drawn[..., :3], self.picture(np.array(PINK[:3]), np.array(TEAL[:3]), 0.0))
        self.check(drawn[..., 3], self.picture(1 - 0.7**2, 1 - 0.7**2, 0)[..., 0])

    def test_labels_and_channels_mix_by_their_extinction(self, renderer: Renderer) -> None:
        view = view_of(UNSHADED, visible(0.2), labels=(HALF,), background=CLEAR)
        drawn = self.draw(renderer, cells(block(), 1.0), view).array[15, 26]
        label, channel = -np.log(0.5), -np.log(0.8)
        mean = (label * np.array(PINK[:3]) + channel) / (label + channel)
        self.check(drawn, [*mean, 1 - (0.5 * 0.8) ** 3])

    def test_labels_are_drawn_without_channels(self, renderer: Renderer) -> None:
        hidden = view_of(Mean(), labels=(HALF,), background=CLEAR, channels=())
        drawn = self.draw(renderer, cells(block()), hidden).array
        self.check(drawn[15, 26], [*PINK[:3], 1 - 0.5**3])
        assert (drawn[12, 23] == 0).all()

    def test_labels_are_between_isosurfaces(self, renderer: Renderer) -> None:
        ramp = np.indices(SHAPE, dtype=np.float32)[0]
        volume = labelled_volume(ramp, block(), COLORS, SPACING, ORIGIN)
        mode = Iso((Isosurface(1.0, color=(0.0, 1.0, 0.0)),), shaded=False)
        drawn = self.draw(renderer, volume, view_of(mode, labels=(HALF,))).array
        left = 0.5 ** (3 / 2)
        self.check(drawn[15, 26, :3], (1 - left) * np.array(PINK[:3]) + left * np.array([0, 1, 0]))
        self.check(drawn[12, 23, :3], [0, 1, 0])

    def test_a_plane_inside_a_volume_has_labels_over_it(self, renderer: Renderer) -> None:
        mode = DVR(shaded=False, planes=(Slice("z", 9.5),))
        outline = Labels("cells", 1e6, 0.5)
        drawn = self.draw(renderer, cells(block()), view_of(mode, CLEAR_TRANSFER, labels=(outline,))).array
        self.check(drawn[15, 26, :3], 0.5 * np.array(PINK[:3]) + 0.25)

    @pytest.mark.parametrize("mode", [CUT, UNSHADED], ids=["plane", "DVR"])
    def test_only_the_ids_that_are_named_are_drawn(self, renderer: Renderer, mode: Mode) -> None:
        solid = Labels("cells", 2.0, 1.0, ids=(HUGE, 12))
        drawn = self.draw(renderer, cells(block(), 0.0), view_of(mode, CLEAR_TRANSFER, labels=(solid,))).array
        self.check(drawn[..., :3], self.picture(0.0, np.array(TEAL[:3]), 0.0))

    def test_an_outline_in_a_plane_is_what_touches_another_id_within_it(self, renderer: Renderer) -> None:
        ids = np.full(SHAPE, 7, np.uint64)
        ids[0] = 3  # behind and before the plane: they make no outline in it
        ids[1, 2, 3] = HUGE
        outline = Labels("cells", 2.0, 1.0, outline=True)
        drawn = self.draw(renderer, cells(ids, 0.0), view_of(CUT, labels=(outline,))).array
        expected = np.zeros((40, 56, 3))
        expected[14:26, 27:29] = expected[18:22, 25:31] = PINK[:3]
        expected[18:22, 27:29] = TEAL[:3]
        self.check(drawn[..., :3], expected)

    def test_an_outline_in_space_is_what_touches_another_id_on_any_side(self, renderer: Renderer) -> None:
        ids = np.full(SHAPE, 7, np.uint64)
        ids[0] = 3
        outline = Labels("cells", 2.0, 0.5, ids=(7,), outline=True)
        view = view_of(UNSHADED, CLEAR_TRANSFER, labels=(outline,), background=CLEAR)
        # Of three planes of 2 units the middle one touches the first.
        drawn = self.draw(renderer, cells(ids), view).array
        self.check(drawn[10:30, 21:35], [*PINK[:3], 0.5])

    def test_labels_are_lit_where_they_end(self, renderer: Renderer) -> None:
        ids = np.zeros(SHAPE, np.uint64)
        ids[1:] = 7
        shading = Shading(ambient=0.2, diffuse=0.5, specular=0.0)
        mode, solid = DVR(), Labels("cells", 1.0, 1 - 1e-9)
        view = view_of(mode, CLEAR_TRANSFER, labels=(solid,), camera=camera(ALONG_Z), shading=shading)
        # The indicator rises by 1 over a voxel of 2 units where 7 begins: a quarter over the smallest voxel side.
        weight = 0.25**2 / (0.25**2 + 0.05**2)
        drawn = self.draw(renderer, cells(ids), view).array
        self.check(drawn[20, 28, :3], np.array(PINK[:3]) * (1 + weight * (0.7 - 1)))

    def test_the_depth_of_labels_is_where_they_are(self, renderer: Renderer) -> None:
        ids = np.zeros(SHAPE, np.uint64)
        ids[1] = 7
        view = view_of(UNSHADED, CLEAR_TRANSFER, labels=(Labels("cells", 1.0, 0.9999),))
        assert self.depths(renderer, cells(ids), view)[20, 28] == pytest.approx(19.0, abs=0.02)

    def test_labels_that_the_volume_has_not_are_not_found(self, renderer: Renderer) -> None:
        for volume in (cells(block()), constant(1.0)):
            with pytest.raises(NotFound, match="no labels 'nuclei'"):
                renderer.render(volume, view_of(CUT, labels=(Labels("nuclei", 1.0),)), self.quality)
