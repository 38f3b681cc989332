"""A cache bounded in bytes in which equal requests share one computation; thread-safe.

Room is made before a value is computed, so that old and new together stay within the bound; where others are being
computed and would not leave room, one waits for them. A value larger than the whole cache is computed alone, handed
out and not kept. A failed computation is handed to everyone who waits and not kept.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Generic, TypeVar

T = TypeVar("T")


class ByteCache(Generic[T]):
    """Least recently used values, at most `capacity` bytes of them. A computation must not ask the same cache."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self._changed = threading.Condition()
        self._entries: OrderedDict[Hashable, tuple[Future[T], int]] = OrderedDict()
        self._bytes = self._computing = 0

    @property
    def nbytes(self) -> int:
        """Bytes held now, those being computed included."""
        return self._bytes

    def __contains__(self, key: Hashable) -> bool:
        """Whether the value is there and whole."""
        with self._changed:
            entry = self._entries.get(key)
            return entry is not None and entry[0].done()

    def get(self, key: Hashable, nbytes: int, compute: Callable[[], T]) -> T:
        """The value of `key`, computed in this thread if nobody has or is doing so; `nbytes` is what it will take."""
        with self._changed:
            self._changed.wait_for(lambda: key in self._entries or self._leave_room(nbytes))
            entry = self._entries.get(key)
            if entry is not None:
                self._entries.move_to_end(key)
                future = entry[0]
            else:
                future = Future()
                self._make_room(nbytes)
                self._entries[key] = (future, nbytes)
                self._bytes += nbytes
                self._computing += nbytes
        if entry is not None:
            return future.result()
        try:
            value = compute()
        except BaseException as error:
            self._computed(key, nbytes, keep=False)
            future.set_exception(error)
            raise
        future.set_result(value)
        self._computed(key, nbytes, keep=nbytes <= self.capacity)
        return value

    def drop(self, unwanted: Callable[[Hashable], bool]) -> None:
        """Let go of the values whose keys are `unwanted`, but for those that are being computed."""
        with self._changed:
            for key in [key for key, (future, _) in list(self._entries.items()) if future.done() and unwanted(key)]:
                self._bytes -= self._entries.pop(key)[1]
            self._changed.notify_all()

    def _leave_room(self, nbytes: int) -> bool:
        """Whether what is being computed leaves room for `nbytes`; alone, anything may be computed."""
        return self._computing == 0 or self._computing + nbytes <= self.capacity

    def _computed(self, key: Hashable, nbytes: int, *, keep: bool) -> None:
        with self._changed:
            self._computing -= nbytes
            # Another may have made room by it already, and even be computing it anew.
            if not keep and key in self._entries:
                self._bytes -= self._entries.pop(key)[1]
            self._changed.notify_all()

    def _make_room(self, nbytes: int) -> None:
        # Values being computed are not evicted: their memory is in use whatever the cache says. Over a copy: a garbage
        # collection may end a volume here and now, which lets go of values in this very thread.
        for key, (future, _) in list(self._entries.items()):
            if self._bytes + nbytes <= self.capacity:
                break
            if future.done() and key in self._entries:
                self._bytes -= self._entries.pop(key)[1]
