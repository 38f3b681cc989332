"""A renderer in float64 numpy, slow and obvious: what the others are measured against.

Each pixel's ray is walked from where it enters what is drawn to where it leaves it in equal intervals of about a step,
one sample in the middle of each. No skipping, no early end, no tables: colour, opacity and light are evaluated at every
sample. Nothing here is shared with the renderers but the values of a scene and the names of colours.
"""

from tests.reference.field import sample
from tests.reference.rays import box_chords, pixel_rays
from tests.reference.renderer import ReferenceRenderer

__all__ = ["ReferenceRenderer", "box_chords", "pixel_rays", "sample"]
