"""Datasets with their own cameras and 2D joints, in small files of the same form."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from inference.data.pose_file import PoseClip, write_poses
from inference.errors import InferenceError
from inference.evaluate.__main__ import main
from inference.evaluate.dataset import evaluate_dataset, given_track, true_track
from inference.lift.lifter import Lifter

STANDING = np.array(
    [[0, 0, 0], [-9, 0, 0], [-9, 43, 0], [-9, 86, 0], [9, 0, 0], [9, 43, 0], [9, 86, 0], [0, -22, 4], [0, -50, 0],
     [0, -68, -10], [0, -80, 0], [18, -50, 0], [22, -21, 0], [25, -3, 0], [-18, -50, 0], [-22, -21, 0], [-25, -3, 0]]
) / 100.0  # fmt: skip
FOCAL, CENTRE = np.array([1150.0, 1140.0]), np.array([510.0, 505.0])


def clip(action: str, frames: int, fps: float = 50.0) -> PoseClip:
    """Somebody who walks sideways, 4 m away, as a camera like Human3.6M's sees it."""
    path = np.zeros((frames, 1, 3))
    path[:, 0] = [0.0, 0.0, 4.0]
    path[:, 0, 0] = np.linspace(-0.5, 0.5, frames)
    joints = (STANDING + path).astype(np.float32)
    pixels = joints[..., :2] / joints[..., 2:] * FOCAL + CENTRE
    return PoseClip(
        "S9", action, "c1", fps, joints, pixels.astype(np.float32), None,
        (FOCAL[0], FOCAL[1]), (CENTRE[0], CENTRE[1]), (1000.0, 1002.0),
    )  # fmt: skip


@pytest.fixture(scope="module")
def lifter() -> Lifter:
    return Lifter("atcn-27", threads=1)


def test_given_2d_of_a_perfect_detector_is_the_projected_truth(lifter: Lifter) -> None:
    one = clip("walk", 6)
    true, given = true_track(one), given_track(one)
    assert true is not None and given is not None
    np.testing.assert_allclose(true[0], given[0], atol=1e-6)
    figures = evaluate_dataset(lifter, [one])["conditions"]
    for name in ("mpjpe_mm", "p_mpjpe_mm", "n_mpjpe_mm"):
        assert figures["true_2d"][name] == pytest.approx(figures["given_2d"][name], abs=0.05)
    assert 0.0 < figures["true_2d"]["p_mpjpe_mm"] < 100.0


def test_means_by_action_and_by_frame_are_both_there(lifter: Lifter) -> None:
    figures = evaluate_dataset(lifter, [clip("walk", 4), clip("walk", 6), clip("sit", 3, 25.0)])["conditions"][
        "true_2d"
    ]
    actions = figures["actions"]
    assert {kind: actions[kind]["frames"] for kind in actions} == {"sit": 3, "walk": 10}
    whole = (10 * actions["walk"]["n_mpjpe_mm"] + 3 * actions["sit"]["n_mpjpe_mm"]) / 13
    assert figures["n_mpjpe_mm"] == pytest.approx(whole, abs=1e-3)
    mean = (actions["walk"]["n_mpjpe_mm"] + actions["sit"]["n_mpjpe_mm"]) / 2
    assert figures["n_mpjpe_mm_mean_over_actions"] == pytest.approx(mean, abs=1e-3)


def test_joints_and_frames_that_the_truth_lacks_are_left_out(lifter: Lifter) -> None:
    one = clip("walk", 8)
    joints = one.joints_m.copy()
    joints[:, 10] = np.nan  # a dataset without the top of the head
    joints[3, 5] = np.nan  # a frame without a knee
    figures = evaluate_dataset(lifter, [replace(one, joints_m=joints)])
    assert "head" not in figures["joints"] and "left_knee" in figures["joints"]
    assert figures["conditions"]["given_2d"]["frames"] == 7
    assert "head" not in figures["conditions"]["given_2d"]["joints"]["mpjpe_mm"]


def test_what_cannot_be_evaluated_is_said(lifter: Lifter, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    headless = np.full((4, 17, 3), np.nan, np.float32)
    with pytest.raises(InferenceError, match="no pelvis"):
        evaluate_dataset(lifter, [replace(clip("walk", 4), joints_m=headless)])
    (tmp_path / "x.npz").write_bytes(b"no")
    assert main(["lifter", "--data", str(tmp_path / "x.npz"), "--out", str(tmp_path)]) == 1
    assert "x.npz cannot be read" in capsys.readouterr().err


def test_the_command_prints_a_line_an_action(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "h36m_test.npz"
    write_poses(path, [clip("Walking", 5), clip("Eating", 5)], "h36m", "test")
    command = ["lifter", "--data", str(path), "--out", str(tmp_path), "--lifter", "atcn-27", "--threads", "1"]
    assert main(command) == 0
    said = capsys.readouterr().out
    assert said.count("Walking") == 2 and said.count("all frames") == 2
    report = json.loads((tmp_path / "h36m_test.json").read_text())
    assert set(report["weights"]["atcn-27"]["conditions"]) == {"true_2d", "given_2d"}
    assert report["date"]


def test_an_off_centre_camera_changes_nothing(lifter: Lifter) -> None:
    one = clip("walk", 4)
    moved: NDArray[np.float32] = one.keypoints_px + np.float32(200.0)
    shifted = replace(one, keypoints_px=moved, centre_px=(CENTRE[0] + 200.0, CENTRE[1] + 200.0))
    a, b = (evaluate_dataset(lifter, [c])["conditions"]["given_2d"]["mpjpe_mm"] for c in (one, shifted))
    assert a == pytest.approx(b, abs=0.05)
