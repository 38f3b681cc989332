"""Many pictures of one volume: turntables, movies through time or keyframes; blocking."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass

from msgspec.structs import replace

from render.animation import Animation, within
from render.engine import Engine, Priority
from render.errors import BadRequest
from render.frame import Frame
from render.geometry import Vec3, add, rotate, subtract
from render.intent import check_view, stand
from render.ladder import FINAL_SAMPLES, Budget, final_quality
from render.scene import Camera, Oblique, Quality, Slice, View
from render.volume.info import VolumeInfo
from render.volume.volume import Volume

MAX_FRAMES = 100_000

AHEAD = 2
"""Pictures asked for before the first is taken: one is drawn while the one before is encoded."""


@dataclass(frozen=True, slots=True)
class Motion:
    """What changes over a movie's `frames`: the camera goes once around the volume, the times pass, or both."""

    frames: int
    turning: bool = True
    passing: bool = False

    def __post_init__(self) -> None:
        if not 1 <= self.frames <= MAX_FRAMES:
            raise BadRequest(f"frames {self.frames}: must be 1 to {MAX_FRAMES}")


def movie_views(view: View, info: VolumeInfo, motion: Motion) -> list[View]:
    """The view of each frame. The last frame is one step before the first, so that a loop has no stutter."""
    if motion.turning and isinstance(view.mode, Slice | Oblique):
        raise BadRequest("a slice cannot be turned around: choose mode dvr or mip, or let only the time pass")
    if motion.passing and info.times == 1:
        raise BadRequest(f"{info.name}: has one time only, there is nothing to pass through")
    return [
        replace(
            view,
            camera=turned(view.camera, info, 360 * i / motion.frames) if motion.turning else view.camera,
            time=i * info.times // motion.frames if motion.passing else view.time,
        )
        for i in range(motion.frames)
    ]


def turned(camera: Camera, info: VolumeInfo, degrees: float) -> Camera:
    """The camera moved to the right around the axis on which the volume stands, through the volume's centre."""
    _, up, _ = stand(info)
    center = info.bounds.center

    def turn(point: Vec3) -> Vec3:
        return add(center, rotate(subtract(point, center), up, degrees))

    return replace(
        camera,
        position=turn(camera.position),
        target=turn(camera.target),
        up=rotate(camera.up, up, degrees),
    )


def fitted(animation: Animation, info: VolumeInfo) -> Animation:
    """The same movie of this volume, whatever name the keyframes give it. NotFound for what the volume has not."""
    own = [replace(keyframe, view=replace(keyframe.view, volume=info.name)) for keyframe in animation.keyframes]
    for keyframe in own:
        check_view(keyframe.view, info)
    return within(replace(animation, keyframes=tuple(own)), info.bounds)


def one_quality(info: VolumeInfo, views: Iterable[View], budget: Budget, samples: int = FINAL_SAMPLES) -> Quality:
    """Full quality for all of `views`, at the finest level that one of them needs.

    One level, so that nothing pops while a camera comes nearer.
    """
    qualities = (final_quality(info, view, budget, samples) for view in views)
    return min(qualities, key=lambda quality: quality.level)


def draw(
    engine: Engine, volume: Volume, views: Sequence[View], budget: Budget, samples: int = FINAL_SAMPLES
) -> Iterator[Frame]:
    """The pictures in order, drawn while they are taken; all at the finest level that one of them needs.

    `samples` rays a pixel. Fails with the first RenderError.
    """
    quality = one_quality(volume.info, views, budget, samples)
    asked: deque[Future[Frame]] = deque()
    client = object()
    try:
        for view in views:
            asked.append(engine.submit(volume, view, quality, Priority.BATCH, client=client))
            if len(asked) > AHEAD:
                yield asked.popleft().result()
        while asked:
            yield asked.popleft().result()
    finally:
        for future in asked:
            future.cancel()
