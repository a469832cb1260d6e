"""Angles of fingers over time: within what joints can do, calm, and at rest where nobody saw them."""

from __future__ import annotations

import numpy as np

from ..arrays import BoolArray, FloatArray
from ..joint_limits import softened
from ..smoothing.average import averaged
from ..vectors import smoothstep
from .angles import DATA
from .bones import FINGERS

_SIGMA_S = 0.06
_MEDIAN_S = 0.1
"""Half the time over which the middle of the angles counts, so that single wrong frames do not."""
_HELD_S, _RESTS_S = 0.5, 1.0
"""How long after the last, or before the next, sight of a hand it is held as it was, and from when on it rests."""

_WITHIN = np.radians([DATA["within"][finger] for finger in FINGERS])
_RELAXED = np.radians([DATA["relaxed"][finger] for finger in FINGERS])


def held_fingers(angles: FloatArray, times_s: FloatArray, exact: bool = False) -> FloatArray | None:
    """(T,5,4) angles for every frame, radians; None where the hand was never seen.

    Args:
        angles: (T,5,4) as measured, NaN where unknown.
        times_s: (T,) increasing.
        exact: of a rig's own bones, which are taken as they are; else they are limited and calmed.
    """
    known = np.asarray(np.isfinite(angles).all(axis=(1, 2)))
    if not known.any():
        return None
    values = angles[known] if exact else _calmed(softened(angles[known], _WITHIN), times_s[known])
    flat = values.reshape(len(values), -1)
    filled = np.stack([np.interp(times_s, times_s[known], column) for column in flat.T], axis=-1)
    resting = smoothstep(_HELD_S, _RESTS_S, _away_s(known, times_s))[:, None, None]
    held: FloatArray = (1.0 - resting) * filled.reshape(angles.shape) + resting * _RELAXED
    return held


def _calmed(angles: FloatArray, times_s: FloatArray) -> FloatArray:
    """(N,5,4) angles without single wrong frames and without most of the trembling."""
    flat = angles.reshape(len(angles), -1)
    first = np.searchsorted(times_s, times_s - _MEDIAN_S, side="left")
    behind = np.searchsorted(times_s, times_s + _MEDIAN_S, side="right")
    middle = np.stack([np.median(flat[a:b], axis=0) for a, b in zip(first, behind, strict=True)])
    return averaged(middle, np.ones(len(flat)), times_s, _SIGMA_S).reshape(angles.shape)


def _away_s(known: BoolArray, times_s: FloatArray) -> FloatArray:
    """(T,) time from each frame to the nearest one that is known."""
    sights = times_s[known]
    behind = np.minimum(np.searchsorted(sights, times_s), len(sights) - 1)
    before = np.maximum(behind - 1, 0)
    away: FloatArray = np.minimum(np.abs(sights[behind] - times_s), np.abs(times_s - sights[before]))
    return away
