"""The evaluation command, from a pack on disk to its report."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from inference.evaluate.__main__ import main
from inference.evaluate.views import make_view
from inference.lift.normalise import image_rays

STANDING = np.array(
    [[0, 0, 95], [-9, 0, 95], [-9, 0, 52], [-9, 0, 9], [9, 0, 95], [9, 0, 52], [9, 0, 9], [0, 4, 117], [0, 0, 145],
     [0, -10, 163], [0, 0, 175], [18, 0, 145], [22, 0, 116], [25, 0, 98], [-18, 0, 145], [-22, 0, 116], [-25, 0, 98]]
) / 100.0  # fmt: skip


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder with a test pack of three clips of somebody who stands still."""
    relative = STANDING.copy()
    relative[1:] -= relative[:1]
    delta = np.zeros((3, 20, 51), np.int16)
    delta[:, 0] = np.round(relative / 0.0005).ravel()
    np.savez(
        tmp_path / "cmu17_test.npz", delta=delta.reshape(60, 51).T, offsets=[0, 20, 40, 60],
        names=["a_1", "b_1", "c_1"], fps=np.float32(30.0), quantum_m=np.float64(0.0005),
    )  # fmt: skip
    return tmp_path


def test_the_report_is_one_flat_object_of_numbers(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lifter", "--data", str(data), "--out", str(data / "out"), "--frames", "8", "--threads", "1"]) == 0
    report = json.loads((data / "out" / "lifter.json").read_text())
    assert report["clips"] == 3 and report["frames"] == 24
    for kind in ("true_2d", "detected_2d"):
        assert 0.0 < report[f"{kind}_p_mpjpe_mm"] < report[f"{kind}_mpjpe_mm"]
    assert all(isinstance(value, int | float | str) for value in report.values())
    assert {"machine", "date", "onnxruntime"} <= report.keys()
    assert "true 2D" in capsys.readouterr().out


def test_the_same_seed_gives_the_same_report(data: Path) -> None:
    reports = []
    for name in ("a", "b"):
        main(["lifter", "--data", str(data), "--out", str(data / name), "--frames", "5", "--threads", "1"])
        report = json.loads((data / name / "lifter.json").read_text())
        reports.append({key: value for key, value in report.items() if key != "frames_per_second"})
    assert reports[0] == reports[1]


def test_missing_data_ends_with_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lifter", "--data", str(tmp_path), "--out", str(tmp_path)]) == 1
    assert "no motion capture cmu17_test.npz" in capsys.readouterr().err


def test_a_views_pixels_are_its_poses_seen() -> None:
    clip = np.repeat(STANDING[None].astype(np.float32), 4, axis=0)
    for number in range(20):
        view = make_view(clip, 1, number)
        rays = image_rays(view.exact_px, view.size_px, view.focal_px)
        centred = rays - rays[:, :1]
        seen, true = centred.reshape(-1), view.truth_m[..., :2].reshape(-1)
        assert np.corrcoef(seen, true)[0, 1] > 0.9
        assert not np.allclose(view.exact_px, view.detected_px, atol=1.0)
