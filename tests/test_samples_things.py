"""Things that hide half of a person hide that half, while they are there, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("cv2", reason="needs the runtime environment")

from samples.things import Thing, choose_board, choose_thing, walk_past

FPS, FRAMES = 30.0, 90
BEHIND = np.full((120, 160, 3), 40, np.uint8)
LOOK = np.full((120, 160, 3), 200, np.uint8)
NOT_THERE = [np.nan, np.nan]


def hidden(thing: Thing, frame: int) -> np.ndarray:
    """(H, W) True where the thing is seen."""
    drawn = thing.draw(BEHIND, frame)
    assert np.isin(drawn, [40, 200]).all()
    return drawn[..., 0] == 200


def test_a_half_plane_begins_at_its_edge_and_a_strip_ends() -> None:
    edge = np.array([[80.0, 60.0], NOT_THERE])
    half, strip = (Thing(edge, np.array([1.0, 0.0]), width, LOOK) for width in (4_000.0, 30.0))
    assert not hidden(half, 0)[:, :80].any()
    assert hidden(half, 0)[:, 81:].all()
    assert hidden(strip, 0)[:, 81:110].all()
    assert not hidden(strip, 0)[:, 112:].any()
    assert not hidden(half, 1).any()
    left, right = np.array([[70.0, 60.0]]), np.array([[100.0, 20.0]])
    assert half.covers(right, 0) and strip.covers(right, 0)
    assert not (half.covers(left, 0) or half.covers(right, 1) or strip.covers(right + 30.0, 0))


def test_things_come_for_a_while_and_hide_a_part_of_the_person() -> None:
    rng = np.random.default_rng(4)
    person = rng.uniform([60.0, 20.0], [100.0, 100.0], (17, 2))
    walks = person + np.linspace(-20.0, 20.0, FRAMES)[:, None, None] * [1.0, 0.0]
    shares, lasted = [], []
    for _ in range(60):
        thing = choose_thing(walks, LOOK, FPS, rng)
        assert np.isclose(np.linalg.norm(thing.normal), 1.0)
        there = np.isfinite(thing.edge_px).all(axis=1)
        depth = (walks[there] - thing.edge_px[there][:, None]) @ thing.normal
        shares.append(((depth > 0.0) & (depth < thing.width_px)).any(axis=1).mean())
        lasted.append(there.mean())
    assert np.mean(shares) > 0.6
    assert 0.15 < np.median(lasted) < 0.6


def test_who_walks_past_meets_the_line_of_sight_once_before_the_person() -> None:
    rng = np.random.default_rng(8)
    places = np.tile(np.eye(4), (FRAMES, 1, 1))
    places[:, :3, 3] = [0.0, -4.0, 1.5]
    person = np.tile([0.3, 0.2, 0.9], (FRAMES, 1))
    for _ in range(20):
        other = np.array([2.0, 3.0, 0.8]) + np.cumsum(rng.normal(0.0, 0.002, (FRAMES, 3)), axis=0)
        passes = other + walk_past(person, other, places, FPS, rng)
        assert np.allclose(passes[:, 2], other[:, 2])
        towards = person[0] - places[0, :3, 3]
        depth = (passes - places[0, :3, 3])[:, :2] @ towards[:2] / (towards[:2] @ towards[:2])
        across = passes[:, :2] - (places[0, :3, 3][:2] + depth[:, None] * towards[:2])
        meets = int(np.linalg.norm(across, axis=1).argmin())
        assert FRAMES // 4 <= meets <= 3 * FRAMES // 4
        assert np.linalg.norm(across, axis=1)[meets] < 0.05
        assert 0.55 < depth[meets] < 0.95


def test_a_board_hides_a_part_of_the_person_all_along_and_spoils_no_picture() -> None:
    rng = np.random.default_rng(9)
    person = np.tile(rng.uniform([60.0, 20.0], [100.0, 100.0], (17, 2)), (FRAMES, 1, 1))
    for _ in range(20):
        board = choose_board(person, rng)
        assert board.covers(person[0], 0)
        drawn = board.draw(BEHIND, 0)
        hides = (drawn != 40).any(axis=-1)
        assert 0.0 < hides.mean() < 1.0
        assert (BEHIND == 40).all()
