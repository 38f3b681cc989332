"""A section's patch as a picture."""

import numpy as np

from render.encode import Pixels
from render.volume.volume import Volume
from tiles.drawing.bricks import Bricks
from tiles.drawing.compose import compose
from tiles.drawing.overlay import overlay
from tiles.drawing.plane import bands, read_patch
from tiles.pyramid import Patch
from tiles.section import Section
from tiles.work import Job


def draw(volume: Volume, section: Section, patch: Patch, bricks: Bricks, job: Job) -> Pixels:
    """(height, width, 4) uint8, opaque in the volume and clear outside.

    BadRequest, NotFound, DataError, CancelledError.

    Patches of one section and pixel size fit together: a pixel does not depend on the patch that it is drawn in.
    """
    strips = bands(volume.info, section, patch)
    if len(strips) == 1:
        return _strip(volume, section, patch, bricks, job)
    whole = np.empty((patch.height, patch.width, 4), np.uint8)
    first = 0
    for strip in strips:
        job.check()
        whole[first : first + strip.height] = _strip(volume, section, strip, bricks, job)
        first += strip.height
    return whole


def _strip(volume: Volume, section: Section, patch: Patch, bricks: Bricks, job: Job) -> Pixels:
    values, inside = read_patch(volume, section, patch, bricks, job)
    pixels = compose(values, tuple(channel.transfer for channel in section.channels))
    overlay(pixels, volume, section, patch, bricks, job)
    if inside is not None:
        pixels[~inside] = 0
    return pixels
