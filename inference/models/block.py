"""One middle layer: temporal attention, kernel attention, a 1x1 convolution and a residual."""

from __future__ import annotations

from torch import Tensor, nn

from .config import AtcnConfig
from .kernel_attention import KernelAttention
from .normalisation import ChannelNorm
from .temporal_attention import TemporalAttention


class Block(nn.Module):  # type: ignore[misc]
    """Divides the number of tensors by three.

    Args:
        config: the network's shape.
        tensors: how many tensors come in.
    """

    def __init__(self, config: AtcnConfig, tensors: int) -> None:
        super().__init__()
        self.anchor = config.anchor
        self.attention = TemporalAttention(config.frames, tensors) if config.temporal_attention else None
        self.kernels = KernelAttention(config)
        self.pointwise = nn.Linear(config.channels, config.channels)
        self.norm = ChannelNorm(config.channels)
        self.activation = nn.SiLU()
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, tensors: Tensor, similarity: Tensor) -> Tensor:
        """`tensors` (N, 3L, C) and frame similarities (N, F) to (N, L, C)."""
        weighted = tensors if self.attention is None else self.attention(tensors, similarity)
        mixed = self.dropout(self.kernels(weighted))
        update = self.dropout(self.activation(self.norm(self.pointwise(mixed))))
        residual = tensors[:, self.anchor :: 3]
        assert residual.shape == update.shape, (residual.shape, update.shape)
        return residual + update
