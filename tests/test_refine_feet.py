"""Feet that stand: found, and held in place without changing a bone's length."""

from __future__ import annotations

import numpy as np
import pytest

from inference import joints
from inference.joints import ANKLES, INDEX, PARENTS
from inference.refine.contact_network import stance_probability
from inference.refine.feet import hold_feet
from inference.refine.floor import ANKLE_HEIGHT_M
from inference.refine.stance import runs, stances
from inference.refine.vectors import unit

UP = np.array([0.0, -1.0, 0.0])
STRIDE_S, STRIDE_M = 1.0, 1.2


def walk(fps: float = 30.0, seconds: float = 4.0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Somebody who walks past a level camera: (T, 17, 3) camera axes, times (T,), feet that stand (T, 2)."""
    times = np.arange(round(seconds * fps)) / fps
    body = np.zeros((len(times), 17, 3))
    heights = {"hip": 0.9, "knee": 0.5, "ankle": ANKLE_HEIGHT_M, "shoulder": 1.4, "elbow": 1.15, "wrist": 0.9}
    heights |= {"pelvis": 0.9, "spine": 1.1, "thorax": 1.4, "nose": 1.55, "head": 1.7}
    for name, joint in INDEX.items():
        body[:, joint, 1] = -heights[name.split("_")[-1]]
        body[:, joint, 2] = 5.0 + {"left": 0.1, "right": -0.1}.get(name.split("_")[0], 0.0)
    body[..., 0] += (STRIDE_M / STRIDE_S * times)[:, None]
    standing = np.zeros((len(times), 2), bool)
    for foot, (ankle, phase) in enumerate(zip(ANKLES, (0.0, 0.5), strict=True)):
        strides = times / STRIDE_S + phase
        swing = np.clip((strides % 1.0 - 0.6) / 0.4, 0.0, 1.0)
        eased = swing * swing * (3.0 - 2.0 * swing)
        standing[:, foot] = strides % 1.0 < 0.6
        body[:, ankle, 0] = STRIDE_M * (np.floor(strides) + eased - phase + 0.3)
        body[:, ankle, 1] -= 0.25 * np.sin(np.pi * swing)
        body[:, ankle - 1] = 0.5 * (body[:, ankle - 2] + body[:, ankle]) + [0.1, 0.0, 0.0]
    return body, times, standing


def probability(body: np.ndarray, times: np.ndarray) -> np.ndarray:
    """How likely the feet of a body that is seen as it is, (T, 17, 3) camera axes, stand: (T, 2)."""
    return parts(body, times)[..., 0]


def parts(body: np.ndarray, times: np.ndarray) -> np.ndarray:
    """(T, 2, 3) the same with their heels and toes."""
    path = body[:, 0]
    return stance_probability(body - path[:, None], path, unit(body), np.ones(body.shape[:2]), UP, times)


def lengths(poses: np.ndarray) -> np.ndarray:
    return np.linalg.norm(poses - poses[:, PARENTS], axis=-1)[:, 1:]


@pytest.mark.parametrize("fps", [24.0, 60.0, 120.0])
def test_a_walker_s_stands_are_found_at_any_rate(fps: float) -> None:
    body, times, truth = walk(fps)
    found = stances(probability(body, times), times)
    blurred = round(0.1 * fps)  # speeds are means over a tenth of a second
    for foot in range(2):
        assert all(found[first + blurred : end - blurred, foot].all() for first, end in runs(truth[:, foot]))
        assert not any(found[(first + end) // 2, foot] for first, end in runs(~truth[:, foot]))


def test_a_foot_that_slips_for_two_frames_stands_on() -> None:
    body, times, truth = walk()
    ankle = INDEX["left_ankle"]
    for first, end in runs(truth[:, 0])[1:-1]:
        slipped = body.copy()
        slipped[(first + end) // 2 : (first + end) // 2 + 2, ankle] += [0.2, -0.1, 0.0]
        found = stances(probability(slipped, times), times)
        assert found[first + 3 : end - 3, 0].all()


def test_nobody_stands_in_the_air() -> None:
    body, times, _ = walk()
    flying = body.copy()
    flying[..., 1] += 4.9 * (times - 2.0)[:, None] ** 2
    assert not stances(probability(flying, times), times)[np.abs(times - 2.0) > 0.5].any()


def test_held_feet_slide_less_and_no_bone_changes_its_length() -> None:
    body, times, standing = walk()
    shaken = body.copy()
    shaken += 0.02 * np.sin(2.0 * np.pi * 2.5 * times)[:, None, None] * np.array([1.0, 0.0, 1.0])
    held = hold_feet(shaken, standing, times, UP, 0.0)
    assert np.allclose(lengths(held), lengths(shaken), atol=1e-9)
    both = standing[1:] & standing[:-1]
    slide = [np.linalg.norm(np.diff(poses[:, ANKLES], axis=0), axis=-1)[both].mean() for poses in (shaken, held)]
    assert slide[1] < 0.2 * slide[0]
    trunk = [INDEX[name] for name in ("pelvis", "thorax", "head", "left_wrist")]
    carried = held[:, trunk] - shaken[:, trunk]
    assert np.allclose(carried, carried[:, :1])


def test_what_standing_feet_lack_fast_is_not_carried_by_the_body() -> None:
    body, times, _ = walk()
    body[:] = body[:1]
    standing, inner = np.ones((len(times), 2), bool), np.abs(times - 2.0) < 1.0
    carried = []
    for rate_hz in (0.25, 3.0):
        shaken = body.copy()
        shaken[:, ANKLES, 2] += 0.02 * np.sin(2.0 * np.pi * rate_hz * times)[:, None]
        carried.append(np.ptp((hold_feet(shaken, standing, times, UP, 0.0) - shaken)[inner, 0, 2]))
    assert carried[1] < 0.2 * carried[0]


def test_a_right_stand_and_feet_in_the_air_stay() -> None:
    body, times, standing = walk()
    assert np.allclose(hold_feet(body, standing, times, UP, 0.0), body, atol=1e-9)
    assert np.allclose(hold_feet(body, np.zeros_like(standing), times, UP, 0.0), body, atol=1e-12)


@pytest.mark.parametrize("frames", [1, 2, 3])
def test_short_clips_pass(frames: int) -> None:
    body, times, _ = walk()
    few, when = body[:frames], times[:frames]
    likely = probability(few, when)
    assert likely.shape == (frames, 2)
    assert np.isfinite(hold_feet(few, stances(likely, when), when, UP, 0.0)).all()


def test_the_feet_of_a_mirrored_body_are_the_other_ones() -> None:
    body, times, _ = walk()
    body[..., 0] -= 2.0
    swapped = [*range(17)]
    for left, right in zip(joints.LEFT, joints.RIGHT, strict=True):
        swapped[left], swapped[right] = right, left
    mirrored = (body * [-1.0, 1.0, 1.0])[:, swapped]
    assert np.allclose(parts(mirrored, times), parts(body, times)[:, ::-1], atol=1e-4)


def test_a_walker_s_heel_comes_down_and_leaves_before_the_toe() -> None:
    body, times, truth = walk()
    heel, toe = np.moveaxis(parts(body, times)[..., 1:], -1, 0)
    for foot in range(2):
        stands = runs(truth[:, foot])[1:-1]
        assert stands and all(heel[(first + end) // 2, foot] > 0.5 for first, end in stands)
        on_toe = [(toe - heel)[end - 4 : end + 4, foot].max() for _, end in stands]
        assert min(on_toe) > 0.1


def test_how_likely_a_foot_stands_does_not_depend_on_how_the_camera_is_turned() -> None:
    body, times, _ = walk()
    angle = np.radians(20.0)
    turn = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
    path = body[:, 0]
    turned = stance_probability(
        (body - path[:, None]) @ turn.T, path @ turn.T, unit(body) @ turn.T, np.ones(body.shape[:2]), turn @ UP, times
    )
    assert np.allclose(turned, parts(body, times), atol=1e-4)


def test_standing_feet_stand_on_the_floor_and_a_box_stays_a_box() -> None:
    body, times, standing = walk()
    for low, expected in ((0.03, 0.0), (0.3, 0.3)):
        held = hold_feet(body + low * UP, standing, times, UP, 0.0)
        heights = held[:, ANKLES] @ UP - ANKLE_HEIGHT_M
        assert np.abs(heights[standing] - expected).max() < 0.005
