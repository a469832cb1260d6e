"""Smoothing over time."""

from __future__ import annotations

import numpy as np

from ..arrays import FloatArray


def gaussian(values: FloatArray, sigma_frames: float) -> FloatArray:
    """(T,...) values averaged over time with Gaussian weights; the ends are held."""
    radius = int(np.ceil(3.0 * sigma_frames))
    if radius < 1 or len(values) < 2:
        return values
    weights = np.exp(-0.5 * (np.arange(-radius, radius + 1) / sigma_frames) ** 2)
    return _weighted(values, weights / weights.sum())


def envelope(values: FloatArray, radius: int) -> FloatArray:
    """(T,) smooth curve that nowhere lies below `values`: a moving maximum, then a moving average of equal width."""
    if radius < 1:
        return values
    padded = np.pad(values, radius, mode="edge")
    highest = np.lib.stride_tricks.sliding_window_view(padded, 2 * radius + 1).max(axis=-1)
    weights = np.hanning(2 * radius + 3)[1:-1]
    return _weighted(highest, weights / weights.sum())


def _weighted(values: FloatArray, weights: FloatArray) -> FloatArray:
    radius = len(weights) // 2
    padded = np.pad(values, [(radius, radius)] + [(0, 0)] * (values.ndim - 1), mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, len(weights), axis=0)
    smooth: FloatArray = windows @ weights
    return smooth
