"""Sums: what the rays of still pictures have added up to so far, kept so that more rays are only added."""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass

from render.compute.device import Vec
from render.compute.pixels import Floats

NBYTES = 16
"""Of a pixel: premultiplied red, green, blue and alpha."""

IDLE = 60.0
"""Seconds for which sums are kept that nobody has asked for more of: a view is refined while somebody looks at it.

Between two of its steps a busy device draws those of some dozens of others.
"""


@dataclass(slots=True, eq=False)
class Sums:
    """The sums of the first `count` pictures of a view, by pixel; in the first `rows` rows of one more.

    `lines` are those of its pixels with lines, of the first `lined` pictures. They were put away at `put`.
    """

    key: Hashable
    pixels: int
    parts: Vec
    count: int = 0
    rows: int = 0
    lines: Floats | None = None
    lined: int = 0
    put: float = 0.0

    @property
    def most(self) -> int:
        """How many pictures the furthest pixel has of."""
        return max(self.count + (self.rows > 0), self.lined)


class KeptSums:
    """Those of several views, as many as fit into `room` bytes, the last used ones.

    Those that were put away for longer than `IDLE` go when the next ones are. Whoever takes some has them alone: a
    picture that was left half done does not find them changed. `clock` is in seconds and only grows.
    """

    def __init__(self, room: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._room, self._clock = room, clock
        self._kept: OrderedDict[Hashable, Sums] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def take(self, key: Hashable, most: int, make: Callable[[], Sums]) -> Sums:
        """The sums of `key` if they are of at most `most` pictures, else new ones."""
        kept = self._kept.get(key)
        if kept is None or kept.most > most:
            return make()
        return self._kept.pop(key)

    def put(self, sums: Sums) -> None:
        """Keep sums, unless better ones have come meanwhile; lets go those that are too many or too old."""
        kept = self._kept.get(sums.key)
        if kept is None or kept.count <= sums.count:
            self._kept[sums.key] = sums
        self._kept.move_to_end(sums.key)
        self._kept[sums.key].put = now = self._clock()
        while self._kept and (self._nbytes > self._room or next(iter(self._kept.values())).put < now - IDLE):
            self._kept.popitem(last=False)

    @property
    def _nbytes(self) -> int:
        return NBYTES * sum(each.pixels for each in self._kept.values())

    def clear(self) -> None:
        self._kept.clear()
