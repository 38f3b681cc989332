"""What holds for every request: CORS, one form of error, the token, counting."""

import hmac
import logging
import re
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from render.errors import Forbidden, RenderError
from tiles.serving import TOKEN
from viewer_bridge.protocol import CODES
from viewer_bridge.tickets import COOKIE as TICKET_COOKIE
from viewer_bridge.tickets import GUEST, TICKET, Tickets
from voxelcast.errors import STATUS

log = logging.getLogger("voxelcast")

COOKIE = "voxelcast_token"
OPEN_PATHS = ("/healthz",)
"""What a load balancer may ask without a token."""

PAGE = re.compile("/|/volumes/.+/tiles")
"""What people open in a browser, and what then asks for more by itself."""

GUEST_PATHS = re.compile("/|/web/.+|/stream|/colormaps(/.+)?")
"""What every page needs."""

OWN_PATHS = re.compile("/(sessions|movies)(/.*)?")
"""What changes things for other people: pages of other sites may not, though their visitors' browsers reach it."""


def error_response(status: int, code: str, message: str) -> web.Response:
    return web.json_response({"error": message, "code": code}, status=status)


@web.middleware
async def errors_as_json(request: web.Request, handler: Handler) -> web.StreamResponse:
    """One table from error to status; what is not deliberate is logged and told without details."""
    try:
        return await handler(request)
    except RenderError as error:
        status = STATUS[type(error)]
        response = error_response(status, CODES[type(error)], str(error))
        if status == 503:
            response.headers["Retry-After"] = "1"
        return response
    except web.HTTPException as error:
        if error.status < 400:
            raise
        message = f"{request.method} {request.path}: {error.status} {error.reason}"
        response = error_response(error.status, error.reason.lower().replace(" ", "_"), message)
        if "Allow" in error.headers:
            response.headers["Allow"] = error.headers["Allow"]
        return response
    except Exception as error:
        if isinstance(error, ConnectionResetError) and (request.transport is None or request.transport.is_closing()):
            # Whoever asked hung up while being answered: nobody's fault, and nobody reads this.
            return error_response(499, "hung_up", "the client hung up")
        # The outermost rim: a fault of ours must not end the connection or show its insides.
        log.exception("%s %s failed", request.method, request.path)
        return error_response(500, "internal_error", "the server failed; its log says why")


@web.middleware
async def any_origin(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Pages of any origin may read every answer, errors included, and are told so before they ask."""
    if request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers:
        return web.Response(
            status=204,
            headers={
                "Access-Control-Allow-Origin": "*",
                "Access-Control-Allow-Methods": "GET, HEAD, POST",
                "Access-Control-Allow-Headers": "Authorization, Content-Type, If-Match, If-None-Match, If-Range, Range",
                "Access-Control-Max-Age": "86400",
            },
        )
    response = await handler(request)
    if not response.prepared:
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Access-Control-Expose-Headers"] = "*"
    return response


def own_pages(origins: Sequence[str]) -> Middleware:
    """Pages of other sites than this and `origins` may look at sessions and movies, and change none."""

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        origin = request.headers.get("Origin")
        own = origin is None or urlsplit(origin).netloc == request.host or origin in origins
        if not own and request.method not in ("GET", "HEAD", "OPTIONS") and OWN_PATHS.fullmatch(request.path):
            raise Forbidden(f"a page of {origin[:200] if origin else origin} may not: let it in by serve --origin")
        return await handler(request)

    return check


def count_requests(observe: Callable[[str, int], None]) -> Middleware:
    """Tells `observe` the route and the status of each answer; 499 where the client hung up before."""

    @web.middleware
    async def count(request: web.Request, handler: Handler) -> web.StreamResponse:
        resource = request.match_info.route.resource
        route = "none" if resource is None else resource.canonical
        status = 499
        try:
            response = await handler(request)
            status = response.status
        except web.HTTPException as error:
            status = error.status
            raise
        else:
            return response
        finally:
            observe(route, status)

    return count


def read_ticket(tickets: Tickets) -> Middleware:
    """Notes the ticket that a request came with, in its URL or in the cookie that a page got which was opened with one.

    One in the URL that is no good is refused; one in the cookie may be of a server that is no more.
    """

    @web.middleware
    async def read(request: web.Request, handler: Handler) -> web.StreamResponse:
        said = request.query.get("ticket")
        if said is not None:
            ticket = tickets.read(said)
            if PAGE.fullmatch(request.path):
                return _page_with_cookie(request, "ticket", TICKET_COOKIE)
            request = request.clone(rel_url=request.rel_url.without_query_params("ticket"))
            request[TICKET] = ticket
        elif TICKET_COOKIE in request.cookies:
            with suppress(Forbidden):
                request[TICKET] = tickets.read(request.cookies[TICKET_COOKIE])
        return await handler(request)

    return read


def require_token(token: str, volume_of: Callable[[str], str]) -> Middleware:
    """Only those who know `token` get on: by `Authorization: Bearer`, by the cookie, or by ?token= in the URL.

    A page that is opened with ?token= gets the cookie and its URL without the token, so that the URL can be shared.
    Who has a ticket is a guest: the page, the stream, and the volume that the ticket's session shows by `volume_of`.
    """

    def knows(said: str) -> bool:
        # aiohttp lets bytes that are no UTF-8 through as surrogates.
        return hmac.compare_digest(said.encode(errors="surrogateescape"), token.encode(errors="surrogateescape"))

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        in_url = request.query.get("token", "")
        bearer = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if request.path in OPEN_PATHS:
            return await handler(request)
        if not any(knows(said) for said in (in_url, bearer, request.cookies.get(COOKIE, ""))):
            if TICKET in request:
                return await _as_guest(request, handler, volume_of)
            response = error_response(401, "unauthorized", "this server wants its token: Authorization: Bearer TOKEN")
            response.headers["WWW-Authenticate"] = "Bearer"
            return response
        if not in_url:
            return await handler(request)
        return await _without_token(request, handler)

    return check


async def _without_token(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    clean = request.rel_url.without_query_params("token")
    if not PAGE.fullmatch(request.path):
        asked = request.clone(rel_url=clean)
        asked[TOKEN] = request.query["token"]
        return await handler(asked)
    return _page_with_cookie(request, "token", COOKIE)


def _page_with_cookie(request: web.Request, parameter: str, cookie: str) -> web.Response:
    """The page again, with the parameter's value in a cookie instead of its URL."""
    response = web.Response(status=303, headers={"Location": str(request.rel_url.without_query_params(parameter))})
    # Lax: a link in a mail or a chat comes from another site, and the page that it leads to needs the cookie at once.
    response.set_cookie(cookie, request.query[parameter], httponly=True, samesite="Lax", secure=request.secure)
    return response


async def _as_guest(request: web.Request, handler: Handler, volume_of: Callable[[str], str]) -> web.StreamResponse:
    """What a ticket opens: nothing of volumes but the one that its session shows. NotFound where that is over."""
    request[GUEST] = True
    if GUEST_PATHS.fullmatch(request.path):
        return await handler(request)
    volume = volume_of(request[TICKET].session)
    if request.path == "/volumes":
        return web.json_response({"volumes": [volume]})
    # By the route's own reading of the name: names may have slashes, and one may begin like another.
    if not (request.path.startswith("/volumes/") and request.match_info.get("name") == volume):
        raise Forbidden("your ticket is for one session and what it shows: this needs the server's token")
    return await handler(request)
