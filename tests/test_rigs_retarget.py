"""Retargeting by its properties, on made-up rigs and performers with known answers."""

from __future__ import annotations

import numpy as np
import pytest
from rigs_support import (
    RigPlan,
    angles_deg,
    build_rig,
    performer,
    posed_directions,
    source_directions,
    turns_deg,
    upright,
)

from rigs import quaternions
from rigs.arrays import FloatArray
from rigs.errors import MapError, SequenceError, SettingsError
from rigs.kinematics import pose_bones, to_world
from rigs.maps import RigMap, Role
from rigs.rest import RigRest
from rigs.retarget import FootMode, RetargetResult, RetargetSettings, retarget
from rigs.roles import SIDES, sided
from rigs.sequence import PoseSequence
from rigs.solve.reach import touching
from rigs.vectors import dot, unit

DIRECT = RetargetSettings(ik=False)
ARM = ("upper_arm", "forearm")
EXACT_DEG = 1e-6
PLANS = {
    "t-pose": RigPlan(),
    "a-pose": RigPlan(arm_down_deg=45.0, arm_forward_deg=10.0),
    "arms hanging": RigPlan(arm_down_deg=88.0),
    "random rolls": RigPlan(rolls=1, arm_down_deg=30.0),
    "split limbs": RigPlan(split=2, rolls=2),
    "crooked split limbs": RigPlan(split=3, crooked=0.01, arm_down_deg=40.0),
    "one spine bone": RigPlan(spine_bones=1, neck_bones=2),
    "six spine bones": RigPlan(spine_bones=6, rolls=3),
    "no toes": RigPlan(toes=False),
    "other proportions": RigPlan(thigh=0.25, shin=0.35, upper_arm=0.4, forearm=0.2, hip_half=0.15),
}


def world_of(rotation: tuple[float, float, float], scale: float, place: tuple[float, float, float]) -> FloatArray:
    matrix = np.eye(4)
    matrix[:3, :3] = scale * quaternions.to_matrix(quaternions.exp(np.array(rotation)))
    matrix[:3, 3] = place
    return matrix


PLACEMENTS = {
    "as imported": world_of((np.pi / 2, 0.0, 0.0), 0.01, (0.0, 0.0, 0.0)),
    "y up": world_of((0.0, 0.0, 0.0), 1.0, (0.0, 0.0, 0.0)),
    "anywhere": world_of((0.4, -0.7, 1.1), 2.5, (3.0, -4.0, 0.0)),
}


def feet_heights(rest: RigRest, rig_map: RigMap, result: RetargetResult) -> FloatArray:
    """(T,) lowest of the ends of foot and toe bones over the floor, metres."""
    posed = pose_bones(rest, result)
    bones = [rest.index(name) for side in SIDES for name in rig_map.bones(sided("foot", side), sided("toe", side))]
    points = np.array([[0.0, rest.lengths[bone], 0.0, 1.0] for bone in bones])
    ends = posed[:, bones] @ points[None, ..., None]
    tails = ends[..., :3, 0] @ rest.armature_to_world[:3, :3].T + rest.armature_to_world[:3, 3]
    return np.minimum(tails[..., 2], to_world(rest, posed)[:, bones, 2]).min(axis=1)


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)
@pytest.mark.parametrize("seed", [0, 1])
def test_segments_point_as_the_performers_do(plan: RigPlan, seed: int) -> None:
    rest, rig_map = build_rig(plan)
    source = performer(seed)
    posed = posed_directions(rest, rig_map, retarget(source, rest, rig_map, DIRECT))
    for name, direction in source_directions(source).items():
        assert angles_deg(posed[name], direction).max() < EXACT_DEG, name


