"""Joints are led to where they were seen: across the line of sight, by as much as the rule allows."""

from __future__ import annotations

import numpy as np
import pytest

from inference import joints
from inference.refine.bones import USUAL_M, usual_lengths
from inference.refine.reproject import Rule, Weighting, calibrated, joint_weights, match_image

FRAMES = 60
TIMES = np.arange(FRAMES) / 30.0
RNG = np.random.default_rng(8)
POSE = RNG.normal(0.0, 0.3, (17, 3))
POSES = np.repeat((POSE - POSE[0])[None], FRAMES, axis=0)
PATH = np.column_stack([np.linspace(-0.5, 0.5, FRAMES), np.zeros(FRAMES), np.full(FRAMES, 4.0)])
PLACED = POSES + PATH[:, None]
RAYS = PLACED[..., :2] / PLACED[..., 2:]
SURE = np.ones((FRAMES, 17))


@pytest.mark.parametrize("rule", Rule)
def test_what_fits_the_image_stays(rule: Rule) -> None:
    assert np.allclose(match_image(POSES, PATH, RAYS, SURE, TIMES, Weighting(rule, 0.5)), POSES, atol=1e-9)


def test_a_joint_goes_half_the_way_and_not_in_depth() -> None:
    wrong, wrist = POSES.copy(), joints.INDEX["left_wrist"]
    wrong[:, wrist] += [0.04, -0.02, 0.0]
    matched = match_image(wrong, PATH, RAYS, SURE, TIMES, Weighting(Rule.CONSTANT))
    assert np.allclose(matched[:, wrist], 0.5 * (wrong + POSES)[:, wrist], atol=1e-9)
    others = np.delete(np.arange(17), wrist)
    assert np.allclose(matched[:, others], POSES[:, others], atol=1e-9)


def test_what_is_known_better_follows_only_what_is_fast() -> None:
    wrist, other = joints.INDEX["left_wrist"], joints.INDEX["right_wrist"]
    hit = 0.05 * np.exp(-(((TIMES - 1.0) / 0.06) ** 2))
    seen = PLACED.copy()
    seen[:, [wrist, other], 0] += 0.04 + hit[:, None]
    rays, corrected = seen[..., :2] / seen[..., 2:], np.zeros((FRAMES, 17))
    corrected[:, wrist] = 1.0
    moved = match_image(POSES, PATH, rays, SURE, TIMES, Weighting(Rule.CONSTANT), corrected) - POSES
    assert np.allclose(moved[:20, other, 0], 0.02, atol=2e-3)
    assert np.abs(moved[:10, wrist, 0]).max() < 2e-3
    assert moved[30, other, 0] - moved[0, other, 0] > 0.015
    assert moved[30, wrist, 0] - moved[0, wrist, 0] > 0.01


def test_what_was_not_seen_stays_with_the_lifter() -> None:
    wrong, unseen = POSES + 0.05, SURE.copy()
    unseen[:] = 0.0
    for rule in Rule:
        matched = match_image(wrong, PATH, RAYS, unseen, TIMES, Weighting(rule, 0.5))
        assert np.allclose(matched, wrong - wrong[:, :1])


def test_rules_weigh_as_they_say() -> None:
    confidence, away = np.array([0.2, 0.9, 0.9]), np.array([1.0, 1.0, 5.0])
    weigh = {rule: joint_weights(Weighting(rule, 1.0), confidence, away) for rule in Rule}
    assert np.array_equal(weigh[Rule.CONSTANT], np.ones(3))
    assert np.array_equal(weigh[Rule.CONFIDENCE], confidence)
    assert np.allclose(weigh[Rule.SOFT], 1.0 - np.exp(-calibrated(confidence) * away**2 / 2.0))
    assert weigh[Rule.SOFT][2] > weigh[Rule.SOFT][1] > weigh[Rule.SOFT][0]
    assert weigh[Rule.ROBUST][1] > weigh[Rule.ROBUST][0] > weigh[Rule.ROBUST][2]
    assert np.array_equal(joint_weights(Weighting(Rule.HARD, 0.7), confidence, away), [0.0, 1.0, 1.0])


def test_the_usual_build_is_symmetric_and_as_large_as_the_lifter_s() -> None:
    assert np.array_equal(USUAL_M[list(joints.LEFT)], USUAL_M[list(joints.RIGHT)])
    assert USUAL_M.sum() == pytest.approx(2.385 * joints.REFERENCE_HEIGHT_M, rel=2e-3)
    own = USUAL_M * 1.1
    assert np.allclose(usual_lengths(own, 1.0), own)
    assert np.allclose(usual_lengths(own, 0.0), USUAL_M)
