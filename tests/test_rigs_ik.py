"""Two-bone IK, and how far it may lead a limb away from the performer's own directions."""

from __future__ import annotations

import numpy as np
import pytest
from rigs_support import angles_deg, performer, upright

from rigs import quaternions
from rigs.arrays import FloatArray
from rigs.sequence import PoseSequence
from rigs.solve.ik import SOFT_FROM, soft_reach, two_bone
from rigs.solve.limbs import LimbPose
from rigs.solve.reach import (
    FOOT_RAD,
    HAND_RAD,
    end_of,
    kept_near,
    near_floor,
    settled,
    touching,
    within_reach,
)
from rigs.vectors import dot, reject, unit

COUNT = 200
LENGTHS = [(0.4, 0.4), (0.3, 0.5), (0.5, 0.2)]
FPS = 30.0


def directions(seed: int, count: int = COUNT) -> FloatArray:
    """(N,3) unit, all over the sphere."""
    return unit(np.random.default_rng(seed).normal(size=(count, 3)))


def test_what_is_within_reach_is_reached_and_what_is_beyond_never_quite() -> None:
    length = 0.7
    near, far = np.linspace(0.0, SOFT_FROM * length, 50), np.linspace(SOFT_FROM * length, 1.02 * length, 50)
    assert np.array_equal(soft_reach(near, length), near)
    beyond = soft_reach(far, length)
    assert np.all(np.diff(beyond) > 0.0) and np.all(beyond <= far) and beyond.max() < length
    assert soft_reach(np.array([10.0 * length]), length)[0] == pytest.approx(length)
    step = 1e-6  # it gives way without a kink
    around = soft_reach(SOFT_FROM * length + step * np.array([-1.0, 0.0, 1.0]), length)
    assert np.diff(around) == pytest.approx(step, rel=1e-2)


@pytest.mark.parametrize("lengths", LENGTHS)
def test_a_limb_ends_at_its_target_and_bends_about_its_axis(lengths: tuple[float, float]) -> None:
    low, high = abs(lengths[0] - lengths[1]) + 0.05 * sum(lengths), SOFT_FROM * sum(lengths)
    target = np.linspace(low, high, COUNT)[:, None] * directions(1)
    axis = directions(2)
    pose = two_bone(target, axis, lengths)
    assert np.allclose(end_of(pose, lengths), target, atol=1e-12)
    for way in (pose.upper, pose.lower, pose.axis):
        assert np.allclose(np.linalg.norm(way, axis=-1), 1.0)
    for way in (pose.upper, pose.lower):
        assert np.allclose(dot(pose.axis, way), 0.0, atol=1e-12)
    assert np.allclose(pose.axis, unit(reject(axis, unit(target))))
    bent = np.cross(pose.upper, pose.lower)
    assert np.all(dot(bent, pose.axis) > 0.0)


@pytest.mark.parametrize("lengths", LENGTHS)
def test_what_is_out_of_reach_is_approached_along_the_line_to_it(lengths: tuple[float, float]) -> None:
    line, axis = directions(3), directions(4)
    far = end_of(two_bone(1.5 * sum(lengths) * line, axis, lengths), lengths)
    assert np.allclose(unit(far), line)
    assert np.all(np.linalg.norm(far, axis=-1) > SOFT_FROM * sum(lengths))
    shares = np.array([0.1, 0.5, 0.9])
    folded = abs(lengths[0] - lengths[1])
    near = [end_of(two_bone(share * folded * line, axis, lengths), lengths) for share in shares if folded > 0.0]
    for end in near:
        assert np.allclose(unit(end), line)
        assert np.all(np.linalg.norm(end, axis=-1) > folded)
        assert np.all(np.linalg.norm(end, axis=-1) < folded + 0.05 * sum(lengths))


