"""The floor: the plane that the lower foot keeps coming back to."""

from __future__ import annotations

from typing import Final

import numpy as np

from .. import joints
from .arrays import BoolArray, FloatArray
from .upright import Up
from .vectors import unit

ANKLE_HEIGHT_M: Final = 0.077
"""Height of a standing ankle joint over the sole, reference height: the tenth percentile of the motion capture."""

_HEIGHT_SIGMA_M: Final = 0.08
_SIGHTS_PER_S: Final = 6.0
"""Neighbouring frames err alike: so many independent sights of the floor count for a second."""
_MOST_TURN: Final = np.tan(np.radians(14.0))
_RAISED_TRUST: Final = 0.5
"""A foot above the plane may just be raised; one below it is an error."""
_ROUNDS: Final = 10
_FIRST_GUESS_PERCENTILE: Final = 20.0


def fit_floor(joints_camera: FloatArray, guess: Up, detected: BoolArray, seconds: float) -> tuple[FloatArray, float]:
    """Plane through the lower ankle of each frame, held near a first guess of up.

    A person who stays in one place leaves the guess as it is, one who walks about corrects it.

    Args:
        joints_camera: (T, 17, 3) absolute metres, camera axes, of a person of the reference height.
        guess: of up.
        detected: (T,), at least one True.
        seconds: how long the clip is.

    Returns:
        Corrected up (3,), and the soles' height along it in metres from the camera.
    """
    ankles = joints_camera[detected][:, joints.ANKLES]
    up = _corrected(ankles, guess, max(_SIGHTS_PER_S * seconds, 1.0) / len(ankles) / _HEIGHT_SIGMA_M**2)
    lowest = (ankles @ up).min(axis=1)
    level = float(np.percentile(lowest, _FIRST_GUESS_PERCENTILE))
    for _ in range(_ROUNDS):
        level = float(np.average(lowest, weights=_trust(lowest - level)))
    return up, level - ANKLE_HEIGHT_M


def _corrected(ankles: FloatArray, guess: Up, information: float) -> FloatArray:
    """Up by iteratively reweighted Gauss-Newton steps over two small turns of it and the plane's height.

    Args:
        ankles: (T, 2, 3) absolute metres.
        guess: its information holds the turns.
        information: of one frame about the height, 1/m².
    """
    up, each = guess.direction, np.arange(len(ankles))
    side = unit(np.cross(up, [0.0, 0.0, 1.0]))
    turns = np.stack([side, np.cross(up, side)])
    prior = np.zeros((3, 3))
    prior[:2, :2] = turns @ guess.information @ turns.T
    fitted = np.array([0.0, 0.0, np.percentile((ankles @ up).min(axis=1), _FIRST_GUESS_PERCENTILE)])
    for _ in range(_ROUNDS):
        normal = up + fitted[:2] @ turns
        lower = ankles[each, (ankles @ normal).argmin(axis=1)]
        above = lower @ normal - fitted[2]
        columns = np.column_stack([lower @ turns.T, np.full(len(lower), -1.0)])
        weighted = columns * (information * _trust(above))[:, None]
        pull = weighted.T @ above + prior @ fitted
        fitted -= np.linalg.solve(weighted.T @ columns + prior + 1e-9 * np.eye(3), pull)
    # Feet that touch no floor (bars, cartwheels, jumps from a roof) fit any plane.
    return up if np.hypot(*fitted[:2]) > _MOST_TURN else unit(up + fitted[:2] @ turns)


def _trust(above: FloatArray) -> FloatArray:
    """0..1 for heights over the plane, metres (Geman-McClure)."""
    near = 1.0 / (1.0 + (above / _HEIGHT_SIGMA_M) ** 2) ** 2
    return np.asarray(near * np.where(above > 0.0, _RAISED_TRUST, 1.0))
