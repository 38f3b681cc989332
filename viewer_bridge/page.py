"""The viewer page: static ES modules that need nothing from elsewhere."""

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
    """`/` and `/web/FILE`, one route for each file that is there now."""
    files = sorted(path for path in WEB.iterdir() if path.is_file())
    return [_file_route("/", WEB / "index.html"), *(_file_route(f"/web/{path.name}", path) for path in files)]


def _file_route(url: str, path: Path) -> web.RouteDef:
    async def serve(_request: web.Request) -> web.FileResponse:
        answer = web.FileResponse(path, headers=HEADERS)
        # To a third, where the client takes it: a page is looked at over slow links.
        answer.enable_compression()
        return answer

    return web.get(url, serve)
