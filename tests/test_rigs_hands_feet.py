"""Hands and feet follow the performer's own, within what joints can do, and without jumps."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from rigs_support import RigPlan, angles_deg, build_rig, performer, turns_deg

from rigs import quaternions
from rigs.arrays import FloatArray
from rigs.joint_limits import impossible, softly, within
from rigs.kinematics import pose_bones
from rigs.rest import RigRest
from rigs.retarget import RetargetSettings, retarget
from rigs.roles import SIDES
from rigs.sequence import PoseSequence
from rigs.skeleton import H36M_17
from rigs.solve.hands import hand_frames, rest_hand, wrist_angles
from rigs.solve.known import filled, presence
from rigs.vectors import dot, frame, unit

DIRECT = RetargetSettings(ik=False)


def with_hands(source: PoseSequence, pronation: FloatArray, flexion: FloatArray) -> tuple[PoseSequence, FloatArray]:
    """The performer with a left hand bent against its forearm by (T,) radians; also the (T,3,3) hand frames."""
    shoulder, elbow, wrist = (source.joint(f"left_{name}") for name in ("shoulder", "elbow", "wrist"))
    along = unit(wrist - elbow)
    axis = unit(np.cross(unit(elbow - shoulder), along))
    neutral = frame(along, np.cross(axis, along))
    hand = hand_frames(neutral, np.stack([pronation, flexion, np.zeros(len(flexion))], axis=-1))
    points = {
        "left_index_knuckle": wrist + hand @ np.array([0.09, 0.03, 0.0]),
        "left_little_knuckle": wrist + hand @ np.array([0.09, -0.03, 0.0]),
    }
    return replace(source, points=points), hand


def posed_turn(source: PoseSequence, bone: str, plan: RigPlan, settings: RetargetSettings = DIRECT) -> FloatArray:
    """(T,3,3) turn of a bone from rest, in the world."""
    rest, rig_map = build_rig(plan)
    posed = pose_bones(rest, retarget(source, rest, rig_map, settings))
    turn: FloatArray = (posed @ np.linalg.inv(rest.rest_matrices))[:, rest.index(bone), :3, :3]
    return turn


def test_wrist_angles_are_the_inverse_of_hand_frames() -> None:
    rng = np.random.default_rng(0)
    neutral = quaternions.to_matrix(quaternions.exp(rng.normal(size=(50, 3))))
    angles = rng.uniform(-1.0, 1.0, size=(50, 3)) * np.array([3.0, 1.5, 0.5])
    assert np.abs(wrist_angles(neutral, hand_frames(neutral, angles)) - angles).max() < 1e-9


@pytest.mark.parametrize("plan", [RigPlan(), RigPlan(split=2, arm_down_deg=45.0, rolls=3)], ids=["t-pose", "split"])
def test_hands_are_turned_as_the_performers(plan: RigPlan) -> None:
    base = performer(1, straight=False)
    wave = np.sin(np.arange(len(base.joints)) / 12.0)
    source, hand = with_hands(base, 0.6 * wave, 0.5 * np.roll(wave, 20))
    turn = posed_turn(source, "hand.left", plan)
    rest, _ = build_rig(plan)
    along = unit(rest.heads[rest.index("hand.left")] - rest.heads[rest.index("forearm.left.0")])
    assert np.percentile(angles_deg(turn @ along, hand[..., 0]), 95) < 1e-6  # few are beyond what wrists can do
    forearm = posed_turn(source, f"forearm.left.{plan.split - 1}", plan)
    assert angles_deg(forearm @ along, unit(base.joint("left_wrist") - base.joint("left_elbow"))).max() < 1e-6


def test_hands_without_points_follow_the_forearm() -> None:
    rest, rig_map = build_rig(RigPlan())
    result = retarget(performer(0), rest, rig_map, DIRECT)
    for side in SIDES:
        rotations = result.rotations[:, result.bone_names.index(f"hand.{side}")]
        assert np.abs(rotations - quaternions.IDENTITY).max() < 1e-9


def test_wrists_do_not_bend_further_than_wrists_can() -> None:
    base = performer(1, straight=False)
    source, _ = with_hands(base, np.zeros(len(base.joints)), np.full(len(base.joints), 2.4))
    rest, rig_map = build_rig(RigPlan())
    result = retarget(source, rest, rig_map, DIRECT)
    hand = quaternions.log(result.rotations[:, result.bone_names.index("hand.left")])
    bend = np.linalg.norm(hand, axis=-1)
    most = np.hypot(within("wrist_flexion")[1], within("wrist_deviation")[1])
    assert np.radians(60.0) < np.median(bend) and bend.max() < most + 0.5 * within("forearm_pronation")[1]


def test_exact_hands_and_feet_are_taken_as_they_are() -> None:
    base = performer(1, straight=False)
    wave = np.sin(np.arange(len(base.joints)) / 3.0)
    source, hand = with_hands(base, 1.9 * wave, 1.4 * np.roll(wave, 5))
    turn = posed_turn(replace(source, exact=True), "hand.left", RigPlan())
    assert angles_deg(turn @ np.array([1.0, 0.0, 0.0]), hand[..., 0]).max() < 1e-6
    limited = posed_turn(source, "hand.left", RigPlan())
    assert angles_deg(limited @ np.array([1.0, 0.0, 0.0]), hand[..., 0]).max() > 10.0
    lifted = replace(base, joints=base.joints + np.array([0.0, 0.0, 0.4]))
    seen = replace(with_feet(lifted, np.radians(50.0), 1.0 + 0.5 * wave), exact=True)
    ahead = unit(seen.points["left_toe"] - seen.points["left_heel"])
    free = RetargetSettings(ik=False, left_foot="floor", right_foot="floor")
    for bone in ("foot.left", "toe.left"):
        posed = posed_turn(seen, bone, RigPlan(), free) @ np.array([0.0, -1.0, 0.0])
        assert np.median(angles_deg(posed, ahead)) < 1e-6


def test_points_come_and_go_without_a_jump() -> None:
    base = performer(1, straight=False)
    source, _ = with_hands(base, np.full(len(base.joints), 1.0), np.full(len(base.joints), 0.8))
    points = {name: path.copy() for name, path in source.points.items()}
    for path in points.values():
        path[30:33] = np.nan
        path[60:90] = np.nan
    rest, rig_map = build_rig(RigPlan())
    result = retarget(replace(source, points=points), rest, rig_map, DIRECT)
    column = result.bone_names.index("hand.left")
    steps = turns_deg(result.rotations)[:, column]
    assert steps.max() < 15.0
    bend = np.linalg.norm(quaternions.log(result.rotations[:, column]), axis=-1)
    assert bend[70:80].max() < 1e-6 < 0.5 < bend[[15, 50, 105]].min()


FINGERS = [
    ("f_index.01.L", "f_pinky.01.L", "thumb.01.L"),
    ("finger2-1.L", "finger5-1.L", "finger1-1.L"),
    ("Bip01 L Finger1", "Bip01 L Finger4", "Bip01 L Finger0"),
    ("J_Bip_L_Index1", "J_Bip_L_Little1", "J_Bip_L_Thumb1"),
]


def with_fingers(names: tuple[str, str, str], angles: FloatArray) -> tuple[RigRest, FloatArray]:
    """A rig in a T-pose whose left fingers rest turned by (3,) angles, and the (3,3) heads of the fingers."""
    rest, _ = build_rig(RigPlan())
    hand = rest.index("hand.left")
    spread = ((0.09, 0.03, 0.0), (0.085, -0.035, 0.0), (0.07, 0.09, 0.02))
    heads = rest.heads[hand] + np.array(spread) @ hand_frames(T_POSE, angles).T
    matrices = np.tile(np.eye(4), (3, 1, 1))
    matrices[:, :3, 3] = heads
    fingered = RigRest(
        (*rest.bone_names, *names),
        (*rest.parents, hand, hand, hand),
        np.concatenate([rest.rest_matrices, matrices]),
        np.append(rest.lengths, [0.05] * 3),
    )
    return fingered, heads


T_POSE = frame(np.array([1.0, 0.0, 0.0]), np.array([0.0, -1.0, 0.0]))
"""Of a left hand that rests straight on its forearm."""


@pytest.mark.parametrize("names", FINGERS, ids=lambda names: names[0])
def test_hands_at_rest_are_measured_on_their_fingers(names: tuple[str, str, str]) -> None:
    angles = np.array([0.4, -0.2, 0.1])
    rest, heads = with_fingers(names, angles)
    hand = rest.index("hand.left")
    found = rest_hand(rest, rest.heads, hand, T_POSE)
    ahead = 0.5 * (heads[0] + heads[1]) - rest.heads[hand]
    assert angles_deg(found[None, :, 0], unit(ahead)[None]).max() < 1e-6
    assert dot(found[:, 1], heads[0] - heads[1]) > 0.99 * np.linalg.norm(heads[0] - heads[1])
    assert np.abs(wrist_angles(T_POSE, found) - angles).max() < 0.05
    bare, _ = build_rig(RigPlan())
    assert np.array_equal(rest_hand(bare, bare.heads, hand, T_POSE), T_POSE)


def test_a_hand_that_rests_turned_and_is_held_so_turns_nothing() -> None:
    rest, _ = with_fingers(FINGERS[0], np.array([0.4, -0.2, 0.0]))
    _, rig_map = build_rig(RigPlan())
    at_rest = wrist_angles(T_POSE, rest_hand(rest, rest.heads, rest.index("hand.left"), T_POSE))
    assert at_rest[0] > 0.3 and at_rest[1] < -0.1
    base = performer(1, straight=False)
    source, _ = with_hands(base, np.full(len(base.joints), at_rest[0]), np.full(len(base.joints), at_rest[1]))
    held, plain = (retarget(each, rest, rig_map, DIRECT) for each in (source, base))
    column = held.bone_names.index("forearm.left.0")
    pair = np.stack([held.rotations[:, column], plain.rotations[:, column]])
    assert turns_deg(pair).max() < 0.5


def with_feet(source: PoseSequence, out: float, pitch: FloatArray) -> PoseSequence:
    """The performer with feet that point `out` outwards of the body, toes (T,) radians up."""
    points = {}
    for side, sign in (("left", 1.0), ("right", -1.0)):
        ankle = source.joint(f"{side}_ankle")
        left = unit((source.joint("left_hip") - source.joint("right_hip")) * np.array([1.0, 1.0, 0.0]))
        ahead = np.cross(left, [0.0, 0.0, 1.0])
        ahead = np.cos(out) * ahead + sign * np.sin(out) * left
        ahead = np.cos(pitch)[:, None] * ahead + np.sin(pitch)[:, None] * np.array([0.0, 0.0, 1.0])
        points[f"{side}_heel"] = ankle - 0.05 * ahead - np.array([0.0, 0.0, 0.07])
        points[f"{side}_toe"] = ankle + 0.15 * ahead - np.array([0.0, 0.0, 0.07])
    return replace(source, points=points)


def still(frames: int = 60) -> PoseSequence:
    """A person who stands still."""
    first = performer(0, turn=False).joints[:1].copy()
    for side, sign in (("left", 1.0), ("right", -1.0)):
        for joint, height in (("hip", 0.88), ("knee", 0.48), ("ankle", 0.08)):
            first[0, H36M_17.index(f"{side}_{joint}")] = [sign * 0.09, 0.0, height]
    return PoseSequence.from_joints(np.repeat(first, frames, axis=0), 30.0)


@pytest.mark.parametrize("out_deg", [0.0, 12.0, 25.0])
@pytest.mark.parametrize("ik", [False, True])
def test_standing_feet_point_where_the_performers_do_and_lie_flat(out_deg: float, ik: bool) -> None:
    base = still()
    source = with_feet(base, np.radians(out_deg), np.full(len(base.joints), -0.3))
    for side, sign in (("left", 1.0), ("right", -1.0)):
        ahead = posed_turn(source, f"foot.{side}", RigPlan(), RetargetSettings(ik=ik)) @ np.array([0.0, -1.0, 0.0])
        heading = sign * np.degrees(np.arctan2(ahead[:, 0], -ahead[:, 1]))
        assert np.abs(heading - out_deg).max() < 1e-6, side
        assert np.abs(ahead[:, 2]).max() < 1e-6


def test_lifted_feet_pitch_as_the_performers_do() -> None:
    base = still(90)
    joints = base.joints.copy()
    joints[45:, [4, 5, 6], 2] += 0.3 * np.clip((np.arange(45) / 15.0), 0.0, 1.0)[:, None]
    lifted = replace(base, joints=joints)
    pitch = np.where(np.arange(90) > 60, 0.3, 0.0)
    ahead = posed_turn(with_feet(lifted, 0.0, pitch), "foot.left", RigPlan()) @ np.array([0.0, -1.0, 0.0])
    level = posed_turn(lifted, "foot.left", RigPlan()) @ np.array([0.0, -1.0, 0.0])
    assert np.degrees(np.arcsin(ahead[75:, 2])) == pytest.approx(np.degrees(0.3), abs=1e-6)
    assert np.abs(np.degrees(np.arcsin(level[75:, 2]))).max() < 2.0


def test_presence_is_none_where_unknown_and_whole_far_inside() -> None:
    known = np.ones(60, dtype=np.bool_)
    known[20:25] = False
    weight = presence(known, 30.0)
    assert np.all(weight[20:25] == 0.0) and np.all(weight[:13] == 1.0) and np.all(weight[32:] == 1.0)
    assert np.abs(np.diff(weight)).max() < 0.35
    values = np.arange(60.0)[:, None].copy()
    led = filled(np.where(known[:, None], values, 99.0), known)
    assert np.allclose(led, values)


@pytest.mark.parametrize("joint", ["wrist_flexion", "wrist_deviation", "forearm_pronation", "ankle_pitch", "ankle_out"])
def test_soft_limits_keep_order_and_stay_inside(joint: str) -> None:
    angles = np.linspace(-np.pi, np.pi, 721)
    limited = softly(joint, angles)
    low, high = within(joint)
    assert np.all(np.diff(limited) >= 0.0) and limited.min() >= low and limited.max() <= high
    inside = (angles > 0.7 * low) & (angles < 0.7 * high)
    assert inside.any() and np.allclose(limited[inside], angles[inside])


def test_what_is_impossible_begins_outside_of_what_is_allowed() -> None:
    for joint in ("neck", "spine", "forearm_pronation"):
        assert impossible(joint)[0] > within(joint)[1]
