"""Between two Views; pure.

What is continuous is mixed: numbers by their shares, directions along their arc, what is measured by factors (gamma,
lengths of opacity) by factors, cameras along their `Way`. What is not stays that of the first until the second is
reached: names, kinds, counts, and what has nothing of its kind in the other. Channels and labels are matched by what
they are, surfaces and planes by their order.
"""

import math
from collections.abc import Callable
from operator import attrgetter
from typing import Any

from render.animation.way import Way, turned
from render.scene import Isosurface, Slice, Value, View


def between(a: View, b: View, share: float) -> View:
    """The view after a share, 0 to 1, of what changes from `a` to `b`."""
    if share <= 0:
        return a
    if share >= 1:
        return b
    mixed: View = mix(a, b, share)
    return mixed


def mix(a: Any, b: Any, share: float) -> Any:
    """`a` and `b` of a View mixed, (1 - share) to share, as far as they are of one kind; else `a`."""
    if a == b or _separate(a, b):
        return a
    if isinstance(a, Value):
        names = a.__struct_fields__
        return type(a)(**{name: FIELDS.get(name, mix)(getattr(a, name), getattr(b, name), share) for name in names})
    if isinstance(a, tuple):
        return tuple(mix(x, y, share) for x, y in zip(a, b, strict=True))
    # In this form rounding keeps order: points of a curve that rise go on rising.
    return a * (1 - share) + b * share if _is_number(a) else a


def _separate(a: Any, b: Any) -> bool:
    """Whether there is nothing between the two."""
    if isinstance(a, Isosurface) and isinstance(b, Isosurface):
        return a.channel != b.channel
    if isinstance(a, Slice) and isinstance(b, Slice):
        return a.axis != b.axis
    if isinstance(a, tuple) and isinstance(b, tuple):
        return len(a) != len(b)
    return type(a) is not type(b) and not (_is_number(a) and _is_number(b))


def _is_number(a: Any) -> bool:
    return isinstance(a, int | float) and not isinstance(a, bool)


def _first(a: Any, _b: Any, _share: float) -> Any:
    return a


def _by_factor(a: float, b: float, share: float) -> float:
    return a if a == b else math.exp(mix(math.log(a), math.log(b), share))


def _nearest(a: int, b: int, share: float) -> int:
    return math.floor(a + (b - a) * share + 0.5)


def _matched(key: str) -> Callable[[Any, Any, float], Any]:
    """A mix of tuples whose members are the same thing where their `key` is; those of the first, in its order."""
    known = attrgetter(key)

    def mixed(a: tuple[Value, ...], b: tuple[Value, ...], share: float) -> tuple[Value, ...]:
        others = {known(one): one for one in b}
        return tuple(mix(one, others.get(known(one), one), share) for one in a)

    return mixed


FIELDS: dict[str, Callable[[Any, Any, float], Any]] = {
    "camera": lambda a, b, share: a if a == b else Way(a, b).at(share),
    "channels": _matched("index"),
    "labels": _matched("name"),
    "time": _nearest,
    "normal": turned,
    "direction": turned,
    "gamma": _by_factor,
    "unit_distance": _by_factor,
    "ids": _first,
    "size": _first,
}
"""Name of a field, in whatever value it is, -> how it is mixed where that is not by shares."""
