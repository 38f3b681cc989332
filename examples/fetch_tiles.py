"""A plane of a volume out of XYZ tiles, with nothing but HTTP: python fetch_tiles.py [URL] [NAME] [OUTPUT.png]

Start a server first: voxelcast serve
"""

import io
import sys
from itertools import count
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import urlopen

from PIL import Image

TILE = 256
ZOOM = 0
PLANE = "axis=y&channel=0:white"


def fetch(url: str) -> Image.Image | None:
    """A tile; None where the grid has ended."""
    try:
        with urlopen(url) as answer:
            return Image.open(io.BytesIO(answer.read()))
    except HTTPError as error:
        if error.code == 404:
            return None
        raise


def main(server: str = "http://127.0.0.1:8470", name: str = "ct_aorta", output: str = "plane.png") -> None:
    tiles = f"{server.rstrip('/')}/tiles/{quote(name)}/{ZOOM}"
    found: dict[tuple[int, int], Image.Image] = {}
    for y in count():
        for x in count():
            tile = fetch(f"{tiles}/{x}/{y}.png?{PLANE}")
            if tile is None:
                break
            found[x, y] = tile
        if (0, y) not in found:
            break
    if not found:
        sys.exit(f"{server} has no tiles of {name!r}")
    columns, rows = (1 + max(index) for index in zip(*found, strict=True))
    plane = Image.new("RGBA", (columns * TILE, rows * TILE))
    for (x, y), tile in found.items():
        plane.paste(tile, (x * TILE, y * TILE))
    plane.crop(plane.getbbox()).save(output)
    print(f"{output}: {columns} x {rows} tiles of {name}")


if __name__ == "__main__":
    main(*sys.argv[1:])
