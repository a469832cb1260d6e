"""Long gaps: somebody out of sight comes to rest, and is back in time."""

from __future__ import annotations

import numpy as np
import pytest
from test_world import AT, walking_clip

from inference.refine.bones import USUAL_M, impose_bone_lengths
from inference.refine.fill import bridge
from inference.refine.rest import rest_in_gaps

FPS = 30.0


def clip_with_gap(first: int, end: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Poses bridged over a gap, somebody with both hands up; who is seen; times."""
    poses = walking_clip(240)
    poses = poses - poses[:, :1]
    for side in ("left", "right"):
        poses[:, AT[f"{side}_wrist"], 2] += 1.0
    seen = np.ones(len(poses), np.bool_)
    seen[first:end] = False
    times = np.arange(len(poses)) / FPS
    return bridge(poses, seen, times), seen, times


def test_frames_that_are_seen_and_short_gaps_stay() -> None:
    short = int(1.9 * FPS)
    for first, end in ((60, 60 + short), (0, short), (240 - short, 240)):
        poses, seen, times = clip_with_gap(first, end)
        assert np.array_equal(rest_in_gaps(poses, seen, times), poses)
    poses, seen, times = clip_with_gap(60, 200)
    assert np.array_equal(rest_in_gaps(poses, seen, times)[seen], poses[seen])


@pytest.mark.parametrize(("first", "end"), [(60, 200), (0, 120), (100, 240)])
def test_a_long_gap_is_spent_standing(first: int, end: int) -> None:
    poses, seen, times = clip_with_gap(first, end)
    rested = rest_in_gaps(poses, seen, times)
    calm = slice(first + int(2.0 * FPS) if first else 0, end - int(1.1 * FPS) if end < len(times) else end)
    for side in ("left", "right"):
        wrist, shoulder, hip = (rested[calm, AT[f"{side}_{part}"]] for part in ("wrist", "shoulder", "hip"))
        assert (wrist[:, 2] < hip[:, 2] + 0.1).all() and (shoulder[:, 2] > 0.45).all()
    left = rested[calm, AT["left_hip"]] - rested[calm, AT["right_hip"]]
    before = poses[calm, AT["left_hip"]] - poses[calm, AT["right_hip"]]
    assert (np.einsum("ti,ti->t", left, before) > 0.9 * 0.18 * np.linalg.norm(before, axis=1)).all(), "turned away"
    assert (rested[calm, AT["nose"], 1] < 0.0).all(), "looks backwards"
    bones = np.linalg.norm(impose_bone_lengths(rested, USUAL_M)[calm][:, 1:], axis=-1)
    assert np.isfinite(bones).all()


def test_nobody_jumps_into_rest_or_out_of_it() -> None:
    poses, seen, times = clip_with_gap(60, 200)
    steps = np.linalg.norm(np.diff(rest_in_gaps(poses, seen, times), axis=0), axis=-1)
    assert steps[58:201].max() < 1.6 * 1.5 / FPS, "1.6 m of a wrist's way in a second, half as fast again at its middle"
