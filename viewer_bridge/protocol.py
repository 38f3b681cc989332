"""Every message of the native protocol, once: JSON objects with a "type" both ways, and binary frames to the client.

`docs/protocol.md` says the same for people who write clients; a test holds the two together. What a client steers
carries `input`, a number that it makes grow: frames and views say the newest one that they show.
"""

import struct
from enum import IntEnum
from typing import Annotated, Literal, NamedTuple

import msgspec
from msgspec import UNSET, Meta, UnsetType

from render.errors import BackendError, BadRequest, Busy, DataError, NotFound, RenderError
from render.geometry import Box, Vec3
from render.pick import ChannelValue, LabelId
from render.scene import Annotations, Camera, Channel, Clip, Labels, Light, Mode, Shading, Value, View
from render.volume.info import VolumeInfo

MAX_MESSAGE = 2**20
"""Bytes of one message from a client; a View with four channels of 256 stops each takes a tenth of it."""

MAX_STREAM_SIDE = 4096
"""Pixels of a side of a streamed picture."""

BAD_MESSAGES = 20
"""Messages in a row that make no sense before the server hangs up (WebSocket close code 1008)."""

InputNumber = Annotated[int, Meta(ge=0, le=2**32 - 1)]
Side = Annotated[int, Meta(ge=1, le=MAX_STREAM_SIDE)]
Size = tuple[Side, Side]
Place = Annotated[int, Meta(ge=0, le=MAX_STREAM_SIDE - 1)]
Shift = Annotated[float, Meta(ge=-100, le=100)]
Factor = Annotated[float, Meta(ge=0.001, le=1000)]


class Open(Value, frozen=True, tag="open"):
    """Show a volume. Without `view` the server chooses one; the view's own size gives way to `size`."""

    volume: str
    size: Size
    input: InputNumber = 0
    view: View | None = None


class Change(Value, frozen=True, tag="change"):
    """Change only what is present; `channels` replaces the channels of the same index and leaves the others."""

    input: InputNumber
    mode: Mode | UnsetType = UNSET
    time: int | UnsetType = UNSET
    channels: tuple[Channel, ...] | UnsetType = UNSET
    background: tuple[float, float, float, float] | UnsetType = UNSET
    size: Size | UnsetType = UNSET
    camera: Camera | UnsetType = UNSET
    labels: tuple[Labels, ...] | UnsetType = UNSET
    clip: Clip | UnsetType = UNSET
    lights: tuple[Light, ...] | UnsetType = UNSET
    shading: Shading | UnsetType = UNSET
    annotations: Annotations | UnsetType = UNSET


class SetView(Value, frozen=True, tag="view"):
    """Show exactly this view of the open volume."""

    input: InputNumber
    view: View


class Orbit(Value, frozen=True, tag="orbit"):
    """Turn around the target, half a turn for a drag over the picture's height; x to the right, y down."""

    input: InputNumber
    dx: Shift
    dy: Shift


class Pan(Value, frozen=True, tag="pan"):
    """Move what is at the target's depth by these shares of the picture's height; x to the right, y down."""

    input: InputNumber
    dx: Shift
    dy: Shift


class Zoom(Value, frozen=True, tag="zoom"):
    """Show things `factor` times as large; the point (x, y) stays, in picture heights from the middle, y down."""

    input: InputNumber
    factor: Factor
    x: Shift = 0.0
    y: Shift = 0.0


class Reset(Value, frozen=True, tag="reset"):
    """Back to what the server chose: the camera only, or the whole view but for its size."""

    input: InputNumber
    what: Literal["camera", "view"] = "camera"


class Pick(Value, frozen=True, tag="pick"):
    """What is under this pixel of the latest view? (0, 0) is at the top left; answered with `picked`."""

    x: Place
    y: Place


