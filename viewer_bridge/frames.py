"""Frames of the native protocol: a header of 40 bytes and an encoded picture, or a part of one.

`docs/protocol.md` says the same for people who write clients; a test holds the two together.
"""

import struct
from enum import IntEnum
from typing import NamedTuple

from render.errors import BadRequest


class Codec(IntEnum):
    """What the bytes after the header are."""

    JPEG = 1
    PNG = 2
    WEBP = 3
    H264 = 4


class Rung(IntEnum):
    """How good a picture is: quick while the view moves, all that can be shown when it is still, then smoother."""

    DRAFT = 0
    FINAL = 1
    REFINED = 2


class FrameHeader(NamedTuple):
    """What precedes the encoded picture in a binary message.

    `quality` is the encoder's, 1 to 100, 100 lossless; `key` is 1 where H.264 can be decoded from here on. A picture
    of `parts` messages has `part` counting from 0. `frame` numbers grow by one over a connection, from message to
    message. `width` and `height` are those of the encoded picture, `view_width` and `view_height` those of the view
    that it stands for: a draft is smaller and is scaled up by the client. `view_version` is
    that of the session's view.
    """

    codec: int
    rung: int
    level: int
    quality: int
    key: int
    part: int
    parts: int
    frame: int
    input: int
    view_version: int
    width: int
    height: int
    view_width: int
    view_height: int
    render_us: int
    encode_us: int


MAGIC = b"VXCF"
VERSION = 2
HEADER = struct.Struct("<4sBBBBBBBBIIIHHHHII")
"""magic, version, then the fields of `FrameHeader` in their order; little-endian, 40 bytes."""

MOST_PARTS = 255


def pack_frame(header: FrameHeader, picture: bytes | memoryview) -> bytes:
    """A whole binary message."""
    return b"".join((HEADER.pack(MAGIC, VERSION, *header), picture))


def unpack_frame(message: bytes) -> tuple[FrameHeader, bytes]:
    """The header and the picture's bytes. BadRequest where this is no frame of version 2."""
    if len(message) < HEADER.size or message[:5] != MAGIC + bytes([VERSION]):
        raise BadRequest(f"frame: {len(message)} bytes that begin with {message[:5]!r} are no frame of version 2")
    return FrameHeader(*HEADER.unpack_from(message)[2:]), message[HEADER.size :]
