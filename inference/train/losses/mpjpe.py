"""Mean distance between joints, the loss of the published lifters."""

from __future__ import annotations

import torch
from torch import Tensor


def mpjpe(poses: Tensor, targets: Tensor) -> Tensor:
    """Mean over everything of the distance between joints (..., 17, 3), metres."""
    return torch.linalg.vector_norm(poses - targets, dim=-1).mean()
