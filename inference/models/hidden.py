"""Tells which joints a detector has in a wrong place because something hides them, and where they are."""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor, nn

from ..joints import COUNT

_DILATIONS: Final = (1, 2, 4, 8, 16)
_WIDTH: Final = 80
_DROPOUT: Final = 0.05
"""Share of the channels of each step that is left out while learning."""


class HiddenNetwork(nn.Module):  # type: ignore[misc]
    """Sees a second before and after each frame.

    Args:
        inputs: numbers a frame.
    """

    def __init__(self, inputs: int) -> None:
        super().__init__()
        self.first = nn.Conv1d(inputs, _WIDTH, 3, padding=1)
        self.wide = nn.ModuleList(nn.Conv1d(_WIDTH, _WIDTH, 3, padding=step, dilation=step) for step in _DILATIONS)
        self.mixed = nn.ModuleList(nn.Conv1d(_WIDTH, _WIDTH, 1) for _ in _DILATIONS)
        self.dropout = nn.Dropout(_DROPOUT)
        self.last = nn.Conv1d(_WIDTH, 3 * COUNT, 1)

    def forward(self, inputs: Tensor) -> Tensor:
        """Rows (N, T, C) of `inference.refine.hidden_inputs` to (N, T, 51): logits of 17 joints, then their shifts."""
        values = torch.relu(self.first(inputs.transpose(1, 2)))
        for wide, mixed in zip(self.wide, self.mixed, strict=True):
            values = values + self.dropout(mixed(torch.relu(wide(values))))
        return self.last(torch.relu(values)).transpose(1, 2)
