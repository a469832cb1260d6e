"""When a foot stands, by how its ankle moves, and how its path is held still: the parts, without a rig."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from rigs.arrays import BoolArray, FloatArray, stretches
from rigs.solve.contact import hold_heading, hold_still, planted, raised_floor, resting

FPS, LEG_M = 60.0, 0.9
LOW, DOWN = np.zeros(240), np.tile([0.0, 0.0, -1.0], (240, 1))
FADE_S = 0.2


def going(speed: FloatArray | float, frames: int = 240, fps: float = FPS) -> FloatArray:
    """(T,3) an ankle that goes forwards at (T,) leg lengths a second."""
    path = np.zeros((frames, 3))
    path[:, 1] = np.cumsum(np.broadcast_to(speed, frames)) * LEG_M / fps
    return path


def between(first_s: float, last_s: float, fps: float = FPS, frames: int = 240) -> BoolArray:
    """(T,) True from one second to another."""
    times = np.arange(frames) / fps
    return (times >= first_s) & (times < last_s)


@pytest.mark.parametrize("density", [0.0, 0.2, 0.5, 0.9, 1.0])
def test_stretches_cover_what_is_true_and_nothing_else(density: float) -> None:
    flags = np.random.default_rng(0).random(300) < density
    found = np.zeros(300, dtype=bool)
    runs = stretches(flags)
    for start, end in runs:
        assert start < end
        found[start:end] = True
    assert np.array_equal(found, flags)
    assert all(end < start for (_, end), (start, _) in itertools.pairwise(runs))  # none touches the next


def test_a_slow_low_ankle_stands_and_a_fast_one_does_not() -> None:
    assert planted(going(0.2), LOW, LEG_M, FPS).all()
    assert not planted(going(0.45), LOW, LEG_M, FPS).any()  # slow enough to go on standing, not to begin
    assert not planted(going(1.0), LOW, LEG_M, FPS).any()
    assert planted(going(0.2), np.full(240, 0.05 * LEG_M), LEG_M, FPS).all()
    assert not planted(going(0.2), np.full(240, 0.08 * LEG_M), LEG_M, FPS).any()
    assert not planted(going(0.2), np.full(240, 0.2 * LEG_M), LEG_M, FPS).any()


def test_a_stand_begins_and_ends_at_the_wider_limits() -> None:
    speed = np.where(between(1.0, 2.0), 0.1, np.where(between(0.5, 2.5), 0.5, 2.0))
    standing = planted(going(speed), LOW, LEG_M, FPS)
    (run,) = stretches(standing)
    assert np.array(run) / FPS == pytest.approx([0.5, 2.5], abs=0.1)
    over = np.where(between(1.0, 2.0), 0.0, np.where(between(0.5, 2.5), 0.08, 0.12)) * LEG_M
    (run,) = stretches(planted(going(0.0), over, LEG_M, FPS))
    assert np.array(run) / FPS == pytest.approx([0.5, 2.5], abs=1.5 / FPS)


def test_a_foot_that_touches_for_a_moment_only_does_not_stand() -> None:
    for length_s, stands in ((0.1, False), (0.15, True)):
        over = np.where(between(1.0, 1.0 + length_s), 0.0, 0.3 * LEG_M)
        assert planted(going(0.0), over, LEG_M, FPS).any() == stands


@pytest.mark.parametrize("size", [0.1, 3.0])
def test_size_and_rate_do_not_matter(size: float) -> None:
    seconds = np.arange(240) / FPS
    speed, over = 0.5 + 0.5 * np.sin(4.0 * seconds), 0.1 * (1.0 + np.sin(4.0 * seconds + 0.4)) * LEG_M
    one = planted(going(speed), over, LEG_M, FPS)
    assert one.any() and not one.all()
    assert np.array_equal(planted(size * going(speed), size * over, size * LEG_M, FPS), one)
    half = planted(going(speed)[::2], over[::2], LEG_M, FPS / 2.0)
    assert np.mean(half != one[::2]) < 0.05


def step(**changed: object) -> BoolArray:
    """(T,) whether a foot stands high that is still, half a leg over the floor beside the other, on a level shin."""
    given: dict[str, object] = {
        "ankle": going(0.0),
        "over_m": np.full(240, 0.5 * LEG_M),
        "other_over_m": np.full(240, 0.5 * LEG_M),
        "shin": DOWN,
        "leg_length_m": LEG_M,
        "fps": FPS,
    }
    return resting(**(given | changed))  # type: ignore[arg-type]


def test_a_foot_on_a_step_rests_and_one_that_is_held_up_does_not() -> None:
    assert step().all()
    assert step(other_over_m=np.full(240, 2.0 * LEG_M)).all()
    assert step(ankle=going(0.1)).all()
    assert not step(ankle=going(0.3)).any()
    assert not step(over_m=LOW).any()  # that is planted
    assert step(other_over_m=np.full(240, 0.48 * LEG_M)).all()
    assert not step(other_over_m=np.full(240, 0.46 * LEG_M)).any()  # the other one stands, lower
    slanted = np.tile([0.0, np.sin(1.0), -np.cos(1.0)], (240, 1))
    assert not step(shin=slanted).any()
    assert not step(shin=-DOWN).any()
    up = going(0.0)
    up[:, 2] = np.arange(240) / FPS
    assert not step(ankle=up).any()
    for length_s, stands in ((0.2, False), (0.3, True)):
        shin = np.where(between(1.0, 1.0 + length_s)[:, None], DOWN, slanted)
        assert step(shin=shin).any() == stands
    assert not resting(going(0.0, 1), LOW[:1], LOW[:1], DOWN[:1], LEG_M, FPS).any()
    assert not planted(going(0.0, 1), LOW[:1], LEG_M, FPS).any()


def test_a_raised_floor_lies_under_the_foot_and_fades_beside_it() -> None:
    standing = between(1.0, 2.0)
    over = np.where(standing, 0.4, 0.9) + 0.01 * np.sin(np.arange(240))
    floor = raised_floor(over, standing, FPS)
    assert np.all(floor[standing] == np.median(over[standing]))
    assert np.all(floor[~between(1.0 - FADE_S, 2.0 + FADE_S)] == 0.0)
    assert np.all(np.diff(floor[between(0.0, 1.5)]) >= 0.0) and np.all(np.diff(floor[between(1.5, 4.0)]) <= 0.0)
    assert np.abs(np.diff(floor)).max() < 2.0 * 0.4 / (FADE_S * FPS)
    assert np.array_equal(raised_floor(over[::-1], standing[::-1], FPS)[::-1], floor)


def wavering(frames: int = 240) -> FloatArray:
    """(T,3) an ankle that trembles by centimetres about one place."""
    seconds = np.arange(frames) / FPS
    return 0.02 * np.stack([np.sin(3.0 * seconds), np.cos(5.0 * seconds), np.sin(7.0 * seconds)], axis=-1)


def test_a_standing_ankle_is_still_and_goes_on_as_it_was() -> None:
    path, standing = wavering(), between(1.0, 1.8) | between(2.4, 3.0)
    held = hold_still(path, standing, LEG_M, FPS)
    for start, end in stretches(standing):
        assert np.allclose(held[start:end, :2], np.median(path[start:end, :2], axis=0), atol=1e-12)
    assert np.array_equal(held[:, 2], path[:, 2])
    around = between(1.0 - FADE_S, 1.8 + FADE_S) | between(2.4 - FADE_S, 3.0 + FADE_S)
    assert np.array_equal(held[~around], path[~around])
    steps = [np.linalg.norm(np.diff(each[:, :2], axis=0), axis=-1).max() for each in (held, path)]
    moved = np.linalg.norm(held - path, axis=-1).max()
    assert steps[0] < steps[1] + 2.0 * moved / (FADE_S * FPS)
    assert np.allclose(hold_still(path[::-1], standing[::-1], LEG_M, FPS)[::-1], held, atol=1e-12)


def test_between_two_stands_close_together_the_path_goes_from_one_to_the_other() -> None:
    path, standing = wavering(), between(1.0, 1.8) | between(1.85, 2.6)
    held = hold_still(path, standing, LEG_M, FPS)
    places = [held[round(1.4 * FPS), :2], held[round(2.2 * FPS), :2]]
    assert np.linalg.norm(places[0] - places[1]) > 0.005
    gap = ~standing & between(1.0, 2.6)
    assert gap.any()
    for place in held[gap, :2]:
        assert np.linalg.norm(place - places[0]) + np.linalg.norm(place - places[1]) < 0.04
    assert np.linalg.norm(np.diff(held[between(1.0, 2.6), :2], axis=0), axis=-1).max() < 0.02


def test_a_stand_that_wanders_far_is_led_along_a_smooth_line() -> None:
    drift = going(0.1) + wavering()
    standing = between(0.5, 3.5)
    held = hold_still(drift, standing, LEG_M, FPS)[standing]
    assert np.ptp(held[:, 1]) > 0.7 * np.ptp(going(0.1)[standing, 1])
    assert np.linalg.norm((held - drift[standing])[:, :2], axis=-1).max() < 0.05
    jolts = [np.abs(np.diff(path[:, :2], 2, axis=0)).mean() for path in (held, drift[standing])]
    assert jolts[0] < 0.5 * jolts[1]
    assert np.ptp(hold_still(0.1 * drift, standing, LEG_M, FPS)[standing, :2], axis=0).max() < 1e-12


def test_headings_are_held_unless_the_foot_pivots() -> None:
    standing = between(1.0, 3.0)
    heading = 2.0 + np.radians(5.0) * np.sin(np.arange(240) / 9.0)
    held = hold_heading(heading, standing, FPS)
    assert np.all(held[standing] == np.median(heading[standing]))
    assert np.array_equal(held[: round(0.7 * FPS)], heading[: round(0.7 * FPS)])
    pivot = heading + np.radians(60.0) * np.arange(240) / 240.0
    led = hold_heading(pivot, standing, FPS)[standing]
    assert np.ptp(led) > np.radians(20.0) and np.all(np.diff(led) > -1e-3)