@pytest.mark.parametrize("lengths", LENGTHS)
def test_size_does_not_matter(lengths: tuple[float, float]) -> None:
    target, axis = np.linspace(0.01, 1.3, COUNT)[:, None] * directions(5), directions(6)
    pose, large = (two_bone(k * target, axis, (k * lengths[0], k * lengths[1])) for k in (1.0, 100.0))
    for name in ("upper", "lower", "axis"):
        assert np.allclose(getattr(pose, name), getattr(large, name), atol=1e-9), name


def bent_pose(frames: int = 60) -> LimbPose:
    """A bent limb that hardly moves."""
    swing = quaternions.exp(np.linspace(0.0, 0.3, frames)[:, None] * np.array([0.2, 1.0, -0.4]))
    upper, lower, axis = (
        quaternions.rotate(swing, np.array(way)) for way in ([0.0, 0.0, -1.0], [0.0, 0.6, -0.8], [-1.0, 0.0, 0.0])
    )
    return LimbPose(upper, lower, axis)


def led_away(pose: LimbPose, angle: float) -> LimbPose:
    """The pose turned by an angle, radians, about its bend axis."""
    turn = quaternions.from_axis_angle(pose.axis, np.full(len(pose.axis), angle))
    return LimbPose(quaternions.rotate(turn, pose.upper), quaternions.rotate(turn, pose.lower), pose.axis)


def test_where_ik_leads_nowhere_nothing_is_drawn_back() -> None:
    pose = bent_pose()
    kept = kept_near(pose, pose, np.ones(60), HAND_RAD)
    for name in ("upper", "lower", "axis"):
        assert np.allclose(getattr(kept, name), getattr(pose, name), atol=1e-9)


@pytest.mark.parametrize("most_rad", [HAND_RAD, FOOT_RAD])
def test_a_limb_turns_towards_what_ik_wants_as_far_as_it_may(most_rad: float) -> None:
    pose, needed = bent_pose(), np.ones(60)
    free = led_away(pose, 0.5 * most_rad)
    kept = kept_near(pose, free, needed, most_rad)
    assert np.allclose(kept.upper, free.upper, atol=1e-9) and np.allclose(kept.lower, free.lower, atol=1e-9)
    turned = []
    for angle in (0.7 * most_rad, most_rad, 1.2):
        wanted = led_away(pose, angle)
        kept = kept_near(pose, wanted, needed, most_rad)
        away = [angles_deg(getattr(kept, name), getattr(pose, name)) for name in ("upper", "lower")]
        left = [angles_deg(getattr(kept, name), getattr(wanted, name)) for name in ("upper", "lower")]
        assert np.max(away) < np.degrees(min(most_rad, angle))
        assert np.allclose(np.add(away, left), np.degrees(angle))  # on the way to it
        assert np.allclose(dot(kept.axis, kept.upper), 0.0, atol=1e-9)
        assert np.allclose(kept.axis, pose.axis, atol=1e-9)  # about which it was led away
        turned.append(float(np.mean(away)))
    assert turned == sorted(turned)


def test_a_limb_in_the_air_keeps_its_directions_within_a_few_degrees() -> None:
    pose = bent_pose()
    wanted = led_away(pose, 1.0)
    in_the_air, needed = (kept_near(pose, wanted, np.full(60, share), FOOT_RAD) for share in (0.0, 1.0))
    for name in ("upper", "lower"):
        assert angles_deg(getattr(in_the_air, name), getattr(pose, name)).max() < 6.0
        assert angles_deg(getattr(needed, name), getattr(pose, name)).min() > 20.0


def test_the_floor_counts_near_it_only() -> None:
    leg = 0.9
    over = leg * np.linspace(-0.2, 0.6, 200)
    weight = near_floor(over, leg)
    assert np.all(weight[over <= 0.05 * leg] == 1.0) and np.all(weight[over >= 0.31 * leg] == 0.0)
    assert np.all(np.diff(weight) <= 0.0)
    assert np.allclose(near_floor(2.0 * over, 2.0 * leg), weight)


