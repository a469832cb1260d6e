"""Suites: their data fits together, and rows are trained once, measured, resumed and joined, at tiny size."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs the training environment")

from inference.errors import InferenceError  # noqa: E402
from inference.evaluate.conditions import CONDITIONS, track_px, track_rays  # noqa: E402
from inference.evaluate.lifter import lift_targets  # noqa: E402
from inference.evaluate.network_lifter import NetworkLifter, TrackEnhancer  # noqa: E402
from inference.evaluate.results import ResultsFolder  # noqa: E402
from inference.evaluate.row_runner import Budget, MeasuredClips, measure_row, row_config, row_settings  # noqa: E402
from inference.evaluate.rows import Row, in_order, read_rows, read_suite, rows_of, suite_names  # noqa: E402
from inference.evaluate.suite import run_rows  # noqa: E402
from inference.evaluate.views import OTHER_DETECTORS, make_views  # noqa: E402
from inference.lift.lifter import Lifter  # noqa: E402
from inference.models.networks import PRESETS, build_network, config_from_dict  # noqa: E402
from inference.train.export import load_weights  # noqa: E402
from inference.train.pack import MotionPack  # noqa: E402

pytestmark = pytest.mark.torch
torch.set_num_threads(1)
TINY = Budget(samples=64, channels=16, batch=32)
ROWS = [Row("small", "L4xV2xN27", "none", {"reduction": 8}), Row("peer", "VideoPose3D-N27", "none")]


@pytest.fixture(scope="module")
def pack() -> MotionPack:
    """Two clips of a body whose limbs swing."""
    rng = np.random.default_rng(1)
    rest = np.cumsum(rng.normal(0.0, 0.12, (1, 17, 3)), axis=1)
    swing = 0.15 * np.sin(np.arange(120)[:, None, None] / 7.0 + rng.uniform(0, 6, (1, 17, 3)))
    return MotionPack((rest + swing).astype(np.float32), np.array([0, 70, 120]), np.array(["a", "b"]), 30.0)


@pytest.fixture(scope="module")
def test_set(pack: MotionPack) -> MeasuredClips:
    return MeasuredClips(make_views(pack, frames=5, seed=1, others=OTHER_DETECTORS), ["walk", "run"], pack.fps, 1)


def test_every_suite_names_rows_presets_and_conditions_that_exist() -> None:
    names = suite_names()
    assert {"table1", "table2", "table3", "table4", "table5", "table10", "table11", "peers", "ablation"} <= set(names)
    for name in names:
        suite = read_suite(name)
        assert suite.lines and all(condition in CONDITIONS for condition, _ in suite.columns)
    everything = [row.name for row in rows_of("all")]
    assert len(everything) == len(set(everything)) and set(everything) <= set(read_rows())


def test_every_row_is_a_network_and_a_training_that_exist() -> None:
    budget = Budget(samples=1)
    for name, row in read_rows().items():
        config = row_config(row, budget)
        assert config.channels == budget.channels and config.dropout == 0.0, name
        row_settings(row, budget, Path("x"))


def test_needs_come_first_and_once() -> None:
    rows = {"a": Row("a", "p", "none", weights_of="b", enhance="c"), "b": Row("b", "p", "none")}
    rows["c"] = Row("c", "p", "none", weights_of="b")
    assert in_order(["a", "b"], rows) == ["b", "c", "a"]


def test_rows_are_trained_once_measured_and_joined(pack: MotionPack, test_set: MeasuredClips, tmp_path: Path) -> None:
    folder = ResultsFolder(tmp_path)
    assert run_rows(ROWS, TINY, pack, test_set, folder) == 0
    results = json.loads((tmp_path / "results.json").read_text())
    assert set(results) == {"small", "peer"}
    for row in results.values():
        assert row["samples"] == 64 and row["channels"] == 16 and row["date"] and row["machine"]
        assert set(row["conditions"]) == set(CONDITIONS)
        figures = row["conditions"]["true_2d"]
        assert 0.0 < figures["p_mpjpe_mm"] <= figures["n_mpjpe_mm"] * 1.05
        assert len(figures["joints"]["mpjpe_mm"]) == 17 and set(figures["actions"]) == {"walk", "run"}
    assert results["peer"]["parameters_published_width"] == 8_555_571 and results["peer"]["attention"] is None
    windows = results["small"]["attention"]["windows"]
    assert [window["label"] for window in windows] == ["walk", "run"]
    for window in windows:
        rows = dict(window["rows"])
        assert rows["likeness"][window["target"]] == 1.0 and len(rows["likeness"]) == window["frames"] == 27
        assert len(rows["block 1"]) == 9 and all(0.0 <= weight <= 1.0 for weight in rows["product"])
    assert [round(sum(shares), 2) for shares in results["small"]["attention"]["branches"]] == [1.0, 1.0]
    before = (tmp_path / "rows" / "small.json").stat().st_mtime_ns
    assert run_rows(ROWS, TINY, pack, test_set, folder) == 0
    assert (tmp_path / "rows" / "small.json").stat().st_mtime_ns == before
    more = Budget(samples=128, channels=16, batch=32)
    assert run_rows(ROWS[:1], more, pack, test_set, folder) == 0
    assert folder.figures("small")["samples"] == 128 and folder.figures("peer")["samples"] == 64
    with pytest.raises(InferenceError, match="16 channels, not 32"):
        run_rows(ROWS, Budget(samples=64, channels=32), pack, test_set, folder)


def test_a_row_that_another_process_works_on_is_left_to_it(
    pack: MotionPack, test_set: MeasuredClips, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = ResultsFolder(tmp_path)
    with folder.claim("small") as renew:
        assert renew is not None
        assert run_rows(ROWS, TINY, pack, test_set, folder) == 0
    assert folder.figures("small") is None and folder.figures("peer") is not None
    assert "another process" in capsys.readouterr().out
    with folder.claim("small") as renew:
        assert renew is not None


def test_what_networks_or_training_do_not_know_is_named(
    pack: MotionPack, test_set: MeasuredClips, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = [
        Row("a", "Nothing", "none"),
        Row("b", "L4xV2xN27", "none", {"sparkle": 1}),
        Row("c", "L4xV2xN27", "none", {"branches": "three"}),
        Row("d", "L4xV2xN27", "none", train={"sparkle": 1}),
        Row("e", "L4xV2xN27", "thunder"),
    ]
    assert run_rows(wrong, TINY, pack, test_set, ResultsFolder(tmp_path)) == 5
    said = capsys.readouterr().out
    for word in ("'Nothing'", "sparkle = 1", "branches = 'three'", "'sparkle'", "'thunder'"):
        assert word in said


@pytest.mark.parametrize("preset", ["L4xV2xN27", "VideoPose3D-N27-causal", "SingleFrame", "Sequence-N237-causal"])
def test_any_kind_of_network_lifts_the_measured_frames(preset: str, test_set: MeasuredClips) -> None:
    torch.manual_seed(1)
    config = row_config(Row("x", preset, "none"), TINY)
    lifter = NetworkLifter(build_network(config))
    view = test_set.views[0]
    rays = ((view.exact_px - view.size_px / 2.0) / view.focal_px).astype(np.float32)
    poses = lifter.lift(rays, view.targets)
    assert poses.shape == (5, 17, 3) and np.isfinite(poses).all() and not poses[:, 0].any()
    alone = lifter.lift(rays, view.targets[2:3])
    np.testing.assert_allclose(alone[0], poses[2], atol=1e-4)
    future = rays.copy()
    future[view.targets[2] + 1 :] += 0.1
    changed = np.abs(lifter.lift(future, view.targets[2:3]) - alone).max()
    assert (changed > 1e-4) == (not PRESETS[preset].causal and preset != "SingleFrame")


def test_a_mirrored_person_gives_the_mirrored_pose(test_set: MeasuredClips) -> None:
    from inference.lift.normalise import MIRRORED

    lifter = NetworkLifter(build_network(row_config(ROWS[0], TINY)))
    view = test_set.views[0]
    rays = ((view.exact_px - view.size_px / 2.0) / view.focal_px).astype(np.float32)
    mirrored = rays[:, MIRRORED] * np.array([-1.0, 1.0], np.float32)
    flip = lifter.lift(mirrored, view.targets)[:, MIRRORED] * np.array([-1.0, 1.0, 1.0])
    np.testing.assert_allclose(flip, lifter.lift(rays, view.targets), atol=1e-4)


def test_measuring_again_gives_the_same_figures(pack: MotionPack, test_set: MeasuredClips, tmp_path: Path) -> None:
    folder = ResultsFolder(tmp_path)
    run_rows(ROWS[1:], TINY, pack, test_set, folder)
    again = measure_row(ROWS[1], TINY, test_set, folder.checkpoint, lambda _: None)
    assert again["conditions"] == folder.figures("peer")["conditions"]


class Silent(torch.nn.Module):
    """A network that corrects nothing."""

    config = PRESETS["L4xV2xN27"]

    def forward(self, windows: torch.Tensor) -> torch.Tensor:
        return torch.zeros(len(windows), 17, 3)


def test_an_enhancer_that_corrects_nothing_changes_nothing(test_set: MeasuredClips) -> None:
    for view in test_set.views:
        rays = ((view.detected_px - view.size_px / 2.0) / view.focal_px).astype(np.float32)
        cleaned = TrackEnhancer(Silent()).clean(rays)
        kept = [joint for joint in range(17) if joint != 7]  # the spine is always put onto its line
        np.testing.assert_allclose(cleaned[:, kept], rays[:, kept], atol=2e-5)


def test_enhanced_rows_use_the_weights_of_others(
    pack: MotionPack, test_set: MeasuredClips, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cleaner = Row("cleaner", "VideoPose3D-N27", "generic", train={"task": "enhance"})
    both = Row("both", "VideoPose3D-N27", "none", enhance="cleaner", weights_of="peer")
    folder = ResultsFolder(tmp_path)
    assert run_rows([both], TINY, pack, test_set, folder) == 1
    assert "needs peer, which is not done" in capsys.readouterr().out
    assert run_rows([ROWS[1], cleaner, both], TINY, pack, test_set, folder) == 0
    peer, enhanced = folder.figures("peer"), folder.figures("both")
    assert peer is not None and enhanced is not None
    assert enhanced["samples"] == peer["samples"]
    assert enhanced["conditions"]["detected_2d"] != peer["conditions"]["detected_2d"]
    figures = folder.figures("cleaner")["conditions"]["detected_2d"]
    assert figures["error_2d_px"] > 0.0 and figures["error_2d_px_given"] > 0.0


@pytest.mark.parametrize("condition", ["true_2d", "detected_2d"])
def test_shipped_weights_are_measured_alike_with_and_without_torch(condition: str, test_set: MeasuredClips) -> None:
    shipped = Lifter("atcn-27", threads=1)
    network = build_network(config_from_dict({"kind": shipped.info.kind, **(shipped.info.config or {})}))
    load_weights(network, shipped.info.path)
    for number, view in enumerate(test_set.views):
        track = track_px(view, condition, 1, number)
        ours = lift_targets(shipped, track, view, test_set.fps, focal_known=condition == "true_2d")
        theirs = NetworkLifter(network).lift(track_rays(view, condition, 1, number), view.targets)
        assert np.abs((ours - ours[:, :1]) - theirs).max() < 1e-4
