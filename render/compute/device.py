"""Small things that every kernel uses.

Minima and maxima are selects: dr.minimum, dr.maximum and dr.clip abort the process on LLVM 15 and 16. A comparison with
NaN is false, and then the second operand is the result.
"""

from typing import Any, TypeVar

import drjit as dr
import numpy as np
from numpy.typing import NDArray

Var = Any
"""A Dr.Jit array; Dr.Jit has no types for mypy that hold for both of its backends."""

Vec = list[Any]
"""Three arrays, (x, y, z) or (red, green, blue)."""

Number = TypeVar("Number", bound=np.generic)

ALIGNMENT = 64

PARALLEL = 1e-9
"""A slope below this is none."""

FAR = 1e30
"""Farther than anything, and still finite."""


def smaller(a: Var, b: Var) -> Var:
    return dr.select(a < b, a, b)


def larger(a: Var, b: Var) -> Var:
    return dr.select(a > b, a, b)


def dot3(a: Vec, b: Vec) -> Var:
    return a[0] * b[0] + (a[1] * b[1] + a[2] * b[2])


def choose(condition: Var, a: Vec, b: Vec) -> Vec:
    """`a` where `condition`, else `b`."""
    return [dr.select(condition, one, other) for one, other in zip(a, b, strict=True)]


def scalar(kind: Any, number: float) -> Var:
    """A number as a device array of type `kind` with one element, of which no kernel is compiled anew."""
    # Of another type than the array's it would be converted, into memory of any alignment.
    whole = np.int32 if dr.is_signed_v(kind) else np.uint32
    return kind(aligned(np.array([number], np.float32 if dr.is_float_v(kind) else whole)))


def floats(device: Any, numbers: Any) -> Var:
    """Numbers of any shape as a flat float32 array on the device."""
    return device.Float(aligned(np.array(numbers, np.float32).reshape(-1)))


def aligned(values: NDArray[Number]) -> NDArray[Number]:
    """`values` where their memory begins at a multiple of 64 bytes, as Dr.Jit's own arrays do.

    What a kernel reads as it lies, and not by an index of its own, makes it another kernel where it begins elsewhere:
    15 numbers that lie here or there by chance were 2^15 kernels, each of them 60 ms to compile.
    """
    room = np.empty(values.nbytes + ALIGNMENT, np.uint8)
    start = -room.ctypes.data % ALIGNMENT
    placed = room[start : start + values.nbytes].view(values.dtype).reshape(values.shape)
    placed[...] = values
    return placed
