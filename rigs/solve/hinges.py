"""Bend axes of elbows and knees: which way a limb folds, also while it is straight.

A limb's *bend axis* is perpendicular to its first segment: first segment cross second. Where the limb is nearly
straight the joints do not tell it; then it comes from the frames around and from the *natural axis*, the one the joint
has when the limb swings, by the shortest way, out of a relaxed direction.
"""

from __future__ import annotations

import numpy as np

from .. import quaternions
from ..arrays import FloatArray
from ..joint_limits import doubt
from ..vectors import apply, dot, reject, smoothstep, unit
from .smoothing import limited_steps

# Measured on the motion capture: with these relaxed directions the axis of a well-bent limb stays within 40 (knee) and
# 100 (elbow) degrees of the natural one in 98 of 100 frames.
_RELAXED_ARM_DOWN = 1.0
_BEND_LOW, _BEND_HIGH = np.sin(np.radians(4.0)), np.sin(np.radians(25.0))
_DATA_WEIGHT, _NATURAL_WEIGHT, _LEAST_PULL, _SMOOTHING_S = 40.0, 0.02, 1e-6, 0.1
_TWIST_MARGIN = np.radians(8.0)
_KNOWN_LOW, _KNOWN_HIGH = np.radians([20.0, 60.0])
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
    relaxed = relaxed_direction("arm", side)
    return _carried(thorax, relaxed, np.cross(relaxed, np.array([0.0, -1.0, 0.0])), upper)


def knee_axis(pelvis: FloatArray, upper: FloatArray) -> FloatArray:
    """Natural bend axis of a knee: backwards, out of a hanging leg.

    Args:
        pelvis: (...,3,3) columns left, back, up.
        upper: (...,3) hip to knee, same axes.

    Returns:
        (...,3) unit axis perpendicular to `upper`.
    """
    return _carried(pelvis, relaxed_direction("leg", ""), np.array([1.0, 0.0, 0.0]), upper)


def relaxed_direction(kind: str, side: str) -> FloatArray:
    """(3,) where a relaxed upper arm or thigh points, axes left, back, up: any length; legs hang, whichever side."""
    if kind == "leg":
        return np.array([0.0, 0.0, -1.0])
    return np.array([1.0 if side == "left" else -1.0, 0.0, -_RELAXED_ARM_DOWN])


def natural_known(kind: str, side: str, body: FloatArray, upper: FloatArray) -> FloatArray:
    """(T,) 0..1, how well a limb's natural axis is known: not at all opposite of the relaxed direction."""
    away = dot(apply(body, unit(relaxed_direction(kind, side))), unit(upper))
    return smoothstep(_KNOWN_LOW, _KNOWN_HIGH, np.pi - np.arccos(np.clip(away, -1.0, 1.0)))


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


def bend_axes(
    kind: str,
    body: FloatArray,
    upper: FloatArray,
    lower: FloatArray,
    natural: FloatArray,
    known: FloatArray,
    fps: float,
) -> FloatArray:
    """Bend axis of a limb over time: from the joints where it is bent, carried smoothly through straight stretches.

    The bend axis solves a least-squares problem over the whole clip: it is near the measured one where the limb is
    bent, weakly near the natural one, and between frames it twists as little as it can about the limb. A slightly bent
    limb that seems to bend an impossible way is not believed; a knee never is; a well-bent elbow is, and may turn right
    round. Where the axis would twist faster than the limb itself moves by more than a margin, it is held back.

    Args:
        kind: "arm" or "leg".
        body: (T,3,3) the thorax for an arm, the pelvis for a leg: what the limb hangs on.
        upper, lower: (T,3) unit directions of the two segments.
        natural: (T,3) natural axes for `upper`.
        known: (T,) 0..1, how far the natural axis can be trusted, see `natural_known`.
        fps: frames per second.

    Returns:
        (T,3) unit axes perpendicular to `upper`.
    """
    cross = np.cross(upper, lower)
    bend = np.linalg.norm(cross, axis=-1)
    across = np.cross(upper, natural)
    angles = np.arctan2(dot(cross, across), dot(cross, natural))
    # a limb folded right back is as undecided as a straight one only in the sine; there its axis is well known
    bend = np.where(dot(upper, lower) < 0.0, 1.0, bend)
    believed = 1.0 - known * doubt("knee_axis" if kind == "leg" else "elbow_axis", angles)
    if kind == "arm":
        believed = np.maximum(believed, smoothstep(_SURE_LOW, _SURE_HIGH, bend))
    weights = _DATA_WEIGHT * smoothstep(_BEND_LOW, _BEND_HIGH, bend) * believed
    drift, moved = _transport(body, upper, natural, across)
    twist = _smoothest(weights, angles - drift, _NATURAL_WEIGHT * known, -drift, moved, (_SMOOTHING_S * fps) ** 2)
    smooth = twist + drift
    return np.cos(smooth)[:, None] * natural + np.sin(smooth)[:, None] * across


def _transport(
    body: FloatArray, upper: FloatArray, natural: FloatArray, across: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """How an axis moves that never twists about the limb, seen from the body.

    Returns:
        (T,) its angle from the natural axis, radians, 0 in the first frame; (T-1,) how far the limb turns from each
        frame to the next, radians.
    """
    aim, axis, side = (np.einsum("tji,tj->ti", body, vectors) for vectors in (upper, natural, across))
    turn = quaternions.swing(aim[:-1], aim[1:])
    carried = quaternions.rotate(turn, axis[:-1])
    steps = np.arctan2(dot(carried, side[1:]), dot(carried, axis[1:]))
    return np.concatenate([[0.0], np.cumsum(steps)]), np.linalg.norm(quaternions.log(turn), axis=-1)


def _smoothest(
    weights: FloatArray,
    measured: FloatArray,
    pull: FloatArray,
    natural: FloatArray,
    moved: FloatArray,
    stiffness: float,
) -> FloatArray:
    """(T,) angles near the measured and the natural ones by their weights, whose steps stay within what is allowed."""
    measured, natural = _unwound(weights, measured, natural)
    pull = pull + _LEAST_PULL
    wanted = (weights * measured + pull * natural) / (weights + pull)
    links = np.full(len(measured) - 1, stiffness)
    return limited_steps(wanted[:, None], weights + pull, links, moved + _TWIST_MARGIN)[:, 0]


def _unwound(weights: FloatArray, measured: FloatArray, natural: FloatArray) -> tuple[FloatArray, FloatArray]:
    """(T,) measured and natural angles without jumps of a full turn between believed frames."""
    full = 2.0 * np.pi
    known = np.flatnonzero(weights > 0.05 * _DATA_WEIGHT)
    if not len(known):
        return measured, np.unwrap(natural)
    followed = np.interp(np.arange(len(measured)), known, np.unwrap(measured[known]))
    near = [angles + full * np.round((followed - angles) / full) for angles in (measured, natural)]
    return near[0], near[1]
