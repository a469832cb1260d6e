"""Limbs that joints fold right through themselves, as a film's do when they err: no bone flips about its own length."""

from __future__ import annotations

import numpy as np
import pytest
from rigs_support import RigPlan, angles_deg, build_rig, performer, turns_deg

from rigs import quaternions
from rigs.arrays import FloatArray
from rigs.retarget import RetargetSettings, retarget
from rigs.sequence import PoseSequence
from rigs.solve.limbs import steadied_axis
from rigs.vectors import dot, frame, unit


def hinge(frames: int = 60) -> tuple[FloatArray, FloatArray, FloatArray]:
    """(T,3,3) a turning first segment, and (T,3) the second one's direction and axis as it bends about a fixed axis."""
    spin = quaternions.exp(np.linspace(0.0, 1.5, frames)[:, None] * unit(np.array([0.3, 1.0, -0.4])))
    upper = quaternions.to_matrix(spin) @ frame(np.array([0.0, 0.0, -1.0]), np.array([1.0, 0.0, 0.0]))
    along, axis = upper[..., 0], upper[..., 1]
    bend = np.radians(70.0) * (1.0 - np.cos(np.linspace(0.0, 6.0, frames)))
    lower = quaternions.rotate(quaternions.from_axis_angle(unit(axis), bend), along)
    return upper, lower, unit(axis - dot(axis, lower)[:, None] * lower)


def test_a_hinge_passes_unchanged() -> None:
    upper, lower, axis = hinge()
    assert np.allclose(steadied_axis(upper, lower, axis), axis, atol=1e-9)


def rolled(lower: FloatArray, axis: FloatArray, angle: FloatArray) -> FloatArray:
    """(T,3) axes turned by (T,) angles, radians, about the second segment."""
    return quaternions.rotate(quaternions.from_axis_angle(lower, angle), axis)


def test_what_rolls_slowly_passes_unchanged_around_what_flips() -> None:
    upper, lower, axis = hinge()
    frames = np.arange(len(axis))
    slowly = rolled(lower, axis, 0.8 * np.sin(frames / 12.0))
    assert np.allclose(steadied_axis(upper, lower, slowly), slowly, atol=1e-9)
    flipped = slowly * np.where(frames < 30, 1.0, -1.0)[:, None]
    steady = steadied_axis(upper, lower, flipped)
    away = np.abs(frames - 30) > 22
    assert away.any() and angles_deg(steady, flipped)[away].max() < 1.0


def test_an_axis_that_turns_round_is_led_round() -> None:
    upper, lower, axis = hinge()
    flipped = axis * np.where(np.arange(len(axis)) < 30, 1.0, -1.0)[:, None]
    steady = steadied_axis(upper, lower, flipped)
    assert np.allclose(dot(steady, lower), 0.0, atol=1e-9)
    assert np.allclose(np.linalg.norm(steady, axis=-1), 1.0)
    assert angles_deg(flipped[1:], flipped[:-1]).max() > 150.0
    swings = angles_deg(lower[1:], lower[:-1])
    assert np.all(angles_deg(steady[1:], steady[:-1]) < 1.5 * swings + 15.0)
    assert np.allclose(steady[:10], flipped[:10])
    assert np.allclose(steady[-10:], flipped[-10:])


@pytest.mark.parametrize("seed", range(3))
def test_a_forearm_that_passes_through_its_upper_arm_does_not_flip(seed: int) -> None:
    """The elbow folds to 175 degrees on one side and opens on the other, in a few frames."""
    made = performer(seed, frames=120, turn=False)
    joints, index = made.joints.copy(), made.skeleton.index
    shoulder, elbow = joints[:, index("left_shoulder")], joints[:, index("left_elbow")]
    back = unit(shoulder - elbow)
    side = unit(np.cross(back, np.random.default_rng(seed).normal(size=3)))
    angle = np.radians(60.0) * np.tanh((np.arange(120) - 60) / 3.0)[:, None]
    joints[:, index("left_wrist")] = elbow + 0.25 * (np.cos(angle) * back + np.sin(angle) * side)
    sequence = PoseSequence.from_joints(joints, 30.0)
    rest, rig_map = build_rig(RigPlan(rolls=2))
    result = retarget(sequence, rest, rig_map, RetargetSettings(ik=False))
    forearm = [bone for bone, name in enumerate(result.bone_names) if name.startswith("forearm.left")]
    segments = unit(sequence.joints[:, index("left_wrist")] - elbow), -back
    swings = np.max([angles_deg(way[1:], way[:-1]) for way in segments], axis=0)
    turns = turns_deg(result.rotations[:, forearm])[:, 0]
    assert np.max(turns - swings) < 15.0
