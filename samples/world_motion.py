"""Motions of the films with truth: other frame rates, and when feet stand."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

CONTACT_M, CONTACT_M_S = 0.03, 0.2
SOLE_M = 0.012
"""Shoes are so near to the floor at rest where they have their soles."""


def resampled(values: FloatArray, at: FloatArray) -> FloatArray:
    """Values (T, ...) at fractional frames, by Catmull-Rom curves; frames beyond the ends are refused.

    Raises:
        SystemExit: the clip is too short.
    """
    if at[-1] > len(values) - 1:
        raise SystemExit(f"The clip has {len(values)} frames, and frame {at[-1]:.0f} is wanted.")
    whole = np.minimum(np.floor(at).astype(int), len(values) - 2)
    t = (at - whole).reshape(-1, *[1] * (values.ndim - 1))
    before, here, there, behind = (values[np.clip(whole + k, 0, len(values) - 1)] for k in (-1, 0, 1, 2))
    linear, square, cubic = (
        there - before,
        2 * before - 5 * here + 4 * there - behind,
        -before + 3 * (here - there) + behind,
    )
    return np.asarray(here + 0.5 * t * (linear + t * (square + t * cubic)))


def sole_vertices(places: FloatArray) -> NDArray[np.intp]:
    """(2, 2) hindmost and foremost vertex of the soles, left and right, of a body (V, 3) at rest that faces -Y."""
    found = []
    for side in (places[:, 0] > 0, places[:, 0] < 0):
        sole = np.flatnonzero(side & (places[:, 2] < SOLE_M))
        found.append([sole[np.argmax(places[sole, 1])], sole[np.argmin(places[sole, 1])]])
    return np.array(found)


def contacts(
    soles: FloatArray, fps: float, low_m: float = CONTACT_M, slow_m_s: float = CONTACT_M_S
) -> NDArray[np.bool_]:
    """(T, 2, 2) whether heel and toe of the left and the right foot stand, for their places (T, 2, 2, 3)."""
    slow = np.linalg.norm(np.gradient(soles, 1 / fps, axis=0), axis=-1) < slow_m_s
    return np.asarray(slow & (soles[..., 2] < low_m))