class Ack(Value, frozen=True, tag="ack"):
    """Frames up to `frame` are on the client's screen or dropped; `decode_ms` is what decoding this one took there."""

    frame: InputNumber
    decode_ms: Annotated[float, Meta(ge=0)]


Input = Change | SetView | Orbit | Pan | Zoom | Reset
ClientMessage = Open | Input | Pick | Ack


class Opened(Value, frozen=True, tag="opened"):
    """The answer to `open`; frames of this volume follow. `box` is the volume's extent in world space, (x, y, z)."""

    input: InputNumber
    view: View
    info: VolumeInfo
    box: Box
    renderer: str


class CurrentView(Value, frozen=True, tag="view"):
    """The view after the client's inputs, sent when it has come to rest."""

    input: InputNumber
    view: View


class Picked(Value, frozen=True, tag="picked"):
    """The answer to `pick`: what the pixel (x, y) showed; `position` is null where that is nothing."""

    x: int
    y: int
    position: Vec3 | None
    distance: float | None
    values: tuple[ChannelValue, ...]
    labels: tuple[LabelId, ...]


class Error(Value, frozen=True, tag="error"):
    """What went wrong, in one line for the user; `input` is the number of the message that it answers, if it had one.

    A refused input changes nothing: the view is as it was before.
    """

    code: str
    message: str
    input: InputNumber | None = None


ServerMessage = Opened | CurrentView | Picked | Error

_CLIENT: msgspec.json.Decoder[ClientMessage] = msgspec.json.Decoder(ClientMessage)

CODES: dict[type[RenderError], str] = {
    BadRequest: "bad_request",
    NotFound: "not_found",
    DataError: "data_error",
    Busy: "busy",
    BackendError: "backend_error",
}
"""`Error.code` for each deliberate error."""


def decode(text: str | bytes) -> ClientMessage:
    """A message from a client. BadRequest says where it is wrong, "Invalid value 'jump' - at `$.type`"."""
    try:
        return _CLIENT.decode(text)
    except msgspec.DecodeError as error:
        raise BadRequest(f"message: {error}") from error


def encode(message: ServerMessage | ClientMessage) -> str:
    """`message` as JSON text."""
    return msgspec.json.encode(message).decode()


def error_message(error: RenderError, number: int | None = None) -> Error:
    """What the client is told of `error`."""
    return Error(CODES[type(error)], str(error), number)


class Codec(IntEnum):
    """What the bytes after the header are."""

    JPEG = 1
    PNG = 2
    WEBP = 3


class Rung(IntEnum):
    """How good a picture is: quick while the view moves, all that can be shown when it is still, then smoother."""

    DRAFT = 0
    FINAL = 1
    REFINED = 2


class FrameHeader(NamedTuple):
    """What precedes the encoded picture in a binary message.

    `width` and `height` are those of the encoded picture, `view_width` and `view_height` those of the view that it
    stands for: a draft is smaller and is scaled up by the client. `frame` numbers grow by one over a connection.
    """

    codec: int
    rung: int
    level: int
    frame: int
    input: int
    width: int
    height: int
    view_width: int
    view_height: int
    render_us: int
    encode_us: int


MAGIC = b"VXCF"
VERSION = 1
HEADER = struct.Struct("<4sBBBBIIHHHHII")
"""magic, version, then the fields of `FrameHeader` in their order; little-endian, 32 bytes."""


def pack_frame(header: FrameHeader, picture: bytes) -> bytes:
    """A whole binary message."""
    return HEADER.pack(MAGIC, VERSION, *header) + picture


def unpack_frame(message: bytes) -> tuple[FrameHeader, bytes]:
    """The header and the picture's bytes. BadRequest where this is no frame of version 1."""
    if len(message) < HEADER.size or message[:5] != MAGIC + bytes([VERSION]):
        raise BadRequest(f"frame: {len(message)} bytes that begin with {message[:5]!r} are no frame of version 1")
    return FrameHeader(*HEADER.unpack_from(message)[2:]), message[HEADER.size :]
