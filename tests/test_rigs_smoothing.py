"""Smoothing of joints: what it must leave alone, what it must take away, and that neither time nor rate matters."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest
from rigs_support import performer

from rigs.arrays import FloatArray
from rigs.errors import SettingsError
from rigs.repair.repair import repaired
from rigs.sequence import PoseSequence
from rigs.smoothing.adaptive import smooth_paths, smooth_sequence
from rigs.smoothing.spline import smoothing_spline

STRENGTHS = [0.1, 0.5, 1.0]


@pytest.fixture
def rng() -> np.random.Generator:
    """Random numbers of a test's own, so that it measures the same alone and among others."""
    return np.random.default_rng(11)


def uneven_times(rng: np.random.Generator, frames: int) -> FloatArray:
    times: FloatArray = np.cumsum(rng.uniform(0.008, 0.08, frames))
    return times


def punch(times_s: FloatArray, at_s: float, length_s: float = 0.12) -> FloatArray:
    """(T, 1, 3) a hand that strikes half a metre forwards and stays out: a bell of speed."""
    travelled = np.cumsum(np.exp(-0.5 * ((times_s - at_s) / (length_s / 2.0)) ** 2))
    path = np.zeros((len(times_s), 1, 3))
    path[:, 0, 1] = 0.5 * travelled / travelled[-1]
    return path


def peak_speed(path: FloatArray, times_s: FloatArray) -> float:
    return float(np.abs(np.gradient(path[:, 0, 1], times_s)).max())


@pytest.mark.parametrize("strength", STRENGTHS)
def test_evenly_accelerated_motion_passes_unchanged(rng: np.random.Generator, strength: float) -> None:
    times = uneven_times(rng, 200)[:, None, None]
    path = np.array([[[1.0, -2.0, 0.5]], [[0.3, 0.0, 4.0]], [[0.0, 0.7, -4.9]]])
    path = path[0] + path[1] * times + path[2] * times**2
    assert np.allclose(smooth_paths(path, times[:, 0, 0], strength), path, atol=1e-5)


@pytest.mark.parametrize("fps", [30.0, 120.0])
@pytest.mark.parametrize("cutoff", [1.5, 4.0])
def test_a_sine_at_the_cutoff_is_halved_and_not_delayed(cutoff: float, fps: float) -> None:
    times = np.arange(int(8 * fps)) / fps
    wave = np.zeros((len(times), 1, 3))
    wave[:, 0, 2] = np.sin(2 * np.pi * cutoff * times)
    smoothed = smoothing_spline(wave, times, np.full((len(times), 1), cutoff))
    inner = slice(int(2 * fps), int(6 * fps))
    before, after = wave[inner].ravel(), smoothed[inner].ravel()
    gain = before @ after / (before @ before)
    differences = np.sinc(cutoff / fps) ** 6  # what three differences make of three derivatives
    assert gain == pytest.approx(1.0 / (1.0 + differences), abs=1e-4)
    assert np.abs(after - gain * before).max() < 1e-3


@pytest.mark.parametrize("strength", STRENGTHS)
def test_backwards_is_the_mirror_image_of_forwards(rng: np.random.Generator, strength: float) -> None:
    times, path = uneven_times(rng, 150), 0.02 * np.cumsum(rng.normal(size=(150, 4, 3)), axis=0)
    back = smooth_paths(path[::-1], -times[::-1], strength)[::-1]
    assert np.allclose(smooth_paths(path, times, strength), back, atol=1e-8)


def test_turning_the_world_turns_the_outcome(rng: np.random.Generator) -> None:
    path, times = rng.normal(size=(80, 3, 3)), np.arange(80) / 30.0
    turn, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    assert np.allclose(smooth_paths(path @ turn, times, 0.5), smooth_paths(path, times, 0.5) @ turn, atol=1e-9)


@pytest.mark.parametrize("strength", STRENGTHS)
def test_the_frame_rate_does_not_matter(rng: np.random.Generator, strength: float) -> None:
    times = np.arange(4 * 240 + 1) / 240.0
    waves = [
        np.sin(2 * np.pi * hz * times[:, None, None] + rng.uniform(0, 6, (1, 4, 3))) / hz for hz in (0.5, 1.3, 3.0)
    ]
    path = 0.2 * np.sum(waves, axis=0)
    here, there = smooth_paths(path[::4], times[::4], strength), smooth_paths(path, times, strength)[::4]
    inner = slice(30, -30)
    moved = np.abs(there - path[::4])[inner].max()
    assert np.abs(here - there)[inner].max() < 0.1 * moved + 1e-6  # metres


@pytest.mark.parametrize("fps", [24.0, 30.0, 60.0, 120.0])
def test_a_punch_keeps_its_speed_and_its_moment(fps: float) -> None:
    times = np.arange(int(3 * fps)) / fps
    path = punch(times, 1.5)
    for strength, share in ((0.25, 0.98), (0.5, 0.95)):
        smoothed = smooth_paths(path, times, strength)
        assert peak_speed(smoothed, times) > share * peak_speed(path, times)
        middle = [np.interp(0.25, p[:, 0, 1], times) for p in (path, smoothed)]
        assert middle[1] == pytest.approx(middle[0], abs=0.1 / fps)


