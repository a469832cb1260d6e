"""Kinematic chain space: bone lengths and the angles between bones, whatever the camera.

Cheng et al., "Multi-Scale Networks for 3D Human Pose Estimation with Inference Stage Optimization", section 3.2.
"""

from __future__ import annotations

from torch import Tensor

from .bones import bone_vectors


def spatial_kcs(poses: Tensor) -> Tensor:
    """Psi = B^T B of (..., 17, 3): (..., 16, 16) square metres, squared lengths on the diagonal."""
    bones = bone_vectors(poses)
    return bones @ bones.transpose(-1, -2)


def temporal_kcs(psi: Tensor, interval: int = 1) -> Tensor:
    """Phi = Psi(t + i) - Psi(t) of (..., T, 16, 16): (..., T - i, 16, 16)."""
    return psi[..., interval:, :, :] - psi[..., :-interval, :, :]