@pytest.mark.parametrize("placement", PLACEMENTS.values(), ids=PLACEMENTS)
def test_objects_may_be_turned_scaled_and_moved(placement: FloatArray) -> None:
    rest, rig_map = build_rig(RigPlan(rolls=5, armature_to_world=placement))
    source = performer(2)
    result = retarget(source, rest, rig_map, DIRECT)
    posed = posed_directions(rest, rig_map, result)
    for name, direction in source_directions(source).items():
        assert angles_deg(posed[name], direction).max() < EXACT_DEG, name
    plain_rest, plain_map = build_rig(RigPlan(rolls=5))
    plain = pose_bones(plain_rest, retarget(source, plain_rest, plain_map, DIRECT))[..., :3, 3]
    assert np.allclose(to_world(rest, pose_bones(rest, result)), plain + placement[:3, 3], atol=1e-6)


def test_an_armature_that_faces_elsewhere() -> None:
    """A Y-up armature whose character faces +Z: in the world it lies on its back until it is posed."""
    plan = RigPlan(rolls=4)
    rest, rig_map = build_rig(plan)
    turn = np.eye(4)
    turn[:3, :3] = quaternions.to_matrix(quaternions.exp(np.array([-np.pi / 2, 0.0, 0.0])))
    lying = RigRest(rest.bone_names, rest.parents, turn @ rest.rest_matrices, rest.lengths)
    source = performer(3)
    posed = posed_directions(lying, rig_map, retarget(source, lying, rig_map, DIRECT))
    for name, direction in source_directions(source).items():
        assert angles_deg(posed[name], direction).max() < EXACT_DEG, name
    heads = to_world(lying, pose_bones(lying, retarget(source, lying, rig_map)))
    upright = heads[:, lying.index("head")] - heads[:, lying.index("pelvis")]
    assert np.all(unit(upright)[:, 2] > 0.9)


def test_heading_is_the_worlds_or_the_characters() -> None:
    quarter = world_of((0.0, 0.0, np.pi / 2), 1.0, (0.0, 0.0, 0.0))
    rest, rig_map = build_rig()
    turned = RigRest(rest.bone_names, rest.parents, rest.rest_matrices, rest.lengths, quarter)
    source = performer(4, turn=False)
    world = posed_directions(turned, rig_map, retarget(source, turned, rig_map, DIRECT))
    own = posed_directions(
        turned, rig_map, retarget(source, turned, rig_map, RetargetSettings(ik=False, heading="character"))
    )
    for name, direction in source_directions(source).items():
        assert angles_deg(world[name], direction).max() < EXACT_DEG
        assert angles_deg(own[name], direction @ quarter[:3, :3].T).max() < EXACT_DEG


@pytest.mark.parametrize("ik", [False, True])
@pytest.mark.parametrize("plan", [PLANS["t-pose"], PLANS["a-pose"], PLANS["random rolls"]], ids=["t", "a", "rolls"])
def test_elbows_and_knees_never_bend_backwards(plan: RigPlan, ik: bool) -> None:
    rest, rig_map = build_rig(plan)
    for seed in range(4):
        result = retarget(performer(seed), rest, rig_map, RetargetSettings(ik=ik))
        posed = pose_bones(rest, result)
        for side in SIDES:
            for first, second, rest_axis in (
                ("thigh", "shin", np.array([1.0, 0.0, 0.0])),
                ("upper_arm", "forearm", None),
            ):
                upper, lower = (rest.index(rig_map.bones(sided(limb, side))[0]) for limb in (first, second))
                end = rest.index(rig_map.bones(sided("foot" if first == "thigh" else "hand", side))[0])
                along = rest.heads[lower] - rest.heads[upper]
                axis = np.cross(along, [0.0, -1.0, 0.0]) if rest_axis is None else rest_axis
                turn = posed[:, upper, :3, :3] @ rest.rest_matrices[upper, :3, :3].T
                hinge = turn @ axis
                heads = posed[..., :3, 3]
                bend = np.cross(heads[:, lower] - heads[:, upper], heads[:, end] - heads[:, lower])
                least = -1e-6 * np.linalg.norm(heads[:, end] - heads[:, lower], axis=-1)
                assert np.all(dot(bend, hinge) >= least), (side, first, seed)


