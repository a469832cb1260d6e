"""Mean distance between joint velocities (MPJVE): what makes a motion tremble though every pose is near."""

from __future__ import annotations

import torch
from torch import Tensor


def velocity(poses: Tensor, targets: Tensor) -> Tensor:
    """Mean distance between the steps from frame to frame, metres a frame.

    The axes of the ray camera turn by less than a degree a frame, and for both alike, so they are left as they are.

    Args:
        poses, targets: (N, k, 17, 3), k >= 2 frames that follow each other.
    """
    assert poses.ndim == 4 and poses.shape[1] >= 2, poses.shape
    steps, true_steps = poses[:, 1:] - poses[:, :-1], targets[:, 1:] - targets[:, :-1]
    return torch.linalg.vector_norm(steps - true_steps, dim=-1).mean()
