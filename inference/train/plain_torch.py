"""ATCN + MDC as one would first write it in PyTorch: `nn.Conv1d` over (N, C, F), batch normalisation and so on.

It takes the weights of `inference.models.atcn.Atcn` and computes the same poses. It exists to be measured against.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ..models.atcn import Atcn
from ..models.dilated_unit import DilatedUnit, unit_places
from ..models.kernel_attention import KernelAttention


class PlainAtcn(nn.Module):  # type: ignore[misc]
    """The same function as `source`, non-causal and with direct temporal attention, of convolutions."""

    def __init__(self, source: Atcn) -> None:
        super().__init__()
        config = source.config
        assert not config.causal and not config.chained_attention and config.dilated_units != "shared", config
        self.target = config.target
        self.first = _convolution(source.first.weight.unflatten(1, (3, -1)).permute(0, 2, 1), source.first.bias, 3)
        self.first_norm = _norm(source.first_norm)
        self.attention = nn.ModuleList(block.attention.theta for block in source.blocks)
        self.kernels = nn.ModuleList(_PlainKernelAttention(block.kernels) for block in source.blocks)
        self.pointwise = nn.ModuleList(_pointwise(block.pointwise) for block in source.blocks)
        self.norms = nn.ModuleList(_norm(block.norm) for block in source.blocks)
        self.units = nn.ModuleDict({name: _PlainUnit(unit) for name, unit in source.units.items()})
        self.places = unit_places(config) if config.dilated_units == "own" else []
        self.last = _pointwise(source.last)
        self.activation = nn.SiLU()

    def forward(self, windows: Tensor) -> Tensor:
        """(N, F, 34) to (N, 17, 3), as `Atcn`."""
        joints = windows.unflatten(-1, (-1, 2))
        poses = (joints - joints[:, :, :1]).flatten(2)
        similarity = torch.cosine_similarity(poses, poses[:, self.target : self.target + 1], dim=-1, eps=1e-6)
        inputs = [windows.transpose(1, 2)]
        tensors = self.activation(self.first_norm(self.first(inputs[0])))
        for layer, (theta, kernels) in enumerate(zip(self.attention, self.kernels, strict=True), start=1):
            for level, source in self.places:
                if level + source + 1 == layer:
                    tensors = tensors + self.units[f"level{level}_layer{source}"](inputs[source])
            inputs.append(tensors)
            mixed = kernels(tensors * torch.sigmoid(theta(similarity)).unsqueeze(1))
            update = self.activation(self.norms[layer - 1](self.pointwise[layer - 1](mixed)))
            tensors = tensors[:, :, 1::3] + update
        return self.last(tensors)[:, :, 0].unflatten(-1, (-1, 3))


class _PlainKernelAttention(nn.Module):  # type: ignore[misc]
    def __init__(self, source: KernelAttention) -> None:
        super().__init__()
        self.branches = nn.ModuleList(
            _convolution(branch.as_conv1d_weight(), None, 3, branch.groups, dilation=m + 1, padding=m)
            for m, branch in enumerate(source.branches)
        )
        self.norms = nn.ModuleList(_norm(norm) for norm in source.norms)
        self.reduce, self.reduce_norm, self.expand = source.reduce, _norm(source.reduce_norm), source.expand

    def forward(self, tensors: Tensor) -> Tensor:
        outputs = torch.stack([n(b(tensors)) for b, n in zip(self.branches, self.norms, strict=True)], dim=1)
        scores = self.expand(self.reduce_norm(self.reduce(outputs.sum(dim=1).mean(dim=-1))))
        shares = torch.softmax(scores.unflatten(-1, (len(self.branches), -1)), dim=1)
        return (outputs * shares.unsqueeze(-1)).sum(dim=1)


class _PlainUnit(nn.Module):  # type: ignore[misc]
    def __init__(self, source: DilatedUnit) -> None:
        super().__init__()
        self.start, self.step, pointwise = source.start, source.step, source.pointwise
        if source.depthwise is None:
            weight = pointwise.weight.unflatten(1, (3, -1)).permute(0, 2, 1)
            self.convolution: nn.Module = _convolution(weight, pointwise.bias, 3)
        else:
            depthwise = _convolution(source.depthwise.t().unsqueeze(1), None, 3, groups=source.depthwise.shape[1])
            self.convolution = nn.Sequential(depthwise, _pointwise(pointwise))
        self.norm, self.activation = _norm(source.norm), nn.SiLU()

    def forward(self, tensors: Tensor) -> Tensor:
        return self.activation(self.norm(self.convolution(tensors[:, :, self.start :: self.step])))


def _convolution(
    weight: Tensor, bias: Tensor | None, stride: int, groups: int = 1, dilation: int = 1, padding: int = 0
) -> nn.Conv1d:
    outputs, inputs, width = weight.shape
    made = nn.Conv1d(inputs * groups, outputs, width, stride, padding, dilation, groups, bias=bias is not None)
    made.weight = nn.Parameter(weight.detach().contiguous())
    if bias is not None:
        made.bias = bias
    return made


def _pointwise(linear: nn.Linear) -> nn.Conv1d:
    return _convolution(linear.weight.unsqueeze(-1), linear.bias, 1)


def _norm(source: nn.BatchNorm1d) -> nn.BatchNorm1d:
    made = nn.BatchNorm1d(source.num_features, source.eps)
    made.load_state_dict(source.state_dict())
    return made