@pytest.mark.parametrize("plan", [PLANS[name] for name in ("t-pose", "split limbs", "arms hanging")])
@pytest.mark.parametrize("ik", [False, True])
def test_no_bone_jumps_while_limbs_go_straight(plan: RigPlan, ik: bool) -> None:
    rest, rig_map = build_rig(plan)
    for seed in range(4):
        source = performer(seed, straight=True)
        fastest = max(float(np.max(angles_deg(path[1:], path[:-1]))) for path in source_directions(source).values())
        result = retarget(source, rest, rig_map, RetargetSettings(ik=ik))
        steps = turns_deg(result.rotations)
        bone = int(steps.max(axis=0).argmax())
        assert steps.max() < fastest, (result.bone_names[bone], seed)


def test_rotations_are_unit_and_sign_continuous() -> None:
    rest, rig_map = build_rig(PLANS["split limbs"])
    result = retarget(performer(5, frames=240), rest, rig_map)
    assert np.allclose(np.linalg.norm(result.rotations, axis=-1), 1.0)
    assert np.all(np.sum(result.rotations[1:] * result.rotations[:-1], axis=-1) > 0.0)


def test_only_mapped_bones_are_named_parents_first() -> None:
    rest, rig_map = build_rig()
    result = retarget(performer(0), rest, rig_map)
    mapped = set(rig_map.bones(*rig_map.roles)) - set(rig_map.bones(Role.ROOT))
    assert set(result.bone_names) == mapped
    seen: set[int] = set()
    for name in result.bone_names:
        bone = rest.index(name)
        assert not [other for other in seen if bone in rest.ancestors(other)]
        seen.add(bone)


@pytest.mark.parametrize(
    "plan", [PLANS["t-pose"], PLANS["a-pose"], PLANS["crooked split limbs"], PLANS["other proportions"]]
)
def test_wrists_reach_the_performers_places_as_far_as_the_arms_directions_allow(plan: RigPlan) -> None:
    """A hand at the body has its place exactly; one in the air only as far as the arm stays within six degrees."""
    rest, rig_map = build_rig(plan)
    source = performer(1, straight=False)
    result = retarget(source, rest, rig_map, RetargetSettings(ik=True))
    posed = to_world(rest, pose_bones(rest, result))
    shown, meant = posed_directions(rest, rig_map, result), source_directions(source)
    scale = (plan.upper_arm + plan.forearm) / 0.53
    for side in SIDES:
        shoulder, hand = (posed[:, rest.index(rig_map.bones(sided(limb, side))[0])] for limb in ("upper_arm", "hand"))
        wanted = scale * (source.joint(f"{side}_wrist") - source.joint(f"{side}_shoulder"))
        distance = np.linalg.norm(wanted, axis=-1)
        within = (distance < 0.98 * (plan.upper_arm + plan.forearm)) & (
            distance > 1.2 * abs(plan.upper_arm - plan.forearm)
        )
        assert within.mean() > 0.5
        astray = np.max([angles_deg(shown[f"{limb}_{side}"], meant[f"{limb}_{side}"]) for limb in ARM], axis=0)
        missed = np.linalg.norm(hand - shoulder - wanted, axis=-1)
        touched = touching(source, side, 0.53) > 0.999
        assert np.all(missed[within & (touched | (astray < 3.4))] < 1e-4)
        assert np.all((missed[within] < 1e-4) | (astray[within] > 3.4))
        assert astray[touching(source, side, 0.53) < 1e-6].max(initial=0.0) < 6.0
    if (plan.upper_arm, plan.forearm) == (RigPlan().upper_arm, RigPlan().forearm):
        assert np.median(result.residual) < 3e-5
    else:
        # arms of other shares cannot keep both: those in the air keep their directions, so their wrists stay off
        direct = retarget(source, rest, rig_map, DIRECT)
        assert np.median(result.residual) < 0.5 * np.median(direct.residual) < 0.04
        assert np.all(result.residual < 0.7 * direct.residual)


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)
@pytest.mark.parametrize("ik", [False, True])
def test_feet_stay_over_the_floor_and_on_it(plan: RigPlan, ik: bool) -> None:
    rest, rig_map = build_rig(plan)
    still = PoseSequence.from_joints(upright()[None], 30.0)
    standing = feet_heights(rest, rig_map, retarget(still, rest, rig_map, DIRECT))[0]
    assert standing == pytest.approx(0.02)  # from the floor up to the balls of the feet
    for seed in range(2):
        heights = feet_heights(rest, rig_map, retarget(performer(seed), rest, rig_map, RetargetSettings(ik=ik)))
        assert heights.min() > standing - 0.008
        # the performer always has one foot on the floor
        assert np.percentile(heights, 90) < standing + 0.008


