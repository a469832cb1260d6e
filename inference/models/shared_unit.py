"""A multi-scale dilated unit that borrows its weights from the layer beside it, so that it adds none (section 4)."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor, nn

from .config import AtcnConfig
from .normalisation import ChannelNorm, OwnStatistics

Layer = Callable[[Tensor, Tensor | None, Callable[[ChannelNorm, Tensor], Tensor]], Tensor]
"""A layer without its residual: tensors, temporal attention and how to normalise, to the layer's update."""


class SharedUnit(nn.Module):  # type: ignore[misc]
    """Layer j on every 3^k-th of its tensors, landing on the input of layer j + k + 1.

    Its normalisations scale and shift as the layer's do, but keep statistics of their own, since tensors that stand
    further apart are distributed otherwise.

    Args:
        config: the network's shape.
        level: k, from 1 on.
        layer: j, whose input is read; 0 reads the 2D frames.
    """

    def __init__(self, config: AtcnConfig, level: int, layer: int) -> None:
        super().__init__()
        self.step = 3**level
        self.start = self.step - 1 if config.causal else (self.step - 1) // 2
        block = [*(config.channels for _ in range(config.branches)), config.reduction, config.channels]
        self.statistics = nn.ModuleList(OwnStatistics(width) for width in (block if layer else [config.channels]))

    def forward(self, tensors: Tensor, scores: Tensor | None, layer: Layer) -> Tensor:
        """(N, L, C) and the layer's temporal attention (N, L) to (N, L / 3^(k+1), channels)."""
        unused = iter(self.statistics)
        seen = None if scores is None else scores[:, self.start :: self.step]
        return layer(tensors[:, self.start :: self.step], seen, lambda norm, values: next(unused).like(norm, values))
