"""Two steps of a layer that slides, written so that training on a processor copies as little as possible."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor


def weighted_taps(tensors: Tensor, scores: Tensor | None, spans: Sequence[slice]) -> tuple[Tensor, ...]:
    """Slices of `tensors`, each times its own score.

    Args:
        tensors: (N, T, C).
        scores: (N, L, K) one a slice and place, or None for slices as they are.
        spans: K slices of T, of L places each, and one more that is taken as it is: the residual.

    Returns:
        K + 1 tensors (N, L, C).
    """
    if scores is None:
        return tuple(tensors[:, span] for span in spans)
    scores = scores.to(tensors.dtype)
    if torch.is_grad_enabled() and tensors.requires_grad:
        taps: tuple[Tensor, ...] = _WeightedTaps.apply(tensors, scores, tuple(spans))
        return taps
    return _weigh(tensors, scores, spans)


def depthwise_taps(tensors: Tensor, weights: Tensor, spans: Sequence[slice]) -> Tensor:
    """Depthwise convolution: the sum of K slices of `tensors` (N, T, C), each times its row of `weights` (K, C)."""
    if torch.is_grad_enabled() and tensors.requires_grad:
        gathered: Tensor = _DepthwiseTaps.apply(tensors, weights.to(tensors.dtype), tuple(spans))
        return gathered
    return _gather(tensors, weights, spans)


def softmax_mix(logits: Sequence[Tensor], outputs: Sequence[Tensor]) -> Tensor:
    """Outputs weighed by the softmax of their logits, element by element (eqs. 5 and 6); all (..., C).

    Same as `torch.softmax` over a stacked axis, whose backward pass is slow where that axis is not the last.
    """
    highest = logits[0].detach()
    for other in logits[1:]:
        highest = torch.maximum(highest, other.detach())
    powers = [torch.exp(one - highest) for one in logits]
    mixed = powers[0] * outputs[0]
    total = powers[0]
    for power, output in zip(powers[1:], outputs[1:], strict=True):
        mixed, total = torch.addcmul(mixed, power, output), total + power
    return mixed / total


class _WeightedTaps(torch.autograd.Function):  # type: ignore[misc]
    """Autograd's own backward of K slices would fill and add K tensors of the full length."""

    @staticmethod
    def forward(ctx: Any, tensors: Tensor, scores: Tensor, spans: tuple[slice, ...]) -> tuple[Tensor, ...]:
        ctx.save_for_backward(tensors, scores)
        ctx.spans = spans
        return _weigh(tensors, scores, spans)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, Tensor, None]:
        tensors, scores = ctx.saved_tensors
        total, shares = torch.zeros_like(tensors), []
        for k, (span, gradient) in enumerate(zip(ctx.spans[:-1], gradients[:-1], strict=True)):
            total[:, span].addcmul_(gradient, scores[..., k : k + 1])
            shares.append(torch.linalg.vecdot(gradient, tensors[:, span]))
        total[:, ctx.spans[-1]] += gradients[-1]
        return total, torch.stack(shares, dim=-1), None


class _DepthwiseTaps(torch.autograd.Function):  # type: ignore[misc]
    """As above, for a convolution whose taps have a weight for each channel."""

    @staticmethod
    def forward(ctx: Any, tensors: Tensor, weights: Tensor, spans: tuple[slice, ...]) -> Tensor:
        ctx.save_for_backward(tensors, weights)
        ctx.spans = spans
        return _gather(tensors, weights, spans)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor, None]:
        tensors, weights = ctx.saved_tensors
        total, rows = torch.zeros_like(tensors), []
        for span, weight in zip(ctx.spans, weights, strict=True):
            total[:, span].addcmul_(gradient, weight)
            rows.append((gradient * tensors[:, span]).sum(dim=(0, 1), dtype=torch.float32))
        return total, torch.stack(rows).to(weights.dtype), None


def _weigh(tensors: Tensor, scores: Tensor, spans: Sequence[slice]) -> tuple[Tensor, ...]:
    taps = [tensors[:, span] * scores[..., k : k + 1] for k, span in enumerate(spans[:-1])]
    return (*taps, tensors[:, spans[-1]].contiguous())


def _gather(tensors: Tensor, weights: Tensor, spans: Sequence[slice]) -> Tensor:
    gathered = tensors[:, spans[0]] * weights[0]
    for span, weight in zip(spans[1:], weights[1:], strict=True):
        gathered = torch.addcmul(gathered, tensors[:, span], weight)
    return gathered
