"""The weighted sum of a kernel attention's branches, with a backward pass that reads each of them once."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor


def mix_branches(outputs: list[Tensor], logits: Tensor) -> Tensor:
    """Softmax over the branches, channel by channel, then their weighted sum (eqs. 4 to 6).

    Args:
        outputs: M branches (N, L, C).
        logits: (N, M, C).

    Returns:
        (N, L, C).
    """
    if torch.is_grad_enabled() and logits.requires_grad:
        mixed: Tensor = _Mix.apply(logits, *outputs)
        return mixed
    return _mix(outputs, branch_weights(logits).to(outputs[0].dtype))


def branch_weights(logits: Tensor) -> Tensor:
    """Each branch's weight for each channel, (N, M, C) float32, 1 in sum over M."""
    return torch.softmax(logits.float(), dim=1)


class _Mix(torch.autograd.Function):  # type: ignore[misc]
    @staticmethod
    def forward(ctx: Any, logits: Tensor, *outputs: Tensor) -> Tensor:
        weights = branch_weights(logits)
        ctx.save_for_backward(weights, *outputs)
        ctx.logits_dtype = logits.dtype
        return _mix(list(outputs), weights.to(outputs[0].dtype))

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, ...]:
        weights, *outputs = ctx.saved_tensors
        narrow = weights.to(gradient.dtype)
        towards = torch.stack([(gradient * output).sum(dim=1) for output in outputs], dim=1).float()
        logits = weights * (towards - (weights * towards).sum(dim=1, keepdim=True))
        return logits.to(ctx.logits_dtype), *(gradient * narrow[:, m : m + 1] for m in range(len(outputs)))


def _mix(outputs: list[Tensor], weights: Tensor) -> Tensor:
    mixed = outputs[0] * weights[:, :1]
    for index, output in enumerate(outputs[1:], start=1):
        mixed = torch.addcmul(mixed, output, weights[:, index : index + 1])
    return mixed
