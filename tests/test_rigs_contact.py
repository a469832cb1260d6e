"""When a foot stands, on the floor and on steps, and how each foot is held, or left alone, as the user says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from rigs_support import build_rig, upright

from rigs.arrays import FloatArray
from rigs.errors import SequenceError
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


def test_what_a_person_says_of_a_foot_goes_before_what_is_seen() -> None:
    """A foot that wanders is held where it is said to stand; one that rests is not where it is said to be lifted."""
    joints = np.repeat(upright(bend_m=0.05)[None], 60, axis=0)
    joints[..., 0] += 0.07 * np.sin(np.arange(60) * 0.35)[:, None]  # faster than a standing foot may
    said = np.full(60, np.nan)
    said[20:40] = 1.0
    wandering = PoseSequence.from_joints(joints, FPS)
    moved = feet(wandering, RetargetSettings())[0]["left"]
    held = feet(replace(wandering, contacts={"left": said}), RetargetSettings())[0]["left"]
    assert not still(moved[20:40])
    assert still(held[20:40])
    assert not still(held[45:])
    resting = shaken(np.repeat(upright(bend_m=0.05)[None], 60, axis=0))
    freed = feet(replace(resting, contacts={"left": 1.0 - said}), RetargetSettings())[0]["left"]
    assert still(feet(resting, RetargetSettings())[0]["left"])
    assert not still(freed[22:38])
    assert still(freed[:12])


def test_a_foot_said_to_stand_is_set_down() -> None:
    """A foot that hangs over the floor reaches it where it is said to stand, and leaves it afterwards."""
    joints = np.repeat(upright(bend_m=0.05)[None], 60, axis=0)
    joints[:, LEFT_LEG[2], 2] += 0.06
    said = np.full(60, np.nan)
    said[25:35] = 1.0
    hanging = PoseSequence.from_joints(joints, FPS)
    free = feet(hanging, RetargetSettings())[0]
    ankles = feet(replace(hanging, contacts={"left": said}), RetargetSettings())[0]
    assert np.ptp(free["left"][:, 2]) < 1e-6
    floor_m = free["right"][30, 2]
    assert np.abs(ankles["left"][27:33, 2] - floor_m).max() < 0.01 < free["left"][30, 2] - floor_m
    assert np.abs(np.diff(ankles["left"][:, 2])).max() < 0.02, "it is led down, not dropped"


def test_a_foot_is_held_where_it_likely_stands_unless_somebody_says_otherwise() -> None:
    """By motion alone both feet rest all the time: what is known of them, and what is said, goes first."""
    shaking = shaken(np.repeat(upright()[None], 60, axis=0))
    likely = np.where((np.arange(60) >= 15) & (np.arange(60) < 45), 0.9, 0.05)
    said = np.full(60, np.nan)
    said[35:45] = 0.0
    steps = {}
    for name, known in {"nothing": {}, "likely": {"left": likely}}.items():
        for contacts in ({}, {"left": said}):
            source = replace(shaking, stance=known, contacts=contacts)
            ankle = feet(source, RetargetSettings())[0]["left"][:, :2]
            steps[name, bool(contacts)] = np.linalg.norm(np.diff(ankle, axis=0), axis=-1)
    for (name, _), moved in steps.items():
        assert moved[16:34].max() < 0.1 * steps["likely", False][50:].mean(), name
    assert steps["nothing", False][50:].max() < 0.1 * steps["likely", False][50:].mean()
    assert steps["likely", False][36:44].max() < 0.1 * steps["likely", True][36:44].mean()


@pytest.mark.parametrize("feet_said", [{"middle": np.zeros(4)}, {"left": np.zeros(3)}])
@pytest.mark.parametrize("name", ["contacts", "stance"])
def test_contacts_that_do_not_fit_are_refused(name: str, feet_said: dict[str, FloatArray]) -> None:
    with pytest.raises(SequenceError, match="left or right"):
        replace(PoseSequence.from_joints(np.repeat(upright()[None], 4, axis=0), FPS), **{name: feet_said})


@pytest.mark.parametrize(
    "soles", [{"middle": np.zeros((4, 2))}, {"left": np.zeros((4, 3))}, {"left": np.zeros((3, 2))}]
)
def test_heels_and_toes_that_do_not_fit_are_refused(soles: dict[str, FloatArray]) -> None:
    with pytest.raises(SequenceError, match="left or right"):
        replace(PoseSequence.from_joints(np.repeat(upright()[None], 4, axis=0), FPS), soles=soles)


def test_a_heel_that_is_known_to_have_left_the_floor_rises_over_the_toe() -> None:
    """A leg that trails behind, its ankle still low: flat, unless it is known that only the toe stands."""
    joints = np.repeat(upright(bend_m=0.05)[None], 40, axis=0)
    joints[:, LEFT_LEG[1:], 1] += np.array([0.12, 0.3])
    joints[:, LEFT_LEG[2], 2] += 0.03
    source = PoseSequence.from_joints(joints, FPS)
    toe = np.tile([0.05, 0.95], (40, 1))
    tilts = [
        np.degrees(np.arccos(np.clip(feet(replace(source, soles=soles), RetargetSettings())[1]["left"][20:, 2], -1, 1)))
        for soles in ({}, {"left": np.ones((40, 2))}, {"left": 1.0 - np.ones((40, 2))}, {"left": toe})
    ]
    assert np.allclose(tilts[0], tilts[1]) and np.allclose(tilts[0], tilts[2])
    assert tilts[3].min() > tilts[0].max() + 10.0
    always = RetargetSettings(left_foot="always")
    flat, told = (feet(each, always)[1]["left"] for each in (source, replace(source, soles={"left": toe})))
    assert np.allclose(flat, told), "a foot that always stands lies flat, whatever is known of its heel"


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
