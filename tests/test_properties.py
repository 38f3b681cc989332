"""What must hold of every picture that compute draws: checked on views that hypothesis picks, the same each time."""

from collections.abc import Iterator
from itertools import permutations
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from render.backends.base import Renderer
from render.geometry import Vec3, add, cross, length, normalize, rotate, scale, subtract
from render.scene import (
    DVR,
    MIP,
    Camera,
    Channel,
    Clip,
    ClipPlane,
    DirectionalLight,
    Iso,
    Isosurface,
    Labels,
    Mean,
    Mode,
    Oblique,
    Orthographic,
    Perspective,
    Quality,
    Slice,
    Sum,
    TransferFunction,
    View,
)
from render.volume.volume import Volume
from tests.arrays import labelled_volume
from tests.cases import CLEAR, MIDDLE, ORIGIN, SHAPE, SPACING, constant, view_of, visible
from tests.reference import box_chords, pixel_rays
from tests.test_right_compute import open_cuda, open_llvm

SOME = settings(max_examples=12, derandomize=True, deadline=None, database=None)

ROUGH = np.random.default_rng(9).random(SHAPE).astype(np.float32)
IDS = (np.random.default_rng(10).random(SHAPE) * 4).astype(np.uint16)
LOOK = TransferFunction((0.1, 0.9), 2.0, "viridis", opacity=((0, 0), (1, 0.7)))

PLANE = Oblique(MIDDLE, (0.4, -0.7, 0.5))
MODES: tuple[Mode, ...] = (
    DVR(),
    DVR(shaded=False, planes=(PLANE,)),
    Iso((Isosurface(0.6), Isosurface(0.4, opacity=0.5))),
    MIP(),
    Mean(),
    Sum(),
    Slice("y", -1.9),
    Oblique(MIDDLE, (0.4, -0.7, 0.5), 1.5, "mean"),
)
SMOOTH: tuple[Mode, ...] = (DVR(), DVR(shaded=False), MIP(), Mean(), Sum())
"""Modes without an edge: a ray that is aside by a rounding sees the same."""

numbers = st.floats(-1, 1, width=16)
directions = st.tuples(numbers, numbers, numbers).filter(lambda v: length(v) > 0.3).map(normalize)
projections = st.one_of(st.just(Orthographic(8.5)), st.floats(20, 60, width=16).map(Perspective))


@st.composite
def cameras(draw: st.DrawFn) -> Camera:
    """Looks at the middle of the volume from 12 away, with any roll."""
    forward, up = draw(directions), draw(directions)
    if length(cross(forward, up)) < 0.1:
        up = (up[1], up[2], up[0]) if length(cross(forward, (up[1], up[2], up[0]))) > 0.1 else (-up[1], up[0], up[2])
    return Camera(add(MIDDLE, scale(forward, -12.0)), MIDDLE, up, draw(projections))


def view(mode: Mode, seen: Camera, size: tuple[int, int] = (40, 30), **changes: Any) -> View:
    parts = {"labels": (Labels("cells", 3.0, 0.3, ids=(1, 2)),), "background": (0.1, 0.2, 0.3, 1.0)}
    return view_of(mode, LOOK, camera=seen, size=size, **parts | changes)


def volume(array: NDArray[np.float32] = ROUGH, ids: NDArray[np.uint16] = IDS) -> Volume:
    return labelled_volume(array, ids, {1: (1.0, 0.5, 0.0, 1.0)}, SPACING, ORIGIN)


STEP = Quality(step=0.25)


@pytest.fixture(scope="module", params=["llvm", "cuda"])
def renderer(request: pytest.FixtureRequest) -> Iterator[Renderer]:
    opened = open_llvm() if request.param == "llvm" else open_cuda()
    yield opened
    opened.close()


def draw(renderer: Renderer, seen: Volume, view: View) -> NDArray[np.uint8]:
    return renderer.render(seen, view, STEP).array


