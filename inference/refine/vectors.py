"""Small helpers."""

from __future__ import annotations

import numpy as np

from .arrays import FloatArray


def unit(vectors: FloatArray) -> FloatArray:
    """Vectors (..., 3) at length 1; a zero vector stays zero."""
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.maximum(length, 1e-9))


def eased(share: FloatArray) -> FloatArray:
    """0 at 0 and below, 1 from 1 on, level at both."""
    kept = np.clip(share, 0.0, 1.0)
    return np.asarray(kept * kept * (3.0 - 2.0 * kept))
