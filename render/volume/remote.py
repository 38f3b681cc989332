"""Zarr stores over http(s) and s3, and what can go wrong with them; fsspec and its clients are imported only here.

A zip (.ozx) is read in place through ranges. S3 requests are signed where the machine has credentials (botocore's own
search: environment, profile, role) and anonymous where it has none, so that public buckets open without any set-up.
fsspec shares one connection pool for each kind of store in the process: closing a volume leaves it open for others.
"""

import re
from typing import Any

from zarr.abc.store import Store

REMOTE = ("http", "https", "s3")
ZIPS = (".ozx", ".zip")
MISSING_STATUS = (403, 404, 410)
"""A bucket that may be read and not listed says 403 of what it has not."""

MISSING = (FileNotFoundError, IsADirectoryError, NotADirectoryError, KeyError)
"""What fsspec says of an entry that a zip does not have: KeyError until fsspec 2026.7."""


def is_remote(source: str) -> bool:
    """Whether `source` is a URL that can be opened."""
    return source.partition("://")[0].lower() in REMOTE


def open_remote(url: str) -> tuple[Store, str, tuple[type[Exception], ...]]:
    """The store at `url`, the path in it where `url` goes on into a zip, and the exceptions of its client library.

    Nothing is asked of the network yet.
    """
    from zarr.storage import FsspecStore

    scheme = url.partition("://")[0].lower()
    options: dict[str, Any] = {"anon": not _has_credentials()} if scheme == "s3" else {}
    errors = _s3_errors() if scheme == "s3" else _http_errors()
    zipped = re.match(rf"(.*?(?:{'|'.join(map(re.escape, ZIPS))}))(?:/(.*))?$", url)
    if zipped:
        archive = FsspecStore.from_url(
            f"zip::{zipped[1]}", {scheme: options}, read_only=True, allowed_exceptions=MISSING
        )
        return archive, zipped[2] or "", errors
    return FsspecStore.from_url(url.rstrip("/"), options, read_only=True), "", errors


def is_missing(error: Exception) -> bool:
    """Whether an error of fsspec says that there is no such file, and not that nobody knows.

    Over http every failure is a FileNotFoundError, which says what it comes from; of a zip 2026.7 says KeyError.
    """
    from aiohttp import ClientResponseError

    if isinstance(error, PermissionError):
        return True
    if not isinstance(error, MISSING):
        return False
    cause = error.__cause__
    return not isinstance(cause, Exception) or (
        isinstance(cause, ClientResponseError) and cause.status in MISSING_STATUS
    )


def _has_credentials() -> bool:
    import botocore.session

    return botocore.session.Session().get_credentials() is not None


def _s3_errors() -> tuple[type[Exception], ...]:
    from botocore.exceptions import BotoCoreError, ClientError

    return (BotoCoreError, ClientError, *_http_errors())


def _http_errors() -> tuple[type[Exception], ...]:
    from aiohttp import ClientError

    return (ClientError,)
