"""What an Animation shows when; pure.

Why not a spline through the keyframes: it leaves the way from one to the next, so that windows turn over, opacities
pass 1 and cameras dip into the volume. Here the way is the shortest, and only how fast it is gone is smooth. At a
keyframe the camera keeps its speed where it goes on as it came, as in a full turn by four of them; it slows down where
it goes on another way, by the cosine of the angle between the two, and rests where it turns back or stood still.
"""

import itertools
import math
from bisect import bisect_right

from msgspec.structs import replace

from render.animation.mixing import between
from render.animation.value import Animation, Keyframe
from render.animation.way import Way
from render.geometry import Box, add, scale, subtract
from render.scene import View

BEYOND = 1e-3
"""The share of the volume's extent by which a clip box that clips nothing is larger: it is not to cut the faces."""


def views(animation: Animation, count: int) -> list[View]:
    """`count` views, 2 or more, in equal steps from the beginning to the end; the movie has `animation.frames`."""
    return [view_at(animation, animation.seconds * (i / (count - 1))) for i in range(count)]


def view_at(animation: Animation, seconds: float) -> View:
    """The view after so many `seconds`, in the movie's size; before the beginning the first, after the end the last."""
    times, keyframes = animation.times, animation.keyframes
    last = bisect_right(times, seconds) - 1
    if last < 0 or last == len(times) - 1:
        view = keyframes[max(last, 0)].view
    else:
        passed = (seconds - times[last]) / (times[last + 1] - times[last])
        view = between(keyframes[last].view, keyframes[last + 1].view, _share(animation, last, passed))
    return replace(view, size=animation.even_size)


def within(animation: Animation, bounds: Box) -> Animation:
    """The same movie of a volume of these `bounds`, in which a clip box comes in from outside instead of appearing."""
    margin = scale(bounds.extent, BEYOND)
    box = (subtract(bounds.lower, margin), add(bounds.upper, margin))
    clipped = [keyframe.view.clip.box is not None for keyframe in animation.keyframes]

    def boxed(i: int, keyframe: Keyframe) -> Keyframe:
        if clipped[i] or not any(clipped[max(0, i - 1) : i + 2]):
            return keyframe
        return replace(keyframe, view=replace(keyframe.view, clip=replace(keyframe.view.clip, box=box)))

    return replace(animation, keyframes=tuple(itertools.starmap(boxed, enumerate(animation.keyframes))))


def _share(animation: Animation, i: int, passed: float) -> float:
    """The share of the way from keyframe `i` to the next that is gone after the share `passed` of its time."""
    if animation.easing == "linear":
        return passed
    own = _speed(animation, i)
    pace = math.hypot(*own)
    start = _kept(_speed(animation, i - 1), own) / pace if pace else 0.0
    end = _kept(own, _speed(animation, i + 1)) / pace if pace else 0.0
    # The cubic from 0 to 1 with these slopes (Hermite); slopes of 1 at most let it rise only.
    rest = 1 - passed
    return passed * passed * (3 - 2 * passed) + passed * rest * (start * rest - end * passed)


def _speed(animation: Animation, i: int) -> tuple[float, ...]:
    """What the camera does in a second between keyframe `i` and the next; nothing where there is none, or a cut."""
    if not 0 <= i < len(animation.keyframes) - 1 or animation.keyframes[i + 1].seconds == 0:
        return (0.0,) * 7
    here, there = animation.keyframes[i], animation.keyframes[i + 1]
    return tuple(part / there.seconds for part in Way(here.view.camera, there.view.camera).motion)


def _kept(before: tuple[float, ...], after: tuple[float, ...]) -> float:
    """The speed at which a keyframe is passed, at most that of the slower of the two ways."""
    along = sum(a * b for a, b in zip(before, after, strict=True))
    faster = max(math.hypot(*before), math.hypot(*after))
    return max(0.0, along) / faster if faster else 0.0
