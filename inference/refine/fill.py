"""Wild 2D joints, and frames without a person: found, and led over by what the frames around them say."""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy.ndimage import median_filter

from ..lift.gaps import fill_gaps
from .arrays import BoolArray, FloatArray

_SPIKE_WINDOW: Final = 5
_SPIKE_SIZE: Final = 0.15
"""A joint this far (in person sizes) from the median of its five frames and back again is the detector's slip."""


def bridge(values: FloatArray, detected: BoolArray, times_s: FloatArray) -> FloatArray:
    """Replaces the frames without a person by straight lines over true time between those around; ends are held.

    Args:
        values: (T, ...) anything, poses or paths.
        detected: (T,), at least one True.
        times_s: (T,) increasing.

    Returns:
        The shape of `values`; detected frames are unchanged.
    """
    flat = values.reshape(len(values), -1).copy()
    for column in range(flat.shape[1]):
        flat[~detected, column] = np.interp(times_s[~detected], times_s[detected], flat[detected, column])
    return flat.reshape(values.shape)


def person_size_px(joints_px: FloatArray, seen: BoolArray) -> float:
    """Typical size of the person in the image: diagonal of the joints' box, median over the frames with anything seen.

    Args:
        joints_px: (T, J, 2) pixels.
        seen: (T, J), at least one True.
    """
    frames = seen.any(axis=1)
    masked = np.where(seen[frames, :, None], joints_px[frames], np.nan)
    box = np.nanmax(masked, axis=1) - np.nanmin(masked, axis=1)
    return max(float(np.median(np.hypot(box[:, 0], box[:, 1]))), 1.0)


def spikes(joints_px: FloatArray, seen: BoolArray, times_s: FloatArray) -> BoolArray:
    """Joints that jump away for one or two frames and come back.

    Args:
        joints_px: (T, J, 2) pixels.
        seen: (T, J).
        times_s: (T,) increasing.

    Returns:
        (T, J), True for a spike; never True where unseen, nor in clips shorter than the window.
    """
    if len(joints_px) < _SPIKE_WINDOW or not seen.any():
        return np.zeros_like(seen)
    filled = fill_gaps(joints_px, seen, times_s)
    middle = median_filter(filled, size=(_SPIKE_WINDOW, 1, 1), mode="nearest")
    away = np.linalg.norm(filled - middle, axis=-1)
    return np.asarray(seen & (away > _SPIKE_SIZE * person_size_px(joints_px, seen)))
