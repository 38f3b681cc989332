"""The deliberate errors of Voxelcast; everything else that escapes is a fault in the program.

RenderError
├── BadRequest      what was asked for makes no sense (HTTP 400)
├── Forbidden       it may be asked for, but not by this client (403)
├── NotFound        there is no such volume, level, channel, tile, session (404)
├── Conflict        somebody else changed it meanwhile (412)
├── DataError       a store or file cannot be read as it claims (502)
├── Busy            a queue is full, ask again (503)
└── BackendError    no renderer can draw here (503)

Messages carry the numbers and are one line, fit to be shown to a user.
"""


class RenderError(Exception):
    """The base of every deliberate error."""


class BadRequest(RenderError):
    """What was asked for makes no sense."""


class Forbidden(RenderError):
    """It may be asked for, but not by this client."""


class NotFound(RenderError):
    """There is no such volume, level, channel, time, tile or session."""


class Conflict(RenderError):
    """It was changed by somebody else since it was read."""


class DataError(RenderError):
    """A store or file cannot be read, or does not hold what it claims."""


class Busy(RenderError):
    """A bounded queue is full; the same request may succeed later."""


class BackendError(RenderError):
    """A renderer or encoder is missing on this machine, or failed."""
