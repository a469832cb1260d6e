"""The blend as it is trained; `inference.refine.blend_network` runs the same in numpy."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ..joints import COUNT
from ..refine.blend_inputs import APART, APART_M, CORRECTIONS, FEATURES

_SHY = -1.5
"""Where trust begins: a fifth of the way to the detector's own 3D."""


class Blend(nn.Module):  # type: ignore[misc]
    """How far each joint of a frame goes to where the detector's own 3D has it, and what is to be added to that.

    Args:
        width: hidden values.
        dropout: share of hidden values that is left out in training; half as many of the features.
    """

    def __init__(self, width: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.enter = nn.Linear(FEATURES, width)
        self.hidden = nn.Linear(width, width)
        self.leave = nn.Linear(width, COUNT - 1 + CORRECTIONS)
        self.blind, self.dropout = nn.Dropout(dropout / 2.0), nn.Dropout(dropout)
        self.register_buffer("mean", torch.zeros(FEATURES))
        self.register_buffer("spread", torch.ones(FEATURES))
        with torch.no_grad():
            self.leave.weight.mul_(0.1)
            self.leave.bias.zero_()
            self.leave.bias[: COUNT - 1] = _SHY

    def tell(self, mean: Tensor, spread: Tensor) -> None:
        """Say what the features are like, (FEATURES,) each; kept with the weights."""
        self.mean.copy_(mean)
        self.spread.copy_(spread)

    def forward(self, features: Tensor, noise: float = 0.0) -> Tensor:
        """Corrections (N, CORRECTIONS) metres for features (N, FEATURES), which are shaken by `noise` spreads."""
        values = (features - self.mean) / self.spread
        values = self.blind(values + noise * torch.randn_like(values))
        hidden = self.dropout(torch.relu(self.enter(values)))
        said = self.leave(self.dropout(torch.relu(self.hidden(hidden))))
        trust, added = said[:, : COUNT - 1].sigmoid(), said[:, COUNT - 1 :]
        apart = APART_M * features[:, APART].reshape(len(features), -1, 3)
        return (trust[..., None] * apart).flatten(1) + added
