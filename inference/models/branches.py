"""All dilated branches of a block, its temporal attention and its residual in one differentiable step.

What the branches read is brought into group-major order once, for all of them; there the undilated branch is a plain
batched matrix product, and a dilated one needs one copy of shifted taps. The backward pass adds all branches' gradients
in that order and turns them back once. Autograd on its own copies three times as much.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

Reach = tuple[int, int, int, int, int]
"""A tap that is read: its index k, the first and the last + 1 of the groups t that read it, and where group t finds it:
place `inside` of group t + `shift`."""


def tap_reaches(offsets: tuple[int, ...], length: int) -> tuple[Reach, ...]:
    """The taps of a branch that read more than padding.

    Args:
        offsets: of the taps, relative to the first tensor of a group of three.
        length: number of groups.
    """
    reaches = []
    for tap, offset in enumerate(offsets):
        shift, inside = divmod(offset, 3)
        first, end = max(0, -shift), min(length, length - shift)
        if first < end:
            reaches.append((tap, first, end, shift, inside))
    return tuple(reaches)


def run_branches(
    tensors: Tensor, scores: Tensor | None, weights: list[Tensor], branches: list[tuple[int, ...]], anchor: int
) -> tuple[list[Tensor], Tensor]:
    """Weights the tensors by frame and convolves them with each branch's kernel, for training.

    Args:
        tensors: (N, 3L, C).
        scores: (N, 3L) temporal attention, or None.
        weights: of each branch, (G, 3, C / G, C / G).
        branches: offsets of each branch's taps from the first tensor of a group; the first branch reads 0, 1, 2.
        anchor: which tensor of each group is the residual.

    Returns:
        each branch's output (N, L, C), and the residual (N, L, C), which temporal attention leaves as it is.
    """
    assert branches[0] == (0, 1, 2) and tensors.shape[1] % 3 == 0, (branches, tensors.shape)
    reaches = tuple(tap_reaches(offsets, tensors.shape[1] // 3) for offsets in branches)
    narrow = [weight.to(tensors.dtype) for weight in weights]
    factors = None if scores is None else scores.to(tensors.dtype)
    *outputs, residual = _Branches.apply(tensors, factors, reaches, anchor, *narrow)
    return outputs, residual


class _Branches(torch.autograd.Function):  # type: ignore[misc]
    @staticmethod
    def forward(
        ctx: Any,
        tensors: Tensor,
        scores: Tensor | None,
        reaches: tuple[tuple[Reach, ...], ...],
        anchor: int,
        *weights: Tensor,
    ) -> tuple[Tensor, ...]:
        groups = weights[0].shape[0]
        turned = _group_major(tensors, scores, groups)
        outputs, columns = [], []
        for reach, weight in zip(reaches, weights, strict=True):
            columns.append(_columns(turned, reach))
            outputs.append(_multiply(columns[-1], _kernel(weight, reach), turned.shape[1]))
        ctx.reaches, ctx.anchor = reaches, anchor
        ctx.save_for_backward(tensors, scores, *weights, *columns)
        return (*outputs, tensors[:, anchor::3].clone())

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        tensors, scores, *rest = ctx.saved_tensors
        weights, columns = rest[: len(ctx.reaches)], rest[len(ctx.reaches) :]
        groups, _, width, _ = weights[0].shape
        batch, length = len(tensors), tensors.shape[1] // 3
        total: Tensor | None = None
        weight_gradients = []
        for reach, weight, column, gradient in zip(ctx.reaches, weights, columns, gradients[:-1], strict=True):
            turned = gradient.reshape(batch * length, groups, width).transpose(0, 1).contiguous()
            spread = torch.bmm(turned, _kernel(weight, reach).transpose(1, 2))
            spread = spread.view(groups, batch, length, len(reach), width)
            total = spread if total is None else _add_taps(total, spread, reach)
            weight_gradients.append(_weight_gradient(column, turned, weight, reach))
        assert total is not None
        inward = total.permute(1, 2, 3, 0, 4).reshape(tensors.shape)
        factor_gradient = None
        if scores is not None:
            factor_gradient = (inward * tensors).sum(dim=2)
            inward.mul_(scores.unsqueeze(2))
        inward[:, ctx.anchor :: 3] += gradients[-1]
        return inward, factor_gradient, None, None, *weight_gradients


def _group_major(tensors: Tensor, scores: Tensor | None, groups: int) -> Tensor:
    """(N, 3L, C), weighted, as (G, N, L, 3, C / G)."""
    batch, length, channels = tensors.shape
    # A product that is written in another order costs more than this product and a copy.
    weighted = tensors if scores is None else tensors * scores.unsqueeze(2)
    return weighted.reshape(batch, length // 3, 3, groups, channels // groups).permute(3, 0, 1, 2, 4).contiguous()


def _columns(turned: Tensor, reach: tuple[Reach, ...]) -> Tensor:
    """(G, N L, K C / G): what each output multiplies its kernel with, for the K taps that are read."""
    groups, batch, length, _, width = turned.shape
    if [(shift, inside) for *_, shift, inside in reach] == [(0, 0), (0, 1), (0, 2)]:
        return turned.view(groups, batch * length, 3 * width)
    columns = turned.new_empty(groups, batch, length, len(reach), width)
    for place, (_, first, end, shift, inside) in enumerate(reach):
        columns[:, :, first:end, place] = turned[:, :, first + shift : end + shift, inside]
        columns[:, :, :first, place] = 0
        columns[:, :, end:, place] = 0
    return columns.view(groups, batch * length, -1)


def _kernel(weight: Tensor, reach: tuple[Reach, ...]) -> Tensor:
    """(G, K C / G, C / G) of the taps that are read."""
    kept = weight if len(reach) == weight.shape[1] else weight[:, [tap for tap, *_ in reach]]
    return kept.reshape(len(weight), -1, weight.shape[-1])


def _multiply(columns: Tensor, kernel: Tensor, batch: int) -> Tensor:
    groups, rows, _ = columns.shape
    output = columns.new_empty(rows, groups, kernel.shape[-1])
    torch.bmm(columns, kernel, out=output.transpose(0, 1))
    return output.view(batch, rows // batch, -1)


def _add_taps(total: Tensor, spread: Tensor, reach: tuple[Reach, ...]) -> Tensor:
    """Adds a branch's gradients (G, N, L, K, C / G) where its taps were read; in place."""
    for place, (_, first, end, shift, inside) in enumerate(reach):
        total[:, :, first + shift : end + shift, inside] += spread[:, :, first:end, place]
    return total


def _weight_gradient(columns: Tensor, gradient: Tensor, weight: Tensor, reach: tuple[Reach, ...]) -> Tensor:
    # The product's transpose, since the library is faster at that.
    product = torch.bmm(gradient.transpose(1, 2), columns).transpose(1, 2)
    product = product.reshape(len(weight), len(reach), *weight.shape[2:])
    if len(reach) == weight.shape[1]:
        return product
    whole = torch.zeros_like(weight)
    whole[:, [tap for tap, *_ in reach]] = product
    return whole
