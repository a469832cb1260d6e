"""Temporal attention: one weight for each tensor of a layer, from how like the target its frames are (section 3.2)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

_EPS = 1e-6


def frame_similarity(windows: Tensor, target: int) -> Tensor:
    """Normalised cross-correlation of every frame's pose with the target frame's (eq. 2).

    Args:
        windows: (N, F, 34) 2D joints, pelvis first.
        target: index of the target frame.

    Returns:
        (N, F) cosine similarity of the root-centred poses, -1..1.
    """
    joints = windows.float().unflatten(-1, (-1, 2))
    poses = (joints - joints[:, :, :1]).flatten(2)
    return nn.functional.cosine_similarity(poses, poses[:, target : target + 1], dim=-1, eps=_EPS)


class TemporalAttention(nn.Module):  # type: ignore[misc]
    """W = sigmoid(theta W0 + b), applied straight to the frame similarities (eq. 3).

    Equation 3 chains the layers; the parameter counts in the paper's tables fit this form.
    """

    def __init__(self, frames: int, tensors: int) -> None:
        super().__init__()
        self.theta = nn.Linear(frames, tensors)

    def forward(self, tensors: Tensor, similarity: Tensor) -> Tensor:
        """Weights `tensors` (N, L, C) by `similarity` (N, F): (N, L, C)."""
        weights = torch.sigmoid(self.theta(similarity))
        assert weights.shape == tensors.shape[:2], (weights.shape, tensors.shape)
        return tensors * weights.unsqueeze(-1).to(tensors.dtype)
