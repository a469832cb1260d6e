"""Fingers: from the performer's joint angles to the rotations of a rig's own finger bones."""

from __future__ import annotations

from ..arrays import FloatArray
from ..fingers.hold import held_fingers
from ..fingers.turns import finger_turns, read_rig_hand
from ..maps.rig_map import RigMap
from ..rest import RigRest
from ..roles import SIDES, sided
from ..sequence import PoseSequence


def finger_rotations(sequence: PoseSequence, rest: RigRest, rig_map: RigMap) -> dict[str, FloatArray]:
    """(T,4) basis quaternions of finger bones, those nearer to the palm first; none where either side has none.

    Hands that the sequence never shows keep their fingers as they are.

    Args:
        sequence: with `fingers`.
        rest: the rig at rest.
        rig_map: the roles of its bones, none of which is taken for a finger.
    """
    found: dict[str, FloatArray] = {}
    adapted, mapped = rig_map.adapt(rest), set(rig_map.every_bone)
    for side in SIDES:
        bones = rig_map.bones(sided("hand", side))
        angles = sequence.fingers.get(side)
        held = None if angles is None else held_fingers(angles, sequence.frame_times_s, sequence.exact)
        hand = read_rig_hand(adapted, rest.index(bones[0]), side) if bones else None
        if held is not None and hand is not None:
            turns = finger_turns(adapted, hand, held)
            found |= {bone: turn for bone, turn in turns.items() if bone not in mapped}
    return found
