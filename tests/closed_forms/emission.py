"""DVR: emission and absorption, light, clips, planes inside the volume, and where there is nothing."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from render.backends.base import Renderer
from render.geometry import Vec3
from render.scene import (
    DVR,
    Clip,
    ClipPlane,
    DirectionalLight,
    Headlight,
    OpacityCurve,
    Orthographic,
    Perspective,
    Quality,
    Shading,
    Slice,
    TransferFunction,
)
from tests.arrays import memory_volume
from tests.cases import (
    ALONG_Z,
    CLEAR,
    MIDDLE,
    OBLIQUE,
    SHAPE,
    TEN_HIGH,
    UNSHADED,
    RendererCase,
    along,
    camera,
    constant,
    ramp,
    view_of,
    visible,
    volume_of,
)
from tests.reference import box_chords, pixel_rays

RED, GREEN, BLUE = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)
FACE_ON = (20, 28)

GREY = along(((0.6, 0.6, 0.6),), (0.0, 2.0))
"""The same grey for every value."""

WEIGHT = 0.125**2 / (0.125**2 + 0.05**2)
"""Of the gradient of ramp("z") in a window of 2: 1 a voxel of 2 units is 0.125 of the window over the smallest, 0.5."""


class EmissionTests(RendererCase):
    """Closed forms of DVR."""

    @pytest.mark.parametrize("look", [ALONG_Z, OBLIQUE], ids=["along the sight", "obliquely"])
    @pytest.mark.parametrize("projection", [TEN_HIGH, Perspective(30.0)], ids=["orthographic", "perspective"])
    def test_a_linear_ramp_with_a_linear_transfer_function_is_its_quadrature(
        self, renderer: Renderer, look: tuple[Vec3, Vec3], projection: Perspective | Orthographic
    ) -> None:
        volume = volume_of(ramp("z"))
        transfer = along((RED, BLUE), (0.0, 2.0), opacity=((0, 0.1), (1, 0.7)))
        view = view_of(UNSHADED, transfer, camera=camera(look, projection), size=(56, 40))
        starts, directions = pixel_rays(view.camera, view.size)
        near, far = box_chords(volume.info.levels[0], (starts, directions))
        lengths = np.maximum(far - near, 0) / 2000
        color, through = np.zeros((len(near), 3)), np.ones(len(near))
        for k in range(2000):
            z = starts[:, 2] + (near + (k + 0.5) * lengths) * directions[:, 2]
            share = np.clip((z - 10) / 4, 0, 1)
            left = through * (1 - (0.1 + 0.6 * share)) ** (lengths / 2.0)
            color += (through - left)[:, None] * np.stack([1 - share, 0 * share, share], axis=1)
            through = left
        self.check(self.draw(renderer, volume, view).array[..., :3], color.reshape(40, 56, 3))

    @pytest.mark.parametrize("shaded", [False, True], ids=["unlit", "lit"])
    def test_steps_of_half_a_voxel_and_of_two_agree_on_a_smooth_volume(self, renderer: Renderer, shaded: bool) -> None:
        z, y, x = np.ogrid[-12:12:25j, -11:11:45j, -9:9:73j]
        volume = memory_volume(np.exp(-(x**2 + y**2 + z**2) / 90).astype(np.float32), spacing=(1, 0.5, 0.25))
        transfer = along((RED, BLUE), (0.0, 1.0), unit_distance=8.0, opacity=((0, 0), (1, 0.9)))
        center = volume.info.box.center
        seen = camera(OBLIQUE, Orthographic(24.0))
        moved = tuple(p - m + c for p, m, c in zip(seen.position, MIDDLE, center, strict=True))
        seen = type(seen)(moved, center, seen.up, seen.projection)
        view = view_of(DVR(shaded=shaded), transfer, camera=seen)
        fine, coarse = (renderer.render(volume, view, Quality(step=step)).array.astype(int) for step in (0.5, 2.0))
        assert fine[..., :3].max() > 100
        assert np.abs(fine - coarse).max() <= 1

    def test_a_ramp_to_the_eye_answers_to_a_headlight(self, renderer: Renderer) -> None:
        shading = Shading(ambient=0.2, diffuse=0.5, specular=0.3, shininess=8)
        drawn = self.lit(renderer, shading=shading)
        self.check(drawn, 0.6 * (1 + WEIGHT * (0.2 + 0.5 - 1)) + WEIGHT * 0.3)

    @pytest.mark.parametrize(
        ("direction", "facing", "shine"),
        [((0, 0, 2), 1.0, 1.0), ((1, 0, 1), np.sqrt(0.5), np.cos(np.pi / 8) ** 8), ((0, 0, -1), 0.0, 0.0)],
        ids=["from the eye", "from the left at 45 degrees", "from behind"],
    )
    def test_a_directional_light_shines_where_it_points(
        self, renderer: Renderer, direction: Vec3, facing: float, shine: float
    ) -> None:
        shading = Shading(ambient=0.2, diffuse=0.5, specular=0.3, shininess=8)
        light = DirectionalLight(direction, intensity=0.8, color=(1.0, 0.5, 0.0))
        drawn = self.lit(renderer, shading=shading, lights=(light,))
        strength = 0.8 * np.array([1.0, 0.5, 0.0])
        answer = 0.2 + 0.5 * facing * strength
        self.check(drawn, 0.6 * (1 + WEIGHT * (answer - 1)) + WEIGHT * 0.3 * shine * strength)

    def test_lights_add_up(self, renderer: Renderer) -> None:
        shading = Shading(ambient=0.1, diffuse=0.5, specular=0.0)
        lights = (Headlight(0.4), DirectionalLight((0, 0, 1), 0.6, (1.0, 0.0, 1.0)))
        answer = 0.1 + 0.5 * (0.4 + 0.6 * np.array([1.0, 0.0, 1.0]))
        self.check(self.lit(renderer, shading=shading, lights=lights), 0.6 * (1 + WEIGHT * (answer - 1)))

    def test_without_lights_only_ambient_light_is_left(self, renderer: Renderer) -> None:
        self.check(self.lit(renderer, lights=()), 0.6 * (1 + WEIGHT * (0.25 - 1)))

    def test_a_gradient_as_steep_as_the_floor_is_half_lit(self, renderer: Renderer) -> None:
        shading = Shading(ambient=0.0, diffuse=0.5, specular=0.0, floor=0.125)
        self.check(self.lit(renderer, shading=shading), 0.6 * (1 + 0.5 * (0.5 - 1)))

    def test_what_is_farther_in_the_box_is_darker_with_a_depth_cue(self, renderer: Renderer) -> None:
        # A constant volume has no gradient: the cue is all that there is.
        view = view_of(DVR(), GREY, background=CLEAR, shading=Shading(depth_cue=0.8))
        drawn = self.draw(renderer, constant(1.0), view).array
        depth = (np.arange(6000) + 0.5) / 1000
        seen = 0.8 ** (depth / 2) - 0.8 ** ((depth + 0.001) / 2)
        self.check(drawn[20, 28, :3], 0.6 * (seen * (1 - 0.8 * depth / 6)).sum() / seen.sum())

    def lit(self, renderer: Renderer, **changes: Any) -> NDArray[np.uint8]:
        """The straight colour of a grey ramp along z, seen along it."""
        return self.draw(renderer, volume_of(ramp("z")), view_of(DVR(), GREY, background=CLEAR, **changes)).array[
            20, 28, :3
        ]

    def test_an_opacity_curve_is_over_values_wherever_the_window_is(self, renderer: Renderer) -> None:
        curve = OpacityCurve(((0.0, 0.1), (3.0, 0.7), (3.0, 0.9)))
        transfer = TransferFunction((0, 1), 3.0, opacity=curve, inverted=True, gamma=2.0)
        for value, opacity in ((-1.0, 0.1), (1.5, 0.4), (5.0, 0.9)):
            drawn = self.draw(renderer, constant(value), view_of(UNSHADED, transfer, background=CLEAR)).array
            self.check(drawn[20, 28, 3], 1 - (1 - opacity) ** 2)

    def test_gradient_opacity_scales_the_extinction(self, renderer: Renderer) -> None:
        # The ramp rises by 2 a world unit, which is 1 window of 6 in the unit distance of 3.
        transfer = TransferFunction((0, 6), 3.0, opacity=((0, 0.3), (1, 0.3)), gradient_opacity=((0.5, 0), (1.5, 1)))
        drawn = self.draw(renderer, volume_of(ramp("x")), view_of(UNSHADED, transfer, background=CLEAR)).array
        self.check(drawn[10:30, 22:34, 3], 1 - 0.7 ** (6 / 3.0 * 0.5))

    def test_a_clip_box_shortens_the_chord_and_nothing_else(self, renderer: Renderer) -> None:
        clip = Clip(box=((31.0, -3.0, 10.5), (32.0, 5.0, 12.5)))
        view = view_of(UNSHADED, visible(0.3), background=CLEAR, clip=clip)
        expected = np.zeros((40, 56))
        expected[16:30, 26:30] = 1 - 0.7 ** (2 / 2.0)
        self.check(self.draw(renderer, constant(1.0), view).array[..., 3], expected)

    @pytest.mark.parametrize("projection", [TEN_HIGH, Perspective(30.0)], ids=["orthographic", "perspective"])
    def test_six_clip_planes_keep_the_side_of_their_normals(
        self, renderer: Renderer, projection: Perspective | Orthographic
    ) -> None:
        normals: tuple[Vec3, ...] = ((1, 2, 1), (-1, 0.5, 1), (0, -1, -1), (0.2, 0, 1), (0, 1, -0.3), (1, 0, 0))
        points: tuple[Vec3, ...] = (
            (31, -3, 11), (32, -2, 11), (31.5, 0, 14), (31, -1, 9.5), (31, -4, 12), (30, -2, 12),
        )  # fmt: skip
        clip = Clip(planes=tuple(ClipPlane(p, n) for p, n in zip(points, normals, strict=True)))
        view = view_of(UNSHADED, visible(0.3), camera=camera(OBLIQUE, projection), background=CLEAR, clip=clip)
        starts, directions = pixel_rays(view.camera, view.size)
        box, length, inside = constant(1.0).info.box, np.zeros(len(starts)), 0.004
        for k in range(5000):
            at = starts + (12 + (k + 0.5) * inside) * directions
            kept = np.all((at > box.lower) & (at < box.upper), axis=1)
            for point, normal in zip(points, normals, strict=True):
                kept &= (at - np.array(point)) @ np.array(normal) > 0
            length += inside * kept
        assert length.max() > 2
        self.check(self.draw(renderer, constant(1.0), view).array[..., 3], 1 - 0.7 ** (length.reshape(40, 56) / 2.0))

    def test_a_plane_inside_hides_what_is_behind_and_is_seen_through_what_is_in_front(self, renderer: Renderer) -> None:
        transfer = along((RED, GREEN, BLUE), (0.0, 2.0))
        mode = DVR(shaded=True, planes=(Slice("z", 12.0), Slice("x", 40.0)))
        unlit = Shading(ambient=1.0, diffuse=0.0, specular=0.0)
        view = view_of(mode, transfer, background=CLEAR, shading=unlit)
        drawn = self.draw(renderer, volume_of(ramp("z")), view).array[20, 28]
        depth = (np.arange(3000) + 0.5) / 1000
        front = 0.8 ** (depth / 2) - 0.8 ** ((depth + 0.001) / 2)
        red = 1 - np.clip((depth - 1) / 2, 0, 1)
        self.check(drawn, [(front * red).sum(), (front * (1 - red)).sum() + 0.8**1.5, 0, 1])

    def test_the_depth_is_where_most_of_the_light_comes_from(self, renderer: Renderer) -> None:
        array = np.zeros(SHAPE, np.float32)
        array[2] = 1
        transfer = TransferFunction((0, 1), 1.0, opacity=((0, 0.0), (0.5, 0.0), (1, 0.02)))
        depths = self.depths(renderer, volume_of(array), view_of(UNSHADED, transfer, background=CLEAR))
        # Densest from z = 14 on, where the first sample of a long plateau is the least covered.
        assert abs(depths[FACE_ON] - 22) < 0.05
        assert np.isnan(depths[0, 0])
        plane = view_of(DVR(shaded=False, planes=(Slice("z", 12.5),)), transfer, background=CLEAR)
        assert self.depths(renderer, volume_of(array), plane)[FACE_ON] == pytest.approx(20.5, abs=1e-3)

    def test_a_voxel_that_is_no_number_takes_all_it_is_interpolated_into_away(self, renderer: Renderer) -> None:
        for nothing in (np.nan, np.inf, -np.inf):
            array = np.ones(SHAPE, np.float32)
            array[1] = nothing
            drawn = self.draw(renderer, volume_of(array), view_of(UNSHADED, visible(0.3), background=CLEAR)).array
            # What is left are the outer half voxels in z, 1 unit each.
            self.check(drawn[20, 28], [1, 1, 1, 1 - 0.7 ** (2 / 2.0)])
