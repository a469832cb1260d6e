"""A multi-stride temporal network: one film seen at several speeds at once.

Cheng et al., "Multi-Scale Networks for 3D Human Pose Estimation with Inference Stage Optimization", section 3.2: TCNs
with temporal strides 1, 2, 3, 5 and 7, whose features are concatenated, make fast and slow movement look alike to one
of them. The paper's input are embedded heat maps; ours are the 2D joints, as for the other networks here.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .config import JOINT_NUMBERS, blocks_for
from .peer_configs import MultiStrideConfig
from .temporal_stack import TemporalStack


class MultiStride(nn.Module):  # type: ignore[misc]
    """Lifts the target frame of a window, or every frame of a clip with the same weights."""

    def __init__(self, config: MultiStrideConfig) -> None:
        super().__init__()
        self.config = config
        self.stacks = nn.ModuleList(
            TemporalStack(
                config.inputs, config.channels, blocks_for(config.taps), dropout=config.dropout, causal=config.causal
            )
            for _ in config.strides
        )
        self.last = nn.Linear(len(config.strides) * config.channels, JOINT_NUMBERS)

    def receptive_field(self) -> int:
        """Frames that one pose is made from: the span of the slowest stack."""
        return self.config.frames

    def forward(self, windows: Tensor) -> Tensor:
        """Windows (N, F, inputs), F = `receptive_field()`, to poses (N, 17, 3), metres in ray-camera axes."""
        assert windows.ndim == 3 and windows.shape[1] == self.config.frames, windows.shape
        features = []
        for stride, stack in zip(self.config.strides, self.stacks, strict=True):
            first = self._first(stride)
            features.append(stack(windows[:, first : first + self._span(stride) : stride]))
        return self.last(torch.cat(features, dim=-1)).unflatten(-1, (-1, 3))

    def slide(self, clips: Tensor, spacing: int = 1) -> Tensor:
        """Every `spacing`-th frame with a window around it: (N, T, inputs) to (N, 1 + (T - F) // spacing, 17, 3)."""
        count = clips.shape[1] - self.config.frames + 1
        features = []
        for stride, stack in zip(self.config.strides, self.stacks, strict=True):
            first = self._first(stride)
            seen = clips[:, first : first + self._span(stride) + count - 1]
            features.append(stack.slide(seen, step=stride)[:, ::spacing])
        return self.last(torch.cat(features, dim=-1)).unflatten(-1, (-1, 3))

    def _span(self, stride: int) -> int:
        return (self.config.taps - 1) * stride + 1

    def _first(self, stride: int) -> int:
        """First frame of the window that a stack sees."""
        rest = self.config.frames - self._span(stride)
        return rest if self.config.causal else rest // 2
