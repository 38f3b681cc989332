"""The rungs of quality: what a view is drawn at while it moves, and when it is still; pure."""

from render.scene import Quality, View
from render.volume.info import VolumeInfo
from render.volume.levels import choose_level, device_bytes

DRAFT_BYTES = 128 * 2**20
"""What a draft may take on the device: 256^3 in one channel, which loads in a fraction of a second anywhere."""

DRAFT_SCALE = 0.5

FINAL_STEP = 0.5
"""Half a voxel: at a whole one steep transfer functions show wood-grain on CT, for 60 % of the time."""


def final_quality(info: VolumeInfo, view: View, budget: int) -> Quality:
    """All that the picture can show within `budget` bytes of device memory."""
    return Quality(choose_level(info, view, budget), step=FINAL_STEP)


def draft_quality(info: VolumeInfo, view: View, budget: int) -> Quality:
    """Half the size and four times the step (a tenth of the time), from a level that is quick to load."""
    smallest = choose_level(info, view, budget)
    coarsest = len(info.levels) - 1
    fitting = [
        level
        for level in range(smallest, coarsest)
        if device_bytes(info.levels[level], len(view.visible_channels)) <= DRAFT_BYTES
    ]
    return Quality(min(fitting, default=coarsest), step=2.0, scale=DRAFT_SCALE)
