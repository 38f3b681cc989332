"""The pictures of docs/rendering.md, one for each way to draw: python gallery.py [FOLDER] [WIDTHxHEIGHT]"""

import sys
from pathlib import Path

from msgspec.structs import replace

import voxelcast
from voxelcast.demo import sample_volumes

BODY = {"azimuth": 200, "elevation": 10, "zoom": 1.2}
BONE = "900:ivory"
VESSELS = "180:#d06050:0.5"

PICTURES = {
    "dvr": BODY,
    "dvr-unshaded": BODY | {"shaded": False},
    "dvr-faint": BODY | {"channels": ["0:opacity=0.2"]},
    "dvr-narrow": BODY | {"channels": ["0:viridis:100-500"]},
    "mip": BODY | {"mode": "mip"},
    "minip": BODY | {"mode": "minip"},
    "mean": BODY | {"mode": "mean"},
    "sum": BODY | {"mode": "sum"},
    "iso": BODY | {"isos": [VESSELS, BONE]},
    "iso-cut": BODY | {"isos": ["150:#d06050"], "clip_planes": [(0, 190, 0, 0, -1, 0)]},
    "slice": {"mode": "slice", "axis": "y"},
    "slice-thick": {"mode": "slice", "axis": "y", "thickness": 30},
    "slice-oblique": {"normal": (1, 1, 0)},
    "planes": BODY | {"elevation": 40, "planes": ["z@650"], "clip_planes": [(0, 0, 650, 0, 0, -1)]},
    "labels": BODY | {"labels": ["organs:0.9"], "channels": ["0:opacity=0.1"]},
    "labels-outline": {"axis": "z", "labels": ["organs:1"], "outline": True},
    "light": BODY | {"lights": [(-1, -1, -1)]},
    "depth-cue": BODY | {"depth_cue": 0.9},
    "lines": BODY | {"bounding_box": True, "axes": True, "scale_bar": True},
}
"""Name of the file -> what is said of the picture."""


def main(folder: Path = Path("pictures"), size: str = "400x300") -> None:
    folder.mkdir(exist_ok=True)
    width, height = map(int, size.split("x"))
    volume = voxelcast.open(sample_volumes()["ct_aorta"])
    for name, wish in PICTURES.items():
        frame = voxelcast.render(volume, size=(width, height), samples=4, **wish)
        frame.save(folder / f"{name}.jpg")

    # What has no word is said by the View: here that only borders between tissues are seen.
    view = voxelcast.render(volume, size=(width, height), **BODY).view
    (channel,) = view.channels
    borders = replace(channel.transfer, gradient_opacity=((0.5, 0.0), (2.0, 1.0)))
    view = replace(view, channels=(replace(channel, transfer=borders),))
    voxelcast.render(volume, view, samples=4).save(folder / "dvr-borders.jpg")
    print(f"{folder}: {len(PICTURES) + 1} pictures of {volume.info.name}")


if __name__ == "__main__":
    main(*(read(text) for read, text in zip((Path, str), sys.argv[1:], strict=False)))
