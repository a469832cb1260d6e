"""Smoothing over time."""

from __future__ import annotations

import numpy as np

from ..arrays import FloatArray, stretches

_LIMITING_ROUNDS, _LEAST_LINK = 20, 0.2


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


def least_slope(values: FloatArray, slopes: FloatArray) -> FloatArray:
    """(T,) smallest curve nowhere below `values` that changes by at most (T-1,) `slopes` from frame to frame."""
    way = np.concatenate([[0.0], np.cumsum(slopes)])
    falling = np.maximum.accumulate(values + way) - way
    rising = np.maximum.accumulate((values - way)[::-1])[::-1] + way
    curve: FloatArray = np.maximum(falling, rising)
    return curve


def limited_steps(values: FloatArray, weights: FloatArray, links: FloatArray, allowed: FloatArray) -> FloatArray:
    """Values nearest to the given ones whose steps in time are smooth, and no longer than what is allowed.

    Solves weights (x - values)^2 + links (x - next x)^2 for its least sum, with links tightened where a step is too
    long; after the last round a step may still be a little longer.

    Args:
        values: (T,N) wanted.
        weights: (T,) above 0, how much each frame is wanted.
        links: (T-1,) how much each pair of neighbours is wanted to be equal; may be 0.
        allowed: (T-1,) longest step, above 0.
    """
    least = _LEAST_LINK * np.minimum(weights[1:], weights[:-1])  # more makes frames that hardly count one stiff block
    for _ in range(_LIMITING_ROUNDS):
        solved = _least_squares(values, weights, links)
        excess = np.linalg.norm(np.diff(solved, axis=0), axis=-1) / allowed
        if np.all(excess <= 1.0):
            break
        links = np.where(excess > 1.0, np.maximum(links, least) * np.maximum(excess, 1.2) ** 2, links)
    return solved


def _least_squares(values: FloatArray, weights: FloatArray, links: FloatArray) -> FloatArray:
    """(T,N) solution of the tridiagonal system of `limited_steps`: frames without links keep their values."""
    diagonal = weights.copy()
    diagonal[:-1] += links
    diagonal[1:] += links
    solved = values.copy()
    for start, end in stretches(links > 0.0):
        block = slice(start, end + 1)
        right = weights[block, None] * values[block]
        solved[block] = _tridiagonal(diagonal[block], links[start:end], right)
    return solved


def _tridiagonal(diagonal: FloatArray, links: FloatArray, right: FloatArray) -> FloatArray:
    """(T,N) x with diagonal x - links (x of the neighbours) = right: Thomas's algorithm."""
    # plain numbers: indexing arrays one by one takes several times as long
    pivots, off, factors = diagonal.tolist(), links.tolist(), links.tolist()
    for frame, link in enumerate(off):
        factors[frame] = link / pivots[frame]
        pivots[frame + 1] -= factors[frame] * link
    columns = []
    for column in right.T.tolist():
        for frame, factor in enumerate(factors):
            column[frame + 1] += factor * column[frame]
        column[-1] /= pivots[-1]
        for frame in range(len(off) - 1, -1, -1):
            column[frame] = (column[frame] + off[frame] * column[frame + 1]) / pivots[frame]
        columns.append(column)
    return np.array(columns).T


def _weighted(values: FloatArray, weights: FloatArray) -> FloatArray:
    radius = len(weights) // 2
    padded = np.pad(values, [(radius, radius)] + [(0, 0)] * (values.ndim - 1), mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, len(weights), axis=0)
    smooth: FloatArray = windows @ weights
    return smooth
