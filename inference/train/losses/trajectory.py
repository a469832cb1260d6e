"""Error of the root's place, weighed by its depth."""

from __future__ import annotations

import torch
from torch import Tensor


def trajectory(root: Tensor, targets: Tensor) -> Tensor:
    """mean(||p - y|| / y_z), Pavllo et al. (CVPR 2019), section 4: far people may be placed less exactly.

    Args:
        root, targets: (..., 3) as `losses.project_2d.scaled_root` gives them.
    """
    return (torch.linalg.vector_norm(root - targets, dim=-1) / targets[..., 2].clamp_min(0.1)).mean()
