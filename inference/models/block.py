"""One middle layer: temporal attention, kernel attention, a 1x1 convolution and a residual."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor, nn

from .config import AtcnConfig
from .dropout import Dropout
from .kernel_attention import KernelAttention
from .normalisation import ChannelNorm, QuietNorm, plain_norm
from .temporal_attention import TemporalAttention


class Block(nn.Module):  # type: ignore[misc]
    """Divides the number of tensors by three.

    Args:
        config: the network's shape.
        layer: l, from 1 on.
    """

    def __init__(self, config: AtcnConfig, layer: int) -> None:
        super().__init__()
        tensors = config.frames // 3**layer
        seen = config.frames // 3 ** (layer - 1) if config.chained_attention else config.frames
        self.attention = TemporalAttention(seen, tensors) if config.temporal_attention else None
        self.kernels = KernelAttention(config)
        self.pointwise = nn.Linear(config.channels, config.channels)
        self.norm = QuietNorm(config.channels)
        self.activation = nn.SiLU()
        self.dropout = Dropout(config.dropout)

    def forward(self, tensors: Tensor, scores: Tensor | None) -> Tensor:
        """`tensors` (N, 3L, C) and temporal attention (N, 3L) to (N, L, C)."""
        update, residual = self._run(tensors, scores, plain_norm)
        assert residual.shape == update.shape, (residual.shape, update.shape)
        return residual + update

    def update(self, tensors: Tensor, scores: Tensor | None, normed: Callable[[ChannelNorm, Tensor], Tensor]) -> Tensor:
        """What the layer adds to its residual, for a unit that borrows it; `normed` stands for the normalisations."""
        return self._run(tensors, scores, normed)[0]

    def _run(
        self, tensors: Tensor, scores: Tensor | None, normed: Callable[[ChannelNorm, Tensor], Tensor]
    ) -> tuple[Tensor, Tensor]:
        attended, residual = self.kernels(tensors, scores, normed)
        update = self.activation(normed(self.norm, self.pointwise(self.dropout(attended))))
        return self.dropout(update), residual
