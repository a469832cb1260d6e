"""Which foot stands when: probabilities by rule, and the stretches that they make."""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy import ndimage

from .. import joints
from .arrays import BoolArray, FloatArray
from .vectors import unit

_SPEED_M_S: Final = 0.4
"""Speed at which an ankle counts half as standing: it goes on while the foot rolls off, and the lifter trembles."""
_ALONG: Final = 0.6
"""Share of the speed along the line of sight that counts: depth errs more."""
_LEVEL_M: Final = 0.08
"""An ankle this far above the lowest one near in time still belongs to a foot on the floor ..."""
_RAISED_M: Final = 0.05
"""... and this much higher it counts half."""
_NEAR_S: Final = 0.5
_SMOOTHED_S: Final = 0.1
_BEGINS, _ENDS = 0.5, 0.3
_SHORTEST_S: Final = 0.1


def stance_probability(joints_camera: FloatArray, up: FloatArray, times_s: FloatArray) -> FloatArray:
    """How likely each foot is to stand, from its speed and its height over the lowest place of a foot around that time.

    There is no floor in it: a foot stands on stairs as well.

    Args:
        joints_camera: (T, 17, 3) absolute metres, camera axes, of a person of the reference height.
        up: (3,) camera axes.
        times_s: (T,) strictly increasing.

    Returns:
        (T, 2) in 0..1, left and right.
    """
    if len(times_s) < 2:
        return np.ones((len(times_s), len(joints.ANKLES)))
    frame_s = float(np.median(np.diff(times_s)))
    feet = joints_camera[:, joints.ANKLES]
    height = feet @ up
    lowest = ndimage.minimum_filter1d(height.min(axis=1), _frames(_NEAR_S, frame_s), mode="nearest")
    velocity = np.gradient(feet, times_s, axis=0)
    sight = unit(joints_camera[:, :1])
    velocity -= (1.0 - _ALONG) * (velocity * sight).sum(axis=-1, keepdims=True) * sight
    velocity = ndimage.uniform_filter1d(velocity, _frames(0.5 * _SMOOTHED_S, frame_s), axis=0, mode="nearest")
    speed = np.linalg.norm(velocity, axis=-1)
    above = np.maximum(height - lowest[:, None] - _LEVEL_M, 0.0)
    return np.asarray(1.0 / (1.0 + (speed / _SPEED_M_S) ** 4) / (1.0 + (above / _RAISED_M) ** 4))


def stances(probability: FloatArray, times_s: FloatArray) -> BoolArray:
    """(T, 2) True where a foot stands: stretches above 0.3 that reach 0.5, and last a tenth of a second."""
    standing = np.zeros(probability.shape, np.bool_)
    for foot in range(probability.shape[1]):
        for first, end in runs(probability[:, foot] > _ENDS):
            lasting = times_s[end - 1] - times_s[first] >= _SHORTEST_S
            standing[first:end, foot] = lasting and probability[first:end, foot].max() > _BEGINS
    return standing


def told(found: FloatArray | BoolArray, said: FloatArray) -> FloatArray:
    """What was found (T, 2), 0..1, but 1 and 0 where the user said so; NaN = nothing said."""
    return np.where(np.isnan(said), found, said)


def runs(on: BoolArray) -> list[tuple[int, int]]:
    """(first, behind the last) of each stretch of True in (T,)."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], on.astype(np.int8), [0]]))).reshape(-1, 2)
    return [(int(first), int(end)) for first, end in edges]


def _frames(reach_s: float, frame_s: float) -> int:
    return 2 * max(1, round(reach_s / frame_s)) + 1
