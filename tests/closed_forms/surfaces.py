"""Isosurfaces, alone and inside a volume: where they are, how they are lit, and how cuts are closed."""

import numpy as np
import pytest

from render.backends.base import Renderer
from render.geometry import Vec3
from render.scene import (
    DVR,
    Camera,
    Clip,
    ClipPlane,
    Iso,
    Isosurface,
    Orthographic,
    Perspective,
    Quality,
    Shading,
    Slice,
    TransferFunction,
)
from tests.arrays import memory_volume
from tests.cases import CLEAR, MIDDLE, SHAPE, RendererCase, along, camera, constant, ramp, view_of, volume_of
from tests.reference import pixel_rays

RED, GREEN, BLUE = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)
TO_TWO = TransferFunction((0, 2), 1.0)
MATTER = Shading(ambient=0.2, diffuse=0.5, specular=0.3, shininess=8)
BACKWARDS = camera(((0.0, 0.0, -1.0), (0.0, -1.0, 0.0)))


def unlit(*surfaces: Isosurface) -> Iso:
    return Iso(surfaces, shaded=False)


def weight(share: float) -> float:
    """Of a gradient that crosses `share` of the window over the smallest voxel side."""
    return share**2 / (share**2 + 0.05**2)


class SurfaceTests(RendererCase):
    """Closed forms of isosurfaces. The ramp along z is 0, 1, 2 at z = 10, 12, 14."""

    @pytest.mark.parametrize(
        ("seen", "depth"), [(camera(), 20.5), (BACKWARDS, 19.5)], ids=["where values rise", "where values fall"]
    )
    def test_a_surface_is_where_its_value_is_crossed(self, renderer: Renderer, seen: Camera, depth: float) -> None:
        view = view_of(unlit(Isosurface(1.25, color=(0.2, 0.4, 0.6))), TO_TWO, camera=seen, background=CLEAR)
        frame = renderer.render(volume_of(ramp("z")), view, Quality(step=1.0, depth=True))
        expected = np.zeros((40, 56, 4))
        expected[10:30, 21:35] = [0.2, 0.4, 0.6, 1]
        self.check(frame.array, expected)
        assert frame.depth is not None
        assert frame.depth[10:30, 21:35] == pytest.approx(depth, abs=0.005)
        assert np.isnan(frame.depth[:9]).all()

    @pytest.mark.parametrize("projection", [Orthographic(28.0), Perspective(34.0)], ids=["orthographic", "perspective"])
    def test_a_sphere_is_where_it_is_within_a_twentieth_of_a_voxel(
        self, renderer: Renderer, projection: Perspective | Orthographic
    ) -> None:
        radius, middle = 12.0, np.array([0.3, -0.2, 0.1])
        z, y, x = np.ix_(np.arange(-14, 14, 0.8), np.arange(-13, 14, 0.7), np.arange(-13, 13.5, 0.6))
        distance = np.sqrt((x - middle[0]) ** 2 + (y - middle[1]) ** 2 + (z - middle[2]) ** 2)
        volume = memory_volume((radius - distance).astype(np.float32), spacing=(0.8, 0.7, 0.6), origin=(-14, -13, -13))
        forward = np.array([0.6, 0.5, 0.4]) / np.linalg.norm([0.6, 0.5, 0.4])
        eye: Vec3 = tuple(-45 * forward)
        seen = Camera(eye, (0.0, 0.0, 0.0), (0.0, 0.3, 1.0), projection)
        view = view_of(Iso((Isosurface(0.0),)), TransferFunction((-3, 3), 1.0), camera=seen, background=CLEAR)
        frame = renderer.render(volume, view, Quality(step=0.5, depth=True))
        starts, directions = pixel_rays(seen, view.size)
        along_ray = ((middle - starts) * directions).sum(axis=1)
        aside = np.linalg.norm(middle - starts - along_ray[:, None] * directions, axis=1)
        # At the rim depth is not defined: there it changes by more than a voxel from pixel to pixel.
        facing = aside < 0.8 * radius
        expected = along_ray[facing] - np.sqrt(radius**2 - aside[facing] ** 2)
        assert frame.depth is not None
        assert facing.sum() > 500
        assert np.abs(frame.depth.reshape(-1)[facing] - expected).max() < 0.05 * 0.6

    def test_surfaces_are_seen_through_each_other_front_to_back(self, renderer: Renderer) -> None:
        mode = unlit(Isosurface(1.5, color=BLUE, opacity=0.5), Isosurface(0.5, color=RED, opacity=0.4))
        view = view_of(mode, TO_TWO, background=CLEAR)
        drawn = self.draw(renderer, volume_of(ramp("z")), view).array
        self.check(drawn[20, 28], [0.4 / 0.7, 0, 0.6 * 0.5 / 0.7, 0.7])

    def test_the_depth_is_that_of_the_surface_that_is_seen_most(self, renderer: Renderer) -> None:
        mode = unlit(Isosurface(1.5, opacity=0.9), Isosurface(0.5, opacity=0.4))
        depths = self.depths(renderer, volume_of(ramp("z")), view_of(mode, TO_TWO))
        assert depths[20, 28] == pytest.approx(21.0, abs=0.005)

    def test_both_sides_of_a_shell_are_seen(self, renderer: Renderer) -> None:
        array = np.zeros(SHAPE, np.float32)
        array[1] = 1
        view = view_of(unlit(Isosurface(0.5, opacity=0.4)), TO_TWO, background=CLEAR)
        self.check(self.draw(renderer, volume_of(array), view).array[20, 28, 3], 1 - 0.6**2)

    def test_without_a_colour_it_is_the_channels_at_that_value(self, renderer: Renderer) -> None:
        view = view_of(unlit(Isosurface(1.5)), along((RED, BLUE), (0.0, 2.0)))
        self.check(self.draw(renderer, volume_of(ramp("z")), view).array[20, 28, :3], [0.25, 0, 0.75])

    def test_a_surface_is_of_the_channel_that_it_names(self, renderer: Renderer) -> None:
        volume = volume_of(np.stack([np.zeros(SHAPE, np.float32), ramp("z")]))
        view = view_of(unlit(Isosurface(1.0, channel=1, color=GREEN)), TO_TWO, TO_TWO)
        self.check(self.draw(renderer, volume, view).array[20, 28, :3], GREEN)

    @pytest.mark.parametrize(("gradient", "steepness"), [("analytic", 1.0), ("central", 0.75)])
    def test_a_surface_is_lit_by_its_gradient(self, renderer: Renderer, gradient: str, steepness: float) -> None:
        # At z = 11; two voxels apart the values are 0, beyond the outermost centre, and 1.5.
        shading = Shading(ambient=0.2, diffuse=0.5, specular=0.3, shininess=8, gradient=gradient)
        view = view_of(Iso((Isosurface(0.5, color=(0.6, 0.6, 0.6)),)), TransferFunction((0, 8), 1.0), shading=shading)
        share = weight(steepness / 8 * 0.5 / 2)
        drawn = self.draw(renderer, volume_of(ramp("z")), view).array
        self.check(drawn[20, 28, :3], 0.6 * (1 + share * (0.7 - 1)) + share * 0.3)

    def test_a_surface_far_away_is_darker_with_a_depth_cue(self, renderer: Renderer) -> None:
        shading = Shading(ambient=1.0, diffuse=0.0, specular=0.0, depth_cue=0.9)
        view = view_of(Iso((Isosurface(1.25, color=(0.8, 0.8, 0.8)),)), TO_TWO, shading=shading)
        drawn = self.draw(renderer, volume_of(ramp("z")), view).array
        self.check(drawn[20, 28, :3], 0.8 * (1 - 0.9 * 3.5 / 6))

    def test_a_cut_by_a_clip_plane_is_closed_and_lit_across_the_plane(self, renderer: Renderer) -> None:
        clip = Clip(planes=(ClipPlane((31.5, -2.0, 12.0), (0.0, 3.0, 4.0)),))
        mode = Iso((Isosurface(0.5, color=(0.6, 0.6, 0.6)),))
        view = view_of(mode, TO_TWO, background=CLEAR, clip=clip, shading=MATTER)
        frame = renderer.render(volume_of(ramp("z")), view, Quality(step=self.step, depth=True))
        y = -1.875
        assert frame.depth is not None
        assert frame.depth[20, 28] == pytest.approx(20.0 - (y + 2) * 0.75, abs=0.005)
        self.check(frame.array[20, 28], [*[0.6 * (0.2 + 0.5 * 0.8) + 0.3 * 0.8**8] * 3, 1])

    def test_a_cut_by_a_clip_box_is_closed(self, renderer: Renderer) -> None:
        clip = Clip(box=((30.0, -3.0, 12.5), (32.0, 0.0, 14.0)))
        mode = unlit(Isosurface(0.5, color=RED, opacity=0.4), Isosurface(1.1, color=BLUE, opacity=0.5))
        drawn = self.draw(renderer, volume_of(ramp("z")), view_of(mode, TO_TWO, background=CLEAR, clip=clip)).array
        # Of surfaces inside each other the innermost is seen first where both are cut.
        expected = np.zeros((40, 56, 4))
        expected[16:28, 22:30] = [0.4 * 0.5 / 0.7, 0, 0.5 / 0.7, 0.7]
        self.check(drawn, expected)

    def test_what_lies_outside_the_surface_has_no_cap(self, renderer: Renderer) -> None:
        clip = Clip(planes=(ClipPlane((31.5, -2.0, 12.5), (0.0, 0.0, 1.0)),))
        view = view_of(unlit(Isosurface(1.9)), TO_TWO, background=CLEAR, clip=clip)
        assert self.depths(renderer, volume_of(ramp("z")), view)[20, 28] == pytest.approx(21.8, abs=0.005)

    def test_the_volumes_own_box_has_no_cap(self, renderer: Renderer) -> None:
        clip = Clip(box=((0.0, -100.0, 0.0), (100.0, 100.0, 100.0)))
        view = view_of(unlit(Isosurface(0.5)), TO_TWO, background=CLEAR, clip=clip)
        assert not self.draw(renderer, constant(1.0), view).array.any()

    def test_an_eye_inside_a_surface_has_no_cap_before_it(self, renderer: Renderer) -> None:
        clip = Clip(planes=(ClipPlane((31.5, -2.0, 9.5), (0.0, 0.0, 1.0)),))
        inside = Camera((31.5, -2.0, 11.0), MIDDLE, (0.0, -1.0, 0.0), Perspective(20.0))
        view = view_of(unlit(Isosurface(0.5)), TO_TWO, camera=inside, background=CLEAR, clip=clip)
        assert not self.draw(renderer, constant(1.0), view).array.any()

    def test_a_surface_inside_a_volume_is_seen_through_what_is_before_it(self, renderer: Renderer) -> None:
        mode = DVR(shaded=False, isosurfaces=(Isosurface(1.25, color=RED, opacity=0.5),))
        view = view_of(mode, along((GREEN,), (0.0, 2.0)), background=CLEAR)
        drawn = self.draw(renderer, volume_of(ramp("z")), view).array[20, 28]
        before, behind = 0.8 ** (3.5 / 2), 0.8 ** (2.5 / 2)
        alpha, red = 1 - before * 0.5 * behind, before * 0.5
        self.check(drawn, [red / alpha, (alpha - red) / alpha, 0, alpha])

    def test_a_plane_between_surfaces_is_opaque(self, renderer: Renderer) -> None:
        surfaces = (Isosurface(0.5, color=RED, opacity=0.4), Isosurface(1.5, color=BLUE))
        view = view_of(Iso(surfaces, planes=(Slice("z", 12.0),), shaded=False), TO_TWO)
        frame = renderer.render(volume_of(ramp("z")), view, Quality(step=self.step, depth=True))
        self.check(frame.array[20, 28], [0.4 + 0.6 * 0.5, 0.6 * 0.5, 0.6 * 0.5, 1])
        assert frame.depth is not None
        assert frame.depth[20, 28] == pytest.approx(20.0, abs=0.005)
