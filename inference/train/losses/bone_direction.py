"""Direction of bones: what a retargeted character takes over, whatever its own bone lengths."""

from __future__ import annotations

import torch
from torch import Tensor

from .bones import bone_lengths, bone_vectors


def bone_direction(poses: Tensor, targets: Tensor) -> Tensor:
    """Mean distance between unit bone vectors of (..., 17, 3): the angle in radians where it is small."""
    ours = bone_vectors(poses) / bone_lengths(poses)[..., None]
    theirs = bone_vectors(targets) / bone_lengths(targets)[..., None]
    return torch.linalg.vector_norm(ours - theirs, dim=-1).mean()
