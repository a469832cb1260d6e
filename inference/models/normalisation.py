"""Batch normalisation of channels-last tensors."""

from __future__ import annotations

from torch import Tensor, nn


class ChannelNorm(nn.BatchNorm1d):  # type: ignore[misc]
    """Batch normalisation over all but the last axis, any rank."""

    def forward(self, tensors: Tensor) -> Tensor:
        """(..., C) to (..., C)."""
        flat: Tensor = super().forward(tensors.reshape(-1, tensors.shape[-1]))
        return flat.view(tensors.shape)


class QuietNorm(ChannelNorm):
    """The last normalisation of what is added to a residual; its weights begin near zero (Goyal et al., 2017, 5.1).

    So a network begins as what it makes of the target's own frame, and takes in time as that helps: of the first
    million targets it learns far more (docs/lifter.md).

    Args:
        channels: C.
        begin: the weights, more than zero before an activation that is flat at zero.
    """

    def __init__(self, channels: int, begin: float = 0.0) -> None:
        super().__init__(channels)
        nn.init.constant_(self.weight, begin)


class OwnStatistics(ChannelNorm):
    """Statistics for tensors that are scaled and shifted as another normalisation does it."""

    def __init__(self, channels: int) -> None:
        super().__init__(channels, affine=False)

    def like(self, norm: ChannelNorm, tensors: Tensor) -> Tensor:
        """(..., C) to (..., C), with the weight and bias of `norm`."""
        return super().forward(tensors) * norm.weight.to(tensors.dtype) + norm.bias.to(tensors.dtype)


def plain_norm(norm: ChannelNorm, tensors: Tensor) -> Tensor:
    """`norm` itself: what layers do where nobody borrows them."""
    normed: Tensor = norm(tensors)
    return normed


def set_momentum(network: nn.Module, momentum: float) -> None:
    """Momentum of every batch normalisation in `network`."""
    for module in network.modules():
        if isinstance(module, ChannelNorm):
            module.momentum = momentum
