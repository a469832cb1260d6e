"""The evaluation command, from a pack on disk to its report."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inference.evaluate.__main__ import main
from inference.evaluate.lifter import HIDDEN_SHARE, hide
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


def evaluate(data: Path, out: Path, *more: str) -> dict[str, float | str]:
    """The report of the smallest shipped weights over a few frames."""
    command = ["lifter", "--data", str(data), "--out", str(out), "--lifter", "atcn-27", "--threads", "1", "--no-film"]
    assert main([*command, *more]) == 0
    report: dict[str, float | str] = json.loads((out / "lifter.json").read_text())
    return report


def test_the_report_is_one_flat_object_of_numbers(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = evaluate(data, data / "out", "--frames", "8")
    assert report["clips"] == 3 and report["frames"] == 24
    for condition in ("true_2d", "detected_2d"):
        assert 0.0 < report[f"atcn-27_{condition}_p_mpjpe_mm"] < report[f"atcn-27_{condition}_mpjpe_mm"]
    assert report["n_mpjpe_mm_27"] == report["atcn-27_true_2d_n_mpjpe_mm"]
    assert all(isinstance(value, int | float | str) for value in report.values())
    assert {"machine", "date", "onnxruntime"} <= report.keys()
    assert "true 2D" in capsys.readouterr().out


def test_every_promised_figure_is_there_or_says_why_not(data: Path) -> None:
    report = evaluate(data, data / "out", "--frames", "3")
    promised = [f"{measure}_{size}" for measure in ("mpjpe_mm", "n_mpjpe_mm", "p_mpjpe_mm") for size in (27, 81, 243)]
    promised += [f"atcn_over_videopose3d_{size}" for size in (27, 81, 243)]
    promised += [f"noise_ratio_{px}" for px in (5, 10, 15, 20)]
    promised += ["causal_over_noncausal_243", "mpjve_over_single_frame", "detector_noise_ratio"]
    promised += ["occluded_over_clean", "sample_p_mpjpe_over_detector"]
    for key in promised:
        source = report[f"{key}_from"]
        assert isinstance(report[key], float) if key in report else source, key
    assert report["sample_p_mpjpe_over_detector_from"] == "the film was not lifted"


def test_ratios_come_from_the_widest_results_that_have_both_rows(data: Path) -> None:
    def row(channels: int, error: float) -> dict[str, Any]:
        figures = {"n_mpjpe_mm": error, "p_mpjpe_mm": error / 2, "mpjpe_mm": error}
        return {"channels": channels, "samples": 1_500_000, "date": "2021-03-04", "conditions": {"true_2d": figures}}

    narrow = {"atcn-27": row(256, 60.0), "videopose3d-27": row(256, 80.0), "atcn-81": row(256, 50.0)}
    wide = {"atcn-81": row(1024, 45.0), "videopose3d-81": row(1024, 50.0)}
    paths = [data / "narrow.json", data / "wide.json"]
    for path, run in zip(paths, (narrow, wide), strict=True):
        path.write_text(json.dumps(run))
    report = evaluate(data, data / "out", "--frames", "3", "--results", *map(str, paths))
    assert report["atcn_over_videopose3d_27"] == 0.75 and report["atcn_over_videopose3d_81"] == 0.9
    assert report["error_81_over_27"] == pytest.approx(50.0 / 60.0, abs=1e-4)
    source = report["atcn_over_videopose3d_27_from"]
    assert all(word in source for word in ("1.50 M samples", "256 channels", "2021-03-04", "videopose3d-27"))
    assert report["n_mpjpe_mm_81"] == 45.0 and "suites, atcn-81" in report["n_mpjpe_mm_81_from"]
    assert "atcn_over_videopose3d_243" not in report


def test_hidden_joints_are_filled_in_and_cost_something(data: Path) -> None:
    clip = np.repeat(STANDING[None].astype(np.float32), 90, axis=0)
    clip[:, :, 0] += 0.3 * np.sin(np.arange(90) / 5.0)[:, None]
    view = make_view(clip, 1, 0, frames=60)
    track, span = hide(view, view.exact_px, 30.0, 1, 0)
    changed = np.abs(track - view.exact_px).max(axis=-1) > 1e-3
    assert span.stop - span.start == 30
    inside = np.zeros(len(track), np.bool_)
    inside[view.targets[span]] = True
    assert not changed[~inside].any()
    assert changed[inside].any(axis=0).sum() == round(HIDDEN_SHARE * 17)


def test_the_same_seed_gives_the_same_report(data: Path) -> None:
    reports = [evaluate(data, data / name, "--frames", "5") for name in ("a", "b")]
    for report in reports:
        report.pop("atcn-27_frames_per_second")
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
