"""Somebody out of sight for long comes to stand at rest, and is back in the pose in time to be seen again."""

from __future__ import annotations

from typing import Final

import numpy as np

from .. import joints
from .arrays import BoolArray, FloatArray
from .bones import USUAL_M
from .stance import runs
from .vectors import eased, unit

_PATIENCE_S: Final = 2.0
"""Shorter gaps are led over by a straight line."""
_EASED_S: Final = 1.0
"""Rest is come to during so much of the end of `_PATIENCE_S`, and left so long before the person is seen again."""
_LEFT, _UP, _AHEAD = np.eye(3)
_SIDES: Final = {
    "hip": _LEFT,
    "knee": -_UP + 0.03 * _AHEAD,
    "ankle": -_UP - 0.03 * _AHEAD,
    "shoulder": _LEFT,
    "elbow": -_UP + 0.2 * _LEFT,
    "wrist": -_UP + 0.05 * _LEFT + 0.15 * _AHEAD,
}
_MIDDLES: Final = {"spine": _UP, "thorax": _UP, "nose": 1.7 * _UP + _AHEAD, "head": 1.5 * _UP - _AHEAD}


def rest_in_gaps(poses: FloatArray, detected: BoolArray, times_s: FloatArray) -> FloatArray:
    """The poses with somebody who stands, arms down, in the middle of gaps of more than two seconds.

    Args:
        poses: (T, 17, 3) metres, pelvis at the origin, axes that stand still; gaps are led over.
        detected: (T,), at least one True.
        times_s: (T,) increasing.

    Returns:
        (T, 17, 3): facing as before, up as the trunk usually is; bones are not of one length.
    """
    rested = poses.copy()
    up = unit(np.median(poses[detected, joints.INDEX["thorax"]], axis=0))
    for first, end in runs(~detected):
        if times_s[min(end, len(times_s) - 1)] - times_s[max(first - 1, 0)] <= _PATIENCE_S:
            continue
        lost = times_s[first - 1] if first > 0 else -np.inf
        again = times_s[end] if end < len(times_s) else np.inf
        times = times_s[first:end]
        share = eased((times - lost - (_PATIENCE_S - _EASED_S)) / _EASED_S) * eased((again - times) / _EASED_S)
        gap = rested[first:end]
        rested[first:end] += share[:, None, None] * (_standing(gap, up) - gap)
    return rested


def _standing(poses: FloatArray, up: FloatArray) -> FloatArray:
    """(T, 17, 3) at rest, each frame facing as its pose does."""
    across = poses[:, joints.INDEX["left_hip"]] - poses[:, joints.INDEX["right_hip"]]
    left = unit(across - (across @ up)[:, None] * up)
    axes = np.stack([left, np.broadcast_to(up, left.shape), np.cross(left, up)], axis=1)
    standing = np.zeros_like(poses)
    for joint, parent in enumerate(joints.PARENTS):
        if parent >= 0:
            standing[:, joint] = standing[:, parent] + USUAL_M[joint] * _direction(joint) @ axes
    return standing


def _direction(joint: int) -> FloatArray:
    """(3,) unit vector to a joint from its parent, in axes to the left, up and ahead."""
    side, _, part = joints.NAMES[joint].rpartition("_")
    direction = _SIDES[part] if side else _MIDDLES[part]
    return unit(direction * [-1.0, 1.0, 1.0] if side == "right" else direction)
