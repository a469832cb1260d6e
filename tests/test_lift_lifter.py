"""The lifter with its real weights."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from captured import pack_file
from numpy.typing import NDArray

from inference.errors import Cancelled, InferenceError, ModelError
from inference.evaluate.metrics import joint_errors_mm, p_mpjpe
from inference.evaluate.views import View, make_view
from inference.lift.lifter import Lifter
from inference.lift.normalise import mirror_poses
from inference.lift.weights import WEIGHTS_FOLDER, load_weights_info

SIZE = np.array([1280, 720])


@pytest.fixture(scope="module")
def lifter() -> Lifter:
    return Lifter(threads=1)


@pytest.fixture(scope="module")
def walk() -> NDArray[np.float64]:
    """(300, 17, 2) pixels: somebody who stands and waves arms and legs."""
    still = np.array(
        [[0, 0], [-9, 0], [-9, 42], [-9, 84], [9, 0], [9, 42], [9, 84], [0, -22], [0, -50], [0, -64], [0, -75],
         [17, -50], [22, -22], [25, 0], [-17, -50], [-22, -22], [-25, 0]]
    )  # fmt: skip
    phase = np.arange(300)[:, None, None] / 9.0 + np.arange(17)[None, :, None]
    return still[None] * 3.0 + 8.0 * np.sin(phase) * [1.0, 0.5] + SIZE / 2


def lift(lifter: Lifter, joints: NDArray[np.float64], fps: float = 30.0) -> NDArray[np.float32]:
    return lifter.lift(joints, np.ones(joints.shape[:2]), SIZE, fps)


def test_poses_are_root_relative_and_upright(lifter: Lifter, walk: NDArray[np.float64]) -> None:
    poses = lift(lifter, walk)
    assert poses.shape == (300, 17, 3) and poses.dtype == np.float32
    np.testing.assert_array_equal(poses[:, 0], 0.0)
    assert (poses[:, 10, 1] < poses[:, 8, 1]).all() and (poses[:, [3, 6], 1] > 0.3).all()


@pytest.mark.parametrize("frames", [1, 2, 13, 26, 27, 129])
def test_clips_of_any_length(lifter: Lifter, walk: NDArray[np.float64], frames: int) -> None:
    poses = lift(lifter, walk[:frames])
    assert poses.shape == (frames, 17, 3) and np.isfinite(poses).all()


def test_a_frame_depends_on_its_own_window_alone(walk: NDArray[np.float64]) -> None:
    lifter = Lifter("atcn-27", threads=2)
    whole = lift(lifter, walk)
    np.testing.assert_allclose(lift(lifter, walk[100:200])[13:-13], whole[113:187], atol=1e-5)


def test_the_mirror_image_gives_the_mirrored_pose(lifter: Lifter, walk: NDArray[np.float64]) -> None:
    flipped = mirror_poses(np.concatenate([walk - SIZE / 2, np.zeros((300, 17, 1))], axis=-1))[..., :2] + SIZE / 2
    np.testing.assert_allclose(lift(lifter, flipped), mirror_poses(lift(lifter, walk)), atol=1e-4)


def test_twice_the_frame_rate_gives_the_same_poses(lifter: Lifter, walk: NDArray[np.float64]) -> None:
    doubled = np.empty((599, 17, 2))
    doubled[::2] = walk
    doubled[1::2] = (walk[1:] + walk[:-1]) / 2
    np.testing.assert_allclose(lift(lifter, doubled, 60.0)[::2], lift(lifter, walk), atol=1e-4)


def test_true_times_go_before_the_nominal_rate(lifter: Lifter, walk: NDArray[np.float64]) -> None:
    keep = np.sort(np.random.default_rng(1).choice(300, 200, replace=False))
    ones = np.ones((200, 17))
    timed = lifter.lift(walk[keep], ones, SIZE, 20.0, frame_times_s=keep / 30.0)
    even = lifter.lift(walk[keep], ones, SIZE, 20.0)
    whole = lift(lifter, walk)[keep]
    assert np.abs(timed - whole).mean() < np.abs(even - whole).mean()


def test_unseen_joints_do_not_poison(lifter: Lifter, walk: NDArray[np.float64]) -> None:
    """Whatever stands in their place, and however long the network looks around: others change by less than 1 mm."""
    confidence, whole = np.ones((300, 17)), lift(lifter, walk)
    broken, wild = walk.copy(), walk.copy()
    confidence[20:23, 13] = 0.0
    broken[20:23, 13], wild[20:23, 13] = np.nan, [500.0, -80.0]
    poses = lifter.lift(broken, confidence, SIZE, 30.0)
    np.testing.assert_array_equal(lifter.lift(wild, confidence, SIZE, 30.0), poses)
    elsewhere = np.delete(np.linalg.norm(poses - whole, axis=-1), slice(20, 23), axis=0)
    assert 0.0 < elsewhere.max() < 1e-3
    np.testing.assert_array_equal(poses[23 + lifter.receptive_field :], whole[23 + lifter.receptive_field :])


def test_progress_counts_up_and_cancel_stops(lifter: Lifter, walk: NDArray[np.float64]) -> None:
    seen: list[tuple[int, int]] = []
    lifter.lift(walk, np.ones((300, 17)), SIZE, 30.0, progress=lambda done, total: seen.append((done, total)))
    assert [done for done, _ in seen] == sorted({done for done, _ in seen}) and seen[-1] == (300, 300)
    with pytest.raises(Cancelled):
        lifter.lift(walk, np.ones((300, 17)), SIZE, 30.0, cancelled=lambda: True)


def test_bad_times_and_rates_are_named(lifter: Lifter, walk: NDArray[np.float64]) -> None:
    ones, times = np.ones((300, 17)), np.arange(300.0)
    times[7] = times[6]
    with pytest.raises(InferenceError, match="frame 7 is not after"):
        lifter.lift(walk, ones, SIZE, 30.0, frame_times_s=times)
    with pytest.raises(InferenceError, match="frame rate is 0"):
        lifter.lift(walk, ones, SIZE, 0.0)


def test_missing_broken_and_foreign_weights(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"lifters at hand: .*atcn-27") as refused:
        Lifter("no-such")
    assert "contacts" not in refused.value.message
    with pytest.raises(ModelError, match="made for 'contacts', not for lifting"):
        Lifter("contacts")
    (tmp_path / "x.onnx").write_bytes(b"")
    (tmp_path / "x.json").write_text("{}")
    with pytest.raises(ModelError, match="cannot be read"):
        load_weights_info("x", tmp_path)
    metadata = json.loads((WEIGHTS_FOLDER / "atcn-27.json").read_text())
    (tmp_path / "x.json").write_text(json.dumps(metadata | {"normalisation": "other"}))
    with pytest.raises(ModelError, match="trained with inputs 'other'"):
        load_weights_info("x", tmp_path)


@pytest.fixture(scope="module")
def views() -> list[View]:
    path = pack_file()
    from inference.train.pack import read_pack

    pack = read_pack(path)
    return [make_view(pack.clip(index)[:40], 1, index) for index in range(0, len(pack), 12)]


def test_unseen_people_are_lifted_far_better_than_by_the_best_constant_pose(lifter: Lifter, views: list[View]) -> None:
    truth = np.concatenate([view.truth_m for view in views])
    poses = np.concatenate(
        [lifter.lift(v.exact_px, np.ones(v.exact_px.shape[:2]), v.size_px, 30.0, focal_px=v.focal_px) for v in views]
    )
    constant = np.broadcast_to(np.median(truth, axis=0), truth.shape)
    assert joint_errors_mm(poses, truth, 3).mean() < joint_errors_mm(constant, truth, 3).mean() / 3
    assert p_mpjpe(poses, truth) < p_mpjpe(constant, truth) / 2


def test_a_known_focal_length_beats_an_assumed_one_off_the_axis(lifter: Lifter, views: list[View]) -> None:
    errors = {True: 0.0, False: 0.0}
    for view in views:
        for known in errors:
            focal = view.focal_px if known else None
            ones = np.ones(view.exact_px.shape[:2])
            poses = lifter.lift(view.exact_px, ones, view.size_px, 30.0, focal_px=focal)
            errors[known] += float(joint_errors_mm(poses, view.truth_m, 3).mean())
    assert errors[True] < errors[False]
