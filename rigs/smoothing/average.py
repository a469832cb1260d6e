"""A Gaussian mean over true times."""

from __future__ import annotations

import numpy as np

from ..arrays import FloatArray

_FAR = 3.0
"""Standard deviations beyond which a frame weighs nothing."""


def averaged(values: FloatArray, weights: FloatArray, times_s: FloatArray, sigma_s: float) -> FloatArray:
    """(T,N) Gaussian mean of (T,N) values by (T,) weights, at (T,) increasing times."""
    total, sums = weights.copy(), weights[:, None] * values
    for lag in range(1, len(times_s)):
        apart = times_s[lag:] - times_s[:-lag]
        if apart.min() > _FAR * sigma_s:
            break
        near = np.exp(-0.5 * (apart / sigma_s) ** 2)
        for target, source in ((slice(lag, None), slice(None, -lag)), (slice(None, -lag), slice(lag, None))):
            total[target] += near * weights[source]
            sums[target] += (near * weights[source])[:, None] * values[source]
    mean: FloatArray = sums / np.maximum(total, 1e-12)[:, None]
    return mean
