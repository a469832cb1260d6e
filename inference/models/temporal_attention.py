"""Temporal attention: one weight for each tensor of a layer, from how like the target its frames are (section 3.2)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .config import KEYPOINT_NUMBERS

_EPS = 1e-6


def frame_similarity(windows: Tensor, target: int) -> Tensor:
    """Normalised cross-correlation of every frame's pose with the target frame's (eq. 2).

    Args:
        windows: (N, F, 34 or more) 2D joints, pelvis first; what follows them does not count.
        target: index of the target frame.

    Returns:
        (N, F) cosine similarity of the root-centred poses, -1..1.
    """
    joints = windows[..., :KEYPOINT_NUMBERS].float().unflatten(-1, (-1, 2))
    poses = (joints - joints[:, :, :1]).flatten(2)
    return nn.functional.cosine_similarity(poses, poses[:, target : target + 1], dim=-1, eps=_EPS)


class TemporalAttention(nn.Module):  # type: ignore[misc]
    """W(l) = sigmoid(theta W + b) (eq. 3), where W is W(0), the frames' similarities, or chained, W(l - 1).

    The paper's equation chains the layers; the parameter counts in its tables fit the direct form.

    Args:
        seen: length of W.
        tensors: how many tensors the layer weighs.
    """

    def __init__(self, seen: int, tensors: int) -> None:
        super().__init__()
        self.theta = nn.Linear(seen, tensors)

    def forward(self, weights: Tensor) -> Tensor:
        """(N, seen) to (N, tensors), 0..1."""
        return torch.sigmoid(self.theta(weights))
