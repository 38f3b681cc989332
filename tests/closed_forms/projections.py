"""MIP, MinIP, Mean and Sum, over the whole chord and over slabs."""

import numpy as np
import pytest

from render.backends.base import Renderer
from render.scene import MIP, Clip, Mean, MinIP, Mode, Oblique, Projection, Quality, Slice, Sum, TransferFunction
from tests.cases import (
    CLEAR,
    GREY,
    OBLIQUE,
    SHAPE,
    RendererCase,
    camera,
    constant,
    ramp,
    view_of,
    volume_of,
)

SQUARES = ramp("z") ** 2
"""0, 1 and 4 at z = 10, 12 and 14: linear between, so the chord's integral is 0 + 1 + 5 + 4 = 10."""

TO_FIVE = TransferFunction((0, 5), 3.0)

SLAB = {"mip": 3.25, "minip": 0.75, "mean": 3.625 / 2, "sum": 3.625 / 3}
"""Of z = 11.5 to 13.5: from 0.75 to 1 in half a unit and to 3.25 in the other 1.5, an integral of 3.625."""


class ProjectionTests(RendererCase):
    """Closed forms of the projections."""

    @pytest.mark.parametrize(
        ("mode", "value"),
        [(MIP(), 4), (MinIP(), 0), (Mean(), 10 / 6), (Sum(), 10 / 3)],
        ids=["MIP", "MinIP", "mean", "sum"],
    )
    def test_a_projection_is_that_of_the_values(self, renderer: Renderer, mode: Mode, value: float) -> None:
        drawn = self.draw(renderer, volume_of(SQUARES), view_of(mode, TO_FIVE, background=CLEAR)).array
        expected = np.zeros((40, 56, 4))
        expected[10:30, 21:35] = [value / 5, value / 5, value / 5, 1]
        self.check(drawn, expected)

    def test_mip_is_the_maximum_of_the_trilinear_field_along_the_ray(self, renderer: Renderer) -> None:
        array = np.random.default_rng(3).random(SHAPE).astype(np.float32)
        x, y = np.clip((np.arange(14) - 0.5) / 2, 0, 6), np.clip((np.arange(20) - 1.5) / 4, 0, 4)
        rows = np.array([[np.interp(x, np.arange(7), row) for row in plane] for plane in array])
        planes = np.array([np.transpose([np.interp(y, np.arange(5), column) for column in plane.T]) for plane in rows])
        # Along z the field is linear between planes: its extremes are on them.
        for mode, extreme in ((MIP(), planes.max(axis=0)), (MinIP(), planes.min(axis=0))):
            drawn = renderer.render(volume_of(array), view_of(mode), Quality(step=0.01)).array
            self.check(drawn[10:30, 21:35, 0], extreme)

    def test_a_sum_counts_from_the_lower_end_of_the_window(self, renderer: Renderer) -> None:
        # Above 1: 2 units of 1.5 on average and 1 of 3.
        drawn = self.draw(renderer, volume_of(SQUARES), view_of(Sum(), TransferFunction((1, 5), 3.0))).array
        self.check(drawn[20, 28, :3], (6 / 3) / 4)

    @pytest.mark.parametrize("mode", [MIP(), MinIP(), Mean(), Sum()], ids=["MIP", "MinIP", "mean", "sum"])
    def test_each_channel_has_its_own_value(self, renderer: Renderer, mode: Mode) -> None:
        volume = volume_of(np.stack([np.full(SHAPE, 0.25), np.full(SHAPE, 0.5)]).astype(np.float32))
        red, green = (TransferFunction((0, 1), 6.0, colormap=color) for color in ("red", "lime"))
        self.check(self.draw(renderer, volume, view_of(mode, red, green)).array[20, 28], [0.25, 0.5, 0, 1])

    @pytest.mark.parametrize("projection", list(SLAB))
    @pytest.mark.parametrize("oblique", [False, True], ids=["slice", "oblique"])
    def test_a_slab_is_the_projection_of_what_lies_in_it(
        self, renderer: Renderer, projection: Projection, oblique: bool
    ) -> None:
        mode: Mode = Slice("z", 12.5, 2.0, projection)
        if oblique:
            mode = Oblique((31.0, -1.0, 12.5), (0.0, 0.0, -3.0), 2.0, projection)
        drawn = self.draw(renderer, volume_of(SQUARES), view_of(mode, TO_FIVE)).array
        self.check(drawn[20, 28, :3], SLAB[projection] / 5)

    def test_a_slab_is_as_thick_as_it_says_across_its_plane(self, renderer: Renderer) -> None:
        view = view_of(Slice("z", 12.0, 1.0, "sum"), TransferFunction((0, 1), 4.0), camera=camera(OBLIQUE))
        slant = 0.4 / np.sqrt(0.6**2 + 0.5**2 + 0.4**2)
        self.check(self.draw(renderer, constant(1.0), view).array[20, 28, :3], 1 / slant / 4)

    def test_a_slab_ends_at_the_box(self, renderer: Renderer) -> None:
        view = view_of(Slice("z", 15.5, 3.0, "sum"), TransferFunction((0, 1), 4.0))
        self.check(self.draw(renderer, constant(1.0), view).array[20, 28, :3], 1 / 4)

    def test_a_clip_takes_values_away(self, renderer: Renderer) -> None:
        clip = Clip(box=((29.0, -9.0, 9.0), (32.0, 9.0, 12.0)))
        drawn = self.draw(renderer, volume_of(SQUARES), view_of(MIP(), TO_FIVE, background=CLEAR, clip=clip)).array
        expected = np.zeros((40, 56, 4))
        expected[10:30, 21:30] = [0.2, 0.2, 0.2, 1]
        self.check(drawn, expected)

    @pytest.mark.parametrize(
        ("mode", "value"),
        [(MIP(), 0.75), (MinIP(), 0.25), (Mean(), 0.5), (Sum(), 1 / 2), (Slice("z", 12.0, 6.0, "mean"), 0.5)],
        ids=["MIP", "MinIP", "mean", "sum", "slab"],
    )
    def test_what_is_no_number_does_not_count(self, renderer: Renderer, mode: Mode, value: float) -> None:
        array = np.full(SHAPE, np.nan, np.float32)
        array[0], array[2] = 0.25, 0.75
        array[:, :2] = np.inf
        view = view_of(mode, TransferFunction((0, 1), 2.0), background=CLEAR)
        drawn = self.draw(renderer, volume_of(array), view).array
        # The outer half voxels in z are left, 1 unit of each value.
        self.check(drawn[28, 28], [value, value, value, 1])
        assert (drawn[12] == 0).all()

    def test_the_depth_is_where_the_extreme_value_is(self, renderer: Renderer) -> None:
        array = np.zeros(SHAPE, np.float32)
        array[1] = 1
        for mode, values in ((MIP(), array), (MinIP(), 1 - array)):
            depths = self.depths(renderer, volume_of(values), view_of(mode, GREY, background=CLEAR))
            assert depths[20, 28] == pytest.approx(20.0, abs=0.02)
            assert np.isnan(depths[0, 0])

    def test_of_equal_values_the_first_one_gives_the_depth(self, renderer: Renderer) -> None:
        # Of 0 only: any other number may differ in its last digit where it is interpolated.
        depths = self.depths(renderer, constant(0.0), view_of(MIP(), TransferFunction((-1, 1), 1.0)))
        assert depths[20, 28] == pytest.approx(17.0, abs=0.02)

    @pytest.mark.parametrize("mode", [Mean(), Sum()], ids=["mean", "sum"])
    def test_a_mean_and_a_sum_are_nowhere(self, renderer: Renderer, mode: Mode) -> None:
        assert np.isnan(self.depths(renderer, constant(0.5), view_of(mode, GREY))).all()
