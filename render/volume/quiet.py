"""zarr's warnings about other people's files, kept from those who cannot mend them."""

import threading
import warnings
from contextlib import ExitStack

from zarr.errors import ZarrFutureWarning, ZarrUserWarning


class _Quiet:
    """While inside, zarr's warnings about other people's files are not shown; several threads may be inside at once.

    Filters are the process's, so the first to come in sets them and the last to leave restores them.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self._filters = ExitStack()

    def __enter__(self) -> None:
        with self._lock:
            if self._inside == 0:
                self._filters.enter_context(warnings.catch_warnings())
                warnings.simplefilter("ignore", ZarrUserWarning)
                warnings.simplefilter("ignore", ZarrFutureWarning)
            self._inside += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._inside -= 1
            if self._inside == 0:
                self._filters.close()


quiet = _Quiet()
