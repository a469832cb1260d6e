"""What the network sees and says: the one definition that training and lifting share.

A window of 2D joints reaches the network in the *ray camera* of its target frame: the camera turned, by the shortest
arc, until the target frame's pelvis lies on the optical axis. There a person looks the same wherever in the image they
stand. Coordinates are then divided by the window's person size (2D bone lengths, median over the frames), so neither
focal length nor distance nor body size is left in them. The answer is a pose in the axes of the ray camera, of a
skeleton whose bone lengths add up to `TARGET_BONE_SUM_M`; `to_camera_axes` turns it back. Networks
that slide over whole clips see every frame from its own ray camera instead: `sequence_inputs`.

The turn needs a focal length. A wrong one costs little, since it cancels for a person in the middle of the image: where
nobody knows it, `default_focal_px` is used, and training perturbs it.

Frames of reference: camera x right, y down, z forward. Joints in the Human3.6M order of docs/design.md.
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from ..joints import COUNT, INDEX, PARENTS, REFERENCE_HEIGHT_M

FloatArray = NDArray[np.floating]
Float = TypeVar("Float", np.float32, np.float64)

MIRRORED: tuple[int, ...] = (0, 4, 5, 6, 1, 2, 3, 7, 8, 9, 10, 14, 15, 16, 11, 12, 13)
"""The joint that each joint becomes in a mirror."""
MIRROR: NDArray[np.float64] = np.array([-1.0, 1.0, 1.0])
"""What a mirror makes of coordinates in camera axes."""

PELVIS, SPINE, THORAX = INDEX["pelvis"], INDEX["spine"], INDEX["thorax"]
SPINE_FRACTION = 0.423
"""Where the spine input lies on the line pelvis-thorax: the median over the training motion capture. Detectors have no
spine point, so this replaces whatever the caller gives, in training as in use."""

TARGET_BONE_SUM_M = 2.385 * REFERENCE_HEIGHT_M
"""Sum of the 16 bone lengths of a person of the reference height: 2.385 heights, the motion capture's median."""

DEFAULT_FIELD_OF_VIEW_RAD = float(np.radians(55.0))
"""Assumed across the longer image side where the focal length is unknown."""

# Nose and head are left out of the person size, since detectors place them least like the motion capture does;
# pelvis-spine-thorax is one straight line here and counts once as a whole.
_SIZE_JOINTS = (1, 2, 3, 4, 5, 6, 8, 11, 12, 13, 14, 15, 16)
_SIZE_PARENTS = (0, 1, 2, 0, 4, 5, 0, 8, 11, 12, 8, 14, 15)
_SMALLEST_SIZE = 1e-4
_SIZE_STEP = 3

MOVEMENT_GAIN = np.float32(5.0)
"""A pelvis moves some hundredths of the person's size a frame; this brings it to the size of the other inputs."""


def default_focal_px(image_size_px: FloatArray) -> float:
    """Focal length of a camera that sees 55 degrees across the longer side of an image (2,) in pixels."""
    return float(np.max(image_size_px) / 2.0 / np.tan(DEFAULT_FIELD_OF_VIEW_RAD / 2.0))


def image_rays(joints_px: FloatArray, image_size_px: FloatArray, focal_px: float) -> NDArray[np.float32]:
    """Pixels (..., 2) as points on the plane z = 1 of the camera, (..., 2) float32."""
    return ((joints_px - np.asarray(image_size_px, np.float64) / 2.0) / focal_px).astype(np.float32)


def ray_rotation(pelvis: FloatArray) -> NDArray[np.float32]:
    """Shortest rotation that carries the ray through `pelvis` onto the optical axis.

    Args:
        pelvis: (N, 2) points on the plane z = 1, camera axes.

    Returns:
        (N, 3, 3) float32, camera axes to ray-camera axes.
    """
    ray = np.concatenate([pelvis, np.ones_like(pelvis[..., :1])], axis=-1)
    ray = ray / np.linalg.norm(ray, axis=-1, keepdims=True)
    x, y, z = ray[:, 0], ray[:, 1], ray[:, 2]
    # Rodrigues' formula for the axis ray x e_z; 1 + z cannot vanish, since the pelvis is before the camera.
    k = 1.0 / (1.0 + z)
    rows = [1.0 - k * x * x, -k * x * y, -x, -k * x * y, 1.0 - k * y * y, -y, x, y, z]
    return np.stack(rows, axis=-1).reshape(-1, 3, 3).astype(np.float32)


