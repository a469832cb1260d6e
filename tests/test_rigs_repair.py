"""Repair: jumps that no body makes are taken out, and motion is left alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from captured import captured
from rigs_support import performer

from rigs import quaternions
from rigs.arrays import FloatArray
from rigs.repair.excursions import without_excursions
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


def turned_to(angles_rad: FloatArray) -> FloatArray:
    """(T,1,3) directions at (T,) angles in a plane."""
    return np.stack([np.cos(angles_rad), np.sin(angles_rad), np.zeros(len(angles_rad))], axis=-1)[:, None]


@pytest.mark.parametrize("fps", [10.0, 30.0, 120.0])
def test_how_long_an_excursion_may_be_is_a_matter_of_time(fps: float) -> None:
    """Up to a tenth of a second, also where a clip has a gap."""
    times, slow = np.arange(80) / fps, np.linspace(0.0, 0.3, 80)
    times[60:] += 2.0
    allowed = np.full((79, 1), 0.5)
    for frames, bridged in ((round(0.1 * fps), True), (round(0.1 * fps) + 1, False)):
        angle = slow + np.where((np.arange(80) >= 30) & (np.arange(80) < 30 + frames), 2.0, 0.0)
        mended = without_excursions(turned_to(angle), allowed, times)
        assert np.allclose(mended, turned_to(slow if bridged else angle), atol=1e-9), frames


def test_what_is_hardly_taken_back_is_no_excursion() -> None:
    angle = np.zeros(40)
    angle[20], angle[21:] = 2.0, 0.8
    given = turned_to(angle)
    assert np.array_equal(without_excursions(given, np.full((39, 1), 0.5), np.arange(40) / 30.0), given)
    angle[21:] = 0.3
    mended = without_excursions(turned_to(angle), np.full((39, 1), 0.5), np.arange(40) / 30.0)
    angle[20] = 0.15  # midway in time
    assert np.allclose(mended, turned_to(angle), atol=1e-9)


@pytest.mark.parametrize("fps", [10.0, 30.0, 60.0])
def test_how_fast_a_direction_may_turn_is_what_most_frames_around_do(fps: float) -> None:
    times, radius = np.arange(100) / fps, max(2, round(0.13 * fps))
    for fast_frames, believed in ((2 * radius - 1, True), (radius - 1, False)):
        steps = np.full(99, 0.01)
        first = 50 - fast_frames // 2
        steps[first : first + fast_frames] = 0.3
        directions = turned_to(np.concatenate([[0.0], np.cumsum(steps)]))
        allowed = allowed_steps(directions, times)[:, 0]
        margin = np.radians(600.0) / fps
        assert allowed[10] == pytest.approx(0.02 + margin)
        assert allowed[first + fast_frames // 2] == pytest.approx((0.6 if believed else 0.02) + margin)


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


@pytest.mark.parametrize("jumps", [(1,), (59,), (30, 33), (30, 31, 36)])
def test_jumps_at_the_ends_and_soon_after_each_other_become_turns(jumps: tuple[int, ...]) -> None:
    frames = np.arange(60)
    angle = 0.01 * frames + sum(np.where(frames < at, 0.0, 0.9) for at in jumps)
    allowed = np.full((59, 1), 0.25)
    made = paced(turned_to(angle), allowed)
    assert angles(turned_to(angle)[1:], turned_to(angle)[:-1]).max() > 0.9
    assert np.all(angles(made[1:], made[:-1]) <= allowed + 1e-9)


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


def leaning(tip_rad: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """(60,3) lines that tip by (60,) angles along a spine that sways; the spine, and the lines without the tip."""
    sway = np.stack([0.4 * np.sin(np.arange(60) / 7.0), 0.3 * np.cos(np.arange(60) / 9.0), np.ones(60)], axis=-1)
    spine, facing = unit(sway), np.linspace(0.0, 1.5, 60)
    first = unit(np.cross(spine, np.array([0.0, 1.0, 0.0])))
    level = np.cos(facing)[:, None] * first + np.sin(facing)[:, None] * np.cross(spine, first)
    return np.cos(tip_rad)[:, None] * level + np.sin(tip_rad)[:, None] * spine, spine, level


@pytest.mark.parametrize("sign", [-1.0, 1.0])
def test_lines_may_tip_as_bodies_do_and_no_further(sign: float) -> None:
    times, away = np.arange(60) / 30.0, np.abs(np.arange(60) - 30)
    middle, far = away < 4, away > 6
    slight, spine, _ = leaning(np.where(middle, sign * np.radians(18.0), 0.0))
    assert np.array_equal(steadied_lines(slight, spine, times), slight)
    for tip_deg in (29.0, 60.0, 85.0):
        tipped, spine, level = leaning(np.where(middle, sign * np.radians(tip_deg), 0.0))
        made = steadied_lines(tipped, spine, times)
        assert np.array_equal(made[far], tipped[far])
        tip = np.arcsin(np.sum(made * spine, axis=-1))
        assert np.allclose(tip[middle], sign * np.radians(25.0))
        across = made - np.sin(tip)[:, None] * spine
        assert angles(across, level).max() < np.radians(3.0), tip_deg  # it faces the same way


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
