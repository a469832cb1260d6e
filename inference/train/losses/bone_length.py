"""Length of bones, joint by joint with a target or on average without one."""

from __future__ import annotations

from torch import Tensor

from .bones import bone_lengths


def bone_length(poses: Tensor, targets: Tensor) -> Tensor:
    """Mean absolute difference of bone lengths of (..., 17, 3), metres."""
    return (bone_lengths(poses) - bone_lengths(targets)).abs().mean()


def mean_bone_length(poses: Tensor, others: Tensor) -> Tensor:
    """Mean absolute difference of two batches' mean bone lengths, metres.

    Pavllo et al. (CVPR 2019), section 4: poses without a truth are held to the proportions of those that have one.

    Args:
        poses, others: (N, 17, 3) and (M, 17, 3).
    """
    return (bone_lengths(poses).mean(dim=0) - bone_lengths(others).mean(dim=0)).abs().mean()
