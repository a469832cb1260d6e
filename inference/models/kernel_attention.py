"""Kernel attention: branches of different dilation, weighted channel by channel (section 3.3, eqs. 4 to 6)."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from .branch_mix import mix_branches
from .branches import run_branches
from .config import AtcnConfig
from .normalisation import ChannelNorm, plain_norm
from .strided_convolution import StridedConvolution


class KernelAttention(nn.Module):  # type: ignore[misc]
    """M dilated branches; their sum, pooled over time, decides by softmax how much of each goes on."""

    def __init__(self, config: AtcnConfig) -> None:
        super().__init__()
        channels = config.channels
        self.anchor = config.anchor
        self.branches = nn.ModuleList(
            StridedConvolution(channels, config.groups, m + 1, config.anchor) for m in range(config.branches)
        )
        self.norms = nn.ModuleList(ChannelNorm(channels) for _ in range(config.branches))
        self.reduce = nn.Linear(channels, config.reduction)
        self.reduce_norm = ChannelNorm(config.reduction)
        self.expand = nn.Linear(config.reduction, config.branches * channels)

    def forward(
        self,
        tensors: Tensor,
        scores: Tensor | None,
        normed: Callable[[ChannelNorm, Tensor], Tensor] = plain_norm,
    ) -> tuple[Tensor, Tensor]:
        """Attends to (N, 3L, C), weighted by temporal attention `scores` (N, 3L).

        Args:
            normed: normalises, in the order of use: each branch, then the first fully connected layer.

        Returns:
            what goes on (N, L, C), and the residual (N, L, C): the anchor of each group, not weighted.
        """
        convolved, residual = self._convolve(tensors, scores)
        outputs = [normed(norm, output) for output, norm in zip(convolved, self.norms, strict=True)]
        pooled = sum(outputs[1:], outputs[0]).mean(dim=1)
        logits = self.expand(normed(self.reduce_norm, self.reduce(pooled))).unflatten(-1, (len(outputs), -1))
        return mix_branches(outputs, logits), residual

    def _convolve(self, tensors: Tensor, scores: Tensor | None) -> tuple[list[Tensor], Tensor]:
        if torch.is_grad_enabled() and tensors.requires_grad:
            weights, offsets = [b.weight for b in self.branches], [b.offsets for b in self.branches]
            return run_branches(tensors, scores, weights, offsets, self.anchor)
        weighted = tensors if scores is None else tensors * scores.unsqueeze(-1).to(tensors.dtype)
        return [branch(weighted) for branch in self.branches], tensors[:, self.anchor :: 3]
