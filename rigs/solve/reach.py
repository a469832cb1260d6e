"""How far inverse kinematics may lead a limb away from the performer's own directions, and where the hips go instead.

A character's limbs have other proportions than the performer's, so directions and places cannot both be kept. A foot on
the floor belongs in its place; first the hips give way, as far as all standing feet ask for it, then the leg. A limb in
the air keeps its directions within a few degrees, and its end comes as near to its place as that allows. A hand at the
body, the other hand or the floor has its place again.
"""

from __future__ import annotations

import numpy as np

from .. import quaternions
from ..arrays import FloatArray
from ..sequence import PoseSequence
from ..vectors import dot, smoothstep, unit
from .limbs import LimbPose
from .smoothing import envelope, gaussian, limited_steps

HAND_RAD, FOOT_RAD = np.radians(7.5), np.radians(35.0)
"""How far an arm may turn for a hand at the body, and a leg for a foot that stands."""
_IN_THE_AIR_RAD, _FREE_SHARE = np.radians(5.5), 0.6
_STEP_MARGIN, _STEP_SHARE = np.radians(5.0), 0.5
"""How fast inverse kinematics may turn a segment: an angle a frame, and a share of its own turn in that frame."""
_NEAR_FLOOR, _OFF_FLOOR = 0.06, 0.30
_STRETCHED, _REACH_STEPS, _REACH_RADIUS_S = 0.9985, 2, 0.05
_TOUCH, _FREE_OF = 0.25, 0.45
_TOUCHED = ("pelvis", "thorax", "nose", "head", "left_knee", "right_knee", "left_hip", "right_hip")
_SETTLE_SIGMA_S, _TOUCH_SIGMA_S, _IN_THE_AIR = 0.06, 0.05, 1e-3


def near_floor(over_m: FloatArray, leg_length_m: float) -> FloatArray:
    """(T,) 1 for an end near the floor, 0 for one in the air, given (T,) its height over where it is when standing."""
    return 1.0 - smoothstep(_NEAR_FLOOR, _OFF_FLOOR, over_m / leg_length_m)


def touching(sequence: PoseSequence, side: str, arm_length_m: float) -> FloatArray:
    """(T,) 1 where a performer's hand is at the body, the other arm or the floor, 0 where it is free in the air."""
    other = "right" if side == "left" else "left"
    wrist = sequence.joint(f"{side}_wrist")
    touched = [sequence.joint(name) for name in (*_TOUCHED, f"{other}_wrist", f"{other}_elbow", f"{other}_shoulder")]
    nearest = np.min([np.linalg.norm(wrist - point, axis=-1) for point in touched], axis=0)
    nearest = np.minimum(nearest, np.maximum(wrist[:, 2], 0.0))
    weight = 1.0 - smoothstep(_TOUCH, _FREE_OF, nearest / arm_length_m)
    return gaussian(weight, _TOUCH_SIGMA_S * sequence.fps)


def settled(misses_m: list[FloatArray], weights: list[FloatArray], fps: float) -> FloatArray:
    """(T,3) how far to move the hips so that limbs miss their places least, smooth in time.

    Args:
        misses_m: for each limb (T,3) from its end to its place.
        weights: for each limb (T,) how much its place matters, 0..1.
        fps: frames per second.
    """
    sigma = _SETTLE_SIGMA_S * fps
    total = gaussian(np.sum(weights, axis=0), sigma)
    wanted = sum(weight[:, None] * miss for weight, miss in zip(weights, misses_m, strict=True))
    moved: FloatArray = gaussian(np.asarray(wanted), sigma) / (total + _IN_THE_AIR)[:, None]
    return moved


def within_reach(
    to_targets_m: list[FloatArray], lengths_m: list[float], weights: list[FloatArray], fps: float
) -> FloatArray:
    """(T,3) how far to move the hips so that standing feet are within their legs' reach, smooth in time.

    Args:
        to_targets_m: for each leg (T,3) from its start to its place.
        lengths_m: of the legs.
        weights: for each leg (T,) how far its foot stands, 0..1.
        fps: frames per second.
    """
    moved = np.zeros_like(to_targets_m[0])
    for _ in range(_REACH_STEPS):
        for target, length, weight in zip(to_targets_m, lengths_m, weights, strict=True):
            way = target - moved
            beyond = np.linalg.norm(way, axis=-1) - _STRETCHED * length
            pull = envelope(weight * np.maximum(beyond, 0.0), round(_REACH_RADIUS_S * fps))
            moved = moved + pull[:, None] * unit(way)
    return moved


def kept_near(pose: LimbPose, wanted: LimbPose, needed: FloatArray, most_rad: float) -> LimbPose:
    """The wanted pose, drawn back towards another so that neither segment turns far from it.

    Args:
        pose: the performer's directions.
        wanted: where inverse kinematics would lead.
        needed: (T,) 0 for a limb in the air, which is kept within a few degrees, 1 for one whose end has a place to be.
        most_rad: how far the latter may turn.
    """
    turns = [
        quaternions.log(quaternions.swing(a, b)) for a, b in ((pose.upper, wanted.upper), (pose.lower, wanted.lower))
    ]
    most = np.max([np.linalg.norm(turn, axis=-1) for turn in turns], axis=0)
    limit = _IN_THE_AIR_RAD + needed * (most_rad - _IN_THE_AIR_RAD)
    free = _FREE_SHARE * limit
    room = limit - free
    allowed = np.where(most > free, free + room * (1.0 - np.exp(-np.maximum(most - free, 0.0) / room)), most)
    share = allowed / np.maximum(most, 1e-9)
    upper, lower = (
        quaternions.rotate(quaternions.exp(_steady(share[:, None] * turn, start)), start)
        for turn, start in zip(turns, (pose.upper, pose.lower), strict=True)
    )
    return LimbPose(unit(upper), unit(lower), _axis_between(pose, wanted, unit(upper)))


def _axis_between(pose: LimbPose, wanted: LimbPose, upper: FloatArray) -> FloatArray:
    """(T,3) bend axes midway between two poses', perpendicular to (T,3) `upper`, that twist hardly faster than it."""
    carried = quaternions.rotate(quaternions.swing(pose.upper, upper), pose.axis)
    across = np.cross(upper, carried)
    middle = pose.axis + wanted.axis
    twist = np.arctan2(dot(middle, across), dot(middle, carried))
    held = _steady(np.clip(twist, -FOOT_RAD, FOOT_RAD)[:, None], upper)
    return np.cos(held) * carried + np.sin(held) * across


def _steady(turns: FloatArray, directions: FloatArray) -> FloatArray:
    """(T,N) turns that step from frame to frame hardly further than the (T,3) directions that they belong to."""
    moved = np.linalg.norm(np.diff(directions, axis=0), axis=-1)
    return limited_steps(turns, np.ones(len(turns)), np.zeros(len(moved)), _STEP_SHARE * moved + _STEP_MARGIN)


def end_of(pose: LimbPose, lengths_m: tuple[float, float]) -> FloatArray:
    """(T,3) from a limb's start to its end."""
    first, second = lengths_m
    end: FloatArray = first * pose.upper + second * pose.lower
    return end
