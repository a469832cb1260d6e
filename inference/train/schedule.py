"""Learning rate and batch-norm momentum over a run whose length is a time or a number of steps."""

from __future__ import annotations

import math

PEAK_RATE, LAST_RATE = 1e-3, 1e-5
FLAT_SHARE = 0.3
FIRST_MOMENTUM, LAST_MOMENTUM = 0.1, 0.001


def learning_rate(progress: float, peak: float = PEAK_RATE) -> float:
    """Flat for the first 30 % of the run, then a half cosine down to 1e-5; `progress` 0..1."""
    falling = max(0.0, (min(progress, 1.0) - FLAT_SHARE) / (1.0 - FLAT_SHARE))
    return LAST_RATE + (peak - LAST_RATE) * 0.5 * (1.0 + math.cos(math.pi * falling))


def norm_momentum(progress: float) -> float:
    """Exponential from 0.1 to 0.001, so that the last statistics are those of many batches."""
    return float(FIRST_MOMENTUM * (LAST_MOMENTUM / FIRST_MOMENTUM) ** min(progress, 1.0))
