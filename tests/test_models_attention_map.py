"""Attention maps: shapes, ranges, what they are made of, and that asking changes nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs the training environment")

from inference.models.atcn import Atcn  # noqa: E402
from inference.models.attention_map import attention_map  # noqa: E402
from inference.models.config import AtcnConfig  # noqa: E402
from inference.models.networks import PRESETS, build_network  # noqa: E402

pytestmark = pytest.mark.torch
SMALL = AtcnConfig(frames=27, channels=32, groups=4, reduction=8)


@pytest.mark.parametrize("changes", [{}, {"dilated_units": "shared", "frames": 81}, {"causal": True, "branches": 2}])
def test_shapes_and_ranges(changes: dict[str, Any]) -> None:
    torch.manual_seed(1)
    network = Atcn(replace(SMALL, **changes))
    config = network.config
    seen = attention_map(network, torch.randn(5, config.frames, 34))
    assert seen.target == config.target and seen.similarity.shape == (5, config.frames)
    assert [scores.shape for scores in seen.temporal] == [
        (5, config.frames // 3**layer) for layer in range(1, config.layers)
    ]
    assert all((scores > 0).all() and (scores < 1).all() for scores in seen.temporal)
    for weights in seen.kernel:
        assert weights.shape == (5, config.branches, 32) and (weights > 0).all()
        np.testing.assert_allclose(weights.sum(axis=1), 1.0, atol=1e-5)
    assert len(seen.kernel) == config.layers - 1
    np.testing.assert_allclose(seen.branch_shares().sum(axis=2), 1.0, atol=1e-5)
    np.testing.assert_allclose(seen.similarity[:, config.target], 1.0, atol=1e-5)


def test_a_frames_weight_is_that_of_all_tensors_on_its_way() -> None:
    torch.manual_seed(1)
    seen = attention_map(Atcn(SMALL), torch.randn(2, 27, 34))
    weights = seen.frame_weights()
    assert weights.shape == (2, 27)
    for frame in (0, 13, 26):
        expected = seen.temporal[0][:, frame // 3] * seen.temporal[1][:, frame // 9]
        np.testing.assert_allclose(weights[:, frame], expected, rtol=1e-6)


def test_asking_leaves_the_network_as_it_was() -> None:
    network = Atcn(SMALL).train()
    windows = torch.randn(3, 27, 34)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    attention_map(network, windows)
    assert network.training
    assert all(torch.equal(before[name], value) for name, value in network.state_dict().items())
    assert not any(module._forward_hooks for module in network.modules())


def test_no_attention_is_said_in_words() -> None:
    without = attention_map(Atcn(replace(SMALL, temporal_attention=False)), torch.randn(1, 27, 34))
    assert without.temporal == () and (without.frame_weights() == 1).all()
    with pytest.raises(ValueError, match="VideoPose3D has no attention"):
        attention_map(build_network(replace(PRESETS["VideoPose3D-N27"], channels=8)), torch.randn(1, 27, 34))
