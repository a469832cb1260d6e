"""Tells which joints a detector has in a wrong place because something hides them, and where they are."""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor, nn

from ..joints import COUNT

DILATIONS: Final = (1, 2, 4, 8, 16)


class HiddenNetwork(nn.Module):  # type: ignore[misc]
    """Sees a second before and after each frame.

    Args:
        inputs: numbers a frame.
        width: channels.
        dropout: share of the channels of each step that is left out while learning.
    """

    def __init__(self, inputs: int, width: int = 80, dropout: float = 0.05) -> None:
        super().__init__()
        self.first = nn.Conv1d(inputs, width, 3, padding=1)
        self.wide = nn.ModuleList(nn.Conv1d(width, width, 3, padding=step, dilation=step) for step in DILATIONS)
        self.mixed = nn.ModuleList(nn.Conv1d(width, width, 1) for _ in DILATIONS)
        self.dropout = nn.Dropout(dropout)
        self.last = nn.Conv1d(width, 3 * COUNT, 1)

    def forward(self, inputs: Tensor) -> Tensor:
        """Rows (N, T, C) of `inference.refine.hidden_inputs` to (N, T, 51): logits of 17 joints, then their shifts."""
        values = torch.relu(self.first(inputs.transpose(1, 2)))
        for wide, mixed in zip(self.wide, self.mixed, strict=True):
            values = values + self.dropout(mixed(torch.relu(wide(values))))
        return self.last(torch.relu(values)).transpose(1, 2)
