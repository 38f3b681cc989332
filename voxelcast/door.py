"""Requests to a server, and its errors as ours; blocking."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from render.errors import BackendError, RenderError
from voxelcast.errors import KINDS

TIMEOUT = 300.0
"""Seconds; a first picture of a large volume on a slow store takes minutes."""


@dataclass(frozen=True, slots=True)
class Door:
    """Where a server at `url`, without a slash at the end, is asked."""

    url: str
    token: str = field(default="", repr=False)

    def ask(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> tuple[bytes, dict[str, str]]:
        """The answer's body and headers, whose names are in lower case; raises what the server raised."""
        said = dict(headers or {})
        if self.token:
            said["Authorization"] = f"Bearer {self.token}"
        try:
            with urlopen(Request(self.url + path, body, said, method=method), timeout=TIMEOUT) as answer:
                return answer.read(), {name.lower(): value for name, value in answer.headers.items()}
        except HTTPError as error:
            raise _told(error) from error
        except (URLError, OSError) as error:
            reason = error.reason if isinstance(error, URLError) else error
            raise BackendError(f"{self.url} does not answer: {reason}") from error


def _told(error: HTTPError) -> RenderError:
    """The error that the server raised; RenderError itself for one that only a server has (401, 500)."""
    text = error.read()
    try:
        told = cast(dict[str, str], json.loads(text))
        return KINDS.get(told["code"], RenderError)(told["error"])
    except (ValueError, KeyError, TypeError):
        return RenderError(f"{error.url} answers {error.code} {error.reason}, and is not a Voxelcast server")
