"""Voxel values as a device holds them: unsigned 8 or 16 bit, or float32, in the order of the values; numpy only.

Signed 8 and 16 bit get their sign bit flipped. The types that float32 cannot hold, of `WIDE`, are stored as the
float32 of value - base, the subtraction in double precision: exact to 2^-24 of the distance from `base`, so that a
window of 100 around 3 000 000 000 keeps its grey levels where the voxels begin there too (integers beyond 2^53 lose
their last bits before). NaN is nothing: it is drawn as if no matter were there.
"""

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.generic]

SIGNED = {"int8": 128, "int16": 32768}
"""What flipping the sign bit adds to a value."""

WIDE = frozenset({"int32", "uint32", "int64", "uint64", "float64"})
"""Types that are stored as their distance from a base."""


MOST = np.float32(1.6e38)
"""Values are held within this: the difference of any two is a number too. Windows reach to 1e38."""


def stored_type(dtype: str) -> str:
    """The type in which voxels of `dtype` are stored."""
    integers = {"uint8": "uint8", "int8": "uint8", "uint16": "uint16", "int16": "uint16"}
    return integers.get(dtype, "float32")


def offset(dtype: str, base: float) -> float:
    """What is added to a value when it is stored."""
    return -base if dtype in WIDE else float(SIGNED.get(dtype, 0))


def to_stored(values: Numbers, base: float = 0.0) -> Numbers:
    """Values as they are stored; `base` is that of their level, and of no meaning for types that are not `WIDE`.

    NaN, infinities and what float32 cannot hold become NaN, all of the same bits.
    """
    name = values.dtype.name
    if name in SIGNED:
        unsigned = values.view(stored_type(name))
        return np.asarray(unsigned ^ np.array(SIGNED[name], unsigned.dtype))
    if stored_type(name) != "float32":
        return values
    with np.errstate(over="ignore", invalid="ignore"):
        floats = (values.astype(np.float64) - base if name in WIDE else values).astype(np.float32)
    finite = np.isfinite(floats)
    if not finite.all():
        floats[~finite] = np.nan
    if np.abs(floats).max(initial=0, where=finite) > MOST:
        np.clip(floats, -MOST, MOST, out=floats)
    return floats
