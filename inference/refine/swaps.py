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

_DOUBT_PER_S: Final = 0.6
"""Cost, in person sizes, of saying for a second that the detector is wrong: short mix-ups only are mended."""


def mixed_up(joints_px: FloatArray, times_s: FloatArray, size_px: float) -> BoolArray:
    """Frames in which left and right have changed places, separately for arms and legs.

    A two-state Viterbi path: a frame is as given or swapped; a step costs the mean distance that the limb's joints move
    between neighbouring frames, and being swapped costs a little, so what a detector says for long is believed.

    Args:
        joints_px: (T, 17, 2) pixels, finite.
        times_s: (T,) increasing.
        size_px: size of the person in the image.

    Returns:
        (T, 2) True where mixed up; columns as in `LIMBS`.
    """
    doubt = _DOUBT_PER_S * np.diff(times_s, prepend=times_s[0] - 1.0 / 30.0)
    return np.stack([_mixed_up_limb(joints_px, pairs, doubt, size_px) for pairs in LIMBS], axis=-1)


def swap_back(values: FloatArray, mixed: BoolArray) -> FloatArray:
    """Values (T, 17, ...) with left and right exchanged where `mixed` (T, 2) says so; its own inverse."""
    out = values.copy()
    for column, pairs in enumerate(LIMBS):
        frames = mixed[:, column]
        for left, right in pairs:
            out[frames, left], out[frames, right] = values[frames, right], values[frames, left]
    return out


def _mixed_up_limb(
    joints_px: FloatArray, pairs: tuple[tuple[int, int], ...], doubt: FloatArray, size_px: float
) -> BoolArray:
    left, right = (joints_px[:, [pair[side] for pair in pairs]] for side in (0, 1))
    as_given = np.concatenate([left, right], axis=1)
    swapped = np.concatenate([right, left], axis=1)
    stay = np.linalg.norm(as_given[1:] - as_given[:-1], axis=-1).mean(axis=1) / size_px
    change = np.linalg.norm(swapped[1:] - as_given[:-1], axis=-1).mean(axis=1) / size_px
    # Only the difference between the two states matters.
    came_from_swapped = np.zeros((len(joints_px), 2), np.bool_)
    cost = np.array([0.0, doubt[0]])
    for frame in range(1, len(joints_px)):
        kept, moved = cost + stay[frame - 1], cost[::-1] + change[frame - 1]
        came_from_swapped[frame] = [moved[0] < kept[0], kept[1] <= moved[1]]
        cost = np.minimum(kept, moved) + np.array([0.0, doubt[frame]])
    mixed = np.zeros(len(joints_px), np.bool_)
    state = bool(cost[1] < cost[0])
    for frame in range(len(joints_px) - 1, -1, -1):
        mixed[frame] = state
        state = bool(came_from_swapped[frame, int(state)])
    return mixed
