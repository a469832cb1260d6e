"""Bend axes of elbows and knees: which way a limb folds, also while it is straight.

A limb's *bend axis* is perpendicular to its first segment: first segment cross second. Where the limb is nearly
straight the joints do not tell it; then it comes from the frames around and from the *natural axis*, the one the joint
has when the limb swings, by the shortest way, out of a relaxed direction.
"""

from __future__ import annotations

import numpy as np

from .. import quaternions
from ..arrays import FloatArray
from ..vectors import apply, dot, reject, smoothstep, unit

# Measured on the motion capture: with these relaxed directions the axis of a well-bent limb stays within 40 (knee) and
# 100 (elbow) degrees of the natural one in 98 of 100 frames.
_RELAXED_ARM_DOWN = 1.0
_BEND_LOW, _BEND_HIGH = np.sin(np.radians(4.0)), np.sin(np.radians(25.0))
_KNEE_LIMITS, _ELBOW_LIMITS = (70.0, 110.0), (120.0, 160.0)
_DATA_WEIGHT, _NATURAL_WEIGHT, _SMOOTHING_S = 40.0, 0.02, 0.1
_SURE_LOW, _SURE_HIGH = np.sin(np.radians(25.0)), np.sin(np.radians(45.0))
_REST_BEND_LOW, _REST_BEND_HIGH = np.sin(np.radians(8.0)), np.sin(np.radians(20.0))


def elbow_axis(side: str, thorax: FloatArray, upper: FloatArray) -> FloatArray:
    """Natural bend axis of an elbow: forwards, out of an arm held 45 degrees down to its side.

    Args:
        side: "left" or "right".
        thorax: (...,3,3) columns left, back, up.
        upper: (...,3) shoulder to elbow, same axes.

    Returns:
        (...,3) unit axis perpendicular to `upper`.
    """
    outwards = 1.0 if side == "left" else -1.0
    relaxed = np.array([outwards, 0.0, -_RELAXED_ARM_DOWN])
    return _carried(thorax, relaxed, np.cross(relaxed, np.array([0.0, -1.0, 0.0])), upper)


def knee_axis(pelvis: FloatArray, upper: FloatArray) -> FloatArray:
    """Natural bend axis of a knee: backwards, out of a hanging leg.

    Args:
        pelvis: (...,3,3) columns left, back, up.
        upper: (...,3) hip to knee, same axes.

    Returns:
        (...,3) unit axis perpendicular to `upper`.
    """
    return _carried(pelvis, np.array([0.0, 0.0, -1.0]), np.array([1.0, 0.0, 0.0]), upper)


def _carried(body: FloatArray, relaxed: FloatArray, axis: FloatArray, upper: FloatArray) -> FloatArray:
    turn = quaternions.swing(apply(body, relaxed), unit(upper))
    return unit(reject(quaternions.rotate(turn, apply(body, unit(axis))), unit(upper)))


def rest_axis(upper: FloatArray, lower: FloatArray, natural: FloatArray) -> FloatArray:
    """(3,) bend axis of a limb at rest: the rest pose's own bend where it has a clear and possible one.

    Args:
        upper, lower: (3,) rest segments.
        natural: (3,) the limb's natural axis for this `upper`.
    """
    cross = np.cross(unit(upper), unit(lower))
    bend = np.asarray(np.linalg.norm(cross))
    possible = smoothstep(0.3, 0.7, dot(unit(cross), natural))
    weight = smoothstep(_REST_BEND_LOW, _REST_BEND_HIGH, bend) * possible
    return unit(reject((1.0 - weight) * natural + weight * unit(cross), unit(upper)))


def bend_axes(kind: str, upper: FloatArray, lower: FloatArray, natural: FloatArray, fps: float) -> FloatArray:
    """Bend axis of a limb over time: from the joints where it is bent, carried smoothly through straight stretches.

    The angle between the bend axis and the natural one solves a least-squares problem over the whole clip: it is near
    the measured angle where the limb is bent, weakly near zero, and smooth in time. A slightly bent limb that seems
    to bend an impossible way is not believed; a knee never is; a well-bent elbow is, and may turn right round.

    Args:
        kind: "arm" or "leg".
        upper, lower: (T,3) unit directions of the two segments.
        natural: (T,3) natural axes for `upper`.
        fps: frames per second.

    Returns:
        (T,3) unit axes perpendicular to `upper`.
    """
    cross = np.cross(upper, lower)
    bend = np.linalg.norm(cross, axis=-1)
    across = np.cross(upper, natural)
    angles = np.arctan2(dot(cross, across), dot(cross, natural))
    low, high = np.radians(_KNEE_LIMITS if kind == "leg" else _ELBOW_LIMITS)
    # a limb folded right back is as undecided as a straight one only in the sine; there its axis is well known
    bend = np.where(dot(upper, lower) < 0.0, 1.0, bend)
    believed = 1.0 - smoothstep(low, high, np.abs(angles))
    if kind == "arm":
        believed = np.maximum(believed, smoothstep(_SURE_LOW, _SURE_HIGH, bend))
    weights = _DATA_WEIGHT * smoothstep(_BEND_LOW, _BEND_HIGH, bend) * believed
    unwound, turns = _unwound(angles, weights)
    smooth = _least_squares(weights, unwound, turns, (_SMOOTHING_S * fps) ** 2)
    return np.cos(smooth)[:, None] * natural + np.sin(smooth)[:, None] * across


def _unwound(angles: FloatArray, weights: FloatArray) -> tuple[FloatArray, FloatArray]:
    """(T,) angles without jumps of a full turn between believed frames, and (T,) whole turns nearest to them."""
    known = np.flatnonzero(weights > 0.05 * _DATA_WEIGHT)
    if not len(known):
        return angles, np.zeros_like(angles)
    followed = np.interp(np.arange(len(angles)), known, np.unwrap(angles[known]))
    full = 2.0 * np.pi
    return angles + full * np.round((followed - angles) / full), full * np.round(followed / full)


def _least_squares(weights: FloatArray, values: FloatArray, rest: FloatArray, stiffness: float) -> FloatArray:
    """(T,) minimiser of w (x - v)^2 + natural (x - rest)^2 + stiffness (x - next x)^2: a tridiagonal system."""
    diagonal = weights + _NATURAL_WEIGHT + stiffness * 2.0
    diagonal[0] -= stiffness
    diagonal[-1] -= stiffness
    right = weights * values + _NATURAL_WEIGHT * rest
    for frame in range(1, len(values)):
        factor = stiffness / diagonal[frame - 1]
        diagonal[frame] -= factor * stiffness
        right[frame] += factor * right[frame - 1]
    solution = np.zeros_like(values)
    solution[-1] = right[-1] / diagonal[-1]
    for frame in range(len(values) - 2, -1, -1):
        solution[frame] = (right[frame] + stiffness * solution[frame + 1]) / diagonal[frame]
    return solution
