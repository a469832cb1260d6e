"""A made-up performer for the tests inside Blender."""

from __future__ import annotations

import numpy as np
from pose_from_video.rigs.sequence import PoseSequence
from pose_from_video.rigs.skeleton import H36M_17

FPS = 30.0


def swing(angle: np.ndarray, length: float) -> np.ndarray:
    """(T,3) a limb that hangs down, swung forward (-Y) by an angle in radians."""
    return length * np.stack([np.zeros_like(angle), -np.sin(angle), -np.cos(angle)], axis=1)


def walk(seconds: float = 2.0) -> PoseSequence:
    """Somebody of 1.75 m walks towards -Y; the arms swing and the knees bend."""
    time = np.arange(round(seconds * FPS)) / FPS
    phase = 2.0 * np.pi * time
    joints = np.zeros((len(time), 17, 3))
    pelvis = np.stack([np.zeros_like(time), -1.1 * time, np.full_like(time, 0.93)], axis=1)
    place = {name: joints[:, number] for number, name in enumerate(H36M_17.joint_names)}
    place["pelvis"][:] = pelvis
    place["spine"][:] = pelvis + np.array((0, 0.02, 0.22))
    place["thorax"][:] = pelvis + np.array((0, 0.01, 0.5))
    place["nose"][:] = pelvis + np.array((0, -0.12, 0.65))
    place["head"][:] = pelvis + np.array((0, 0, 0.8))
    for side, sign in (("left", 1.0), ("right", -1.0)):
        turn = sign * np.sin(phase)
        place[f"{side}_hip"][:] = pelvis + np.array((sign * 0.09, 0, 0))
        place[f"{side}_knee"][:] = place[f"{side}_hip"] + swing(0.5 * turn, 0.43)
        place[f"{side}_ankle"][:] = place[f"{side}_knee"] + swing(0.5 * turn - 0.3 + 0.25 * np.cos(phase), 0.42)
        place[f"{side}_shoulder"][:] = place["thorax"] + [sign * 0.17, 0, 0]
        place[f"{side}_elbow"][:] = place[f"{side}_shoulder"] + swing(-0.4 * turn, 0.28) + [sign * 0.05, 0, 0]
        place[f"{side}_wrist"][:] = place[f"{side}_elbow"] + swing(-0.4 * turn + 0.5, 0.25)
    return PoseSequence.from_joints(joints, FPS)
