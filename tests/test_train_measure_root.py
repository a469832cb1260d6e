"""Comparing ways to place the root."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs the training environment")

from inference.errors import InferenceError  # noqa: E402
from inference.models.config import AtcnConfig  # noqa: E402
from inference.models.peer_configs import TrajectoryConfig  # noqa: E402
from inference.train.measure_root import compare, root_errors  # noqa: E402
from inference.train.pack import MotionPack  # noqa: E402
from inference.train.trainer import Trainer, TrainSettings  # noqa: E402

pytestmark = pytest.mark.torch
torch.set_num_threads(1)
STANDING = np.array(
    [[0, 0, 95], [-9, 0, 95], [-9, 0, 52], [-9, 0, 9], [9, 0, 95], [9, 0, 52], [9, 0, 9], [0, 4, 117], [0, 0, 145],
     [0, -10, 163], [0, 0, 175], [18, 0, 145], [22, 0, 116], [25, 0, 98], [-18, 0, 145], [-22, 0, 116], [-25, 0, 98]]
) / 100.0  # fmt: skip


@pytest.fixture(scope="module")
def pack() -> MotionPack:
    """Somebody who walks on the spot, roughly."""
    frames = np.arange(200)[:, None, None]
    swing = 0.05 * np.sin(frames / 6.0 + np.arange(17)[None, :, None]) * np.array([0.0, 1.0, 0.3])
    return MotionPack((STANDING + swing).astype(np.float32), np.array([0, 200]), np.array(["a"]), 30.0)


def test_errors_of_a_root(pack: MotionPack) -> None:
    truth = np.tile(np.array([0.0, 0.0, 4.0], np.float32), (16, 1))
    assert set(root_errors(truth.astype(np.float64), truth).values()) == {0.0}
    aside = root_errors(truth + np.array([0.04, 0.0, 0.0]), truth)
    assert aside == {"mm": 40.0, "percent_of_depth": 1.0, "median_percent_of_depth": 1.0, "velocity_mm_s": 0.0}
    trembling = truth + 0.01 * np.array([1.0, 0.0, 0.0]) * (np.arange(16) % 2)[:, None]
    assert root_errors(trembling, truth)["velocity_mm_s"] == pytest.approx(300.0, abs=0.5)


def test_fitting_beats_a_network_that_has_learnt_nothing(pack: MotionPack, tmp_path: Path) -> None:
    checkpoint = tmp_path / "root.safetensors"
    run = TrainSettings(checkpoint, steps=1, batch=16, task="trajectory")
    Trainer(TrajectoryConfig(frames=27, channels=16), pack, run).run()
    report = compare(checkpoint, "atcn-27", pack, 32, None)
    assert set(report) == {"fit", "network", "network depth"}
    assert report["fit"]["percent_of_depth"] < 10.0 < report["network"]["percent_of_depth"]


def test_only_trajectory_networks_are_compared(pack: MotionPack, tmp_path: Path) -> None:
    checkpoint = tmp_path / "lifter.safetensors"
    config = AtcnConfig(frames=9, channels=16, groups=4, reduction=4)
    Trainer(config, pack, TrainSettings(checkpoint, steps=1, batch=16)).run()
    with pytest.raises(InferenceError, match="was trained for 'lift'"):
        compare(checkpoint, "atcn-27", pack, 32, None)
