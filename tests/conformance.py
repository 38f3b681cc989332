"""What every renderer has to get right, in numbers derived by hand or from closed forms; not shading and not speed.

Subclass `RendererTests` for each renderer with a way to `open` it. Volumes are asymmetric in shape
and spacing, so that no axis can be taken for another.
"""

import numpy as np
import pytest
from numpy.typing import NDArray

from render.backends.base import Renderer
from render.errors import DataError, NotFound
from render.geometry import Vec3, add, scale
from render.scene import (
    DVR,
    MIP,
    Axis,
    Camera,
    Channel,
    Orthographic,
    Perspective,
    Quality,
    Slice,
    TransferFunction,
    View,
)
from render.volume.volume import Array, Volume
from tests.arrays import ArrayInMemory, memory_volume
from tests.cases import (
    ALONG_Y,
    ALONG_Z,
    CLEAR,
    CUT,
    FACING,
    GREY,
    MIDDLE,
    OBLIQUE,
    ORIGIN,
    SHAPE,
    SPACING,
    TEN_HIGH,
    UNSHADED,
    RendererCase,
    camera,
    constant,
    interrupted,
    ramp,
    view_of,
    visible,
    volume_of,
)
from tests.reference import box_chords, pixel_rays


class BrokenArray(ArrayInMemory):
    """An array that cannot be read."""

    def read(self, selection: tuple[slice | int, ...]) -> Array:
        raise DataError("chunk 0/0/0 is broken")


