"""Somebody who stands and moves the fingers of both raised hands, as is known exactly."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ....rigs.arrays import FloatArray
from ....rigs.fingers.angles import ANGLES
from ....rigs.fingers.bones import FINGERS
from ....rigs.roles import SIDES
from ....rigs.sequence import PoseSequence
from ....rigs.skeleton import H36M_17

FPS = 15.0
FRAMES = 60
_SIGNS = {"left": 1.0, "right": -1.0}
_FIST = np.radians([80.0, 0.0, 95.0, 60.0])
_SPREAD = np.radians([0.0, 10.0, 3.0, -8.0, -16.0])
_THUMB = np.radians([12.0, -15.0, 25.0, 35.0])
_TURN, _NOD = np.radians(45.0), np.radians(15.0)
_UPRIGHT = {
    "pelvis": (0.0, 0.0, 0.95), "spine": (0.0, 0.0, 1.17), "thorax": (0.0, 0.0, 1.45), "nose": (0.0, -0.12, 1.61),
    "head": (0.0, -0.02, 1.78), "hip": (0.1, 0.0, 0.95), "knee": (0.1, -0.01, 0.51), "ankle": (0.1, 0.0, 0.08),
    "shoulder": (0.18, 0.0, 1.43), "elbow": (0.27, -0.03, 1.17),
}  # fmt: skip
"""Joints of the left side and of the middle, metres."""


def finger_motion() -> PoseSequence:
    """Hands that turn to and fro before the shoulders and close finger after finger, the left one ahead."""
    seconds = np.arange(FRAMES) / FPS
    joints, points = np.zeros((FRAMES, len(H36M_17.joint_names), 3)), {}
    for number, name in enumerate(H36M_17.joint_names):
        side, _, joint = name.partition("_")
        if name in _UPRIGHT:
            joints[:, number] = _UPRIGHT[name]
        elif joint in _UPRIGHT:
            joints[:, number] = np.array(_UPRIGHT[joint]) * [_SIGNS[side], 1.0, 1.0]
    for side, sign in _SIGNS.items():
        sway = 0.05 * np.sin(1.3 * seconds + sign)
        wrist = joints[:, H36M_17.index(f"{side}_elbow")] + np.stack(
            [sign * 0.06 + sway, -0.1 + 0 * sway, 0.22 + sway], 1
        )
        joints[:, H36M_17.index(f"{side}_wrist")] = wrist
        hand = _hand(seconds, sign)
        points[f"{side}_index_knuckle"] = wrist + hand @ np.array([0.09, 0.035, 0.0])
        points[f"{side}_little_knuckle"] = wrist + hand @ np.array([0.09, -0.035, 0.0])
    sequence = PoseSequence.from_joints(joints, FPS)
    fingers = {side: _angles(seconds, 0.3 * number) for number, side in enumerate(SIDES)}
    return replace(sequence, points=points, fingers=fingers, exact=True)


def _hand(seconds: FloatArray, sign: float) -> FloatArray:
    """(T,3,3) columns fingers, thumb's side, palm or back: upright before the camera, turning about themselves."""
    turn, nod = _TURN * np.sin(1.1 * seconds + sign), _NOD * np.sin(0.7 * seconds)
    along = np.stack([np.zeros_like(nod), -np.sin(nod), np.cos(nod)], axis=-1)
    aside = np.stack([-sign * np.cos(turn), -np.sin(turn), np.zeros_like(turn)], axis=-1)
    aside -= np.sum(aside * along, axis=-1, keepdims=True) * along
    aside /= np.linalg.norm(aside, axis=-1, keepdims=True)
    return np.stack([along, aside, np.cross(along, aside)], axis=-1)


def _angles(seconds: FloatArray, ahead_s: float) -> FloatArray:
    """(T,5,4) angles: each finger closes and opens a little behind the one before."""
    angles = np.zeros((len(seconds), len(FINGERS), ANGLES))
    for finger in range(len(FINGERS)):
        closed = 0.5 - 0.5 * np.cos(1.8 * np.maximum(seconds + ahead_s - 0.12 * finger, 0.0))
        angles[:, finger] = closed[:, None] * (_FIST if finger else _THUMB)
        angles[:, finger, 1] += (1.0 - closed) * _SPREAD[finger] * bool(finger)
    return angles
