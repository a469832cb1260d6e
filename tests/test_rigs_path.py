"""Where the character goes: the path through the world, its scale, and which bone carries it."""

from __future__ import annotations

import numpy as np
import pytest
from rigs_support import (
    RigPlan,
    build_rig,
    performer,
)

from rigs.kinematics import pose_bones, to_world
from rigs.maps import Role
from rigs.rest import RigRest
from rigs.retarget import RetargetSettings, retarget
from rigs.roles import SIDES, sided
from rigs.sequence import PoseSequence

DIRECT = RetargetSettings(ik=False)


def test_a_standing_foot_stays_where_it_stands() -> None:
    """One ankle is held still while the rest of the body moves: the character's ankle is still, too."""
    rest, rig_map = build_rig(RigPlan(thigh=0.5, shin=0.45))
    frames = 60
    still = performer(6, frames=1, turn=False, straight=False).joints
    joints = np.repeat(still, frames, axis=0)
    sway = 0.05 * np.sin(np.linspace(0, 4 * np.pi, frames))
    upper_body = [0, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 1, 2]
    joints[:, upper_body, 0] += sway[:, None]
    joints[:, 2, 0] -= 0.5 * sway
    result = retarget(PoseSequence.from_joints(joints, 30.0), rest, rig_map)
    ankle = to_world(rest, pose_bones(rest, result))[:, rest.index(rig_map.bones(Role.FOOT_RIGHT)[0])]
    assert np.ptp(ankle, axis=0).max() < 1e-6


@pytest.mark.parametrize("size", [0.5, 1.0, 2.0])
def test_the_path_scales_with_the_legs(size: float) -> None:
    rest, rig_map = build_rig(RigPlan(thigh=0.4 * size, shin=0.4 * size, hip_half=0.09 * size))
    source = performer(7)
    heads = to_world(rest, pose_bones(rest, retarget(source, rest, rig_map)))
    path = heads[:, rest.index(rig_map.bones(Role.PELVIS)[0])]
    travelled = np.ptp(path[:, 0])
    assert travelled == pytest.approx(size * np.ptp(source.joint("pelvis")[:, 0]), rel=0.01)


def test_a_given_scale_is_obeyed() -> None:
    rest, rig_map = build_rig()
    source = performer(7)
    hips = rest.index(rig_map.bones(Role.PELVIS)[0])
    near, far = (
        to_world(rest, pose_bones(rest, retarget(source, rest, rig_map, RetargetSettings(scale=scale))))[:, hips, 0]
        for scale in (0.5, 1.5)
    )
    assert np.ptp(far) == pytest.approx(3.0 * np.ptp(near), rel=0.03)


def test_in_place_stays_over_one_spot() -> None:
    rest, rig_map = build_rig()
    source = performer(8)
    bones = [rest.index(rig_map.bones(sided("thigh", side))[0]) for side in SIDES]
    hips = {}
    for mode in ("travel", "in_place"):
        result = retarget(source, rest, rig_map, RetargetSettings(root=mode))  # type: ignore[arg-type]
        hips[mode] = to_world(rest, pose_bones(rest, result))[:, bones].mean(axis=1)
    assert np.ptp(hips["travel"][:, 0]) > 1.0
    assert np.abs(hips["in_place"][:, :2]).max() < 1e-6
    assert np.allclose(hips["in_place"][:, 2], hips["travel"][:, 2], atol=1e-5)


def test_the_root_bone_can_carry_the_path() -> None:
    rest, rig_map = build_rig(RigPlan(rolls=6))
    source = performer(9)
    on_hips, on_root = (retarget(source, rest, rig_map, RetargetSettings(root_on=bone)) for bone in ("hips", "root"))
    assert (on_hips.root_bone, on_root.root_bone) == ("pelvis", "root")
    first, second = (pose_bones(rest, result)[:, 1:] for result in (on_hips, on_root))
    assert np.allclose(first, second, atol=1e-9)
    root = to_world(rest, pose_bones(rest, on_root))[:, rest.index("root")]
    assert np.ptp(root[:, :2], axis=0).max() > 1.0
    assert np.ptp(root[:, 2]) < 1e-9


def test_a_connected_pelvis_leaves_the_path_to_its_parent() -> None:
    rest, rig_map = build_rig()
    connected = np.array([name == "pelvis" for name in rest.bone_names])
    tied = RigRest(rest.bone_names, rest.parents, rest.rest_matrices, rest.lengths, connected=connected)
    assert retarget(performer(0), tied, rig_map).root_bone == "root"
