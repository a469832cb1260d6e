"""A rig's motion read back as a performer: what was put on it comes back, and goes on to other rigs unchanged."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from rigs_support import RigPlan, angles_deg, build_rig, performer, posed_directions, source_directions, turns_deg

from rigs import quaternions
from rigs.arrays import FloatArray
from rigs.errors import SequenceError
from rigs.kinematics import pose_bones
from rigs.motion import RigMotion, read_motion
from rigs.retarget import RetargetSettings, retarget
from rigs.roles import SIDES, sided
from rigs.sequence import PoseSequence
from rigs.skeleton import POINTS
from rigs.solve.body import read_body
from rigs.vectors import unit

Y_UP_CM = np.diag([0.01, 0.01, 0.01, 1.0]) @ np.array([[1, 0, 0, 0], [0, 0, -1, 0], [0, 1, 0, 0], [0, 0, 0, 1.0]])
PLANS = {
    "t-pose": RigPlan(rolls=1),
    "split a-pose": RigPlan(split=2, arm_down_deg=45.0, rolls=2, spine_bones=1, neck_bones=2, toes=False),
    "y up, centimetres": RigPlan(rolls=3, armature_to_world=Y_UP_CM),
}
OTHER = RigPlan(split=2, arm_down_deg=30.0, rolls=9, thigh=0.5, shin=0.38)


def put_on(plan: RigPlan, sequence: PoseSequence, ik: bool = False) -> tuple[RigMotion, dict[str, FloatArray]]:
    """A sequence on a rig, and the directions of the rig's limbs."""
    rest, rig_map = build_rig(plan)
    result = retarget(sequence, rest, rig_map, RetargetSettings(ik=ik))
    directions = posed_directions(rest, rig_map, result)
    return RigMotion(rest, pose_bones(rest, result), sequence.fps), directions


def between_deg(first: FloatArray, second: FloatArray) -> float:
    """Largest angle between (T,3,3) frames."""
    pair = np.stack([quaternions.from_matrix(first), quaternions.from_matrix(second)])
    return float(turns_deg(pair).max())


def worst_deg(first: dict[str, FloatArray], second: dict[str, FloatArray]) -> float:
    return max(float(angles_deg(first[name], second[name]).max()) for name in first)


@pytest.mark.parametrize("ik", [False, True])
@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)
def test_what_is_on_a_rig_is_read_back(plan: RigPlan, ik: bool) -> None:
    sequence = performer(4)
    motion, directions = put_on(plan, sequence, ik)
    back = read_motion(motion, build_rig(plan)[1])
    assert worst_deg(directions, source_directions(back)) < 1e-6
    meant, found = read_body(sequence), read_body(back)
    for part in ("pelvis", "thorax", "head"):
        assert between_deg(getattr(meant, part), getattr(found, part)) < 1e-6, part


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)
def test_the_way_over_a_rig_is_as_good_as_the_direct_one(plan: RigPlan) -> None:
    sequence = performer(5)
    back = read_motion(put_on(plan, sequence)[0], build_rig(plan)[1])
    direct, over = put_on(OTHER, sequence), put_on(OTHER, back)
    assert worst_deg(direct[1], over[1]) < 1e-6
    hips = [build_rig(OTHER)[0].index("pelvis")]
    # a motion begins over the origin
    paths = [motion.posed[:, hips, :3, 3] - motion.posed[:1, hips, :3, 3] for motion, _ in (direct, over)]
    assert np.abs(paths[0] - paths[1]).max() < 1e-3


def test_a_hunched_clip_stays_hunched() -> None:
    sequence = performer(6)
    joints = sequence.joints.copy()
    joints[:, 7] += 0.08 * read_body(sequence).pelvis[..., 1]
    bent = replace(sequence, joints=joints, exact=True)
    _, rig_map = build_rig()
    back = read_motion(put_on(RigPlan(), bent)[0], rig_map)
    assert between_deg(read_body(bent).thorax, read_body(back).thorax) < 1e-6
    assert between_deg(read_body(replace(bent, exact=False)).thorax, read_body(back).thorax) > 10.0


