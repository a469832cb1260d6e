"""The order of the steps of retargeting."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from .. import quaternions
from ..arrays import FloatArray
from ..maps.rig_map import RigMap
from ..rest import RigRest
from ..roles import SIDES
from ..sequence import PoseSequence
from .body import BodyFrames, read_body
from .character import Character, read_character
from .ground import Ground
from .hands import read_hand
from .ik import two_bone
from .legs import ankle, give_way, lay_feet, plan_legs, turn_leg
from .limbs import forwards_only, turn_limb
from .reach import HAND_RAD, end_of, kept_near, touching
from .root import root_bone
from .source import in_place, leg_length, limb_joints, limb_pose, turned
from .torso import turn_torso
from .turns import Turns

_ANY_WAY, _LEVEL, _UP = np.ones(3), np.array([1.0, 1.0, 0.0]), np.array([0.0, 0.0, 1.0])


@dataclass(frozen=True, slots=True)
class Plan:
    """The settings as the solver takes them; see `rigs.retarget.RetargetSettings`."""

    ik: bool
    in_place: bool
    move_root: bool
    left_foot: str
    right_foot: str
    keep_heading: bool
    scale: float | None
    sole_height: float | None
    soles: Mapping[str, FloatArray]
    clavicle_share: float


@dataclass(frozen=True, slots=True)
class Motion:
    """The solved motion, stage space.

    Attributes:
        character: the rig at rest.
        turns: turns of all driven bones.
        root: index of the bone that carries the character through the world.
        shifts: bone -> (T,3) how far it is moved from rest, metres; the root among them.
        residual: (T,) mean miss of wrists and ankles, metres.
    """

    character: Character
    turns: Turns
    root: int
    shifts: dict[int, FloatArray]
    residual: FloatArray


def solve(sequence: PoseSequence, rest: RigRest, rig_map: RigMap, plan: Plan) -> Motion:
    """Retarget a sequence; arguments and errors as in `rigs.retarget.retarget`."""
    rest = rig_map.adapt(rest)
    character = read_character(rest, rig_map, plan.sole_height, plan.soles)
    root = root_bone(character, plan.move_root)
    source = _placed(sequence, character, plan)
    body = read_body(source)
    turns = Turns(rest, character.heads, len(source.joints))
    turn_torso(turns, character, body, plan.clavicle_share)
    ground = Ground(character, source, plan.scale or character.leg_length_m / leg_length(source))
    shift = ground.lift(source.joint("pelvis")) - _hips(turns, character)
    misses = [_turn_arm(turns, character, source, side, body, plan.ik) for side in SIDES]
    hold = plan.ik and not plan.in_place
    legs = plan_legs(character, source, body, ground, {"left": plan.left_foot, "right": plan.right_foot}, hold)
    shift += give_way(turns, character, legs, shift, source.fps) * (_ANY_WAY if hold else _UP)
    for side, leg in legs.items():
        turn_leg(turns, character, side, leg, shift, plan.ik)
    shift[:, 2] += lay_feet(turns, character, ground, legs, shift, source)
    misses += [ankle(turns, character, side) + shift - leg.target_m for side, leg in legs.items()]
    residual: FloatArray = np.mean([np.linalg.norm(miss, axis=-1) for miss in misses], axis=0)
    hips = root_bone(character, move_root=False)
    shifts = {root: shift} if root == hips else {root: shift * _LEVEL, hips: shift * _UP}
    return Motion(character, turns, root, shifts, residual)


def _placed(sequence: PoseSequence, character: Character, plan: Plan) -> PoseSequence:
    placed = in_place(sequence) if plan.in_place else sequence
    if not plan.keep_heading:
        return placed
    back = character.body[:, 1] * np.array([1.0, 1.0, 0.0])
    turn = quaternions.swing(
        np.array([0.0, 1.0, 0.0]), back if np.linalg.norm(back) > 0.3 else np.array([0.0, 1.0, 0.0])
    )
    return turned(placed, quaternions.to_matrix(turn))


def _hips(turns: Turns, character: Character) -> FloatArray:
    """(T,3) middle of the hip joints, before the root is moved."""
    hips: FloatArray = np.mean([turns.head(character.legs[side].upper[0]) for side in SIDES], axis=0)
    return hips


def _turn_arm(
    turns: Turns, character: Character, source: PoseSequence, side: str, body: BodyFrames, ik: bool
) -> FloatArray:
    """Write one arm's turns; returns (T,3) how far its wrist is from the performer's."""
    joints, limb = limb_joints(source, "arm", side), character.arms[side]
    pose = forwards_only(limb_pose(joints, "arm", side, body, source.fps))
    target = sum(limb.lengths_m) / joints.length_m * (joints.end - joints.start)
    if ik:
        reached = two_bone(target, pose.axis, limb.lengths_m)
        pose = kept_near(pose, reached, touching(source, side, joints.length_m), HAND_RAD)
    turn_limb(turns, character, limb, pose, read_hand(source, side))
    return end_of(pose, limb.lengths_m) - target
