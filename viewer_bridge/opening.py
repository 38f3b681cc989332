"""Volumes by name, opened on threads of their own, with the view that the server chooses of each."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from render.intent import Intent, resolve
from render.ladder import Budget
from render.scene import View
from render.volume.catalogue import Catalogue
from render.volume.volume import Volume
from viewer_bridge.protocol import Size
from viewer_bridge.session import Scene

OPENERS = 32
"""Volumes that may be opened at once; they wait for stores. Not on the event loop's own threads: those read the page's
files, and a store that does not answer would take the page away from everybody."""


class Opener:
    """Opens volumes of a catalogue for sessions."""

    def __init__(self, volumes: Catalogue, budget: Budget) -> None:
        self._volumes, self._budget = volumes, budget
        self._threads = ThreadPoolExecutor(OPENERS, thread_name_prefix="voxelcast-opener")

    async def open(self, name: str, size: Size) -> tuple[Volume, Scene]:
        """The volume, and the scene whose home shows it well at this size. NotFound, DataError."""
        volume, home = await asyncio.wrap_future(self._threads.submit(self._open, name, size))
        return volume, Scene(volume.info, home, self._budget)

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _open(self, name: str, size: Size) -> tuple[Volume, View]:
        """Reads metadata and perhaps voxels, and blocks."""
        volume = self._volumes.volume(name)
        return volume, resolve(Intent(size=size), volume.info, volume.statistics)
