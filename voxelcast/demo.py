"""The sample volumes that come with Voxelcast; `voxelcast serve` without a source serves them."""

from pathlib import Path

SAMPLES = Path(__file__).parent / "samples"


def sample_volumes() -> dict[str, str]:
    """Name -> source of each sample; `samples/README.md` says what they show and whose they are."""
    return {path.stem: str(path) for path in sorted(SAMPLES.glob("*.ozx"))}
