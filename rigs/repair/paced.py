"""Directions that jump for good: the jump becomes a turn, half of it before its moment and half behind."""

from __future__ import annotations

import numpy as np

from .. import quaternions
from ..arrays import BoolArray, FloatArray
from .pace import angles


def paced(directions: FloatArray, allowed: FloatArray) -> FloatArray:
    """The directions with no step longer than allowed.

    One copy follows the directions forwards in time, one backwards, each no faster than allowed; the result lies
    midway. So nothing is late or early, backwards is the mirror image of forwards, and a column without jumps is
    unchanged.

    Args:
        directions: (T,N,3) unit.
        allowed: (T-1,N) radians.

    Returns:
        (T,N,3) unit.
    """
    made = directions.copy()
    jumps = angles(directions[1:], directions[:-1]) > allowed
    for column in np.flatnonzero(jumps.any(axis=0)):
        path, most = directions[:, column], allowed[:, column]
        forwards = _followed(path, most, jumps[:, column])
        backwards = _followed(path[::-1], most[::-1], jumps[::-1, column])[::-1]
        changed = np.any((forwards != path) | (backwards != path), axis=-1)
        turn = quaternions.log(quaternions.swing(forwards[changed], backwards[changed]))
        made[changed, column] = quaternions.rotate(quaternions.exp(0.5 * turn), forwards[changed])
    return made


def _followed(path: FloatArray, most: FloatArray, jumps: BoolArray) -> FloatArray:
    """(T,3) follower of a (T,3) path: on it until a jump, then after it by (T-1,) `most` a step until it is reached."""
    follower = path.copy()
    caught = 0
    for jump in np.flatnonzero(jumps):
        for frame in range(max(int(jump), caught), len(most)):
            turn = quaternions.log(quaternions.swing(follower[frame], path[frame + 1]))
            angle = float(np.linalg.norm(turn))
            if angle <= most[frame]:
                caught = frame + 1
                break
            step = quaternions.exp(most[frame] / angle * turn)
            follower[frame + 1] = quaternions.rotate(step, follower[frame])
            caught = frame + 1
    return follower
