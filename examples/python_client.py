"""Pictures from a server: python python_client.py [URL] [NAME] [OUTPUT.png]

Start a server first: voxelcast serve
"""

import sys

import voxelcast


def main(url: str = "http://127.0.0.1:8470", name: str = "mitosis", output: str = "mitosis.png") -> None:
    server = voxelcast.connect(url)
    print(f"{url} serves {', '.join(server.volumes())}")
    info = server.info(name)
    print(f"{name}: {len(info.channels)} channels at {info.times} times, {info.levels[0].shape} voxels (z, y, x)")

    frame = server.render(name, mode="mip", size=(640, 480), time=info.times - 1, background="#101418")
    frame.save(output)
    print(f"{output}: drawn by {frame.renderer} in {1000 * frame.timings.render:.0f} ms")


if __name__ == "__main__":
    main(*sys.argv[1:])
