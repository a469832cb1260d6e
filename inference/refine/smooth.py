"""Zero-phase smoothing on true times: the discrete smoothing spline of Whittaker and Henderson."""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy.linalg import solveh_banded

from .arrays import FloatArray

_SMALLEST_WEIGHT: Final = 1e-8


def smooth(values: FloatArray, times_s: FloatArray, cutoff: float, weights: FloatArray | None = None) -> FloatArray:
    """Minimises sum w h (x - y)^2 + integral (x'')^2 / (2 pi cutoff)^4, h the time that each frame stands for.

    A sine of `cutoff` Hz keeps half its amplitude, slower ones more, at any frame rate. Straight motion passes
    unchanged, and there is no delay. Where the weight is near zero the curve follows the frames around.

    Args:
        values: (T, ...) anything sampled at the times.
        times_s: (T,) strictly increasing.
        cutoff: half-amplitude frequency in Hz, above 0.
        weights: (T,) at least 0; None = all 1.

    Returns:
        The shape of `values`. Clips shorter than three frames come back as they are.
    """
    count = len(times_s)
    if count < 3:
        return values.copy()
    steps = np.diff(times_s)
    before, after = steps[:-1], steps[1:]
    span = before + after
    # Second derivative at each inner frame, from three unevenly spaced ones; integrated with the trapezoid's weight.
    parts = np.stack([2.0 / (before * span), -2.0 / (before * after), 2.0 / (after * span)])
    penalty = 0.5 * span / (2.0 * np.pi * cutoff) ** 4
    bands = np.zeros((3, count))  # lower form: bands[d, i] = A[i + d, i]
    for row in range(3):
        for column in range(row + 1):
            bands[row - column, column : count - 2 + column] += penalty * parts[row] * parts[column]
    frame_s = np.empty(count)
    frame_s[1:-1], frame_s[0], frame_s[-1] = 0.5 * span, 0.5 * steps[0], 0.5 * steps[-1]
    trust = frame_s * (1.0 if weights is None else np.maximum(weights, _SMALLEST_WEIGHT))
    bands[0] += trust
    flat = values.reshape(count, -1)
    solved = solveh_banded(bands, trust[:, None] * flat, lower=True)
    return np.asarray(solved, np.float64).reshape(values.shape)
