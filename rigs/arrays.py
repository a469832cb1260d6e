"""The array types that the other modules of this package name in their signatures, and what all ask of arrays."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


def frozen(array: FloatArray) -> FloatArray:
    """Read-only float64 copy of `array`, for the fields of frozen dataclasses."""
    copy = np.array(array, dtype=np.float64)
    copy.setflags(write=False)
    return copy


def rising(values: FloatArray) -> bool:
    """Whether (N,) values are finite and each is above the one before."""
    return bool(np.isfinite(values).all() and (np.diff(values) > 0.0).all())


def stretches(flags: BoolArray) -> list[tuple[int, int]]:
    """Half-open (start, end) of each unbroken run of True in (N,)."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    return [(int(start), int(end)) for start, end in edges.reshape(-1, 2)]