def test_hands_and_feet_turn_as_their_bones() -> None:
    rest, rig_map = build_rig(RigPlan(rolls=5))
    motion, _ = put_on(RigPlan(rolls=5), performer(7))
    posed = motion.posed.copy()
    rng = np.random.default_rng(1)
    turns = quaternions.to_matrix(quaternions.normalize(rng.normal(size=(len(posed), 4))))
    for side in SIDES:
        for limb in ("hand", "foot"):
            bone = rest.index(rig_map.bones(sided(limb, side))[0])
            posed[:, bone, :3, :3] = turns @ rest.rest_matrices[bone, :3, :3]
    back = read_motion(RigMotion(rest, posed, 30.0), rig_map)
    assert set(back.points) == set(POINTS)
    still = read_motion(RigMotion(rest, rest.rest_matrices[None], 30.0), rig_map)
    for side in SIDES:
        for joint, names in (("ankle", ("heel", "toe")), ("wrist", ("thumb_knuckle", "index_knuckle"))):
            for name in names:
                at_rest = still.points[f"{side}_{name}"] - still.joint(f"{side}_{joint}")
                found = back.points[f"{side}_{name}"] - back.joint(f"{side}_{joint}")
                np.testing.assert_allclose(found, (turns @ at_rest[0]), atol=1e-9)
        assert still.points[f"{side}_index_knuckle"][0, 1] < still.points[f"{side}_little_knuckle"][0, 1]
        np.testing.assert_allclose(
            [still.points[f"{side}_{end}"][0, 2] for end in ("heel", "toe")], 0.0, atol=1e-9, err_msg=side
        )


def turns_of(motion: RigMotion, bone: str) -> FloatArray:
    """(T,3,3) turns of a bone from rest, world axes."""
    world, index = motion.rest.world_rotation, motion.rest.index(bone)
    turn: FloatArray = world @ motion.posed[:, index, :3, :3] @ motion.rest.rest_matrices[index, :3, :3].T @ world.T
    return turn


