"""Batch normalisation of channels-last tensors."""

from __future__ import annotations

from torch import Tensor, nn


class ChannelNorm(nn.BatchNorm1d):  # type: ignore[misc]
    """Batch normalisation over all but the last axis, any rank."""

    def forward(self, tensors: Tensor) -> Tensor:
        """(..., C) to (..., C)."""
        flat: Tensor = super().forward(tensors.reshape(-1, tensors.shape[-1]))
        return flat.view(tensors.shape)


def set_momentum(network: nn.Module, momentum: float) -> None:
    """Momentum of every batch normalisation in `network`."""
    for module in network.modules():
        if isinstance(module, ChannelNorm):
            module.momentum = momentum
