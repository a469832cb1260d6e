"""Rare movements are learned from more often than their share of the motion capture."""

from __future__ import annotations

import numpy as np

from inference.train.bodies import sample_windows
from inference.train.pack import MotionPack
from inference.train.variety import balanced

COMMON, RARE = 3000, 100


def pack_of_walks_and_a_cartwheel() -> MotionPack:
    """One long clip of small swings, in which everybody faces elsewhere, and a short one of a body that turns over."""
    rng = np.random.default_rng(5)
    body = rng.normal(0.0, 0.4, (17, 3))
    swing = 0.05 * np.sin(np.arange(COMMON)[:, None, None] / 9.0 + rng.uniform(0, 6, (17, 3)))
    roll = np.linspace(0.0, 2 * np.pi, RARE)
    over = np.stack([np.cos(roll), np.sin(roll)], axis=1)
    turned = np.stack([body[:, 0] + 0 * roll[:, None], *(_turn(body, over))], axis=-1)
    return MotionPack(
        joints=np.concatenate([body + swing, turned]).astype(np.float32),
        offsets=np.array([0, COMMON, COMMON + RARE]),
        names=np.array(["a_1", "a_2"]),
        fps=30.0,
    )


def _turn(body: np.ndarray, over: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    y, z = body[:, 1], body[:, 2]
    return over[:, :1] * y - over[:, 1:] * z, over[:, 1:] * y + over[:, :1] * z


def test_the_rare_is_drawn_more_often_and_stays_rarer_than_the_common() -> None:
    pack = balanced(pack_of_walks_and_a_cartwheel())
    assert pack.chances is not None
    chances = np.diff(pack.chances, prepend=0.0)
    assert chances.min() > 0.0 and np.isclose(pack.chances[-1], 1.0)
    share = chances[COMMON:].sum()
    assert 2 * RARE / (COMMON + RARE) < share < 0.5


def test_windows_are_drawn_by_the_chances() -> None:
    pack = balanced(pack_of_walks_and_a_cartwheel())
    assert pack.chances is not None
    windows = sample_windows(pack, 4000, 1, np.random.default_rng(2), target=0, vary_tempo=False)
    rare = {frame.tobytes() for frame in pack.joints[COMMON:]}
    drawn = np.mean([window[0].tobytes() in rare for window in windows])
    assert abs(drawn - (1.0 - pack.chances[COMMON - 1])) < 0.03


def test_which_way_somebody_faces_does_not_matter() -> None:
    pack = pack_of_walks_and_a_cartwheel()
    spun = pack.joints[..., [1, 0, 2]] * np.array([1, -1, 1], np.float32)
    turned = MotionPack(spun, pack.offsets, pack.names, pack.fps)
    one, other = balanced(pack), balanced(turned)
    assert one.chances is not None and other.chances is not None
    np.testing.assert_allclose(one.chances[COMMON - 1], other.chances[COMMON - 1], atol=0.02)
