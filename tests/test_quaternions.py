"""Quaternion maths: order, inverses, round trips and continuity."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from rigs import quaternions as q
from rigs.arrays import FloatArray
from rigs.vectors import unit

RNG = np.random.default_rng(7)
MANY = q.normalize(RNG.normal(size=(500, 4)))
OTHERS = q.normalize(RNG.normal(size=(500, 4)))
VECTORS = RNG.normal(size=(500, 3))
HALF_TURNS = np.concatenate([np.zeros((50, 1)), unit(RNG.normal(size=(50, 3)))], axis=-1)


def same_rotation(first: FloatArray, second: FloatArray) -> bool:
    return bool(np.allclose(np.abs(np.sum(first * second, axis=-1)), 1.0, atol=1e-12))


def test_order_is_wxyz_and_turns_are_right_handed() -> None:
    quarter = np.array([np.cos(np.pi / 4), 0.0, 0.0, np.sin(np.pi / 4)])
    assert np.allclose(q.rotate(quarter, np.array([1.0, 0.0, 0.0])), [0.0, 1.0, 0.0])
    assert np.allclose(q.from_axis_angle(np.array([0.0, 0.0, 1.0]), np.array(np.pi / 2)), quarter)


def test_product_turns_by_the_second_first() -> None:
    both = q.rotate(q.multiply(MANY, OTHERS), VECTORS)
    assert np.allclose(both, q.rotate(MANY, q.rotate(OTHERS, VECTORS)))
    assert np.allclose(q.to_matrix(q.multiply(MANY, OTHERS)), q.to_matrix(MANY) @ q.to_matrix(OTHERS))


def test_inverse_undoes() -> None:
    assert np.allclose(q.rotate(q.inverse(MANY), q.rotate(MANY, VECTORS)), VECTORS)
    assert np.allclose(q.multiply(MANY, q.inverse(MANY)), q.IDENTITY)


@pytest.mark.parametrize("quaternions", [MANY, HALF_TURNS, q.IDENTITY[None]])
def test_matrix_round_trip(quaternions: FloatArray) -> None:
    back = q.from_matrix(q.to_matrix(quaternions))
    assert same_rotation(back, quaternions)
    assert np.all(back[..., 0] >= 0.0)


def test_log_and_exp_are_inverse() -> None:
    assert same_rotation(q.exp(q.log(MANY)), MANY)
    vectors = unit(VECTORS) * RNG.uniform(0, np.pi - 1e-6, (500, 1))
    assert np.allclose(q.log(q.exp(vectors)), vectors)
    assert np.allclose(q.exp(np.zeros(3)), q.IDENTITY)
    assert np.allclose(q.log(q.IDENTITY), 0.0)


def test_swing_carries_and_is_shortest() -> None:
    start, end = unit(VECTORS), unit(VECTORS[::-1])
    turn = q.swing(VECTORS, 3.0 * VECTORS[::-1])
    assert np.allclose(q.rotate(turn, start), end)
    between = np.arccos(np.clip(np.sum(start * end, axis=-1), -1.0, 1.0))
    assert np.allclose(np.linalg.norm(q.log(turn), axis=-1), between, atol=1e-6)


def test_swing_of_opposite_directions_is_half_a_turn() -> None:
    turn = q.swing(VECTORS, -VECTORS)
    assert np.allclose(q.rotate(turn, VECTORS), -VECTORS)
    assert np.allclose(np.linalg.norm(turn, axis=-1), 1.0)


def test_slerp_keeps_ends_and_speed() -> None:
    assert same_rotation(q.slerp(MANY, OTHERS, np.zeros(500)), MANY)
    assert same_rotation(q.slerp(MANY, OTHERS, np.ones(500)), OTHERS)
    thirds = [q.slerp(MANY, OTHERS, np.full(500, share)) for share in (0.0, 1 / 3, 2 / 3, 1.0)]
    steps = [np.linalg.norm(q.log(q.multiply(b, q.inverse(a))), axis=-1) for a, b in pairwise(thirds)]
    assert np.allclose(steps[0], steps[1]) and np.allclose(steps[1], steps[2])
    assert np.all(steps[0] <= np.pi / 3 + 1e-9)


def test_continuous_signs_change_no_rotation() -> None:
    angles = np.linspace(0, 12 * np.pi, 400)
    smooth = q.from_axis_angle(np.array([0.0, 0.6, 0.8]), angles)
    torn = smooth * np.where(RNG.random(400) < 0.5, -1.0, 1.0)[:, None]
    mended = q.make_continuous(torn)
    assert same_rotation(mended, smooth)
    assert np.all(np.sum(mended[1:] * mended[:-1], axis=-1) > 0.99)
    assert mended[0, 0] >= 0.0
