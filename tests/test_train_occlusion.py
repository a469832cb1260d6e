"""Occlusion augmentation: what is lost, how it is filled, and which joints ten cylinders hide."""

from __future__ import annotations

import numpy as np
import pytest

from inference.joints import COUNT, INDEX
from inference.lift.normalise import MIRRORED
from inference.train.compare_visibility import compare
from inference.train.cylinder_man import visible
from inference.train.occlusion import OcclusionModel, draw_lost, occlude

NOTHING = OcclusionModel(point=0, frame=0, long_point=0, long_frame=0, shift=0, swap=0, hidden=0)
FACING = np.array(
    [[0, 0, 0], [-.09, 0, 0], [-.09, .43, 0], [-.09, .86, 0], [.09, 0, 0], [.09, .43, 0], [.09, .86, 0], [0, -.22, 0],
     [0, -.5, 0], [0, -.68, -.1], [0, -.8, 0], [.18, -.5, 0], [.22, -.21, 0], [.25, .03, 0], [-.18, -.5, 0],
     [-.22, -.21, 0], [-.25, .03, 0]], np.float32
)  # fmt: skip


def random_rays(count: int = 300, frames: int = 27) -> np.ndarray:
    rays = np.random.default_rng(1).normal(size=(count, frames, COUNT, 2)).astype(np.float32)
    rays[:, :, 0] = (rays[:, :, 1] + rays[:, :, 4]) / 2
    rays[:, :, 8] = (rays[:, :, 11] + rays[:, :, 14]) / 2
    return rays


# A stretch of 2..26 frames that meets a window of 27 has 8.9 frames of it inside on average.
@pytest.mark.parametrize(
    ("kind", "share"), [("point", 0.2), ("frame", 0.2), ("long_point", 0.2 * 8.9 / 27), ("long_frame", 8.9 / 27)]
)
def test_each_masking_loses_the_share_that_it_says(kind: str, share: float) -> None:
    model = OcclusionModel(**{"point": 0.0, "frame": 0.0, "long_point": 0.0, "long_frame": 0.0, kind: 1.0})
    lost = draw_lost(4000, 27, np.random.default_rng(3), model)
    whole_frames = lost.all(axis=2).sum() / max(lost.any(axis=2).sum(), 1)
    assert (whole_frames == 1.0) == kind.endswith("frame")
    runs = np.abs(np.diff(lost.astype(np.int8), axis=1)).sum(axis=1)
    assert (runs.max() <= 2) == kind.startswith("long")
    assert lost.mean() == pytest.approx(share, rel=0.1)


def test_no_joint_is_lost_for_a_whole_window() -> None:
    model = OcclusionModel(point=1.0, frame=1.0, long_point=1.0, long_frame=1.0, share=0.9)
    lost = draw_lost(500, 9, np.random.default_rng(4), model)
    assert lost.mean() > 0.5 and not lost.all(axis=1).any()


def test_windows_that_lose_nothing_stay_as_they_are() -> None:
    rays = random_rays()
    height = np.ones(len(rays), np.float32)
    np.testing.assert_array_equal(occlude(rays, height, np.random.default_rng(5), NOTHING), rays)
    before = rays.copy()
    changed = occlude(rays, height, np.random.default_rng(5))
    np.testing.assert_array_equal(rays, before)
    kept = (changed == rays).all(axis=(1, 2, 3)).mean()
    model = OcclusionModel()
    chances = (model.point, model.frame, model.long_point, model.long_frame, model.shift, model.swap)
    assert kept == pytest.approx(np.prod([1.0 - chance for chance in chances]), abs=0.08)


def test_exchanged_sides_are_exchanged_for_one_stretch() -> None:
    rays = random_rays()
    ones = np.ones(len(rays), np.float32)
    changed = occlude(rays, ones, np.random.default_rng(6), OcclusionModel(0, 0, 0, 0, shift=0, swap=1.0))
    moved = (changed != rays).any(axis=-1)
    exchanged = (changed == rays[:, :, MIRRORED]).all(axis=-1)
    assert exchanged[moved].all()
    limbs = moved[:, :, [INDEX["right_wrist"], INDEX["right_ankle"]]]
    assert (limbs.any(axis=1).sum(axis=1) == 1).all()
    assert (np.abs(np.diff(moved.any(axis=-1).astype(int), axis=1)).sum(axis=1) <= 2).all()


