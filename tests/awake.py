"""Untrained networks whose layers all count, where a fresh one begins with what the target's own frame says."""

from __future__ import annotations

from torch import nn

from inference.models.normalisation import QuietNorm


def awake(network: nn.Module) -> nn.Module:
    """The network, each residual's last normalisation weighing 1 as others do."""
    for module in network.modules():
        if isinstance(module, QuietNorm):
            nn.init.ones_(module.weight)
    return network
