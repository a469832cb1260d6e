"""Things that are known in some frames only, and how they come and go without a jump."""

from __future__ import annotations

import numpy as np

from ..arrays import BoolArray, FloatArray
from ..vectors import smoothstep

_FADE_S = 0.2


def presence(known: BoolArray, fps: float) -> FloatArray:
    """(T,) 0..1, how far something counts that is known in some frames: 0 where it is not, rising inside."""
    frames = np.arange(len(known))
    unknown = frames[~known]
    if not len(unknown):
        return np.ones(len(known))
    after = np.minimum(np.searchsorted(unknown, frames), len(unknown) - 1)
    before = np.maximum(np.searchsorted(unknown, frames) - 1, 0)
    distance = np.minimum(np.abs(unknown[after] - frames), np.abs(frames - unknown[before]))
    return smoothstep(0.0, max(_FADE_S * fps, 1.0), distance.astype(np.float64))


def filled(values: FloatArray, known: BoolArray) -> FloatArray:
    """(T,N) values with the unknown frames led over in straight lines; zero where none is known."""
    if not known.any():
        return np.zeros_like(values)
    frames = np.arange(len(known))
    return np.stack([np.interp(frames, frames[known], column[known]) for column in values.T], axis=-1)