def window_inputs(rays: NDArray[np.float32], target: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Windows of 2D joints as the network takes them.

    Args:
        rays: (N, F, 17, 2) joints on the plane z = 1, camera axes; the spine joint is ignored.
        target: index in 0..F-1 of the frame whose pose is asked for.

    Returns:
        inputs (N, F, 34) float32 without unit: target pelvis at the origin, person size 1;
        rotation (N, 3, 3) float32, camera axes to ray-camera axes, for `to_camera_axes`.
    """
    rotation = ray_rotation(rays[:, target, PELVIS])
    turned = _turn(rays, rotation)
    pelvis, thorax = turned[:, :, PELVIS], turned[:, :, THORAX]
    turned[:, :, SPINE] = pelvis + np.float32(SPINE_FRACTION) * (thorax - pelvis)
    size = person_size(turned)
    inputs = turned / size[:, None, None, None]
    return inputs.reshape(*inputs.shape[:2], 2 * COUNT), rotation


def sequence_inputs(
    rays: NDArray[np.float32], reach: int, *, causal: bool = False
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Whole sequences of 2D joints as a network that slides over them takes them: definition "frame-rays-1".

    Nothing here depends on a target: every frame is seen from its own ray camera, and is divided by the median person
    size of the frames around it. In place of the pelvis, which is always at the origin, stands its movement since the
    frame before, times `MOVEMENT_GAIN`.

    Args:
        rays: (N, T, 17, 2) joints on the plane z = 1, camera axes, 30 frames a second; the spine joint is ignored.
        reach: frames to each side (causal: half of those before) whose sizes count.
        causal: whether sizes of later frames must not count.

    Returns:
        inputs (N, T, 34) float32 without unit;
        rotation (N, T, 3, 3) float32, camera axes to each frame's ray-camera axes.
    """
    count, frames = rays.shape[:2]
    rotation = ray_rotation(rays[:, :, PELVIS].reshape(-1, 2))
    seen = np.concatenate([rays, np.concatenate([rays[:, :1, :1], rays[:, :-1, :1]], axis=1)], axis=2)
    turned = _turn(seen.reshape(count * frames, 1, COUNT + 1, 2), rotation)[:, 0]
    joints, before = turned[:, :COUNT], turned[:, COUNT]
    sizes = _around(bone_sum_2d(joints).reshape(count, frames), reach, causal)
    joints[:, SPINE] = np.float32(SPINE_FRACTION) * joints[:, THORAX]
    joints[:, PELVIS] = -before * MOVEMENT_GAIN
    inputs = joints.reshape(count, frames, 2 * COUNT) / sizes[..., None]
    return inputs, rotation.reshape(count, frames, 3, 3)


def person_size(joints: NDArray[np.float32]) -> NDArray[np.float32]:
    """Sum of the 2D bone lengths of (N, F, 17, 2), median over the frames: (N,), never zero."""
    size = np.median(bone_sum_2d(joints), axis=1)
    return np.asarray(np.maximum(size, _SMALLEST_SIZE), np.float32)


def bone_sum_2d(joints: NDArray[np.float32]) -> NDArray[np.float32]:
    """Sum of the 2D bone lengths of (..., 17, 2), without nose and head."""
    bones = joints[..., _SIZE_JOINTS, :] - joints[..., _SIZE_PARENTS, :]
    lengths: NDArray[np.float32] = np.sqrt(bones[..., 0] ** 2 + bones[..., 1] ** 2).sum(axis=-1)
    return lengths


def _around(sizes: NDArray[np.float32], reach: int, causal: bool) -> NDArray[np.float32]:
    """Running median of (N, T) over `reach` frames to both sides, or 2 reach behind; every third frame is enough."""
    knots = sizes[:, ::_SIZE_STEP]
    width = reach // _SIZE_STEP
    padded = np.pad(knots, ((0, 0), (2 * width, 0) if causal else (width, width)), mode="edge")
    medians = np.median(np.lib.stride_tricks.sliding_window_view(padded, 2 * width + 1, axis=1), axis=-1)
    spread = np.repeat(medians, _SIZE_STEP, axis=1)[:, : sizes.shape[1]]
    return np.asarray(np.maximum(spread, _SMALLEST_SIZE), np.float32)


def to_camera_axes(joints: NDArray[np.float32], rotation: NDArray[np.float32]) -> NDArray[np.float32]:
    """Poses (N, 17, 3) from ray-camera axes back to camera axes, `rotation` (N, 3, 3) as `window_inputs` gave it."""
    turned: NDArray[np.float32] = np.einsum("nba,njb->nja", rotation, joints)
    return turned


def to_ray_axes(joints: NDArray[np.float32], rotation: NDArray[np.float32]) -> NDArray[np.float32]:
    """Poses (N, 17, 3) from camera axes to ray-camera axes: the inverse of `to_camera_axes`."""
    turned: NDArray[np.float32] = np.einsum("nab,njb->nja", rotation, joints)
    return turned


def normalise_size(joints: NDArray[np.float32]) -> NDArray[np.float32]:
    """Root-relative poses (..., 17, 3) in metres, scaled until their bone lengths add up to `TARGET_BONE_SUM_M`."""
    bones = joints[..., 1:, :] - joints[..., PARENTS[1:], :]
    total = np.linalg.norm(bones, axis=-1).sum(axis=-1)
    relative = joints - joints[..., :1, :]
    scaled = relative * (TARGET_BONE_SUM_M / total)[..., None, None]
    return np.asarray(scaled, np.float32)


def mirror_inputs(inputs: NDArray[np.float32]) -> NDArray[np.float32]:
    """Network inputs (N, F, 34) of the mirrored person; its own inverse."""
    joints = inputs.reshape(*inputs.shape[:-1], COUNT, 2)[..., MIRRORED, :]
    return (joints * np.array([-1.0, 1.0], np.float32)).reshape(inputs.shape)


def mirror_poses(joints: NDArray[Float]) -> NDArray[Float]:
    """Poses (..., 17, 3) in camera or ray-camera axes of the mirrored person; its own inverse."""
    return joints[..., MIRRORED, :] * MIRROR.astype(joints.dtype)


def _turn(rays: NDArray[np.float32], rotation: NDArray[np.float32]) -> NDArray[np.float32]:
    r = rotation[:, :, :, None, None]
    x, y = rays[..., 0], rays[..., 1]
    # A joint far beside the pelvis could turn behind the ray camera: keep it before it instead of mirroring it.
    depth = np.maximum(r[:, 2, 0] * x + r[:, 2, 1] * y + r[:, 2, 2], np.float32(0.1))
    turned_x = (r[:, 0, 0] * x + r[:, 0, 1] * y + r[:, 0, 2]) / depth
    turned_y = (r[:, 1, 0] * x + r[:, 1, 1] * y + r[:, 1, 2]) / depth
    return np.stack([turned_x, turned_y], axis=-1)
