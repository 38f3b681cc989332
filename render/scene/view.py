"""View: all that decides the pixels of a picture; Quality: how much work that gets."""

import msgspec

from render.errors import BadRequest
from render.scene.camera import Camera
from render.scene.modes import DVR, Iso, Mode
from render.scene.surroundings import MAX_LABELS, MAX_LIGHTS, Annotations, Clip, Headlight, Labels, Light, Shading
from render.scene.transfer import Channel
from render.scene.value import Value, check_count

MAX_SIDE = 16384
MAX_PIXELS = 2**26
MAX_CHANNELS = 8
MAX_SAMPLES = 256


class View(Value, frozen=True):
    """All that decides the pixels of a picture. Round-trips through JSON; equal views are equal pictures.

    `volume` is a served name; `time` an index; `background` straight RGBA in 0..1; `size` (width, height) in pixels.
    """

    volume: str
    camera: Camera
    channels: tuple[Channel, ...]
    mode: Mode = DVR()
    time: int = 0
    background: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 1.0)
    size: tuple[int, int] = (1024, 1024)
    labels: tuple[Labels, ...] = ()
    clip: Clip = Clip()
    lights: tuple[Light, ...] = (Headlight(),)
    shading: Shading = Shading()
    annotations: Annotations = Annotations()

    def __post_init__(self) -> None:
        check_size(self.size)
        if not all(0 <= x <= 1 for x in self.background):
            raise BadRequest(f"background {self.background}: red, green, blue, alpha must be 0 to 1")
        if self.time < 0:
            raise BadRequest(f"time {self.time}: must be 0 or more")
        _check_once("channels", [channel.index for channel in self.channels])
        _check_once("labels", [labels.name for labels in self.labels])
        check_count("visible channels", self.visible_channels, MAX_CHANNELS)
        check_count("labels", self.labels, MAX_LABELS)
        check_count("lights", self.lights, MAX_LIGHTS)
        if isinstance(self.mode, DVR | Iso):
            shown = [channel.index for channel in self.visible_channels]
            for surface in self.mode.isosurfaces:
                if surface.channel not in shown:
                    raise BadRequest(f"isosurface of channel {surface.channel}: the visible channels are {shown}")

    @property
    def visible_channels(self) -> tuple[Channel, ...]:
        return tuple(channel for channel in self.channels if channel.visible)


class Quality(Value, frozen=True):
    """How much work a picture gets, a rung of the ladder from draft to final.

    `level` is the pyramid level drawn (0 is the finest); `step` the sampling distance in voxels of that level's
    smallest spacing; `scale` the share of the view's width and height that is drawn; `samples` the number of rays a
    pixel, the first through its middle; `depth` whether a map of depths comes with the picture.
    """

    level: int = 0
    step: float = 1.0
    scale: float = 1.0
    samples: int = 1
    depth: bool = False

    def drawn_size(self, size: tuple[int, int]) -> tuple[int, int]:
        """(width, height) in pixels that a view of `size` is drawn at."""
        return (max(1, round(size[0] * self.scale)), max(1, round(size[1] * self.scale)))


def encode_view(view: View) -> bytes:
    """`view` as indented JSON."""
    return msgspec.json.format(msgspec.json.encode(view), indent=2)


def decode_view(text: bytes | str) -> View:
    """A View from JSON. BadRequest says where the text is wrong, such as "Invalid value 'fancy' - at `$.mode.type`"."""
    try:
        return msgspec.json.decode(text, type=View)
    except msgspec.DecodeError as error:
        raise BadRequest(f"view: {error}") from error


def check_size(size: tuple[int, int]) -> None:
    """BadRequest for a picture of no pixels, or of too many."""
    width, height = size
    if not (1 <= width <= MAX_SIDE and 1 <= height <= MAX_SIDE and width * height <= MAX_PIXELS):
        raise BadRequest(f"size {width} x {height}: each side must be 1 to {MAX_SIDE}, all pixels at most {MAX_PIXELS}")


def _check_once(name: str, values: list[int] | list[str]) -> None:
    if len(set(values)) < len(values):
        raise BadRequest(f"{name} {values}: one appears twice")
