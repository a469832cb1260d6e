"""The detector's own 3D corrects a lifted pose where it can, and harms nothing where it cannot."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from test_world import camera_from_world, walking_clip

from inference.errors import ModelError
from inference.joints import INDEX, NAMES
from inference.layouts import load_layout
from inference.lift.normalise import MIRRORED
from inference.refine import world
from inference.refine.blend_inputs import agreement, blend_inputs, body_axes, corrections_to, own_pose, to_camera_axes
from inference.refine.blend_network import BLEND_WEIGHTS, blended, load_blend
from inference.refine.vectors import unit

FRAMES = 40
TIMES = np.arange(FRAMES) / 30.0
LAYOUT = load_layout("h36m-17")
SURE = np.ones((FRAMES, 17))
FLIP = np.array([-1.0, 1.0, 1.0])
WRIST = INDEX["left_wrist"]
ARM = [INDEX["left_elbow"], WRIST]


def seen(absolute: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Root-relative poses, pixels and directions of sight of joints (T, 17, 3), camera axes."""
    px = 500.0 * absolute[..., :2] / absolute[..., 2:] + 320.0
    return absolute - absolute[:, :1], px, unit(absolute[:, 0])


def walker(frames: int = FRAMES) -> np.ndarray:
    """(T, 17, 3) absolute metres of somebody who walks, camera axes."""
    return world.transform(camera_from_world(5.0, 0.0, 1.4, 4.0), walking_clip(frames))


POSES, PX, SIGHTS = seen(walker())


def blend(lifted: np.ndarray, own: np.ndarray, px: np.ndarray = PX, used: np.ndarray = PX) -> np.ndarray:
    return blended(lifted, LAYOUT, own, px, used, SURE, SIGHTS, TIMES)


def bent(by_m: float) -> np.ndarray:
    """The walker with an arm that is wrong in depth."""
    poses = POSES.copy()
    poses[:, ARM, 2] += by_m
    return poses


def test_a_correction_leads_to_the_truth() -> None:
    lifted = POSES + np.random.default_rng(1).normal(0.0, 0.05, POSES.shape)
    lifted -= lifted[:, :1]
    assert np.allclose(lifted + to_camera_axes(corrections_to(POSES, lifted), lifted), POSES, atol=1e-9)
    axes = body_axes(lifted)
    assert np.allclose(axes @ axes.transpose(0, 2, 1), np.eye(3), atol=1e-9)
    assert np.allclose(np.linalg.det(axes), 1.0)


@pytest.mark.parametrize("by_m", [0.12, -0.12])
def test_an_arm_of_wrong_depth_goes_towards_where_the_detector_has_it(by_m: float) -> None:
    lifted = bent(by_m)
    before, behind = (np.abs((poses - POSES)[:, WRIST, 2]).mean() for poses in (lifted, blend(lifted, POSES)))
    assert behind < 0.9 * before


def test_without_any_3d_of_the_detector_nothing_changes() -> None:
    assert np.array_equal(blend(bent(0.1), np.full_like(POSES, np.nan)), bent(0.1))


def test_the_mirror_image_is_blended_into_the_mirror_image() -> None:
    lifted, wide = bent(0.1), 640.0
    flipped_px = PX[:, MIRRORED] * [-1.0, 1.0] + [wide, 0.0]
    flipped = blended(
        *(lifted[:, MIRRORED] * FLIP, LAYOUT, POSES[:, MIRRORED] * FLIP, flipped_px),
        *(flipped_px, SURE, SIGHTS * FLIP, TIMES),
    )
    assert np.allclose(flipped[:, MIRRORED] * FLIP, blend(lifted, POSES), atol=1e-9)


def test_the_size_of_the_detector_s_3d_does_not_matter() -> None:
    assert np.allclose(blend(bent(0.1), 0.5 * POSES), blend(bent(0.1), POSES), atol=1e-9)


def test_what_was_mended_is_not_looked_at() -> None:
    used = PX.copy()
    used[:, WRIST] += 200.0
    wrong = POSES.copy()
    wrong[:, WRIST] += 0.3
    own, other = (own_pose(LAYOUT, one, PX, used, POSES) for one in (POSES, wrong))
    assert own is not None and other is not None
    assert own.agrees[:, WRIST].max() < 1e-3 < 0.8 < np.delete(own.agrees, WRIST, axis=1).min()
    columns = slice(48 + 3 * (WRIST - 1), 48 + 3 * WRIST)
    features = blend_inputs(POSES, other, SURE, SIGHTS)[:, columns]
    assert np.abs(features).max() < 1e-2


def test_joints_agree_where_the_detector_has_them_in_3d() -> None:
    own, mended = POSES.copy(), PX.copy()
    own[30:] = np.nan
    mended[:, WRIST] += 200.0
    agrees = agreement(LAYOUT, own, PX, mended)
    others = [joint for joint, name in enumerate(NAMES) if joint != WRIST and name not in ("spine", "thorax")]
    assert (agrees[30:] == 0.0).all()
    assert agrees[:30, others].min() > 0.99
    assert agrees[:30, WRIST].max() < 0.01


def test_frames_without_3d_are_corrected_as_those_around_them() -> None:
    still = np.repeat(bent(0.1)[:1], FRAMES, axis=0)
    place, sights = np.repeat(PX[:1], FRAMES, axis=0), np.repeat(SIGHTS[:1], FRAMES, axis=0)
    own = np.repeat(POSES[:1], FRAMES, axis=0)
    gaps = own.copy()
    gaps[10:20], gaps[35:] = np.nan, np.nan
    whole, with_gaps = (blended(still, LAYOUT, one, place, place, SURE, sights, TIMES) for one in (own, gaps))
    assert not np.allclose(whole, still, atol=1e-3)
    assert np.allclose(with_gaps, whole, atol=1e-6)


def test_weights_that_are_missing_or_made_for_something_else_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"none\.npz"):
        load_blend(tmp_path / "none.npz")
    with np.load(BLEND_WEIGHTS, allow_pickle=False) as stored:
        arrays = dict(stored)
    arrays["enter.weight"] = arrays["enter.weight"][:, 1:]
    np.savez(tmp_path / "other.npz", **arrays)
    with pytest.raises(ModelError, match="expected"):
        load_blend(tmp_path / "other.npz")
