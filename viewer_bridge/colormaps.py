"""Colour maps over HTTP: a choice in groups for a picker, and any one by its name, as hex colours at even steps."""

import hashlib
from functools import cache

import msgspec
from aiohttp import web

from render.colormap import color_stops, color_table
from render.errors import BadRequest, NotFound
from render.scene import Value

STEPS = 17
"""Colours of a map in the list: enough for a preview, 7 kB in all."""

FINE_STEPS = 65
"""Colours of a map that is asked for by its name."""

HEADERS = {"Cache-Control": "public, max-age=600"}


class ColorMap(Value, frozen=True):
    """`name` is what a View's `colormap` takes, `label` what people call it; `colors` are #rrggbb at even steps."""

    name: str
    label: str
    colors: tuple[str, ...]


class Group(Value, frozen=True):
    """Maps of one kind, under its title."""

    title: str
    maps: tuple[ColorMap, ...]


class ColorMaps(Value, frozen=True):
    """What a picker offers."""

    groups: tuple[Group, ...]


CHOICE: dict[str, dict[str, str]] = {
    "Single colours": {
        "white": "grey",
        "#ff0000": "red",
        "#00ff00": "green",
        "#4080ff": "blue",
        "#00ffff": "cyan",
        "#ff00ff": "magenta",
        "#ffff00": "yellow",
        "#ff8000": "orange",
    },
    "Perceptually uniform": {
        name: name for name in ("viridis", "cividis", "plasma", "inferno", "magma", "batlow", "mako", "rocket")
    },
    "Microscopy": {
        "GreenFireBlue": "green fire blue",
        "imagej:fire": "fire",
        "hot": "hot",
        "cubehelix": "cube helix",
        "black-red-white": "red to white",
        "black-lime-white": "green to white",
        "black-blue-white": "blue to white",
        "black-magenta-white": "magenta to white",
    },
    "Medical": {
        "bone": "bone",
        "#1a0500-#7a2818-#d08858-#f0deb8-#ffffff": "flesh and bone",
        "#200000-#a01010-#f06030-#ffd8a0-#fff8f0": "vessels",
        "#00104a-#2868b8-#98d0f0-#ffffff": "lung",
        "nipy_spectral": "PET spectral",
        "gist_heat": "PET heat",
    },
    "Diverging": {name: name for name in ("vik", "berlin", "bwr", "icefire", "Spectral", "PiYG")},
    "Many hues": {name: name for name in ("turbo", "jet", "gist_rainbow", "hsv", "twilight")},
}
"""Title of a group -> name in a View -> what people call it."""


def colormap_routes() -> list[web.AbstractRouteDef]:
    """`/colormaps` and `/colormaps/NAME`."""
    return [web.get("/colormaps", _choice), web.get("/colormaps/{name}", _one)]


async def _choice(request: web.Request) -> web.Response:
    return _answer(request, _offered())


async def _one(request: web.Request) -> web.Response:
    """One map, finely; NotFound where the name is neither a colour nor a map."""
    name = request.match_info["name"]
    try:
        found = ColorMap(name, name, hex_colors(name, FINE_STEPS))
    except BadRequest as error:
        raise NotFound(str(error)) from error
    return _answer(request, msgspec.json.encode(found))


@cache
def _offered() -> bytes:
    """The JSON of the whole choice, made once: it is the same as long as the process lives."""
    groups = (
        Group(title, tuple(ColorMap(name, label, hex_colors(name, STEPS)) for name, label in maps.items()))
        for title, maps in CHOICE.items()
    )
    return msgspec.json.encode(ColorMaps(tuple(groups)))


def hex_colors(name: str, steps: int) -> tuple[str, ...]:
    """#rrggbb at even steps: a ramp's own colours, or `steps` of a map. BadRequest where the name is neither."""
    table = (color_table(name, min(steps, len(color_stops(name)))) * 255).round().astype(int)
    return tuple(f"#{red:02x}{green:02x}{blue:02x}" for red, green, blue in table)


def _answer(request: web.Request, body: bytes) -> web.Response:
    tag = hashlib.sha256(body).hexdigest()[:16]
    held = request.if_none_match or ()
    known = any(one.value in (tag, "*") for one in held)
    response = web.Response(status=304, headers=HEADERS) if known else web.Response(body=body, headers=HEADERS)
    response.etag = tag
    if not known:
        response.content_type = "application/json"
    return response
