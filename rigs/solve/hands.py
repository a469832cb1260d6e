"""Turns of the hands, from where the performer's knuckles are.

A hand frame has the columns fingers, thumb's side, palm's normal. A *neutral* hand goes on straight from its forearm,
its knuckle row in the plane in which the elbow bends. Against it a hand is first twisted about the forearm (pronation),
then bent at the wrist.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .. import quaternions
from ..arrays import BoolArray, FloatArray
from ..fingers.bones import find_fingers
from ..joint_limits import doubt, softly
from ..rest import RigRest
from ..sequence import PoseSequence
from ..vectors import dot, frame
from .known import filled, presence
from .smoothing import envelope, limited_steps

_KNUCKLES = ("index_knuckle", "little_knuckle")
_DOUBT_RADIUS_S, _STEP_MARGIN = 0.15, np.radians(12.0)


@dataclass(frozen=True, slots=True)
class HandPoints:
    """What is known of a performer's hand.

    Attributes:
        frames: (T,3,3) columns fingers, thumb's side, palm's normal, stage space; any rotation where unknown.
        known: (T,) where it is known.
        fps: frames per second.
        exact: see `PoseSequence.exact`; such hands are taken as they are, others within what a wrist can do.
    """

    frames: FloatArray
    known: BoolArray
    fps: float
    exact: bool = False


def read_hand(source: PoseSequence, side: str) -> HandPoints | None:
    """The performer's hand on a side; None where the sequence never has its knuckles."""
    names = [f"{side}_{point}" for point in _KNUCKLES]
    if any(name not in source.points for name in names):
        return None
    index, little = (source.points[name] for name in names)
    wrist = source.joint(f"{side}_wrist")
    known: BoolArray = np.isfinite(np.concatenate([index, little], axis=-1)).all(axis=-1)
    if not known.any():
        return None
    ahead = np.where(known[:, None], 0.5 * (index + little) - wrist, [1.0, 0.0, 0.0])
    across = np.where(known[:, None], index - little, [0.0, 1.0, 0.0])
    return HandPoints(frame(ahead, across), known, source.fps, source.exact)


def neutral_hand(lower: FloatArray, axis: FloatArray) -> FloatArray:
    """(...,3,3) frames of a neutral hand on forearms along (...,3) `lower` that bend about (...,3) `axis`."""
    return frame(lower, np.cross(axis, lower))


def rest_hand(rest: RigRest, heads: FloatArray, hand: int, neutral: FloatArray) -> FloatArray:
    """(3,3) frame of a rig's hand at rest, from its finger bones; the neutral one where it has none that make sense.

    Args:
        rest: the rig.
        heads: (B,3) stage space, metres.
        hand: the hand's bone.
        neutral: (3,3) neutral hand at rest.
    """
    fingers = find_fingers(rest, hand)
    if "index" not in fingers or "little" not in fingers:
        return neutral
    index, little = (heads[fingers[finger][0]] for finger in ("index", "little"))
    found = frame(0.5 * (index + little) - heads[hand], index - little)
    sensible = dot(found[:, 0], neutral[:, 0]) > 0.5 and dot(found[:, 1], neutral[:, 1]) > -0.5
    return found if sensible else neutral


def wrist_angles(neutral: FloatArray, hand: FloatArray) -> FloatArray:
    """(...,3) pronation, flexion and deviation, radians, that carry (...,3,3) neutral frames onto hand frames."""
    turn = quaternions.from_matrix(np.swapaxes(neutral, -1, -2) @ hand)
    pronation = 2.0 * np.arctan2(turn[..., 1], turn[..., 0])
    pronation = np.arctan2(np.sin(pronation), np.cos(pronation))
    twist = _about_forearm(pronation)
    bend = quaternions.log(quaternions.multiply(quaternions.inverse(twist), turn))
    return np.stack([pronation, bend[..., 1], bend[..., 2]], axis=-1)


def hand_frames(neutral: FloatArray, angles: FloatArray) -> FloatArray:
    """(...,3,3) hand frames of `wrist_angles` against neutral ones: its inverse."""
    bend = quaternions.exp(angles * np.array([0.0, 1.0, 1.0]))
    turned: FloatArray = neutral @ quaternions.to_matrix(quaternions.multiply(_about_forearm(angles[..., 0]), bend))
    return turned


def _about_forearm(pronation: FloatArray) -> FloatArray:
    return quaternions.from_axis_angle(np.array([1.0, 0.0, 0.0]), pronation)


def held_angles(points: HandPoints, neutral: FloatArray, rest: FloatArray) -> FloatArray:
    """Wrist angles over time: the performer's where they are known, those at rest elsewhere.

    Args:
        points: the performer's hand.
        neutral: (T,3,3) neutral hands on the forearm, stage space.
        rest: (3,) wrist angles of the character at rest.

    Returns:
        (T,3) pronation, flexion and deviation, radians, free of jumps.
    """
    measured = wrist_angles(neutral, points.frames)
    weight = presence(points.known, points.fps)
    if points.exact:
        measured[:, 0] = np.unwrap(measured[:, 0])
        return rest + weight[:, None] * (filled(measured, points.known) - rest)
    wrong = np.where(points.known, doubt("forearm_pronation", measured[:, 0]), 0.0)
    weight = weight * (1.0 - envelope(wrong, round(_DOUBT_RADIUS_S * points.fps)))
    joints = ("forearm_pronation", "wrist_flexion", "wrist_deviation")
    limited = np.stack([softly(joint, measured[:, column]) for column, joint in enumerate(joints)], axis=-1)
    angles = rest + weight[:, None] * (filled(limited, points.known) - rest)
    steps = len(angles) - 1
    return limited_steps(angles, np.ones(len(angles)), np.zeros(steps), np.full(steps, _STEP_MARGIN))
