"""A mirrored performer makes a mirrored character, to the last digits."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from rigs_support import RigPlan, build_rig, performer

from rigs.arrays import FloatArray
from rigs.kinematics import pose_bones
from rigs.rest import RigRest
from rigs.retarget import RetargetSettings, retarget
from rigs.sequence import PoseSequence
from rigs.vectors import unit

MIRROR = np.array([-1.0, 1.0, 1.0])
OTHER = {"left": "right", "right": "left"}


def other_side(name: str) -> str:
    for side, other in OTHER.items():
        if side in name:
            return name.replace(side, other)
    return name


def mirrored(source: PoseSequence) -> PoseSequence:
    names = source.skeleton.joint_names
    swapped = [names.index(other_side(name)) for name in names]
    points = {other_side(name): path * MIRROR for name, path in source.points.items()}
    return replace(source, joints=source.joints[:, swapped] * MIRROR, points=points)


def with_points(source: PoseSequence) -> PoseSequence:
    """The performer with hands and feet that move by themselves, and are out of sight for a while."""
    points = {}
    wave = np.sin(np.arange(len(source.joints)) / 9.0)[:, None]
    for side, out in (("left", 1.0), ("right", -1.0)):
        wrist, ankle = source.joint(f"{side}_wrist"), source.joint(f"{side}_ankle")
        along = unit(wrist - source.joint(f"{side}_elbow"))
        across = unit(np.cross(along, [0.3 * out, 0.5, 0.8]) * out + 0.6 * wave * along)
        points[f"{side}_index_knuckle"] = wrist + 0.09 * along + 0.03 * across
        points[f"{side}_little_knuckle"] = wrist + 0.08 * along - 0.03 * across
        points[f"{side}_heel"] = ankle + np.array([0.0, 0.05, -0.06]) + 0.01 * wave * np.array([out, 0.0, 1.0])
        points[f"{side}_toe"] = ankle + np.array([0.04 * out, -0.14, -0.07]) - 0.02 * wave * np.array([out, 0.0, 1.0])
    points["left_index_knuckle"][30:45] = np.nan
    points["right_toe"][50:60] = np.nan
    return replace(source, points=points)


def turns(rest: RigRest, source: PoseSequence, settings: RetargetSettings) -> tuple[FloatArray, FloatArray]:
    """(T,B,3) heads and (T,B,3,3) turns from rest of all bones."""
    _, rig_map = build_rig(PLAN)
    posed = pose_bones(rest, retarget(source, rest, rig_map, settings))
    return posed[..., :3, 3], posed[..., :3, :3] @ np.swapaxes(rest.rest_matrices[:, :3, :3], 1, 2)


PLAN = RigPlan(split=2, arm_down_deg=20.0)


@pytest.mark.parametrize("ik", [False, True])
@pytest.mark.parametrize("pointed", [False, True])
@pytest.mark.parametrize("seed", [0, 3])
def test_left_and_right_are_alike(seed: int, pointed: bool, ik: bool) -> None:
    source = performer(seed)
    source = with_points(source) if pointed else source
    rest, _ = build_rig(PLAN)
    settings = RetargetSettings(ik=ik)
    heads, turned = turns(rest, source, settings)
    mirrored_heads, mirrored_turned = turns(rest, mirrored(source), settings)
    swapped = [rest.index(other_side(name)) for name in rest.bone_names]
    assert np.abs(mirrored_heads - heads[:, swapped] * MIRROR).max() < 1e-6
    assert np.abs(mirrored_turned - turned[:, swapped] * MIRROR[:, None] * MIRROR).max() < 1e-6


def test_the_performers_of_this_file_are_not_symmetric_themselves() -> None:
    source = with_points(performer(0))
    assert np.abs(mirrored(source).joints - source.joints).max() > 0.1
    twice = mirrored(mirrored(source))
    assert np.array_equal(twice.joints, source.joints)
    assert all(np.array_equal(twice.points[name], path, equal_nan=True) for name, path in source.points.items())
