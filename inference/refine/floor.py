"""The floor: the plane that the lower foot keeps coming back to."""

from __future__ import annotations

from typing import Final

import numpy as np

from .. import joints
from .arrays import BoolArray, FloatArray
from .vectors import unit

ANKLE_HEIGHT_M: Final = 0.077
"""Height of a standing ankle joint over the sole, reference height: the tenth percentile of the motion capture."""

_UP_SIGMA: Final = np.radians(7.0)
"""How far `upright.estimate_up` may be off, each way."""
_HEIGHT_SIGMA_M: Final = 0.08
_SIGHTS_PER_S: Final = 2.0
"""Neighbouring frames err alike: so many independent sights of the floor count for a second."""
_MOST_TURN: Final = np.tan(2.0 * _UP_SIGMA)
_RAISED_TRUST: Final = 0.5
"""A foot above the plane may just be raised; one below it is an error."""
_ROUNDS: Final = 20
_FIRST_GUESS_PERCENTILE: Final = 20.0


def fit_floor(
    joints_camera: FloatArray, up: FloatArray, detected: BoolArray, seconds: float
) -> tuple[FloatArray, float]:
    """Plane through the lower ankle of each frame, held near a first guess of up.

    Iteratively reweighted least squares (Geman-McClure) over two small turns of `up` and the plane's height, with a
    Gaussian prior on the turns: a person who stays in one place leaves `up` as it is, one who walks about corrects it.

    Args:
        joints_camera: (T, 17, 3) absolute metres, camera axes, of a person of the reference height.
        up: (3,) unit vector, camera axes.
        detected: (T,), at least one True.
        seconds: how long the clip is.

    Returns:
        Corrected up (3,), and the soles' height along it in metres from the camera.
    """
    ankles = joints_camera[detected][:, joints.ANKLES]
    side = unit(np.cross(up, [0.0, 0.0, 1.0]))
    ahead = np.cross(up, side)
    information = max(_SIGHTS_PER_S * seconds, 1.0) / len(ankles) / _HEIGHT_SIGMA_M**2
    prior = np.diag([1.0 / _UP_SIGMA**2, 1.0 / _UP_SIGMA**2, 0.0])
    turn = np.zeros(2)
    level = float(np.percentile((ankles @ up).min(axis=1), _FIRST_GUESS_PERCENTILE))
    corrected = up
    for _ in range(_ROUNDS):
        lower = ankles[np.arange(len(ankles)), (ankles @ corrected).argmin(axis=1)]
        slopes = np.stack([lower @ side, lower @ ahead], axis=-1)
        above = lower @ up + slopes @ turn - level
        weights = information / (1.0 + (above / _HEIGHT_SIGMA_M) ** 2) ** 2
        weights *= np.where(above > 0.0, _RAISED_TRUST, 1.0)
        columns = np.concatenate([slopes, -np.ones((len(lower), 1))], axis=1)
        normal = (columns * weights[:, None]).T @ columns + prior
        solved = np.linalg.solve(normal + 1e-9 * np.eye(3), -(columns * weights[:, None]).T @ (lower @ up))
        turn, level = solved[:2], float(solved[2])
        corrected = unit(up + turn[0] * side + turn[1] * ahead)
    length = float(np.linalg.norm(up + turn[0] * side + turn[1] * ahead))
    if np.hypot(*turn) > _MOST_TURN:
        # Feet that touch no floor (bars, cartwheels, jumps from a roof) fit any plane: then only the height is theirs.
        corrected, length = up, 1.0
        level = float(np.percentile((ankles @ up).min(axis=1), _FIRST_GUESS_PERCENTILE))
    return corrected, level / length - ANKLE_HEIGHT_M
