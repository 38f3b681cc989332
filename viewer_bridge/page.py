"""The viewer page: static ES modules that need nothing from elsewhere."""

from hashlib import sha256
from mimetypes import guess_type
from pathlib import Path

from aiohttp import web

WEB = Path(__file__).parent / "web"

HEADERS = {
    # The browser asks each time and gets 304: after an update no page mixes old modules with new ones.
    "Cache-Control": "no-cache",
    # Not every browser counts a WebSocket to the page's own host as 'self'.
    "Content-Security-Policy": "default-src 'self'; connect-src 'self' ws: wss:; img-src 'self' blob:",
    "X-Content-Type-Options": "nosniff",
    "Vary": "Accept-Encoding",
}


def page_routes() -> list[web.AbstractRouteDef]:
    """`/` and `/web/FILE`, one route for each file, as the files are now."""
    files = sorted(path for path in WEB.iterdir() if path.is_file())
    return [_file_route("/", WEB / "index.html"), *(_file_route(f"/web/{path.name}", path) for path in files)]


def _file_route(url: str, path: Path) -> web.RouteDef:
    body = path.read_bytes()
    tag = sha256(body).hexdigest()[:32]
    content_type = guess_type(path.name)[0] or "application/octet-stream"

    async def serve(request: web.Request) -> web.Response:
        if any(known.value == tag for known in request.if_none_match or ()):
            answer = web.Response(status=304, headers=HEADERS)
        else:
            answer = web.Response(body=body, content_type=content_type, headers=HEADERS)
            # To a third: pages are looked at over slow links.
            answer.enable_compression()
        answer.etag = tag
        return answer

    return web.get(url, serve)
