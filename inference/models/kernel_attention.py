"""Kernel attention: branches of different dilation, weighted channel by channel (section 3.3, eqs. 4 to 6)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .config import AtcnConfig
from .normalisation import ChannelNorm
from .strided_convolution import StridedConvolution


class KernelAttention(nn.Module):  # type: ignore[misc]
    """M dilated branches; their sum, pooled over time, decides by softmax how much of each goes on."""

    def __init__(self, config: AtcnConfig) -> None:
        super().__init__()
        channels = config.channels
        self.branches = nn.ModuleList(
            StridedConvolution(channels, config.groups, m + 1, config.anchor) for m in range(config.branches)
        )
        self.norms = nn.ModuleList(ChannelNorm(channels) for _ in range(config.branches))
        self.reduce = nn.Linear(channels, config.reduction)
        self.reduce_norm = ChannelNorm(config.reduction)
        self.expand = nn.Linear(config.reduction, config.branches * channels)

    def forward(self, tensors: Tensor) -> Tensor:
        """(N, 3L, C) to (N, L, C)."""
        batch, _, channels = tensors.shape
        outputs = [norm(branch(tensors)) for branch, norm in zip(self.branches, self.norms, strict=True)]
        pooled = sum(outputs[1:], outputs[0]).mean(dim=1)
        scores = self.expand(self.reduce_norm(self.reduce(pooled)))
        weights = torch.softmax(scores.view(batch, len(outputs), 1, channels).float(), dim=1).to(tensors.dtype)
        mixed = outputs[0] * weights[:, 0]
        for index, output in enumerate(outputs[1:], start=1):
            mixed = torch.addcmul(mixed, output, weights[:, index])
        return mixed
