"""Legs: where their feet belong, how the hips give way to them, and how they are turned."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..arrays import BoolArray, FloatArray
from ..roles import SIDES
from ..sequence import PoseSequence
from .body import BodyFrames, directions
from .character import Character
from .contact import hold_still, planted, raised_floor, resting, set_down
from .feet import heel_down_weight, level_weight, turn_foot
from .foot_points import read_foot
from .ground import Ground
from .ik import two_bone
from .limbs import LimbPose, forwards_only, turn_limb
from .reach import FOOT_RAD, end_of, kept_near, near_floor, settled, within_reach
from .smoothing import envelope, gaussian
from .source import limb_joints, limb_pose
from .turns import Turns

HELD, FLAT, ALWAYS = ("auto", "always"), ("auto", "always", "floor"), "always"
"""Modes of a foot: it is held where it stands; it keeps to the floor; it stands all the time."""
_STANDING_SIGMA_S, _RAISE_RADIUS_S, _LOWEST_LEG_M, _LIFTED_FOOT = 0.05, 0.15, 0.03, 0.2


@dataclass(frozen=True, slots=True)
class LegPlan:
    """One leg before it is turned.

    Attributes:
        mode: of its foot; see `rigs.retarget.RetargetSettings`.
        pose: the performer's directions and bend axis.
        target_m: (T,3) where its ankle should be, stage space.
        near: (T,) how much that matters, 0..1.
        held: (T,) where its foot stands.
        standing: (T,) the same with soft ends, 0..1.
        floor_m: (T,) height of what its foot stands on over the floor: steps, slopes, boxes.
    """

    mode: str
    pose: LimbPose
    target_m: FloatArray
    near: FloatArray
    held: BoolArray
    standing: FloatArray
    floor_m: FloatArray


def plan_legs(
    character: Character, source: PoseSequence, body: BodyFrames, ground: Ground, modes: dict[str, str], hold: bool
) -> dict[str, LegPlan]:
    """Where both feet belong, and when they stand.

    Args:
        character: the rig at rest.
        source: the performer, placed on the character's stage.
        body: the performer's frames.
        ground: the floor.
        modes: of the feet, by side.
        hold: whether standing feet are held at all.
    """
    poses, targets = {}, {}
    for side in SIDES:
        joints = limb_joints(source, "leg", side)
        poses[side] = forwards_only(limb_pose(joints, "leg", side, body, source.fps))
        targets[side] = ground.lift(joints.end) + ground.stance(side, body.pelvis)
        if modes[side] in FLAT:
            targets[side][:, 2] = np.maximum(targets[side][:, 2], ground.lowest(poses[side].lower))
    legs = {}
    for side, other in zip(SIDES, reversed(SIDES), strict=True):
        over, length = ground.over(targets[side]), character.leg_length_m
        held, floor = np.zeros(len(over), dtype=np.bool_), np.zeros(len(over))
        if modes[side] in HELD:
            high = resting(targets[side], over, ground.over(targets[other]), poses[side].lower, length, source.fps)
            held = (
                planted(targets[side], over, length, source.fps, source.stance.get(side))
                | high
                | (modes[side] == ALWAYS)
            )
            floor = raised_floor(over, high, source.fps)
            if side in source.contacts:
                said = source.contacts[side]
                held = np.where(np.isnan(said), held, said > 0.5)
                targets[side][:, 2] -= set_down(over - floor, said > 0.5, source.fps)
                over = ground.over(targets[side])
        target = hold_still(targets[side], held, length, source.fps) if hold else targets[side]
        standing = gaussian((held & hold).astype(np.float64), _STANDING_SIGMA_S * source.fps)
        near = near_floor(over - floor, length)
        legs[side] = LegPlan(modes[side], poses[side], target, near, held & hold, standing, floor)
    return legs


def give_way(turns: Turns, character: Character, legs: dict[str, LegPlan], shift: FloatArray, fps: float) -> FloatArray:
    """(T,3) how far to move the hips for feet near the floor to be in their places with the performer's own bends."""
    limbs = [character.legs[side] for side in SIDES]
    plans = [legs[side] for side in SIDES]
    wanted = [leg.target_m - turns.head(limb.upper[0]) - shift for leg, limb in zip(plans, limbs, strict=True)]
    misses = [target - end_of(leg.pose, limb.lengths_m) for target, leg, limb in zip(wanted, plans, limbs, strict=True)]
    lower = np.exp(-(plans[0].target_m[:, 2] - plans[1].target_m[:, 2]) / _LOWEST_LEG_M)
    lower = np.stack([np.minimum(lower, 1.0), np.minimum(1.0 / np.maximum(lower, 1e-9), 1.0)])
    weights = [leg.near * (_LIFTED_FOOT * low + leg.standing) for leg, low in zip(plans, lower, strict=True)]
    moved = settled(misses, weights, fps)
    wanted = [target - moved for target in wanted]
    return moved + within_reach(wanted, [sum(limb.lengths_m) for limb in limbs], [leg.standing for leg in plans], fps)


def turn_leg(turns: Turns, character: Character, side: str, leg: LegPlan, shift: FloatArray, ik: bool) -> None:
    """Write one leg's turns."""
    limb, pose = character.legs[side], leg.pose
    if ik:
        free = end_of(pose, limb.lengths_m)
        target = leg.target_m - turns.head(limb.upper[0]) - shift
        reached = two_bone(free + leg.near[:, None] * (target - free), pose.axis, limb.lengths_m)
        pose = kept_near(pose, reached, leg.standing, FOOT_RAD)
    turn_limb(turns, character, limb, pose)


def ankle(turns: Turns, character: Character, side: str) -> FloatArray:
    """(T,3) an ankle, before the root is moved."""
    return turns.head(character.legs[side].end[0])


def lay_feet(
    turns: Turns,
    character: Character,
    ground: Ground,
    legs: dict[str, LegPlan],
    shift: FloatArray,
    source: PoseSequence,
) -> FloatArray:
    """Write the turns of feet and toes that keep to the floor.

    Returns:
        (T,) how far to lift the root so that none of them is under it.
    """
    fps, raised = source.fps, np.zeros(len(shift))
    sides = [side for side in SIDES if legs[side].mode in FLAT]
    points = {side: read_foot(source, side) for side in sides}
    ankles = {side: ankle(turns, character, side) for side in sides}
    for _ in range(2 if sides else 0):
        lowest = []
        for side in sides:
            plan, leg = legs[side], character.legs[side]
            place = ankles[side] + shift + raised[:, None] * np.array([0.0, 0.0, 1.0])
            # a step that the foot has just left may be above it
            floor = np.minimum(plan.floor_m, np.maximum(ground.over(place), 0.0))
            shin = directions(turns.of(leg.lower[-1]), leg.lower_m)
            level = level_weight(character, ground.over(place) - floor, shin, fps)
            if plan.mode != ALWAYS:
                level = level * heel_down_weight(source.soles.get(side), fps)
            standing = character.floor_m + floor
            lowest.append(turn_foot(turns, character, side, place, standing, level, plan.held, fps, points[side]))
        under = np.maximum(0.0, -np.min(lowest, axis=0))
        raised = raised + envelope(under, round(_RAISE_RADIUS_S * fps))
    return raised
