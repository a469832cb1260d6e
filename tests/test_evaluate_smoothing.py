"""The measures of smoothing know a delay, a lost hit and jitter when they see them; all methods leave rest alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from inference.evaluate.smoothing_clips import SmoothingClip
from inference.evaluate.smoothing_limit import best_filter_error
from inference.evaluate.smoothing_measures import count_hits, measure_smoothing
from inference.evaluate.smoothing_methods import candidates
from inference.joints import INDEX
from rigs.smoothing import adaptive
from rigs.smoothing.spline import smoothing_spline

METHODS = candidates(adaptive, smoothing_spline)


def boxer(frames: int = 240) -> SmoothingClip:
    """Somebody who steps from foot to foot and strikes with the right wrist once a second."""
    rng = np.random.default_rng(4)
    times = np.arange(frames) / 30.0
    truth = np.tile(rng.normal(0.0, 0.3, (1, 17, 3)), (frames, 1, 1))
    truth[:, INDEX["right_wrist"], 1] += 0.5 * np.exp(-0.5 * (((times % 1.0) - 0.5) / 0.06) ** 2)
    for foot, phase in ((INDEX["left_ankle"], 0.0), (INDEX["right_ankle"], 0.5)):
        truth[:, foot, 2] = 0.08 + 0.3 * np.maximum(np.sin(2 * np.pi * (times + phase)), 0.0)
    raw = truth + rng.normal(0.0, 0.003, truth.shape)
    found, contact = np.ones((frames, 17), bool), np.zeros((frames, 2))
    return SmoothingClip("boxer", True, raw, truth, truth[..., 2], found, contact, times)


def test_the_truth_is_right_and_the_raw_joints_lose_nothing() -> None:
    clip = boxer()
    assert count_hits([clip]) >= 7
    right, raw = (measure_smoothing([clip], [paths]) for paths in (clip.truth, clip.raw))
    assert right["mpjpe_mm"] == right["rest_jitter_m_s2"] == right["contact_off_frames"] == 0.0
    assert raw["hit_speed_kept"] == 1.0
    assert raw["lag_frames"] == pytest.approx(0.0, abs=2e-3)
    assert raw["rest_jitter_m_s2"] > 1.0


@pytest.mark.parametrize("late", [-1, 1, 2])
def test_a_delay_shows(late: int) -> None:
    clip = boxer()
    delayed = measure_smoothing([clip], [np.roll(clip.truth, late, axis=0)])
    assert delayed["lag_frames"] == pytest.approx(late, abs=0.02)
    assert delayed["contact_late_frames"] == pytest.approx(late)


def test_a_damped_hit_shows() -> None:
    clip = boxer()
    damped = clip.truth.mean(axis=0) + 0.7 * (clip.truth - clip.truth.mean(axis=0))
    truth = measure_smoothing([clip], [clip.truth])["hit_speed_kept"]
    assert measure_smoothing([clip], [damped])["hit_speed_kept"] == pytest.approx(0.7 * truth)


@pytest.mark.parametrize("name", METHODS)
def test_every_method_leaves_rest_alone_and_calms_jitter(name: str) -> None:
    clip, candidate = boxer(), METHODS[name]
    still = np.repeat(clip.truth[:1], 60, axis=0)
    weights = np.ones((60, 17))
    strength = candidate.strengths[len(candidate.strengths) // 2]
    assert np.allclose(candidate.method(still, clip.times_s[:60], weights, strength), still, atol=1e-9)
    calmed = candidate.method(clip.raw, clip.times_s, np.ones(clip.found.shape), strength)
    jitter = [measure_smoothing([clip], [paths])["rest_jitter_m_s2"] for paths in (calmed, clip.raw)]
    assert jitter[0] < 0.6 * jitter[1]


@pytest.mark.parametrize("name", ["Savitzky-Golay", "Butterworth, both ways", "Gaussian"])
def test_no_even_filter_betters_the_one_that_knows_the_truth(name: str) -> None:
    rng, one, candidate = np.random.default_rng(7), boxer(120), METHODS[name]
    clips = [replace(one, raw=one.truth + rng.normal(0.0, 0.003, one.truth.shape)) for _ in range(2)]
    best, weights = best_filter_error(clips), np.ones(one.found.shape)
    for strength in candidate.strengths:
        paths = [candidate.method(clip.raw, clip.times_s, weights, strength) for clip in clips]
        assert measure_smoothing(clips, paths)["acceleration_error_m_s2"] > best
    assert best_filter_error([replace(clip, raw=clip.truth) for clip in clips]) < 0.1 * best
