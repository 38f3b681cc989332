"""A picture of every volume in a folder: python render_folder.py [FOLDER] [OUTPUT_FOLDER]"""

import sys
from pathlib import Path

import voxelcast
from voxelcast.demo import SAMPLES


def main(folder: Path = SAMPLES, output: Path = Path("pictures")) -> None:
    output.mkdir(exist_ok=True)
    for source in sorted([*folder.glob("*.zarr"), *folder.glob("*.ozx")]):
        volume = voxelcast.open(str(source))
        frame = voxelcast.render(volume, size=(640, 480), azimuth=40, background="#101418")
        frame.save(output / f"{volume.info.name}.png")
        print(f"{volume.info.name}: level {frame.quality.level}, drawn in {1000 * frame.timings.render:.0f} ms")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