def test_hands_and_feet_go_on_to_another_rig() -> None:
    plan = RigPlan(rolls=1)
    rest, rig_map = build_rig(plan)
    motion, _ = put_on(plan, performer(2))
    posed, phase = motion.posed.copy(), np.linspace(0.0, 2.0 * np.pi, len(motion.posed))
    posed[len(posed) // 3 :, :, 2, 3] += 1.0  # off the floor, where feet are free
    rng = np.random.default_rng(3)
    for side in SIDES:
        for limb, size in (("hand", 0.3), ("foot", 0.15)):
            bone = rest.index(rig_map.bones(sided(limb, side))[0])
            wave = size * np.sin(phase[:, None] + rng.uniform(0.0, 6.0, 3))
            moved = [bone, *(child for child in range(len(rest.parents)) if bone in rest.ancestors(child))]
            posed[:, moved, :3, :3] = quaternions.to_matrix(quaternions.exp(wave))[:, None] @ posed[:, moved, :3, :3]
    source = replace(motion, posed=posed)
    other = RigPlan(rolls=4, thigh=0.5, shin=0.36)
    target = put_on(other, read_motion(source, rig_map))[0]
    airborne = slice(len(posed) // 3 + 15, None)
    for side in SIDES:
        for limb in ("hand", "foot"):
            bone = rig_map.bones(sided(limb, side))[0]
            pair = np.stack([turns_of(source, bone)[airborne], turns_of(target, bone)[airborne]])
            assert turns_deg(quaternions.from_matrix(pair)).max() < 1e-6, (side, limb)


@pytest.mark.parametrize("factor", [0.01, 1.0, 100.0, 2.54])
@pytest.mark.parametrize("axis", ["X", "Y", "Z"])
def test_size_and_axes_of_a_file_do_not_matter(factor: float, axis: str) -> None:
    motion, directions = put_on(RigPlan(), performer(8))
    turn = np.eye(4)
    turn[:3, :3] = {
        "X": np.array([[0, 0, 1.0], [1, 0, 0], [0, 1, 0]]),
        "Y": np.array([[1, 0, 0], [0, 0, 1.0], [0, -1, 0]]),
        "Z": np.eye(3),
    }[axis]
    turn[:3, :3] *= factor
    placed = replace(motion.rest, armature_to_world=turn @ motion.rest.armature_to_world)
    back = read_motion(replace(motion, rest=placed), build_rig()[1])
    leg = np.linalg.norm(back.joint("left_knee") - back.joint("left_hip"), axis=-1)
    assert 0.3 < leg[0] < 1.2
    # upright again; which way it faces is the file's
    heights = {name: directions[name][:, 2] for name in directions}
    found = source_directions(back)
    assert max(np.abs(heights[name] - found[name][:, 2]).max() for name in heights) < 1e-9
    np.testing.assert_allclose(back.joint("pelvis")[0, :2], 0.0, atol=1e-9)
    assert abs(min(back.points[f"{side}_toe"][:, 2].min() for side in SIDES)) < 1e-4


@pytest.mark.parametrize("kind", ["bones along one axis", "rest is a frame of the clip"])
def test_a_rest_pose_that_is_no_stance(kind: str) -> None:
    rest, rig_map = build_rig(RigPlan())
    sequence = performer(9)
    joints = sequence.joints.copy()
    standing = read_motion(RigMotion(rest, rest.rest_matrices[None], 30.0), rig_map).joints[0]
    joints[60] = standing - standing[0] + joints[60, 0]
    motion, directions = put_on(RigPlan(), replace(sequence, joints=joints))
    odd = motion.posed[17].copy()
    if kind == "bones along one axis":
        odd = rest.rest_matrices.copy()
        for bone in rest.order():
            parent = rest.parents[bone]
            if parent >= 0:
                odd[bone, :3, 3] = odd[parent, :3, 3] + [
                    0.9 * np.linalg.norm(rest.heads[bone] - rest.heads[parent]),
                    0,
                    0,
                ]
    # the same places, told against another rest pose
    local = np.linalg.inv(rest.rest_matrices) @ odd
    posed = motion.posed.copy()
    posed[..., :3, :3] = posed[..., :3, :3] @ local[:, :3, :3]
    back = read_motion(RigMotion(replace(rest, rest_matrices=odd), posed, 30.0), rig_map)
    assert worst_deg(directions, source_directions(back)) < 1e-6
    meant, found = read_body(replace(sequence, joints=joints)), read_body(back)
    assert between_deg(meant.thorax, found.thorax) < 3.0
    assert between_deg(meant.pelvis, found.pelvis) < 3.0
    direct = read_motion(motion, rig_map)
    for side in SIDES:
        soles = [unit(clip.points[f"{side}_toe"] - clip.points[f"{side}_heel"]) for clip in (direct, back)]
        assert angles_deg(*soles).max() < 1e-6


def test_values_that_are_none_are_named() -> None:
    rest, rig_map = build_rig()
    posed = np.repeat(rest.rest_matrices[None], 4, axis=0)
    posed[2, rest.index("head"), 0, 3] = np.nan
    with pytest.raises(SequenceError, match="frame 2 bone 'head'"):
        RigMotion(rest, posed, 30.0)
    with pytest.raises(SequenceError, match="shape"):
        RigMotion(rest, posed[:, :3], 30.0)
    assert len(read_motion(RigMotion(rest, rest.rest_matrices[None], 24.0), rig_map).joints) == 1


def test_only_some_bones() -> None:
    rest, rig_map = build_rig(RigPlan(in_between=True))
    motion, directions = put_on(RigPlan(in_between=True), performer(11))
    mapped = rig_map.bones(*rig_map.roles)
    some = motion.only(mapped)
    assert set(some.rest.bone_names) == set(mapped) < set(rest.bone_names)
    thigh, pelvis = (some.rest.index(name) for name in ("thigh.left.0", "pelvis"))
    assert some.rest.parents[thigh] == pelvis
    assert worst_deg(directions, source_directions(read_motion(some, rig_map))) < 1e-6
