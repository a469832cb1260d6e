"""Left and right mixed up for a moment: finds the frames and changes them back."""

from __future__ import annotations

from typing import Final

import numpy as np

from .. import joints
from .arrays import BoolArray, FloatArray


def _pairs(*parts: str) -> tuple[tuple[int, int], ...]:
    return tuple((joints.INDEX[f"left_{part}"], joints.INDEX[f"right_{part}"]) for part in parts)


LIMBS: Final = (_pairs("shoulder", "elbow", "wrist"), _pairs("hip", "knee", "ankle"))
"""Pairs (left, right) that a detector mixes up together."""

_STATES: Final = np.array([[False, False], [True, False], [False, True], [True, True]])

_DOUBT_PER_S: Final = 0.6
"""Cost, in person sizes, of saying for a second that the detector is wrong: short mix-ups only are mended."""


def mixed_up(joints_px: FloatArray, times_s: FloatArray, size_px: float) -> BoolArray:
    """Frames in which left and right have changed places, for the arms, the legs or both.

    A Viterbi path over four states (as given, arms swapped, legs swapped, both). A step costs the mean distance that
    each limb's joints move between neighbouring frames; any swap costs a little, so what a detector says for long is
    believed.

    Args:
        joints_px: (T, 17, 2) pixels, finite.
        times_s: (T,) increasing.
        size_px: size of the person in the image.

    Returns:
        (T, 2) True where mixed up; columns as in `LIMBS`.
    """
    arms, legs = (_step_costs(joints_px, pairs, _STATES[:, limb]) for limb, pairs in enumerate(LIMBS))
    steps = (arms + legs) / size_px
    doubt_s = np.diff(times_s, prepend=times_s[0] - 1.0 / 30.0)
    doubt = _DOUBT_PER_S * doubt_s[:, None] * _STATES.any(axis=1)
    came_from = np.zeros((len(joints_px), len(_STATES)), np.intp)
    cost = doubt[0]
    for frame in range(1, len(joints_px)):
        total = cost[:, None] + steps[frame - 1]
        came_from[frame] = total.argmin(axis=0)
        cost = total.min(axis=0) + doubt[frame]
    path = np.zeros(len(joints_px), np.intp)
    path[-1] = cost.argmin()
    for frame in range(len(joints_px) - 1, 0, -1):
        path[frame - 1] = came_from[frame, path[frame]]
    return _STATES[path]


def swap_back(values: FloatArray, mixed: BoolArray) -> FloatArray:
    """Values (T, 17, ...) with left and right exchanged where `mixed` (T, 2) says so; its own inverse."""
    out = values.copy()
    for column, pairs in enumerate(LIMBS):
        frames = mixed[:, column]
        for left, right in pairs:
            out[frames, left], out[frames, right] = values[frames, right], values[frames, left]
    return out


def _step_costs(joints_px: FloatArray, pairs: tuple[tuple[int, int], ...], swapped: BoolArray) -> FloatArray:
    """(T-1, 4, 4) mean distance in pixels from each state to each state of the next frame."""
    left, right = (joints_px[:, [pair[side] for pair in pairs]] for side in (0, 1))
    given, changed = np.concatenate([left, right], axis=1), np.concatenate([right, left], axis=1)
    stay = np.linalg.norm(given[1:] - given[:-1], axis=-1).mean(axis=1)
    change = np.linalg.norm(changed[1:] - given[:-1], axis=-1).mean(axis=1)
    differs = swapped[:, None] != swapped[None, :]
    return np.asarray(np.where(differs, change[:, None, None], stay[:, None, None]))
