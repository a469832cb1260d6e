"""Directions and the frames they span, batched over any leading axes."""

from __future__ import annotations

import numpy as np

from .arrays import FloatArray

_TINY = 1e-12


def unit(vectors: FloatArray) -> FloatArray:
    """(...,3) scaled to length 1; a zero vector stays zero."""
    directions: FloatArray = vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), _TINY)
    return directions


def dot(first: FloatArray, second: FloatArray) -> FloatArray:
    """(...) scalar products of (...,3) vectors."""
    products: FloatArray = np.sum(first * second, axis=-1)
    return products


def reject(vectors: FloatArray, axes: FloatArray) -> FloatArray:
    """(...,3) what is left of `vectors` without their part along the unit `axes`."""
    rest: FloatArray = vectors - dot(vectors, axes)[..., None] * axes
    return rest


def apply(matrices: FloatArray, vectors: FloatArray) -> FloatArray:
    """(...,3) vectors turned by (...,3,3) matrices."""
    turned: FloatArray = np.einsum("...ij,...j->...i", matrices, vectors)
    return turned


def frame(primary: FloatArray, secondary: FloatArray) -> FloatArray:
    """(...,3,3) frame: column 0 along `primary`, column 1 as near `secondary` as it can, column 2 across both."""
    first = unit(primary)
    second = unit(reject(secondary, first))
    return np.stack(np.broadcast_arrays(first, second, np.cross(first, second)), axis=-1)


def smoothstep(low: float, high: float, values: FloatArray) -> FloatArray:
    """(...) 0 below `low`, 1 above `high`, smooth between."""
    x = np.clip((values - low) / (high - low), 0.0, 1.0)
    smooth: FloatArray = x * x * (3.0 - 2.0 * x)
    return smooth