def test_shifts_grow_with_the_person() -> None:
    rays, model = random_rays(), OcclusionModel(0, 0, 0, 0, shift=1.0, swap=0)
    far = occlude(rays, np.full(len(rays), 0.2, np.float32), np.random.default_rng(7), model) - rays
    near = occlude(rays, np.full(len(rays), 0.6, np.float32), np.random.default_rng(7), model) - rays
    np.testing.assert_allclose(near, 3.0 * far, atol=1e-5)
    assert far.std() > 0


def test_a_hidden_joint_is_lost_where_it_is_known() -> None:
    rays = random_rays(50)
    joints = np.tile(FACING, (50, 27, 1, 1))
    joints[:, 10:15, INDEX["left_wrist"]] = (0.0, -0.25, 0.3)  # behind the trunk, for as long as from look to look
    joints[:, :, INDEX["right_wrist"]] = (0.0, -0.25, 0.3)  # always: nothing to fill it from, so it stays
    model = OcclusionModel(0, 0, 0, 0, shift=0, swap=0, hidden=1.0)
    changed = occlude(rays, np.ones(50, np.float32), np.random.default_rng(8), model, joints)
    moved = np.zeros(rays.shape[:3], bool)
    moved[:, 10:15, INDEX["left_wrist"]] = True
    np.testing.assert_array_equal((changed != rays).any(axis=-1), moved)


def test_cylinders_hide_what_stands_behind_the_body() -> None:
    assert visible(FACING).all()
    behind = FACING.copy()
    behind[INDEX["left_wrist"]] = (0.0, -0.25, 0.3)
    before = behind.copy()
    before[INDEX["left_wrist"], 2] = -0.3
    assert not visible(behind)[INDEX["left_wrist"]]
    assert visible(before)[INDEX["left_wrist"]]
    side = np.stack([FACING[:, 2], FACING[:, 1], FACING[:, 0]], axis=-1)  # left is farther away
    hidden = {name for name, index in INDEX.items() if not visible(side)[index]}
    assert {"left_knee", "left_elbow"} <= hidden
    assert not {"right_knee", "right_ankle", "right_elbow", "right_wrist"} & hidden


def test_the_cylinders_are_compared_with_the_mesh() -> None:
    wrist, knee, elbow = INDEX["left_wrist"], INDEX["left_knee"], INDEX["left_elbow"]
    poses = np.tile(FACING, (10, 1, 1))
    poses[:4, wrist] = (0.0, -0.25, 0.3)  # behind the trunk in four frames
    gaps = np.zeros((10, COUNT), np.float32)
    gaps[2:6, wrist] = 0.3  # the mesh hides it in two of these, and in two others
    gaps[:, knee] = 0.05  # its own flesh
    gaps[:5, elbow] = 1.5  # furniture: these frames do not count
    result = compare(poses, gaps)
    assert (result.mesh[wrist], result.cylinders[wrist], result.same[wrist]) == pytest.approx((0.4, 0.4, 0.6))
    assert (result.found[wrist], result.right[wrist]) == pytest.approx((0.5, 0.5))
    assert result.mesh[knee] == result.mesh[elbow] == 0.0 and np.isnan(result.found[knee])


def test_visibility_is_that_of_each_pose_alone_and_mirrors_with_it() -> None:
    poses = FACING + np.random.default_rng(9).normal(scale=0.2, size=(30, COUNT, 3)).astype(np.float32)
    together = visible(poses)
    assert 0.02 < 1 - together.mean() < 0.5
    np.testing.assert_array_equal(together, [visible(pose) for pose in poses])
    mirrored = (poses * np.array([-1, 1, 1], np.float32))[:, MIRRORED]
    np.testing.assert_array_equal(visible(mirrored), together[:, MIRRORED])
