"""Project on 2D: where a pose is seen, in the coordinates of the network's inputs.

A pose stands at `root` before the ray camera, the pelvis at the distance where the reference skeleton looks as large as
the person does. With s the person size that the inputs were divided by, a joint X + root is seen at
(X + root)_xy / (s (X + root)_z). Lifters are trained with the true root, so the term asks one thing only: that the pose
covers the true 2D joints. Unlabelled data have no true root; there the trajectory network's is used.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ...lift.normalise import TARGET_BONE_SUM_M

_NEAREST = 0.1
"""Least s z of a joint: a joint beside the camera must not throw the loss away."""


def reproject(poses: Tensor, root: Tensor, size: Tensor) -> Tensor:
    """2D joints (..., 17, 2) in the normalisation of the inputs.

    Args:
        poses: (..., 17, 3) root-relative metres, ray-camera axes.
        root: (..., 3) as `scaled_root` gives it: x and y in metres, z in metres times `size`.
        size: (...) person size on the plane z = 1, sum of 2D bone lengths.
    """
    depth = root[..., None, 2] + size[..., None] * poses[..., 2]
    return (poses[..., :2] + root[..., None, :2]) / depth.clamp_min(_NEAREST)[..., None]


def scaled_root(root: Tensor, size: Tensor) -> Tensor:
    """Root (..., 3) in metres with its depth multiplied by `size` (...).

    Depth alone is as free as the focal length; depth times size is about the sum of the bones' visible lengths.
    """
    return torch.cat([root[..., :2], root[..., 2:] * size[..., None]], dim=-1)


def project_2d(poses: Tensor, targets: Tensor, root: Tensor, size: Tensor) -> Tensor:
    """Mean distance in the image between pose and target standing at the same place, in metres at the person.

    Args:
        poses, targets: (..., 17, 3).
        root: (..., 3) as `scaled_root` gives it.
        size: (...).
    """
    return image_distance(reproject(poses, root, size), reproject(targets, root, size))


def image_distance(joints: Tensor, others: Tensor) -> Tensor:
    """Mean distance of 2D joints (..., 2) in the inputs' normalisation, in metres: size 1 is the sum of the bones."""
    return TARGET_BONE_SUM_M * torch.linalg.vector_norm(joints - others, dim=-1).mean()
