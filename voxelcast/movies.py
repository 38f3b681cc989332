"""What `voxelcast movie` does; imported when it is run, as `voxelcast.commands` is."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from msgspec.structs import replace

from render.animation import decode_animation, views
from render.batch import Motion, draw, fitted, movie_views
from render.encode import MOVIE_WRITERS, write_movie
from render.errors import BadRequest
from render.intent import PLANE
from render.scene import Oblique, Slice, View
from render.volume.sources import open_volume
from render.volume.volume import Volume
from tiles.request import read_intent
from voxelcast.commands import Wanted, bar, check_output, found_engine, read
from voxelcast.settings import Settings

MOVIES = tuple(MOVIE_WRITERS)

SAMPLES = 1
"""Rays a pixel where nothing is said."""


@dataclass(frozen=True, slots=True)
class Course:
    """How long a movie is, and what moves in it; None: the camera, and the time too where there is more than one."""

    frames: int
    fps: int
    motion: Literal["turn", "time", "both"] | None


@dataclass(frozen=True, slots=True)
class Script:
    """A file with an Animation, and how many pictures a second there are; None: as it says itself."""

    keyframes: Path
    fps: int | None


def movie(settings: Settings, source: str, output: Path, wanted: Wanted, course: Course) -> None:
    """A movie around a volume, or through its times, to a file."""
    check_output(output, MOVIES)
    volume = open_volume(source)
    several = volume.info.times > 1
    if not several and wanted.view is None and not {name for name, _ in wanted.said} & {"mode", "iso", *PLANE}:
        # A flat image is a slice by itself, in which nothing but the time can move: turned around it can be seen.
        wanted = Wanted((*wanted.said, ("mode", "dvr")), None, wanted.samples)
    view = wanted.resolve(volume)
    motion = course.motion or ("time" if isinstance(view.mode, Slice | Oblique) else "both" if several else "turn")
    shown = movie_views(view, volume.info, Motion(course.frames, motion != "time", motion != "turn"))
    _write(settings, volume, shown, _File(output, course.fps, wanted.samples))


def animate(settings: Settings, source: str, output: Path, wanted: Wanted, script: Script) -> None:
    """A movie through keyframes to a file; of what is `wanted` it takes the size and the rays a pixel."""
    check_output(output, MOVIES)
    others = sorted({name for name, _ in wanted.said} - {"size"})
    if others:
        wrong = ", ".join(f"--{name.replace('_', '-')}" for name in others)
        raise BadRequest(
            f"--keyframes says already what {wrong} would say; beside it only --size and --fps can be given"
        )
    volume = open_volume(source)
    animation = fitted(decode_animation(read(script.keyframes)), volume.info)
    if wanted.said:
        animation = replace(animation, size=read_intent(wanted.said).size)
    if script.fps is not None:
        animation = replace(animation, fps=script.fps)
    _write(settings, volume, views(animation, animation.frames), _File(output, animation.fps, wanted.samples))


@dataclass(frozen=True, slots=True)
class _File:
    path: Path
    fps: int
    samples: int | None


def _write(settings: Settings, volume: Volume, shown: Sequence[View], file: _File) -> None:
    samples = SAMPLES if file.samples is None else file.samples
    engine = found_engine(settings)
    with engine, bar() as progress:
        frames = progress.track(draw(engine, volume, shown, settings.budget, samples), len(shown), description="frames")
        write_movie(file.path, (frame.array for frame in frames), file.fps)
