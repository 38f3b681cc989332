"""Every message of the native protocol, once: JSON objects with a "type". Frames are in `viewer_bridge.frames`.

`docs/protocol.md` says the same for people who write clients; a test holds the two together. What a client steers
carries `input`, a number that it makes grow: frames and views say the newest one that they show.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from render.errors import BackendError, BadRequest, Busy, Conflict, DataError, Forbidden, NotFound, RenderError
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
Version = Annotated[int, Meta(ge=0, le=2**32 - 1)]
SessionName = Annotated[str, Meta(pattern="^[A-Za-z0-9._~-]{0,64}$")]
PersonName = Annotated[str, Meta(max_length=40)]
CodecName = Literal["jpeg", "webp", "h264"]
Role = Literal["pilot", "viewer"]


class Open(Value, frozen=True, tag="open"):
    """Show a volume, or what a session shows.

    A `session` of this name that is there already is joined, and shown as it is; `volume` and `view` then may be left
    out, and another volume than the session's moves the whole session to it. Else one begins: with this name, or a
    name that the server makes, and with `view` or one that the server chooses. The view's own size gives way to
    `size`. `role` is asked for; a `ticket` says which is had. `name` is for the other members to read.
    """

    size: Size
    volume: str = ""
    input: InputNumber = 0
    view: View | None = None
    session: SessionName = ""
    role: Role = "pilot"
    ticket: str = ""
    name: PersonName = ""
    codecs: tuple[CodecName, ...] = ("jpeg",)
    lossless: bool = False


class Change(Value, frozen=True, tag="change"):
    """Change only what is present; `channels` replaces the channels of the same index and leaves the others.

    With `base` only if that is still the version of the session's view.
    """

    input: InputNumber
    base: Version | None = None
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
    """Show exactly this view of the open volume; with `base` only if that is still the version of the session's."""

    input: InputNumber
    view: View
    base: Version | None = None


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
    decode_ms: Annotated[float, Meta(ge=0, le=1e6)]


class Prefer(Value, frozen=True, tag="prefer"):
    """How pictures are to come from now on; what is absent stays. JPEG is always taken.

    After `keyframe` the next picture of H.264 can be decoded without those before it.
    """

    codecs: tuple[CodecName, ...] | UnsetType = UNSET
    lossless: bool | UnsetType = UNSET
    keyframe: bool = False


class Invitation(Value, frozen=True):
    """What a ticket is to be good for."""

    role: Role = "viewer"
    minutes: Annotated[float, Meta(gt=0, le=60 * 24 * 30)] = 60.0


class Invite(Invitation, frozen=True, tag="invite"):
    """A ticket to this session, please, for so many minutes; answered with `invited`. Pilots only."""


class Hand(Value, frozen=True, tag="hand"):
    """The pilot's hat goes to the member `to`; with `keep` both have one. Pilots only."""

    to: int
    keep: bool = False


Input = Change | SetView | Orbit | Pan | Zoom | Reset
ClientMessage = Open | Input | Pick | Ack | Prefer | Invite | Hand


class Member(Value, frozen=True):
    """Somebody who is in a session; `id` is theirs as long as their connection lasts."""

    id: int
    name: str
    role: Role


class Opened(Value, frozen=True, tag="opened"):
    """The answer to `open`, and what is said when a pilot has moved the session to another volume.

    Frames of this volume follow. `box` is the volume's extent in world space, (x, y, z).
    """

    input: InputNumber
    view: View
    info: VolumeInfo
    box: Box
    renderer: str
    session: str
    version: Version


class CurrentView(Value, frozen=True, tag="view"):
    """The view after the inputs of all members, sent when it has come to rest."""

    input: InputNumber
    view: View
    version: Version


class Members(Value, frozen=True, tag="members"):
    """Who is in the session, whenever that has changed; `you` is the client's own id.

    `ticket` brings the client back into the session in its role, for a minute after it was lost.
    """

    members: tuple[Member, ...]
    you: int
    ticket: str


class Invited(Value, frozen=True, tag="invited"):
    """The answer to `invite`: a ticket; `expires` is in seconds since 1970, UTC."""

    session: str
    role: Role
    expires: int
    ticket: str


class Video(Value, frozen=True, tag="video"):
    """The frames of H.264 that follow, from the next on, want this decoder: a codec string of RFC 6381, annex B."""

    codec: str
    width: int
    height: int


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


ServerMessage = Opened | CurrentView | Members | Invited | Video | Picked | Error

_CLIENT: msgspec.json.Decoder[ClientMessage] = msgspec.json.Decoder(ClientMessage)

CODES: dict[type[RenderError], str] = {
    BadRequest: "bad_request",
    Forbidden: "forbidden",
    NotFound: "not_found",
    Conflict: "conflict",
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
