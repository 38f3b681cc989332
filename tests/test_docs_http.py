"""docs/http.md against the code: the routes, the endings, the errors, the limits."""

import re
from pathlib import Path

from render.backends.null import NullRenderer
from render.encode import ENCODERS
from render.engine import Engine
from render.volume.catalogue import Catalogue
from tests.serving import open_volume
from tiles.http import MAX_SIDE
from viewer_bridge.protocol import CODES
from voxelcast.app import MAX_BODY, make_app
from voxelcast.errors import STATUS
from voxelcast.settings import Settings

TEXT = (Path(__file__).parents[1] / "docs" / "http.md").read_text()


def test_every_route_is_documented() -> None:
    with Engine(NullRenderer) as engine:
        app = make_app(Settings(), engine, Catalogue({}, open_volume))
    served = {
        f"{route.method} {route.resource.canonical}"
        for route in app.router.routes()
        if route.method != "HEAD" and route.resource is not None
    }
    documented = set(re.findall(r"^\| `((?:GET|POST|PUT|PATCH|DELETE) [^`]+)`", TEXT, re.MULTILINE))
    assert {route for route in served if not route.startswith("GET /web/")} == documented


def test_every_deliberate_error_is_documented() -> None:
    documented = {(int(status), code) for status, code in re.findall(r"^\| (\d+) \| `(\w+)`", TEXT, re.MULTILINE)}
    deliberate = {(STATUS[kind], code) for kind, code in CODES.items()}
    assert documented == deliberate | {(401, "unauthorized"), (500, "internal_error")}


def test_limits_and_words_are_those_of_the_code() -> None:
    assert f"at most {MAX_SIDE} x {MAX_SIDE} pixels" in TEXT
    assert f"at most {MAX_BODY // 2**20} MiB" in TEXT
    assert ", ".join(f"`{ending}`" for ending in list(ENCODERS)[:-1]) + f" or `{list(ENCODERS)[-1]}`" in TEXT
