"""Voxels as the bytes of a chunk: the types that Neuroglancer reads, raw, JPEG and PNG; pure.

Chunks are arrays (channel, z, y, x); in all encodings x runs fastest.
"""

import io
from collections.abc import Sequence

import numpy as np
import simplejpeg
from numpy.typing import NDArray
from PIL import Image

from render.errors import BadRequest

Array = NDArray[np.generic]

TYPES = ("uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "float32")
CONVERTED = {"bool": "uint8", "int64": "int32", "float16": "float32", "float64": "float32"}
"""What Neuroglancer does not read -> what it is given instead."""

MAX_JPEG_SIDE = 65535


def readable_type(dtype: str) -> str:
    """The type that voxels of `dtype` are sent as. BadRequest where there is none."""
    name = CONVERTED.get(dtype, dtype)
    if name not in TYPES:
        raise BadRequest(f"voxels of type {dtype}: Neuroglancer reads {', '.join(TYPES)}")
    return name


def convert(voxels: Array, dtype: str) -> Array:
    """`voxels` as `dtype`, little-endian; whole numbers that it does not hold become its least or largest."""
    target = np.dtype(dtype).newbyteorder("<")
    if voxels.dtype.kind == "i" and target.kind in "iu":
        limits = np.iinfo(target.name)
        if voxels.dtype.itemsize > target.itemsize:
            voxels = np.clip(voxels, limits.min, limits.max)
    with np.errstate(over="ignore"):  # a float64 beyond float32 is infinite there
        return np.asarray(voxels, target)


def windowed(voxels: Array, windows: Sequence[tuple[float, float]]) -> NDArray[np.uint8]:
    """0 to 255 for what lies in the window of each channel; NaN is 0."""
    low, high = (np.array(ends, np.float64).reshape(-1, 1, 1, 1) for ends in zip(*windows, strict=True))
    share = np.clip((voxels.astype(np.float64) - low) / (high - low), 0, 1)
    return np.rint(np.nan_to_num(share) * 255).astype(np.uint8)


def raw(voxels: Array) -> bytes:
    return voxels.tobytes()


def jpeg(voxels: Array, quality: int) -> bytes:
    """A JPEG of uint8 with 1 or 3 channels."""
    pixels = np.ascontiguousarray(_sheet(voxels))
    gray = pixels.shape[2] == 1
    encoded: bytes = simplejpeg.encode_jpeg(
        pixels, quality=quality, colorspace="GRAY" if gray else "RGB", colorsubsampling="Gray" if gray else "444"
    )
    return encoded


def png(voxels: Array) -> bytes:
    """A PNG of uint8 with 1 to 4 channels, or of uint16 with one."""
    pixels = _sheet(voxels)
    buffer = io.BytesIO()
    Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def check_encoding(encoding: str, dtype: str, channels: int) -> None:
    """BadRequest where voxels of this type and so many channels cannot be sent so."""
    many = f"{channels} channels of {dtype}"
    hint = "add ;channel=NUMBER for one of them, or ask for encoding=raw"
    if encoding == "jpeg" and channels not in (1, 3):
        raise BadRequest(f"encoding jpeg holds 1 or 3 channels, not {many}: {hint}")
    if encoding == "png" and not ((dtype == "uint8" and channels <= 4) or (dtype == "uint16" and channels == 1)):
        raise BadRequest(f"encoding png holds 1 to 4 channels of uint8 or 1 of uint16, not {many}: {hint}")


def _sheet(voxels: Array) -> Array:
    """(height, width, channel): rows of x below each other, or where those are too many, a row for each z."""
    channels, depth, height, width = voxels.shape
    shape = (height * depth, width) if height * depth <= MAX_JPEG_SIDE else (depth, height * width)
    return np.moveaxis(voxels.reshape(channels, *shape), 0, -1)