def test_a_standing_performer_stands_flat() -> None:
    rest, rig_map = build_rig(RigPlan(rolls=8))
    straight = np.zeros((10, 17, 3))
    straight[:] = upright()
    result = retarget(PoseSequence.from_joints(straight, 30.0), rest, rig_map, DIRECT)
    posed = pose_bones(rest, result)
    for side in SIDES:
        foot = rest.index(rig_map.bones(sided("foot", side))[0])
        assert np.allclose(posed[:, foot, :3, :3], rest.rest_matrices[foot, :3, :3], atol=1e-6)
    for role in (Role.PELVIS, Role.SPINE, Role.HEAD):
        bone = rest.index(rig_map.bones(role)[0])
        assert np.allclose(posed[:, bone, :3, :3], rest.rest_matrices[bone, :3, :3], atol=1e-3), role


def test_looking_down_lowers_the_face() -> None:
    rest, rig_map = build_rig()
    joints = np.repeat(upright()[None], 5, axis=0)
    pivot = np.array([0.0, 0.0, 1.5])
    nod = quaternions.exp(np.array([np.radians(40.0), 0.0, 0.0]))
    joints[:, [9, 10]] = quaternions.rotate(nod, joints[:, [9, 10]] - pivot) + pivot
    posed = pose_bones(rest, retarget(PoseSequence.from_joints(joints, 30.0), rest, rig_map))
    head = rest.index("head")
    face = posed[:, head, :3, :3] @ rest.rest_matrices[head, :3, :3].T @ np.array([0.0, -1.0, 0.0])
    assert np.allclose(face[:, 2], -np.sin(np.radians(40.0)), atol=1e-4)


def test_turning_the_head_turns_the_face() -> None:
    rest, rig_map = build_rig()
    joints = np.repeat(upright()[None], 5, axis=0)
    turn = quaternions.exp(np.array([0.0, 0.0, np.radians(50.0)]))
    joints[:, [9, 10]] = quaternions.rotate(turn, joints[:, [9, 10]])
    posed = pose_bones(rest, retarget(PoseSequence.from_joints(joints, 30.0), rest, rig_map))
    head = rest.index("head")
    face = posed[:, head, :3, :3] @ rest.rest_matrices[head, :3, :3].T @ np.array([0.0, -1.0, 0.0])
    left = np.degrees(np.arctan2(face[:, 0], -face[:, 1]))
    # the thorax holds the head back a little where the face is nearly in line with the neck
    assert np.all((left > 35.0) & (left < 55.0))


def test_one_frame_is_enough() -> None:
    rest, rig_map = build_rig()
    source = performer(0, frames=1)
    posed = posed_directions(rest, rig_map, retarget(source, rest, rig_map, DIRECT))
    for name, direction in source_directions(source).items():
        assert angles_deg(posed[name], direction).max() < EXACT_DEG


def test_refusals_name_what_is_wrong() -> None:
    rest, rig_map = build_rig()
    roles = dict(rig_map.roles)
    del roles[Role.SHIN_LEFT]
    with pytest.raises(MapError, match="left shin"):
        retarget(performer(0, 5), rest, RigMap("short", roles))
    with pytest.raises(MapError, match="'nowhere'"):
        retarget(performer(0, 5), rest, RigMap("wrong", {**rig_map.roles, Role.HEAD: ("nowhere",)}))
    swapped = {
        role: rig_map.roles[Role(role.value.replace("left", "LEFT").replace("right", "left").replace("LEFT", "right"))]
        for role in rig_map.roles
    }
    with pytest.raises(MapError, match="swap"):
        retarget(performer(0, 5), rest, RigMap("mirrored", swapped))
    joints = performer(0, 5).joints.copy()
    joints[3, 2] = joints[3, 1]
    with pytest.raises(SequenceError, match=r"frame 3.*'right_knee'"):
        retarget(PoseSequence.from_joints(joints, 30.0), rest, rig_map)


