"""Rewriting a network for use, or as plain convolutions, changes its speed and nothing else."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.torch
torch = pytest.importorskip("torch")

from inference.models.atcn import Atcn  # noqa: E402
from inference.models.config import AtcnConfig  # noqa: E402
from inference.train.fold import folded, original_names  # noqa: E402
from inference.train.plain_torch import PlainAtcn  # noqa: E402

SMALL = {"frames": 27, "channels": 64, "groups": 4, "reduction": 16}


def random_atcn(**changes: object) -> Atcn:
    """In use, with running averages such as training leaves."""
    torch.manual_seed(3)
    network = Atcn(AtcnConfig(**{**SMALL, **changes})).eval()
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm1d):
            module.running_mean.normal_(0.0, 0.3)
            module.running_var.uniform_(0.5, 2.0)
            if module.weight is not None:
                torch.nn.init.uniform_(module.weight, 0.5, 1.5)
                torch.nn.init.normal_(module.bias, 0.0, 0.3)
    return network


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"causal": True},
        {"frames": 81},
        {"branches": 2},
        {"temporal_attention": False},
        {"chained_attention": True},
        {"dilated_units": "none"},
        {"dilated_units": "shared"},
    ],
    ids=str,
)
def test_folding_changes_no_pose(changes: dict[str, object]) -> None:
    network = random_atcn(**changes)
    windows = torch.randn(5, network.config.frames, 34)
    with torch.no_grad():
        torch.testing.assert_close(folded(network)(windows), network(windows), atol=1e-5, rtol=1e-5)


def test_folding_shares_every_weight_and_knows_its_name() -> None:
    network = random_atcn()
    twin = folded(network)
    assert set(original_names(twin, network).values()) == set(network.state_dict())
    with torch.no_grad():
        network.last.bias += 1.0
    windows = torch.randn(2, 27, 34)
    torch.testing.assert_close(twin(windows), network(windows), atol=1e-5, rtol=1e-5)


def test_plain_convolutions_are_the_same_network() -> None:
    network = random_atcn(frames=81)
    windows = torch.randn(4, 81, 34)
    with torch.no_grad():
        torch.testing.assert_close(PlainAtcn(network).eval()(windows), network(windows), atol=1e-5, rtol=1e-5)
