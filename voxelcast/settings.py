"""Settings: what a user may decide about a server or a renderer, out of arguments, environment and a TOML file.

The first that says something wins: arguments, then VOXELCAST_HOST, _PORT, _RENDERER, _MEMORY, _LEAN, _KERNEL_CACHE,
_TOKEN and _NEUROGLANCER, then the file, then the defaults below. Nothing else in Voxelcast reads the environment.
"""

import ipaddress
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import msgspec

from render.errors import BadRequest, NotFound
from render.ladder import Budget
from render.scene import Value

RendererName = Literal["auto", "compute", "vtk", "null"]

PREFIX = "VOXELCAST_"
IN_ENVIRONMENT = ("host", "port", "renderer", "memory", "lean", "kernel_cache", "token", "neuroglancer")
UNITS = {"": 1, "B": 1, "KIB": 2**10, "MIB": 2**20, "GIB": 2**30, "TIB": 2**40}
LEAST_MEMORY = 64 * 2**20


class Settings(Value, frozen=True):
    """`memory` is in bytes: what voxels may take on the device and in the caches of tiles.

    `lean` packs voxels of 8 and 16 bits into a quarter and half of the memory, which are drawn a third slower.
    `kernel_cache` is the folder in which compiled kernels are kept; empty: Dr.Jit's own, ~/.drjit.
    `sources` are as on the command line; `volumes` (in the file) says NAME = "SOURCE". `token` empty: anyone who
    reaches the server may use it, which is why it then listens on this machine only. `neuroglancer` is the URL of the
    web client that links open. `origins` are those whose pages may stream beside this server's own, http://HOST:PORT.
    """

    sources: tuple[str, ...] = ()
    volumes: dict[str, str] = msgspec.field(default_factory=dict)
    host: str = "127.0.0.1"
    port: int = 8470
    renderer: RendererName = "auto"
    memory: int = 4 * 2**30
    lean: bool = False
    kernel_cache: str = ""
    token: str = ""
    neuroglancer: str = "https://neuroglancer-demo.appspot.com"
    origins: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not 0 <= self.port <= 65535:
            raise BadRequest(f"port {self.port}: must be 0 (any that is free) to 65535")
        if self.memory < LEAST_MEMORY:
            raise BadRequest(f"memory {self.memory} bytes: must be at least {LEAST_MEMORY // 2**20} MiB")
        if not re.fullmatch(r"https?://[^\s#]+", self.neuroglancer):
            raise BadRequest(f"neuroglancer {self.neuroglancer!r}: must be a URL of http or https")
        for origin in self.origins:
            if not re.fullmatch(r"https?://[^\s/]+", origin):
                raise BadRequest(f"origin {origin!r}: must be http://HOST:PORT, with no slash at the end")
        if not self.token and not is_loopback(self.host):
            raise BadRequest(
                f"host {self.host}: other machines reach this address, so a token is needed: "
                "give --token or VOXELCAST_TOKEN, or serve on 127.0.0.1"
            )

    @property
    def device_memory(self) -> int:
        """Bytes of voxels that the renderer may hold."""
        return self.memory * 3 // 4

    @property
    def budget(self) -> Budget:
        """What the renderer may hold, and how."""
        return Budget(self.device_memory, self.lean)

    @property
    def tile_memory(self) -> int:
        """Bytes of decoded bricks that tiles may keep."""
        return self.memory - self.device_memory


def load_settings(
    arguments: Mapping[str, object], environment: Mapping[str, str], config: Path | None = None
) -> Settings:
    """The one frozen Settings; `arguments` has only what was said. BadRequest names what is unknown or wrong."""
    said: dict[str, object] = {} if config is None else _read_file(config)
    said |= _read_environment(environment)
    said |= arguments
    if isinstance(said.get("memory"), str):
        said["memory"] = parse_bytes(str(said["memory"]))
    try:
        return msgspec.convert(said, Settings, strict=False)
    except msgspec.ValidationError as error:
        raise BadRequest(f"settings: {error}") from error


def parse_bytes(text: str) -> int:
    """ "4GiB", "512 MiB", "1.5GiB" or a number of bytes -> bytes."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([KMGT]iB|B|)", text.strip(), re.IGNORECASE)
    if match is None:
        raise BadRequest(f"memory {text!r}: write a number and KiB, MiB, GiB or TiB, such as 4GiB")
    return int(float(match[1]) * UNITS[match[2].upper()])


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches `host`."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _read_environment(environment: Mapping[str, str]) -> dict[str, object]:
    said: dict[str, object] = {}
    for name, value in environment.items():
        if not name.startswith(PREFIX):
            continue
        key = name.removeprefix(PREFIX).lower()
        if key not in IN_ENVIRONMENT:
            known = ", ".join(PREFIX + key.upper() for key in IN_ENVIRONMENT)
            raise BadRequest(f"{name} in the environment is unknown; there are: {known}")
        said[key] = value
    return said


def _read_file(path: Path) -> dict[str, object]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise NotFound(f"{path}: no such file") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadRequest(f"{path}: {error}") from error
