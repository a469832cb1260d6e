"""Repair: jumps that no body makes are taken out, and motion is left alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from captured import captured
from rigs_support import performer

from rigs import quaternions
from rigs.arrays import FloatArray
from rigs.repair.lines import steadied_lines
from rigs.repair.pace import allowed_steps, angles
from rigs.repair.paced import paced
from rigs.repair.repair import repaired
from rigs.solve.body import read_body
from rigs.vectors import unit

HITS = ("14_01", "14_02", "14_06", "86_09", "135_02", "135_07")
"""Boxing, jumps and kicks."""


@pytest.mark.parametrize("fps", [24.0, 30.0, 60.0])
def test_motion_without_jumps_comes_back_as_it_is(fps: float) -> None:
    for seed in range(4):
        sequence = performer(seed, fps=fps)
        assert repaired(sequence) is sequence


@pytest.mark.parametrize("frames", [1, 2, 3])
@pytest.mark.parametrize("limb", ["left_elbow", "right_wrist", "right_knee", "left_ankle"])
def test_an_excursion_is_led_over(limb: str, frames: int) -> None:
    sequence = performer(5)
    joint = sequence.skeleton.index(limb)
    parent = sequence.skeleton.parents[joint]
    joints = sequence.joints.copy()
    gone = slice(60, 60 + frames)
    joints[gone, joint] = 2.0 * joints[gone, parent] - joints[gone, joint]
    mended = repaired(replace(sequence, joints=joints)).joints
    length = np.linalg.norm(joints[:, joint] - joints[:, parent], axis=-1)
    assert np.allclose(np.linalg.norm(mended[:, joint] - mended[:, parent], axis=-1), length)
    assert np.linalg.norm(mended[gone, joint] - sequence.joints[gone, joint], axis=-1).max() < 0.05 * length.max()
    kept = np.ones(len(joints), dtype=bool)
    kept[gone] = False
    assert np.array_equal(mended[kept], sequence.joints[kept])


def lasting_jump(angle_rad: float) -> FloatArray:
    """(60,1,3) directions that turn slowly, and in the middle by an angle at once."""
    turned = np.linspace(0.0, 0.5, 60) + np.where(np.arange(60) < 30, 0.0, angle_rad)
    return np.stack([np.cos(turned), np.sin(turned), np.full(60, 0.2)], axis=-1)[:, None] / np.hypot(1.0, 0.2)


@pytest.mark.parametrize("angle_rad", [0.8, 2.0, 3.0])
def test_a_lasting_jump_becomes_a_turn_about_its_moment(angle_rad: float) -> None:
    directions, times = lasting_jump(angle_rad), np.arange(60) / 30.0
    allowed = allowed_steps(directions, times)
    made = paced(directions, allowed)
    assert np.all(angles(made[1:], made[:-1]) <= allowed + 1e-9)
    assert np.allclose(paced(directions[::-1], allowed[::-1])[::-1], made)
    assert np.array_equal(made[:15], directions[:15]) and np.array_equal(made[45:], directions[45:])


def test_repair_turns_with_the_world() -> None:
    sequence = performer(6)
    joints = sequence.joints.copy()
    # no exact half turns: those have no shorter way round
    joints[40:, 13] = 2.0 * joints[40:, 12] - joints[40:, 13] + np.array([0.0, 0.05, 0.02])
    joints[70:73, 4] = joints[70:73, 0] + np.array([0.02, 0.0, 0.09])
    joints[70:73, 1] = joints[70:73, 0] - np.array([0.02, 0.0, 0.09])
    turn = quaternions.to_matrix(quaternions.exp(np.array([0.3, -1.0, 0.7])))
    first = repaired(replace(sequence, joints=joints)).joints
    second = repaired(replace(sequence, joints=joints @ turn.T)).joints
    assert not np.array_equal(first, joints)
    assert np.allclose(first @ turn.T, second, atol=1e-9)


def test_a_line_that_tips_over_faces_as_before_and_after() -> None:
    times = np.arange(60) / 30.0
    facing = np.linspace(0.0, 2.0, 60)
    lines = np.stack([np.cos(facing), np.sin(facing), np.zeros(60)], axis=-1)
    spine = np.broadcast_to(np.array([0.0, 0.0, 1.0]), (60, 3))
    tipped = lines.copy()
    tipped[25:32] = unit(np.array([-0.3, 0.1, 1.0]))
    steadied = steadied_lines(tipped, spine, times)
    assert np.array_equal(steadied[:15], lines[:15]) and np.array_equal(steadied[45:], lines[45:])
    level = unit(steadied * np.array([1.0, 1.0, 0.0]))
    assert angles(level, lines).max() < np.radians(3.0)


def test_points_move_with_their_joints_and_rigs_are_believed() -> None:
    sequence = performer(7)
    joints = sequence.joints.copy()
    joints[50, 13] = 2.0 * joints[50, 12] - joints[50, 13]
    step = np.array([0.02, 0.0, 0.08])
    jumping = replace(sequence, joints=joints, points={"left_index_knuckle": joints[:, 13] + step})
    mended = repaired(jumping)
    assert np.allclose(mended.points["left_index_knuckle"], mended.joint("left_wrist") + step)
    assert not np.array_equal(mended.joints, joints)
    made = replace(jumping, exact=True)
    assert repaired(made) is made


def test_hits_and_kicks_are_left_alone() -> None:
    for name, sequence in captured(HITS, 10_000).items():
        moved = np.linalg.norm(repaired(sequence).joints - sequence.joints, axis=-1)
        assert np.mean(moved > 0.0) < 1e-3 and moved.max() < 0.05, name


def test_a_head_that_jumps_from_side_to_side_is_turned() -> None:
    sequence = performer(8, turn=False)
    base, joints = sequence.joint("thorax"), sequence.joints.copy()
    yaw = np.where(np.arange(len(joints)) < 60, 1.7, -1.7)
    turn = quaternions.exp(yaw[:, None] * np.array([0.0, 0.0, 1.0]))
    for name in ("nose", "head"):
        at = sequence.skeleton.index(name)
        joints[:, at] = base + quaternions.rotate(turn, joints[:, at] - base)
    body = read_body(replace(sequence, joints=joints))
    steps = np.swapaxes(body.head[:-1], 1, 2) @ body.head[1:]
    assert np.linalg.norm(quaternions.log(quaternions.from_matrix(steps)), axis=-1).max() < np.radians(30.0)
    turned = angles(body.head[:, :, 0], body.thorax[:, :, 0])
    assert turned[:40].min() > np.radians(60.0) and turned[80:].min() > np.radians(60.0)
