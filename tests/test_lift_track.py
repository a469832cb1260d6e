"""Gaps, frame rates and clip ends on the way into the network."""

from __future__ import annotations

import numpy as np
import pytest

from inference.errors import InferenceError
from inference.lift.track import checked_track, sample_track, window_positions


def test_thirty_frames_a_second_take_whole_frames_and_hold_the_ends() -> None:
    times = np.arange(50) / 30.0
    positions = window_positions(np.array([0, 20, 49]), times, 27)
    steps = np.arange(-13, 14)
    np.testing.assert_array_equal(positions, np.clip(np.array([[0], [20], [49]]) + steps, 0, 49))


@pytest.mark.parametrize("fps", [10.0, 24.0, 25.0, 29.97, 60.0, 240.0])
def test_a_window_spans_the_same_time_at_any_rate(fps: float) -> None:
    times = np.arange(400) / fps
    positions = window_positions(np.array([200]), times, 27)
    assert positions[0, 13] == 200.0
    np.testing.assert_allclose(np.diff(positions[0]), fps / 30.0, atol=2e-3)


def test_uneven_times_are_followed() -> None:
    rng = np.random.default_rng(2)
    times = np.cumsum(rng.uniform(0.01, 0.08, 200))
    track = np.repeat(times[:, None], 34, axis=1).reshape(-1, 17, 2).astype(np.float32)
    sampled = sample_track(track, window_positions(np.array([100]), times, 27))
    np.testing.assert_allclose(sampled[0, :, 0, 0], times[100] + np.arange(-13, 14) / 30.0, atol=1e-4)


def test_one_frame_is_a_clip() -> None:
    track = np.random.default_rng(3).normal(size=(1, 17, 2)).astype(np.float32)
    windows = sample_track(track, window_positions(np.array([0]), np.zeros(1), 27))
    np.testing.assert_array_equal(windows, np.repeat(track[None], 27, axis=1))


@pytest.mark.parametrize(
    ("joints", "confidence", "words"),
    [
        ((0, 17, 2), (0, 17), "with a frame or more"),
        ((4, 16, 2), (4, 16), "not \\(frames, 17, 2\\)"),
        ((4, 17, 2), (4, 16), "confidence has shape"),
    ],
)
def test_wrong_shapes_are_named(joints: tuple[int, ...], confidence: tuple[int, ...], words: str) -> None:
    with pytest.raises(InferenceError, match=words):
        checked_track(np.zeros(joints), np.ones(confidence))


def test_nobody_seen_is_an_error() -> None:
    with pytest.raises(InferenceError, match="No joint was seen in any of the 4 frames"):
        checked_track(np.full((4, 17, 2), np.nan), np.ones((4, 17)))
