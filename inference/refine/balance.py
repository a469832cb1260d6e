"""Which way is up, from balance: over time a body stands above its feet, whatever it does with arms and knees."""

from __future__ import annotations

from typing import Final

import numpy as np

from .. import joints
from .arrays import BoolArray, FloatArray
from .vectors import unit

LEVEL_UP: Final = np.array([0.0, -1.0, 0.0])
"""Up in camera axes for a camera that looks level."""

_SOLE_FORWARD_M: Final = 0.06
"""From the ankle forward to the middle of the sole, of a person of the reference height."""
_PELVIS_SHARE: Final = 0.45
"""The body's mass lies between pelvis and thorax, a little nearer to the thorax: arms and head weigh with it."""

_LEAST_LEG: Final = 0.8
"""Distance hip-ankle over thigh + shin of the longer leg: below it the person sits, kneels or squats."""
_MOST_TILT: Final = np.cos(np.radians(45.0))
_MOST_BEND: Final = np.cos(np.radians(70.0))
_FEWEST_FRAMES: Final = 5
_FEWEST_SHARE: Final = 0.05
_ROUNDS: Final = 15
_NEAR: Final = 1e-2


def balance_up(poses: FloatArray, detected: BoolArray) -> FloatArray:
    """Up in camera axes; level when there are too few standing frames to say.

    The geometric median of the directions from the middle of the soles to the middle of the body.

    Args:
        poses: (T, 17, 3) metres, camera axes, of a person of the reference height.
        detected: (T,) frames in which the person was seen.

    Returns:
        (3,) unit vector, camera axes, within 45 degrees of `LEVEL_UP`.
    """
    up = LEVEL_UP
    usable = standing_frames(poses) & detected
    for _ in range(2):  # which way is forward depends a little on which way is up
        body = unit(_body_middle(poses) - _soles_middle(poses, up, _SOLE_FORWARD_M))
        chosen = body[usable & (body @ LEVEL_UP > _MOST_TILT)]
        if len(chosen) < max(_FEWEST_FRAMES, _FEWEST_SHARE * detected.sum()):
            return LEVEL_UP.copy()
        up = _geometric_median(chosen)
    return up


def standing_frames(poses: FloatArray) -> BoolArray:
    """(T,) True where a leg is stretched and the torso is not upside down or level; poses (T, 17, 3), camera axes."""
    at = joints.INDEX
    stretch = np.zeros(len(poses))
    for side in ("left", "right"):
        hip, knee, ankle = (poses[:, at[f"{side}_{part}"]] for part in ("hip", "knee", "ankle"))
        leg = np.linalg.norm(knee - hip, axis=-1) + np.linalg.norm(ankle - knee, axis=-1)
        stretch = np.maximum(stretch, np.linalg.norm(ankle - hip, axis=-1) / np.maximum(leg, _NEAR))
    torso = unit(poses[:, at["thorax"]] - poses[:, at["pelvis"]])
    return np.asarray((stretch > _LEAST_LEG) & (torso @ LEVEL_UP > _MOST_BEND))


def _body_middle(poses: FloatArray) -> FloatArray:
    pelvis, thorax = poses[:, joints.INDEX["pelvis"]], poses[:, joints.INDEX["thorax"]]
    return _PELVIS_SHARE * pelvis + (1.0 - _PELVIS_SHARE) * thorax


def _soles_middle(poses: FloatArray, up: FloatArray, forward_m: float) -> FloatArray:
    at = joints.INDEX
    forward = unit(np.cross(poses[:, at["left_hip"]] - poses[:, at["right_hip"]], up))
    return 0.5 * (poses[:, at["left_ankle"]] + poses[:, at["right_ankle"]]) + forward_m * forward


def _geometric_median(directions: FloatArray) -> FloatArray:
    middle = unit(directions.mean(axis=0))
    for _ in range(_ROUNDS):  # Weiszfeld's steps
        weights = 1.0 / np.maximum(np.linalg.norm(directions - middle, axis=-1), _NEAR)
        middle = unit((weights[:, None] * directions).sum(axis=0))
    return middle
