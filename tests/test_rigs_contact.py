"""When a foot stands, on the floor and on steps, and how each foot is held, or left alone, as the user says."""

from __future__ import annotations

import numpy as np
from rigs_support import build_rig, upright

from rigs.arrays import FloatArray
from rigs.kinematics import pose_bones, to_world
from rigs.retarget import RetargetSettings, retarget
from rigs.roles import SIDES, sided
from rigs.sequence import PoseSequence

FPS, STEP_M = 30.0, 0.3
LEFT_LEG, RIGHT_LEG = [4, 5, 6], [1, 2, 3]


def shaken(joints: FloatArray, seed: int = 0) -> PoseSequence:
    """The joints with a tremor of the ankles, level, that a standing foot would not have."""
    tremor = np.zeros_like(joints)
    tremor[:, [3, 6], :2] = np.random.default_rng(seed).normal(scale=0.004, size=(len(joints), 2, 2))
    return PoseSequence.from_joints(joints + tremor, FPS)


def feet(sequence: PoseSequence, settings: RetargetSettings) -> tuple[dict[str, FloatArray], dict[str, FloatArray]]:
    """By side, (T,3) the ankle and (T,3) where the sole's normal points, of a rig whose soles are level at rest."""
    rest, rig_map = build_rig()
    posed = pose_bones(rest, retarget(sequence, rest, rig_map, settings))
    heads = to_world(rest, posed)
    ankles, normals = {}, {}
    for side in SIDES:
        bone = rest.index(rig_map.bones(sided("foot", side))[0])
        ankles[side] = heads[:, bone]
        normals[side] = (posed[:, bone, :3, :3] @ rest.rest_matrices[bone, :3, :3].T)[..., 2]
    return ankles, normals


def still(path: FloatArray) -> bool:
    """Whether a path stays within a tenth of a millimetre, seen from above."""
    return bool(np.ptp(path[:, :2], axis=0).max() < 1e-4)


def test_each_foot_has_a_mode_of_its_own() -> None:
    sequence = shaken(np.repeat(upright(bend_m=0.05)[None], 60, axis=0))
    ankles, _ = feet(sequence, RetargetSettings(left_foot="auto", right_foot="off"))
    assert still(ankles["left"])
    assert not still(ankles["right"])
    ankles, _ = feet(sequence, RetargetSettings(left_foot="floor", right_foot="always"))
    assert not still(ankles["left"])
    assert still(ankles["right"])


def test_a_foot_that_always_stands_does_so_where_auto_would_not() -> None:
    """Both feet wander about faster than a standing foot may."""
    joints = np.repeat(upright(bend_m=0.05)[None], 60, axis=0)
    joints[..., 0] += 0.07 * np.sin(np.arange(60) * 0.35)[:, None]
    sequence = PoseSequence.from_joints(joints, FPS)
    moved = feet(sequence, RetargetSettings())[0]["left"]
    held = feet(sequence, RetargetSettings(left_foot="always"))[0]["left"]
    assert np.ptp(moved[:, 0]) > 0.1
    assert still(held)


def test_a_step_is_stood_on() -> None:
    """The whole body goes up by a step and stands there: feet are flat and still on both levels."""
    joints = np.repeat(upright(bend_m=0.05)[None], 90, axis=0)
    up = STEP_M * np.clip((np.arange(90) - 35.0) / 15.0, 0.0, 1.0)
    joints[..., 2] += up[:, None]
    joints[..., 1] -= up[:, None]
    ankles, normals = feet(shaken(joints), RetargetSettings())
    rise = np.median(ankles["left"][60:, 2]) - np.median(ankles["left"][:30, 2])
    assert rise > 0.8 * STEP_M
    for side in SIDES:
        for stretch in (slice(5, 30), slice(58, 85)):
            assert still(ankles[side][stretch]), (side, stretch)
            assert normals[side][stretch, 2].min() > 0.999


def test_a_foot_held_up_is_not_stood_on() -> None:
    """One who balances on the right leg: the other foot hangs still in the air, and may point."""
    joints = np.repeat(upright(bend_m=0.05)[None], 60, axis=0)
    joints[:, 5] = [0.09, -0.38, 0.85]
    joints[:, 6] = [0.09, -0.45, 0.47]
    sequence = shaken(joints)
    ankles, _ = feet(sequence, RetargetSettings())
    assert still(ankles["right"])
    assert not still(ankles["left"])
