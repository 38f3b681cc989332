"""A turntable made picture by picture: python turntable.py [SOURCE] [OUTPUT.gif]

`voxelcast movie SOURCE -o turn.mp4` does it in one command; this is how to have a say in each picture.
"""

import sys

from PIL import Image

import voxelcast
from voxelcast.demo import sample_volumes

FRAMES = 24


def main(source: str = sample_volumes()["ct_aorta"], output: str = "turntable.gif") -> None:
    volume = voxelcast.open(source)
    pictures = []
    for i in range(FRAMES):
        frame = voxelcast.render(volume, size=(240, 240), azimuth=360 * i / FRAMES, elevation=10)
        pictures.append(Image.fromarray(frame.array).convert("L"))
    pictures[0].save(output, save_all=True, append_images=pictures[1:], duration=80, loop=0)
    print(f"{output}: {len(pictures)} pictures of {volume.info.name}")


if __name__ == "__main__":
    main(*sys.argv[1:])
