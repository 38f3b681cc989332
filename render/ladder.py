"""The rungs of quality: what a view is drawn at while it moves, and when it is still; pure."""

from dataclasses import dataclass

from render.errors import BadRequest
from render.scene import MAX_SAMPLES, Quality, View
from render.volume.info import VolumeInfo
from render.volume.levels import choose_level, view_bytes

DRAFT_BYTES = 128 * 2**20
"""What a draft may take on the device: 256^3 in one channel, which loads in a fraction of a second anywhere."""

FINAL_STEP = 0.5
"""Half a voxel: at a whole one steep transfer functions show wood-grain on CT, for 60 % of the time."""

FINAL_SAMPLES = 4
"""Rays a pixel of a still that nobody waits for at a screen: edges are smooth, and grain is a third less on CT."""


@dataclass(frozen=True, slots=True)
class Budget:
    """What voxels may take on the device, in bytes, and whether they are packed with least memory there."""

    nbytes: int
    lean: bool = False


def final_quality(info: VolumeInfo, view: View, budget: Budget, samples: int = FINAL_SAMPLES) -> Quality:
    """All that the picture can show within the device's memory, beside the level of its draft.

    `samples` rays a pixel; BadRequest where nobody draws so many. Without room for both levels, one
    would be read anew at every end of a drag: a second each time for 588 MiB.
    """
    level, draft = choose_level(info, view, budget.nbytes, budget.lean), _draft_level(info, view, budget)
    while level < draft and _bytes(info, view, budget, level, draft) > budget.nbytes:
        level += 1
    if not 1 <= samples <= MAX_SAMPLES:
        raise BadRequest(f"samples {samples}: must be 1 to {MAX_SAMPLES}")
    return Quality(level, step=FINAL_STEP, samples=samples)


def draft_quality(info: VolumeInfo, view: View, budget: Budget) -> Quality:
    """From a level that is quick to load."""
    return Quality(_draft_level(info, view, budget))


def has_room(info: VolumeInfo, view: View, budget: Budget) -> bool:
    """Whether the draft of another time fits beside all that is kept of this one."""
    draft, final = _draft_level(info, view, budget), final_quality(info, view, budget).level
    return _bytes(info, view, budget, draft, draft, final) <= budget.nbytes


def _draft_level(info: VolumeInfo, view: View, budget: Budget) -> int:
    """The finest level of those that a final picture may be drawn from which is quick to load, else the coarsest."""
    coarsest = len(info.levels) - 1
    candidates = range(choose_level(info, view, budget.nbytes, budget.lean), coarsest)
    return next((level for level in candidates if view_bytes(info, view, level, budget.lean) <= DRAFT_BYTES), coarsest)


def _bytes(info: VolumeInfo, view: View, budget: Budget, *levels: int) -> int:
    """What levels of what the view shows take together."""
    return sum(view_bytes(info, view, level, budget.lean) for level in levels)
