"""docs/protocol.md against the code, so that neither drifts; and frames byte by byte, read with the document alone."""

import re
import struct
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from msgspec import inspect

from render.errors import BadRequest
from render.geometry import Box
from render.pick import ChannelValue, LabelId
from render.volume.info import AxisInfo, ChannelInfo, Level, VolumeInfo
from viewer_bridge import protocol
from viewer_bridge.frames import Codec, FrameHeader, Rung, pack_frame, unpack_frame
from viewer_bridge.protocol import (
    Ack,
    Change,
    CurrentView,
    Error,
    Hand,
    Invite,
    Invited,
    Member,
    Members,
    Open,
    Opened,
    Orbit,
    Pan,
    Pick,
    Picked,
    Prefer,
    Reset,
    SetView,
    Video,
    Zoom,
    decode,
)

DOCUMENT = (Path(__file__).parents[1] / "docs" / "protocol.md").read_text()

DESCRIBED = {
    "From the client": [Open, Orbit, Pan, Zoom, Change, SetView, Reset, Pick, Ack, Prefer, Invite, Hand],
    "From the server": [Opened, CurrentView, Members, Invited, Video, Picked, Error],
    "Values": [VolumeInfo, Level, ChannelInfo, AxisInfo, ChannelValue, LabelId, Box, Member],
}


def in_words(kind: inspect.Type) -> str:  # noqa: C901 - one case for each kind
    """A type as the document writes it."""
    match kind:
        case inspect.IntType():
            return f"integer{bounds(kind)}"
        case inspect.FloatType():
            return f"number{bounds(kind)}"
        case inspect.StrType():
            return "text"
        case inspect.BoolType():
            return "true or false"
        case inspect.NoneType():
            return "null"
        case inspect.LiteralType(values=values):
            return " or ".join(f'"{value}"' for value in sorted(values))
        case inspect.TupleType(item_types=items):
            return f"[{', '.join(map(in_words, items))}]"
        case inspect.VarTupleType(item_type=item):
            return f"list of {in_words(item)}"
        case inspect.UnionType(types=types):
            *first, last = [in_words(one) for one in types]
            return f"{', '.join(first)} or {last}"
        case inspect.StructType(cls=cls) | inspect.DataclassType(cls=cls):
            return cls.__name__
    raise NotImplementedError(kind)


def bounds(kind: inspect.IntType | inspect.FloatType) -> str:
    if kind.gt is not None:
        return f", more than {kind.gt}, to {kind.le}"
    if kind.ge is None:
        return ""
    return f", {kind.ge} or more" if kind.le is None else f" {kind.ge} to {kind.le}"


def fields_in_words(described: type) -> list[tuple[str, str, str]]:
    """(name, type, "required", "optional" or the default) of each field."""
    rows = []
    for field in inspect.type_info(described).fields:
        if field.required:
            default = "required"
        elif field.default is msgspec.NODEFAULT:
            default = "optional"
        else:
            default = msgspec.json.encode(field.default).decode()
        rows.append((field.encode_name, in_words(field.type), default))
    return rows


def part(title: str, level: str, text: str = DOCUMENT) -> str:
    """What stands under a heading, up to the next of the same or a higher level."""
    found = re.search(rf"^{level} {title}\n(.*?)(?=^#{{1,{len(level)}}} |\Z)", text, re.DOTALL | re.MULTILINE)
    assert found, f"docs/protocol.md has no heading {level} {title}"
    return found[1]


def rows(text: str) -> Iterator[list[str]]:
    """The cells of a part's first table, without its head."""
    table = re.search(r"(?:^\|.*\n)+", text, re.MULTILINE)
    assert table, f"no table in: {text}"
    for line in table[0].splitlines()[2:]:
        yield [cell.strip().strip("`") for cell in line.strip("|").split("|")]


@pytest.mark.parametrize(
    ("chapter", "described"),
    [(chapter, one) for chapter, described in DESCRIBED.items() for one in described],
    ids=[f"{one.__name__} {chapter.lower()}" for chapter, described in DESCRIBED.items() for one in described],
)
def test_every_field_is_documented(chapter: str, described: type) -> None:
    struct_config = getattr(described, "__struct_config__", None)
    title = (struct_config and struct_config.tag) or described.__name__
    documented = [tuple(row[:3]) for row in rows(part(title, "###", part(chapter, "##")))]
    missing = [row for row in fields_in_words(described) if row not in documented]
    assert documented == fields_in_words(described), f"docs/protocol.md, {chapter}, {title}: write down {missing}"


def test_every_message_is_documented() -> None:
    assert set(DESCRIBED["From the client"]) == set(protocol.ClientMessage.__args__)
    assert set(DESCRIBED["From the server"]) == set(protocol.ServerMessage.__args__)


def test_every_error_code_is_documented() -> None:
    assert [row[0] for row in rows(part("Codes of errors", "###"))] == list(protocol.CODES.values())


def test_the_limits_are_documented() -> None:
    assert f"at most {protocol.MAX_MESSAGE} bytes" in DOCUMENT
    assert f"more than {protocol.BAD_MESSAGES} messages in a row" in DOCUMENT


@pytest.mark.parametrize("example", re.findall(r"```json\n(.*?)\n```", DOCUMENT))
def test_every_example_is_a_message(example: str) -> None:
    decode(example)


def test_a_frame_can_be_read_with_the_document_alone() -> None:
    header = FrameHeader(
        codec=Codec.JPEG,
        rung=Rung.FINAL,
        level=2,
        quality=92,
        key=1,
        part=3,
        parts=5,
        frame=70_001,
        input=70_002,
        view_version=70_003,
        width=301,
        height=302,
        view_width=601,
        view_height=602,
        render_us=100_003,
        encode_us=100_004,
    )
    message = pack_frame(header, b"picture")
    formats = {"4 bytes": "4s", "uint8": "B", "uint16": "H", "uint32": "I"}
    read = {}
    end = 0
    for offset, kind, name, _ in rows(part("Frames", "##")):
        assert int(offset) == end
        (read[name],) = struct.unpack_from("<" + formats[kind], message, int(offset))
        end += struct.calcsize(formats[kind])
    assert read == {"magic": b"VXCF", "version": 2, **header._asdict()}
    assert message[end:] == b"picture"
    assert end == 40
    assert unpack_frame(message) == (header, b"picture")


@pytest.mark.parametrize(("field", "numbers"), [("codec", Codec), ("rung", Rung)], ids=["codecs", "rungs"])
def test_the_numbers_in_a_header_are_documented(field: str, numbers: type[Codec] | type[Rung]) -> None:
    (meaning,) = [row[3] for row in rows(part("Frames", "##")) if row[2] == field]
    assert meaning.endswith(", ".join(f"{number.value} {number.name}" for number in numbers))


@pytest.mark.parametrize("message", [b"", b"VXCF", b"VXCF\x01" + bytes(40), b"GIF89a" + bytes(40)])
def test_what_is_no_frame_is_refused(message: bytes) -> None:
    with pytest.raises(BadRequest, match=f"{len(message)} bytes that begin with"):
        unpack_frame(message)
