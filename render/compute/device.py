"""Small things that every kernel uses.

Minima and maxima are selects: dr.minimum, dr.maximum and dr.clip abort the process on LLVM 15 and 16. A comparison with
NaN is false, and then the second operand is the result.
"""

from typing import Any

import drjit as dr
import numpy as np

Var = Any
"""A Dr.Jit array; Dr.Jit has no types for mypy that hold for both of its backends."""

Vec = list[Any]
"""Three arrays, (x, y, z) or (red, green, blue)."""

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
    return kind(np.array([number], {"Int32": np.int32, "UInt32": np.uint32}.get(kind.__name__, np.float32)))


def floats(device: Any, numbers: Any) -> Var:
    """Numbers of any shape as a flat float32 array on the device."""
    return device.Float(np.array(numbers, np.float32).reshape(-1))
