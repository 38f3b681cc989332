"""Label images as Neuroglancer wants segmentations: ids of 32 or 64 bits, compressed in blocks, and what they are."""

import re
from collections.abc import Mapping

import compressed_segmentation
import numpy as np
from numpy.typing import NDArray

from render.volume.labels import LabelMetadata

Array = NDArray[np.generic]

BLOCK = (8, 8, 8)
"""Voxels (x, y, z) that share a table of ids: what Neuroglancer's own tools write."""

NAMES = ("label", "name", "class", "label-name")
"""Properties that say what a segment is called, the first that is there."""


def id_type(dtype: str) -> str:
    """The type that ids of `dtype` are sent as."""
    return "uint64" if np.dtype(dtype).itemsize == 8 else "uint32"


def make_ids(voxels: Array, dtype: str) -> Array:
    """Ids as `dtype`, little-endian; what is less than 0 means nothing and becomes 0."""
    if voxels.dtype.kind == "i":
        voxels = np.maximum(voxels, 0)
    return np.asarray(voxels, np.dtype(dtype).newbyteorder("<"))


def compressed(ids: Array) -> bytes:
    """Ids (z, y, x) of uint32 or uint64 in the encoding "compressed_segmentation"."""
    encoded: bytes = compressed_segmentation.compress(np.asfortranarray(ids.T), block_size=BLOCK, order="F")
    return encoded


def segment_properties(metadata: LabelMetadata) -> dict[str, object]:
    """The document of that name: every id that the label image says something of, and what.

    Numbers stay numbers where each id has one (float32, or int32 where they are whole and fit), all else is text.
    """
    ids = sorted({*metadata.colors, *metadata.properties} - {0})
    found = [metadata.properties.get(label, {}) for label in ids]
    keys = list(dict.fromkeys(key for entry in found for key in entry))
    name = next((key for key in NAMES if key in keys), None)
    properties = [_property(key, [entry.get(key) for entry in found], named=key == name) for key in keys]
    inline = {"ids": [str(label) for label in ids], "properties": properties}
    return {"@type": "neuroglancer_segment_properties", "inline": inline}


def segment_colors(metadata: LabelMetadata) -> Mapping[str, str]:
    """id -> #rrggbb of the ids whose colour the label image says."""
    return {
        str(label): "#" + "".join(f"{round(255 * part):02x}" for part in color[:3])
        for label, color in metadata.colors.items()
        if label
    }


def _property(key: str, values: list[object], *, named: bool) -> dict[str, object]:
    described: dict[str, object] = {"id": re.sub(r"\s+", "_", key)}
    if named:
        return described | {"type": "label", "values": [_text(value) for value in values]}
    numbers = [value for value in values if isinstance(value, int | float) and not isinstance(value, bool)]
    if len(numbers) == len(values):
        whole = all(value == value // 1 and abs(value) < 2**31 for value in numbers)
        return described | {"type": "number", "data_type": "int32" if whole else "float32", "values": numbers}
    return described | {"type": "string", "values": [_text(value) for value in values]}


def _text(value: object) -> str:
    return "" if value is None else str(value)
