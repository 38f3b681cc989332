"""A page for every volume: its planes in OpenSeadragon, and the addresses of the same for other programs.

Static ES modules and a copy of OpenSeadragon: nothing comes from elsewhere.
"""

import html
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from tiles.serving import Serving

WEB = Path(__file__).parent / "web"

HEADERS = {
    # The browser asks each time and gets 304: after an update no page mixes old modules with new ones.
    "Cache-Control": "no-cache",
    # OpenSeadragon writes styles into the elements that it makes.
    "Content-Security-Policy": "default-src 'self'; img-src 'self' blob: data:; style-src 'self' 'unsafe-inline'",
    "X-Content-Type-Options": "nosniff",
}


@dataclass(frozen=True, slots=True)
class TilePage:
    """The routes of the page and of its files, one for each that is there now."""

    serving: Serving

    def routes(self) -> list[web.AbstractRouteDef]:
        files = sorted(path for path in WEB.rglob("*") if path.is_file() and path.name != "index.html")
        return [
            web.get("/volumes/{name:.+}/tiles", self.page),
            *(_file_route(f"/web/tiles/{path.relative_to(WEB).as_posix()}", path) for path in files),
        ]

    async def page(self, request: web.Request) -> web.Response:
        """The page of a volume; NotFound where there is none."""
        name = request.match_info["name"]
        self.serving.volumes.source(name)
        # Relative, so that the page works below any path that a proxy serves it under.
        root = "../" * (request.rel_url.raw_path.count("/") - 1)
        text = (WEB / "index.html").read_text(encoding="utf-8")
        text = text.replace("{root}", root).replace("{volume}", html.escape(name))
        return web.Response(text=text, content_type="text/html", headers=HEADERS)


def _file_route(url: str, path: Path) -> web.RouteDef:
    async def serve(_request: web.Request) -> web.FileResponse:
        return web.FileResponse(path, headers=HEADERS)

    return web.get(url, serve)
