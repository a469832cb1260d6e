"""2D pose enhance: a small temporal network that cleans a detected track before it is lifted.

Named in Liu et al., IJCV 2021, Table 5, without a formula; this form is ours. It adds a correction to what was
detected, and begins as no correction at all.
"""

from __future__ import annotations

from torch import Tensor, nn

from .config import KEYPOINT_NUMBERS, blocks_for
from .peer_configs import EnhanceConfig
from .temporal_stack import TemporalStack


class Enhance(nn.Module):  # type: ignore[misc]
    """Corrects the target frame of a window of 2D joints, or every frame of a clip with the same weights."""

    def __init__(self, config: EnhanceConfig) -> None:
        super().__init__()
        self.config = config
        self.stack = TemporalStack(
            config.inputs, config.channels, blocks_for(config.frames), dropout=config.dropout, causal=config.causal
        )
        self.last = nn.Linear(config.channels, KEYPOINT_NUMBERS)
        nn.init.zeros_(self.last.weight)
        nn.init.zeros_(self.last.bias)

    def receptive_field(self) -> int:
        """Frames that one corrected frame is made from."""
        return self.config.frames

    def forward(self, windows: Tensor) -> Tensor:
        """Windows (N, F, inputs), F = `receptive_field()`, to the target's joints (N, 34), in the input's units."""
        detected = windows[:, self.config.target, :KEYPOINT_NUMBERS]
        return detected + self.last(self.stack(windows)).float()

    def slide(self, clips: Tensor, spacing: int = 1) -> Tensor:
        """Every `spacing`-th frame with a whole window around it: (N, T, inputs) to (N, 1 + (T - F) // spacing, 34)."""
        corrections = self.last(self.stack.slide(clips, spacing)).float()
        detected = clips[:, self.config.target :: spacing, :KEYPOINT_NUMBERS]
        return detected[:, : corrections.shape[1]] + corrections