@pytest.mark.parametrize(
    ("setting", "value"),
    [("root", "fly"), ("left_foot", "hover"), ("scale", -1.0), ("clavicle_share", 2.0), ("heading", "up")],
)
def test_settings_are_checked(setting: str, value: object) -> None:
    with pytest.raises(SettingsError, match=f"'{setting}'"):
        RetargetSettings(**{setting: value})  # type: ignore[arg-type]


def test_bones_that_follow_by_constraint_carry_their_children() -> None:
    """The arms hang on bones that only a constraint ties to the clavicles, as in Rigify."""
    rest, rig_map = build_rig(RigPlan(rolls=9))
    names, parents = [*rest.bone_names], [*rest.parents]
    matrices, lengths = [*rest.rest_matrices], [*rest.lengths]
    follows = {}
    for side in SIDES:
        clavicle = rest.index(rig_map.bones(sided("clavicle", side))[0])
        upper = rest.index(rig_map.bones(sided("upper_arm", side))[0])
        follows[f"copy.{side}"] = rest.bone_names[clavicle]
        parents[upper] = len(names)
        names.append(f"copy.{side}")
        parents.append(rest.parents[clavicle])
        matrices.append(rest.rest_matrices[clavicle])
        lengths.append(rest.lengths[clavicle])
    tied = RigRest(tuple(names), tuple(parents), np.array(matrices), np.array(lengths))
    constrained = RigMap("constrained", rig_map.roles, parents=follows)
    source = performer(2)
    result, plain = retarget(source, tied, constrained), retarget(source, rest, rig_map)
    column = [result.bone_names.index(name) for name in plain.bone_names]
    assert np.allclose(result.rotations[:, column], plain.rotations, atol=1e-9)
    heads = pose_bones(constrained.adapt(tied), result)[:, : len(rest.bone_names)]
    assert np.allclose(heads, pose_bones(rest, plain), atol=1e-9)


def test_standing_feet_are_held_still_and_moving_ones_are_not() -> None:
    rest, rig_map = build_rig()
    rng = np.random.default_rng(1)
    standing = np.repeat(upright()[None], 90, axis=0)
    sway = np.cumsum(rng.normal(size=(90, 1, 2)), axis=0)
    standing[:, :, :2] += 0.02 * (sway - sway.mean()) / np.ptp(sway)
    step = np.clip((np.arange(90) - 40.0) / 10.0, 0.0, 1.0)
    standing[:, [2, 3], 1] -= 0.3 * step[:, None]
    standing[:, 3, 2] += 0.1 * np.sin(np.pi * step)
    sequence = PoseSequence.from_joints(standing, 30.0)
    ankles = {}
    modes: tuple[FootMode, ...] = ("floor", "auto")
    for feet in modes:
        result = retarget(sequence, rest, rig_map, RetargetSettings(left_foot=feet, right_foot=feet))
        heads = to_world(rest, pose_bones(rest, result))
        ankles[feet] = {side: heads[:, rest.index(rig_map.bones(sided("foot", side))[0])] for side in SIDES}
    assert np.ptp(ankles["floor"]["left"], axis=0).max() > 0.01
    assert np.ptp(ankles["auto"]["left"], axis=0).max() < 0.003
    for stretch in (slice(0, 35), slice(55, 90)):
        assert np.ptp(ankles["auto"]["right"][stretch], axis=0).max() < 0.003
    moved = ankles["auto"]["right"][-1] - ankles["auto"]["right"][0]
    assert moved[1] == pytest.approx(-0.3 * 0.84 / 0.8, abs=0.03)
    speed = np.linalg.norm(np.diff(ankles["auto"]["right"], axis=0), axis=-1)
    assert speed.max() < 0.08
