"""Turns of the pelvis, spine, chest, clavicles, neck and head."""

from __future__ import annotations

import numpy as np

from ..arrays import FloatArray
from ..joint_limits import within
from ..roles import SIDES, Role, sided
from .body import BodyFrames, between, tilted
from .character import Character
from .turns import Turns


def turn_torso(turns: Turns, character: Character, body: BodyFrames, clavicle_share: float) -> None:
    """Write the turns of the body's own bones.

    The pelvis and the last bone of the spine have the performer's pelvis and thorax exactly; the bones between them,
    and those between the thorax and the head, each take an equal share of what is left.

    Args:
        turns: receives them.
        character: the rig at rest.
        body: the performer's frames, stage space.
        clavicle_share: 0..1, how much of the shoulder line's tilt the clavicles take.
    """
    rest = character.body.T
    pelvis, thorax, head = body.pelvis @ rest, body.thorax @ rest, body.head @ rest
    for bone in character.bones(Role.PELVIS):
        turns.set(bone, pelvis)
    _spread(turns, character.bones(Role.SPINE, Role.CHEST), pelvis, thorax)
    _spread(
        turns, character.bones(Role.NECK, Role.HEAD), thorax, head, whole_at_end=Role.HEAD in character.rig_map.roles
    )
    tilt = np.clip(clavicle_share * body.shoulder_tilt, *within("clavicle"))
    for side in SIDES:
        for bone in character.bones(sided("clavicle", side)):
            turns.set(bone, tilted(body.thorax, tilt) @ rest)


def _spread(
    turns: Turns, chain: tuple[int, ...], start: FloatArray, end: FloatArray, whole_at_end: bool = True
) -> None:
    steps = len(chain) if whole_at_end else len(chain) + 1
    for step, bone in enumerate(chain, start=1):
        turns.set(bone, end if step == steps else between(start, end, step / steps))
