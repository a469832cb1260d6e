"""Directions that leave and come back within a few frames: led over in an arc."""

from __future__ import annotations

from typing import Final

import numpy as np

from .. import quaternions
from ..arrays import FloatArray
from .pace import angles

_LONGEST_S: Final = 0.1
_RETURNED: Final = 0.5
"""Share of the jumps, there and back, that may be left between the directions before and after."""


def without_excursions(directions: FloatArray, allowed: FloatArray, times_s: FloatArray) -> FloatArray:
    """The directions without jumps that are taken back within 0.1 s; all others as they are.

    Args:
        directions: (T,N,3) unit.
        allowed: (T-1,N) radians, steps that are no jumps.
        times_s: (T,) increasing.

    Returns:
        (T,N,3) unit.
    """
    mended = directions.copy()
    longest = max(1, int(_LONGEST_S / float(np.median(np.diff(times_s))) + 0.5))
    for length in range(1, min(longest, len(times_s) - 2) + 1):
        steps = angles(mended[1:], mended[:-1])
        there, back = steps[:-length], steps[length:]
        left = angles(mended[length + 1 :], mended[: -length - 1])
        jumps = (there > allowed[:-length]) & (back > allowed[length:])
        for before, column in np.argwhere(jumps & (left < _RETURNED * np.minimum(there, back))):
            after = before + length + 1
            share = (times_s[before + 1 : after] - times_s[before]) / (times_s[after] - times_s[before])
            turn = quaternions.log(quaternions.swing(mended[before, column], mended[after, column]))
            arc = quaternions.exp(share[:, None] * turn)
            mended[before + 1 : after, column] = quaternions.rotate(arc, mended[before, column])
    return mended
