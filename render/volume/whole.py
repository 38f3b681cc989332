"""Whether a file is all there, for the formats of which ITK reads the rest as zeros or garbage without a word.

gzip (NIfTI), NIfTI and TIFF. Only what says how long the file should be is read; a gzip file is unpacked once, which
takes about as long as reading it does.
"""

import gzip
import math
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

OFFSETS, COUNTS = (273, 324), (279, 325)
"""TIFF tags: where the strips or tiles of a page are, and how many bytes they have."""


LARGEST_FIELD = 2**28
"""Bytes of a TIFF field that are believed."""

UNSIGNED = {3: "H", 4: "I", 13: "I", 16: "Q", 18: "Q"}
"""TIFF field type -> how struct calls it."""


def check_whole(path: Path) -> None:
    """ValueError, with the numbers, where `path` is one of these formats and is cut short."""
    name = path.name.lower()
    if name.endswith(".gz"):
        _check_gzip(path)
    elif name.endswith(".nii"):
        _check_nifti(path)
    elif name.endswith((".tif", ".tiff")):
        _check_tiff(path)


def _check_gzip(path: Path) -> None:
    try:
        with gzip.open(path) as opened:
            while opened.read(2**22):
                pass
    except (OSError, EOFError, zlib.error) as error:
        raise ValueError(f"it cannot be unpacked: {error}") from error


def _check_nifti(path: Path) -> None:
    with path.open("rb") as opened:
        header = opened.read(544)
    # NIfTI-1: dim at 40, bitpix at 72, vox_offset at 108; NIfTI-2: 16, 14 and 168. The size says which byte order.
    for order in "<>":
        if header.startswith(struct.pack(f"{order}i", 348)) and len(header) >= 348:
            dimensions = struct.unpack_from(f"{order}8h", header, 40)
            (bits,), (offset,) = (
                struct.unpack_from(f"{order}h", header, 72),
                struct.unpack_from(f"{order}f", header, 108),
            )
        elif header.startswith(struct.pack(f"{order}i", 540)) and len(header) >= 540:
            dimensions = struct.unpack_from(f"{order}8q", header, 16)
            (bits,), (offset,) = (
                struct.unpack_from(f"{order}h", header, 14),
                struct.unpack_from(f"{order}q", header, 168),
            )
        else:
            continue
        _check_size(path, int(offset) + math.prod(dimensions[1 : dimensions[0] + 1]) * bits // 8)


def _check_tiff(path: Path) -> None:
    with path.open("rb") as opened:
        try:
            needed = max(_tiff_ends(opened), default=0)
        except (struct.error, KeyError) as error:
            raise ValueError(f"the file, of {path.stat().st_size} bytes, ends among its pages") from error
    _check_size(path, needed)


def _tiff_ends(opened: BinaryIO) -> Iterator[int]:
    """Where each strip or tile of each page ends. struct.error where the file ends first."""
    mark = opened.read(4)
    order = {b"II": "<", b"MM": ">"}.get(mark[:2], "")
    if not order:
        return
    big = struct.unpack(f"{order}H", mark[2:])[0] == 43
    pointer = f"{order}Q" if big else f"{order}I"
    if big:
        opened.seek(8)
    (page,) = _take(opened, pointer)
    seen: set[int] = set()
    while page and page not in seen:
        seen.add(page)
        opened.seek(page)
        (entries,) = _take(opened, f"{order}Q" if big else f"{order}H")
        fields = [_take(opened, f"{order}HHQ8s" if big else f"{order}HHI4s") for _ in range(entries)]
        (page,) = _take(opened, pointer)
        known = {tag: _values(opened, order, *field) for tag, *field in fields if tag in OFFSETS + COUNTS}
        for offsets, counts in zip(OFFSETS, COUNTS, strict=True):
            yield from (a + n for a, n in zip(known.get(offsets, ()), known.get(counts, ()), strict=False))


def _values(opened: BinaryIO, order: str, kind: int, count: int, inline: bytes) -> tuple[int, ...]:
    """The numbers of a field, which stand in the field itself where they fit. KeyError for a type that is no count."""
    layout = f"{order}{count}{UNSIGNED[kind]}"
    if struct.calcsize(layout) <= len(inline):
        return struct.unpack_from(layout, inline)
    opened.seek(int.from_bytes(inline, "little" if order == "<" else "big"))
    return _take(opened, layout)


def _take(opened: BinaryIO, layout: str) -> tuple[Any, ...]:
    size = struct.calcsize(layout)
    if size > LARGEST_FIELD:
        raise struct.error(f"a field of {size} bytes")
    return struct.unpack(layout, opened.read(size))


def _check_size(path: Path, needed: int) -> None:
    if path.stat().st_size < needed:
        raise ValueError(f"the file has {path.stat().st_size} bytes and should have {needed}")
