"""Corrects the root's path so that a foot that stands still in the image stands still in the world."""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy.linalg import solveh_banded

from .. import joints
from .arrays import FloatArray
from .vectors import unit

_ACROSS_SIGMA_M: Final = 0.02
"""How far the path may move across the line of sight, where the image says well where the person is ..."""
_ALONG_SIGMA_M: Final = 0.15
"""... and along it, where only the apparent size does."""
_STILL_SIGMA_M_S: Final = 0.14
"""Speed left to a standing foot in the world: the lifter's own error from frame to frame."""
_REFERENCE_S: Final = 1.0 / 30.0


def plant_feet(poses: FloatArray, path: FloatArray, times_s: FloatArray, standing: FloatArray) -> FloatArray:
    """Least squares for the whole path: near the given one, and standing feet at rest.

    The correction goes mostly along the line of sight, where the path is known least. The normal equations are block
    tridiagonal: the effort grows with the frames alone.

    Args:
        poses: (T, 17, 3) root-relative metres, camera axes.
        path: (T, 3) root in camera axes, metres, in front of the camera.
        times_s: (T,) strictly increasing.
        standing: (T, 2) 0..1, how likely the left and the right foot stand.

    Returns:
        (T, 3) corrected path, camera axes.
    """
    if len(path) < 2:
        return path.copy()
    steps_s = np.diff(times_s)
    # Frames err alike in time, so a second counts the same at any rate.
    frame_share = np.append(steps_s, steps_s[-1]) / _REFERENCE_S
    sight = unit(path)
    along = sight[:, :, None] * sight[:, None, :]
    trust = (np.eye(3) - along) / _ACROSS_SIGMA_M**2 + along / _ALONG_SIGMA_M**2
    trust *= frame_share[:, None, None]
    diagonal, beside = trust.copy(), np.zeros(len(steps_s))
    right = np.einsum("tij,tj->ti", trust, path)
    for side, foot in enumerate(joints.ANKLES):
        # A step is still when the foot stands at both of its ends.
        still = np.minimum(standing[1:, side], standing[:-1, side])
        pull = still * frame_share[:-1] / (_STILL_SIGMA_M_S * steps_s) ** 2
        moved = np.diff(poses[:, foot], axis=0) * pull[:, None]
        diagonal[1:] += pull[:, None, None] * np.eye(3)
        diagonal[:-1] += pull[:, None, None] * np.eye(3)
        beside -= pull
        right[1:] -= moved
        right[:-1] += moved
    return _solve_tridiagonal(diagonal, beside, right)


def _solve_tridiagonal(diagonal: FloatArray, beside: FloatArray, right: FloatArray) -> FloatArray:
    """Solves for (T, 3): symmetric blocks `diagonal` (T, 3, 3), next to them the identity times `beside` (T-1,)."""
    count = 3 * len(diagonal)
    bands = np.zeros((4, count))  # lower form: bands[d, i] = A[i + d, i]
    for row in range(3):
        for column in range(row + 1):
            bands[row - column, column::3] += diagonal[:, row, column]
    bands[3, : count - 3] = np.repeat(beside, 3)
    return np.asarray(solveh_banded(bands, right.reshape(-1), lower=True)).reshape(-1, 3)
