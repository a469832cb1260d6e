"""The order of the steps of retargeting."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from .. import quaternions
from ..arrays import BoolArray, FloatArray
from ..maps.rig_map import RigMap
from ..rest import RigRest
from ..roles import SIDES
from ..sequence import PoseSequence
from .body import BodyFrames, directions, read_body
from .character import Character, read_character
from .contact import hold_still, planted
from .feet import level_weight, read_sole, turn_foot, upright_weight
from .foot_points import read_foot
from .hands import read_hand
from .ik import two_bone
from .limbs import LimbPose, forwards_only, turn_limb
from .reach import end_of, kept_near, near_floor, settled, touching, within_reach
from .root import root_bone
from .smoothing import envelope, gaussian
from .source import hip_width, in_place, leg_length, limb_joints, limb_pose, standing_ankle_height, turned
from .torso import turn_torso
from .turns import Turns

_LYING_ANKLE_SHARE = 0.7
_ANY_WAY, _UP = np.ones(3), np.array([0.0, 0.0, 1.0])
_STANCE_SIGMA_S = 0.15
_STANDING_SIGMA_S, _RAISE_RADIUS_S, _LOWEST_LEG_M, _LIFTED_FOOT = 0.05, 0.15, 0.03, 0.2


@dataclass(frozen=True, slots=True)
class Plan:
    """The settings as the solver takes them; see `rigs.retarget.RetargetSettings`."""

    ik: bool
    in_place: bool
    move_root: bool
    flat_feet: bool
    hold_feet: bool
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
        root: index of the bone that is moved.
        shift: (T,3) how far it is moved from rest, metres.
        residual: (T,) mean miss of wrists and ankles, metres.
    """

    character: Character
    turns: Turns
    root: int
    shift: FloatArray
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
    legs = [_plan_leg(turns, character, source, side, body, ground, plan) for side in SIDES]
    shift += _give_way(turns, character, legs, shift, source.fps) * (_ANY_WAY if plan.ik and not plan.in_place else _UP)
    for side, leg in zip(SIDES, legs, strict=True):
        _turn_leg(turns, character, side, leg, shift, plan.ik)
    if plan.flat_feet:
        shift[:, 2] += _lay_feet(turns, character, ground, legs, shift, source)
    misses += [ankle + shift - leg.target_m for ankle, leg in zip(_ankles(turns, character), legs, strict=True)]
    residual: FloatArray = np.mean([np.linalg.norm(miss, axis=-1) for miss in misses], axis=0)
    return Motion(character, turns, root, shift, residual)


def _placed(sequence: PoseSequence, character: Character, plan: Plan) -> PoseSequence:
    placed = in_place(sequence) if plan.in_place else sequence
    if not plan.keep_heading:
        return placed
    back = character.body[:, 1] * np.array([1.0, 1.0, 0.0])
    turn = quaternions.swing(
        np.array([0.0, 1.0, 0.0]), back if np.linalg.norm(back) > 0.3 else np.array([0.0, 1.0, 0.0])
    )
    return turned(placed, quaternions.to_matrix(turn))


class Ground:
    """Carries the performer's points onto the character's floor: scaled, ankles standing at the character's height."""

    def __init__(self, character: Character, source: PoseSequence, scale: float) -> None:
        self.ankle_m = float(np.mean([read_sole(character, side).ankle_m for side in SIDES]))
        self._scale = scale
        self._base = character.floor_m + self.ankle_m
        self._source_ankle_m = standing_ankle_height(source, leg_length(source))
        self._wider_m = 0.5 * (character.hip_width_m - scale * hip_width(source))
        self._fps = source.fps

    def lift(self, points: FloatArray) -> FloatArray:
        """(T,3) stage positions of (T,3) source positions."""
        lowered = points - np.array([0.0, 0.0, self._source_ankle_m])
        placed: FloatArray = self._scale * lowered + np.array([0.0, 0.0, self._base])
        return placed

    def stance(self, side: str, pelvis: FloatArray) -> FloatArray:
        """(T,3) how far to set an ankle outwards for hips that are wider than the performer's scaled ones."""
        left = gaussian(pelvis[..., 0] * np.array([1.0, 1.0, 0.0]), _STANCE_SIGMA_S * self._fps)
        outwards: FloatArray = (self._wider_m if side == "left" else -self._wider_m) * left
        return outwards

    def over(self, ankle: FloatArray) -> FloatArray:
        """(T,) height of a stage position over a standing ankle."""
        over: FloatArray = ankle[:, 2] - self._base
        return over

    def lowest(self, shin: FloatArray) -> FloatArray:
        """(T,) how low an ankle may be, stage height, for (T,3) shin directions."""
        share = _LYING_ANKLE_SHARE + (1.0 - _LYING_ANKLE_SHARE) * upright_weight(shin)
        lowest: FloatArray = self._base - self.ankle_m * (1.0 - share)
        return lowest


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
        pose = kept_near(pose, reached, 1.0 - touching(source, side, joints.length_m))
    turn_limb(turns, character, limb, pose, read_hand(source, side))
    return end_of(pose, limb.lengths_m) - target


