"""The benchmark of training: both ways compute the same step, and the figures say which is which."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="needs the training environment")

from inference.models.atcn import Atcn  # noqa: E402
from inference.models.config import AtcnConfig  # noqa: E402
from inference.train import bench  # noqa: E402

pytestmark = pytest.mark.torch
SMALL = AtcnConfig(frames=27, channels=32, groups=4, reduction=8, dropout=0.0)


def test_the_plain_twin_trains_on_the_same_gradients() -> None:
    torch.manual_seed(1)
    network = Atcn(SMALL).train()
    twin = bench.plain_twin(network).train()
    windows = torch.randn(16, 27, 34)
    poses, expected = network(windows), twin(windows)
    torch.testing.assert_close(poses, expected, rtol=1e-3, atol=1e-4)
    direction = torch.randn_like(poses)
    (ours,) = torch.autograd.grad(poses, network.first_norm.weight, direction)
    (theirs,) = torch.autograd.grad(expected, twin.first_norm.weight, direction)
    torch.testing.assert_close(ours, theirs, rtol=1e-3, atol=1e-3)


def test_the_plain_twin_drops_out_where_the_network_does() -> None:
    torch.manual_seed(1)
    windows = torch.randn(16, 27, 34)
    for share in (0.0, 0.5):
        twin = bench.plain_twin(Atcn(replace(SMALL, dropout=share))).train()
        assert torch.equal(twin(windows), twin(windows)) == (share == 0.0)


def test_rates_of_all_ways_are_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "LIFTERS", {"small": SMALL})
    assert bench.main(["small", "--batch", "8", "--rounds", "1", "--out", str(tmp_path)]) == 0
    report = json.loads((tmp_path / "train.json").read_text())
    ours, plain, single = (report[f"small_batch8_{name}"] for name in ("ours", "plain_bf16", "plain_float32"))
    assert min(ours, plain, single) > 0
    assert report["small_batch8_over_plain"] == pytest.approx(ours / max(plain, single))
