"""Where a label image lies beside the image that it belongs to, in the image's unit; pure."""

from dataclasses import replace

from render.geometry import Spacing3
from render.volume.axes import METRES
from render.volume.info import Level, VolumeInfo
from render.volume.ome import Multiscale


def placed_labels(labels: VolumeInfo, multiscale: Multiscale, image: VolumeInfo) -> tuple[Level, ...]:
    """The levels of `labels` in the unit of `image`.

    Labels that say nothing of their scale, as many of older versions, cover the image: a level with the shape of one
    of the image's lies as that one does, another is stretched over the image's box.
    """
    steps = [*multiscale.steps, *(step for dataset in multiscale.datasets for step in dataset.steps)]
    if not any(step.kind == "scale" for step in steps):
        return tuple(_covering(level, image) for level in labels.levels)
    if not (labels.unit in METRES and image.unit in METRES) or labels.unit == image.unit:
        return labels.levels
    factor = METRES[labels.unit] / METRES[image.unit]
    return tuple(
        replace(level, spacing=_times(level.spacing, factor), origin=_times(level.origin, factor))
        for level in labels.levels
    )


def _covering(level: Level, image: VolumeInfo) -> Level:
    for other in image.levels:
        if other.shape == level.shape:
            return replace(level, spacing=other.spacing, origin=other.origin)
    finest = image.levels[0]
    z, y, x = (s * n / m for s, n, m in zip(finest.spacing, finest.shape, level.shape, strict=True))
    first = [o + (coarse - fine) / 2 for o, coarse, fine in zip(finest.origin, (z, y, x), finest.spacing, strict=True)]
    return replace(level, spacing=(z, y, x), origin=(first[0], first[1], first[2]))


def _times(numbers: Spacing3, factor: float) -> Spacing3:
    return (numbers[0] * factor, numbers[1] * factor, numbers[2] * factor)
