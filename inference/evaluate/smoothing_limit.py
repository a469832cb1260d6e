"""What no even filter can better: how well true accelerations can be told from the joints as they come."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .smoothing_clips import SmoothingClip
from .smoothing_measures import accelerations

Array = NDArray[np.float64]

_REACH: Final = 8
"""Frames that the filter sees before and after each one."""
_RIDGE: Final = 1e3


def best_filter_error(clips: Sequence[SmoothingClip]) -> float:
    """Acceleration error in m/s^2 of the linear filter that was fitted to the truth itself, over clean clips.

    Each joint and each axis has a filter of its own, by least squares of the true accelerations on those of the joint
    around; each half of the clips is filtered as the other half says. One axis should be the line of sight, or nearly.
    NaN where fewer than two clips are clean.
    """
    clean = [clip for clip in clips if clip.clean]
    if len(clean) < 2:
        return float("nan")
    halves = clean[::2], clean[1::2]
    errors = []
    for learned, tested in (halves, halves[::-1]):
        filters = _fit(learned)
        for clip in tested:
            made = np.einsum("tkja,kja->tja", _windows(accelerations(clip.raw, clip)), filters)
            errors.append(np.linalg.norm(made - accelerations(clip.truth, clip), axis=-1))
    return float(np.concatenate(errors).mean())


def _fit(clips: Sequence[SmoothingClip]) -> Array:
    """(K, J, 3) filters."""
    seen = np.concatenate([_windows(accelerations(clip.raw, clip)) for clip in clips])
    true = np.concatenate([accelerations(clip.truth, clip) for clip in clips])
    squares = np.einsum("tkja,tlja->jakl", seen, seen) + _RIDGE * np.eye(seen.shape[1])
    products = np.einsum("tkja,tja->jak", seen, true)
    return np.asarray(np.linalg.solve(squares, products[..., None])[..., 0].transpose(2, 0, 1))


def _windows(values: Array) -> Array:
    """(T, K, J, 3) the values (T, J, 3) of the frames around each one; zero beyond the ends."""
    padded = np.pad(values, ((_REACH, _REACH), (0, 0), (0, 0)))
    return np.stack([padded[k : k + len(values)] for k in range(2 * _REACH + 1)], axis=1)
