"""Recent: what was made last, as long as there is room."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

T = TypeVar("T")


class Recent:
    """Values by key, the last used ones up to `room` of what `size` says of each; the very last one always."""

    def __init__(self, room: int, size: Callable[[Any], int] = lambda value: 1) -> None:
        self._room, self._size = room, size
        self._values: OrderedDict[Hashable, Any] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """The value of `key`, made where it is not there."""
        if key not in self._values:
            self._values[key] = make()
            while len(self._values) > 1 and sum(map(self._size, self._values.values())) > self._room:
                self._values.popitem(last=False)
        self._values.move_to_end(key)
        value: T = self._values[key]
        return value

    def clear(self) -> None:
        self._values.clear()
