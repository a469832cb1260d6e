"""Angles of the fingers of a rig that moves."""

from __future__ import annotations

import numpy as np

from ..arrays import FloatArray
from ..fingers.angles import ANGLES, segment_angles
from ..fingers.bones import FINGERS
from ..fingers.turns import finger_segments, read_rig_hand
from ..rest import RigRest


def read_fingers(rest: RigRest, posed: FloatArray, hand: int, side: str) -> FloatArray | None:
    """(T,5,4) angles of a rig's fingers, radians; None where it has none. Fingers that it lacks go with those beside.

    Args:
        rest: the rig at rest.
        posed: (T,B,4,4) bones to armature space.
        hand: the hand's bone.
        side: "left" or "right".
    """
    rig_hand = read_rig_hand(rest, hand, side)
    if rig_hand is None:
        return None
    turns = posed[..., :3, :3] @ np.swapaxes(rest.rest_matrices[:, :3, :3], 1, 2)
    palm = turns[:, hand] @ rig_hand.palm
    found = np.full((len(posed), len(FINGERS), ANGLES), np.nan)
    for finger, bones in rig_hand.fingers.items():
        segments = np.stack(
            [turns[:, bone] @ step for bone, step in zip(bones, finger_segments(rest, bones), strict=True)], axis=1
        )
        angles = segment_angles(segments @ palm, finger)
        if finger == "thumb":
            angles = angles - rig_hand.rest[finger]
        number = FINGERS.index(finger)
        found[:, number] = 0.0
        found[:, number, : len(bones) + 1] = angles
    known = [number for number in range(1, len(FINGERS)) if FINGERS[number] in rig_hand.fingers]
    for number in range(1, len(FINGERS)):
        found[:, number] = found[:, min(known, key=lambda other: abs(other - number))]
    if "thumb" not in rig_hand.fingers:
        found[:, 0] = 0.0
    return found
