"""Two-bone inverse kinematics with a soft reach."""

from __future__ import annotations

import numpy as np

from ..arrays import FloatArray
from ..vectors import reject, unit
from .limbs import LimbPose

SOFT_FROM = 0.994
"""Share of the full length from which the limb gives way, so that it never snaps straight."""


def soft_reach(distance_m: FloatArray, length_m: float) -> FloatArray:
    """Distances that a limb of this length reaches: unchanged up to `SOFT_FROM`, then ever closer to the full length.

    Args:
        distance_m: (T,) wanted distances from the limb's start.
        length_m: both segments together.
    """
    start = SOFT_FROM * length_m
    room = length_m - start
    beyond = np.maximum(distance_m - start, 0.0)
    reached: FloatArray = np.where(distance_m > start, start + room * (1.0 - np.exp(-beyond / room)), distance_m)
    return reached


def two_bone(to_target_m: FloatArray, axis: FloatArray, lengths_m: tuple[float, float]) -> LimbPose:
    """Pose of a limb whose end shall be at a target, bent about a given axis.

    Args:
        to_target_m: (T,3) from the limb's start to the target.
        axis: (T,3) bend axis wanted, about perpendicular to the line to the target.
        lengths_m: of the two segments.

    Returns:
        Directions of both segments and the bend axis used. Targets out of reach, near or far, are approached along the
        line to them.
    """
    first, second = lengths_m
    distance = np.linalg.norm(to_target_m, axis=-1)
    line = unit(to_target_m)
    nearest = abs(first - second) + 0.02 * (first + second)
    reach = np.maximum(soft_reach(distance, first + second), nearest)
    axis = unit(reject(axis, line))
    cosine = np.clip((first**2 + reach**2 - second**2) / (2.0 * first * reach), -1.0, 1.0)
    sine = np.sqrt(1.0 - cosine**2)
    sideways = np.cross(line, axis)
    upper = cosine[:, None] * line + sine[:, None] * sideways
    lower = unit(reach[:, None] * line - first * upper)
    return LimbPose(upper, lower, axis)
