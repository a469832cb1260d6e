"""Joints out of sight are placed by the rest of the body, and what is seen stays."""

from __future__ import annotations

import numpy as np
import pytest

from inference.lift.gaps import fill_gaps
from inference.refine.hidden import fill_hidden

FRAMES = 150
TIMES = np.arange(FRAMES) / 30.0
RNG = np.random.default_rng(4)
HIDDEN = [1, 2, 3, 13]
GAP = slice(60, 95)


def swaying() -> np.ndarray:
    """A body that walks on while it bends and turns by three slow movements, each joint in its own way."""
    movements = np.sin(TIMES[:, None] * [2.0, 3.1, 4.7] + [0.0, 1.0, 2.0])
    shape = RNG.normal(0.0, 80.0, (17, 2))
    bends = 60.0 * RNG.normal(size=(3, 17, 2))
    walk = np.stack([300.0 + 60.0 * np.sin(2.5 * TIMES), np.full(FRAMES, 400.0)], axis=-1)
    return shape + np.einsum("tm,mjc->tjc", movements, bends) + walk[:, None]


TRUE = swaying()


def unseen(gap: slice, joints: list[int]) -> np.ndarray:
    seen = np.ones((FRAMES, 17), np.bool_)
    seen[gap, joints] = False
    return seen


def off(filled: np.ndarray, seen: np.ndarray) -> float:
    return float(np.linalg.norm(filled - TRUE, axis=-1)[~seen].mean())


def test_what_is_seen_stays_and_nothing_is_missing() -> None:
    seen = RNG.random((FRAMES, 17)) > 0.3
    seen[40:80, 5:9] = False
    filled = fill_hidden(np.where(seen[..., None], TRUE, np.nan), seen, TIMES)
    assert np.array_equal(filled[seen], TRUE[seen])
    assert np.isfinite(filled).all()


@pytest.mark.parametrize("gap", [GAP, slice(0, 30), slice(120, FRAMES)])
def test_a_hidden_joint_moves_as_it_did_with_the_others(gap: slice) -> None:
    seen = unseen(gap, HIDDEN)
    hidden_px = np.where(seen[..., None], TRUE, np.nan)
    assert off(fill_hidden(hidden_px, seen, TIMES), seen) < 0.5 * off(fill_gaps(hidden_px, seen, TIMES), seen)


def test_place_and_size_in_the_picture_make_no_difference() -> None:
    seen = unseen(GAP, HIDDEN)
    moved = fill_hidden(3.0 * TRUE + 50.0, seen, TIMES)
    assert np.allclose(moved, 3.0 * fill_hidden(TRUE, seen, TIMES) + 50.0)


def test_a_joint_leaves_and_comes_back_where_it_was_seen() -> None:
    seen, jumping = unseen(GAP, HIDDEN), TRUE.copy()
    jumping[GAP.stop :, HIDDEN] += 40.0
    filled = fill_hidden(jumping, seen, TIMES)[:, HIDDEN]
    step = np.linalg.norm(np.diff(filled - TRUE[:, HIDDEN], axis=0), axis=-1)
    assert step.max() < 0.5 * 40.0


def test_with_nothing_to_learn_from_the_way_is_straight_beside_the_visible_body() -> None:
    seen = unseen(slice(1, FRAMES), HIDDEN)
    filled = fill_hidden(TRUE, seen, TIMES)
    visible = [joint for joint in range(17) if joint not in HIDDEN]
    beside = filled[:, HIDDEN] - TRUE[:, visible].mean(axis=1, keepdims=True)
    assert np.allclose(beside, beside[:1])


@pytest.mark.parametrize("gap", [slice(70, 73), slice(0, FRAMES)])
def test_short_gaps_and_joints_never_seen_are_led_over_as_ever(gap: slice) -> None:
    seen = unseen(gap, HIDDEN)
    assert np.array_equal(fill_hidden(TRUE, seen, TIMES), fill_gaps(TRUE, seen, TIMES))
