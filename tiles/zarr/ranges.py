"""Parts of a file by the Range header (RFC 9110 14): first bytes, bytes from one on, and the last ones (-N)."""

import re

from aiohttp import web

RANGE = re.compile(r"bytes=\s*(\d{0,19})\s*-\s*(\d{0,19})\s*")


def wanted(request: web.Request, etag: str, size: int) -> range | None:
    """The bytes of a file of `size` ones that a request wants: None for all of it, none where there are no such."""
    if request.method != "GET" or request.headers.get("If-Range", etag) != etag:
        return None
    return byte_range(request.headers.get("Range", ""), size)


def byte_range(header: str, size: int) -> range | None:
    """The bytes that a Range header means of `size` ones: none where it cannot be satisfied.

    None for several ranges and what is no range: "A server MAY ignore the Range header field" (RFC 9110 14.2).
    """
    match = RANGE.fullmatch(header)
    if match is None or not any(match.groups()):
        return None
    first, last = match.groups()
    if not first:
        return range(max(0, size - int(last)), size)
    if last and int(last) < int(first):
        return None
    return range(int(first), min(int(last) + 1, size) if last else size)


def content_range(part: range, size: int) -> dict[str, str]:
    """The header that says which part of a file this is; of one of which there is none, how long the file is."""
    return {"Content-Range": f"bytes {part.start}-{part.stop - 1}/{size}" if part else f"bytes */{size}"}


def none_of(key: str, size: int, headers: dict[str, str]) -> web.Response:
    """The answer to a range in which the file `key` has nothing."""
    problem = {"error": f"{key!r} has {size} bytes, none of them in the range", "code": "range_not_satisfiable"}
    return web.json_response(problem, status=416, headers=headers | content_range(range(0), size))


def part_of(request: web.Request, answer: web.Response) -> web.Response:
    """The part of a whole answer that the request wants."""
    whole = answer.body
    if answer.status != 200 or not isinstance(whole, bytes):
        return answer
    answer.headers["Accept-Ranges"] = "bytes"
    part = wanted(request, answer.headers["ETag"], len(whole))
    if part is None:
        return answer
    headers = {name: answer.headers[name] for name in ("ETag", "Cache-Control", "Accept-Ranges")}
    if not part:
        return none_of(request.path[-100:], len(whole), headers)
    headers |= {"Content-Type": answer.headers["Content-Type"], **content_range(part, len(whole))}
    return web.Response(status=206, body=whole[part.start : part.stop], headers=headers)
