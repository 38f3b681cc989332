"""Turntables and movies through time, by closed form; drawn by the null renderer."""

import itertools
from dataclasses import replace as replaced

import numpy as np
import pytest
from msgspec.structs import replace

from render.backends.null import NullRenderer
from render.batch import Motion, draw, movie_views, turned
from render.engine import Engine
from render.errors import BadRequest, DataError
from render.frame import Frame
from render.intent import Intent, orbit, resolve
from render.ladder import Budget
from render.scene import Camera, Quality, Slice, View
from render.volume.info import VolumeInfo
from render.volume.volume import Volume
from tests.arrays import memory_volume

VOXELS = np.arange(3 * 2 * 3 * 5 * 7, dtype=np.uint16).reshape(3, 2, 3, 5, 7)
SIZE = (64, 48)


def volume(**options: object) -> Volume:
    return memory_volume(VOXELS, spacing=(2.0, 1.0, 0.5), origin=(3.0, -4.0, 5.0), **options)


def view_of(one: Volume, **wish: object) -> View:
    return resolve(Intent(size=SIZE, **wish), one.info, one.statistics)


def numbers(camera: Camera) -> np.ndarray:
    return np.array([camera.position, camera.target, camera.up])


@pytest.mark.parametrize("unit", ["micrometer", "millimeter"])
@pytest.mark.parametrize("elevation", [-90.0, 0.0, 35.0])
def test_turning_a_camera_is_what_azimuth_does(unit: str, elevation: float) -> None:
    info: VolumeInfo = volume(unit=unit).info
    camera = orbit(info, SIZE, 30.0, elevation)
    around = turned(camera, info, 45.0)
    # The distance that fits the volume in frame differs from angle to angle; the direction does not.
    fitted = orbit(info, SIZE, 75.0, elevation)
    assert np.allclose(around.forward, fitted.forward)
    assert np.allclose(around.true_up, fitted.true_up)
    assert np.allclose(numbers(turned(camera, info, 360.0)), numbers(camera))


def test_a_turntable_goes_around_once_in_equal_steps() -> None:
    one = volume()
    view = view_of(one)
    views = movie_views(view, one.info, Motion(8))
    assert len(views) == 8
    assert np.allclose(numbers(views[0].camera), numbers(view.camera))
    for this, following in itertools.pairwise([*views, views[0]]):
        assert np.allclose(numbers(turned(this.camera, one.info, 45.0)), numbers(following.camera))
    assert {one.time for one in views} == {0}


def test_every_time_is_shown_for_the_same_share_of_a_movie() -> None:
    one = volume()
    view = view_of(one, mode="slice")
    views = movie_views(view, one.info, Motion(6, turning=False, passing=True))
    assert [shown.time for shown in views] == [0, 0, 1, 1, 2, 2]
    assert {shown.camera for shown in views} == {view.camera}


def test_what_cannot_move_is_said() -> None:
    one = volume()
    with pytest.raises(BadRequest, match="a slice cannot be turned"):
        movie_views(replace(view_of(one), mode=Slice()), one.info, Motion(3))
    with pytest.raises(BadRequest, match="has one time only"):
        movie_views(view_of(one), replaced(one.info, times=1), Motion(3, passing=True))
    with pytest.raises(BadRequest, match="frames 0: must be 1 to"):
        Motion(0)


def test_pictures_come_in_order_and_at_one_level() -> None:
    voxels = np.zeros((64, 96, 128), np.uint8)
    one = memory_volume(voxels, voxels[::2, ::2, ::2])
    near, far = view_of(one, zoom=8.0), view_of(one, zoom=0.25)
    with Engine(NullRenderer) as engine:
        frames = list(draw(engine, one, [far, near, far], Budget(2**30)))
        assert [frame.view for frame in frames] == [far, near, far]
        assert {frame.quality.level for frame in frames} == {0}
        assert {frame.quality.level for frame in draw(engine, one, [far], Budget(2**30))} == {1}


class Careful(NullRenderer):
    """Remembers the times that it drew, and fails at time 1."""

    def __init__(self) -> None:
        self.times: list[int] = []

    def render(self, volume: Volume, view: View, quality: Quality) -> Frame:
        self.times.append(view.time)
        if view.time == 1:
            raise DataError("time 1 is broken")
        return super().render(volume, view, quality)


def test_the_first_failure_ends_it_and_the_rest_is_not_asked_for() -> None:
    one, renderer = volume(), Careful()
    views = movie_views(view_of(one), one.info, Motion(300, passing=True))
    with Engine(lambda: renderer) as engine, pytest.raises(DataError, match="time 1"):
        list(draw(engine, one, views, Budget(2**30)))
    assert renderer.times.count(1) <= 3
    assert 2 not in renderer.times
