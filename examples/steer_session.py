"""A script moves the camera that people watch: python steer_session.py [URL] [VOLUME] [STEPS]

Start a server first (voxelcast serve), run this, and open the address that it prints: the page turns by itself, and
whoever opens it may steer in between. Nothing that they do is lost.
"""

import math
import sys
import time

from msgspec.structs import replace

import voxelcast


def turned(view: voxelcast.View, degrees: float) -> voxelcast.View:
    """The view from further around the world's y axis, through the target."""
    camera, angle = view.camera, math.radians(degrees)
    x, y, z = (at - target for at, target in zip(camera.position, camera.target, strict=True))
    around = (x * math.cos(angle) + z * math.sin(angle), y, z * math.cos(angle) - x * math.sin(angle))
    position = tuple(target + offset for target, offset in zip(camera.target, around, strict=True))
    return replace(view, camera=replace(camera, position=position))


def main(url: str = "http://127.0.0.1:8470", volume: str = "ct_aorta", steps: str = "120") -> None:
    session = voxelcast.connect(url).session("turning", volume=volume)
    print(f"watch and steer: {session.url}")
    print(f"watch only, for an hour: {session.invite('viewer', minutes=60)}")
    for _ in range(int(steps)):
        session.update(lambda view: turned(view, 3.0))
        time.sleep(1 / 30)
    state = session.state
    print(f"version {state.version} of the view, seen by {len(state.members)}")


if __name__ == "__main__":
    main(*sys.argv[1:])
