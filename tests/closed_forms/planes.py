"""Slices and oblique planes: the same values as ITK's resampling, and where they are."""

import warnings
from functools import cache
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from render.backends.base import Renderer
from render.geometry import Vec3, add, cross, normalize, scale
from render.scene import Camera, Clip, Mode, Oblique, Orthographic, Perspective, Slice, TransferFunction
from render.volume.itk_files import load_itk
from tests.cases import (
    ALONG_Y,
    CLEAR,
    MIDDLE,
    OBLIQUE,
    ORIGIN,
    SHAPE,
    SPACING,
    RendererCase,
    camera,
    ramp,
    view_of,
    volume_of,
)
from tests.reference import pixel_rays

SIDEWAYS: Vec3 = (0.3, -0.5, 0.8)
PIXEL = 0.25


@cache
def itk_filters() -> Any:
    """The module `itk` with its filters loaded, which warn while they are."""
    itk = load_itk()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for part in ("ResampleImageFilter", "LinearInterpolateImageFunction"):
            getattr(itk, part)
    return itk


def resampled(array: NDArray[np.float32], corner: Vec3, axes: tuple[Vec3, Vec3, Vec3]) -> NDArray[np.float32]:
    """ITK's linear interpolation on 40 x 56 points from `corner` on along two of `axes`; -1 outside the cells."""
    itk = itk_filters()
    image = itk.image_from_array(array)
    image.SetSpacing(SPACING[::-1])
    image.SetOrigin(ORIGIN[::-1])
    kind = type(image)
    resample = itk.ResampleImageFilter[kind, kind].New(image)
    resample.SetInterpolator(itk.LinearInterpolateImageFunction[kind, itk.D].New())
    resample.SetSize((56, 40, 1))
    resample.SetOutputOrigin(corner)
    resample.SetOutputSpacing((PIXEL, PIXEL, 1.0))
    resample.SetOutputDirection(itk.matrix_from_array(np.array(axes).T))
    resample.SetDefaultPixelValue(-1.0)
    resample.Update()
    return np.asarray(itk.array_from_image(resample.GetOutput())[0])


class PlaneTests(RendererCase):
    """Planes. All of them cut the box next to its middle."""

    @pytest.mark.parametrize(
        ("mode", "up"),
        [
            (Slice("x", 31.6), (0.0, 0.0, 1.0)),
            (Slice("y", -1.7), (0.0, 0.0, 1.0)),
            (Slice("z", 12.7), (0.0, -1.0, 0.0)),
            (Oblique(add(MIDDLE, (0.1, 0.2, -0.3)), SIDEWAYS), (0.0, 0.2, 1.0)),
        ],
        ids=["x", "y", "z", "oblique"],
    )
    def test_a_plane_is_what_itk_resamples(self, renderer: Renderer, mode: Slice | Oblique, up: Vec3) -> None:
        array = np.random.default_rng(5).random(SHAPE).astype(np.float32)
        forward = normalize(mode.normal)
        to_plane = np.dot(np.subtract(mode.point, MIDDLE), forward)
        target = add(MIDDLE, scale(forward, float(to_plane)))
        seen = Camera(add(target, scale(forward, -20.0)), target, up, Orthographic(40 * PIXEL))
        down = scale(seen.true_up, -1.0)
        corner = add(target, add(scale(seen.right, -27.5 * PIXEL), scale(down, -19.5 * PIXEL)))
        expected = resampled(array, corner, (seen.right, down, cross(seen.right, down)))
        drawn = self.draw(renderer, volume_of(array), view_of(mode, camera=seen, background=CLEAR)).array
        inside = expected >= 0
        assert inside.sum() > 200
        assert ((drawn[..., 3] > 0) == inside).mean() > 0.995  # pixels on the box's very edge may fall on either side
        both = inside & (drawn[..., 3] > 0)
        self.check(drawn[both][:, 0], expected[both])

    @pytest.mark.parametrize("projection", [Orthographic(10.0), Perspective(30.0)], ids=["orthographic", "perspective"])
    def test_an_oblique_plane_is_where_its_point_and_normal_say(
        self, renderer: Renderer, projection: Perspective | Orthographic
    ) -> None:
        mode = Oblique(MIDDLE, scale(SIDEWAYS, 17.0))
        view = view_of(mode, TransferFunction((0, 6), 1.0), camera=camera(OBLIQUE, projection), background=CLEAR)
        starts, directions = pixel_rays(view.camera, view.size)
        distance = (np.subtract(MIDDLE, starts) @ SIDEWAYS) / (directions @ SIDEWAYS)
        at = starts + distance[:, None] * directions
        box = volume_of(ramp("x")).info.box
        inside = np.all((at > box.lower) & (at < box.upper), axis=1).reshape(40, 56)
        drawn = self.draw(renderer, volume_of(ramp("x")), view).array
        assert ((drawn[..., 3] == 255) == inside).all()
        value = np.clip((at[:, 0] - 30) / 0.5, 0, 6).reshape(40, 56) / 6
        self.check(drawn[inside][:, 0], value[inside])
        depths = self.depths(renderer, volume_of(ramp("x")), view)
        assert depths[inside] == pytest.approx(distance.reshape(40, 56)[inside], abs=2e-3)
        assert np.isnan(depths[~inside]).all()

    @pytest.mark.parametrize("normal", [(0.0, 0.0, 1.0), (0.0, 0.0, -1.0)])
    def test_an_oblique_plane_along_an_axis_is_a_slice(self, renderer: Renderer, normal: Vec3) -> None:
        volume = volume_of(np.random.default_rng(6).random(SHAPE).astype(np.float32))
        seen = camera(OBLIQUE)
        modes: tuple[Mode, Mode] = (Slice("z", 12.3), Oblique((31.0, -1.0, 12.3), normal))
        one, other = (self.draw(renderer, volume, view_of(mode, camera=seen)).array for mode in modes)
        self.check(one, other / 255)

    def test_a_plane_that_the_sight_lies_in_is_not_seen(self, renderer: Renderer) -> None:
        view = view_of(Slice("z", 12.0), camera=camera(ALONG_Y), background=CLEAR)
        assert not self.draw(renderer, volume_of(ramp("x")), view).array.any()

    def test_a_clip_takes_part_of_a_plane_away(self, renderer: Renderer) -> None:
        clip = Clip(box=((31.0, -3.0, 0.0), (32.0, 5.0, 20.0)))
        drawn = self.draw(renderer, volume_of(ramp("x")), view_of(Slice("z", 12.0), background=CLEAR, clip=clip)).array
        expected = np.zeros((40, 56))
        expected[16:30, 26:30] = 1
        assert (drawn[..., 3] == 255 * expected).all()

    def test_a_voxel_that_is_no_number_leaves_a_hole(self, renderer: Renderer) -> None:
        array = np.ones(SHAPE, np.float32)
        array[:, :, 3] = np.nan
        drawn = self.draw(renderer, volume_of(array), view_of(Slice("z", 12.0), background=CLEAR)).array
        # From the centre of the voxel before to that of the one behind, x = 31 to 32.
        expected = np.zeros((40, 56, 4))
        expected[10:30, 21:35] = 1
        expected[10:30, 26:30] = 0
        self.check(drawn, expected)
