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
    if not 1 <= samples <= MAX_SAMPLES:
        raise BadRequest(f"samples {samples}: must be 1 to {MAX_SAMPLES}")
    _, level = _levels(info, view, budget)
    return Quality(level, step=FINAL_STEP, samples=samples)


def draft_and_final(info: VolumeInfo, view: View, budget: Budget) -> tuple[Quality, Quality]:
    """The quality of a draft, from a level that is quick to load, and the final one with one ray a pixel.

    Streams ask at every input, and so for both at once. BadRequest where not even the coarsest level fits.
    """
    draft, final = _levels(info, view, budget)
    return Quality(draft), Quality(final, step=FINAL_STEP)


def has_room(info: VolumeInfo, view: View, budget: Budget) -> bool:
    """Whether the draft of another time fits beside all that is kept of this one."""
    draft, final = _levels(info, view, budget)
    return _bytes(info, view, budget, draft, draft, final) <= budget.nbytes


def _levels(info: VolumeInfo, view: View, budget: Budget) -> tuple[int, int]:
    """The level of a draft and that of a final picture.

    A draft's is the finest of those that a final picture may be drawn from which is quick to load, else the coarsest.
    """
    coarsest = len(info.levels) - 1
    final = choose_level(info, view, budget.nbytes, budget.lean)
    candidates = range(final, coarsest)
    draft = next((level for level in candidates if view_bytes(info, view, level, budget.lean) <= DRAFT_BYTES), coarsest)
    while final < draft and _bytes(info, view, budget, final, draft) > budget.nbytes:
        final += 1
    return draft, final


def _bytes(info: VolumeInfo, view: View, budget: Budget, *levels: int) -> int:
    """What levels of what the view shows take together."""
    return sum(view_bytes(info, view, level, budget.lean) for level in levels)
