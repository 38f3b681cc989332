"""Trials that were passed before: to see in a child process whether Dr.Jit draws takes every command a second.

A trial counts as long as nothing that it was about has changed: the files of every libLLVM of this system, Dr.Jit,
Python and our own kernels. Only success is remembered.
"""

import glob
import hashlib
import importlib.metadata
import sys
from pathlib import Path

from render.encode import whole_file

LIBRARIES = ("/usr/lib/*/libLLVM*", "/usr/lib64/libLLVM*", "/usr/lib/libLLVM*", "/usr/lib/*/libatomic.so.1")
KERNELS = Path(__file__).parents[1] / "compute"


class Trials:
    """What passed, in the file `trials` of `folder`; `place` is what else decides, such as where a library is."""

    def __init__(self, folder: Path, place: str = "") -> None:
        self._folder, self._place = folder, place

    def passed(self, name: str) -> str | None:
        """What the trial `name` said when it passed here, None where it did not or something has changed since."""
        file = self._file(name)
        return file.read_text() if file.is_file() else None

    def remember(self, name: str, said: str) -> None:
        """It has passed. Where the folder cannot be written it is tried again next time."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with whole_file(self._file(name)) as unfinished:
                unfinished.write_text(said)
        except OSError:
            return

    def _file(self, name: str) -> Path:
        return self._folder / f"trial-{name}-{self._fingerprint()}"

    def _fingerprint(self) -> str:
        files = sorted(path for pattern in LIBRARIES for path in glob.glob(pattern)) + [
            str(path) for path in sorted(KERNELS.glob("*.py"))
        ]
        parts = [sys.version, importlib.metadata.version("drjit"), self._place]
        for file in files:
            status = Path(file).stat()
            parts.append(f"{file} {status.st_size} {status.st_mtime_ns}")
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:24]
