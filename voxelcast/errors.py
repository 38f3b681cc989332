"""The one table from deliberate errors to HTTP, and back."""

from render.errors import BackendError, BadRequest, Busy, Conflict, DataError, Forbidden, NotFound, RenderError
from viewer_bridge.protocol import CODES

STATUS: dict[type[RenderError], int] = {
    BadRequest: 400,
    Forbidden: 403,
    NotFound: 404,
    Conflict: 412,
    DataError: 502,
    Busy: 503,
    BackendError: 503,
}

KINDS: dict[str, type[RenderError]] = {code: kind for kind, code in CODES.items()}
"""The `code` in an answer's JSON -> error, for clients."""
