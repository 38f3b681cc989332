"""A cache bounded in bytes in which equal requests share one computation; thread-safe.

Room is made before a value is computed, so that old and new together stay within the bound. A value larger than the
whole cache is computed, handed out and not kept. A failed computation is handed to everyone who waits and not kept.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Generic, TypeVar

T = TypeVar("T")


class ByteCache(Generic[T]):
    """Least recently used values, at most `capacity` bytes of them."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self._lock = threading.Lock()
        self._entries: OrderedDict[Hashable, tuple[Future[T], int]] = OrderedDict()
        self._bytes = 0

    @property
    def nbytes(self) -> int:
        """Bytes held now, those being computed included."""
        return self._bytes

    def __contains__(self, key: Hashable) -> bool:
        """Whether the value is there and whole."""
        with self._lock:
            entry = self._entries.get(key)
            return entry is not None and entry[0].done()

    def get(self, key: Hashable, nbytes: int, compute: Callable[[], T]) -> T:
        """The value of `key`, computed in this thread if nobody has or is doing so; `nbytes` is what it will take."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is not None:
                self._entries.move_to_end(key)
                future = entry[0]
            else:
                future = Future()
                self._make_room(nbytes)
                self._entries[key] = (future, nbytes)
                self._bytes += nbytes
        if entry is not None:
            return future.result()
        try:
            value = compute()
        except BaseException as error:
            self.drop(key)
            future.set_exception(error)
            raise
        future.set_result(value)
        if nbytes > self.capacity:
            self.drop(key)
        return value

    def drop(self, key: Hashable) -> None:
        """Forget `key`; whoever waits for it still gets it."""
        with self._lock:
            entry = self._entries.pop(key, None)
            if entry is not None:
                self._bytes -= entry[1]

    def _make_room(self, nbytes: int) -> None:
        # Values being computed are not evicted: their memory is in use whatever the cache says.
        for key in [k for k, (future, _) in self._entries.items() if future.done()]:
            if self._bytes + nbytes <= self.capacity:
                return
            self._bytes -= self._entries.pop(key)[1]
