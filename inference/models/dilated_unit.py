"""Multi-scale dilated units: a grid beside the layers that widens the view without adding layers (section 4)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .config import AtcnConfig
from .normalisation import QuietNorm


class DilatedUnit(nn.Module):  # type: ignore[misc]
    """Sees every 3^k-th tensor of a layer's input, three at a time, and lands on the input of layer j + k + 1.

    Units that read features are depthwise separable; those that read the 2D frames, which are narrow, are full.

    Args:
        config: the network's shape.
        level: k, from 1 on.
        layer: j, whose input is read; 0 reads the 2D frames.
    """

    def __init__(self, config: AtcnConfig, level: int, layer: int) -> None:
        super().__init__()
        self.step = 3**level
        self.start = self.step - 1 if config.causal else (self.step - 1) // 2
        reads_frames = layer == 0
        width = 3 * config.inputs if reads_frames else config.channels
        self.depthwise = None if reads_frames else nn.Parameter(torch.randn(3, width) * 3**-0.5)
        self.pointwise = nn.Linear(width, config.channels)
        self.norm = QuietNorm(config.channels)
        self.activation = nn.SiLU()

    def forward(self, tensors: Tensor) -> Tensor:
        """(N, L, C) to (N, L / 3^(k+1), channels)."""
        seen = tensors[:, self.start :: self.step].unflatten(1, (-1, 3))
        gathered = seen.flatten(2) if self.depthwise is None else (seen * self.depthwise).sum(dim=2)
        return self.activation(self.norm(self.pointwise(gathered)))


def unit_places(config: AtcnConfig) -> list[tuple[int, int]]:
    """(level, layer) of every unit: level k = 1..n-2 has n - 1 - k of them."""
    layers = config.layers
    return [(level, layer) for level in range(1, layers - 1) for layer in range(layers - 1 - level)]
