"""Movies from one View to the next: keyframes as a value that is also the JSON, and the Views between them; pure."""

from render.animation.timeline import view_at, views, within
from render.animation.value import MAX_FRAMES, MAX_KEYFRAMES, MAX_SECONDS, Animation, Keyframe, decode_animation

__all__ = [
    "MAX_FRAMES",
    "MAX_KEYFRAMES",
    "MAX_SECONDS",
    "Animation",
    "Keyframe",
    "decode_animation",
    "view_at",
    "views",
    "within",
]
