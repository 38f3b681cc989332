"""The sample volumes that come with Voxelcast; `python -m voxelcast.demo` serves them."""

import sys
from pathlib import Path

SAMPLES = Path(__file__).parent / "samples"


def sample_volumes() -> dict[str, str]:
    """Name -> source of each sample; `samples/README.md` says what they show and whose they are."""
    return {path.stem: str(path) for path in sorted(SAMPLES.glob("*.ozx"))}


if __name__ == "__main__":
    from voxelcast.cli import main

    sys.exit(main(["serve", *sys.argv[1:]]))