def test_more_strength_is_smoother_and_jitter_at_rest_goes_first(rng: np.random.Generator) -> None:
    times = np.arange(300) / 30.0
    path = np.repeat(punch(times, 5.0), 2, axis=1)
    path[:, 1] = 0.0
    noisy = path + rng.normal(0.0, 0.004, path.shape)
    jitter, kept = [], []
    for strength in (0.1, 0.25, 0.5, 0.75, 1.0):
        smoothed = smooth_paths(noisy, times, strength)
        jitter.append(np.abs(np.diff(smoothed[:, 1], 2, axis=0)).mean())
        kept.append(peak_speed(smoothed, times) / peak_speed(path, times))
    assert jitter == sorted(jitter, reverse=True)
    assert jitter[2] < 0.02 * np.abs(np.diff(noisy[:, 1], 2, axis=0)).mean()
    assert kept[2] > 0.9


def test_filled_frames_follow_those_around(rng: np.random.Generator) -> None:
    sequence = performer(5, frames=90)
    joints, confidence = sequence.joints.copy(), np.ones((90, 17))
    joints[40:44] += rng.normal(0.0, 0.02, (4, 17, 3))
    confidence[40:44] = 0.0
    off = [
        np.linalg.norm(smooth_sequence(PoseSequence.from_joints(joints, 30.0, known), 0.5).joints - joints, axis=-1)
        for known in (confidence, np.ones((90, 17)))
    ]
    assert off[0][40:44].mean() > off[1][40:44].mean()
    assert off[0][38:40].mean() < off[1][38:40].mean()


def test_points_are_smoothed_where_they_are_known_and_keep_to_their_joints(rng: np.random.Generator) -> None:
    made = performer(1, frames=60)
    offset = np.array([0.0, 0.05, -0.07])
    heel = made.joint("left_ankle") + offset + rng.normal(0.0, 0.004, (60, 3))
    heel[20:30] = np.nan
    smoothed = smooth_sequence(replace(made, points={"left_heel": heel, "right_heel": np.full((60, 3), np.nan)}), 0.5)
    known = np.isfinite(heel)
    assert np.array_equal(np.isfinite(smoothed.points["left_heel"]), known)
    off = [
        np.abs(one.points["left_heel"] - one.joint("left_ankle") - offset)[known].mean()
        for one in (smoothed, replace(made, points={"left_heel": heel}))
    ]
    assert off[0] < 0.5 * off[1]
    assert np.isnan(smoothed.points["right_heel"]).all()


def test_a_foot_that_stands_stays_and_nothing_else_notices(rng: np.random.Generator) -> None:
    sequence = performer(3, frames=90)
    ankle = sequence.skeleton.joint_names.index("left_ankle")
    joints = sequence.joints + rng.normal(0.0, 0.005, sequence.joints.shape)
    stands = (np.arange(90) >= 30) & (np.arange(90) < 60)
    steps = 0.3 * np.clip((np.arange(90) - 59) / 8.0, 0.0, 1.0) - 0.3 * np.clip((30 - np.arange(90)) / 8.0, 0.0, 1.0)
    joints[:, ankle] = np.array([0.1, 0.0, 0.1]) + steps[:, None] * [0.0, -1.0, 0.0]
    free = PoseSequence.from_joints(joints, 30.0)
    told = smooth_sequence(replace(free, stance={"left": stands.astype(np.float64)}), 0.5).joints
    plain = smooth_sequence(free, 0.5).joints
    off = [np.abs(smoothed[stands, ankle] - joints[stands, ankle]).max() for smoothed in (told, plain)]
    assert off[0] < 0.5 * off[1]
    others = np.arange(17) != ankle
    assert np.allclose(told[:, others], plain[:, others])


def test_none_is_raw_and_too_much_is_refused() -> None:
    sequence = performer(2, frames=20)
    assert smooth_sequence(sequence, 0.0) is sequence
    for strength in (-0.1, 1.1, float("nan")):
        with pytest.raises(SettingsError, match="Smoothing"):
            smooth_sequence(sequence, strength)


@pytest.mark.parametrize("frames", [1, 2, 3, 4, 5])
def test_short_clips_pass(frames: int) -> None:
    sequence = performer(2, frames=frames)
    smoothed = smooth_sequence(sequence, 1.0)
    assert smoothed.joints.shape == sequence.joints.shape
    assert np.isfinite(smoothed.joints).all()


def test_the_effort_grows_with_the_frames_alone(rng: np.random.Generator) -> None:
    def best_s(frames: int) -> float:
        path, times = rng.normal(size=(frames, 17, 3)), np.arange(frames) / 30.0
        taken = []
        for _ in range(3):
            began = time.process_time()
            smooth_paths(path, times, 0.5)
            taken.append(time.process_time() - began)
        return min(taken)

    assert best_s(1200) < 1200 / 3000.0
    assert best_s(2400) < 3.0 * best_s(1200)


def test_nothing_is_smoothed_or_mended_across_a_cut() -> None:
    before, after = performer(3), performer(4)
    joints = np.concatenate([before.joints, after.joints + np.array([3.0, 0.0, 0.0])])
    whole = replace(PoseSequence.from_joints(joints, before.fps), cuts=(len(before.joints),))
    smoothed = smooth_sequence(whole, 1.0)
    shots = joints[: len(before.joints)], joints[len(before.joints) :]
    apart = [smooth_sequence(PoseSequence.from_joints(shot, before.fps), 1.0).joints for shot in shots]
    apart = np.concatenate(apart)
    assert smoothed.cuts == whole.cuts and np.allclose(smoothed.joints, apart)
    assert np.array_equal(repaired(whole).joints, joints), "a cut is no jump of the body"
    assert not np.allclose(smooth_sequence(replace(whole, cuts=()), 1.0).joints, apart)