def check(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> None:
    """At most one grey level apart: a rounding."""
    difference = np.abs(one.astype(int) - other).max()
    assert difference <= 1, f"{difference} grey levels apart"


@SOME
@given(seen=cameras(), mode=st.sampled_from(MODES), column=st.integers(1, 39), row=st.integers(1, 29))
def test_tiles_equal_the_whole(renderer: Renderer, seen: Camera, mode: Mode, column: int, row: int) -> None:
    whole = draw(renderer, volume(), view(mode, seen))
    columns, rows = ((0, column), (column, 40)), ((0, row), (row, 30))
    stitched = np.zeros_like(whole)
    for left, right in columns:
        for top, bottom in rows:
            part = msgspec.structs.replace(seen, region=(left / 40, top / 30, right / 40, bottom / 30))
            tile = draw(renderer, volume(), view(mode, part, (right - left, bottom - top)))
            stitched[top:bottom, left:right] = tile
    assert np.array_equal(stitched, whole)


@SOME
@given(seen=cameras(), mode=st.sampled_from(SMOOTH), axis=directions, steps=st.integers(1, 9))
def test_a_view_turned_by_360_degrees_returns(
    renderer: Renderer, seen: Camera, mode: Mode, axis: Vec3, steps: int
) -> None:
    away, up = subtract(seen.position, MIDDLE), seen.up
    for _ in range(steps):
        away, up = rotate(away, axis, 360 / steps), rotate(up, axis, 360 / steps)
    back = msgspec.structs.replace(seen, position=add(MIDDLE, away), up=up)
    one, other = (draw(renderer, volume(), view(mode, each)) for each in (seen, back))
    check(other, one)


@SOME
@given(seen=cameras(), mode=st.sampled_from(SMOOTH), factor=st.floats(1e-3, 1e3))
def test_scaling_the_volume_and_the_view_together_changes_nothing(
    renderer: Renderer, seen: Camera, mode: Mode, factor: float
) -> None:
    # A ray that runs in the faces of voxels sees the gradient of either side, as the last bit of its numbers has it.
    assume(min(map(abs, seen.forward)) > 0.01)

    def larger(vector: Vec3) -> Vec3:
        return scale(vector, factor)

    projection = seen.projection
    if isinstance(projection, Orthographic):
        projection = Orthographic(projection.height * factor)
    grown = Camera(larger(seen.position), larger(seen.target), seen.up, projection)
    transfer = msgspec.structs.replace(LOOK, unit_distance=LOOK.unit_distance * factor)
    clip = ClipPlane(MIDDLE, (0.5, 0.2, -1.0))
    one = view(mode, seen, clip=Clip(planes=(clip,)))
    other = view(
        mode,
        grown,
        channels=(Channel(0, transfer),),
        labels=(Labels("cells", 3.0 * factor, 0.3, ids=(1, 2)),),
        clip=Clip(planes=(ClipPlane(larger(MIDDLE), clip.normal),)),
    )
    there = labelled_volume(ROUGH, IDS, {1: (1.0, 0.5, 0.0, 1.0)}, larger(SPACING), larger(ORIGIN))
    check(draw(renderer, there, other), draw(renderer, volume(), one))


@SOME
@given(seen=cameras(), mode=st.sampled_from(SMOOTH), order=st.sampled_from(list(permutations(range(3)))))
def test_permuting_the_axes_of_the_volume_and_the_view_together_changes_nothing(
    renderer: Renderer, seen: Camera, mode: Mode, order: tuple[int, int, int]
) -> None:
    def permuted(vector: Vec3) -> Vec3:
        return (vector[order[0]], vector[order[1]], vector[order[2]])

    def reordered(zyx: Vec3) -> Vec3:
        return permuted((zyx[2], zyx[1], zyx[0]))[::-1]  # type: ignore[return-value]

    axes = [2 - order[2 - k] for k in range(3)]
    light = DirectionalLight((0.2, 1.0, -0.5), color=(1.0, 0.8, 0.6))
    clip = ClipPlane(MIDDLE, (0.5, 0.2, -1.0))
    one = view(mode, seen, lights=(light,), clip=Clip(planes=(clip,)))
    turned = Camera(permuted(seen.position), permuted(seen.target), permuted(seen.up), seen.projection)
    other = view(
        mode,
        turned,
        lights=(msgspec.structs.replace(light, direction=permuted(light.direction)),),
        clip=Clip(planes=(ClipPlane(permuted(clip.point), permuted(clip.normal)),)),
    )
    there = labelled_volume(
        np.ascontiguousarray(ROUGH.transpose(axes)),
        np.ascontiguousarray(IDS.transpose(axes)),
        {1: (1.0, 0.5, 0.0, 1.0)},
        reordered(SPACING),
        reordered(ORIGIN),
    )
    # Two axes in each other's place are a mirror: what was on the right is on the left.
    mirrored = np.linalg.det(np.eye(3)[list(order)]) < 0
    drawn = draw(renderer, there, other)
    check(drawn[:, ::-1] if mirrored else drawn, draw(renderer, volume(), one))


@SOME
@given(seen=cameras(), alpha=st.floats(0.05, 0.95))
def test_a_constant_volume_absorbs_from_every_angle_as_its_chords_are_long(
    renderer: Renderer, seen: Camera, alpha: float
) -> None:
    there = constant(0.5)
    near, far = box_chords(there.info.levels[0], pixel_rays(seen, (40, 30)))
    expected = 1 - (1 - alpha) ** (np.maximum(far - near, 0) / 2.0)
    seen_from = view_of(DVR(shaded=False), visible(alpha), camera=seen, background=CLEAR, size=(40, 30))
    drawn = draw(renderer, there, seen_from)
    assert np.abs(drawn[..., 3] - 255 * expected.reshape(30, 40)).max() <= 1


@SOME
@given(seen=cameras(), mode=st.sampled_from(MODES))
def test_the_same_view_is_the_same_bytes(renderer: Renderer, seen: Camera, mode: Mode) -> None:
    one, other = (draw(renderer, volume(), view(mode, seen)) for _ in range(2))
    assert np.array_equal(one, other)
