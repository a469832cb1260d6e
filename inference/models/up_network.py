"""The estimator of up as it is trained; `inference.refine.up_network` runs the same in numpy."""

from __future__ import annotations

import torch
from torch import Tensor, nn

_USUAL_LOG_PRECISION = 6.0
"""Of a slant of three degrees: where training begins."""


class UpNetwork(nn.Module):  # type: ignore[misc]
    """A small network for each station, told what the whole clip is like by mean and spread of its hidden values.

    Args:
        inputs: features of a station.
        width: hidden values.
    """

    def __init__(self, inputs: int, width: int) -> None:
        super().__init__()
        self.enter = nn.Linear(inputs, width)
        self.hidden = nn.Linear(width, width)
        self.clip = nn.Linear(2 * width, width)
        self.station = nn.Linear(width, width)
        self.mix = nn.Linear(width, width // 2)
        self.leave = nn.Linear(width // 2, 4)
        self.sureness = nn.Linear(width, 1)
        with torch.no_grad():
            self.leave.weight.mul_(0.1)
            self.leave.bias.copy_(torch.tensor([0.0, 0.0, _USUAL_LOG_PRECISION, _USUAL_LOG_PRECISION]))
            self.sureness.weight.mul_(0.1)
            self.sureness.bias.zero_()

    def forward(self, features: Tensor, mask: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """What each station says.

        Args:
            features: (N, S, inputs).
            mask: (N, S) 1 where there is a station, else 0.

        Returns:
            Slants of up towards the body's left and front (N, S, 2), the logarithm of their precision (N, S, 2), and
            that of what the clip's answer is worth over the stations' mean precision (N,).
        """
        there = mask[..., None]
        hidden = torch.relu(self.hidden(torch.relu(self.enter(features))))
        count = there.sum(dim=1)
        mean = (hidden * there).sum(dim=1) / count
        spread = (((hidden - mean[:, None]) ** 2 * there).sum(dim=1) / count + 1e-6).sqrt()
        clip = self.clip(torch.cat([mean, spread], dim=-1))
        mixed = torch.relu(self.mix(torch.relu(self.station(hidden) + clip[:, None])))
        said = self.leave(mixed)
        return said[..., :2], said[..., 2:].clamp(-2.0, 12.0), self.sureness(torch.relu(clip))[:, 0]
