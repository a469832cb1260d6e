"""Networks rewritten for use: the same weights, fewer and larger operations.

Batch normalisation in use is a scale and a shift, so it goes into the weights of the layer before it. Grouped
convolutions become one plain matrix product a group, whose constant weights ONNX Runtime lays out for the processor
when it loads them (it does not for a batched product). The weights themselves stay as they were trained: the graph
folds them, ONNX Runtime evaluates that once at loading, and a file remains good to begin a training with.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from ..models.atcn import Atcn
from ..models.kernel_attention import KernelAttention


def folded(network: nn.Module) -> nn.Module:
    """A copy of `network` for use, with its parameters shared; `original_names` tells what its weights were called.

    Networks that gain nothing by it are returned as they are: those of plain convolutions, which ONNX Runtime folds by
    itself, and the one that slides, whose products are few and large as it is. So are those whose units borrow weights,
    since they follow them with other normalisations.
    """
    if not isinstance(network, Atcn) or network.config.dilated_units == "shared":
        return network
    shared = {id(tensor): tensor for tensor in (*network.parameters(), *network.buffers())}
    twin = copy.deepcopy(network, shared).eval()
    _fold_linear(twin, "first", "first_norm")
    for module in (*twin.blocks, *twin.units.values()):
        _fold_linear(module, "pointwise", "norm")
    for block in twin.blocks:
        block.kernels = FoldedKernelAttention(block.kernels)
    return twin


def original_names(twin: nn.Module, network: nn.Module) -> dict[str, str]:
    """Name of each weight in `twin`, made by `folded`, to its name in `network`."""
    names = {id(tensor): name for name, tensor in _tensors(network)}
    return {name: names[id(tensor)] for name, tensor in _tensors(twin) if id(tensor) in names}


def _tensors(network: nn.Module) -> list[tuple[str, Tensor]]:
    named: list[tuple[str, Tensor]] = [*network.named_parameters(), *network.named_buffers()]
    return named


class FoldedLinear(nn.Module):  # type: ignore[misc]
    """A fully connected layer and the batch normalisation behind it, as one: (..., K) to (..., C)."""

    def __init__(self, linear: nn.Linear, norm: nn.BatchNorm1d | None) -> None:
        super().__init__()
        self.linear, self.norm = linear, norm

    def forward(self, tensors: Tensor) -> Tensor:
        """See the class."""
        weight, bias = self.linear.weight.t(), self.linear.bias
        if self.norm is not None:
            scale, shift = scale_and_shift(self.norm)
            weight, bias = weight * scale, bias * scale + shift
        rows = torch.addmm(bias, tensors.reshape(-1, tensors.shape[-1]), weight)
        return rows.view(*tensors.shape[:-1], -1)


def scale_and_shift(norm: nn.BatchNorm1d) -> tuple[Tensor, Tensor]:
    """What batch normalisation does in use: x * scale + shift."""
    scale = norm.weight * torch.rsqrt(norm.running_var + norm.eps)
    return scale, norm.bias - norm.running_mean * scale


class FoldedKernelAttention(nn.Module):  # type: ignore[misc]
    """`inference.models.kernel_attention.KernelAttention` in use."""

    def __init__(self, source: KernelAttention) -> None:
        super().__init__()
        self.branches, self.norms, self.anchor = source.branches, source.norms, source.anchor
        self.reduce = FoldedLinear(source.reduce, source.reduce_norm)
        self.expand = FoldedLinear(source.expand, None)

    def forward(self, tensors: Tensor, scores: Tensor | None, _normed: object = None) -> tuple[Tensor, Tensor]:
        """See `KernelAttention.forward`."""
        batch, length, channels = tensors.shape
        weighted = tensors if scores is None else tensors * scores.unsqueeze(-1)
        padded = nn.functional.pad(weighted, (0, 0, *self._padding(length)))
        outputs = []
        for branch, norm in zip(self.branches, self.norms, strict=True):
            taps = [tap for tap in range(3) if _reaches(branch.offsets[tap], length)]
            offsets = tuple(branch.offsets[tap] for tap in taps)
            columns = weighted if offsets == (0, 1, 2) else _gather(padded, offsets, self._padding(length)[0], length)
            columns = columns.reshape(batch * (length // 3), len(taps), channels)
            outputs.append(grouped_product(columns, branch.weight[:, taps], norm).view(batch, -1, channels))
        pooled = sum(outputs[1:], outputs[0]).mean(dim=1)
        mixed = softmax_sum(self.expand(self.reduce(pooled)).unsqueeze(1), outputs)
        return mixed, tensors.reshape(batch, -1, 3, channels)[:, :, self.anchor]

    def _padding(self, length: int) -> tuple[int, int]:
        """Zeros needed before and after (N, length, C)."""
        offsets = [offset for branch in self.branches for offset in branch.offsets]
        return max(0, -min(offsets)), max(0, max(offsets) - 2)


def grouped_product(columns: Tensor, weight: Tensor, norm: nn.BatchNorm1d) -> Tensor:
    """A grouped convolution's product and the batch normalisation behind it.

    Args:
        columns: (R, K, C) the K taps of each of R outputs.
        weight: (G, K, C / G, C / G).
        norm: over C channels.

    Returns:
        (R, C).
    """
    groups, taps, width, _ = weight.shape
    scale, shift = (values.view(groups, width) for values in scale_and_shift(norm))
    matrices = (weight * scale[:, None, None]).reshape(groups, taps * width, width)
    products = []
    for group in range(groups):
        rows = columns[:, :, group * width : (group + 1) * width].reshape(-1, taps * width)
        products.append(torch.addmm(shift[group], rows, matrices[group]))
    return torch.cat(products, dim=-1)


def softmax_sum(logits: Tensor, outputs: Sequence[Tensor]) -> Tensor:
    """Sum of M `outputs` (N, L, C), each times its share: the softmax over M of `logits` (N, L or 1, M C)."""
    parts = logits.chunk(len(outputs), dim=-1)
    largest = parts[0]
    for part in parts[1:]:
        largest = torch.maximum(largest, part)
    shares = [torch.exp(part - largest) for part in parts]
    whole = sum(shares[1:], shares[0])
    weighted = [output * (share / whole) for output, share in zip(outputs, shares, strict=True)]
    return sum(weighted[1:], weighted[0])


def _reaches(offset: int, length: int) -> bool:
    """Whether any group's tensor 3t + offset lies among the `length` that there are."""
    return any(0 <= 3 * group + offset < length for group in range(length // 3))


def _gather(padded: Tensor, offsets: tuple[int, ...], before: int, length: int) -> Tensor:
    """Tensors 3t + offset of every group t, from (N, before + length + after, C): (N, groups x taps, C)."""
    index = [3 * group + offset + before for group in range(length // 3) for offset in offsets]
    return torch.index_select(padded, 1, torch.tensor(index))


def _fold_linear(module: nn.Module, linear: str, norm: str) -> None:
    setattr(module, linear, FoldedLinear(getattr(module, linear), getattr(module, norm)))
    setattr(module, norm, nn.Identity())
