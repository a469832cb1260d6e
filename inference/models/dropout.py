"""Dropout whose random numbers cost little."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn


class Dropout(nn.Module):  # type: ignore[misc]
    """Zeroes each number with probability `p`, rounded to 1/256, and scales the others so that the mean stays.

    PyTorch draws one double a number, one after the other, which takes a third of a training step on a processor;
    here each 64-bit draw decides about eight numbers.
    """

    def __init__(self, p: float) -> None:
        super().__init__()
        if not 0.0 <= p < 1.0:
            raise ValueError(f"dropout is {p}, but it must be at least 0 and less than 1.")
        self.p = p

    def forward(self, tensors: Tensor) -> Tensor:
        """Any shape; unchanged outside training."""
        dropped = round(self.p * 256)
        if not self.training or dropped == 0:
            return tensors
        thinned: Tensor = _Drop.apply(tensors, min(dropped, 255))
        return thinned

    def extra_repr(self) -> str:
        """What `print` shows."""
        return f"p={self.p}"


class _Drop(torch.autograd.Function):  # type: ignore[misc]
    """`dropped` of 256 values of a random byte zero a number."""

    @staticmethod
    def forward(ctx: Any, tensors: Tensor, dropped: int) -> Tensor:
        draws = torch.empty((tensors.numel() + 7) // 8, dtype=torch.int64, device=tensors.device)
        # All 64 bits: PyTorch's default for int64 is 0..2^63 - 1, which would leave every eighth byte below 128.
        octets = draws.random_(-(2**63), None).view(torch.uint8)[: tensors.numel()].view(tensors.shape)
        ctx.kept, ctx.scale = (octets >= dropped).view(torch.uint8), 256.0 / (256 - dropped)
        return _thin(tensors, ctx.kept, ctx.scale)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        return _thin(gradient, ctx.kept, ctx.scale), None


def _thin(tensors: Tensor, kept: Tensor, scale: float) -> Tensor:
    # A product with the mask as numbers: `torch.where`, `masked_fill` and products with booleans are far slower.
    return kept.to(tensors.dtype).mul_(scale).mul_(tensors)
