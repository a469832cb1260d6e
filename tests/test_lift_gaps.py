"""What is hidden goes on as it stood to what is seen."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from inference.joints import COUNT, INDEX
from inference.lift.gaps import fill_gaps

FRAMES = 40


def jumping_figure(rng: np.random.Generator) -> NDArray[np.float64]:
    """(T, 17, 2) pixels of a figure that keeps its pose and moves along no straight line."""
    path = np.cumsum(rng.normal(size=(FRAMES, 1, 2)), axis=0)
    return np.asarray(300.0 + 80.0 * rng.normal(size=(1, COUNT, 2)) + 10.0 * path)


def some_hidden(rng: np.random.Generator, whole: int) -> NDArray[np.bool_]:
    """(T, 17) which joints are seen: of each but `whole` a stretch is hidden, here and there up to the clip's end."""
    seen = np.ones((FRAMES, COUNT), np.bool_)
    for joint in range(COUNT):
        begin = rng.integers(-10, FRAMES - 10)
        seen[max(begin, 0) : begin + rng.integers(5, 25), joint] = joint == whole
    return seen


@pytest.mark.parametrize("whole", range(COUNT))
def test_hidden_joints_move_with_those_that_are_seen(whole: int) -> None:
    rng = np.random.default_rng(whole)
    truth, seen = jumping_figure(rng), some_hidden(rng, whole)
    filled = fill_gaps(np.where(seen[..., None], truth, np.nan), seen)
    np.testing.assert_allclose(filled, truth, atol=1e-9)


def test_a_limb_that_turns_meanwhile_is_led_from_its_old_to_its_new_direction() -> None:
    track = np.zeros((5, COUNT, 2))
    track[:, INDEX["right_knee"]] = [1.0, 10.0]
    track[:, INDEX["right_ankle"]] = [1.0, 20.0]
    track[-1, INDEX["right_ankle"]] = [11.0, 10.0]
    seen = np.ones((5, COUNT), np.bool_)
    seen[1:4, INDEX["right_ankle"]] = False
    expected = [[1.0, 20.0], [3.5, 17.5], [6.0, 15.0], [8.5, 12.5], [11.0, 10.0]]
    np.testing.assert_allclose(fill_gaps(track, seen)[:, INDEX["right_ankle"]], expected)
    uneven = fill_gaps(track, seen, np.array([0.0, 1.0, 2.0, 3.0, 8.0]))
    np.testing.assert_allclose(uneven[3, INDEX["right_ankle"]], [4.75, 16.25])


def test_frames_that_show_nobody_are_led_over_and_ends_held() -> None:
    track = np.arange(8.0)[:, None, None] + np.random.default_rng(1).normal(size=(1, COUNT, 2))
    seen = np.ones((8, COUNT), np.bool_)
    seen[:2] = seen[4:6] = seen[7:] = False
    filled = fill_gaps(np.where(seen[..., None], track, np.nan), seen)
    np.testing.assert_allclose(filled, track[[2, 2, 2, 3, 4, 5, 6, 6]])


def test_a_joint_never_seen_stands_on_its_neighbour() -> None:
    track = np.random.default_rng(1).normal(size=(5, COUNT, 2))
    seen = np.ones((5, COUNT), np.bool_)
    seen[:, [12, 13]] = False
    np.testing.assert_array_equal(fill_gaps(track, seen)[:, 13], track[:, 11])
    only_wrist = np.zeros((5, COUNT), np.bool_)
    only_wrist[:, 16] = True
    np.testing.assert_array_equal(fill_gaps(track, only_wrist), np.repeat(track[:, 16:], COUNT, axis=1))


def test_what_is_seen_stays_and_clips_are_filled_each_by_itself() -> None:
    rng = np.random.default_rng(4)
    clips = rng.normal(size=(6, FRAMES, COUNT, 2)).astype(np.float32)
    seen = np.array([some_hidden(rng, whole) for whole in range(6)])
    seen[5] = True
    together = fill_gaps(clips, seen)
    assert together.dtype == np.float32
    np.testing.assert_array_equal(together[seen], clips[seen])
    for alone, clip, sight in zip(together, clips, seen, strict=True):
        np.testing.assert_array_equal(fill_gaps(clip, sight), alone)
