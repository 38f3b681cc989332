"""The rungs of quality: what a view is drawn at while it moves, and when it is still; pure."""

from render.errors import BadRequest
from render.pace import Pace
from render.scene import MAX_SAMPLES, Quality, View
from render.volume.info import VolumeInfo
from render.volume.levels import choose_level, view_bytes

DRAFT_BYTES = 128 * 2**20
"""What a draft may take on the device: 256^3 in one channel, which loads in a fraction of a second anywhere."""

FINAL_STEP = 0.5
"""Half a voxel: at a whole one steep transfer functions show wood-grain on CT, for 60 % of the time."""

FINAL_SAMPLES = 1
"""Rays a pixel of a still."""


def final_quality(
    info: VolumeInfo, view: View, budget: int, samples: int | None = None, *, lean: bool = False
) -> Quality:
    """All that the picture can show within `budget` bytes of device memory, beside the level of its draft.

    `lean` where voxels are packed with least memory; `samples` rays a pixel where that is said. BadRequest where
    nobody draws so many.
    Without room for both, one would be read anew at every end of a drag: a second each time for 588 MiB.
    """
    level, draft = choose_level(info, view, budget, lean), _draft_level(info, view, budget, lean)
    while level < draft and view_bytes(info, view, level, lean) + view_bytes(info, view, draft, lean) > budget:
        level += 1
    rays = FINAL_SAMPLES if samples is None else samples
    if not 1 <= rays <= MAX_SAMPLES:
        raise BadRequest(f"samples {rays}: must be 1 to {MAX_SAMPLES}")
    return Quality(level, step=FINAL_STEP, samples=rays)


def draft_quality(info: VolumeInfo, view: View, budget: int, *, lean: bool = False) -> Quality:
    """From a level that is quick to load, as coarse as a stream begins: see `render.pace`."""
    return Pace().draft(Quality(_draft_level(info, view, budget, lean)))


def has_room(info: VolumeInfo, view: View, budget: int, *, lean: bool = False) -> bool:
    """Whether the draft of another time fits beside all that is kept of this one."""
    draft = view_bytes(info, view, _draft_level(info, view, budget, lean), lean)
    final = view_bytes(info, view, final_quality(info, view, budget, lean=lean).level, lean)
    return 2 * draft + final <= budget


def _draft_level(info: VolumeInfo, view: View, budget: int, lean: bool) -> int:
    """The finest level of those that a final picture may be drawn from which is quick to load, else the coarsest."""
    coarsest = len(info.levels) - 1
    candidates = range(choose_level(info, view, budget, lean), coarsest)
    return next((level for level in candidates if view_bytes(info, view, level, lean) <= DRAFT_BYTES), coarsest)
