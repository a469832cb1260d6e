"""Turns of a rig's finger bones for given angles of their joints.

Only angles cross from hand to hand: they are measured on the rig at rest just as on the performer, so that neither bone
rolls nor the curl of a rest pose matter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .. import quaternions
from ..arrays import FloatArray
from ..rest import RigRest
from ..vectors import unit
from .angles import base_frame, first_turn, palm_frame, segment_angles
from .bones import FINGERS, SEGMENTS, find_fingers

_SHARES = np.array([0.45, 0.3, 0.25])
"""Lengths of a finger's segments over its own."""
_ASIDE = np.array([0.0, 1.0, 0.0])
_STRAYS = 0.5
"""Cosine below which a last bone's end does not go on from the bone before: importers put ends anywhere."""


@dataclass(frozen=True, slots=True)
class RigHand:
    """A rig's hand at rest.

    Attributes:
        palm: (3,3) palm frame, armature space.
        fingers: bones of each finger, from the palm outwards.
        rest: (1+S,) angles at rest of each finger of S bones, radians.
    """

    palm: FloatArray
    fingers: dict[str, tuple[int, ...]]
    rest: dict[str, FloatArray]


def read_rig_hand(rig: RigRest, hand: int, side: str) -> RigHand | None:
    """A rig's hand; None where it has too few fingers to tell where its palm is.

    Args:
        rig: with the parents that its bones really have.
        hand: the hand's bone.
        side: "left" or "right".
    """
    fingers = find_fingers(rig, hand)
    palm = _palm(rig, hand, fingers, side)
    if palm is None:
        return None
    rest = {finger: segment_angles(finger_segments(rig, bones) @ palm, finger) for finger, bones in fingers.items()}
    return RigHand(palm, fingers, rest)


def _palm(rig: RigRest, hand: int, fingers: dict[str, tuple[int, ...]], side: str) -> FloatArray | None:
    """(3,3) palm frame, armature space, from the knuckles; of a mitten from its one knuckle and the thumb."""
    knuckles = [rig.heads[bones[0]] for finger, bones in fingers.items() if finger != "thumb"]
    if len(knuckles) > 1:
        return palm_frame(rig.heads[hand], knuckles[0], knuckles[-1], side)
    if not knuckles or "thumb" not in fingers:
        return None
    thumb = rig.heads[fingers["thumb"][-1]] - rig.heads[hand]
    return palm_frame(rig.heads[hand], knuckles[0] + thumb, knuckles[0] - thumb, side)


def finger_segments(rig: RigRest, bones: Sequence[int]) -> FloatArray:
    """(S,3) vectors along a finger's bones at rest, armature space; the last one to what hangs on it, or to its end."""
    heads = rig.heads
    steps = list(np.diff(heads[list(bones)], axis=0))
    hanging = [bone for bone, parent in enumerate(rig.parents) if parent == bones[-1]]
    last = (heads[hanging[0]] if len(hanging) == 1 else rig.tails[bones[-1]]) - heads[bones[-1]]
    if steps and unit(last) @ unit(steps[-1]) < _STRAYS:
        last = steps[-1]
    return np.array([*steps, last])


def finger_turns(rig: RigRest, hand: RigHand, angles: FloatArray) -> dict[str, FloatArray]:
    """(T,4) basis quaternions of a hand's finger bones, parents first, sign-continuous.

    Args:
        rig: at rest.
        hand: its hand.
        angles: (T,5,4) radians, see `angles`; the thumb's from its pose at rest.
    """
    found = {}
    for finger, own in _shared_out(hand, angles).items():
        bones, rest = hand.fingers[finger], hand.rest[finger]
        base = hand.palm @ base_frame(finger)
        at_rest = first_turn(rest[0], rest[1])
        turn = base @ first_turn(own[:, 0], own[:, 1]) @ at_rest.T @ base.T
        hinge = base @ at_rest @ _ASIDE * np.linalg.det(base)
        before = np.broadcast_to(np.eye(3), turn.shape)
        for number, bone in enumerate(bones):
            if number:
                bend = quaternions.from_axis_angle(hinge, own[:, 1 + number] - rest[1 + number])
                turn = before @ quaternions.to_matrix(bend)
            axes = rig.rest_matrices[bone, :3, :3]
            local = axes.T @ np.swapaxes(before, 1, 2) @ turn @ axes
            found[rig.bone_names[bone]] = quaternions.make_continuous(quaternions.from_matrix(local))
            before = turn
    return found


def _shared_out(hand: RigHand, angles: FloatArray) -> dict[str, FloatArray]:
    """(T,1+S) angles of each of the rig's fingers: a finger also stands for those beside it that the rig lacks."""
    names = [finger for finger in FINGERS[1:] if finger in hand.fingers]
    stands_for: dict[str, list[int]] = {name: [] for name in hand.fingers}
    for number in range(1, len(FINGERS)):
        nearest = min(names, key=lambda name: abs(FINGERS.index(name) - number))
        stands_for[nearest].append(number)
    found = {}
    for name, numbers in stands_for.items():
        own = _joined(angles[:, numbers].mean(axis=1) if name != "thumb" else angles[:, 0], len(hand.fingers[name]))
        if name == "thumb":
            own = own + hand.rest[name]
        elif len(numbers) > 1:
            own[:, 1] = hand.rest[name][1]
        found[name] = own
    return found


def _joined(angles: FloatArray, bones: int) -> FloatArray:
    """(T,1+bones) angles of a finger of fewer bones, which go where the segments that they stand for go on average."""
    slopes = np.cumsum(angles[:, [0, 2, 3]], axis=1)
    parts = [slice(bone, bone + 1 if bone < bones - 1 else SEGMENTS) for bone in range(bones)]
    means = np.stack([slopes[:, part] @ _SHARES[part] / _SHARES[part].sum() for part in parts], axis=1)
    return np.column_stack([means[:, 0], angles[:, 1], np.diff(means, axis=1)])
