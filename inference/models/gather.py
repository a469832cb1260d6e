"""Taps of a strided convolution, gathered; with a backward pass that writes each gradient once."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor


def gather_taps(tensors: Tensor, offsets: tuple[int, ...]) -> Tensor:
    """Tensors 3t + offset for every group t, zero beyond the ends.

    Args:
        tensors: (N, 3L, C).
        offsets: of K taps, relative to the first tensor of a group.

    Returns:
        (N, L, K, C).
    """
    if offsets == (0, 1, 2):
        return tensors.unflatten(1, (-1, 3))
    if torch.is_grad_enabled() and tensors.requires_grad:
        gathered: Tensor = _GatherTaps.apply(tensors, offsets)
        return gathered
    return _gather(tensors, offsets)


class _GatherTaps(torch.autograd.Function):  # type: ignore[misc]
    """Autograd's own backward of K slices would fill and add K tensors of the full length."""

    @staticmethod
    def forward(ctx: Any, tensors: Tensor, offsets: tuple[int, ...]) -> Tensor:
        ctx.offsets, ctx.shape = offsets, tensors.shape
        return _gather(tensors, offsets)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        total = gradient.new_zeros(ctx.shape)
        for tap, offset in enumerate(ctx.offsets):
            first, last = _inside(offset, ctx.shape[1])
            total[:, 3 * first + offset : 3 * last + offset + 1 : 3] += gradient[:, first : last + 1, tap]
        return total, None


def _gather(tensors: Tensor, offsets: tuple[int, ...]) -> Tensor:
    length = tensors.shape[1]
    taps = []
    for offset in offsets:
        first, last = _inside(offset, length)
        values = tensors[:, 3 * first + offset : 3 * last + offset + 1 : 3]
        if first > 0 or last < length // 3 - 1:
            values = torch.nn.functional.pad(values, (0, 0, first, length // 3 - 1 - last))
        taps.append(values)
    return torch.stack(taps, dim=2)


def _inside(offset: int, length: int) -> tuple[int, int]:
    """First and last group whose tensor 3t + offset lies in 0..length - 1."""
    return max(0, -(offset // 3)), min(length // 3 - 1, (length - 1 - offset) // 3)
