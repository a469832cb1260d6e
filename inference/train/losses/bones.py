"""Bone vectors of a pose."""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor

from ...joints import PARENTS

_CHILDREN: Final = list(range(1, len(PARENTS)))
_PARENTS: Final = list(PARENTS[1:])
_SHORTEST_M: Final = 1e-4


def bone_vectors(poses: Tensor) -> Tensor:
    """(..., 17, 3) joints to (..., 16, 3) vectors from each joint's parent to the joint."""
    return poses[..., _CHILDREN, :] - poses[..., _PARENTS, :]


def bone_lengths(poses: Tensor) -> Tensor:
    """(..., 17, 3) joints to (..., 16) lengths, metres; never zero, so that the gradient stays finite."""
    return torch.linalg.vector_norm(bone_vectors(poses), dim=-1).clamp_min(_SHORTEST_M)
