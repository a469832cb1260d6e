"""Missing and wild 2D joints: found, then replaced by what the frames around them say."""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy.ndimage import median_filter

from .. import joints
from .arrays import BoolArray, FloatArray

_SPIKE_WINDOW: Final = 5
_SPIKE_SIZE: Final = 0.15
"""A joint this far (in person sizes) from the median of its five frames and back again is the detector's slip."""


def fill_missing(joints_px: FloatArray, seen: BoolArray, times_s: FloatArray) -> FloatArray:
    """Linear interpolation over true time; the nearest pose is held before the first and after the last sight.

    Args:
        joints_px: (T, J, 2) pixels, anything where unseen.
        seen: (T, J), at least one True.
        times_s: (T,) increasing.

    Returns:
        (T, 17, 2) pixels, finite. A joint that is never seen lies on its parent (the pelvis on the first joint seen).
    """
    filled = np.empty_like(joints_px)
    seen_at_all = seen.any(axis=0)
    for joint in np.flatnonzero(seen_at_all):
        known = seen[:, joint]
        for axis in range(2):
            filled[:, joint, axis] = np.interp(times_s, times_s[known], joints_px[known, joint, axis])
    anchor = int(np.argmax(seen_at_all))
    for joint in np.flatnonzero(~seen_at_all):
        parent = joints.PARENTS[joint]
        filled[:, joint] = filled[:, anchor if parent < 0 or parent > joint else parent]
    return filled


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
    filled = fill_missing(joints_px, seen, times_s)
    middle = median_filter(filled, size=(_SPIKE_WINDOW, 1, 1), mode="nearest")
    away = np.linalg.norm(filled - middle, axis=-1)
    return np.asarray(seen & (away > _SPIKE_SIZE * person_size_px(joints_px, seen)))
