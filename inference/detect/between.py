"""Frames that lie between two looks: their points on a smooth curve through what was found."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator

Rows = NDArray[np.float32]


def fill_between(rows: Rows, looked: NDArray[np.bool_], found: NDArray[np.bool_], times_s: NDArray[np.float64]) -> Rows:
    """Values of the frames that were not looked at, where the looks before and behind both found somebody.

    The curve has a find's value at its frame and never goes beyond its neighbours' values.

    Args:
        rows: (T, ...) with anything where not looked.
        looked: (T,) the detector looked at the frame.
        found: (T,) and found somebody.
        times_s: (T,) increasing.

    Returns:
        (T, ...); what was looked at is not touched.
    """
    filled = rows.copy()
    looks = np.flatnonzero(looked)
    runs = np.split(looks, np.flatnonzero(np.diff(found[looks].astype(int))) + 1)
    for run in runs:
        if len(run) < 2 or not found[run[0]]:
            continue
        inner = np.setdiff1d(np.arange(run[0], run[-1]), run, assume_unique=True)
        known = rows[run].reshape(len(run), -1)
        whole = np.isfinite(known).all(axis=0)
        values = np.full((len(inner), known.shape[1]), np.nan, np.float32)
        values[:, whole] = PchipInterpolator(times_s[run], known[:, whole], axis=0)(times_s[inner])
        filled[inner] = values.reshape(len(inner), *rows.shape[1:])
    return filled
