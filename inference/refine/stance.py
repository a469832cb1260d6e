"""Which foot stands when: from probabilities to stretches, and what the user said of them."""

from __future__ import annotations

from typing import Final

import numpy as np

from .arrays import BoolArray, FloatArray

_BEGINS, _ENDS = 0.5, 0.1
_SHORTEST_S: Final = 0.1


def stances(probability: FloatArray, times_s: FloatArray) -> BoolArray:
    """(T, 2) True where a foot stands: stretches above 0.1 that reach 0.5, and last a tenth of a second."""
    standing = np.zeros(probability.shape, np.bool_)
    for foot in range(probability.shape[1]):
        for first, end in runs(probability[:, foot] > _ENDS):
            lasting = times_s[end - 1] - times_s[first] >= _SHORTEST_S
            standing[first:end, foot] = lasting and probability[first:end, foot].max() > _BEGINS
    return standing


def told(found: FloatArray | BoolArray, said: FloatArray) -> FloatArray:
    """What was found (T, 2, ...), 0..1, but 1 and 0 where the user said so; NaN = nothing said."""
    return np.where(np.isnan(said), found, said)


def runs(on: BoolArray) -> list[tuple[int, int]]:
    """(first, behind the last) of each stretch of True in (T,)."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], on.astype(np.int8), [0]]))).reshape(-1, 2)
    return [(int(first), int(end)) for first, end in edges]