def test_hands_touch_what_they_are_at() -> None:
    joints = np.repeat(upright()[None], 20, axis=0)
    made = PoseSequence.from_joints(joints, FPS)
    index = made.skeleton.index
    out = joints.copy()
    for side, sign in (("left", 1.0), ("right", -1.0)):
        out[:, index(f"{side}_elbow")] = [sign * 0.45, 0.0, 1.38]
        out[:, index(f"{side}_wrist")] = [sign * 0.7, 0.0, 1.38]
    places = {
        "left_hip": out[:, index("left_hip")],
        "head": out[:, index("head")],
        "right_wrist": out[:, index("right_wrist")],
        "right_elbow": out[:, index("right_elbow")],
        "the floor": np.array([0.7, 0.0, 0.02]),
    }
    free = PoseSequence.from_joints(out, FPS)
    assert touching(free, "left", 0.53).max() == touching(free, "right", 0.53).max() == 0.0
    for name, place in places.items():
        moved = out.copy()
        moved[:, index("left_wrist")] = place + np.array([0.03, 0.0, 0.0])
        at = PoseSequence.from_joints(moved, FPS)
        assert touching(at, "left", 0.53).min() == pytest.approx(1.0), name
        assert touching(at, "right", 0.53).max() == (pytest.approx(1.0) if name.startswith("right_wrist") else 0.0), (
            name
        )


@pytest.mark.parametrize("fps", [30.0, 120.0])
def test_hands_begin_to_touch_over_a_while(fps: float) -> None:
    joints = np.repeat(upright()[None], 2 * int(fps), axis=0)
    wrist = PoseSequence.from_joints(joints, fps).skeleton.index("left_wrist")
    joints[:, wrist] = [0.9, 0.0, 1.38]
    joints[int(fps) :, wrist] = joints[int(fps) :, 10]
    weight = touching(PoseSequence.from_joints(joints, fps), "left", 0.53)
    assert weight[0] == 0.0 and weight[-1] == pytest.approx(1.0)
    assert 7.0 / fps < np.diff(weight).max() < 9.0 / fps


def test_hips_go_where_the_limbs_that_matter_miss_least() -> None:
    first, second = np.tile([0.1, 0.0, -0.04], (50, 1)), np.tile([-0.02, 0.06, 0.0], (50, 1))
    one, none = np.ones(50), np.zeros(50)
    assert np.allclose(settled([first, second], [one, none], FPS), first, rtol=2e-3)
    assert np.allclose(settled([first, second], [one, one], FPS), 0.5 * (first + second), rtol=2e-3)
    assert np.allclose(settled([first, second], [one, 3.0 * one], FPS), 0.25 * first + 0.75 * second, rtol=2e-3)
    assert np.array_equal(settled([first, second], [none, none], FPS), np.zeros((50, 3)))


def test_hips_come_down_for_standing_feet_to_be_within_reach() -> None:
    length = 0.8
    target = np.tile([0.0, 0.0, -0.86], (40, 1))
    moved = within_reach([target], [length], [np.ones(40)], FPS)
    assert np.allclose(target - moved, unit(target) * np.linalg.norm(target - moved, axis=-1, keepdims=True))
    assert np.allclose(np.linalg.norm(target - moved, axis=-1), 0.9985 * length)
    assert np.array_equal(within_reach([target], [length], [np.zeros(40)], FPS), np.zeros((40, 3)))
    assert np.array_equal(within_reach([0.9 * target], [length], [np.ones(40)], FPS), np.zeros((40, 3)))
    both = within_reach([target, target * [1, 1, 0.9]], [length, length], [np.ones(40), np.ones(40)], FPS)
    assert np.allclose(both, moved)


def test_performers_hands_count_the_more_the_nearer_they_are() -> None:
    source = performer(3)
    weight = touching(source, "left", 0.53)
    assert weight.min() >= 0.0 and weight.max() <= 1.0
    grown = PoseSequence.from_joints(2.0 * source.joints, source.fps)
    assert np.allclose(touching(grown, "left", 1.06), weight)
