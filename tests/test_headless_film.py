"""The figures of a result against its film's truth."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from headless_support import walking_joints, write_result
from scipy.spatial.transform import Rotation

from inference.errors import InferenceError
from inference.evaluate.film import COMMON, evaluate_film, main
from inference.joints import INDEX
from inference.layouts.layouts import load_layout

FPS = 30.0


def write_pair(tmp_path: Path, change: dict[str, np.ndarray] | None = None) -> tuple[Path, Path]:
    """A result, perhaps with changed arrays, and the truth that the unchanged one is."""
    truth = write_result(tmp_path / "truth.npz", walking_joints(40, FPS), FPS)
    with np.load(truth, allow_pickle=False) as arrays:
        values = {name: arrays[name] for name in arrays.files} | (change or {})
    np.savez(tmp_path / "result.npz", **values)
    return tmp_path / "result.npz", truth


def test_the_truth_is_without_error(tmp_path: Path) -> None:
    figures = evaluate_film(*write_pair(tmp_path))
    assert figures["frames"] == 40
    assert all(figures[name] < 1e-2 for name in ("mpjpe_mm", "p_mpjpe_mm", "mpjve_mm", "limb_direction_error_deg"))
    assert "detector_world_p_mpjpe_mm" not in figures  # this result has no 3D of the detector's own


def test_a_turned_and_scaled_result_costs_mpjpe_and_not_p_mpjpe(tmp_path: Path) -> None:
    _, truth = write_pair(tmp_path)
    with np.load(truth) as arrays:
        joints = arrays["joints_camera_m"]
    turned = 1.1 * Rotation.from_euler("y", 20, degrees=True).apply(joints.reshape(-1, 3)).reshape(joints.shape)
    figures = evaluate_film(*write_pair(tmp_path, {"joints_camera_m": turned.astype(np.float32)}))
    assert figures["p_mpjpe_mm"] < 0.1
    assert figures["mpjpe_mm"] > 30.0
    assert figures["limb_direction_error_deg"] > 3.0


def test_the_detector_is_judged_by_the_same_rule(tmp_path: Path) -> None:
    """The detector's own 3D, exact but for 50 mm on one joint and missing in some frames."""
    result, truth = write_pair(tmp_path)
    with np.load(truth) as arrays:
        joints, own = arrays["joints_camera_m"], arrays["detector_world_m"].copy()
    points = load_layout("blazepose-33").points
    for name in COMMON:
        own[:, points.index(name)] = joints[:, INDEX[name]] - joints[:, :1].mean(axis=1)
    own[10:20] = np.nan
    exact = evaluate_film(*write_pair(tmp_path, {"detector_world_m": own}))
    assert exact["detector_world_p_mpjpe_mm"] < 0.1
    own[:, points.index("nose"), 0] += 0.05
    assert 1.0 < evaluate_film(*write_pair(tmp_path, {"detector_world_m": own}))["detector_world_p_mpjpe_mm"] < 10.0
    assert result.exists()


def test_moments_are_matched_by_time(tmp_path: Path) -> None:
    """A result of every second frame is compared with just those frames."""
    _, truth = write_pair(tmp_path)
    with np.load(truth) as arrays:
        half = {
            name: arrays[name][::2] for name in arrays.files if arrays[name].shape[:1] == (40,) and name != "fps"
        } | {"fps": np.float64(FPS / 2)}
    figures = evaluate_film(*write_pair(tmp_path, half))
    assert figures["frames"] == 20 and figures["mpjpe_mm"] < 1e-2


def test_what_does_not_fit_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    result, truth = write_pair(tmp_path, {"frame_times_s": np.arange(40) / FPS + 100.0})
    with pytest.raises(InferenceError, match="share fewer than two"):
        evaluate_film(result, truth)
    report = tmp_path / "report.json"
    assert main(["--result", str(tmp_path / "none.npz"), "--truth", str(truth), "--json", str(report)]) == 1
    assert "none.npz" in capsys.readouterr().err
    assert not report.exists()
