"""From camera space to the world: which way is up, where the floor is."""

from __future__ import annotations

from typing import Final

import numpy as np

from .. import joints
from .arrays import BoolArray, FloatArray

LEVEL_UP: Final = np.array([0.0, -1.0, 0.0])
"""Up in camera axes for a camera that looks level."""

ANKLE_HEIGHT_SHARE: Final = 0.077 / joints.REFERENCE_HEIGHT_M
"""Height of a standing ankle joint over the sole, as a share of body height: tenth percentile of the motion capture."""

_STRAIGHT_KNEE: Final = np.cos(np.radians(180.0 - 155.0))
_STRAIGHT_HIP: Final = np.cos(np.radians(25.0))
_MOST_TILT: Final = np.cos(np.radians(40.0))
_FEWEST_FRAMES: Final = 10
_FEWEST_SHARE: Final = 0.05
_FLOOR_PERCENTILE: Final = 10.0
_ROUNDS: Final = 10


def upright_directions(poses: FloatArray) -> tuple[FloatArray, BoolArray]:
    """Direction from between the ankles to the thorax, and whether the frame shows an upright body.

    Upright means both knees straight, the torso in line with the legs, and within 40 degrees of the image's up.

    Args:
        poses: (T, 17, 3) metres, camera axes.

    Returns:
        (T, 3) unit directions, camera axes; (T,) True for upright frames.
    """
    at = joints.INDEX
    ankles = 0.5 * (poses[:, at["left_ankle"]] + poses[:, at["right_ankle"]])
    body = _unit(poses[:, at["thorax"]] - ankles)
    torso = _unit(poses[:, at["thorax"]] - poses[:, at["pelvis"]])
    legs = _unit(poses[:, at["pelvis"]] - ankles)
    upright = ((torso * legs).sum(-1) > _STRAIGHT_HIP) & (body @ LEVEL_UP > _MOST_TILT)
    for side in ("left", "right"):
        thigh = _unit(poses[:, at[f"{side}_knee"]] - poses[:, at[f"{side}_hip"]])
        shin = _unit(poses[:, at[f"{side}_ankle"]] - poses[:, at[f"{side}_knee"]])
        upright &= (thigh * shin).sum(-1) > _STRAIGHT_KNEE
    return body, upright


def estimate_up(poses: FloatArray, detected: BoolArray) -> FloatArray:
    """Up in camera axes, from how the person stands; level when there are too few upright frames to say.

    Args:
        poses: (T, 17, 3) metres, camera axes.
        detected: (T,) frames in which the person was seen.

    Returns:
        (3,) unit vector, camera axes: the geometric median of the upright directions, or `LEVEL_UP`.
    """
    body, upright = upright_directions(poses)
    chosen = body[upright & detected]
    if len(chosen) < max(_FEWEST_FRAMES, _FEWEST_SHARE * detected.sum()):
        return LEVEL_UP.copy()
    up = _unit(chosen.mean(axis=0))
    for _ in range(_ROUNDS):  # Weiszfeld's steps
        weights = 1.0 / np.maximum(np.linalg.norm(chosen - up, axis=-1), 1e-3)
        up = _unit((weights[:, None] * chosen).sum(axis=0))
    return up


def world_from_camera(joints_camera: FloatArray, up: FloatArray, detected: BoolArray, height_m: float) -> FloatArray:
    """Rigid transform with Z up, the floor under the feet at 0 and the first pelvis over the origin.

    The camera's forward direction, laid level, becomes +Y, so a person who faces the camera faces -Y.

    Args:
        joints_camera: (T, 17, 3) absolute metres, camera axes.
        up: (3,) unit vector, camera axes.
        detected: (T,), at least one True.
        height_m: standing height of the person, which says how high an ankle is over the sole.

    Returns:
        (4, 4) world from camera.
    """
    matrix = np.eye(4)
    forward = np.array([0.0, 0.0, 1.0])
    forward = _unit(forward - (forward @ up) * up)
    matrix[:3, :3] = np.stack([np.cross(forward, up), forward, up])
    turned = joints_camera @ matrix[:3, :3].T
    ankles = turned[detected][:, [joints.INDEX["left_ankle"], joints.INDEX["right_ankle"]], 2]
    floor = np.percentile(ankles.min(axis=1), _FLOOR_PERCENTILE) - ANKLE_HEIGHT_SHARE * height_m
    matrix[:3, 3] = [-turned[0, 0, 0], -turned[0, 0, 1], -floor]
    return matrix


def transform(matrix: FloatArray, points: FloatArray) -> FloatArray:
    """Points (..., 3) through a rigid (4, 4)."""
    return np.asarray(points @ matrix[:3, :3].T + matrix[:3, 3])


def _unit(vectors: FloatArray) -> FloatArray:
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.maximum(length, 1e-9))
