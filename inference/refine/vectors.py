"""Small vector helpers."""

from __future__ import annotations

import numpy as np

from .arrays import FloatArray


def unit(vectors: FloatArray) -> FloatArray:
    """Vectors (..., 3) at length 1; a zero vector stays zero."""
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.maximum(length, 1e-9))
