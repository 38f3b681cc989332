"""What a user says of a picture, as values; every default gives a good picture."""

from typing import Literal

from render.geometry import Vec3
from render.scene import Axis, Projection, Value, check_share, check_size

ModeName = Literal["auto", "dvr", "mip", "minip", "mean", "sum", "iso", "slice"]

Six = tuple[float, float, float, float, float, float]

LightIntent = Literal["headlight"] | Vec3
"""A light at the eye, or the world direction in which a light shines."""


class Quantile(Value, frozen=True):
    """The value below which `share` (0 to 1) of the volume's voxels are."""

    share: float

    def __post_init__(self) -> None:
        check_share("quantile", self.share)


End = float | Quantile
"""An end of a window."""


class ChannelIntent(Value, frozen=True):
    """A channel to show; None means what the metadata or the data say. `opacity` is the top of its curve."""

    index: int
    color: str | None = None
    window: tuple[End, End] | None = None
    gamma: float = 1.0
    opacity: float = 1.0
    inverted: bool = False


class IsoIntent(Value, frozen=True):
    """An isosurface; no colour means the channel's at that value, no channel the first that is shown."""

    value: float
    color: str | None = None
    opacity: float = 1.0
    channel: int | None = None


class PlaneIntent(Value, frozen=True):
    """A plane inside the volume, across `axis` at a world position."""

    axis: Axis
    position: float


class LabelsIntent(Value, frozen=True):
    """A label image to show."""

    name: str
    opacity: float = 0.5


class Intent(Value, frozen=True):
    """What a user says of a picture.

    `mode` "auto" is a slice where a plane is said, isosurfaces where one is, a slice across its thin axis for an image
    of one plane, and DVR for everything else. `azimuth` turns the camera around the volume's up axis, to the right;
    `elevation` raises it; degrees. `zoom` 2 shows things twice as large. `channels` empty: those that the metadata call
    active.
    A slice cuts `axis` (z) at `position`, or goes through `point` across `normal`, in world units; None: the middle.
    The camera faces it. `isos` and `planes` lie inside the volume in modes dvr and iso; iso without a value finds one
    for each channel. `ids` and `outline` are of all `labels`. `clip` is a box, x y z of its lower and of its upper
    corner; a clip plane is a point and the direction that is kept. `lights` empty: one at the eye.
    """

    mode: ModeName = "auto"
    size: tuple[int, int] = (1024, 1024)
    azimuth: float = 30.0
    elevation: float = 20.0
    zoom: float = 1.0
    orthographic: bool = False
    channels: tuple[ChannelIntent, ...] = ()
    time: int = 0
    axis: Axis | None = None
    position: float | None = None
    normal: Vec3 | None = None
    point: Vec3 | None = None
    thickness: float = 0.0
    projection: Projection = "mip"
    isos: tuple[IsoIntent, ...] = ()
    planes: tuple[PlaneIntent, ...] = ()
    labels: tuple[LabelsIntent, ...] = ()
    ids: tuple[int, ...] = ()
    outline: bool = False
    clip: Six | None = None
    clip_planes: tuple[Six, ...] = ()
    shaded: bool = True
    lights: tuple[LightIntent, ...] = ()
    depth_cue: float = 0.0
    bounding_box: bool = False
    axes: bool = False
    scale_bar: bool = False
    background: str = "black"

    def __post_init__(self) -> None:
        check_size(self.size)


ONE_OF = {"channels": "channel", "isos": "iso", "planes": "plane", "clip_planes": "clip_plane", "lights": "light"}
"""What one of a list is called where it is said one by one: in a query, on the command line, in an error."""
