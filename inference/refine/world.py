"""From camera space to the world: Z up, floor at 0."""

from __future__ import annotations

import numpy as np

from .arrays import FloatArray
from .vectors import unit


def world_from_camera(first_pelvis: FloatArray, up: FloatArray, floor_m: float) -> FloatArray:
    """Rigid transform with Z up, the floor at 0 and the first pelvis over the origin.

    The camera's forward direction, laid level, becomes +Y, so a person who faces the camera faces -Y.

    Args:
        first_pelvis: (3,) metres, camera axes.
        up: (3,) unit vector, camera axes, not along the camera's own direction.
        floor_m: height of the floor along `up`, from the camera.

    Returns:
        (4, 4) world from camera.
    """
    matrix = np.eye(4)
    forward = np.array([0.0, 0.0, 1.0])
    forward = unit(forward - (forward @ up) * up)
    matrix[:3, :3] = np.stack([np.cross(forward, up), forward, up])
    start = matrix[:3, :3] @ first_pelvis
    matrix[:3, 3] = [-start[0], -start[1], -floor_m]
    return matrix


def transform(matrix: FloatArray, points: FloatArray) -> FloatArray:
    """Points (..., 3) through a rigid (4, 4)."""
    return np.asarray(points @ matrix[:3, :3].T + matrix[:3, 3])
