"""Exported weights give the same poses in ONNX Runtime and in PyTorch, and are still good to begin a training with."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytestmark = pytest.mark.torch
torch = pytest.importorskip("torch")

from tiny_networks import write_network  # noqa: E402

from inference.errors import ModelError  # noqa: E402
from inference.lift.lifter import Lifter  # noqa: E402
from inference.lift.settings import RunSettings  # noqa: E402
from inference.models.atcn import Atcn  # noqa: E402
from inference.models.config import AtcnConfig  # noqa: E402
from inference.train.checkpoint import Progress  # noqa: E402
from inference.train.export import export_onnx, load_weights, write_metadata  # noqa: E402

LARGEST_DIFFERENCE_M = 1e-4


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("weights")
    torch.manual_seed(4)
    network = Atcn(AtcnConfig(frames=9, channels=64, groups=4, reduction=16)).eval()
    export_onnx(network, made / "small.onnx")
    write_metadata(network, Progress(), made / "small.json")
    return made


def test_both_backends_give_the_same_poses(folder: Path) -> None:
    track = np.random.default_rng(1).normal(size=(40, 17, 2)) * 60.0 + [640.0, 360.0]
    poses = [
        Lifter("small", settings=RunSettings(backend=backend), folder=folder).lift(
            track, np.ones((40, 17)), np.array([1280, 720]), 30.0
        )
        for backend in ("onnxruntime", "torch")
    ]
    assert np.abs(poses[0]).max() > 0.05
    assert np.abs(poses[0] - poses[1]).max() < LARGEST_DIFFERENCE_M


def test_folding_leaves_the_file_good_to_begin_a_training_with(folder: Path) -> None:
    fresh = Atcn(AtcnConfig(frames=9, channels=64, groups=4, reduction=16)).eval()
    load_weights(fresh, folder / "small.onnx")
    windows = torch.randn(6, 9, 34)
    lifter = Lifter("small", folder=folder)
    with torch.no_grad():
        assert np.abs(fresh(windows).numpy() - lifter._network.run(windows.numpy())).max() < LARGEST_DIFFERENCE_M


def test_torch_needs_to_know_the_shape(tmp_path: Path) -> None:
    write_network(tmp_path, "plain", 9)
    with pytest.raises(ModelError, match=r"plain\.json does not tell the network's shape"):
        Lifter("plain", settings=RunSettings(backend="torch"), folder=tmp_path)