@dataclass(frozen=True, slots=True)
class LegPlan:
    """One leg before it is turned: (T,3) where its ankle should be, stage space, and (T,) how much that matters.

    Where it stands is `held`, (T,) True or False, and `standing` the same with soft ends, 0..1.
    """

    pose: LimbPose
    target_m: FloatArray
    near: FloatArray
    held: BoolArray
    standing: FloatArray


def _plan_leg(
    turns: Turns,
    character: Character,
    source: PoseSequence,
    side: str,
    body: BodyFrames,
    ground: Ground,
    plan: Plan,
) -> LegPlan:
    joints = limb_joints(source, "leg", side)
    pose = forwards_only(limb_pose(joints, "leg", side, body, source.fps))
    target = ground.lift(joints.end) + ground.stance(side, body.pelvis)
    target[:, 2] = np.maximum(target[:, 2], ground.lowest(pose.lower))
    held = np.zeros(len(target), dtype=np.bool_)
    if plan.hold_feet:
        held = planted(target, ground.over(target), character.leg_length_m, source.fps)
        target = hold_still(target, held, character.leg_length_m, source.fps)
    standing = gaussian(held.astype(np.float64), _STANDING_SIGMA_S * source.fps)
    return LegPlan(pose, target, near_floor(ground.over(target), character.leg_length_m), held, standing)


def _give_way(turns: Turns, character: Character, legs: list[LegPlan], shift: FloatArray, fps: float) -> FloatArray:
    """(T,3) how far to move the hips for feet near the floor to be in their places with the performer's own bends."""
    limbs = [character.legs[side] for side in SIDES]
    wanted = [leg.target_m - turns.head(limb.upper[0]) - shift for leg, limb in zip(legs, limbs, strict=True)]
    misses = [target - end_of(leg.pose, limb.lengths_m) for target, leg, limb in zip(wanted, legs, limbs, strict=True)]
    lower = np.exp(-(legs[0].target_m[:, 2] - legs[1].target_m[:, 2]) / _LOWEST_LEG_M)
    lower = np.stack([np.minimum(lower, 1.0), np.minimum(1.0 / np.maximum(lower, 1e-9), 1.0)])
    weights = [leg.near * (_LIFTED_FOOT * low + leg.standing) for leg, low in zip(legs, lower, strict=True)]
    moved = settled(misses, weights, fps)
    wanted = [target - moved for target in wanted]
    return moved + within_reach(wanted, [sum(limb.lengths_m) for limb in limbs], [leg.standing for leg in legs], fps)


def _turn_leg(turns: Turns, character: Character, side: str, leg: LegPlan, shift: FloatArray, ik: bool) -> None:
    """Write one leg's turns."""
    limb, pose = character.legs[side], leg.pose
    if ik:
        free = end_of(pose, limb.lengths_m)
        target = leg.target_m - turns.head(limb.upper[0]) - shift
        reached = two_bone(free + leg.near[:, None] * (target - free), pose.axis, limb.lengths_m)
        pose = kept_near(pose, reached, 1.0 - leg.standing)
    turn_limb(turns, character, limb, pose)


def _ankles(turns: Turns, character: Character) -> list[FloatArray]:
    """(T,3) each ankle, before the root is moved."""
    return [turns.head(character.legs[side].end[0]) for side in SIDES]


def _lay_feet(
    turns: Turns,
    character: Character,
    ground: Ground,
    legs: list[LegPlan],
    shift: FloatArray,
    source: PoseSequence,
) -> FloatArray:
    """Write the turns of feet and toes; returns (T,) how far to lift the root so that none is under the floor."""
    fps, raised = source.fps, np.zeros(len(shift))
    points = {side: read_foot(source, side) for side in SIDES}
    ankles = _ankles(turns, character)
    for _ in range(2):
        lowest = []
        for side, ankle, plan in zip(SIDES, ankles, legs, strict=True):
            place = ankle + shift + raised[:, None] * np.array([0.0, 0.0, 1.0])
            leg = character.legs[side]
            shin = directions(turns.of(leg.lower[-1]), leg.lower_m)
            level = level_weight(character, ground.over(place), shin, fps)
            lowest.append(turn_foot(turns, character, side, place, level, plan.held, fps, points[side]))
        under = np.maximum(0.0, -np.min(lowest, axis=0))
        raised = raised + envelope(under, round(_RAISE_RADIUS_S * fps))
    return raised
