"""TKCS: a critic that tells captured motion from lifted motion.

Cheng et al., section 3.2: a temporal convolutional network over [Psi, Phi, coordinates], the coordinates turned by one
random rotation a stretch so that no view is preferred. Non-saturating cross entropy.
"""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from .kcs import spatial_kcs, temporal_kcs

WIDTH: Final = 256
"""Channels, unless told otherwise."""
_BONES: Final = 16
_PAIRS: Final = _BONES * (_BONES + 1) // 2
_FEATURES: Final = 2 * _PAIRS + 51
_YAW, _PITCH_ROLL = torch.pi, 0.2 * torch.pi
_KCS_GAIN: Final = 10.0
"""Squared lengths of bones are hundredths of a square metre; this brings them to the size of the coordinates."""


class TkcsDiscriminator(nn.Module):  # type: ignore[misc]
    """Scores stretches of motion, above 0 for captured ones.

    Args:
        width: channels.
        layers: temporal convolutions of kernel 3.
    """

    def __init__(self, width: int = WIDTH, layers: int = 2) -> None:
        super().__init__()
        self.first = nn.Linear(_FEATURES, width)
        self.convolutions = nn.ModuleList(nn.Conv1d(width, width, 3, padding=1) for _ in range(layers))
        self.last = nn.Linear(width, 1)

    def forward(self, poses: Tensor, rotation: Tensor) -> Tensor:
        """Logits (N,) of motion (N, k, 17, 3), k >= 2; `rotation` (N, 3, 3) turns the coordinates."""
        features = functional.leaky_relu(self.first(tkcs_features(poses, rotation)), 0.2).transpose(1, 2)
        for convolution in self.convolutions:
            features = features + functional.leaky_relu(convolution(features), 0.2)
        return self.last(features.mean(dim=2))[:, 0]


def tkcs_features(poses: Tensor, rotation: Tensor) -> Tensor:
    """[Psi, Phi, coordinates] of (N, k, 17, 3): (N, k - 1, 323); the symmetric halves are left out."""
    assert poses.ndim == 4 and poses.shape[1] >= 2, poses.shape
    psi = spatial_kcs(poses)
    phi = temporal_kcs(psi)
    row, column = torch.triu_indices(_BONES, _BONES, device=poses.device)
    turned = torch.einsum("nab,nkjb->nkja", rotation, poses[:, 1:])
    parts = [_KCS_GAIN * psi[:, 1:, row, column], _KCS_GAIN * phi[..., row, column], turned.flatten(2)]
    return torch.cat(parts, dim=-1)


def generator_loss(logits: Tensor) -> Tensor:
    """Low where lifted motion (logits of any shape) is taken for captured motion."""
    return functional.softplus(-logits).mean()


def discriminator_loss(captured: Tensor, lifted: Tensor) -> Tensor:
    """Low where both kinds of motion (logits) are told apart."""
    return (functional.softplus(-captured).mean() + functional.softplus(lifted).mean()) / 2.0


def random_rotations(count: int, device: torch.device | str = "cpu") -> Tensor:
    """(count, 3, 3) rotations: about y by up to 180 degrees, then about x and z by up to 36 degrees."""
    bounds = torch.tensor([_PITCH_ROLL, _YAW, _PITCH_ROLL], device=device)
    x, y, z = ((2.0 * torch.rand(count, 3, device=device) - 1.0) * bounds).unbind(dim=-1)
    return _about(2, z) @ _about(0, x) @ _about(1, y)


def _about(axis: int, angle: Tensor) -> Tensor:
    i, j = (axis + 1) % 3, (axis + 2) % 3
    matrix = torch.zeros(len(angle), 3, 3, device=angle.device)
    matrix[:, axis, axis] = 1.0
    matrix[:, i, i] = matrix[:, j, j] = torch.cos(angle)
    matrix[:, i, j], matrix[:, j, i] = -torch.sin(angle), torch.sin(angle)
    return matrix
