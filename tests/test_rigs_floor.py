"""Feet and the floor: toes and balls go up as far as they must, on a floor of any height."""

from __future__ import annotations

import numpy as np
import pytest
from rigs_support import RigPlan, build_rig

from rigs import quaternions
from rigs.arrays import FloatArray
from rigs.joint_limits import within
from rigs.roles import SIDES
from rigs.solve.character import Character, read_character
from rigs.solve.feet import _guarded, level_weight, read_sole, turn_foot, upright_weight
from rigs.solve.turns import Turns
from rigs.vectors import apply, dot

FRAMES, FPS = 40, 30.0
ARM = np.array([0.0, -0.15, -0.06])


def character() -> Character:
    rest, rig_map = build_rig(RigPlan(rolls=2))
    return read_character(rest, rig_map, None)


def still(value: FloatArray | float) -> FloatArray:
    """The same in all frames."""
    return np.repeat(np.asarray(value, float)[None], FRAMES, axis=0)


def pitched(down_rad: float, heading_rad: float = 0.7) -> FloatArray:
    """(T,3,3) turns of a foot whose toes point down by an angle, in a direction of its own."""
    heading = quaternions.to_matrix(quaternions.exp(np.array([0.0, 0.0, heading_rad])))
    return still(heading @ quaternions.to_matrix(quaternions.exp(np.array([down_rad, 0.0, 0.0]))))


@pytest.mark.parametrize("floor_m", [0.0, 0.6])
@pytest.mark.parametrize("down_rad", [-0.5, 0.0, 0.4, 0.6])
def test_a_foot_turns_up_just_so_far_that_its_ball_is_on_the_floor(down_rad: float, floor_m: float) -> None:
    body, turn = character(), pitched(down_rad)
    end_m = apply(turn, still(ARM))[0, 2]
    for over_m in (0.01, 0.0, -0.01, -0.05):
        pivot = still([0.3, -0.2, floor_m - end_m + over_m])
        made = _guarded(turn, body, pivot, ARM, still(floor_m), FPS, "ankle_floor_pitch")
        if over_m >= 0.0:
            assert np.allclose(made, turn, atol=1e-9)
        else:
            assert np.allclose(pivot[:, 2] + apply(made, still(ARM))[:, 2], floor_m, atol=1e-9)
        left = body.body[:, 0]
        assert np.allclose(made @ left, turn @ left)  # about its own left axis alone
        step = quaternions.log(quaternions.from_matrix(np.swapaxes(turn, 1, 2) @ made))[0]
        assert dot(step, left) == pytest.approx(-np.linalg.norm(step)), "toes go up"


def test_a_foot_turns_up_no_further_than_ankles_do() -> None:
    body, turn = character(), pitched(0.5)
    made = _guarded(turn, body, still(np.zeros(3)), ARM, still(0.3), FPS, "ankle_floor_pitch")
    step = np.linalg.norm(quaternions.log(quaternions.from_matrix(np.swapaxes(turn, 1, 2) @ made)), axis=-1)
    assert np.allclose(step, within("ankle_floor_pitch")[1])


def turned(
    body: Character, side: str, ankle_m: float, floor_m: float, level: float, lean_rad: float
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """(T,3,3) turns of foot and toe of a leg that leans, and (T,) how far the lowest point is over the floor."""
    turns = Turns(body.rest, body.heads, FRAMES)
    leg = body.legs[side]
    turns.set(leg.lower[0], still(quaternions.to_matrix(quaternions.exp(np.array([lean_rad, 0.0, 0.0])))))
    ankle = still([0.1, 0.2, ankle_m])
    lowest = turn_foot(turns, body, side, ankle, still(floor_m), still(level), np.ones(FRAMES, dtype=np.bool_), FPS)
    toe = body.rest.index(f"toe.{side}")
    return turns.of(leg.end[0]), turns.of(toe), lowest


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("lean_rad", [-0.6, 0.0, 0.5, 1.3])
@pytest.mark.parametrize("level", [0.0, 0.5, 1.0])
def test_a_raised_floor_is_a_floor(side: str, lean_rad: float, level: float) -> None:
    body = character()
    standing = read_sole(body, side).ankle_m
    for over_m in (-0.04, 0.0, 0.05, 0.25):
        low = turned(body, side, standing + over_m, 0.0, level, lean_rad)
        high = turned(body, side, standing + over_m + 0.45, 0.45, level, lean_rad)
        for one, other in zip(low, high, strict=True):
            assert np.allclose(one, other, atol=1e-9)


@pytest.mark.parametrize("side", SIDES)
def test_what_stands_is_level_and_its_height_is_told(side: str) -> None:
    body = character()
    standing = read_sole(body, side).ankle_m
    foot, toe, lowest = turned(body, side, standing, 0.0, 1.0, 0.4)
    assert np.allclose(foot, np.eye(3), atol=1e-9) and np.allclose(toe, np.eye(3), atol=1e-9)
    assert np.allclose(lowest, 0.0, atol=1e-9)
    for over_m in (0.03, 0.2):
        assert np.allclose(turned(body, side, standing + over_m, 0.0, 1.0, 0.4)[2], over_m, atol=1e-9)
    assert turned(body, side, standing - 0.05, 0.0, 1.0, 0.0)[2].max() < -0.03  # the heel cannot give way


def test_feet_are_level_near_the_floor_under_shins_that_stand() -> None:
    body = character()
    up, leg = np.array([0.0, 0.0, 1.0]), body.leg_length_m
    assert np.all(level_weight(body, still(0.0), still(-up), FPS) == pytest.approx(1.0))
    assert not level_weight(body, still(0.12 * leg), still(-up), FPS).any()
    assert not level_weight(body, still(0.0), still([0.0, 1.0, -0.1]), FPS).any()
    leans = np.linspace(0.0, np.pi, 50)
    weight = upright_weight(np.stack([np.zeros(50), np.sin(leans), -np.cos(leans)], axis=-1))
    assert weight[0] == 1.0 and weight[-1] == 0.0 and np.all(np.diff(weight) <= 0.0)
