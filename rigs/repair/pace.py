"""How fast a direction may turn: as fast as around that moment, and a margin more.

A body gathers speed over several frames, a mistaken one jumps in a single step. So a step is judged by its neighbours:
on motion capture, with hits, kicks and pirouettes, hardly one in 100,000 is over twice their median by the margin.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ..arrays import FloatArray
from ..vectors import dot

_AROUND_S: Final = 0.13
_TIMES_MEDIAN: Final = 2.0
_MARGIN_RAD_S: Final = np.radians(600.0)


def angles(first: FloatArray, second: FloatArray) -> FloatArray:
    """(...) radians between (...,3) vectors; exact for small angles, where arccos is not."""
    between: FloatArray = np.arctan2(np.linalg.norm(np.cross(first, second), axis=-1), dot(first, second))
    return between


def allowed_steps(directions: FloatArray, times_s: FloatArray) -> FloatArray:
    """How far each direction may turn between frames.

    Args:
        directions: (T,N,3) any length above 0.
        times_s: (T,) increasing.

    Returns:
        (T-1,N) radians.
    """
    return allowed_turns(angles(directions[1:], directions[:-1]), times_s)


def allowed_turns(steps: FloatArray, times_s: FloatArray) -> FloatArray:
    """How long each of (T-1,N) steps, radians, may be, as (T-1,N) radians; `times_s` are (T,) increasing."""
    waits = np.diff(times_s)[:, None]
    rates = np.abs(steps) / waits
    radius = max(2, round(_AROUND_S / float(np.median(waits))))
    padded = np.pad(rates, [(radius, radius), (0, 0)], mode="reflect" if len(rates) > radius else "edge")
    around = np.lib.stride_tricks.sliding_window_view(padded, 2 * radius + 1, axis=0)
    allowed: FloatArray = waits * (_TIMES_MEDIAN * np.median(around, axis=-1) + _MARGIN_RAD_S)
    return allowed
