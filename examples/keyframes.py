"""A movie from view to view: python keyframes.py [SOURCE] [OUTPUT.mp4]

The camera goes around, comes nearer, and the front is cut away; `--keyframes` of `voxelcast movie`, the page and
`POST /movies` take the same Animation as JSON.
"""

import sys

import voxelcast
from voxelcast.demo import sample_volumes


def main(source: str = sample_volumes()["ct_aorta"], output: str = "keyframes.mp4") -> None:
    volume = voxelcast.open(source)
    x, y, z = volume.info.bounds.lower
    _, back, top = volume.info.bounds.upper
    right = volume.info.bounds.center[0]
    views = [
        voxelcast.render(volume, size=(32, 32), **said).view
        for said in (
            {"azimuth": 0},
            {"azimuth": 150, "elevation": 15},
            {"azimuth": 150, "elevation": 15, "zoom": 1.6, "clip": (x, y, z, right, back, top)},
        )
    ]
    keyframes = [voxelcast.Keyframe(view, 1.2 * (i > 0)) for i, view in enumerate(views)]
    animation = voxelcast.Animation(tuple(keyframes), size=(320, 240), fps=10)
    voxelcast.movie(volume, animation, output)
    print(f"{output}: {animation.frames} pictures of {volume.info.name}")


if __name__ == "__main__":
    main(*sys.argv[1:])