class RendererTests(RendererCase):
    """A renderer's contract; `samples` is a number of rays a pixel that it draws."""

    samples = 3

    @pytest.mark.parametrize(
        "look", [ALONG_Z, ALONG_Y, OBLIQUE], ids=["seen along z", "seen along y", "seen obliquely"]
    )
    @pytest.mark.parametrize("projection", [TEN_HIGH, Perspective(30.0)], ids=["orthographic", "perspective"])
    @pytest.mark.parametrize("alpha", [0.1, 0.5], ids=["thin", "dense"])
    def test_a_constant_volume_absorbs_as_the_closed_form_says(
        self, renderer: Renderer, look: tuple[Vec3, Vec3], projection: Perspective | Orthographic, alpha: float
    ) -> None:
        volume = constant(0.5)
        view = view_of(UNSHADED, visible(alpha), camera=camera(look, projection), background=CLEAR)
        near, far = box_chords(volume.info.levels[0], pixel_rays(view.camera, view.size))
        expected = 1 - (1 - alpha) ** (np.maximum(far - near, 0) / 2.0)
        drawn = self.draw(renderer, volume, view).array
        self.check(drawn[..., 3], expected.reshape(40, 56))

    def test_the_chord_begins_at_an_eye_inside_the_volume(self, renderer: Renderer) -> None:
        view = view_of(
            UNSHADED, visible(0.3), camera=camera(projection=Perspective(1.0), distance=0.5), background=CLEAR
        )
        drawn = self.draw(renderer, constant(0.5), view).array
        self.check(drawn[20, 28, 3], 1 - 0.7 ** (3.5 / 2.0))

    def test_an_orthographic_ray_has_no_beginning(self, renderer: Renderer) -> None:
        view = view_of(UNSHADED, visible(0.3), camera=camera(distance=0.5), background=CLEAR)
        drawn = self.draw(renderer, constant(0.5), view).array
        self.check(drawn[20, 28, 3], 1 - 0.7 ** (6.0 / 2.0))

    @pytest.mark.parametrize("mode", [UNSHADED, MIP(), CUT], ids=["DVR", "MIP", "slice"])
    def test_what_lies_behind_the_eye_is_not_seen(self, renderer: Renderer, mode: DVR | MIP | Slice) -> None:
        volume = constant(1.0)
        assert self.draw(renderer, volume, view_of(mode, background=CLEAR)).array.any()
        away = Camera(add(MIDDLE, (0, 0, 20)), add(MIDDLE, (0, 0, 40)), (0.0, -1.0, 0.0))
        assert not self.draw(renderer, volume, view_of(mode, camera=away, background=CLEAR)).array.any()

    @pytest.mark.parametrize("mode", [MIP(), CUT], ids=["MIP", "slice"])
    def test_the_box_reaches_half_a_voxel_beyond_the_outer_centres(self, renderer: Renderer, mode: MIP | Slice) -> None:
        drawn = self.draw(renderer, constant(1.0), view_of(mode, background=CLEAR)).array
        inside = np.zeros((40, 56))
        inside[10:30, 21:35] = 1
        assert (drawn[..., 3] == inside * 255).all()
        self.check(drawn[..., 0], inside)

    @pytest.mark.parametrize("mode", [MIP(), CUT], ids=["MIP", "slice"])
    def test_the_edge_value_holds_in_the_outer_half_voxel(self, renderer: Renderer, mode: MIP | Slice) -> None:
        array = np.zeros(SHAPE, np.float32)
        array[:, 0, :] = 1
        drawn = self.draw(renderer, volume_of(array), view_of(mode)).array
        # Rows of 0.25: the first two lie between the box's face and the first centre, then it falls over 4 rows.
        expected = [0, 1, 1, 0.875, 0.625, 0.375, 0.125, 0, 0]
        self.check(drawn[9:18, 28, 0], expected)

    @pytest.mark.parametrize(
        ("axis", "look", "columns", "rows"),
        [
            ("x", ALONG_Z, np.clip((np.arange(14) - 0.5) / 2, 0, 6), np.zeros(20)),
            ("y", ALONG_Z, np.zeros(14), np.clip((np.arange(20) - 1.5) / 4, 0, 4)),
            ("z", ALONG_Y, np.zeros(14), np.clip((np.arange(24) - 3.5) / 8, 0, 2)[::-1]),
            ("x", ALONG_Y, np.clip((np.arange(14) - 0.5) / 2, 0, 6), np.zeros(24)),
        ],
        ids=["x to the right along z", "y down along z", "z up along y", "x to the right along y"],
    )
    def test_a_ramp_rises_along_its_axis(
        self,
        renderer: Renderer,
        axis: str,
        look: tuple[Vec3, Vec3],
        columns: NDArray[np.float64],
        rows: NDArray[np.float64],
    ) -> None:
        volume = volume_of(ramp(axis))
        value = (columns[None, :] + rows[:, None]) / 6
        top = (40 - len(rows)) // 2
        depth, cut = (6.0, CUT) if look is ALONG_Z else (5.0, Slice("y", -2.0))
        transfer = TransferFunction((0, 6), 4.0, opacity=((0, 0.2), (1, 0.8)))
        for mode in (MIP(), cut):
            drawn = self.draw(renderer, volume, view_of(mode, transfer, camera=camera(look))).array
            self.check(drawn[top : 40 - top, 21:35, 0], value)
        view = view_of(UNSHADED, transfer, camera=camera(look), background=CLEAR)
        drawn = self.draw(renderer, volume, view).array
        self.check(drawn[top : 40 - top, 21:35, 3], 1 - (1 - (0.2 + 0.6 * value)) ** (depth / 4.0))

    def brightest(self, renderer: Renderer) -> tuple[int, int]:
        """Row and column, seen along y, of voxels at x = 33, z = 14: 1.5 right of the middle and 2 above it."""
        array = np.zeros(SHAPE, np.float32)
        array[2, :, 6] = 1
        drawn = self.draw(renderer, volume_of(array), view_of(MIP(), camera=camera(ALONG_Y))).array
        row, column = np.unravel_index(drawn[..., 0].argmax(), (40, 56))
        return int(row), int(column)

    def test_row_0_is_on_top(self, renderer: Renderer) -> None:
        row, _ = self.brightest(renderer)
        assert 8 <= row <= 13

    def test_space_is_right_handed_image_right_is_forward_cross_up(self, renderer: Renderer) -> None:
        _, column = self.brightest(renderer)
        assert 32 <= column <= 34

    @pytest.mark.parametrize("mode", [UNSHADED, MIP(), CUT], ids=["DVR", "MIP", "slice"])
    @pytest.mark.parametrize("projection", [TEN_HIGH, Perspective(30.0)], ids=["orthographic", "perspective"])
    def test_regions_stitch_to_the_whole(
        self, renderer: Renderer, mode: DVR | MIP | Slice, projection: Perspective | Orthographic
    ) -> None:
        rng = np.random.default_rng(7)
        volume = volume_of(rng.random(SHAPE).astype(np.float32))

        def part(region: tuple[float, float, float, float], size: tuple[int, int]) -> NDArray[np.uint8]:
            seen = camera(OBLIQUE, projection, region=region)
            return self.draw(renderer, volume, view_of(mode, camera=seen, size=size)).array

        whole = part((0, 0, 1, 1), (56, 40))
        left, right = part((0, 0, 0.625, 0.75), (35, 30)), part((0.625, 0, 1, 0.75), (21, 30))
        bottom = part((0, 0.75, 1, 1), (56, 10))
        stitched = np.concatenate([np.concatenate([left, right], axis=1), bottom])
        assert whole[..., :3].max() > 100
        self.check(stitched, whole / 255)

    @pytest.mark.parametrize("axis", [None, "x", "y", "z"], ids=["MIP", "slice of x", "slice of y", "slice of z"])
    def test_small_voxels_far_from_the_origin_are_where_they_are(self, renderer: Renderer, axis: Axis | None) -> None:
        array, away, small = np.random.default_rng(8).random(SHAPE).astype(np.float32), (1e6, -2e6, 3e6), 1e-3

        def moved(point: Vec3) -> Vec3:
            return add(away, scale(point, small))

        def cut(at: Vec3) -> MIP | Slice:
            return MIP() if axis is None else Slice(axis, at["xyz".index(axis)])

        seen = camera(OBLIQUE)
        far = Camera(moved(seen.position), moved(seen.target), seen.up, Orthographic(10.0 * small))
        z, y, x = (a + small * o for a, o in zip(away[::-1], ORIGIN, strict=True))
        spacing = (small * SPACING[0], small * SPACING[1], small * SPACING[2])
        there = memory_volume(array, spacing=spacing, origin=(z, y, x))
        expected = self.draw(renderer, volume_of(array), view_of(cut(MIDDLE), camera=seen)).array
        assert expected[..., :3].max() > 100
        self.check(self.draw(renderer, there, view_of(cut(moved(MIDDLE)), camera=far)).array, expected / 255, slack=1)

    def test_alpha_is_straight(self, renderer: Renderer) -> None:
        drawn = self.draw(renderer, constant(1.0), view_of(UNSHADED, visible(0.2), background=CLEAR)).array
        # Six world units deep, 0.2 for every two.
        self.check(drawn[20, 28], [1, 1, 1, 1 - 0.8**3])
        assert (drawn[0, 0] == 0).all()

    def test_the_background_shows_through(self, renderer: Renderer) -> None:
        view = view_of(UNSHADED, visible(0.2), background=(1.0, 0.5, 0.0, 0.5))
        drawn = self.draw(renderer, constant(1.0), view).array
        light = 0.8**3
        covered = 1 - light + light * 0.5
        behind = light * 0.5
        self.check(drawn[20, 28, :3], [1, (1 - light + behind * 0.5) / covered, (1 - light) / covered])
        self.check(drawn[20, 28, 3], covered)
        self.check(drawn[0, 0], [1, 0.5, 0, 0.5])

    def test_without_visible_channels_there_is_only_background(self, renderer: Renderer) -> None:
        hidden = Channel(0, GREY, visible=False)
        view = View("memory", FACING, (hidden,), MIP(), background=(0.2, 0.4, 0.6, 1.0), size=(9, 4))
        drawn = self.draw(renderer, constant(1.0), view).array
        assert drawn.shape == (4, 9, 4)
        assert (drawn == [51, 102, 153, 255]).all()

    def test_mip_is_the_largest_value_whatever_its_opacity(self, renderer: Renderer) -> None:
        array = np.full(SHAPE, 0.25, np.float32)
        array[2, 2, 3] = 0.75
        transfer = TransferFunction((0, 1), 1.0, opacity=((0, 0), (1, 0)))
        drawn = self.draw(renderer, volume_of(array), view_of(MIP(), transfer, background=CLEAR)).array
        # The nearest pixels' centres are 1/4 of a voxel beside the voxel's in x and 1/8 in y.
        self.check(drawn[10:30, 21:35, 0].max(), 0.25 + 0.5 * 0.75 * 0.875)
        self.check(drawn[12, 23], [0.25, 0.25, 0.25, 1])

    @pytest.mark.parametrize(
        ("changes", "expected"),
        [
            ({}, lambda x: x),
            ({"gamma": 2.0}, lambda x: x**2),
            ({"gamma": 0.5, "inverted": True}, lambda x: 1 - np.sqrt(x)),
            (
                {"colormap": ((0.0, 0.0, 0.0, 0.0), (0.5, 1.0, 1.0, 1.0), (1.0, 0.5, 0.5, 0.5))},
                lambda x: np.minimum(2 * x, 1.5 - x),
            ),
        ],
        ids=["linear", "gamma 2", "gamma 0.5 inverted", "gradient stops"],
    )
    def test_values_become_colours(self, renderer: Renderer, changes: dict[str, object], expected: object) -> None:
        transfer = TransferFunction((1.0, 5.0), 1.0, **changes)
        drawn = self.draw(renderer, volume_of(ramp("x")), view_of(CUT, transfer)).array
        values = np.clip((np.arange(14) - 0.5) / 2, 0, 6)
        self.check(drawn[20, 21:35, 0], expected(np.clip((values - 1) / 4, 0, 1)))

    @pytest.mark.parametrize("dtype", ["uint16", "float32"])
    def test_a_window_far_narrower_than_the_data_keeps_its_colours(self, renderer: Renderer, dtype: str) -> None:
        array = 1000 + 2 * ramp("x")
        array[0, 0, 0] = 65000
        stops = ((0.0, 0.0, 0.0, 0.0), (0.5, 1.0, 1.0, 1.0), (1.0, 0.0, 0.0, 0.0))
        volume, transfer = volume_of(array.astype(dtype)), TransferFunction((1000, 1012), 1.0, stops)
        drawn = self.draw(renderer, volume, view_of(CUT, transfer)).array
        values = np.clip((np.arange(14) - 0.5) / 2, 0, 6)
        # A table over all values, as graphics hardware wants it, cuts off the peak between two entries.
        self.check(drawn[24, 21:35, 0], 1 - np.abs(values / 3 - 1), slack=1.0)

    @pytest.mark.parametrize("mode", [UNSHADED, MIP(), CUT], ids=["DVR", "MIP", "slice"])
    @pytest.mark.parametrize(("window", "grey"), [((1e30, 2e30), 0.0), ((-2e30, -1e30), 1.0)], ids=["above", "below"])
    def test_a_window_may_lie_beyond_all_that_the_type_can_hold(
        self, renderer: Renderer, mode: DVR | MIP | Slice, window: tuple[float, float], grey: float
    ) -> None:
        volume = volume_of(np.arange(105, dtype=np.uint8).reshape(SHAPE))
        drawn = self.draw(renderer, volume, view_of(mode, TransferFunction(window, 1.0))).array
        self.check(drawn[20, 28, :3], grey)

    def test_colours_are_red_green_blue(self, renderer: Renderer) -> None:
        transfer = TransferFunction((0, 1), 1.0, colormap="#ff8000")
        for mode in (MIP(), CUT):
            drawn = self.draw(renderer, constant(1.0), view_of(mode, transfer)).array
            self.check(drawn[20, 28], [1, 128 / 255, 0, 1])

    @pytest.mark.parametrize("mode", [MIP(), CUT], ids=["MIP", "slice"])
    def test_channels_add_up_and_end_at_white(self, renderer: Renderer, mode: MIP | Slice) -> None:
        volume = volume_of(np.stack([np.full(SHAPE, 0.75), np.full(SHAPE, 0.5)]).astype(np.float32))
        transfers = [TransferFunction((0, 1), 1.0, colormap=color) for color in ("#ff00ff", "#ffff00")]
        drawn = self.draw(renderer, volume, view_of(mode, *transfers, background=CLEAR)).array
        self.check(drawn[20, 28], [1, 0.5, 0.75, 1])

    def test_extinctions_of_channels_add_up_and_weigh_their_colours(self, renderer: Renderer) -> None:
        volume = volume_of(np.stack([np.full(SHAPE, 1.0), np.full(SHAPE, 1.0)]).astype(np.float32))
        green = TransferFunction((0, 1), 2.0, colormap="lime", opacity=((0, 0), (1, 0.3)))
        magenta = TransferFunction((0, 1), 3.0, colormap="magenta", opacity=((0, 0), (1, 0.4)))
        drawn = self.draw(renderer, volume, view_of(UNSHADED, green, magenta, background=CLEAR)).array
        ours, theirs = -np.log(0.7) / 2, -np.log(0.6) / 3
        share = ours / (ours + theirs)
        self.check(drawn[20, 28], [1 - share, share, 1 - share, 1 - 0.7**3 * 0.6**2])

    @pytest.mark.parametrize(
        ("dtype", "value", "window"),
        [
            ("uint8", 200, (100, 300)),
            ("int8", -50, (-100, 0)),
            ("uint16", 50000, (40000, 60000)),
            ("int16", -1000, (-1500, -500)),
            ("float32", 0.001, (0.0, 0.002)),
            ("float64", -2.5, (-3.0, -2.0)),
            ("int32", 100000, (0, 200000)),
            ("bool", 1, (0.0, 2.0)),
        ],
    )
    def test_every_type_of_voxel_is_drawn(
        self, renderer: Renderer, dtype: str, value: float, window: tuple[float, float]
    ) -> None:
        volume = constant(value, dtype)
        for mode in (MIP(), CUT):
            drawn = self.draw(renderer, volume, view_of(mode, TransferFunction(window, 1.0))).array
            self.check(drawn[20, 28, 0], 0.5)

    def test_a_volume_of_one_plane_is_a_cell_thick(self, renderer: Renderer) -> None:
        volume = constant(1.0, shape=(1, 5, 7))
        view = view_of(UNSHADED, visible(0.2), background=CLEAR)
        self.check(self.draw(renderer, volume, view).array[20, 28, 3], 0.2)
        self.check(self.draw(renderer, volume, view_of(Slice("z", 10.9), GREY)).array[20, 28, 0], 1)

    @pytest.mark.parametrize("position", [8.9, 15.1], ids=["before the box", "behind the box"])
    def test_a_slice_outside_the_box_shows_nothing(self, renderer: Renderer, position: float) -> None:
        drawn = self.draw(renderer, constant(1.0), view_of(Slice("z", position), background=CLEAR)).array
        assert (drawn == 0).all()

    def test_a_slice_is_trilinear_between_planes(self, renderer: Renderer) -> None:
        # A quarter of a voxel (2 units deep) beyond the middle plane, whose value is 1 of 2.
        drawn = self.draw(
            renderer, volume_of(ramp("z")), view_of(Slice("z", 12.5), TransferFunction((0, 2), 1.0))
        ).array
        self.check(drawn[20, 28, 0], 1.25 / 2)

    def test_shading_leaves_opacity_alone(self, renderer: Renderer) -> None:
        volume = volume_of(ramp("x"))
        transfer = TransferFunction((0, 6), 4.0)
        lit, unlit = (
            self.draw(renderer, volume, view_of(DVR(shaded), transfer, camera=camera(OBLIQUE), background=CLEAR)).array
            for shaded in (True, False)
        )
        self.check(lit[..., 3], unlit[..., 3] / 255)

    def test_the_asked_level_and_time_are_drawn(self, renderer: Renderer) -> None:
        times = np.stack([np.full((1, 4, 6, 8), 0.2), np.full((1, 4, 6, 8), 0.4)]).astype(np.float32)
        coarse = np.stack([np.full((1, 2, 3, 4), 0.6), np.full((1, 2, 3, 4), 0.8)]).astype(np.float32)
        volume = memory_volume(times, coarse, spacing=(1, 1, 1), origin=(10.5, -4.5, 28.0))
        for level, time, value in ((0, 0, 0.2), (0, 1, 0.4), (1, 0, 0.6), (1, 1, 0.8)):
            view = View("memory", FACING, (Channel(0, GREY),), MIP(), time=time, size=(56, 40))
            frame = renderer.render(volume, view, Quality(level=level, step=0.5))
            self.check(frame.array[20, 28, 0], value)
            assert frame.quality.level == level

    def test_a_draft_is_drawn_smaller(self, renderer: Renderer) -> None:
        view = view_of(MIP(), background=CLEAR)
        frame = renderer.render(constant(1.0), view, Quality(step=2.0, scale=0.5))
        assert frame.array.shape == (20, 28, 4)
        assert (frame.array[5:15, 11:17, 3] == 255).all()
        assert (frame.array[:, :10, 3] == 0).all()
        assert frame.view == view
        assert frame.renderer == renderer.name

    def test_a_picture_is_the_same_in_steps_whatever_is_drawn_in_between(self, renderer: Renderer) -> None:
        volume, other = volume_of(ramp("x") / 6), volume_of(ramp("y") / 4)
        seen = view_of(UNSHADED, visible(0.7), camera=camera(OBLIQUE, Perspective(30.0)))
        quality = Quality(step=0.5, samples=self.samples)
        whole = renderer.render(volume, seen, quality)
        steps = renderer.steps(volume, seen, quality)
        frame = interrupted(steps, lambda: renderer.render(other, view_of(MIP(), size=(20, 31)), Quality()))
        assert np.array_equal(frame.array, whole.array)
        assert (frame.view, frame.quality, frame.renderer) == (seen, quality, renderer.name)

    def test_a_picture_that_was_left_is_drawn_when_it_is_asked_for_again(self, renderer: Renderer) -> None:
        seen, quality = view_of(UNSHADED, visible(0.7), camera=camera(OBLIQUE)), Quality(samples=self.samples)
        steps = renderer.steps(volume_of(ramp("x") / 6), seen, quality)
        next(steps, None)
        steps.close()
        again, whole = (renderer.render(volume_of(ramp("x") / 6), seen, quality).array for _ in range(2))
        assert np.array_equal(again, whole)

    def test_what_was_staged_is_not_read_again(self, renderer: Renderer) -> None:
        source = ArrayInMemory(np.ones((1, 1, *SHAPE), np.float32))
        volume = Volume(constant(1.0).info, "tczyx", (source,))
        view, quality = view_of(MIP()), Quality()
        assert not renderer.staged(volume, view, quality)
        renderer.stage(volume, view, quality)
        assert renderer.staged(volume, view, quality)
        read = len(source.reads)
        renderer.render(volume, view, quality)
        assert len(source.reads) == read > 0

    @pytest.mark.parametrize(
        ("changes", "quality", "message"),
        [
            ({"channels": (Channel(3, GREY),)}, Quality(), "no channel 3, it has 1 channel"),
            ({"time": 2}, Quality(), "no time 2, it has 1 time"),
            ({}, Quality(level=4), "no level 4, it has 1 level"),
        ],
        ids=["channel", "time", "level"],
    )
    def test_what_the_volume_has_not_is_not_found(
        self, renderer: Renderer, changes: dict[str, object], quality: Quality, message: str
    ) -> None:
        view = View(**{"volume": "memory", "camera": FACING, "channels": (Channel(0, GREY),), "size": (8, 4)} | changes)
        with pytest.raises(NotFound, match=message):
            renderer.render(constant(1.0), view, quality)
        with pytest.raises(NotFound, match=message):
            renderer.stage(constant(1.0), view, quality)

    def test_a_broken_chunk_is_a_data_error_and_the_next_picture_is_drawn(self, renderer: Renderer) -> None:
        broken = Volume(constant(1.0).info, "tczyx", (BrokenArray(np.ones((1, 1, *SHAPE), np.float32)),))
        with pytest.raises(DataError, match="chunk 0/0/0 is broken"):
            renderer.render(broken, view_of(MIP()), Quality())
        self.check(self.draw(renderer, constant(1.0), view_of(MIP())).array[20, 28], [1, 1, 1, 1])
