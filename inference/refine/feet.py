"""Standing feet held in place: each leg is bent anew so that its ankle stays where it stands."""

from __future__ import annotations

from typing import Final

import numpy as np

from .. import joints
from .arrays import BoolArray, FloatArray
from .floor import ANKLE_HEIGHT_M
from .smooth import smooth
from .stance import runs
from .vectors import eased, unit

_LEGS: Final = tuple(
    (joints.INDEX[f"{side}_hip"], joints.INDEX[f"{side}_knee"], ankle)
    for side, ankle in zip(("left", "right"), joints.ANKLES, strict=True)
)
_EASE_S: Final = 0.35
"""A foot that is held is let go over this long, before and after."""
_FARTHEST_M: Final = 0.1
"""An ankle is moved no further: what errs more is no error of a standing foot."""
_NEAR_FLOOR_M: Final = 0.06
"""A foot that seems to stand this near the floor stands on it; from twice that on, it stands on something else."""
_STRETCHED: Final = 0.9995
_CARRIED_HZ: Final = 1.4
"""What a standing foot lacks slowly is the path's error, what it lacks fast is the leg's: the image shows how the body
moves faster than this better than a lifted leg does."""
_CARRIED_ROUNDS: Final = 2
_NOWHERE: Final = 0.03
"""What it counts, beside a standing foot, that nobody is carried where none stands: or a stand's slope would go on."""


def hold_feet(
    poses: FloatArray, standing: BoolArray, times_s: FloatArray, up: FloatArray, floor_m: float
) -> FloatArray:
    """The poses with each standing ankle at the median of its stand, and on the floor, as far as the leg reaches.

    First the whole person is carried, slowly, to where the feet lack least; then each leg is bent.

    Args:
        poses: (T, 17, 3) absolute metres, any axes that stand still.
        standing: (T, 2) left and right.
        times_s: (T,) strictly increasing.
        up: (3,) unit vector, same axes.
        floor_m: height of the floor along it.

    Returns:
        (T, 17, 3): every bone as long as before, hips and what is above them turned nowhere.
    """
    level = floor_m + ANKLE_HEIGHT_M
    held = _carry(poses, standing, times_s, up, level) if len(times_s) > 2 else poses.copy()
    for foot, (hip, knee, ankle) in enumerate(_LEGS):
        shift = _shift(held[:, ankle], standing[:, foot], times_s, up, level)
        held[:, knee], held[:, ankle] = _bend(held[:, hip], held[:, knee], held[:, ankle], shift)
    return held


def _carry(poses: FloatArray, standing: BoolArray, times_s: FloatArray, up: FloatArray, level: float) -> FloatArray:
    """Whole poses moved by the slow part of what the standing feet lack."""
    number = standing.sum(axis=1)
    for _ in range(_CARRIED_ROUNDS):
        feet = ((poses[:, ankle], standing[:, foot]) for foot, ankle in enumerate(joints.ANKLES))
        lacking = np.stack([_shift(path, stands, times_s, up, level) for path, stands in feet], axis=1)
        mean = (lacking * standing[..., None]).sum(axis=1) / np.maximum(number, 1)[:, None]
        poses = poses + smooth(mean, times_s, _CARRIED_HZ, np.maximum(number, _NOWHERE))[:, None]
    return poses


def _shift(ankle: FloatArray, standing: BoolArray, times_s: FloatArray, up: FloatArray, level: float) -> FloatArray:
    """(T, 3) that brings an ankle (T, 3) to its places, eased out between them."""
    total, weight = np.zeros_like(ankle), np.zeros(len(ankle))
    moved = np.zeros_like(ankle)
    for first, end in runs(standing):
        place = np.median(ankle[first:end], axis=0)
        place -= _over_floor(float(place @ up) - level) * up
        away = place - ankle[first:end]
        length = np.linalg.norm(away, axis=-1, keepdims=True)
        away *= np.minimum(1.0, _FARTHEST_M / np.maximum(length, 1e-9))
        moved[first:end] = away
        # No further than it eases: the effort would grow with the square of the frames.
        start = int(np.searchsorted(times_s, times_s[first] - _EASE_S))
        stop = int(np.searchsorted(times_s, times_s[end - 1] + _EASE_S, side="right"))
        before = 1.0 - eased((times_s[first] - times_s[start:first]) / _EASE_S)
        after = 1.0 - eased((times_s[end:stop] - times_s[end - 1]) / _EASE_S)
        total[start:first] += before[:, None] * away[0]
        total[end:stop] += after[:, None] * away[-1]
        weight[start:first] += before
        weight[end:stop] += after
    between = total / np.maximum(weight, 1.0)[:, None]
    return np.where(standing[:, None], moved, between)


def _over_floor(height_m: float) -> float:
    """How much of a standing ankle's height over the place of one on the floor is an error."""
    return height_m * (1.0 - float(eased(np.asarray(abs(height_m) / _NEAR_FLOOR_M - 1.0))))


def _bend(hip: FloatArray, knee: FloatArray, ankle: FloatArray, shift: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Knee and ankle (T, 3) with the ankle moved by `shift`; the knee stays in the leg's plane and its lengths."""
    thigh = np.linalg.norm(knee - hip, axis=-1, keepdims=True)
    shin = np.linalg.norm(ankle - knee, axis=-1, keepdims=True)
    reach = ankle + shift - hip
    wanted = np.linalg.norm(reach, axis=-1, keepdims=True)
    length = np.clip(wanted, np.abs(thigh - shin) + 1e-6, _STRETCHED * (thigh + shin))
    length = np.maximum(length, np.minimum(wanted, np.linalg.norm(ankle - hip, axis=-1, keepdims=True)))
    along = unit(reach)
    at = (thigh**2 - shin**2 + length**2) / np.maximum(2.0 * length, 1e-9)
    side = knee - hip
    side = side - (side * along).sum(axis=-1, keepdims=True) * along
    out = np.sqrt(np.maximum(thigh**2 - at**2, 0.0))
    bent = hip + at * along + out * unit(side)
    still = (shift == 0.0).all(axis=-1, keepdims=True)
    return np.where(still, knee, bent), np.where(still, ankle, hip + length * along)
