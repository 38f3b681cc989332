"""A plane of a volume out of XYZ tiles, with nothing but HTTP: python fetch_tiles.py [URL] [NAME] [OUTPUT.png]

Start a server first: voxelcast serve
"""

import io
import json
import sys
from urllib.parse import quote
from urllib.request import urlopen

from PIL import Image

PLANE = "plane=y&channels=0:white"


def main(server: str = "http://127.0.0.1:8470", name: str = "ct_aorta", output: str = "plane.png") -> None:
    with urlopen(f"{server.rstrip('/')}/tiles/{quote(name)}/tilejson.json?{PLANE}") as answer:
        described = json.load(answer)
    (template,), zoom, side = described["tiles"], described["maxzoom"], described["tilesize"]
    plane = Image.new("RGBA", (described["width"], described["height"]))
    for top in range(0, plane.height, side):
        for left in range(0, plane.width, side):
            place = {"z": zoom, "x": left // side, "y": top // side}
            with urlopen(template.format(**place)) as answer:
                plane.paste(Image.open(io.BytesIO(answer.read())), (left, top))
    plane.save(output)
    print(f"{output}: {plane.width} x {plane.height} pixels of {described['pixel']:g} {described['unit']} of {name}")


if __name__ == "__main__":
    main(*sys.argv[1:])
