"""Tells when a foot, its heel and its toe stand: a few dilated convolutions over what its leg does."""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor, nn

WIDTH: Final = 32
DILATIONS: Final = (1, 2, 4, 4)
PARTS: Final = 3
"""Foot, heel, toe."""
_FARTHEST: Final = 6.0
"""Inputs end at this many standard deviations: where the lifter jumps, a speed says no more than that."""


class ContactNetwork(nn.Module):  # type: ignore[misc]
    """Sees twelve frames before and after each one.

    Args:
        mean, spread: (C,) of the inputs over what it learns from; kept with the weights.
        dropout: share of the channels of each step that is left out while learning.
    """

    def __init__(self, mean: Tensor, spread: Tensor, dropout: float = 0.15) -> None:
        super().__init__()
        self.register_buffer("mean", mean)
        self.register_buffer("spread", spread)
        self.first = nn.Conv1d(len(mean), WIDTH, 3, padding=1)
        self.wide = nn.ModuleList(nn.Conv1d(WIDTH, WIDTH, 3, padding=step, dilation=step) for step in DILATIONS)
        self.mixed = nn.ModuleList(nn.Conv1d(WIDTH, WIDTH, 1) for _ in DILATIONS)
        self.dropout = nn.Dropout(dropout)
        self.last = nn.Conv1d(WIDTH, PARTS, 1)

    def forward(self, inputs: Tensor) -> Tensor:
        """Rows (N, T, C) of `inference.refine.contact_inputs` to logits (N, T, 3)."""
        values = ((inputs - self.mean) / self.spread).clamp(-_FARTHEST, _FARTHEST).transpose(1, 2)
        values = torch.relu(self.first(values))
        for wide, mixed in zip(self.wide, self.mixed, strict=True):
            values = values + self.dropout(mixed(torch.relu(wide(values))))
        return self.last(torch.relu(values)).transpose(1, 2)
