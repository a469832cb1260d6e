"""The lines through both hips and both shoulders: they turn about the trunk, and hardly tip over along it.

On motion capture the hips' line is never tipped by more than 20 degrees against the lower spine, nor the shoulders'
against the upper one. In films, where a body whirls and left and right are taken for one another, lifted lines are;
then which way they face comes from the frames around.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from .. import quaternions
from ..arrays import FloatArray
from ..solve.smoothing import limited_steps
from ..vectors import dot, reject, smoothstep, unit
from .pace import allowed_turns

_TIPPED_LOW, _TIPPED_HIGH = np.radians([20.0, 40.0])
_MOST_TIPPED: Final = np.radians(25.0)
_LEAST_TRUST: Final = 1e-3


def steadied_lines(lines: FloatArray, spine: FloatArray, times_s: FloatArray) -> FloatArray:
    """Directions of a line across the body that neither tip over nor jump about the spine.

    Args:
        lines: (T,3) unit, from the right to the left.
        spine: (T,3) unit direction of the part of the spine that the line is fixed to.
        times_s: (T,) increasing.

    Returns:
        (T,3) unit; the same where nothing is to be mended.
    """
    tip = np.arctan2(dot(lines, spine), np.linalg.norm(reject(lines, spine), axis=-1))
    trust = 1.0 - smoothstep(_TIPPED_LOW, _TIPPED_HIGH, np.abs(tip))
    level = unit(reject(lines, spine))
    carried = quaternions.rotate(quaternions.swing(spine[:-1], spine[1:]), level[:-1])
    turns = np.arctan2(dot(np.cross(carried, level[1:]), spine[1:]), dot(carried, level[1:]))
    facing = np.concatenate([[0.0], np.cumsum(turns)])
    known = np.flatnonzero(trust > 0.5)
    if not len(known):
        return lines
    # which way round it went where it was tipped over is not known: the shorter one
    followed = np.interp(times_s, times_s[known], np.unwrap(facing[known]))
    wanted = followed + (facing - followed + np.pi) % (2.0 * np.pi) - np.pi
    allowed = allowed_turns(np.diff(wanted)[:, None], times_s)[:, 0]
    doubted = np.minimum(trust[1:], trust[:-1]) < 1.0
    held = limited_steps(wanted[:, None], np.maximum(trust, _LEAST_TRUST), doubted.astype(float), allowed)[:, 0]
    turn = held - facing
    same = (np.abs(np.sin(0.5 * turn)) < 1e-6) & (np.abs(tip) <= _MOST_TIPPED)
    across = np.cross(spine, level)
    turned = np.cos(turn)[:, None] * level + np.sin(turn)[:, None] * across
    tipped = np.clip(tip, -_MOST_TIPPED, _MOST_TIPPED)[:, None]
    return np.where(same[:, None], lines, np.cos(tipped) * turned + np.sin(tipped) * spine)
