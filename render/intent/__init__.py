"""From what a user says of a picture (a mode, an angle, a channel in green) to the View that shows it; pure.

The command line, the HTTP query and the Python interface all end in an `Intent`; `resolve` turns it into a View with
what only the volume knows: the window of each channel, the camera that has the whole volume in frame.
"""

from render.intent.appearance import make_visible
from render.intent.cameras import MARGIN, face_plane, orbit, stand
from render.intent.check import check_view
from render.intent.resolve import PLANE, make_labels, resolve
from render.intent.words import (
    ONE_OF,
    ChannelIntent,
    End,
    Intent,
    IsoIntent,
    LabelsIntent,
    LightIntent,
    ModeName,
    PlaneIntent,
    Quantile,
    Six,
)

__all__ = [
    "MARGIN",
    "ONE_OF",
    "PLANE",
    "ChannelIntent",
    "End",
    "Intent",
    "IsoIntent",
    "LabelsIntent",
    "LightIntent",
    "ModeName",
    "PlaneIntent",
    "Quantile",
    "Six",
    "check_view",
    "face_plane",
    "make_labels",
    "make_visible",
    "orbit",
    "resolve",
    "stand",
]
