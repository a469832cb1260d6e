"""What is true of a target frame beside its pose: its place, the size it was taken for, its joints in 2D."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..joints import COUNT, PARENTS
from ..lift.normalise import PELVIS, SPINE, SPINE_FRACTION, TARGET_BONE_SUM_M, THORAX, bone_sum_2d
from .cameras import project

Array = NDArray[np.float32]
_NEAREST = np.float32(0.1)
_SMALLEST = np.float32(1e-4)


def true_root(seen: Array, zoom: Array, rotation: Array) -> Array:
    """Where the pelvis stands when the person has the reference size and the camera is the one that the user assumes.

    A person seen through a focal length `zoom` times the assumed one looks `zoom` times as near.

    Args:
        seen: (N, 17, 3) true joints, metres, camera axes.
        zoom: (N,) true focal length over the assumed one.
        rotation: (N, 3, 3) camera axes to ray-camera axes.

    Returns:
        (N, 3) metres, ray-camera axes.
    """
    bones = np.linalg.norm(seen[:, 1:] - seen[:, PARENTS[1:]], axis=-1).sum(axis=-1)
    pelvis = seen[:, PELVIS] * (np.float32(TARGET_BONE_SUM_M) / bones)[:, None]
    pelvis[:, 2] /= zoom
    return np.asarray(np.einsum("nab,nb->na", rotation, pelvis), np.float32)


def input_size(rays: Array, rotation: Array, inputs: Array) -> Array:
    """The person size that inputs were divided by.

    Args:
        rays: (N, 17, 2) joints of one frame as they were seen, on the plane z = 1.
        rotation: (N, 3, 3) camera axes to ray-camera axes.
        inputs: (N, 34) what the normalisation made of that frame.

    Returns:
        (N,) on the plane z = 1.
    """
    normalised = inputs.reshape(-1, COUNT, 2).copy()
    normalised[:, PELVIS] = 0.0  # where networks that slide have the pelvis's movement
    turned = turn(rays, rotation)
    turned -= turned[:, :1]
    ratio = np.maximum(bone_sum_2d(turned), _SMALLEST) / np.maximum(bone_sum_2d(normalised), _SMALLEST)
    return np.asarray(ratio, np.float32)


def true_2d(seen: Array, zoom: Array, rotation: Array, size: Array) -> Array:
    """True 2D joints of a frame in the normalisation of the inputs, (N, 17, 2); arguments as above, `size` (N,)."""
    joints = turn(project(seen) * zoom[:, None, None], rotation) / size[:, None, None]
    joints[:, SPINE] = joints[:, PELVIS] + np.float32(SPINE_FRACTION) * (joints[:, THORAX] - joints[:, PELVIS])
    return joints


def turn(rays: Array, rotation: Array) -> Array:
    """Joints (N, 17, 2) on the plane z = 1 of cameras turned by `rotation` (N, 3, 3)."""
    points = np.concatenate([rays, np.ones_like(rays[..., :1])], axis=-1)
    turned = points @ rotation.transpose(0, 2, 1)
    return np.asarray(turned[..., :2] / np.maximum(turned[..., 2:], _NEAREST), np.float32)
