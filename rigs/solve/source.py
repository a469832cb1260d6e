"""The performer, placed on the character's stage: scaled, turned and measured."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ..arrays import FloatArray
from ..errors import SequenceError
from ..roles import SIDES
from ..sequence import PoseSequence
from ..vectors import unit
from .body import BodyFrames
from .hinges import bend_axes, elbow_axis, knee_axis, natural_known
from .limbs import LimbPose

_ARM = ("shoulder", "elbow", "wrist")
_LEG = ("hip", "knee", "ankle")
_STANDING_PERCENTILE = 5.0
_ANKLE_HEIGHT_SHARE = (0.05, 0.16)


@dataclass(frozen=True, slots=True)
class LimbJoints:
    """(T,3) joints of one limb from the body outwards, metres."""

    start: FloatArray
    middle: FloatArray
    end: FloatArray

    @property
    def length_m(self) -> float:
        """Median length of both segments together."""
        first = np.linalg.norm(self.middle - self.start, axis=-1)
        second = np.linalg.norm(self.end - self.middle, axis=-1)
        return float(np.median(first) + np.median(second))


def limb_joints(sequence: PoseSequence, kind: str, side: str) -> LimbJoints:
    """Joints of an "arm" or a "leg".

    Raises:
        SequenceError: two neighbouring joints are at one place; names the frame and the joint.
    """
    names = [f"{side}_{joint}" for joint in (_ARM if kind == "arm" else _LEG)]
    start, middle, end = (sequence.joint(name) for name in names)
    for near, far, name in ((start, middle, names[1]), (middle, end, names[2])):
        flat = np.flatnonzero(np.linalg.norm(far - near, axis=-1) < 1e-4)
        if len(flat):
            raise SequenceError(
                f"In frame {flat[0]} the joint '{name}' is at the same place as the joint before it; mend that frame."
            )
    return LimbJoints(start, middle, end)


def limb_pose(limb: LimbJoints, kind: str, side: str, body: BodyFrames, fps: float) -> LimbPose:
    """Directions and bend axes of a limb."""
    upper, lower = unit(limb.middle - limb.start), unit(limb.end - limb.middle)
    base = body.thorax if kind == "arm" else body.pelvis
    natural = elbow_axis(side, base, upper) if kind == "arm" else knee_axis(base, upper)
    known = natural_known(kind, side, base, upper)
    return LimbPose(upper, lower, bend_axes(kind, base, upper, lower, natural, known, fps))


def leg_length(sequence: PoseSequence) -> float:
    """Median length of the performer's thigh and shin together, mean of both sides, metres."""
    return float(np.mean([limb_joints(sequence, "leg", side).length_m for side in SIDES]))


def hip_width(sequence: PoseSequence) -> float:
    """Median distance between the performer's hip joints, metres."""
    return float(np.median(np.linalg.norm(sequence.joint("left_hip") - sequence.joint("right_hip"), axis=-1)))


def standing_ankle_height(sequence: PoseSequence, leg_length_m: float) -> float:
    """Height of an ankle joint over the floor when its foot stands, metres: low in the clip, possible for a body."""
    lowest = np.minimum(sequence.joint("left_ankle")[:, 2], sequence.joint("right_ankle")[:, 2])
    low, high = _ANKLE_HEIGHT_SHARE
    return float(np.clip(np.percentile(lowest, _STANDING_PERCENTILE), low * leg_length_m, high * leg_length_m))


def turned(sequence: PoseSequence, heading: FloatArray) -> PoseSequence:
    """The sequence turned by a (3,3) rotation about the world's origin."""
    points = {name: path @ heading.T for name, path in sequence.points.items()}
    return replace(sequence, joints=sequence.joints @ heading.T, points=points)


def in_place(sequence: PoseSequence) -> PoseSequence:
    """The sequence with the pelvis over the world's origin in every frame."""
    path = sequence.joint("pelvis") * np.array([1.0, 1.0, 0.0])
    points = {name: point - path for name, point in sequence.points.items()}
    return replace(sequence, joints=sequence.joints - path[:, None], points=points)
