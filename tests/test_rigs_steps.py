"""Smoothing over time within the solver: averages, covers, and steps that may not be too long."""

from __future__ import annotations

import numpy as np
import pytest

from rigs.arrays import FloatArray
from rigs.solve.smoothing import envelope, gaussian, limited_steps


def random_path(frames: int, columns: int = 3, seed: int = 0) -> FloatArray:
    """(T,N) a path that wanders."""
    return np.cumsum(np.random.default_rng(seed).normal(size=(frames, columns)), axis=0)


@pytest.mark.parametrize("sigma", [0.4, 1.5, 6.0])
def test_an_average_keeps_what_is_even_and_damps_waves_as_gaussians_do(sigma: float) -> None:
    times, inner = np.arange(300.0), slice(60, 240)
    assert np.allclose(gaussian(np.full((50, 2), 3.0), sigma), 3.0)
    assert np.allclose(gaussian(0.3 * times - 5.0, sigma)[inner], (0.3 * times - 5.0)[inner])
    assert gaussian(np.eye(300)[150], sigma).sum() == pytest.approx(1.0)
    wave = np.cos(2.0 * np.pi * times / 15.0)
    if sigma > 1.0:  # narrower ones are too coarsely sampled for the formula
        damped = np.exp(-0.5 * (2.0 * np.pi * sigma / 15.0) ** 2)
        assert np.allclose(gaussian(wave, sigma)[inner], damped * wave[inner], atol=5e-3)
    path = random_path(80)
    assert np.allclose(gaussian(path[::-1], sigma)[::-1], gaussian(path, sigma))
    assert np.allclose(gaussian(path, sigma)[:, 1], gaussian(path[:, 1], sigma))
    assert gaussian(path[:1], sigma) is not None and np.array_equal(gaussian(path, 0.0), path)


@pytest.mark.parametrize("radius", [1, 4, 20])
def test_a_cover_lies_over_its_values_and_near_them(radius: int) -> None:
    values = np.maximum(random_path(200, 1)[:, 0], 0.0)
    cover = envelope(values, radius)
    assert np.all(cover >= values - 1e-12) and cover.max() <= values.max() + 1e-12
    assert np.allclose(envelope(values[::-1], radius)[::-1], cover)
    assert np.allclose(envelope(np.full(30, 2.0), radius), 2.0)
    spike = envelope(np.where(np.arange(200) == 100, 1.0, 0.0), radius)
    reached = np.flatnonzero(spike > 0.0)
    assert (reached[0], reached[-1]) == (100 - 2 * radius, 100 + 2 * radius)
    assert spike[100] == pytest.approx(1.0) and np.all(np.diff(spike[:101]) >= -1e-12)
    assert np.array_equal(envelope(values, 0), values)


def dense(values: FloatArray, weights: FloatArray, links: FloatArray) -> FloatArray:
    """(T,N) the least-squares solution, by the normal equations as they stand."""
    step = np.diff(np.eye(len(values)), axis=0)
    return np.linalg.solve(np.diag(weights) + step.T @ np.diag(links) @ step, weights[:, None] * values)


@pytest.mark.parametrize("seed", range(3))
def test_where_no_step_is_too_long_it_is_the_plain_least_squares(seed: int) -> None:
    rng = np.random.default_rng(seed)
    values, weights = random_path(60, seed=seed), rng.uniform(0.1, 3.0, 60)
    links = rng.uniform(0.0, 5.0, 59) * (rng.random(59) < 0.7)
    solved = limited_steps(values, weights, links, np.full(59, 1e6))
    assert np.allclose(solved, dense(values, weights, links))
    alone = np.flatnonzero(np.append(links, 0.0) + np.append(0.0, links) == 0.0)
    assert len(alone) and np.array_equal(solved[alone], values[alone])


@pytest.mark.parametrize("height", [0.5, 1.5, np.pi])
def test_a_step_that_is_too_long_becomes_several(height: float) -> None:
    values = np.where(np.arange(200) < 100, 0.0, height)[:, None]
    weights, links, allowed = np.ones(200), np.zeros(199), np.full(199, 0.14)
    solved = limited_steps(values, weights, links, allowed)
    steps = np.diff(solved[:, 0])
    assert steps.max() < 1.2 * 0.14 and steps.min() > -1e-9
    assert solved[0, 0] == pytest.approx(0.0, abs=1e-3) and solved[-1, 0] == pytest.approx(height, rel=1e-3)
    assert np.allclose(solved + solved[::-1], height)  # half of it before its moment, half behind
    for size in (0.01, 100.0):
        larger = limited_steps(size * values + 7.0, weights, links, size * allowed)
        assert np.allclose(larger, size * solved + 7.0)
    assert np.allclose(limited_steps(values, 9.0 * weights, links, allowed), solved)


def test_frames_that_count_more_are_left_more() -> None:
    values = np.where(np.arange(60) < 30, 0.0, 1.0)[:, None]
    weights = np.where(np.arange(60) < 30, 1.0, 20.0)
    solved = limited_steps(values, weights, np.zeros(59), np.full(59, 0.1))
    assert np.diff(solved[:, 0]).max() < 1.2 * 0.1
    assert np.abs(solved - values)[:30].max() > 2.5 * np.abs(solved - values)[30:].max()
