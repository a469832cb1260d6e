"""What the blend sees: a lifted pose and the detector's own 3D of it, both in the body's axes.

The lifter knows how people move but sees points only; the detector sees the picture, and with it something of depth,
but one frame at a time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .. import joints
from ..layouts import Layout
from ..lift.normalise import MIRRORED, mirror_poses
from .arrays import BoolArray, FloatArray
from .vectors import unit

Points = NDArray[np.floating]

FEATURES: Final = 8 * (joints.COUNT - 1) + 6
CORRECTIONS: Final = 3 * (joints.COUNT - 1)
_SPREAD_M, APART_M = 0.4, 0.1
"""Bring poses, and differences between two, to about unit variance."""
APART: Final = slice(CORRECTIONS, 2 * CORRECTIONS)
"""The features that say how far the detector's joints lie from the lifted ones."""
_MENDED: Final = 0.05
"""Of the person's size: where the joint that was lifted lies this far from the one detected, the detector's 3D of it is
as wrong as its 2D was, and is not looked at."""
_PELVIS, _THORAX = joints.INDEX["pelvis"], joints.INDEX["thorax"]
_LEFT: Final = [joints.INDEX["left_hip"], joints.INDEX["left_shoulder"]]
_RIGHT: Final = [joints.INDEX["right_hip"], joints.INDEX["right_shoulder"]]


@dataclass(frozen=True, slots=True)
class OwnPose:
    """The detector's own 3D over T frames, as the 17 joints.

    Attributes:
        poses: (T, 17, 3) root-relative metres, camera axes, at the lifted body's size; 0 where unknown.
        known: (T,) whether the detector has any.
        agrees: (T, 17) 0..1, 0 where the joint that was lifted is not the one that the detector saw.
    """

    poses: FloatArray
    known: BoolArray
    agrees: FloatArray


def own_pose(layout: Layout, world: Points, px: Points, lifted_px: FloatArray, lifted: FloatArray) -> OwnPose | None:
    """The detector's 3D of the joints that were lifted; None where it has none at all.

    Args:
        layout: of the detector's K points.
        world: (T, K, 3) metres, camera axes, NaN where it has none.
        px: (T, K, 2) pixels, as detected, NaN where not found.
        lifted_px: (T, 17, 2) pixels, finite: what was lifted.
        lifted: (T, 17, 3) root-relative metres, camera axes.
    """
    known = _known(layout, world, px)
    if not known.any():
        return None
    poses = np.einsum("jk,tkc->tjc", layout.weights, np.nan_to_num(world.astype(np.float64)))
    poses -= poses[:, _PELVIS, None]
    extents = [np.sqrt((one[known] ** 2).sum(axis=(1, 2))) for one in (lifted, poses)]
    poses *= float(np.median(extents[0] / np.maximum(extents[1], 1e-6)))
    poses[~known] = 0.0
    return OwnPose(poses, known, agreement(layout, world, px, lifted_px))


def agreement(layout: Layout, world: Points, px: Points, lifted_px: FloatArray) -> FloatArray:
    """(T, 17) 0..1, 0 where the joint that was lifted is not the one of which the detector has 3D; see `own_pose`."""
    seen = np.einsum("jk,tkc->tjc", layout.weights, np.nan_to_num(px.astype(np.float64)))
    size = float(np.median(np.linalg.norm(lifted_px - lifted_px[:, _PELVIS, None], axis=-1).max(axis=1)))
    off = np.linalg.norm(seen - lifted_px, axis=-1) / max(size, 1e-6)
    return np.asarray(np.exp(-((off / _MENDED) ** 2)) * _known(layout, world, px)[:, None])


def _known(layout: Layout, world: Points, px: Points) -> BoolArray:
    """(T,) where the detector has 3D of all that the joints are made of."""
    used = layout.weights.any(axis=0)
    return np.asarray(np.isfinite(world[:, used]).all(axis=(1, 2)) & np.isfinite(px[:, used]).all(axis=(1, 2)))


def mirrored(own: OwnPose) -> OwnPose:
    """The same in a mirror."""
    return OwnPose(mirror_poses(own.poses), own.known, own.agrees[:, MIRRORED])


def body_axes(poses: FloatArray) -> FloatArray:
    """(T, 3, 3) unit rows left, up, forward of poses (T, 17, 3), in their axes: along the trunk, and across it."""
    up = unit(poses[:, _THORAX] - poses[:, _PELVIS])
    across = (poses[:, _LEFT] - poses[:, _RIGHT]).sum(axis=1)
    left = unit(across - (across * up).sum(axis=-1, keepdims=True) * up)
    return np.stack([left, up, np.cross(left, up)], axis=1)


def blend_inputs(lifted: FloatArray, own: OwnPose, confidence: FloatArray, sight: FloatArray) -> FloatArray:
    """(T, FEATURES) of each frame.

    Args:
        lifted: (T, 17, 3) root-relative metres, camera axes, reference height.
        own: the detector's.
        confidence: (T, 17) 0..1 of the joints that were lifted.
        sight: (T, 3) unit vectors from the camera to the pelvis.
    """
    axes = body_axes(lifted)
    turn = axes.transpose(0, 2, 1)
    apart = own.agrees[..., None] * (own.poses - lifted)
    columns = (
        (lifted @ turn)[:, 1:] / _SPREAD_M,
        (apart @ turn)[:, 1:] / APART_M,
        own.agrees[:, 1:],
        confidence[:, 1:],
        np.einsum("tij,tj->ti", axes, sight),
        axes[:, :, 1],
    )
    return np.concatenate([column.reshape(len(lifted), -1) for column in columns], axis=1)


def to_camera_axes(corrections: FloatArray, lifted: FloatArray) -> FloatArray:
    """(T, 17, 3) metres, camera axes, of corrections (T, CORRECTIONS) in the axes of the bodies; the pelvis stays."""
    steps = corrections.reshape(len(lifted), -1, 3) @ body_axes(lifted)
    return np.concatenate([np.zeros_like(steps[:, :1]), steps], axis=1)


def corrections_to(truth: FloatArray, lifted: FloatArray) -> FloatArray:
    """(T, CORRECTIONS) that make a lifted pose the true one, both (T, 17, 3): the inverse of `to_camera_axes`."""
    steps = (truth - lifted) @ body_axes(lifted).transpose(0, 2, 1)
    return np.asarray(steps[:, 1:].reshape(len(lifted), -1))
