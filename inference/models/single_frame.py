"""The single-frame baseline: VideoPose3D with kernels of width 1 (Pavllo et al., CVPR 2019, section 6.1)."""

from __future__ import annotations

from torch import Tensor, nn

from .config import JOINT_NUMBERS
from .peer_configs import SingleFrameConfig
from .temporal_stack import TemporalStack


class SingleFrame(nn.Module):  # type: ignore[misc]
    """Lifts each frame without a look at any other."""

    def __init__(self, config: SingleFrameConfig) -> None:
        super().__init__()
        self.config = config
        self.stack = TemporalStack(
            config.inputs, config.channels, config.blocks, dropout=config.dropout, causal=config.causal, width=1
        )
        self.last = nn.Linear(config.channels, JOINT_NUMBERS)

    def receptive_field(self) -> int:
        """Frames that one pose is made from: 1."""
        return self.config.frames

    def forward(self, windows: Tensor) -> Tensor:
        """Windows of one frame (N, 1, inputs) to poses (N, 17, 3), metres in ray-camera axes, root-relative."""
        return self.last(self.stack(windows)).unflatten(-1, (-1, 3))
