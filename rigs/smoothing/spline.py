"""The discrete smoothing spline on true times whose stiffness may differ from moment to moment and path to path."""

from __future__ import annotations

from itertools import combinations
from typing import Final

import numpy as np

from ..arrays import FloatArray

ORDER: Final = 3
"""Derivative that is held down. The third leaves even acceleration as it is, so that a hit keeps more of its speed."""
_SMALLEST_WEIGHT: Final = 1e-8


def smoothing_spline(
    paths: FloatArray, times_s: FloatArray, cutoffs_hz: FloatArray, weights: FloatArray | None = None
) -> FloatArray:
    """Minimises sum w h (x - y)^2 + integral (x''')^2 / (2 pi cutoff)^6, h the time that each frame stands for.

    Where the cutoff stays the same, a sine of that frequency keeps half its amplitude and slower ones more, at any
    frame rate. Motion of constant acceleration passes unchanged, and nothing is delayed.

    Args:
        paths: (T, P, 3) positions.
        times_s: (T,) strictly increasing.
        cutoffs_hz: (T, P) half-amplitude frequencies, above 0.
        weights: (T, P) at least 0; None = all 1. Where it is near zero, the path follows the frames around.

    Returns:
        (T, P, 3). Clips of `ORDER` frames or fewer come back as they are.
    """
    if len(times_s) <= ORDER:
        return paths.copy()
    steps = np.diff(times_s)
    frame_s = 0.5 * (np.append(steps, 0.0) + np.append(0.0, steps))
    trust = frame_s[:, None] * np.ones(paths.shape[:2])
    if weights is not None:
        trust *= np.maximum(weights, _SMALLEST_WEIGHT)
    bands = _penalty(times_s, cutoffs_hz)
    bands[:, 0] += trust
    return _solve(bands, trust[..., None] * paths)


def _penalty(times_s: FloatArray, cutoffs_hz: FloatArray) -> FloatArray:
    """(T, ORDER + 1, P) lower bands of the penalty's matrix A: [t, d, p] = A[t + d, t] of path p."""
    frames, count = len(times_s), len(times_s) - ORDER
    knots = np.stack([times_s[k : k + count] for k in range(ORDER + 1)])
    # Divided differences: the third derivative of each four frames in a row, from unevenly spaced ones.
    parts = np.full_like(knots, float(np.prod(np.arange(1, ORDER + 1))))
    for first, second in combinations(range(ORDER + 1), 2):
        parts[first] /= knots[first] - knots[second]
        parts[second] /= knots[second] - knots[first]
    softness = np.mean([cutoffs_hz[k : k + count] for k in range(ORDER + 1)], axis=0)
    stiffness = ((knots[-1] - knots[0]) / ORDER)[:, None] / (2.0 * np.pi * softness) ** (2 * ORDER)
    bands = np.zeros((frames, ORDER + 1, cutoffs_hz.shape[1]))
    for column in range(ORDER + 1):
        for row in range(column, ORDER + 1):
            bands[column : column + count, row - column] += stiffness * (parts[row] * parts[column])[:, None]
    return bands


def _solve(bands: FloatArray, right: FloatArray) -> FloatArray:
    """Solves the symmetric banded systems of all paths at once, frame by frame: right (T, P, 3) -> (T, P, 3)."""
    frames = len(right)
    # Rows of zeros behind the end spare the last frames a case of their own.
    solved = np.concatenate([right, np.zeros((ORDER, *right.shape[1:]))])
    work = np.concatenate([bands, np.zeros((ORDER, *bands.shape[1:]))])
    factors = np.empty((frames, ORDER, bands.shape[2]))
    for frame in range(frames):
        below = work[frame, 1:]
        share = factors[frame] = below / work[frame, 0]
        for k in range(ORDER):
            work[frame + 1 + k, : ORDER - k] -= share[k] * below[k:]
        solved[frame + 1 : frame + 1 + ORDER] -= share[..., None] * solved[frame]
    solved[:frames] /= work[:frames, 0, :, None]
    for frame in range(frames - 2, -1, -1):
        solved[frame] -= np.einsum("kp,kpc->pc", factors[frame], solved[frame + 1 : frame + 1 + ORDER])
    return solved[:frames]
