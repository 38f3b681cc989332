"""Catalogue: the volumes that a server serves, by name; opened when first asked for."""

from collections.abc import Callable, Mapping

from render.errors import NotFound
from render.volume.cache import ByteCache
from render.volume.volume import Volume


class Catalogue:
    """Volumes by name; a request reaches a volume by one of these names and never by a path. Thread-safe."""

    def __init__(self, sources: Mapping[str, str], open_volume: Callable[[str, str], Volume]) -> None:
        self._sources = dict(sources)
        self._open = open_volume
        # Handles, not voxels: their count is what bounds them, and it is known.
        self._volumes: ByteCache[Volume] = ByteCache(len(self._sources))

    @property
    def names(self) -> list[str]:
        return list(self._sources)

    def source(self, name: str) -> str:
        """Where the volume comes from: a path or URL that no answer may show. NotFound."""
        if name not in self._sources:
            known = ", ".join(self._sources) or "none"
            raise NotFound(f"no volume {name!r}; there are: {known[:500]}")
        return self._sources[name]

    def volume(self, name: str) -> Volume:
        """The open volume; the first time this reads metadata and blocks. NotFound, DataError."""
        source = self.source(name)
        return self._volumes.get(name, 1, lambda: self._open(source, name))

    def close(self) -> None:
        """Close what was opened."""
        for name in self._sources:
            if name in self._volumes:
                self.volume(name).close()
