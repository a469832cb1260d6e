"""Twist bones beside a limb's chain bear their share of its twist."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from rigs_support import RigPlan, build_rig, performer

from rigs import quaternions
from rigs.arrays import FloatArray
from rigs.kinematics import pose_bones
from rigs.maps import RigMap, Role
from rigs.rest import RigRest
from rigs.retarget import RetargetSettings, retarget
from rigs.sequence import PoseSequence
from rigs.vectors import dot, frame, unit

PLACES = (0.25, 0.5, 0.75)
DIRECT = RetargetSettings(ik=False)


def with_twist_bones() -> tuple[RigRest, RigMap]:
    """A rig with three twist bones, unevenly rolled, beside each segment of the left arm and the left shin."""
    rest, rig_map = build_rig(RigPlan(arm_down_deg=30.0))
    names, parents, matrices, lengths = (
        list(rest.bone_names),
        list(rest.parents),
        [*rest.rest_matrices],
        [*rest.lengths],
    )
    twists = {}
    for segment, following in (("upper_arm", "forearm.left.0"), ("forearm", "hand.left"), ("shin", "foot.left")):
        bone, end = rest.index(f"{segment}.left.0"), rest.index(following)
        for place in PLACES:
            matrix = matrices[bone] @ rotation(np.array([0.0, 3.0 * place, 0.0]))
            matrix[:3, 3] = (1.0 - place) * rest.heads[bone] + place * rest.heads[end]
            names.append(f"{segment}_twist.{place}")
            parents.append(bone)
            matrices.append(matrix)
            lengths.append(0.05)
        twists[Role(f"{segment}_left")] = tuple(f"{segment}_twist.{place}" for place in PLACES)
    made = RigRest(tuple(names), tuple(parents), np.array(matrices), np.array(lengths), rest.armature_to_world)
    return made, replace(rig_map, twists=twists)


def rotation(vector: FloatArray) -> FloatArray:
    matrix = np.eye(4)
    matrix[:3, :3] = quaternions.to_matrix(quaternions.exp(vector))
    return matrix


def with_pronation(source: PoseSequence, angle: float) -> PoseSequence:
    """The performer with a straight left wrist whose palm is turned by an angle, radians, about the forearm."""
    shoulder, elbow, wrist = (source.joint(f"left_{name}") for name in ("shoulder", "elbow", "wrist"))
    along = unit(wrist - elbow)
    axis = unit(np.cross(unit(elbow - shoulder), along))
    neutral = frame(along, np.cross(axis, along))
    across = np.cos(angle) * neutral[..., 1] + np.sin(angle) * neutral[..., 2]
    knuckles = {"left_index_knuckle": 0.03, "left_little_knuckle": -0.03}
    return replace(source, points={name: wrist + 0.09 * along + side * across for name, side in knuckles.items()})


def turns(rest: RigRest, rig_map: RigMap, source: PoseSequence) -> dict[str, FloatArray]:
    """(T,3,3) turn from rest of every bone."""
    posed = pose_bones(rest, retarget(source, rest, rig_map, DIRECT)) @ np.linalg.inv(rest.rest_matrices)
    return {name: posed[:, bone, :3, :3] for bone, name in enumerate(rest.bone_names)}


def about(axis: FloatArray, first: FloatArray, second: FloatArray) -> FloatArray:
    """(T,) angle of the turn from the first to the second (T,3,3) turns about (T,3) axes; the rest must be nothing."""
    vector = quaternions.log(quaternions.from_matrix(second @ np.swapaxes(first, 1, 2)))
    angle = dot(vector, axis)
    assert np.linalg.norm(vector - angle[:, None] * axis, axis=-1).max() < 1e-6
    return angle


@pytest.mark.parametrize("angle", [-0.7, 0.5])
def test_pronation_grows_along_the_forearm(angle: float) -> None:
    rest, rig_map = with_twist_bones()
    base = performer(1, straight=False)
    found = turns(rest, rig_map, with_pronation(base, angle))
    along = unit(base.joint("left_wrist") - base.joint("left_elbow"))
    whole = about(along, found["forearm.left.0"], found["hand.left"])
    assert np.median(np.abs(whole)) > 0.8 * abs(angle)
    for place in PLACES:
        share = about(along, found["forearm.left.0"], found[f"forearm_twist.{place}"])
        assert np.abs(share - place * whole).max() < 1e-6


def test_upper_arm_twist_is_undone_towards_the_shoulder() -> None:
    rest, rig_map = with_twist_bones()
    base = performer(1, straight=False)
    found = turns(rest, rig_map, base)
    along = unit(base.joint("left_elbow") - base.joint("left_shoulder"))
    back = {place: about(along, found["upper_arm.left.0"], found[f"upper_arm_twist.{place}"]) for place in PLACES}
    assert np.abs(back[0.25]).max() > np.radians(5.0)
    assert np.abs(back[0.5] - back[0.25] * 0.5 / 0.75).max() < 1e-6
    assert np.abs(back[0.75] - back[0.25] * 0.25 / 0.75).max() < 1e-6


def test_a_forearm_without_twist_bones_bears_half() -> None:
    rest, rig_map = build_rig(RigPlan(arm_down_deg=30.0))
    base = performer(1, straight=False)
    along = unit(base.joint("left_wrist") - base.joint("left_elbow"))
    plain, pronated = turns(rest, rig_map, base), turns(rest, rig_map, with_pronation(base, 0.6))
    whole = about(along, plain["hand.left"], pronated["hand.left"])
    half = about(along, plain["forearm.left.0"], pronated["forearm.left.0"])
    assert np.median(whole) > 0.5 and np.abs(half - 0.5 * whole).max() < 1e-6


def test_shins_bear_a_share_of_feet_that_point_outwards() -> None:
    rest, rig_map = with_twist_bones()
    base = performer(1)
    ankle = base.joint("left_ankle")
    left = unit((base.joint("left_hip") - base.joint("right_hip")) * np.array([1.0, 1.0, 0.0]))
    ahead = unit(np.cross(left, [0.0, 0.0, 1.0]) + 0.5 * left)
    down = np.array([0.0, 0.0, -0.07])
    points = {"left_heel": ankle + down - 0.05 * ahead, "left_toe": ankle + down + 0.15 * ahead}
    found = turns(rest, rig_map, replace(base, points=points))
    along = unit(base.joint("left_ankle") - base.joint("left_knee"))
    shares = [about(along, found["shin.left.0"], found[f"shin_twist.{place}"]) for place in PLACES]
    assert np.median(np.abs(shares[2])) > np.radians(10.0)
    for place, share in zip(PLACES, shares, strict=True):
        assert np.abs(share - place / 0.75 * shares[2]).max() < 1e-6
